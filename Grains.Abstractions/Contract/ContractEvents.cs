using System.Collections.Immutable;
using Q2C.Intercompany;
using Q2C.Invoices;
using Q2C.Revenues;

namespace Q2C.Contracts;

/// <summary>The quote as accepted, with the first version of the terms and the project that will deliver it.</summary>
[GenerateSerializer, Immutable, Alias("contract.quote-accepted.v1")]
public sealed record QuoteAccepted(
    string ContractId, string ProjectId, AcceptQuote Quote, Terms Terms, string PolicyVersion, DateTimeOffset At)
    : Event, IReferences, IDelivered
{
    public ExternalReference Reference => new(Quote.Connection, "quote", Quote.QuoteId);

    public ImmutableArray<string> To => [.. new[] { Quote.CustomerId }.Concat(Terms.PayerIds).Distinct()];
}

[GenerateSerializer, Immutable, Alias("contract.corrected.v1")]
public sealed record ContractCorrected(CorrectContract Correction, Terms Terms, DateTimeOffset At) : Event;

/// <summary>All documents that the contract needs are there and agree; the steps outside can begin.</summary>
[GenerateSerializer, Immutable, Alias("contract.validated.v1")]
public sealed record ContractValidated(Routing Routing, string PolicyVersion, DateTimeOffset At) : Event;

/// <summary>What the policies of the legal entity said when the contract was validated.</summary>
/// <param name="TaxCategories">Service → tax code.</param>
/// <param name="Terms">Null for payment in <paramref name="PaymentDays"/> days.</param>
/// <param name="Transfers">Company that delivers for this one → what it gets; null if none does.</param>
[GenerateSerializer, Immutable, Alias("routing")]
public sealed record Routing(
    string LegalEntity, string Crm, string Erp, string Psa, string Tax, string Payments, Rounding Rounding,
    Money ApprovalThreshold, int PaymentDays, string TimeZone, PostalAddress ShipFrom,
    ImmutableDictionary<string, string> TaxCategories, ImmutableArray<ProjectTask> Tasks, PaymentTerms? Terms = null,
    ImmutableDictionary<string, TransferPrice>? Transfers = null);

[GenerateSerializer, Immutable, Alias("project-task")]
public sealed record ProjectTask(string Id, string Name, bool Billable);

/// <summary>The steps of an activation, in the order of their gates.</summary>
[GenerateSerializer, Alias("activation-step")]
public enum ActivationStep
{
    Validation = 0,
    ErpCustomer = 1,
    ErpContract = 2,
    ErpJob = 3,
    PsaProject = 4,
    PsaMilestones = 5,
    PsaTasks = 6,
    PsaRoles = 7,
    BillingSchedule = 8,
    Publication = 9,
}

/// <summary>A step asks one thing of one system; steps with several objects ask several.</summary>
[GenerateSerializer, Immutable, Alias("contract.step-asked.v1")]
public sealed record StepAsked(ActivationStep Step, EffectRequest Effect, DateTimeOffset At) : Event, IAsksEffect;

[GenerateSerializer, Immutable, Alias("contract.step-confirmed.v1")]
public sealed record StepConfirmed(ActivationStep Step, string EffectId, ExternalReference Reference, DateTimeOffset At)
    : Event, IReferences;

/// <summary>All that the step asked for is there, or an operator skipped it.</summary>
[GenerateSerializer, Immutable, Alias("contract.step-completed.v1")]
public sealed record StepCompleted(ActivationStep Step, bool Skipped, DateTimeOffset At) : Event;

/// <summary>What will be billed and when it is due to be: the plan that the project bills against.</summary>
[GenerateSerializer, Immutable, Alias("contract.billing-scheduled.v1")]
public sealed record BillingScheduled(ImmutableArray<ScheduledBilling> Entries, DateTimeOffset At) : Event;

/// <param name="Amount">Known for milestones; null for what depends on the work done.</param>
[GenerateSerializer, Immutable, Alias("scheduled-billing")]
public sealed record ScheduledBilling(string LineId, string? MilestoneId, string Trigger, DateOnly? Expected, Money? Amount);

/// <summary>The engagement runs: the project opens with these terms.</summary>
[GenerateSerializer, Immutable, Alias("contract.activated.v1")]
public sealed record ContractActivated(
    string ContractId, string ProjectId, string CustomerId, CustomerProfile Customer, string Name, Terms Terms, Routing Routing,
    ImmutableArray<ExternalReference> References, DateTimeOffset At, CustomerProfile? Parent = null) : Event, IDelivered
{
    public ImmutableArray<string> To => [ProjectId, CustomerId, RevenueIds.Of(ContractId)];
}

[GenerateSerializer, Immutable, Alias("contract.amended.v1")]
public sealed record ContractAmended(
    string ContractId, string ProjectId, Terms Terms, string Reason, string By, DateTimeOffset At,
    bool? RepriceInvoiced = null) : Event, IDelivered
{
    public ImmutableArray<string> To => [ProjectId, RevenueIds.Of(ContractId), .. Terms.PayerIds];
}

/// <summary>Something outside must hear of a change after activation: amended rates, status, totals.</summary>
[GenerateSerializer, Immutable, Alias("contract.update-asked.v1")]
public sealed record UpdateAsked(string Purpose, EffectRequest Effect, DateTimeOffset At) : Event, IAsksEffect;

[GenerateSerializer, Immutable, Alias("contract.update-confirmed.v1")]
public sealed record UpdateConfirmed(string EffectId, string ExternalId, DateTimeOffset At) : Event;

/// <summary>The undoing of an incomplete activation has begun.</summary>
[GenerateSerializer, Immutable, Alias("contract.compensation-started.v1")]
public sealed record CompensationStarted(string Reason, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("contract.undo-asked.v1")]
public sealed record UndoAsked(ActivationStep Step, EffectRequest Effect, DateTimeOffset At) : Event, IAsksEffect;

[GenerateSerializer, Immutable, Alias("contract.undone.v1")]
public sealed record StepUndone(ActivationStep Step, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("contract.withdrawn.v1")]
public sealed record ContractWithdrawn(string Reason, DateTimeOffset At) : Event;

/// <summary>
/// Totals after an invoice was issued or a payment arrived, both net of tax, as the contract is: an invoice that is paid
/// in full counts with its net amount, one that is paid in part with that part of it. What a retainer of the contract paid
/// counts once, with the retainer.
/// </summary>
[GenerateSerializer, Immutable, Alias("contract.totals-changed.v1")]
public sealed record TotalsChanged(Money Billed, Money Paid, ContractInvoice Invoice, DateTimeOffset At) : Event;

/// <summary>An invoice as its contract knows it.</summary>
/// <param name="Net">What of it is this contract's, less what is credited.</param>
/// <param name="Total">With tax, less what is credited.</param>
/// <param name="Outstanding">With tax.</param>
/// <param name="Lines">Its net amount by contract line, less what is credited; null if it was issued before this was recorded.</param>
/// <param name="Prepaid">With tax, what retainers of the contract paid of it: that was billed before, with the retainer.</param>
[GenerateSerializer, Immutable, Alias("contract-invoice")]
public sealed record ContractInvoice(
    string Id, string Number, Money Net, Money Total, Money Outstanding, ImmutableArray<string>? CreditMemos = null, Money? Prepaid = null,
    ImmutableArray<BilledLine>? Lines = null);

/// <param name="LineId">Of the contract.</param>
[GenerateSerializer, Immutable, Alias("billed-line")]
public sealed record BilledLine(string LineId, Money Net);
