using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Q2C.Silo.Connectors;

/// <summary>
/// One connection as the installation configures it (<c>Q2C:Connections:{name}</c>; its <c>Webhook</c> is the gateway's).
/// Secrets are named, never contained: <c>env:NAME</c> or <c>file:/path</c>.
/// </summary>
/// <param name="Vendor">Which connector: <c>netsuite</c>.</param>
/// <param name="Options">What only this vendor knows: account, company code.</param>
/// <param name="Secrets">Name in the connector → reference.</param>
public sealed partial record ConnectionSettings(
    string Name, string Vendor, Uri BaseAddress,
    ImmutableDictionary<string, string> Options, ImmutableDictionary<string, string> Secrets)
{
    public const string Section = "Q2C:Connections";

    private const int MaxSeconds = 24 * 60 * 60;

    public string? Option(string name) => Options.GetValueOrDefault(name);

    /// <summary>Throws <see cref="ConfigurationException"/> if it is not set.</summary>
    public string RequiredOption(string name) => Option(name) is { Length: > 0 } value
        ? value
        : throw new ConfigurationException($"{Section}:{Name}:Options:{name} is not set; the {Vendor} connection needs it.");

    /// <summary>A time span that an installation may set in seconds. Throws <see cref="ConfigurationException"/>.</summary>
    public TimeSpan Seconds(string name, TimeSpan otherwise)
    {
        if (Option(name) is not { } text) return otherwise;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds is > 0 and <= MaxSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new ConfigurationException(
                $"{Section}:{Name}:Options:{name} must be a number of seconds up to {MaxSeconds}, found '{text}'.");
    }

    /// <summary>The secret's value, read now, so that a rotated file is seen. Throws <see cref="ConfigurationException"/>.</summary>
    public string Secret(string name) => Read($"{Section}:{Name}:Secrets:{name}", References(name)[0]);

    /// <summary>
    /// All values of a secret that has several while it is rotated: references with blanks between them, the one to use first.
    /// Throws <see cref="ConfigurationException"/>.
    /// </summary>
    public ImmutableArray<string> SecretsOf(string name) =>
        [.. References(name).Select(reference => Read($"{Section}:{Name}:Secrets:{name}", reference))];

    private string[] References(string name) =>
        Secrets.TryGetValue(name, out var references) && references.Length > 0
            ? BetweenReferences().Split(references.Trim())
            : throw new ConfigurationException($"{Section}:{Name}:Secrets:{name} is not set; the {Vendor} connection needs it.");

    [GeneratedRegex(@"\s+(?=env:|file:)")]
    private static partial Regex BetweenReferences();

    private static string Read(string path, string reference)
    {
        var value = reference switch
        {
            _ when reference.StartsWith("env:", StringComparison.Ordinal) => Environment.GetEnvironmentVariable(reference[4..]),
            _ when reference.StartsWith("file:", StringComparison.Ordinal) => ReadFile(path, reference[5..]),
            _ => throw new ConfigurationException(
                $"{path} must name where the secret is (env:NAME or file:/path), not contain it."),
        };
        return string.IsNullOrWhiteSpace(value)
            ? throw new ConfigurationException($"{path} refers to {reference}, which is empty or not set.")
            : value.Trim();
    }

    /// <summary>Every connection of the configuration, by name. Throws <see cref="ConfigurationException"/> with all that is wrong.</summary>
    public static ImmutableArray<ConnectionSettings> Read(IConfiguration configuration)
    {
        var problems = new List<string>();
        var connections = configuration.GetSection(Section).GetChildren()
            .Select(section => Read(section, problems)).OfType<ConnectionSettings>().ToImmutableArray();
        return problems is [] ? connections : throw new ConfigurationException(string.Join('\n', problems));
    }

    private static ConnectionSettings? Read(IConfigurationSection section, List<string> problems)
    {
        foreach (var child in section.GetChildren().Where(child => !Known.Contains(child.Key)))
            problems.Add($"{child.Path} is not a setting of a connection; known are {string.Join(", ", Known.Order())}.");
        var vendor = section["Vendor"];
        if (string.IsNullOrWhiteSpace(vendor)) problems.Add($"{section.Path}:Vendor is not set.");
        if (!Uri.TryCreate(section["BaseAddress"], UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https" or "smtp" or "smtps"))
        {
            problems.Add($"{section.Path}:BaseAddress must be an http(s) or smtp(s) address, found '{section["BaseAddress"]}'.");
            return null;
        }

        return string.IsNullOrWhiteSpace(vendor)
            ? null
            : new(section.Key, vendor, address, Values(section.GetSection("Options")), Values(section.GetSection("Secrets")));
    }

    // Webhook and Links are the gateway's: how deliveries of this connection prove that they are its own, and where people see
    // its records.
    private static readonly ImmutableHashSet<string> Known =
        ImmutableHashSet.Create(StringComparer.OrdinalIgnoreCase, "Vendor", "BaseAddress", "Options", "Secrets", "Webhook", "Links");

    private static ImmutableDictionary<string, string> Values(IConfigurationSection section) => section.GetChildren()
        .Where(child => child.Value is not null)
        .ToImmutableDictionary(child => child.Key, child => child.Value!, StringComparer.OrdinalIgnoreCase);

    private static string? ReadFile(string path, string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{path} refers to the file {file}: {error.Message}");
        }
    }
}

/// <summary>The installation's configuration cannot work; the message names the setting and the way out.</summary>
public sealed class ConfigurationException(string message) : Exception(message);
