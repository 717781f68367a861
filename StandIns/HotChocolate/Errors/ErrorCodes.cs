namespace HotChocolate;

/// <summary>The values of <c>extensions.code</c> that the server itself uses.</summary>
public static class ErrorCodes
{
    public static class Authentication
    {
        public const string NotAuthorized = "AUTH_NOT_AUTHORIZED";
        public const string NotAuthenticated = "AUTH_NOT_AUTHENTICATED";
        public const string PolicyNotFound = "AUTH_POLICY_NOT_FOUND";
    }

    public static class Execution
    {
        public const string CannotSerializeLeafValue = "EXEC_INVALID_LEAF_VALUE";
        public const string CannotResolveAbstractType = "EXEC_UNABLE_TO_RESOLVE_ABSTRACT_TYPE";
        public const string ListTypeNotSupported = "EXEC_LIST_TYPE_NOT_SUPPORTED";
        public const string Timeout = "HC0045";
        public const string Canceled = "HC0049";
        public const string CostExceeded = "HC0047";
        public const string OneSlicingArgumentRequired = "HC0082";
        public const string NonNullViolation = "HC0018";
        public const string MustBeInputType = "HC0017";
        public const string InvalidType = "HC0016";
        public const string SyntaxError = "HC0014";
        public const string CannotCastParent = "HC0053";
        public const string PersistedOperationNotFound = "HC0020";
        public const string OnlyPersistedOperationsAllowed = "HC0067";
        public const string OneOfNoFieldSet = "HC0054";
        public const string OneOfMoreThanOneFieldSet = "HC0055";
        public const string OneOfFieldIsNull = "HC0056";
    }

    public static class Server
    {
        public const string RequestInvalid = "HC0009";
        public const string MaxRequestSize = "HC0010";
        public const string SyntaxError = "HC0011";
        public const string QueryAndIdMissing = "HC0013";
        public const string NoSupportedAcceptMediaType = "HC0063";
        public const string InvalidAcceptHeaderValue = "HC0064";
    }

    public static class Validation
    {
        public const string IntrospectionNotAllowed = "HC0046";
        public const string MaxIntrospectionDepthOverflow = "HC0086";
        public const string MaxCoordinateCycleDepthOverflow = "HC0087";
    }
}
