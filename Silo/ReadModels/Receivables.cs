using Q2C.Customers;

namespace Q2C.Silo.ReadModels;

internal sealed record ReceivableRow(
    string Id, string CustomerId, string InvoiceId, string Currency, long OutstandingMinor, DateTimeOffset At) : ReadRow(Id);

/// <summary>What was owed for each invoice from when on: a row per change, so that any day in the past can be asked about.</summary>
internal sealed class ReceivablesModel() : Fold<ReceivableRow>("receivable")
{
    protected override IEnumerable<string> Keys(Fact fact) => fact.Event is ReceivableChanged e ? [Key(fact, e)] : [];

    protected override ReceivableRow? Next(ReceivableRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        ReceivableChanged e => new(key, fact.Grain, e.InvoiceId, e.Outstanding.Currency, e.Outstanding.Minor, e.At),
        _ => null,
    };

    private static string Key(Fact fact, ReceivableChanged e) => $"{fact.Grain}@{fact.Version}/{e.InvoiceId}";
}
