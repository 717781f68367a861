using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Q2C.Gateway.Security;

/// <summary><c>Authorization: Bearer …</c> with an API key, or with a token of the development issuer where there is one.</summary>
internal sealed class BearerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, TimeProvider clock,
    ApiKeys keys, DevelopmentIssuer? development = null)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Bearer";
    private const string Prefix = "Bearer ";
    private const int MaxTokenLength = 4_096;

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = SchemeName;
        return Response.WriteAsJsonAsync(new
        {
            errors = new[]
            {
                new
                {
                    message = "Nobody is signed in. Send Authorization: Bearer and an API key.",
                    extensions = new { code = "UNAUTHENTICATED" },
                },
            },
        });
    }

    private AuthenticateResult Authenticate()
    {
        var header = Request.Headers.Authorization.ToString();
        if (header.Length == 0) return AuthenticateResult.NoResult();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || header.Length > MaxTokenLength)
            return AuthenticateResult.Fail("The header is no bearer token.");
        var token = header[Prefix.Length..].Trim();
        return (keys.Find(token, clock.GetUtcNow()) ?? development?.Find(token)) is { } actor
            ? AuthenticateResult.Success(new(actor.ToPrincipal(SchemeName), SchemeName))
            : AuthenticateResult.Fail("The token is unknown or expired.");
    }
}
