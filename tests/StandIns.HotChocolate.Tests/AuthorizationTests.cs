using System.Net;
using System.Security.Claims;
using System.Text;
using HotChocolate;
using HotChocolate.Authorization;
using HotChocolate.Execution;
using HotChocolate.Execution.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Q2C.StandIns.Tests;

/// <summary>Who may see what: directives, attributes and policies.</summary>
public sealed class AuthorizationTests
{
    private const string Sdl = """
        type Query @authorize {
          open: String @allowAnonymous
          hello: String
          margin: String @authorize(roles: ["finance", "auditor"])
          policy: String @authorize(policy: "adult")
          nobodyWroteIt: String @authorize(policy: "missing")
          late: String! @authorize(roles: ["finance"], apply: AFTER_RESOLVER)
          lateNull: String @authorize(roles: ["finance"], apply: AFTER_RESOLVER)
          attributed: String
          first: String @authorize(roles: ["finance"], apply: VALIDATION)
          secret: Secret
          secrets: [Secret!]!
          thing: Thing
        }
        interface Thing { name: String }
        type Secret implements Thing @authorize(roles: ["finance"]) { name: String }
        type Plain implements Thing { name: String }
        """;

    public sealed record Secret(string Name);

    public sealed class Query
    {
        public static int Calls { get; set; }

        public string Open => "open";

        public string Hello => "hello";

        public string Margin => "42";

        public string Policy => "grown up";

        public string NobodyWroteIt => "";

        public string Late() => "late";

        public string? LateNull() => null;

        [Authorize(Roles = ["finance"])]
        public string Attributed() => "attributed";

        public string First => "first";

        public Secret GetSecret() => new("s");

        public Secret[] GetSecrets() => [new("a"), new("b")];

        public object GetThing() => new Secret("s");
    }

    private static IRequestExecutorBuilder Configure(IRequestExecutorBuilder builder) => builder
        .AddDocumentFromString(Sdl).AddResolver<Query>().BindRuntimeType<Secret>("Secret").AddResolver("Plain", "name", _ => "")
        .AddAuthorization(o => o.AddPolicy("adult", p => p.RequireAssertion(c => c.User.HasClaim("age", "18"))));

    private static ClaimsPrincipal User(params string[] roles) => new(new ClaimsIdentity(
        roles.Select(r => r.Contains('=', StringComparison.Ordinal)
            ? new Claim(r.Split('=')[0], r.Split('=')[1])
            : new Claim(ClaimTypes.Role, r)), "test"));

    private static async Task<string> AskAsync(string document, ClaimsPrincipal? user = null)
    {
        var executor = await Configure(new ServiceCollection().AddLogging().AddGraphQLServer()).BuildRequestExecutorAsync();
        var result = await executor.ExecuteAsync(r => r.SetDocument(document).SetUser(user ?? new ClaimsPrincipal()));
        return result.ToJson(withIndentations: false);
    }

    private static string Refused(string field, string code = "AUTH_NOT_AUTHORIZED", string data = "") =>
        $$$"""{"errors":[{"message":"The current user is not authorized to access this resource.","locations":[{"line":1,"column":3}],"path":["{{{field}}}"],"extensions":{"code":"{{{code}}}"}}],"data":{{{(data.Length > 0 ? data : $$"""{"{{field}}":null}""")}}}}""";

    [Theory]
    [InlineData("{ open }", """{"data":{"open":"open"}}""")]
    public async Task Anonymous_callers_see_what_is_open_to_them(string document, string answer) =>
        Assert.Equal(answer, await AskAsync(document));

    [Fact]
    public async Task Anonymous_callers_are_told_to_sign_in() =>
        Assert.Equal(Refused("hello", "AUTH_NOT_AUTHENTICATED"), await AskAsync("{ hello }"));

    [Theory]
    [InlineData("{ margin }", "margin", "auditor", """{"data":{"margin":"42"}}""")]
    [InlineData("{ attributed }", "attributed", "finance", """{"data":{"attributed":"attributed"}}""")]
    [InlineData("{ policy }", "policy", "age=18", """{"data":{"policy":"grown up"}}""")]
    [InlineData("{ secret { name } }", "secret", "finance", """{"data":{"secret":{"name":"s"}}}""")]
    [InlineData("{ thing { name } }", "thing", "finance", """{"data":{"thing":{"name":"s"}}}""")]
    public async Task Roles_and_policies_open_fields_and_types(string document, string field, string role, string answer)
    {
        Assert.Equal(Refused(field), await AskAsync(document, User("sales")));
        Assert.Equal(answer, await AskAsync(document, User(role)));
    }

    [Fact]
    public async Task Values_can_be_judged_after_they_are_there()
    {
        Assert.Equal(Refused("late", data: "null"), await AskAsync("{ late }", User("sales")));
        Assert.Equal("""{"data":{"lateNull":null}}""", await AskAsync("{ lateNull }", User("sales")));
        Assert.Equal("""{"data":{"late":"late"}}""", await AskAsync("{ late }", User("finance")));
    }

    [Fact]
    public async Task A_list_of_what_is_not_allowed_is_refused_once() =>
        Assert.Equal(Refused("secrets", data: "null"), await AskAsync("{ secrets { name } }", User("sales")));

    [Fact]
    public async Task A_policy_that_does_not_exist_opens_nothing() => Assert.Equal(
        """{"errors":[{"message":"The `missing` authorization policy does not exist.","locations":[{"line":1,"column":3}],"path":["nobodyWroteIt"],"extensions":{"code":"AUTH_POLICY_NOT_FOUND"}}],"data":{"nobodyWroteIt":null}}""",
        await AskAsync("{ nobodyWroteIt }", User("finance")));

    [Fact]
    public async Task A_demand_on_the_request_stops_it_as_a_whole()
    {
        const string Document = "{ hello ...f } fragment f on Query { first }";
        Assert.Equal(
            """{"errors":[{"message":"The current user is not authorized to access this resource.","extensions":{"code":"AUTH_NOT_AUTHORIZED"}}]}""",
            await AskAsync(Document, User("sales")));
        Assert.Equal("""{"data":{"hello":"hello","first":"first"}}""", await AskAsync(Document, User("finance")));
    }

    [Fact]
    public async Task Over_http_a_refused_request_has_its_status_and_a_refused_field_has_not()
    {
        await using var server = await HttpServer.StartAsync(b => Configure(b));
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("{ first }"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("{ hello }"));

        async Task<HttpStatusCode> StatusAsync(string document)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, server.Url)
            {
                Content = new StringContent($$"""{"query":"{{document}}"}""", Encoding.UTF8, "application/json"),
                Headers = { { "Accept", "application/graphql-response+json" } },
            };
            using var response = await client.SendAsync(request);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Clients_are_not_told_who_may_do_what()
    {
        var schema = await Configure(new ServiceCollection().AddLogging().AddGraphQLServer()).BuildSchemaAsync();
        Assert.DoesNotContain("authorize", schema.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("authorize", await AskAsync("{ __schema { directives { name } } }", User()), StringComparison.Ordinal);
    }

    [Authorize]
    public sealed class Protected
    {
        public string Hello => "";
    }

    public sealed class Member
    {
        [Authorize]
        public string Hello => "";
    }

    [Theory]
    [InlineData(typeof(Protected), true, "protects nothing")]
    [InlineData(typeof(Member), false, "needs AddAuthorization()")]
    public async Task An_attribute_that_would_protect_nothing_is_refused(Type resolver, bool authorization, string problem)
    {
        var builder = new ServiceCollection().AddGraphQLServer()
            .AddDocumentFromString("type Query { hello: String }").AddResolver(resolver, "Query");
        builder = authorization ? builder.AddAuthorization() : builder;
        var refusal = await Assert.ThrowsAsync<SchemaException>(async () => await builder.BuildSchemaAsync());
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }
}
