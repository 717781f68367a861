using System.Buffers.Text;
using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Q2C.Gateway.Security;

/// <summary>
/// Short-lived tokens for named personas, for a machine of one's own: on loopback only, signed with a key that lives as
/// long as the process.
/// </summary>
internal sealed class DevelopmentIssuer(TimeProvider clock)
{
    private const string Prefix = "dev.";
    private const int MaxTokenLength = 512;
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public static FrozenDictionary<string, Actor> Personas { get; } = new Actor[]
    {
        new("sam", [Roles.Sales]),
        new("dana", [Roles.Delivery]),
        new("fiona", [Roles.Finance]),
        new("frank", [Roles.FinanceApprover]),
        new("audrey", [Roles.Auditor]),
        new("olga", [Roles.Operator]),
        new("ada", [Roles.Administrator]),
        new("automation", [Roles.Machine]),
    }.ToFrozenDictionary(actor => actor.Id);

    /// <summary>Null for a name that is no persona.</summary>
    public DevelopmentToken? Issue(string user)
    {
        if (!Personas.ContainsKey(user)) return null;
        var expires = clock.GetUtcNow() + Lifetime;
        var claims = $"{user}.{expires.ToUnixTimeSeconds()}";
        return new($"{Prefix}{claims}.{Sign(claims)}", expires);
    }

    public Caller? Find(string token)
    {
        if (token.Length > MaxTokenLength || !token.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        if (token.Split('.') is not [_, var user, var expires, var signature]) return null;
        var authentic = CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(signature), Encoding.UTF8.GetBytes(Sign($"{user}.{expires}")));
        return authentic
            && long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && clock.GetUtcNow().ToUnixTimeSeconds() < seconds
            && Personas.GetValueOrDefault(user) is { } actor
                ? new(actor, Scopes.All, Sight.Everything, DateTimeOffset.FromUnixTimeSeconds(seconds))
                : null;
    }

    private string Sign(string claims) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(claims)));
}

internal sealed record DevelopmentToken(string Token, DateTimeOffset Expires);
