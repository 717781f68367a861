namespace HotChocolate;

/// <summary>A GraphQL error; every With... returns a changed copy.</summary>
public interface IError
{
    string Message { get; }

    /// <summary>The same value as <c>extensions.code</c>.</summary>
    string? Code { get; }

    Path? Path { get; }

    IReadOnlyList<Location>? Locations { get; }

    IReadOnlyDictionary<string, object?>? Extensions { get; }

    /// <summary>Never sent to clients unless exception details are switched on.</summary>
    Exception? Exception { get; }

    IError WithMessage(string message);

    IError WithCode(string? code);

    IError WithPath(Path? path);

    IError WithPath(IReadOnlyList<object>? path);

    IError WithLocations(IReadOnlyList<Location>? locations);

    IError WithExtensions(IReadOnlyDictionary<string, object?> extensions);

    IError RemoveExtensions();

    IError SetExtension(string key, object? value);

    IError RemoveExtension(string key);

    IError WithException(Exception? exception);
}

internal sealed record Error(
    string Message,
    string? Code = null,
    Path? Path = null,
    IReadOnlyList<Location>? Locations = null,
    IReadOnlyDictionary<string, object?>? Extensions = null,
    Exception? Exception = null) : IError
{
    private const string CodeKey = "code";

    public IError WithMessage(string message) => this with { Message = message };

    public IError WithCode(string? code) => code is null
        ? (this with { Code = null }).RemoveExtension(CodeKey)
        : (this with { Code = code }).SetExtension(CodeKey, code);

    public IError WithPath(Path? path) => this with { Path = path };

    public IError WithPath(IReadOnlyList<object>? path) =>
        this with { Path = path is null ? null : Path.FromList([.. path]) };

    public IError WithLocations(IReadOnlyList<Location>? locations) => this with { Locations = locations };

    public IError WithExtensions(IReadOnlyDictionary<string, object?> extensions) => this with { Extensions = extensions };

    public IError RemoveExtensions() => this with { Extensions = null };

    public IError SetExtension(string key, object? value)
    {
        var changed = Copy();
        changed[key] = value;
        return this with { Extensions = changed };
    }

    public IError RemoveExtension(string key)
    {
        var changed = Copy();
        changed.Remove(key);
        return this with { Extensions = changed.Count == 0 ? null : changed };
    }

    public IError WithException(Exception? exception) => this with { Exception = exception };

    private Dictionary<string, object?> Copy() =>
        Extensions is null ? [] : new(Extensions, StringComparer.Ordinal);
}
