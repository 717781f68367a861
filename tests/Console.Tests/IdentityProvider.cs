using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Q2C.Console.Tests;

/// <summary>
/// An OpenID provider as far as the code flow with PKCE goes (RFC 6749, RFC 7636): whoever comes is Grete, and a code is worth
/// a token only to whoever knows the verifier of its challenge.
/// </summary>
internal sealed class IdentityProvider : IAsyncDisposable
{
    private const string Audience = "q2c";
    private const string KeyId = "k1";

    private readonly WebApplication _app;
    private readonly RSA _key = RSA.Create(2048);
    private readonly ConcurrentDictionary<string, (string Challenge, string Nonce, string Client)> _codes = new();

    private IdentityProvider(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    /// <summary>What a hub needs in its environment to trust it.</summary>
    public Dictionary<string, string> Environment => new()
    {
        ["Q2C__Issuers__work__Issuer"] = Address,
        ["Q2C__Issuers__work__Audiences__0"] = Audience,
        ["Q2C__Console__Issuer"] = "work",
        ["Q2C__Console__ClientId"] = "q2c-console",
    };

    public static async Task<IdentityProvider> Start()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var provider = new IdentityProvider(app);
        app.Use((http, next) =>
        {
            http.Response.Headers.AccessControlAllowOrigin = "*";
            return next(http);
        });
        app.MapGet("/.well-known/openid-configuration", provider.Describe);
        app.MapGet("/jwks", provider.Keys);
        app.MapGet("/authorize", provider.Authorize);
        app.MapPost("/token", provider.Exchange).DisableAntiforgery();
        await app.StartAsync();
        return provider;
    }

    private IResult Describe() => Results.Json(new
    {
        issuer = Address, authorization_endpoint = $"{Address}/authorize", token_endpoint = $"{Address}/token", jwks_uri = $"{Address}/jwks",
    });

    private IResult Keys()
    {
        var key = _key.ExportParameters(includePrivateParameters: false);
        return Results.Json(new
        {
            keys = new[] { new { kty = "RSA", use = "sig", alg = "RS256", kid = KeyId, n = Base64Url.EncodeToString(key.Modulus), e = Base64Url.EncodeToString(key.Exponent) } },
        });
    }

    private IResult Authorize(HttpRequest request)
    {
        var asked = request.Query;
        if (asked["response_type"] != "code" || asked["code_challenge_method"] != "S256") return Results.BadRequest();
        var code = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        _codes[code] = (asked["code_challenge"].ToString(), asked["nonce"].ToString(), asked["client_id"].ToString());
        return Results.Redirect($"{asked["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(asked["state"].ToString())}");
    }

    private async Task<IResult> Exchange(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        if (!_codes.TryRemove(form["code"].ToString(), out var code)) return Results.BadRequest();
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
        if (challenge != code.Challenge) return Results.BadRequest();
        var claims = new JsonObject { ["sub"] = "u-17", ["name"] = "Grete", ["roles"] = new JsonArray("operator") };
        var identity = claims.DeepClone().AsObject();
        if (code.Nonce.Length > 0) identity["nonce"] = code.Nonce;
        claims["scope"] = "q2c.read q2c.operate";
        return Results.Json(new
        {
            token_type = "Bearer", expires_in = 3600, access_token = Sign(claims, Audience), id_token = Sign(identity, code.Client),
        });
    }

    private string Sign(JsonObject claims, string audience)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        (claims["iss"], claims["aud"], claims["iat"], claims["exp"]) = (Address, audience, now, now + 3600);
        var head = JsonSerializer.SerializeToUtf8Bytes(new { alg = "RS256", typ = "JWT", kid = KeyId });
        var text = $"{Base64Url.EncodeToString(head)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        var signature = _key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }
}
