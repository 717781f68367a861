using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Q2C.Gateway.Tests.Security;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.Console;

/// <summary>How the gateway serves its console. What the console does is tested in a browser (<c>tests/Console.Tests</c>).</summary>
public sealed partial class ConsoleTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData("/")]
    [InlineData("/engagements")]
    [InlineData("/engagements/eu_ct_1/work")]
    [InlineData("/exceptions?id=eu_ct_1%2Fa")]
    [InlineData("/invoices/eu_inv_1")]
    public async Task Every_address_of_the_console_is_the_page_with_a_nonce_of_its_own(string address)
    {
        await using var gateway = await GatewayHost.Start(postgres.ConnectionString);

        var (first, second) = (await Page(gateway, address), await Page(gateway, address));

        Assert.NotEqual(first.Nonce, second.Nonce);
        Assert.Equal(
            $"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{first.Nonce}'; img-src 'self' data:; font-src 'self'; " +
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", first.Policy);
    }

    [Fact]
    public async Task What_is_no_address_of_the_console_is_not_found()
    {
        await using var gateway = await GatewayHost.Start(postgres.ConnectionString);

        Assert.Equal(HttpStatusCode.NotFound, (await gateway.Client.GetAsync("/wp-admin")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await gateway.Client.GetAsync("/assets/..%2findex.html")).StatusCode);
    }

    [Fact]
    public async Task Files_with_their_content_in_their_name_are_kept_for_ever()
    {
        await using var gateway = await GatewayHost.Start(postgres.ConnectionString);
        var script = Script().Match(await gateway.Client.GetStringAsync("/")).Groups[1].Value;
        using var request = new HttpRequestMessage(HttpMethod.Get, script) { Headers = { { "Accept-Encoding", "br" } } };

        var answer = await gateway.Client.SendAsync(request);

        Assert.Equal(
            (HttpStatusCode.OK, "public, max-age=31536000, immutable", "br", "text/javascript"),
            (answer.StatusCode, answer.Headers.CacheControl!.ToString(), answer.Content.Headers.ContentEncoding.Single(),
                answer.Content.Headers.ContentType!.MediaType));
    }

    [Fact]
    public async Task The_page_learns_who_can_sign_in_and_how()
    {
        await using var gateway = await GatewayHost.Start(postgres.ConnectionString, new()
        {
            ["Q2C:Issuers:work:Issuer"] = "https://login.example/tenant",
            ["Q2C:Issuers:work:Audiences:0"] = "q2c",
            ["Q2C:Console:Issuer"] = "work",
            ["Q2C:Console:ClientId"] = "q2c-console",
            ["Q2C:Console:Links:salesforce/Opportunity"] = "https://crm.example/{id}",
        });

        Assert.Equal(
            """
            {"personas":null,"identity":{"authority":"https://login.example/tenant","clientId":"q2c-console","scope":"openid profile q2c.read q2c.write q2c.approve q2c.operate"},"links":{"salesforce/Opportunity":"https://crm.example/{id}"},"graphiQL":false}
            """, JsonNode.Parse(await gateway.Client.GetStringAsync("/console/settings.json"))!.ToJsonString());
        Assert.Contains("connect-src 'self' https://login.example;", (await Page(gateway, "/")).Policy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Q2C:Console:Issuer", "nobody", "Q2C:Console:Issuer names nobody, which Q2C:Issuers does not have.")]
    [InlineData("Q2C:Console:Links:crm/Account", "javascript:alert(1)",
        "Q2C:Console:Links:crm/Account must be an address that begins with https://, with {id} in it.")]
    public async Task A_setting_that_cannot_be_is_refused_at_the_start(string setting, string value, string message)
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            GatewayHost.Start(postgres.ConnectionString, new() { [setting] = value }));

        Assert.Equal(message, failure.Message);
    }

    [Fact]
    public void The_console_shows_each_action_to_those_who_may_do_it()
    {
        var documented = Rows(File.ReadAllText(Path.Combine(AccessTests.Root(), "docs", "security.md")));

        var shown = Permission().Matches(File.ReadAllText(Path.Combine(AccessTests.Root(), "Gateway", "Console", "src", "access", "permissions.ts")))
            .Select(match => (Name: match.Groups[1].Value, Roles: match.Groups[2].Value.Replace("'", "", StringComparison.Ordinal)));

        Assert.All(shown, permission => Assert.Equal(documented.GetValueOrDefault(permission.Name), permission.Roles));
        Assert.NotEmpty(shown);
    }

    private static Dictionary<string, string> Rows(string document) =>
        Row().Matches(document).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value.Trim());

    private static async Task<(string Nonce, string Policy)> Page(GatewayHost gateway, string address)
    {
        var answer = await gateway.Client.GetAsync(address);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (Nonce().Match(await answer.Content.ReadAsStringAsync()).Groups[1].Value, answer.Headers.GetValues("Content-Security-Policy").Single());
    }

    [GeneratedRegex("""nonce="([^"]+)">""")]
    private static partial Regex Nonce();

    [GeneratedRegex("""src="(/assets/[^"]+\.js)""")]
    private static partial Regex Script();

    [GeneratedRegex(@"^  (\w+): \[(.*)\],$", RegexOptions.Multiline)]
    private static partial Regex Permission();

    [GeneratedRegex(@"^\| `(\w+)` \| ([A-Z_, ]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
