using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Configuration;
using Q2C.Gateway.Security;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.Security;

/// <summary>Each test has the issuer for itself: they change what it answers.</summary>
public sealed class TokenTests(TokenIssuer issuer, PostgresFixture postgres) : IClassFixture<TokenIssuer>, IClassFixture<PostgresFixture>
{
    private readonly SetClock _clock = new(TokenIssuer.Noon);

    [Theory]
    [InlineData("rs256")]
    [InlineData("ps256")]
    [InlineData("es256")]
    [InlineData("severalAudiences")]
    [InlineData("withinSkew")]
    public async Task A_good_token_is_who_it_says(string token)
    {
        var caller = (await Validate(token)).Caller!;

        Assert.Equal("corp:fiona", caller.Actor.Id);
        Assert.Equal("finance", string.Join(' ', caller.Actor.Roles));
        Assert.Equal("q2c.read q2c.write", string.Join(' ', caller.Scopes));
        Assert.True(caller.Sight.IsEverything);
    }

    [Theory]
    [InlineData("none", "not base64url")]
    [InlineData("noneWithKeyId", "algorithm")]
    [InlineData("hs256WithPublicKey", "algorithm")]
    [InlineData("keyOfAnotherId", "signature")]
    [InlineData("unknownKeyId", "unknown key")]
    [InlineData("noKeyId", "no key id")]
    [InlineData("stranger", "signature")]
    [InlineData("truncated", "signature")]
    [InlineData("withoutSignature", "not base64url")]
    [InlineData("oversized", "oversized")]
    [InlineData("changedClaims", "signature")]
    [InlineData("wrongIssuer", "unknown issuer")]
    [InlineData("duplicateClaims", "not JSON objects")]
    [InlineData("duplicateHeader", "not JSON objects")]
    [InlineData("claimsAsList", "not JSON objects")]
    [InlineData("wrongCurve", "algorithm")]
    [InlineData("wrongCurveRelabelled", "unknown key")]
    [InlineData("derSignature", "signature")]
    [InlineData("algorithmOfAnotherKey", "signature")]
    [InlineData("weakKey", "unknown key")]
    [InlineData("embeddedKey", "forbidden header")]
    [InlineData("keyAddress", "forbidden header")]
    [InlineData("certificateAddress", "forbidden header")]
    [InlineData("critical", "forbidden header")]
    [InlineData("idToken", "wrong type")]
    public async Task A_token_that_the_issuer_did_not_make_for_this_is_forged(string token, string reason) =>
        Assert.Equal(TokenResult.Forged(reason), await Validate(token));

    [Theory]
    [InlineData("expired", "The token is expired.")]
    [InlineData("notYet", "The token is not valid yet.")]
    [InlineData("issuedInFuture", "The token was issued in the future.")]
    [InlineData("noExpiry", "The token has no expiry.")]
    [InlineData("expiryAsText", "The token has no expiry.")]
    [InlineData("wrongAudience", "The token is for another audience.")]
    [InlineData("noAudience", "The token is for another audience.")]
    [InlineData("noSubject", "The token has no claim sub.")]
    [InlineData("longSubject", "The claim sub is too long.")]
    public async Task A_genuine_token_that_is_not_for_us_or_not_for_now_is_told_why(string token, string reason) =>
        Assert.Equal(TokenResult.Refused(reason), await Validate(token));

    [Fact]
    public async Task Every_token_that_was_made_has_its_place_in_these_tests()
    {
        var source = await File.ReadAllTextAsync(Path.Combine(SourceFolder(), "TokenTests.cs"));

        Assert.All(issuer.Tokens.Keys, name => Assert.Contains($"\"{name}\"", source, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Claims_can_have_other_names_and_roles_those_of_the_issuer()
    {
        var validator = issuer.Validator(
            _clock, ("Claims:Roles", "org.team"), ("Roles:q2c", "auditor"), ("Claims:Scopes", ""), ("Claims:LegalEntities", "entities"),
            ("Claims:Regions", "regions"));

        var caller = (await validator.Validate(issuer.Tokens["rs256"])).Caller!;

        Assert.Equal("auditor", string.Join(' ', caller.Actor.Roles));
        Assert.Equal(Scopes.All, caller.Scopes);
        Assert.Equal((true, null, null), (caller.Sight.LegalEntities is ["DE01"], caller.Sight.Regions, caller.Sight.CustomerId));
    }

    [Fact]
    public async Task A_token_without_the_claim_that_limits_it_is_refused_rather_than_unlimited() => Assert.Equal(
        TokenResult.Refused("The token has no claim entities."),
        await issuer.Validator(_clock, ("Claims:LegalEntities", "entities")).Validate(issuer.Tokens["noEntities"]));

    [Fact]
    public async Task A_customers_token_is_the_customers_portal_whatever_its_roles()
    {
        var validator = issuer.Validator(_clock, ("Claims:Customer", "customer"));

        var portal = (await validator.Validate(issuer.Tokens["portal"])).Caller!;

        Assert.Equal("customer", string.Join(' ', portal.Actor.Roles));
        Assert.Equal("eu_cu_00000000000000000000000001", portal.Sight.CustomerId);
        Assert.Equal(
            TokenResult.Refused("The token's Customer is 'acme', which is not the id of a customer."),
            await validator.Validate(issuer.Tokens["portalOfNobody"]));
    }

    [Fact]
    public async Task An_issuer_may_be_limited_to_one_algorithm()
    {
        var validator = issuer.Validator(_clock, ("Algorithms:0", "ES256"));

        Assert.NotNull((await validator.Validate(issuer.Tokens["es256"])).Caller);
        Assert.Equal(TokenResult.Forged("algorithm"), await validator.Validate(issuer.Tokens["rs256"]));
    }

    [Fact]
    public async Task A_new_key_is_fetched_when_a_token_names_it_and_the_old_one_is_gone()
    {
        issuer.Keys = issuer.FirstKeys;
        var validator = issuer.Validator(_clock);
        Assert.NotNull((await validator.Validate(issuer.Tokens["rs256"])).Caller);

        issuer.Keys = issuer.SecondKeys;
        _clock.Now += TimeSpan.FromSeconds(30);

        Assert.NotNull((await validator.Validate(issuer.Tokens["rotated"])).Caller);
        Assert.Equal(TokenResult.Forged("unknown key"), await validator.Validate(issuer.Tokens["rs256"]));
        issuer.Keys = issuer.FirstKeys;
    }

    [Fact]
    public async Task Tokens_with_keys_that_nobody_knows_do_not_make_us_ask_again_and_again()
    {
        issuer.Keys = issuer.FirstKeys;
        var validator = issuer.Validator(_clock);
        await validator.Validate(issuer.Tokens["rs256"]);
        var before = issuer.Fetches;

        for (var i = 0; i < 50; i++) await validator.Validate(issuer.Tokens["unknownKeyId"]);
        Assert.Equal(before, issuer.Fetches);

        _clock.Now += TimeSpan.FromSeconds(30);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => validator.Validate(issuer.Tokens["unknownKeyId"]).AsTask()));
        Assert.Equal(before + 1, issuer.Fetches);
    }

    [Fact]
    public async Task While_the_issuer_is_down_known_keys_go_on_for_a_day_and_unknown_ones_are_refused()
    {
        issuer.Keys = issuer.FirstKeys;
        var validator = issuer.Validator(_clock, ("Skew", "00:05:00"), ("KeysMaxAge", "00:04:00"), ("KeysLifetime", "00:02:00"));
        await validator.Validate(issuer.Tokens["rs256"]);
        issuer.Keys = null;

        _clock.Now += TimeSpan.FromMinutes(3);
        Assert.NotNull((await validator.Validate(issuer.Tokens["rs256"])).Caller);
        Assert.Equal(TokenResult.Forged("unknown key"), await validator.Validate(issuer.Tokens["rotated"]));
        _clock.Now += TimeSpan.FromMinutes(2);
        Assert.Equal(TokenResult.Forged("unknown key"), await validator.Validate(issuer.Tokens["rs256"]));

        issuer.Keys = issuer.FirstKeys;
        _clock.Now += TimeSpan.FromSeconds(30);
        Assert.NotNull((await validator.Validate(issuer.Tokens["rs256"])).Caller);
    }

    [Fact]
    public async Task A_discovery_document_of_another_issuer_is_not_believed()
    {
        issuer.Claimed = "https://login.example";

        Assert.Equal(TokenResult.Forged("unknown key"), await issuer.Validator(_clock).Validate(issuer.Tokens["rs256"]));
        issuer.Claimed = null;
    }

    [Theory]
    [InlineData("Issuer", "http://login.example", "Q2C:Issuers:corp:Issuer must be an https address.")]
    [InlineData("Algorithms:0", "HS256", "Q2C:Issuers:corp:Algorithms may name RS256, ES256 and PS256.")]
    [InlineData("Skew", "01:00:00", "Q2C:Issuers:corp:Skew may be five minutes at most.")]
    [InlineData("Roles:boss", "emperor", "Q2C:Issuers:corp:Roles names 'emperor', which is no role.")]
    public void A_setting_that_cannot_be_stops_the_start(string member, string value, string message) => Assert.Equal(
        message, Assert.Throws<InvalidOperationException>(() => Issuer.Read(
            new ConfigurationBuilder().AddInMemoryCollection(issuer.Settings((member, value))).Build())).Message);

    [Fact]
    public async Task Over_http_a_good_token_is_answered_and_a_bad_one_told_no_more_than_it_may_know()
    {
        issuer.Keys = issuer.FirstKeys;
        await using var gateway = await GatewayHost.Start(postgres.ConnectionString, issuer.Settings(), _clock);

        var good = await Ask("rs256");
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        Assert.Equal("""{"data":{"viewer":{"name":"corp:fiona","roles":["FINANCE"]}}}""", await good.Content.ReadAsStringAsync());

        foreach (var (token, told) in new[]
        {
            ("hs256WithPublicKey", "The token is unknown or expired."), ("none", "The token is unknown or expired."),
            ("stranger", "The token is unknown or expired."), ("oversized", "The token is unknown or expired."),
            ("expired", "The token is expired."), ("wrongAudience", "The token is for another audience."),
        })
        {
            var bad = await Ask(token);
            Assert.Equal(HttpStatusCode.Unauthorized, bad.StatusCode);
            Assert.Equal($"""Bearer error="invalid_token", error_description="{told}" """.TrimEnd(), bad.Headers.WwwAuthenticate.ToString());
            Assert.Equal(
                $$$"""{"errors":[{"message":"{{{told}}} Send Authorization: Bearer and an API key or a token.","extensions":{"code":"UNAUTHENTICATED"}}]}""",
                await bad.Content.ReadAsStringAsync());
        }

        Task<HttpResponseMessage> Ask(string token) => gateway.Client.SendAsync(new(HttpMethod.Post, "/graphql")
        {
            Content = JsonContent.Create(new { query = "{ viewer { name roles } }" }),
            Headers = { Authorization = new("Bearer", issuer.Tokens[token]), Accept = { new("application/json") } },
        });
    }

    private async Task<TokenResult> Validate(string token) => await issuer.Validator(_clock).Validate(issuer.Tokens[token]);

    private static string SourceFolder([System.Runtime.CompilerServices.CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
