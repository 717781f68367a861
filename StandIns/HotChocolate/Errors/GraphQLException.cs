namespace HotChocolate;

/// <summary>Thrown by resolvers for errors that clients may see as they are.</summary>
public class GraphQLException : Exception
{
    public GraphQLException(string message) : this(new Error(message))
    {
    }

    public GraphQLException(IError error) : base(error?.Message) =>
        Errors = error is null ? [] : [error];

    public GraphQLException(params IError[] errors) : this((IEnumerable<IError>)errors)
    {
    }

    public GraphQLException(IEnumerable<IError> errors) : this([.. errors], null)
    {
    }

    public GraphQLException(string message, Exception innerException) : base(message, innerException) =>
        Errors = [new Error(message, Exception: innerException)];

    private GraphQLException(IReadOnlyList<IError> errors, Exception? innerException)
        : base(errors.Count == 0 ? "Unexpected Execution Error" : errors[0].Message, innerException) => Errors = errors;

    public IReadOnlyList<IError> Errors { get; }
}

/// <summary>A schema that cannot be built; the message lists every problem with its place.</summary>
public class SchemaException : Exception
{
    internal SchemaException(IReadOnlyList<string> problems)
        : base("The schema is invalid:\n" + string.Join('\n', problems.Select(p => "- " + p)))
    {
    }
}

/// <summary>Rewrites errors before they leave the server.</summary>
public interface IErrorFilter
{
    IError OnError(IError error);
}

internal sealed class DelegateErrorFilter(Func<IError, IError> filter) : IErrorFilter
{
    public IError OnError(IError error) => filter(error);
}
