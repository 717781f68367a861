namespace HotChocolate;

/// <summary>Collects the parts of an error.</summary>
public interface IErrorBuilder
{
    IErrorBuilder SetMessage(string message);

    IErrorBuilder SetCode(string? code);

    IErrorBuilder SetPath(Path? path);

    IErrorBuilder SetPath(IReadOnlyList<object>? path);

    IErrorBuilder AddLocation(Location location);

    IErrorBuilder AddLocation(int line, int column);

    IErrorBuilder ClearLocations();

    IErrorBuilder SetException(Exception? exception);

    IErrorBuilder RemoveException();

    IErrorBuilder SetExtension(string key, object? value);

    IErrorBuilder RemoveExtension(string key);

    IErrorBuilder ClearExtensions();

    /// <summary>Throws <see cref="InvalidOperationException"/> when there is no message.</summary>
    IError Build();
}

/// <inheritdoc />
public class ErrorBuilder : IErrorBuilder
{
    private IError _error = new Error("");

    public static ErrorBuilder New() => new();

    public static ErrorBuilder FromError(IError error) => new() { _error = error };

    public IErrorBuilder SetMessage(string message) => Set(_error.WithMessage(message));

    public IErrorBuilder SetCode(string? code) => Set(_error.WithCode(code));

    public IErrorBuilder SetPath(Path? path) => Set(_error.WithPath(path));

    public IErrorBuilder SetPath(IReadOnlyList<object>? path) => Set(_error.WithPath(path));

    public IErrorBuilder AddLocation(Location location) =>
        Set(_error.WithLocations([.. _error.Locations ?? [], location]));

    public IErrorBuilder AddLocation(int line, int column) => AddLocation(new Location(line, column));

    public IErrorBuilder ClearLocations() => Set(_error.WithLocations(null));

    public IErrorBuilder SetException(Exception? exception) => Set(_error.WithException(exception));

    public IErrorBuilder RemoveException() => Set(_error.WithException(null));

    public IErrorBuilder SetExtension(string key, object? value) => Set(_error.SetExtension(key, value));

    public IErrorBuilder RemoveExtension(string key) => Set(_error.RemoveExtension(key));

    public IErrorBuilder ClearExtensions() => Set(_error.RemoveExtensions());

    public IError Build() => string.IsNullOrEmpty(_error.Message)
        ? throw new InvalidOperationException("The message mustn't be null or empty.")
        : _error;

    private ErrorBuilder Set(IError error)
    {
        _error = error;
        return this;
    }
}
