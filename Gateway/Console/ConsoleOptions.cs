using System.Collections.Immutable;
using System.Text.Json;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Console;

/// <summary>
/// How people sign in to the console, and where the records of other systems are:
/// <c>Q2C:Console:Issuer</c> names one of <c>Q2C:Issuers</c>, <c>Q2C:Console:ClientId</c> is the console's there (a public
/// client: code flow with PKCE, redirect to <c>/signed-in</c>), <c>Q2C:Console:Scope</c> what it asks for;
/// <c>Q2C:Console:Links:{connection}/{type}</c> is the address of a record, with <c>{id}</c> in it.
/// </summary>
/// <param name="Settings">What the page reads before anybody signs in; nothing of it is secret.</param>
internal sealed record ConsoleOptions(ConsoleSettings Settings)
{
    private const string Section = "Q2C:Console";
    private const string DefaultScope = "openid profile q2c.read q2c.write q2c.approve q2c.operate";

    /// <summary>Throws <see cref="InvalidOperationException"/> that names the setting.</summary>
    public static ConsoleOptions Read(IConfiguration configuration)
    {
        var identity = Identity(configuration);
        var personas = configuration.GetValue<bool>(SecurityServices.DevelopmentSetting)
            ? DevelopmentIssuer.Personas.Values.OrderBy(actor => actor.Id, StringComparer.Ordinal)
                .Select(actor => new Persona(actor.Id, [.. actor.Roles.Select(RoleNames.Parse).OfType<Role>().Select(InSchema)])).ToImmutableArray()
            : (ImmutableArray<Persona>?)null;
        var links = configuration.GetSection($"{Section}:Links").GetChildren().ToDictionary(link => link.Key, Address);
        var graphiQL = configuration[GraphiQLPage.FolderSetting] is not null;
        return new(new ConsoleSettings(personas, identity, links, graphiQL));
    }

    private static IdentityProvider? Identity(IConfiguration configuration)
    {
        if (configuration[$"{Section}:Issuer"] is not { Length: > 0 } name) return null;
        var authority = configuration[$"Q2C:Issuers:{name}:Issuer"]
            ?? throw new InvalidOperationException($"{Section}:Issuer names {name}, which Q2C:Issuers does not have.");
        var client = configuration[$"{Section}:ClientId"]
            ?? throw new InvalidOperationException($"{Section}:ClientId must say what the console is called at {name}.");
        return new(authority, client, configuration[$"{Section}:Scope"] ?? DefaultScope);
    }

    private static string InSchema(Role role) => JsonNamingPolicy.SnakeCaseUpper.ConvertName($"{role}");

    private static string Address(IConfigurationSection link) =>
        Uri.TryCreate(link.Value, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || address.IsLoopback)
            ? link.Value
            : throw new InvalidOperationException($"{link.Path} must be an address that begins with https://, with {{id}} in it.");
}

internal sealed record ConsoleSettings(
    ImmutableArray<Persona>? Personas, IdentityProvider? Identity, IReadOnlyDictionary<string, string> Links, bool GraphiQL);

internal sealed record Persona(string Name, ImmutableArray<string> Roles);

internal sealed record IdentityProvider(string Authority, string ClientId, string Scope);
