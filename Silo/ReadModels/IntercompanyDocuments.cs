using System.Collections.Immutable;
using Q2C.Intercompany;

namespace Q2C.Silo.ReadModels;

internal sealed record IntercompanyRow(
    string Id, string DocumentId, string DocumentNumber, bool IsCredit, string InvoiceId, string ContractId, string Seller, string Deliverer,
    decimal Percent, DateOnly Date, string Currency, long AmountMinor, ImmutableArray<IntercompanyLine> Lines, bool SellerPosted,
    bool DelivererPosted, DateTimeOffset MirroredAt) : ReadRow(Id);

/// <summary>Documents between the companies of the firm.</summary>
internal sealed class IntercompanyModel() : Fold<IntercompanyRow>("intercompany_document")
{
    protected override IEnumerable<string> Keys(Fact fact) => Ids.Is(fact.Grain, Ids.Intercompany) ? [fact.Grain] : [];

    protected override IntercompanyRow? Next(IntercompanyRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        IntercompanyMirrored { Document: var document } e => new(
            key, document.DocumentId, document.DocumentNumber, document.IsCredit, document.InvoiceId, document.ContractId, document.Seller,
            document.Deliverer, document.Percent, document.Date, document.Amount.Currency, document.Amount.Minor, document.Lines,
            SellerPosted: false, DelivererPosted: false, e.At),
        IntercompanyStepConfirmed { Side: IntercompanySide.Seller } => Existing(row, fact) with { SellerPosted = true },
        IntercompanyStepConfirmed => Existing(row, fact) with { DelivererPosted = true },
        _ => null,
    };
}
