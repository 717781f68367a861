using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Numbering;
using Q2C.Revenues;

namespace Q2C.Invoices;

/// <summary>A second person approves a draft above the threshold. Who prepared the run cannot approve it.</summary>
[GenerateSerializer, Immutable, Alias("invoice.approve.v1")]
public sealed record ApproveInvoice(string? Note) : Command;

/// <summary>A second person sends a draft back: the tax document is voided and its items are open again.</summary>
[GenerateSerializer, Immutable, Alias("invoice.reject.v1")]
public sealed record RejectInvoice(string Reason) : Command;

/// <summary>Money received for this invoice, as the payment system reports it. Waits if the invoice is not issued yet.</summary>
/// <param name="PaymentId">The payment system's id of the payment; one is counted once.</param>
/// <param name="Amount">In the currency of the invoice; of foreign money what it is worth in the books.</param>
/// <param name="Foreign">Null for money in the currency of the invoice.</param>
[GenerateSerializer, Immutable, Alias("invoice.record-payment.v1")]
public sealed record RecordPayment(
    string PaymentId, string Connection, Money Amount, DateOnly Date, string Reference, ForeignMoney? Foreign = null) : Command;

/// <summary>
/// Money of another currency received for this invoice. It settles as much as it is worth at the rate that was agreed; what
/// it is worth in the books at the rate of its day is another amount: the difference is a realised gain or loss.
/// </summary>
/// <param name="Agreed">At which the customer owes the foreign amount; null for the rate of the day.</param>
/// <param name="Booked">Of the day on which it was received.</param>
[GenerateSerializer, Immutable, Alias("invoice.record-foreign-payment.v1")]
public sealed record RecordForeignPayment(
    string PaymentId, string Connection, Money Paid, AppliedRate? Agreed, AppliedRate Booked, DateOnly Date, string Reference) : Command;

/// <param name="Rate">Of the invoice's currency for one unit of the other.</param>
/// <param name="Date">For which the rate was given.</param>
/// <param name="Source">Who gave it: a bank, a central bank, a contract.</param>
[GenerateSerializer, Immutable, Alias("applied-rate")]
public sealed record AppliedRate(decimal Rate, DateOnly Date, string Source);

[GenerateSerializer, Immutable, Alias("foreign-money")]
public sealed record ForeignMoney(Money Paid, AppliedRate Agreed, AppliedRate Booked);

/// <summary>
/// What the ERP shows as paid on this invoice, whoever entered it there. What is not known here is a payment; what is known
/// here and not there yet is on its way.
/// </summary>
/// <param name="Paid">All of it so far, without what was credited.</param>
/// <param name="Reference">The ERP's number of the invoice.</param>
[GenerateSerializer, Immutable, Alias("invoice.report-paid-in-erp.v1")]
public sealed record ReportPaidInErp(string Connection, Money Paid, DateOnly Date, string Reference) : Command;

/// <summary>Corrects what tax engine or ERP stumbled over on a draft and goes on.</summary>
[GenerateSerializer, Immutable, Alias("invoice.correct.v1")]
public sealed record CorrectInvoice(string ExceptionId, PostalAddress? BillTo, string? TaxNumber, string Reason) : Command;

/// <summary>A draft was made by a billing run.</summary>
/// <param name="Numbering">Null where the ERP numbers it.</param>
[GenerateSerializer, Immutable, Alias("invoice.drafted.v1")]
public sealed record InvoiceDrafted(InvoiceDraft Draft, DateTimeOffset At, NumberFormat? Numbering = null) : Event, IDelivered
{
    /// <summary>Its projects know it until it is issued or rejected, so that what holds them holds it.</summary>
    public ImmutableArray<string> To => [.. Draft.Parts.Select(part => part.ProjectId).Distinct()];
}

[GenerateSerializer, Immutable, Alias("invoice.step-asked.v1")]
public sealed record InvoiceStepAsked(InvoiceStep Step, EffectRequest Effect, DateTimeOffset At) : Event, IAsksEffect;

[GenerateSerializer, Immutable, Alias("invoice.step-confirmed.v1")]
public sealed record InvoiceStepConfirmed(InvoiceStep Step, string EffectId, string ExternalId, DateTimeOffset At) : Event;

[GenerateSerializer, Alias("invoice-step")]
public enum InvoiceStep { Tax, Posting, TaxCommit, TaxVoid, PaymentRequest, PsaReport, PaymentPosting }

/// <param name="Estimated">By the percents of the policy, because the tax engine does not answer.</param>
[GenerateSerializer, Immutable, Alias("invoice.taxed.v1")]
public sealed record InvoiceTaxed(
    ImmutableArray<TaxAnswerLine> Lines, Money Tax, Money Total, DateTimeOffset At, bool? Estimated = null) : Event;

/// <summary>Above the threshold of its legal entity: waits for a second person.</summary>
[GenerateSerializer, Immutable, Alias("invoice.approval-required.v1")]
public sealed record ApprovalRequired(Money Threshold, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("invoice.approved.v1")]
public sealed record InvoiceApproved(string By, string? Note, DateTimeOffset At) : Event;

/// <summary>The draft was corrected; tax is asked for anew, and so is approval. Who corrected it cannot approve it.</summary>
[GenerateSerializer, Immutable, Alias("invoice.corrected.v1")]
public sealed record InvoiceCorrected(CorrectInvoice Correction, string By, DateTimeOffset At) : Event;

/// <summary>The ERP took the invoice: it is issued and no longer changes.</summary>
/// <param name="Lines">What was billed of each contract line; null for an invoice issued before this was recorded.</param>
/// <param name="Retained">The part of the total that the customer holds back until it is released.</param>
/// <param name="Series">The series that numbered it; null if the ERP did.</param>
/// <param name="ErpNumber">The ERP's own number, where it has one beside ours.</param>
/// <param name="Shared">Items of which it bills the share of one payer; null if there are none.</param>
/// <param name="Exchange">From the currency of its contract; null if it is in that.</param>
/// <param name="Priced">The net amount in the currency of its contract, where it is in another.</param>
[GenerateSerializer, Immutable, Alias("invoice.issued.v1")]
public sealed record InvoiceIssued(
    string InvoiceId, string RunId, string ProjectId, string ContractId, string CustomerId, string Number, DateOnly Date,
    DateOnly DueDate, Money Net, Money Tax, Money Total, ImmutableArray<string> ItemIds, ImmutableArray<Posting> Postings,
    DateTimeOffset At, ImmutableArray<IssuedLine>? Lines = null, string? LegalEntity = null,
    ImmutableArray<Instalment>? Instalments = null, ImmutableArray<InvoicePart>? Parts = null, Money? Retained = null,
    string? Series = null, string? ErpNumber = null, ImmutableArray<SharedItem>? Shared = null,
    AppliedRate? Exchange = null, Money? Priced = null) : Event, IDelivered
{
    public ImmutableArray<string> To => Parts is { } parts
        ? [.. parts.Select(part => part.ProjectId).Distinct(), .. parts.Select(part => part.ContractId).Distinct(), CustomerId, RunId,
            .. parts.Select(part => RevenueIds.Of(part.ContractId)).Distinct(), .. Numbered]
        : [ProjectId, ContractId, CustomerId, RunId, RevenueIds.Of(ContractId), .. Numbered];

    private ImmutableArray<string> Numbered => Series is null ? [] : [Series];

    /// <summary>What of the net amount is this contract's, in the contract's currency.</summary>
    public Money NetOf(string contractId) => Priced is { } priced ? priced : Parts is { } parts
        ? parts.Where(part => part.ContractId == contractId).Aggregate(Money.Zero(Net.Currency), (sum, part) => sum + part.Net)
        : Net;
}

/// <summary>What an invoice bills of one contract line.</summary>
/// <param name="Net">In the currency of the contract.</param>
/// <param name="ServiceFrom">First day of the service billed, where the line is billed by period.</param>
/// <param name="ServiceTo">Last day of that service.</param>
/// <param name="Tax">On the net amount, in the currency of the invoice; null for an invoice issued before this was recorded.</param>
[GenerateSerializer, Immutable, Alias("issued-line")]
public sealed record IssuedLine(
    string LineId, string ContractLineId, Money Net, DateOnly? ServiceFrom = null, DateOnly? ServiceTo = null,
    ImmutableArray<LineAdjustment>? Adjustments = null, string? ProjectId = null, Money? Tax = null, string? Service = null);

/// <summary>What an invoice over several projects bills of one of them.</summary>
[GenerateSerializer, Immutable, Alias("invoice-part")]
public sealed record InvoicePart(string ProjectId, string ContractId, Money Net);

/// <summary>An item that several payers are billed for, or one alone that does not pay for its line.</summary>
/// <param name="ProjectId">Where that is not the invoice's.</param>
/// <param name="Shares">All of them, this invoice's too.</param>
[GenerateSerializer, Immutable, Alias("shared-item")]
public sealed record SharedItem(string ItemId, string SourceId, string LineId, string? ProjectId, ImmutableArray<ItemShare> Shares);

/// <summary>What an invoice bills of an item, where others bill the rest.</summary>
[GenerateSerializer, Immutable, Alias("item-share")]
public sealed record ItemShare(string InvoiceId, string CustomerId, Money Amount);

/// <summary>The draft came to nothing: rejected by a person, or refused by the ERP and given up.</summary>
[GenerateSerializer, Immutable, Alias("invoice.rejected.v1")]
public sealed record InvoiceRejected(
    string InvoiceId, string RunId, string ProjectId, string Reason, string By, DateTimeOffset At,
    ImmutableArray<string>? Projects = null, ImmutableArray<string>? ItemIds = null, string? Series = null, string? CustomerId = null,
    ImmutableArray<SharedItem>? Shared = null) : Event, IDelivered
{
    public ImmutableArray<string> To => [.. Projects ?? [ProjectId], RunId, .. new[] { Series, CustomerId }.OfType<string>()];
}

/// <summary>A payment that came before its invoice was issued.</summary>
[GenerateSerializer, Immutable, Alias("invoice.payment-held.v1")]
public sealed record PaymentHeld(RecordPayment Payment, DateTimeOffset At) : Event;

/// <param name="Gain">Realised on foreign money; below zero for a loss, null for none.</param>
[GenerateSerializer, Immutable, Alias("invoice.payment-applied.v1")]
public sealed record PaymentApplied(
    string InvoiceId, string ContractId, string CustomerId, RecordPayment Payment, Money Applied, Money Excess,
    Money Outstanding, ImmutableArray<Posting> Postings, DateTimeOffset At, string? LegalEntity = null,
    ImmutableArray<string>? Contracts = null, ImmutableArray<string>? Projects = null, Money? Gain = null) : Event, IDelivered
{
    public ImmutableArray<string> To => [.. Contracts ?? [ContractId], CustomerId, .. Projects ?? []];
}

/// <summary>Debit positive, credit negative; the postings of one event sum to zero.</summary>
[GenerateSerializer, Immutable, Alias("posting")]
public sealed record Posting(string Account, Money Amount);

/// <summary>The accounts that documents post to.</summary>
public static class Accounts
{
    public const string Receivable = "receivable";
    public const string Revenue = "revenue";
    public const string TaxPayable = "tax_payable";
    public const string Cash = "cash";
    public const string CustomerCredit = "customer_credit";
    public const string BadDebt = "bad_debt";
    public const string EarlyPaymentDiscount = "early_payment_discount";
    public const string ExchangeGainLoss = "exchange_gain_loss";

    /// <summary>Between the revenue of a contract and an invoice of it in another currency: what left the one came into the other.</summary>
    public const string ExchangeClearing = "exchange_clearing";

    public const string IntercompanyReceivable = "intercompany_receivable";
    public const string IntercompanyPayable = "intercompany_payable";
    public const string IntercompanyRevenue = "intercompany_revenue";
    public const string IntercompanyCost = "intercompany_cost";

    /// <summary>Tax that was owed and not invoiced, or invoiced and not owed.</summary>
    public const string TaxVariance = "tax_variance";
}

/// <param name="PreparedBy">The actor of the billing run: cannot approve.</param>
/// <param name="ProjectId">The project, or the first of several: <see cref="Parts"/> has all.</param>
/// <param name="Bill">Net, with the invoices of the other payers, in the currency of the contract; null if there are none.</param>
/// <param name="Exchange">From the currency of the contract; null if the invoice is in that.</param>
[GenerateSerializer, Immutable, Alias("invoice-draft")]
public sealed record InvoiceDraft(
    string InvoiceId, string RunId, string ProjectId, string ContractId, string CustomerId, CustomerProfile Customer,
    Routing Routing, string Currency, DateOnly Date, string PreparedBy, ImmutableArray<InvoiceLine> Lines,
    string? PurchaseOrder = null, Retention? Retention = null, Money? Bill = null,
    AppliedRate? Exchange = null)
{
    /// <summary>Net, in the currency of the contract.</summary>
    public Money Priced => Exchange is null
        ? Net
        : Lines.Skip(1).Aggregate(Lines[0].Priced!.Value, (sum, line) => sum + line.Priced!.Value);

    public Money Net => Lines.Aggregate(Money.Zero(Currency), (sum, line) => sum + line.Net);

    /// <summary>Corrections make more of it than work: the customer gets a credit memo.</summary>
    public bool IsCredit => Net.Minor < 0;

    /// <summary>Its projects and contracts with the net amount of each, in the order of the lines.</summary>
    public ImmutableArray<InvoicePart> Parts =>
    [
        .. Lines.GroupBy(line => (Project: line.ProjectId ?? ProjectId, Contract: line.ContractId ?? ContractId))
            .Select(part => new InvoicePart(
                part.Key.Project, part.Key.Contract, part.Aggregate(Money.Zero(Currency), (sum, line) => sum + line.Net))),
    ];

    /// <summary>Items of which it bills the share of one payer; null if there are none.</summary>
    public ImmutableArray<SharedItem>? Shared => Lines.SelectMany(
            line => line.Items.Where(item => item.Shares is not null),
            (line, item) => new SharedItem(item.ItemId, item.SourceId, line.ContractLineId, line.ProjectId, item.Shares!.Value))
        .ToImmutableArray() is { IsEmpty: false } shared ? shared : null;

    /// <summary>What a tax engine is asked about this draft.</summary>
    public TaxRequest ForTax() => new(
        InvoiceId, Routing.LegalEntity, CustomerId, Customer.TaxNumber, Customer.ExemptionNumber, Date, Currency, Routing.ShipFrom,
        Customer.BillTo, [.. Lines.Select(line => new TaxRequestLine(line.Id, line.TaxCategory, line.Description, line.Quantity, line.Net))]);
}

/// <param name="Service">What is sold; decides the tax category.</param>
/// <param name="Net">The amounts of its items with all adjustments.</param>
/// <param name="Adjustments">Discounts and the like that are in <paramref name="Net"/>, in the order in which they were applied.</param>
/// <param name="ServiceFrom">First day of the service billed, where the line is billed by period.</param>
/// <param name="ServiceTo">Last day of that service.</param>
/// <param name="ProjectId">The project whose work it is, where that is not the draft's.</param>
/// <param name="ContractId">The contract that it is billed under, where that is not the draft's.</param>
/// <param name="DeliveredBy">The company of the firm that did the work, where that is not the one that bills it.</param>
/// <param name="Priced">The net amount in the currency of the contract, as are items and adjustments, where the invoice is in another.</param>
/// <param name="Cost">Of the work that another company did; null if it is not known of all of it.</param>
[GenerateSerializer, Immutable, Alias("invoice-line")]
public sealed record InvoiceLine(
    string Id, string ContractLineId, string Service, string TaxCategory, string Description, decimal Quantity, decimal Rate,
    Money Net, ImmutableArray<InvoicedItem> Items, DateOnly? ServiceFrom = null, DateOnly? ServiceTo = null,
    ImmutableArray<LineAdjustment>? Adjustments = null, string? ProjectId = null, string? ContractId = null, string? DeliveredBy = null,
    Money? Cost = null, Money? Priced = null);

/// <summary>A part of a line's net amount that is not the price of its items: a share of a discount, say.</summary>
/// <param name="Source">What it follows from: the id of a discount, or the down payment.</param>
/// <param name="Kind"><see cref="Discount"/>, <see cref="DownPayment"/> or <see cref="Override"/>.</param>
/// <param name="Amount">Negative for what lowers the line.</param>
[GenerateSerializer, Immutable, Alias("line-adjustment")]
public sealed record LineAdjustment(string Source, string Kind, string Description, Money Amount)
{
    public const string Discount = "discount";
    public const string DownPayment = "down-payment";

    /// <summary>A person set what the line comes to.</summary>
    public const string Override = "override";
}

/// <param name="Amount">What this invoice bills of it.</param>
/// <param name="Shares">Of all payers; null for an item that the customer of its contract alone is billed for.</param>
[GenerateSerializer, Immutable, Alias("invoiced-item")]
public sealed record InvoicedItem(string ItemId, string SourceId, Money Amount, ImmutableArray<ItemShare>? Shares = null);

[Alias("q2c.invoice-grain")]
public interface IInvoiceGrain : IAggregateGrain
{
    [Alias("read")]
    Task<InvoiceView?> Read();
}

/// <param name="Gains">Payment of another currency → what was realised on it.</param>
[GenerateSerializer, Immutable, Alias("invoice-view")]
public sealed record InvoiceView(
    string Id, long GrainVersion, InvoiceStatus Status, InvoiceDraft Draft, string? Number, DateOnly? DueDate, Money? Tax,
    Money? Total, Money? Outstanding, ImmutableArray<TaxAnswerLine> TaxLines, ImmutableArray<RecordPayment> Payments,
    ImmutableArray<WorkItem> Exceptions, Money? Credited = null, Money? WrittenOff = null, bool Disputed = false,
    Money? Retained = null, ImmutableArray<BillingHold>? Holds = null, bool TaxEstimated = false, ProposedWriteOff? WriteOff = null,
    string? ErpNumber = null, DateOnly? ReviewUntil = null, ImmutableDictionary<string, Money>? Gains = null);

[GenerateSerializer, Alias("invoice-status")]
public enum InvoiceStatus { Draft, Taxing, AwaitingApproval, Posting, Issued, PartiallyPaid, Paid, Rejected, Credited, WrittenOff }
