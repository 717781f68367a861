using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Q2C.Gateway.Security;

/// <summary>Who is behind a bearer token: an API key, a token of an issuer, or one of the development issuer where there is one.</summary>
internal sealed partial class Bearers(
    ApiKeys keys, StoredApiKeys stored, TokenValidator tokens, TimeProvider clock, ILogger<Bearers> log, DevelopmentIssuer? development = null)
{
    public const string Unknown = "The token is unknown or expired.";
    private const string Prefix = "Bearer ";

    /// <summary>The token of an Authorization header; null if there is none.</summary>
    public static string? TokenOf(string header) =>
        header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header[Prefix.Length..].Trim() : null;

    public async ValueTask<TokenResult> Find(string token)
    {
        if (token.Length is 0 or > JsonWebToken.MaxLength) return TokenResult.Forged("oversized");
        if (!JsonWebToken.LooksLike(token))
            return (keys.Find(token, clock.GetUtcNow()) ?? development?.Find(token) ?? await stored.Find(token)) is { } caller
                ? TokenResult.Of(caller)
                : TokenResult.Forged("unknown key");
        var result = await tokens.Validate(token);
        if (result.Caller is null) Refused(log, result.Reason);
        return result;
    }

    [LoggerMessage(LogLevel.Information, "A token was refused: {Reason}")]
    private static partial void Refused(ILogger log, string reason);
}

/// <summary><c>Authorization: Bearer …</c></summary>
internal sealed class BearerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, Bearers bearers)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Bearer";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (header.Length == 0) return AuthenticateResult.NoResult();
        if (Bearers.TokenOf(header) is not { } token) return AuthenticateResult.Fail("The header is no bearer token.");
        var result = await bearers.Find(token);
        return result.Caller is { } caller
            ? AuthenticateResult.Success(new(caller.ToPrincipal(SchemeName), SchemeName))
            : AuthenticateResult.Fail(result.IsGenuine ? result.Reason : Bearers.Unknown);
    }

    /// <summary>As RFC 6750 says: without a token only the scheme, with one why it is not accepted.</summary>
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var failure = (await HandleAuthenticateOnceSafeAsync()).Failure?.Message;
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = failure is null
            ? SchemeName
            : $"{SchemeName} error=\"invalid_token\", error_description=\"{Plain(failure)}\"";
        await Response.WriteAsJsonAsync(new
        {
            errors = new[]
            {
                new
                {
                    message = $"{failure ?? "Nobody is signed in."} Send Authorization: Bearer and an API key or a token.",
                    extensions = new { code = "UNAUTHENTICATED" },
                },
            },
        });
    }

    /// <summary>What a header may hold between quotes.</summary>
    private static string Plain(string text) => string.Concat(text.Select(c => c is >= ' ' and <= '~' and not '"' and not '\\' ? c : '?'));
}
