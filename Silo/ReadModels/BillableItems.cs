using System.Collections.Immutable;
using Q2C.Projects;

namespace Q2C.Silo.ReadModels;

internal enum ItemStatus { Open, Reserved, Invoiced, Replaced, Withdrawn, Credited }

internal sealed record BillableItemRow(
    string Id, string ProjectId, string ItemId, string SourceId, long SourceVersion, ItemKind Kind, string LineId,
    DateOnly Date, string Description, string? Person, string? Role, decimal Quantity, decimal Rate, string Currency,
    long ValueMinor, long AmountMinor, Disposition Disposition, string Explanation, string Rule, ItemStatus Status,
    string? RunId, string? InvoiceId, string? InvoiceNumber, DateTimeOffset UpdatedAt, decimal Hours = 0, long? CostMinor = null)
    : ReadRow(Id);

/// <summary>Every item of every project with the rule that decided it, settled ones included.</summary>
internal sealed class BillableItemsModel() : Fold<BillableItemRow>("billable_item")
{
    protected override IEnumerable<string> Keys(Fact fact) => (fact.Event switch
    {
        ItemAdded e => [e.Item.Id],
        ItemReplaced e => [e.OldItemId, e.Item.Id],
        ItemRepriced e => [e.Item.Id],
        ItemWithdrawn e => [e.ItemId],
        ItemReversed e => [e.Reversal.Id],
        PeriodCharged e => [e.Item.Id],
        TopUpCharged e => [e.Item.Id],
        UsageBilled e => e.ItemIds,
        PeriodWithdrawn e => [e.ItemId],
        RetainerDrawn e => [e.Item.Id],
        ItemsReserved e => e.Items.Select(item => item.Id),
        ItemsInvoiced e => e.ItemIds,
        ItemsReleased e => e.ItemIds,
        ItemsCredited e => e.Items.Select(item => item.ItemId),
        DownPaymentAsked e => e.Items.Select(item => item.Id),
        AdjustmentsCredited e => e.DownPayments.Select(item => item.ItemId),
        RestKept e => [e.Rest.Id],
        SharesKept e => e.Shares.Select(share => share.Id),
        SharesCredited e => e.Released.Select(item => item.Id).Concat(e.Items.Select(item => item.ItemId)),
        MinimumEarned e => new[] { e.ReplacedItemId, e.Item?.Id }.OfType<string>(),
        ProgressEarned e => new[] { e.ReplacedItemId, e.Item?.Id }.OfType<string>(),
        _ => Enumerable.Empty<string>(),
    }).Select(item => Key(fact.Grain, item));

    protected override BillableItemRow? Next(BillableItemRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        ItemAdded e => Open(key, fact, e.Item),
        ItemReplaced e when key == Key(fact.Grain, e.Item.Id) => Open(key, fact, e.Item),
        ItemReplaced => Existing(row, fact) with { Status = ItemStatus.Replaced, UpdatedAt = fact.At },
        ItemRepriced e => Again(row, key, fact, e.Item),
        ItemWithdrawn => Existing(row, fact) with { Status = ItemStatus.Withdrawn, UpdatedAt = fact.At },
        ItemReversed e => Open(key, fact, e.Reversal),
        PeriodCharged e => Open(key, fact, e.Item),
        TopUpCharged e => Open(key, fact, e.Item),
        UsageBilled e => Existing(row, fact) with
        {
            Status = ItemStatus.Invoiced, RunId = e.RunId, InvoiceId = e.InvoiceId, InvoiceNumber = e.Number, UpdatedAt = fact.At,
        },
        PeriodWithdrawn => Existing(row, fact) with { Status = ItemStatus.Withdrawn, UpdatedAt = fact.At },
        RetainerDrawn e => Open(key, fact, e.Item),
        ItemsReserved e => Existing(row, fact) with { Status = ItemStatus.Reserved, RunId = e.RunId, UpdatedAt = fact.At },
        ItemsInvoiced e => Existing(row, fact) with
        {
            Status = ItemStatus.Invoiced, RunId = e.RunId, InvoiceId = e.InvoiceId, InvoiceNumber = e.Number, UpdatedAt = fact.At,
        },
        ItemsReleased => Existing(row, fact) with { Status = ItemStatus.Open, RunId = null, UpdatedAt = fact.At },
        ItemsCredited e => Credited(row, key, fact, e.Released),
        DownPaymentAsked e => Open(key, fact, e.Items.First(item => key == Key(fact.Grain, item.Id))),
        AdjustmentsCredited e => Credited(row, key, fact, e.Reopened),
        RestKept e => Open(key, fact, e.Rest) with { Hours = 0 },
        SharesKept e => Open(key, fact, e.Shares.First(share => key == Key(fact.Grain, share.Id))),
        SharesCredited e when e.Released.FirstOrDefault(item => key == Key(fact.Grain, item.Id)) is { } open => Open(key, fact, open),
        SharesCredited => row is { } share && IsShare(share) ? share with { Status = ItemStatus.Credited, UpdatedAt = fact.At } : row,
        ProgressEarned { Item: { } item } when key == Key(fact.Grain, item.Id) => Open(key, fact, item),
        MinimumEarned { Item: { } item } when key == Key(fact.Grain, item.Id) => Open(key, fact, item),
        ProgressEarned or MinimumEarned => Existing(row, fact) with { Status = ItemStatus.Replaced, UpdatedAt = fact.At },
        _ => null,
    };

    private static BillableItemRow Credited(BillableItemRow? row, string key, Fact fact, ImmutableArray<BillableItem> released) =>
        released.FirstOrDefault(item => key == Key(fact.Grain, item.Id)) is { } item
            ? Again(row, key, fact, item)
            : Existing(row, fact) with { Status = ItemStatus.Credited, UpdatedAt = fact.At };

    /// <summary>Hours count once, with the item itself and not with what a cap left of it, however it is priced.</summary>
    private static BillableItemRow Again(BillableItemRow? row, string key, Fact fact, BillableItem item) =>
        Open(key, fact, item) is var open && row is null ? open : open with { Hours = row.Hours };

    /// <summary>Billed to one of several payers anew; the item itself stays on the invoices of the others.</summary>
    private static bool IsShare(BillableItemRow row) => row.ItemId.StartsWith("share/", StringComparison.Ordinal);

    private static string Key(string project, string item) => $"{project}/{item}";

    private static BillableItemRow Open(string key, Fact fact, BillableItem item) => new(
        key, fact.Grain, item.Id, item.SourceId, item.SourceVersion, item.Kind, item.LineId, item.Date, item.Description,
        item.Person, item.Role, item.Quantity, item.Rate, item.Amount.Currency, item.Value.Minor, item.Amount.Minor,
        item.Disposition, item.Explanation, item.Rule, ItemStatus.Open, RunId: null, InvoiceId: null, InvoiceNumber: null, fact.At,
        item.Kind == ItemKind.Time ? item.Worked ?? item.Hours ?? item.Quantity : 0, item.Cost?.Minor);
}
