using GreenDonut;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Q2C.Benchmarks.GraphQL;

public sealed record BenchInvoice(string Id, string Number, string Status, string Issued, decimal Total, string Currency, [property: GraphQLIgnore] string CustomerId);

public sealed record BenchCustomer(string Id, string Name);

public sealed record BenchMoney(decimal Amount, string Currency);

public sealed record BenchEntry(
    string Cursor, DateTimeOffset At, string Stage, string Title, string? Detail, string? System, BenchMoney? Amount, string Actor);

public sealed record BenchPageInfo(bool HasNextPage, string? EndCursor);

public sealed record BenchTimeline(IReadOnlyList<BenchEntry> Nodes, BenchPageInfo PageInfo);

public sealed record BenchEngagement([property: GraphQLIgnore] string ContractId);

/// <summary>The bench's data, as <c>npm/server.mjs</c> has it.</summary>
public static class BenchData
{
    public const int Customers = 10;
    public const int Invoices = 50;

    public static IReadOnlyDictionary<string, BenchCustomer> CustomerById { get; } =
        Enumerable.Range(0, Customers).Select(i => new BenchCustomer($"cus-{i}", $"Customer {i}")).ToDictionary(c => c.Id);

    public static IReadOnlyList<BenchInvoice> All { get; } = [.. Enumerable.Range(0, Invoices).Select(i =>
        new BenchInvoice($"inv-{i}", $"2026-{i}", "ISSUED", "2026-03-31", 1250.5m + i, "EUR", $"cus-{i % Customers}"))];
}

public sealed class BenchCustomerById(IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, BenchCustomer>(scheduler, options)
{
    protected override Task<IReadOnlyDictionary<string, BenchCustomer>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) => Task.FromResult(BenchData.CustomerById);
}

public sealed class BenchQuery
{
    public string Hello => "world";

    public IReadOnlyList<BenchInvoice> Invoices => BenchData.All;

    public BenchEngagement GetEngagement(string contractId) => new(contractId);
}

public sealed class BenchInvoiceFields
{
    public Task<BenchCustomer> GetCustomer([Parent] BenchInvoice invoice, BenchCustomerById customers, CancellationToken cancel) =>
        customers.LoadRequiredAsync(invoice.CustomerId, cancel);
}

public sealed class BenchEngagementFields(NpgsqlDataSource database)
{
    private static readonly string TimelineSql = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "GraphQL", "timeline.sql"));

    public async Task<BenchTimeline> GetTimeline([Parent] BenchEngagement engagement, int first, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(TimelineSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = engagement.ContractId });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = first + 1 });
        var entries = new List<BenchEntry>(first);
        var more = false;
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            more = entries.Count == first;
            if (!more) entries.Add(Entry(rows));
        }

        return new(entries, new(more, entries.Count == 0 ? null : entries[^1].Cursor));
    }

    private static BenchEntry Entry(NpgsqlDataReader row) => new(
        $"{row.GetInt64(0)}", row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetString(3), Text(row, 4), Text(row, 5),
        row.IsDBNull(6) ? null : new(row.GetInt64(6) / 100m, row.GetString(7)), row.GetString(8));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}

/// <summary>The server under test, in a process of its own so that it can be pinned to a core.</summary>
internal static class BenchGraphQLServer
{
    // As many as the client has connections, here and in npm/server.mjs: no request waits for one.
    private const int MaxPoolSize = 64;

    public static async Task<int> Run(int port, string postgres, CancellationToken cancel)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddSingleton(NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(postgres) { MaxPoolSize = MaxPoolSize, MaxAutoPrepare = 16, AutoPrepareMinUsages = 1, NoResetOnClose = true }));
        builder.Services.AddGraphQLServer()
            .AddDocumentFromFile(Path.Combine(AppContext.BaseDirectory, "GraphQL", "bench.graphql"))
            .AddResolver<BenchQuery>("Query").AddResolver<BenchInvoiceFields>("Invoice").AddResolver<BenchEngagementFields>("Engagement")
            .BindRuntimeType<BenchInvoice>("Invoice").BindRuntimeType<BenchEngagement>("Engagement")
            .AddDataLoader<BenchCustomerById>();
        return await Serve(builder.Build(), app => app.MapGraphQL(), cancel);
    }

    internal static async Task<int> Serve(WebApplication app, Action<WebApplication> map, CancellationToken cancel)
    {
        await using (app)
        {
            map(app);
            app.MapGet("/allocated", () => GC.GetTotalAllocatedBytes(precise: true));
            await app.StartAsync(cancel);
            await app.WaitForShutdownAsync(cancel);
        }

        return 0;
    }
}
