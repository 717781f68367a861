using System.Collections.Immutable;
using Npgsql;
using Q2C.Grains.Journal;

namespace Q2C.Silo.ReadModels;

/// <summary>All read models: they move together, in one transaction with the pump's cursor.</summary>
public sealed class ReadModelProjection
{
    private static readonly ImmutableArray<IReadModel> Models =
    [
        new CustomersModel(), new ContractsModel(), new ProjectsModel(), new BillableItemsModel(), new BillingRunsModel(),
        new InvoicesModel(), new WorkItemsModel(), new ActivityModel(), new TimelineModel(),
    ];

    /// <summary>The tables of schema <c>q2c_read</c> that are truncated before a replay from the start.</summary>
    public static ImmutableArray<string> Tables { get; } = [.. Models.SelectMany(model => model.Tables)];

    public async ValueTask Apply(
        NpgsqlConnection connection, NpgsqlTransaction transaction, ImmutableArray<(RecordedRow Row, RowBody Body)> rows,
        CancellationToken cancel)
    {
        var batch = await Batch.Open(connection, transaction, rows, cancel);
        foreach (var model in Models) await model.Apply(connection, transaction, batch, cancel);
    }
}
