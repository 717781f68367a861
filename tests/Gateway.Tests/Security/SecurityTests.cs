using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Q2C.Gateway.Security;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.Security;

public sealed class SecurityTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_key_is_known_until_it_ends()
    {
        var keys = Keys("robot", "machine", Noon);

        Assert.Equal("robot machine", Show(keys.Find("correct-horse", Noon.AddTicks(-1))));
        Assert.Null(keys.Find("correct-horse", Noon));
        Assert.Null(keys.Find("correct-hors", Noon.AddDays(-1)));
    }

    [Fact]
    public void A_key_with_a_role_that_does_not_exist_stops_the_start() => Assert.Equal(
        "Q2C:ApiKeys:robot:Roles names 'emperor', which is no role.",
        Assert.Throws<InvalidOperationException>(() => Keys("robot", "emperor", Noon)).Message);

    [Fact]
    public void A_development_token_ends_after_an_hour_and_cannot_be_changed()
    {
        var clock = new Clock(Noon);
        var issuer = new DevelopmentIssuer(clock);
        var token = issuer.Issue("olga")!;

        Assert.Equal(Noon.AddHours(1), token.Expires);
        Assert.Equal("olga operator", Show(issuer.Find(token.Token)));
        Assert.Null(issuer.Find(token.Token.Replace("olga", "ada", StringComparison.Ordinal)));
        Assert.Null(new DevelopmentIssuer(clock).Find(token.Token));
        clock.Now = Noon.AddHours(1);
        Assert.Null(issuer.Find(token.Token));
    }

    [Fact]
    public void Only_personas_get_development_tokens() => Assert.Null(new DevelopmentIssuer(TimeProvider.System).Issue("root"));

    [Fact]
    public async Task Development_tokens_are_refused_on_an_address_that_others_can_reach()
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => GatewayHost.Start(
            postgres.ConnectionString, new() { ["Q2C:Development"] = "true" }, url: "http://0.0.0.0:0"));

        Assert.StartsWith("Q2C:Development gives a token to everybody who asks, so it is refused on http://", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_development_switch_nobody_hands_out_tokens()
    {
        await using var gateway = await GatewayHost.Start(postgres.ConnectionString);

        var answer = await gateway.Client.PostAsJsonAsync("/dev/token", new { user = "olga" });

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Answers_may_run_our_scripts_only()
    {
        await using var gateway = await GatewayHost.Start(postgres.ConnectionString);

        var answer = await gateway.Client.GetAsync("/health/live");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
            "form-action 'none'; frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Fact]
    public async Task What_somebody_was_told_is_kept_by_no_browser_and_no_proxy()
    {
        await using var gateway = await GatewayHost.Start(postgres.ConnectionString);

        var answer = await gateway.Client.PostAsJsonAsync("/graphql", new { query = "{ viewer { name } }" });

        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task A_process_is_ready_when_its_database_is()
    {
        await using var ready = await GatewayHost.Start(postgres.ConnectionString);
        await using var unready = await GatewayHost.Start(await PostgresFixture.EmptyDatabase());

        Assert.Equal(HttpStatusCode.OK, (await ready.Client.GetAsync("/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await unready.Client.GetAsync("/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await unready.Client.GetAsync("/health/live")).StatusCode);
    }

    private static ApiKeys Keys(string name, string role, DateTimeOffset expires) => ApiKeys.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"Q2C:ApiKeys:{name}:Sha256"] = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes("correct-horse"))),
            [$"Q2C:ApiKeys:{name}:Roles:0"] = role,
            [$"Q2C:ApiKeys:{name}:Scopes:0"] = "q2c.read",
            [$"Q2C:ApiKeys:{name}:Expires"] = expires.ToString("O"),
        }).Build());

    private static string? Show(Caller? caller) => caller is null ? null : $"{caller.Actor.Id} {string.Join(' ', caller.Actor.Roles)}";

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
