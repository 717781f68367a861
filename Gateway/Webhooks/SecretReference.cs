namespace Q2C.Gateway.Webhooks;

/// <summary>Secrets are named in configuration, never written there: <c>env:NAME</c> or <c>file:/path</c>.</summary>
internal static class SecretReference
{
    private const string Environment = "env:";
    private const string File = "file:";

    /// <summary>Throws <see cref="InvalidOperationException"/> that names the reference and never the secret.</summary>
    public static string Resolve(string reference) => reference switch
    {
        _ when reference.StartsWith(Environment, StringComparison.Ordinal) =>
            System.Environment.GetEnvironmentVariable(reference[Environment.Length..]) is { Length: > 0 } value
                ? value
                : throw new InvalidOperationException($"The secret {reference} is not set in the environment."),
        _ when reference.StartsWith(File, StringComparison.Ordinal) => FromFile(reference),
        _ => throw new InvalidOperationException(
            "A secret in the configuration is not a reference; write env:NAME or file:/path instead of the secret itself."),
    };

    private static string FromFile(string reference)
    {
        var path = reference[File.Length..];
        if (!System.IO.File.Exists(path)) throw new InvalidOperationException($"The secret {reference} does not exist.");
        return System.IO.File.ReadAllText(path).Trim() is { Length: > 0 } value
            ? value
            : throw new InvalidOperationException($"The secret {reference} is empty.");
    }
}
