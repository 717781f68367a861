using System.Collections.Immutable;
using Npgsql;
using Q2C.Silo.Journal;

namespace Q2C.Silo.ReadModels;

/// <summary>All read models: they move together, in one transaction with the pump's cursor.</summary>
public sealed class ReadModelProjection : IProjection
{
    private readonly ImmutableArray<IReadModel> _models =
    [
        new CustomersModel(), new ReceivablesModel(), new OffersModel(), new ContractsModel(), new ProjectsModel(), new BillableItemsModel(), new BillingRunsModel(),
        new InvoicesModel(), new CreditMemosModel(), new CustomerPaymentsModel(), new BillingHoldsModel(), new ApprovalsModel(), new NumberSeriesModel(), new DocumentNumbersModel(),
        new IntercompanyModel(), new LedgerModel(), new ForecastModel(), new ActivityModel(),
        new TimelineModel(), new ChangesModel(), new WorkSourcesModel(),
        new WorkItemsModel(), new WorkThreadsModel(), new ExceptionCasesModel(), new BulkActionsModel(), new BulkItemsModel(),
        new AlertsModel(), new PolicyVersionsModel(),
    ];

    public IReadOnlyList<string> Tables => [.. _models.SelectMany(model => model.Tables).Select(table => $"q2c_read.{table}")];

    public async ValueTask Apply(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<PumpedRow> rows, CancellationToken cancel)
    {
        var batch = await Batch.Open(connection, transaction, rows, cancel);
        foreach (var model in _models) await model.Apply(connection, transaction, batch, cancel);
    }

    public async ValueTask Rebuilt(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancel)
    {
        foreach (var model in _models) await model.Rebuilt(connection, transaction, cancel);
    }
}

public static class ReadModelServices
{
    /// <summary>Has the journal's pumps keep the read models up to date.</summary>
    public static IServiceCollection AddReadModels(this IServiceCollection services) =>
        services.AddSingleton<IProjection, ReadModelProjection>();
}
