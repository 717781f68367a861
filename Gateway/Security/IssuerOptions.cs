using System.Collections.Immutable;

namespace Q2C.Gateway.Security;

/// <summary>An identity provider whose tokens are accepted: <c>Q2C:Issuers:{name}</c>.</summary>
public sealed class IssuerOptions
{
    /// <summary>Exactly as tokens say it in <c>iss</c>. Its discovery document lies below it.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Tokens name one of these in <c>aud</c>.</summary>
    public string[] Audiences { get; set; } = [];

    /// <summary>Any of RS256, ES256 and PS256; all of them if empty.</summary>
    public string[] Algorithms { get; set; } = [];

    /// <summary>How far the issuer's clock may be from ours; at most five minutes.</summary>
    public TimeSpan Skew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How old its keys may become before they are fetched again.</summary>
    public TimeSpan KeysLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long keys go on when the issuer does not answer.</summary>
    public TimeSpan KeysMaxAge { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long to wait between two fetches, however many tokens name keys that nobody knows.</summary>
    public TimeSpan KeysPause { get; set; } = TimeSpan.FromSeconds(30);

    public ClaimOptions Claims { get; set; } = new();

    /// <summary>What the issuer calls our roles, by its name: <c>Q2C-Approvers: finance_approver</c>. Others are passed over.</summary>
    public Dictionary<string, string> Roles { get; set; } = [];
}

/// <summary>Where a token says what. A claim is a text, or a list of texts; <c>a.b</c> is the member b of the claim a.</summary>
public sealed class ClaimOptions
{
    /// <summary>Who it is; never changes and is never given to somebody else.</summary>
    public string Subject { get; set; } = "sub";

    public string Roles { get; set; } = "roles";

    /// <summary>Scopes, also as one text with blanks between them. Empty: tokens of this issuer have every scope.</summary>
    public string Scopes { get; set; } = "scope";

    /// <summary>Empty: no limit. Otherwise tokens must have it; <c>*</c> stands for all legal entities.</summary>
    public string LegalEntities { get; set; } = "";

    /// <summary>Empty: no limit. Otherwise tokens must have it; <c>*</c> stands for all regions.</summary>
    public string Regions { get; set; } = "";

    /// <summary>Empty: nobody is a customer. Who has it is the portal of that customer, and nothing else.</summary>
    public string Customer { get; set; } = "";
}

/// <summary>An issuer's settings, checked.</summary>
internal sealed record Issuer(string Name, IssuerOptions Options, ImmutableArray<string> Algorithms)
{
    private const string Section = "Q2C:Issuers";
    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(5);

    public Uri Discovery { get; } = new(Options.Issuer.TrimEnd('/') + "/.well-known/openid-configuration");

    /// <summary>Throws <see cref="InvalidOperationException"/> that names the setting.</summary>
    public static ImmutableArray<Issuer> Read(IConfiguration configuration)
    {
        ImmutableArray<Issuer> issuers = [.. configuration.GetSection(Section).GetChildren().Select(Read)];
        return issuers.GroupBy(issuer => issuer.Options.Issuer).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new InvalidOperationException($"{Section} names the issuer {twice.Key} twice.")
            : issuers;
    }

    /// <summary>HTTPS, or on this machine.</summary>
    public static bool IsSafe(Uri address) => address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    private static Issuer Read(IConfigurationSection section)
    {
        var options = section.Get<IssuerOptions>() ?? new();
        ImmutableArray<string> algorithms = options.Algorithms.Length == 0 ? JsonWebToken.Asymmetric : [.. options.Algorithms];
        return (options, algorithms) switch
        {
            _ when !Uri.TryCreate(options.Issuer, UriKind.Absolute, out var address) || !IsSafe(address) =>
                throw Wrong("Issuer", "must be an https address"),
            ({ Audiences.Length: 0 }, _) => throw Wrong("Audiences", "must name what tokens for this installation are for"),
            _ when algorithms.Except(JsonWebToken.Asymmetric).Any() => throw Wrong("Algorithms", "may name RS256, ES256 and PS256"),
            _ when options.Skew < TimeSpan.Zero || options.Skew > MaxSkew => throw Wrong("Skew", "may be five minutes at most"),
            _ when options.Roles.Values.FirstOrDefault(role => RoleNames.Parse(role) is null) is { } role =>
                throw Wrong("Roles", $"names '{role}', which is no role"),
            _ => new(CallerRules.Name(section.Key, section.Path), options, algorithms),
        };

        InvalidOperationException Wrong(string member, string rule) => new($"{section.Path}:{member} {rule}.");
    }
}
