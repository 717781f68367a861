using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Q2C.Gateway.Security;

/// <summary>One machine's key: <c>Q2C:ApiKeys:{name}</c>. The key itself is nowhere; its SHA-256 is.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>64 hexadecimal digits.</summary>
    public string Sha256 { get; set; } = "";

    /// <summary>Refused from this instant on.</summary>
    public DateTimeOffset Expires { get; set; }

    /// <summary>While the key is rotated: the one that takes its place. Both are valid, each until it ends.</summary>
    public NextKeyOptions? Next { get; set; }

    public string[] Roles { get; set; } = [];

    /// <summary>Any of <c>q2c.read</c>, <c>q2c.write</c>, <c>q2c.approve</c>, <c>q2c.operate</c>; at least one.</summary>
    public string[] Scopes { get; set; } = [];

    /// <summary>The only legal entities that it sees; all of them if empty.</summary>
    public string[] LegalEntities { get; set; } = [];

    /// <summary>The only regions that it sees; all of them if empty.</summary>
    public string[] Regions { get; set; } = [];

    /// <summary>For the portal of one customer: its id. The only role then is <c>customer</c>.</summary>
    public string? Customer { get; set; }
}

public sealed class NextKeyOptions
{
    public string Sha256 { get; set; } = "";

    public DateTimeOffset Expires { get; set; }
}

/// <summary>A set of API keys of machines, and those of the configuration.</summary>
internal sealed class ApiKeys
{
    private const string Section = "Q2C:ApiKeys";

    public static ApiKeys None { get; } = new([]);

    private readonly ImmutableArray<(byte[] Hash, Caller Caller)> _keys;

    private ApiKeys(ImmutableArray<(byte[], Caller)> keys) => _keys = keys;

    /// <summary>Throws <see cref="InvalidOperationException"/> that names the setting.</summary>
    public static ApiKeys Read(IConfiguration configuration) =>
        new([.. configuration.GetSection(Section).GetChildren().SelectMany(Read)]);

    public static ApiKeys Of(ImmutableArray<(byte[] Hash, Caller Caller)> keys) => new(keys);

    /// <summary>Whether one of them is the key that a caller of theirs came with.</summary>
    public bool Has(string key) => _keys.Any(known => known.Caller.Key == key);

    /// <summary>Compares with every key, whichever matches first.</summary>
    public Caller? Find(string token, DateTimeOffset now)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        Caller? found = null;
        foreach (var (expected, caller) in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, expected) & now < caller.Expires) found = caller;
        }

        return found;
    }

    private static IEnumerable<(byte[], Caller)> Read(IConfigurationSection section)
    {
        var options = section.Get<ApiKeyOptions>() ?? new();
        var caller = new Caller(
            new(CallerRules.Name(section.Key, section.Path), [.. options.Roles]), [.. options.Scopes],
            new(OrAll(options.LegalEntities), OrAll(options.Regions), options.Customer), default);
        if (options.Scopes.Length == 0)
            throw new InvalidOperationException($"{section.Path}:Scopes must say what the key is for: {string.Join(", ", Scopes.All)}.");
        if (CallerRules.Problem(caller) is { } problem) throw new InvalidOperationException($"{section.Path}:{problem}");
        yield return Key(section.Path, options.Sha256, options.Expires, caller);
        if (options.Next is { } next) yield return Key($"{section.Path}:Next", next.Sha256, next.Expires, caller);
    }

    private static (byte[], Caller) Key(string path, string sha256, DateTimeOffset expires, Caller caller)
    {
        if (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigit))
            throw new InvalidOperationException($"{path}:Sha256 must be the SHA-256 of the key, 64 hexadecimal digits.");
        return expires == default
            ? throw new InvalidOperationException($"{path}:Expires must say when the key ends.")
            : (Convert.FromHexString(sha256), caller with { Expires = expires });
    }

    private static ImmutableArray<string>? OrAll(string[] values) => values.Length == 0 ? null : [.. values];
}
