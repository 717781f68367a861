using System.Text.Json.Nodes;
using Q2C.Gateway.Tests.GraphQL;
using Q2C.StandIns.Tests;

namespace Q2C.Gateway.Tests.Clients;

/// <summary>What people build on the API with, against the running gateway.</summary>
public sealed class ClientTests(Engagements engagements) : IClassFixture<Engagements>
{
    private const int Audits = 61;
    private static readonly Node Npm = new("tests/Gateway.Tests/Clients/npm");

    [Fact]
    public async Task The_gateway_passes_every_audit_of_graphql_over_http()
    {
        var lines = await Node.Oracle.RunAsync("audits.mjs", [Url, await engagements.Token("ada")], []);

        var results = lines.Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal([], results.Where(result => (string?)result["status"] != "ok").Select(result => result.ToJsonString()));
        Assert.Equal(Audits, results.Count);
    }

    [Fact]
    public async Task Graphql_ws_asks_follows_and_resumes_where_it_stopped() => Assert.Equal(
        """
        {"viewer":{"data":{"viewer":{"name":"sam"}}},"refused":["The field `nothing` does not exist on the type `Query`."],
        "all":["Quote accepted","Contract validated","Customer in ERP: asked for"],"resumed":["Contract validated","Customer in ERP: asked for"]}
        """.ReplaceLineEndings(""),
        await Run("graphql-ws.mjs", "sam", "010-ws"));

    [Fact]
    public async Task Graphql_sse_follows_over_connections_of_its_own() => Assert.Equal(
        """{"titles":["Quote accepted","Contract validated"],"answers":[{"data":{"viewer":{"name":"sam"}}}]}""",
        await Run("graphql-sse.mjs", "sam", "010-sse"));

    [Fact]
    public async Task Apollo_client_reads_writes_and_follows_with_one_cache() => Assert.Equal(
        """
        {"typename":"Contract","requestsForTwoReads":1,"errors":[],"before":"ACTIVATING","after":"COMPENSATING",
        "cached":"COMPENSATING","watched":"COMPENSATING","titles":["Quote accepted","Contract validated"]}
        """.ReplaceLineEndings(""),
        await Run("apollo.mjs", "olga", "010-apollo"));

    [Fact]
    public async Task Code_generated_from_introspection_and_from_the_sdl_compiles() => Assert.Equal(
        """{"compiled":2}""", await Run("codegen.mjs", "ada", "010-codegen"));

    [BrowserFact]
    public async Task Graphiql_opens_in_a_browser_and_answers() => Assert.Equal(
        """
        {"answer":{"data":{"viewer":{"name":"olga","roles":["OPERATOR"]}}},"followed":["engagementTimeline"],
        "documented":true,"foreign":[],"complaints":[]}
        """.ReplaceLineEndings(""),
        await Run("graphiql.mjs", "olga", "010-graphiql", BrowserFactAttribute.Browser!, Environment.GetEnvironmentVariable("Q2C_SCREENSHOT") ?? ""));

    private string Url => new Uri(engagements.Client.BaseAddress!, "/graphql").ToString();

    /// <summary>What the script prints about a new engagement.</summary>
    private async Task<string> Run(string script, string user, string opportunity, params string[] more)
    {
        var (contract, _) = await engagements.AcceptQuote(opportunity);
        return Assert.Single(await Npm.RunAsync(script, [Url, await engagements.Token(user), contract, .. more], []));
    }
}
