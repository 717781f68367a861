using Q2C.Customers;
using Q2C.Invoices;

namespace Q2C.Silo.ReadModels;

internal enum ApprovalKind { Refund, WriteOff }

internal enum ApprovalDecision { Approved, Declined }

internal sealed record ApprovalRow(
    string Id, ApprovalKind Kind, string Subject, string CustomerId, string? InvoiceId, string? RefundId, string LegalEntity, string Currency,
    long AmountMinor, string Reason, string AskedBy, DateTimeOffset AskedAt, ApprovalDecision? Decision = null, string? DecidedBy = null,
    DateTimeOffset? DecidedAt = null) : ReadRow(Id);

/// <summary>Refunds and write-offs that waited, or wait, for a second person.</summary>
internal sealed class ApprovalsModel() : Fold<ApprovalRow>("approval")
{
    protected override IEnumerable<string> Keys(Fact fact) => fact.Event switch
    {
        RefundProposed e => [Key(fact, e.Proposed.Refund.RefundId)],
        RefundApproved e => [Key(fact, e.RefundId)],
        RefundDeclined e => [Key(fact, e.RefundId)],
        ReceivableWriteOffProposed e => [Key(fact, e.WriteOff.Id)],
        ReceivableWriteOffApproved e => [Key(fact, e.WriteOffId)],
        ReceivableWriteOffDeclined e => [Key(fact, e.WriteOffId)],
        _ => [],
    };

    protected override ApprovalRow? Next(ApprovalRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        RefundProposed { Proposed: { Refund: var refund } asked } => new(
            key, ApprovalKind.Refund, fact.Grain, fact.Grain, refund.InvoiceId, refund.RefundId, refund.LegalEntity, refund.Amount.Currency,
            refund.Amount.Minor, refund.Reason, asked.By, asked.At),
        ReceivableWriteOffProposed { WriteOff: var asked } e => new(
            key, ApprovalKind.WriteOff, fact.Grain, e.CustomerId, e.InvoiceId, RefundId: null, e.LegalEntity, asked.Amount.Currency,
            asked.Amount.Minor, asked.Reason, asked.By, asked.At),
        RefundApproved e => Decided(row, fact, ApprovalDecision.Approved, e.By, e.At),
        RefundDeclined e => Decided(row, fact, ApprovalDecision.Declined, e.By, e.At),
        ReceivableWriteOffApproved e => Decided(row, fact, ApprovalDecision.Approved, e.By, e.At),
        ReceivableWriteOffDeclined e => Decided(row, fact, ApprovalDecision.Declined, e.By, e.At),
        _ => null,
    };

    private static ApprovalRow Decided(ApprovalRow? row, Fact fact, ApprovalDecision decision, string by, DateTimeOffset at) =>
        Existing(row, fact) with { Decision = decision, DecidedBy = by, DecidedAt = at };

    private static string Key(Fact fact, string id) => $"{fact.Grain}/{id}";
}
