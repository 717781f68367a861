using GreenDonut;
using HotChocolate;
using HotChocolate.Execution;
using Microsoft.Extensions.DependencyInjection;

namespace Q2C.StandIns.Tests;

public sealed class EngineTests
{
    private const string Sdl = """
        type Query {
          hello(name: String = "world"): String!
          invoices(first: Int!): [Invoice!]!
          find(filter: InvoiceFilter!): Invoice
          node(id: ID!): Node
        }
        type Mutation { pay(input: PayInput!): PayPayload! }
        interface Node { id: ID! }
        enum InvoiceState { OPEN PARTLY_PAID }
        type Invoice implements Node { id: ID! state: InvoiceState! total: Decimal! due: Date customer: Customer! }
        type Customer implements Node { id: ID! name: String! }
        input InvoiceFilter { state: InvoiceState ids: [ID!] note: String }
        input PayInput { invoiceId: ID! amount: Decimal! }
        union PayPayload = Invoice | Refusal
        type Refusal { code: String! }
        """;

    public enum InvoiceState
    {
        Open,
        PartlyPaid,
    }

    public sealed record Invoice(string Id, InvoiceState State, decimal Total, DateOnly? Due, int CustomerId)
    {
        public Task<Customer?> GetCustomerAsync(CustomerLoader customers, CancellationToken cancellationToken) =>
            customers.LoadAsync(CustomerId, cancellationToken);
    }

    public sealed record Customer(string Id, string Name);

    public sealed record Refusal(string Code);

    public sealed record InvoiceFilter(InvoiceState? State, IReadOnlyList<string>? Ids, Optional<string?> Note);

    public sealed record PayInput(string InvoiceId, decimal Amount);

    public sealed class Batches
    {
        public List<string> Seen { get; } = [];
    }

    public sealed class CustomerLoader(IBatchScheduler scheduler, DataLoaderOptions options, Batches batches)
        : BatchDataLoader<int, Customer>(scheduler, options)
    {
        protected override async Task<IReadOnlyDictionary<int, Customer>> LoadBatchAsync(
            IReadOnlyList<int> keys, CancellationToken cancellationToken)
        {
            batches.Seen.Add(string.Join(',', keys));
            await Task.Yield();
            return keys.ToDictionary(k => k, k => new Customer($"c{k}", $"Customer {k}"));
        }
    }

    public sealed class Query
    {
        public string Hello(string name) => $"Hello {name}";

        public IEnumerable<Invoice> GetInvoices(int first) => Enumerable.Range(1, first).Select(Make);

        public Invoice? Find(InvoiceFilter filter) =>
            filter is { State: InvoiceState.PartlyPaid, Ids: ["1", "2"], Note.HasValue: false } ? Make(7) : null;

        public object GetNode(string id) => id.StartsWith('c') ? new Customer(id, "C") : Make(1);
    }

    public sealed class Mutation
    {
        public async Task<object> PayAsync(PayInput input)
        {
            await Task.Yield();
            return input.Amount > 10 ? new Refusal("TOO_MUCH") : Make(2);
        }
    }

    private static Invoice Make(int i) => new($"{i}", InvoiceState.PartlyPaid, 10.50m * i, new DateOnly(2026, 1, i), i % 2);

    private static ServiceProvider Services() => new ServiceCollection()
        .AddSingleton<Batches>()
        .AddGraphQLServer(disableDefaultSecurity: true)
        .AddDocumentFromString(Sdl)
        .AddResolver<Query>()
        .AddResolver<Mutation>()
        .BindRuntimeType<Customer>()
        .BindRuntimeType<Refusal>()
        .AddDataLoader<CustomerLoader>()
        .Services.BuildServiceProvider();

    private static async Task<string> RunAsync(string document, IServiceProvider? services = null)
    {
        var executor = await (services ?? Services()).GetRequestExecutorAsync();
        return (await executor.ExecuteAsync(document)).ToJson(withIndentations: false);
    }

    [Fact]
    public async Task Arguments_have_their_defaults() => Assert.Equal(
        """{"data":{"hello":"Hello world","b":"Hello you"}}""",
        await RunAsync("""{ hello b: hello(name: "you") }"""));

    [Fact]
    public async Task Loads_of_a_list_are_one_batch()
    {
        var services = Services();
        Assert.Equal(
            """{"data":{"invoices":[{"id":"1","state":"PARTLY_PAID","total":10.50,"due":"2026-01-01","customer":{"name":"Customer 1"}},{"id":"2","state":"PARTLY_PAID","total":21.00,"due":"2026-01-02","customer":{"name":"Customer 0"}},{"id":"3","state":"PARTLY_PAID","total":31.50,"due":"2026-01-03","customer":{"name":"Customer 1"}}]}}""",
            await RunAsync("{ invoices(first: 3) { id state total due customer { name } } }", services));
        Assert.Equal(["1,0"], services.GetRequiredService<Batches>().Seen);
    }

    [Fact]
    public async Task Input_objects_become_records() => Assert.Equal(
        """{"data":{"find":{"id":"7"}}}""",
        await RunAsync("""{ find(filter: { state: PARTLY_PAID, ids: ["1", 2] }) { id } }"""));

    [Fact]
    public async Task Unions_and_interfaces_resolve_by_runtime_type() => Assert.Equal(
        """{"data":{"a":{"__typename":"Customer","name":"C"},"b":{"__typename":"Invoice","total":10.50}}}""",
        await RunAsync("""{ a: node(id: "c1") { ...f } b: node(id: "1") { ...f } } fragment f on Node { __typename ... on Customer { name } ... on Invoice { total } }"""));

    [Fact]
    public async Task Mutations_answer_with_typed_refusals_and_load_nested() => Assert.Equal(
        """{"data":{"ok":{"id":"2","customer":{"name":"Customer 0"}},"no":{"code":"TOO_MUCH"}}}""",
        await RunAsync("""mutation { ok: pay(input: { invoiceId: 1, amount: 1 }) { ...f } no: pay(input: { invoiceId: 1, amount: 11.5 }) { ...f } } fragment f on PayPayload { ... on Invoice { id customer { name } } ... on Refusal { code } }"""));

    [Fact]
    public async Task The_printed_schema_is_the_written_schema()
    {
        var executor = await Services().GetRequestExecutorAsync();
        var printed = executor.Schema.ToString();
        var again = await new ServiceCollection().AddSingleton<Batches>().AddGraphQLServer()
            .AddDocumentFromString(printed)
            .AddResolver<Query>().AddResolver<Mutation>().BindRuntimeType<Customer>().BindRuntimeType<Refusal>()
            .AddDataLoader<CustomerLoader>().BuildSchemaAsync();
        Assert.Equal(printed, again.ToString());
    }
}
