using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Q2C.Gateway.Security;

/// <summary>One machine's key: <c>Q2C:ApiKeys:{name}</c>. The key itself is nowhere; its SHA-256 is.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>64 hexadecimal digits.</summary>
    public string Sha256 { get; set; } = "";

    public string[] Roles { get; set; } = [];

    /// <summary>Refused from this instant on.</summary>
    public DateTimeOffset Expires { get; set; }
}

/// <summary>The API keys of machines.</summary>
internal sealed class ApiKeys
{
    private readonly ImmutableArray<(byte[] Hash, DateTimeOffset Expires, Actor Actor)> _keys;

    private ApiKeys(ImmutableArray<(byte[], DateTimeOffset, Actor)> keys) => _keys = keys;

    /// <summary>Throws <see cref="InvalidOperationException"/> that names the setting.</summary>
    public static ApiKeys Read(IConfiguration configuration) =>
        new([.. configuration.GetSection("Q2C:ApiKeys").GetChildren().Select(Read)]);

    /// <summary>Compares with every key, whichever matches first.</summary>
    public Actor? Find(string token, DateTimeOffset now)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        Actor? found = null;
        foreach (var (expected, expires, actor) in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, expected) & now < expires) found = actor;
        }

        return found;
    }

    private static (byte[], DateTimeOffset, Actor) Read(IConfigurationSection section)
    {
        var options = section.Get<ApiKeyOptions>() ?? new();
        if (options.Sha256.Length != 64 || !options.Sha256.All(char.IsAsciiHexDigit))
            throw new InvalidOperationException($"{section.Path}:Sha256 must be the SHA-256 of the key, 64 hexadecimal digits.");
        if (options.Expires == default)
            throw new InvalidOperationException($"{section.Path}:Expires must say when the key ends.");
        foreach (var role in options.Roles.Where(role => RoleNames.Parse(role) is null))
            throw new InvalidOperationException($"{section.Path}:Roles names '{role}', which is no role.");
        return (Convert.FromHexString(options.Sha256), options.Expires, new(section.Key, [.. options.Roles]));
    }
}
