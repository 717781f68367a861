using Q2C.BillingRuns;

namespace Q2C.Silo.ReadModels;

internal sealed record BillingHoldRow(
    string Id, string Subject, string HoldId, string PlacedOn, string Reason, string PlacedBy, DateTimeOffset PlacedAt,
    string? ReleasedBy = null, string? ReleaseReason = null, DateTimeOffset? ReleasedAt = null) : ReadRow(Id);

/// <summary>Holds of billing: a row for each object that one holds, above all the one that it was placed on.</summary>
internal sealed class BillingHoldsModel() : Fold<BillingHoldRow>("billing_hold")
{
    protected override IEnumerable<string> Keys(Fact fact) => fact.Event switch
    {
        BillingHeld e => [Key(fact, e.Hold.Id)],
        BillingHoldReleased e => [Key(fact, e.HoldId)],
        _ => [],
    };

    protected override BillingHoldRow? Next(BillingHoldRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        BillingHeld e => row ?? new(key, fact.Grain, e.Hold.Id, e.Hold.On, e.Hold.Reason, e.Hold.By, e.Hold.At),
        BillingHoldReleased e => Existing(row, fact) with { ReleasedBy = e.By, ReleaseReason = e.Reason, ReleasedAt = e.At },
        _ => null,
    };

    private static string Key(Fact fact, string hold) => $"{fact.Grain}/{hold}";
}
