using HotChocolate;
using HotChocolate.Execution;
using HotChocolate.Execution.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Q2C.StandIns.Tests;

/// <summary>Limits, errors and what clients are told about them.</summary>
public sealed class LimitTests
{
    private const string Sdl = """
        type Query {
          hello: String slow: String broken: String! me: Person @cost(weight: "3")
          people(first: Int, after: String): People! @listSize(slicingArguments: ["first"], sizedFields: ["nodes"], assumedSize: 50, requireOneSlicingArgument: false)
          exact(first: Int, last: Int): [Person!]! @listSize(slicingArguments: ["first", "last"])
        }
        type People { nodes: [Person!]! total: Int }
        type Person @cost(weight: "2") { name: String friend: Person }
        """;

    public sealed record Person(string Name)
    {
        public Person? Friend => Name.Length < 3 ? new Person(Name + "x") : null;
    }

    public sealed record People(IReadOnlyList<Person> Nodes, int? Total);

    public sealed class Query
    {
        public string Hello => "world";

        public async Task<string?> GetSlowAsync(CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return null;
        }

        public string Broken() => throw new InvalidOperationException("secret");

        public Person Me => new("me");

        public People GetPeople(int? first) => new([.. Enumerable.Range(0, first ?? 0).Select(i => new Person($"{i}"))], null);

        public IEnumerable<Person> GetExact() => [];
    }

    private static async Task<string> RunAsync(
        string document,
        Func<IRequestExecutorBuilder, IRequestExecutorBuilder>? configure = null,
        Action<OperationRequestBuilder>? request = null)
    {
        var builder = new ServiceCollection().AddGraphQLServer().AddDocumentFromString(Sdl).AddResolver<Query>();
        var executor = await (configure?.Invoke(builder) ?? builder).BuildRequestExecutorAsync();
        var result = await executor.ExecuteAsync(r =>
        {
            r.SetDocument(document);
            request?.Invoke(r);
        });
        return result.ToJson(withIndentations: false);
    }

    [Fact]
    public async Task Unexpected_exceptions_stay_inside() => Assert.Equal(
        """{"errors":[{"message":"Unexpected Execution Error","locations":[{"line":1,"column":3}],"path":["broken"]}],"data":null}""",
        await RunAsync("{ broken }"));

    [Fact]
    public async Task Details_are_shown_where_they_are_wanted() => Assert.Contains(
        "\"extensions\":{\"message\":\"secret\",\"stackTrace\":\"",
        await RunAsync("{ broken }", b => b.ModifyRequestOptions(o => o.IncludeExceptionDetails = true)));

    [Fact]
    public async Task Error_filters_rewrite_errors() => Assert.Equal(
        """{"errors":[{"message":"InvalidOperationException","locations":[{"line":1,"column":3}],"path":["broken"],"extensions":{"code":"MINE"}}],"data":null}""",
        await RunAsync("{ broken }", b => b.AddErrorFilter(e => e.WithMessage(e.Exception!.GetType().Name).WithCode("MINE"))));

    [Fact]
    public async Task A_request_ends_when_its_time_is_up() => Assert.Equal(
        """{"errors":[{"message":"The request exceeded the configured timeout of `00:00:00.1000000`.","extensions":{"code":"HC0045"}}]}""",
        await RunAsync("{ slow }", b => b.ModifyRequestOptions(o => o.ExecutionTimeout = TimeSpan.Zero)));

    [Fact]
    public async Task Depth_is_limited() => Assert.Equal(
        """{"errors":[{"message":"The GraphQL document has an execution depth of 3 which exceeds the max allowed execution depth of 2.","locations":[{"line":1,"column":1}]}]}""",
        await RunAsync("{ me { friend { ...f } } } fragment f on Person { name }", b => b.AddMaxExecutionDepthRule(2)));

    [Fact]
    public async Task Introspection_can_be_switched_off_and_allowed_for_a_request()
    {
        const string Document = "{ __type(name: \"Query\") { name } }";
        Assert.Equal(
            """{"errors":[{"message":"Introspection is not allowed for the current request.","locations":[{"line":1,"column":3}],"extensions":{"code":"HC0046"}}]}""",
            await RunAsync(Document, b => b.DisableIntrospection()));
        Assert.Equal(
            """{"data":{"__type":{"name":"Query"}}}""",
            await RunAsync(Document, b => b.DisableIntrospection(), r => r.AllowIntrospection()));
    }

    [Theory]
    [InlineData("{ a: hello b: hello }", "more than 1 fields")]
    [InlineData("{ me { friend { friend { hello } } } }", "more than 8 tokens")]
    public async Task The_parser_has_limits(string document, string problem) => Assert.Contains(
        problem,
        await RunAsync(document, b => b.ModifyParserOptions(o =>
            (o.MaxAllowedFields, o.MaxAllowedTokens) = problem.Contains("fields") ? (1, 100) : (100, 8))));

    [Fact]
    public async Task Nesting_does_not_exhaust_the_stack() => Assert.Contains(
        "levels deep",
        await RunAsync(string.Concat(Enumerable.Repeat("{ a ", 50_000))));

    [Theory]
    [InlineData("{ hello }", 0, 1)]
    [InlineData("{ me { name friend { name } } }", 4, 5)]
    [InlineData("{ people(first: 10) { nodes { friend { name } } total } }", 1 + 1 + 10, 1 + 1 + 10 * 4)]
    [InlineData("{ people { nodes { name } } }", 2, 1 + 1 + 50 * 2)]
    [InlineData("{ ...a ...a } fragment a on Query { me { name } }", 3, 3)]
    public async Task Costs_follow_weights_and_list_sizes(string document, double fieldCost, double typeCost) => Assert.EndsWith(
        $",\"extensions\":{{\"operationCost\":{{\"fieldCost\":{fieldCost},\"typeCost\":{typeCost}}}}}}}",
        await RunAsync(document, request: r => r.ReportCost()));

    [Fact]
    public async Task Variables_are_priced_at_their_value() => Assert.EndsWith(
        """{"operationCost":{"fieldCost":2,"typeCost":6}}}""",
        await RunAsync(
            "query Q($n: Int) { people(first: $n) { nodes { name } } }",
            request: r => r.SetVariableValues(new Dictionary<string, object?> { ["n"] = 2 }).ReportCost()));

    [Fact]
    public async Task What_is_around_the_execution_can_change_its_result() => Assert.Equal(
        """{"data":{"hello":"world"},"extensions":{"operationCost":{"fieldCost":0,"typeCost":1},"cost":1}}""",
        await RunAsync(
            "{ hello }",
            b => b.UseRequest(next => async context =>
            {
                await next(context);
                var result = context.Result!.ExpectOperationResult();
                var cost = (IReadOnlyDictionary<string, object?>)result.Extensions!["operationCost"]!;
                context.Result = OperationResultBuilder.FromResult(result).SetExtension("cost", cost["typeCost"]).Build();
            }).UseDefaultPipeline(),
            r => r.ReportCost()));

    [Fact]
    public async Task A_filter_in_a_variable_costs_no_more_than_one_in_the_document()
    {
        const string Filtered = """
            type Query { found(where: Filter, first: Int): [Int!] @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false) }
            input Filter { name: String and: [Filter!] }
            """;
        var executor = await new ServiceCollection().AddGraphQLServer().AddDocumentFromString(Filtered)
            .AddResolver("Query", "found", _ => null).BuildRequestExecutorAsync();
        var written = await CostAsync("{ found(first: 5, where: { name: \"a\", and: [{ name: \"b\" }] }) }");
        var given = await CostAsync("query ($w: Filter, $n: Int) { found(first: $n, where: $w) }");
        Assert.InRange(given, 0, written);

        async Task<double> CostAsync(string document)
        {
            var filter = new Dictionary<string, object?> { ["name"] = "a", ["and"] = new[] { new Dictionary<string, object?> { ["name"] = "b" } } };
            var result = await executor.ExecuteAsync(r => r.SetDocument(document)
                .SetVariableValues(new Dictionary<string, object?> { ["w"] = filter, ["n"] = 5 }).ReportCost());
            var cost = (IReadOnlyDictionary<string, object?>)result.ExpectOperationResult().Extensions!["operationCost"]!;
            return (double)cost["fieldCost"]! + (double)cost["typeCost"]!;
        }
    }

    [Fact]
    public async Task Expensive_operations_are_refused() => Assert.Equal(
        """{"errors":[{"message":"The maximum allowed type cost was exceeded.","extensions":{"code":"HC0047","typeCost":2002,"maxTypeCost":1000}}]}""",
        await RunAsync("{ people(first: 1000) { nodes { name } } }"));

    [Fact]
    public async Task A_list_may_demand_one_slicing_argument() => Assert.Equal(
        """{"errors":[{"message":"Exactly one slicing argument must be defined.","locations":[{"line":1,"column":3}],"extensions":{"code":"HC0082"}}]}""",
        await RunAsync("{ exact(first: 1, last: 1) { name } }"));

    [Fact]
    public async Task A_bomb_of_fragments_is_priced_at_once()
    {
        var fragments = Enumerable.Range(0, 60).Select(i => $"fragment f{i} on Person {{ a: friend {{ ...f{i + 1} }} b: friend {{ ...f{i + 1} }} }}");
        var document = $"{{ me {{ ...f0 }} }} {string.Join(' ', fragments)} fragment f60 on Person {{ name }}";
        Assert.Contains("HC0047", await RunAsync(document).WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_schema_names_everything_that_is_wrong_with_it()
    {
        var problem = await Assert.ThrowsAsync<SchemaException>(async () => await new ServiceCollection().AddGraphQLServer()
            .AddDocumentFromString("type Query { hello: String other: Nope missing: Int } interface I { a: Int } type T implements I { b: Int }")
            .BuildSchemaAsync());
        Assert.Equal("The schema is invalid:\n- The type `Nope` does not exist. (1,35)", problem.Message);
        problem = await Assert.ThrowsAsync<SchemaException>(async () => await new ServiceCollection().AddGraphQLServer()
            .AddDocumentFromString("type Query { hello: String missing: Int me(x: Int): Int }").AddResolver<Query>().BuildSchemaAsync());
        Assert.Equal("The schema is invalid:\n- The field `Query.missing` has no resolver.", problem.Message);
    }
}
