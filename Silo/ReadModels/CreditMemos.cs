using System.Collections.Immutable;
using Q2C.CreditMemos;

namespace Q2C.Silo.ReadModels;

internal sealed record CreditMemoRow(
    string Id, CreditMemoStatus Status, string? Number, string InvoiceId, string InvoiceNumber, string CustomerId, string CustomerName,
    string LegalEntity, string Currency, DateOnly Date, string Reason, bool ReleaseItems, long NetMinor, long TaxMinor, long TotalMinor,
    string PreparedBy, string? ApprovedBy, ImmutableArray<CreditMemoLine> Lines, DateTimeOffset DraftedAt, DateTimeOffset? IssuedAt,
    DateTimeOffset UpdatedAt) : ReadRow(Id);

/// <summary>Credit memos from their grant on.</summary>
internal sealed class CreditMemosModel() : Fold<CreditMemoRow>("credit_memo")
{
    protected override IEnumerable<string> Keys(Fact fact) => Ids.Is(fact.Grain, Ids.CreditMemo) ? [fact.Grain] : [];

    protected override CreditMemoRow? Next(CreditMemoRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        CreditMemoDrafted e => Drafted(e),
        _ when row is null => null,
        CreditApprovalRequired => row with { Status = CreditMemoStatus.AwaitingApproval, UpdatedAt = fact.At },
        CreditMemoApproved e => row with { Status = CreditMemoStatus.Posting, ApprovedBy = e.By, UpdatedAt = fact.At },
        CreditMemoIssued e => row with { Status = CreditMemoStatus.Issued, Number = e.Number, IssuedAt = e.At, UpdatedAt = fact.At },
        CreditMemoRejected => row with { Status = CreditMemoStatus.Rejected, UpdatedAt = fact.At },
        _ => row with { UpdatedAt = fact.At },
    };

    private static CreditMemoRow Drafted(CreditMemoDrafted e) => new(
        e.Memo.CreditMemoId, CreditMemoStatus.Posting, Number: null, e.Memo.InvoiceId, e.Memo.InvoiceNumber, e.Memo.CustomerId,
        e.Memo.Customer.Name, e.Memo.Routing.LegalEntity, e.Memo.Currency, e.Memo.Date, e.Memo.Reason, e.Memo.ReleaseItems,
        e.Memo.Net.Minor, e.Memo.Tax.Minor, e.Memo.Total.Minor, e.Memo.PreparedBy, ApprovedBy: null, e.Memo.Lines, e.At, IssuedAt: null, e.At);
}
