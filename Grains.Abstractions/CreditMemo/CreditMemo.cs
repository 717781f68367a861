using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Invoices;
using Q2C.Numbering;
using Q2C.Revenues;

namespace Q2C.CreditMemos;

/// <summary>
/// Credits an issued invoice. Sent to the invoice, which holds what of it is credited already and so decides the amounts;
/// the credit memo takes it from there.
/// </summary>
/// <param name="Lines">What is credited; empty credits all that is not credited yet.</param>
/// <param name="ReleaseItems">The items behind the credited lines are open again and can be billed anew; otherwise they never are.</param>
/// <param name="Rounding">How the tax of a part is rounded; null for the default of <see cref="CreditRounding"/>.</param>
[GenerateSerializer, Immutable, Alias("invoice.credit.v1")]
public sealed record CreditInvoice(
    ImmutableArray<CreditRequest> Lines, DateOnly Date, bool ReleaseItems, string Reason, CreditRounding? Rounding = null) : Command;

/// <param name="Net">This much of the line, with the line's sign; null for all that is not credited yet.</param>
/// <param name="ItemIds">Exactly these items of the line; their amounts are credited. Not together with <paramref name="Net"/>.</param>
[GenerateSerializer, Immutable, Alias("credit-request")]
public sealed record CreditRequest(string LineId, Money? Net = null, ImmutableArray<string>? ItemIds = null);

/// <summary>How the tax of a partial credit becomes money. Either way all parts together are exactly the invoice.</summary>
[GenerateSerializer, Alias("credit-rounding")]
public enum CreditRounding
{
    /// <summary>Of each line the cumulative share of its tax: no line is ever credited beyond its own tax. The default.</summary>
    Line,

    /// <summary>
    /// By the rate of the line, rounded for each credit memo by itself; the one that completes the invoice takes what is
    /// left. For invoices whose tax was rounded as a whole.
    /// </summary>
    Document,
}

/// <summary>What is credited, with amounts that no longer change. All amounts have the sign of the invoice.</summary>
/// <param name="PreparedBy">Who asked for it: cannot approve it.</param>
/// <param name="Exchange">Of its invoice; null if that is in the currency of its contract.</param>
[GenerateSerializer, Immutable, Alias("credit-memo-draft")]
public sealed record CreditMemoDraft(
    string CreditMemoId, string InvoiceId, string InvoiceNumber, string CustomerId, CustomerProfile Customer, Routing Routing,
    string Currency, DateOnly Date, string PreparedBy, string Reason, bool ReleaseItems, ImmutableArray<CreditMemoLine> Lines,
    AppliedRate? Exchange = null)
{
    /// <summary>Net, in the currency of the contract; null if the memo is in that.</summary>
    public Money? Priced => Exchange is null || Lines.IsEmpty
        ? null
        : Lines.Skip(1).Aggregate(Lines[0].Priced!.Value, (sum, line) => sum + line.Priced!.Value);

    public Money Net => Lines.Aggregate(Money.Zero(Currency), (sum, line) => sum + line.Net);

    public Money Tax => Lines.Aggregate(Money.Zero(Currency), (sum, line) => sum + line.Tax);

    public Money Total => Net + Tax;

    public ImmutableArray<string> Projects => [.. Lines.Select(line => line.ProjectId).Distinct()];

    public ImmutableArray<string> Contracts => [.. Lines.Select(line => line.ContractId).Distinct()];
}

/// <param name="LineId">The invoice line.</param>
/// <param name="Items">Items that are credited whole.</param>
/// <param name="Priced">The net amount in the currency of the contract, where the memo is in another.</param>
[GenerateSerializer, Immutable, Alias("credit-memo-line")]
public sealed record CreditMemoLine(
    string LineId, string ContractLineId, string ProjectId, string ContractId, string Service, string TaxCategory,
    string Description, Money Net, Money Tax, ImmutableArray<InvoicedItem> Items, Money? Priced = null)
{
    /// <summary>The net amount in the currency of the contract.</summary>
    public Money OfContract => Priced ?? Net;
}

/// <summary>The invoice sets the amounts aside: nothing else can credit them unless the memo is rejected.</summary>
[GenerateSerializer, Immutable, Alias("invoice.credit-granted.v1")]
public sealed record CreditGranted(CreditMemoDraft Memo, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => [Memo.CreditMemoId];
}

/// <summary>The memo was rejected: what it would have credited can be credited anew.</summary>
[GenerateSerializer, Immutable, Alias("invoice.credit-revoked.v1")]
public sealed record CreditRevoked(string CreditMemoId, string Reason, DateTimeOffset At) : Event;

/// <summary>A second person approves a credit above the threshold of its legal entity.</summary>
[GenerateSerializer, Immutable, Alias("credit-memo.approve.v1")]
public sealed record ApproveCreditMemo(string? Note) : Command;

/// <summary>The credit is not given: its amounts are the invoice's again.</summary>
[GenerateSerializer, Immutable, Alias("credit-memo.reject.v1")]
public sealed record RejectCreditMemo(string Reason) : Command;

/// <param name="Numbering">Null where the ERP numbers it.</param>
[GenerateSerializer, Immutable, Alias("credit-memo.drafted.v1")]
public sealed record CreditMemoDrafted(CreditMemoDraft Memo, DateTimeOffset At, NumberFormat? Numbering = null) : Event;

[GenerateSerializer, Immutable, Alias("credit-memo.approval-required.v1")]
public sealed record CreditApprovalRequired(Money Threshold, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("credit-memo.approved.v1")]
public sealed record CreditMemoApproved(string By, string? Note, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("credit-memo.step-asked.v1")]
public sealed record CreditMemoStepAsked(CreditMemoStep Step, EffectRequest Effect, DateTimeOffset At) : Event, IAsksEffect;

[GenerateSerializer, Immutable, Alias("credit-memo.step-confirmed.v1")]
public sealed record CreditMemoStepConfirmed(CreditMemoStep Step, string EffectId, string ExternalId, DateTimeOffset At) : Event;

[GenerateSerializer, Alias("credit-memo-step")]
public enum CreditMemoStep { Posting, Tax }

/// <summary>The ERP took the credit memo. The invoice settles itself with it; projects, contracts and revenue follow.</summary>
/// <param name="Series">The series that numbered it; null if the ERP did.</param>
[GenerateSerializer, Immutable, Alias("credit-memo.issued.v1")]
public sealed record CreditMemoIssued(
    CreditMemoDraft Memo, string Number, Money Net, Money Tax, Money Total, ImmutableArray<Posting> Postings, DateTimeOffset At,
    string? Series = null) : Event, IDelivered
{
    public ImmutableArray<string> To =>
    [
        Memo.InvoiceId, .. Memo.Contracts, .. Memo.Projects, .. Memo.Contracts.Select(RevenueIds.Of),
        .. Series is null ? [] : (string[])[Series],
    ];
}

[GenerateSerializer, Immutable, Alias("credit-memo.rejected.v1")]
public sealed record CreditMemoRejected(
    string CreditMemoId, string InvoiceId, string Reason, string By, DateTimeOffset At, string? Series = null) : Event, IDelivered
{
    public ImmutableArray<string> To => [InvoiceId, .. Series is null ? [] : (string[])[Series]];
}

public static class CreditMemoIds
{
    /// <summary>The credit memo that a command to an invoice gives rise to, by the command's key.</summary>
    public static string Of(string region, string invoiceId, string key) => Ids.Derive(region, Ids.CreditMemo, invoiceId, key);
}

[Alias("q2c.credit-memo-grain")]
public interface ICreditMemoGrain : IAggregateGrain
{
    [Alias("read")]
    Task<CreditMemoView?> Read();
}

[GenerateSerializer, Immutable, Alias("credit-memo-view")]
public sealed record CreditMemoView(
    string Id, long GrainVersion, CreditMemoStatus Status, CreditMemoDraft Memo, string? Number, ImmutableArray<WorkItem> Exceptions);

[GenerateSerializer, Alias("credit-memo-status")]
public enum CreditMemoStatus { AwaitingApproval, Posting, Issued, Rejected }
