namespace Q2C.Gateway;

/// <summary>Errors of requests that cannot be answered at all, with stable codes.</summary>
internal static class Failures
{
    public static GraphQLException BadInput(string message) => Of("BAD_USER_INPUT", message);

    public static GraphQLException NotFound(string id, string kind) => Of("NOT_FOUND", $"'{id}' is not the id of {kind}.");

    public static GraphQLException NotFreshYet(string token, TimeSpan waited) => Of(
        "NOT_FRESH_YET", $"The read models have not reached {token} within {waited.TotalSeconds} seconds; ask again.");

    public static GraphQLException MissingScope(string scope) => Of(
        "FORBIDDEN", $"This needs the scope {scope}, which your key or token does not have.");

    public static GraphQLException Ended(string message) => Of("UNAUTHENTICATED", message);

    public static GraphQLException TooManySubscriptions(int limit) => Of(
        "SUBSCRIPTION_LIMIT", $"You have {limit} subscriptions, and that is how many are possible.");

    public static GraphQLException Forbidden(params IEnumerable<string> roles) => Of(
        "FORBIDDEN", $"This needs one of the roles {string.Join(", ", roles.Select(role => role.ToUpperInvariant()))}.");

    private static GraphQLException Of(string code, string message) =>
        new(ErrorBuilder.New().SetMessage(message).SetCode(code).Build());
}
