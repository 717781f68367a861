using System.Net;
using System.Text;
using HotChocolate;
using HotChocolate.AspNetCore;
using HotChocolate.Execution;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Q2C.StandIns.Tests;

/// <summary>What the audits do not look at.</summary>
public sealed class HttpTests
{
    private const string Sdl = "type Query { hello(name: String): String user: String } type Mutation { count: Int }";

    public sealed class Query
    {
        public string Hello(string? name) => name ?? "world";

        public string? User([GlobalState("user")] string? user) => user;
    }

    public sealed class Mutation
    {
        public int Count => 1;
    }

    public sealed class Interceptor : DefaultHttpRequestInterceptor
    {
        public override ValueTask OnCreateAsync(
            HttpContext context,
            IRequestExecutor requestExecutor,
            OperationRequestBuilder requestBuilder,
            CancellationToken cancellationToken)
        {
            if (context.Request.Headers.ContainsKey("X-Refused"))
            {
                throw new GraphQLException(new ErrorBuilder().SetMessage("No.").SetCode("AUTH_NOT_AUTHORIZED").Build());
            }

            requestBuilder.SetGlobalState("user", context.Request.Headers["X-User"].ToString());
            return base.OnCreateAsync(context, requestExecutor, requestBuilder, cancellationToken);
        }
    }

    private static Task<HttpServer> StartAsync(GraphQLServerOptions? options = null) => HttpServer.StartAsync(
        b => b.AddDocumentFromString(Sdl).AddResolver<Query>().AddResolver<Mutation>().AddHttpRequestInterceptor<Interceptor>(),
        options);

    private static async Task<string> SendAsync(HttpRequestMessage request, GraphQLServerOptions? options = null)
    {
        await using var server = await StartAsync(options);
        using var client = new HttpClient();
        request.RequestUri = new Uri(server.Url + request.RequestUri);
        using var response = await client.SendAsync(request);
        return $"{(int)response.StatusCode} {response.Content.Headers.ContentType} {await response.Content.ReadAsStringAsync()}";
    }

    private static HttpRequestMessage Post(
        string body, string? accept = null, string contentType = "application/json", params (string, string)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "")
        {
            Content = new StringContent(body, Encoding.UTF8, contentType),
        };
        if (accept is not null)
        {
            request.Headers.Add("Accept", accept);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return request;
    }

    private static HttpRequestMessage Get(string query) => new(HttpMethod.Get, query);

    [Fact]
    public async Task The_accepted_type_with_the_highest_quality_wins() => Assert.Equal(
        """200 application/graphql-response+json; charset=utf-8 {"data":{"hello":"world"}}""",
        await SendAsync(Post("""{"query":"{ hello }"}""", "application/json;q=0.5, application/graphql-response+json")));

    [Fact]
    public async Task Types_that_nobody_serves_are_not_acceptable() => Assert.Equal(
        """406 application/graphql-response+json; charset=utf-8 {"errors":[{"message":"None of the accepted media types is supported.","extensions":{"code":"HC0063"}}]}""",
        await SendAsync(Post("""{"query":"{ hello }"}""", "text/plain")));

    [Fact]
    public async Task A_form_cannot_carry_a_request() => Assert.StartsWith(
        "404", await SendAsync(Post("""{"query":"{ hello }"}""", contentType: "text/plain")));

    [Fact]
    public async Task Batches_are_refused() => Assert.Equal(
        """400 application/json; charset=utf-8 {"errors":[{"message":"The GraphQL request structure is invalid: an object is expected.","extensions":{"code":"HC0009"}}]}""",
        await SendAsync(Post("""[{"query":"{ hello }"}]""")));

    [Fact]
    public async Task A_document_that_does_not_parse_has_the_servers_code() => Assert.Equal(
        """400 application/graphql-response+json; charset=utf-8 {"errors":[{"message":"Expected Name, found <EOF>.","locations":[{"line":1,"column":2}],"extensions":{"code":"HC0011"}}]}""",
        await SendAsync(Post("""{"query":"{"}""", "application/graphql-response+json")));

    [Fact]
    public async Task Requests_have_a_greatest_size()
    {
        await using var server = await HttpServer.StartAsync(b => b.Services.AddGraphQLServer(maxAllowedRequestSize: 50)
            .AddDocumentFromString("type Query { hello: String }").AddResolver("Query", "hello", _ => ""));
        using var client = new HttpClient();
        using var response = await client.SendAsync(new HttpRequestMessage(HttpMethod.Post, server.Url)
        {
            Content = new StringContent(new string(' ', 60), Encoding.UTF8, "application/json"),
        });
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(
            """{"errors":[{"message":"Max GraphQL request size reached.","extensions":{"code":"HC0010"}}]}""",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Get_carries_queries_only()
    {
        Assert.Equal(
            """200 application/json; charset=utf-8 {"data":{"hello":"you"}}""",
            await SendAsync(Get("?query=query($n:String){hello(name:$n)}&variables={\"n\":\"you\"}")));
        Assert.StartsWith("405", await SendAsync(Get("?query=mutation{count}")));
        Assert.StartsWith("200", await SendAsync(
            Get("?query=mutation{count}"), new GraphQLServerOptions { AllowedGetOperations = AllowedGetOperations.QueryAndMutation }));
        Assert.StartsWith("404", await SendAsync(Get("?query={hello}"), new GraphQLServerOptions { EnableGetRequests = false }));
    }

    [Fact]
    public async Task The_schema_can_be_downloaded_and_that_be_forbidden()
    {
        Assert.StartsWith("200 application/graphql; charset=utf-8 schema {\n  query: Query", await SendAsync(Get("?sdl")));
        Assert.StartsWith("404", await SendAsync(Get("?sdl"), new GraphQLServerOptions { EnableSchemaRequests = false }));
    }

    [Fact]
    public async Task Interceptors_set_state_and_refuse()
    {
        Assert.Equal(
            """200 application/json; charset=utf-8 {"data":{"user":"ann"}}""",
            await SendAsync(Post("""{"query":"{ user }"}""", headers: ("X-User", "ann"))));
        Assert.Equal(
            """200 application/json; charset=utf-8 {"errors":[{"message":"No.","extensions":{"code":"AUTH_NOT_AUTHORIZED"}}]}""",
            await SendAsync(Post("""{"query":"{ user }"}""", headers: ("X-Refused", "1"))));
    }

    [Fact]
    public async Task Costs_are_reported_on_demand() => Assert.Equal(
        """200 application/json; charset=utf-8 {"data":{"hello":"world"},"extensions":{"operationCost":{"fieldCost":0,"typeCost":1}}}""",
        await SendAsync(Post("""{"query":"{ hello }"}""", headers: ("GraphQL-Cost", "report"))));

    [Fact]
    public async Task Introspection_is_off_outside_of_development() => Assert.Contains(
        "HC0046", await SendAsync(Post("""{"query":"{ __schema { description } }"}""")));
}
