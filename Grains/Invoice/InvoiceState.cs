using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Q2C.BillingRuns;
using Q2C.CreditMemos;
using Q2C.Grains.Numbering;
using Q2C.Invoices;

namespace Q2C.Grains.Invoices;

/// <summary>Where an invoice stands. Snapshots are stored: change the decider's version with the shape.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "state")]
[JsonDerivedType(typeof(NotDrafted), "not-drafted")]
[JsonDerivedType(typeof(Reviewing), "reviewing")]
[JsonDerivedType(typeof(Refreshing), "refreshing")]
[JsonDerivedType(typeof(Taxing), "taxing")]
[JsonDerivedType(typeof(AwaitingApproval), "awaiting-approval")]
[JsonDerivedType(typeof(BeingPosted), "posting")]
[JsonDerivedType(typeof(Issued), "issued")]
[JsonDerivedType(typeof(Rejected), "rejected")]
public abstract record InvoiceState
{
    private InvoiceState() { }

    public sealed record NotDrafted : InvoiceState;

    public abstract record Existing(InvoiceHead Head) : InvoiceState;

    /// <summary>People look at the draft.</summary>
    public sealed record Reviewing(InvoiceHead Head) : Existing(Head);

    /// <summary>The run makes the draft anew.</summary>
    /// <param name="InReview">Where it goes back to; otherwise it is taxed again.</param>
    public sealed record Refreshing(InvoiceHead Head, bool InReview) : Existing(Head);

    public sealed record Taxing(InvoiceHead Head) : Existing(Head);

    public sealed record AwaitingApproval(InvoiceHead Head, Taxes Taxes) : Existing(Head);

    public sealed record BeingPosted(InvoiceHead Head, Taxes Taxes) : Existing(Head);

    /// <param name="Applied">Payment → the part of it that settled this invoice; payments of the head that are not here are held.</param>
    /// <param name="Ledger">What else settled it, what of it is credited, and whether it is disputed.</param>
    public sealed record Issued(
        InvoiceHead Head, Taxes Taxes, string Number, DateOnly DueDate, Money Outstanding, ImmutableDictionary<string, Money> Applied,
        InvoiceLedger Ledger, string? ErpNumber = null)
        : Existing(Head)
    {
        /// <summary>Payment of another currency → what was realised on it.</summary>
        public ImmutableDictionary<string, Money> Gains { get; init; } = ImmutableDictionary<string, Money>.Empty;
    }

    public sealed record Rejected(InvoiceHead Head, string Reason) : Existing(Head);
}

/// <param name="Preparers">Who made or corrected the draft: none of them may approve it.</param>
/// <param name="TaxRecorded">The tax engine holds a document of this invoice.</param>
/// <param name="ErpHolds">The ERP has said that it holds the invoice, whatever it refused since.</param>
/// <param name="Payments">All money received for the invoice, applied or held.</param>
/// <param name="Ticket">Null where the ERP numbers it.</param>
/// <param name="LateTax">What the tax engine answered when an estimate could no longer be replaced.</param>
public sealed record InvoiceHead(
    InvoiceDraft Draft, ImmutableHashSet<string> Preparers, Errands Errands, bool TaxRecorded,
    ImmutableArray<RecordPayment> Payments, bool ErpHolds = false, NumberTicket? Ticket = null,
    ImmutableArray<BillingHold>? Holds = null, Money? LateTax = null, DateOnly? ReviewUntil = null)
{
    /// <summary>What people set on lines of the draft, in the order in which they did.</summary>
    public ImmutableArray<LineOverride> Overrides { get; init; } = [];
}

/// <param name="Estimated">By the percents of the policy: the tax engine has not answered yet.</param>
public sealed record Taxes(ImmutableArray<TaxAnswerLine> Lines, Money Tax, Money Total, bool Estimated = false);

/// <param name="Settled">Settlement → what of it took effect.</param>
/// <param name="Credits">Credit memo → what it credits; those that came to nothing are gone.</param>
/// <param name="CustomerMoney">Money of the customer that was allocated here and that the ERP has to hear of.</param>
/// <param name="Retained">What the customer holds back; null if nothing, or if it was released.</param>
/// <param name="Proposed">A write-off that waits for a second person.</param>
/// <param name="Disputed">The lines in dispute; empty for the whole invoice, null without a dispute.</param>
public sealed record InvoiceLedger(
    ImmutableDictionary<string, Settlement> Settled, ImmutableDictionary<string, GrantedCredit> Credits,
    ImmutableArray<RecordPayment> CustomerMoney, ImmutableArray<string>? Disputed, Money? Retained = null,
    ProposedWriteOff? Proposed = null)
{
    public static InvoiceLedger Empty { get; } = new(
        ImmutableDictionary<string, Settlement>.Empty, ImmutableDictionary<string, GrantedCredit>.Empty, [], null);

    public Money CreditedNet(string currency) => Sum(currency, memo => true, line => line.Net);

    public Money CreditedTax(string currency) => Sum(currency, memo => true, line => line.Tax);

    /// <summary>With tax, on credit memos that are issued.</summary>
    public Money Credited(string currency) => Sum(currency, memo => memo.Issued, line => line.Net + line.Tax);

    public Money WrittenOff(string currency) => Settled.Values
        .Where(settlement => settlement.Kind is SettlementKind.WriteOff or SettlementKind.WriteOffReversed)
        .Aggregate(Money.Zero(currency), (sum, settlement) => sum + settlement.Amount);

    private Money Sum(string currency, Func<GrantedCredit, bool> which, Func<CreditMemoLine, Money> amount) =>
        Credits.Values.Where(which).SelectMany(memo => memo.Lines).Aggregate(Money.Zero(currency), (sum, line) => sum + amount(line));
}

public sealed record GrantedCredit(ImmutableArray<CreditMemoLine> Lines, bool Issued);
