using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Invoices;

namespace Q2C.Projects;

/// <summary>Closes the project for new work; what is unbilled stays billable.</summary>
[GenerateSerializer, Immutable, Alias("project.close.v1")]
public sealed record CloseProject(string Reason) : Command;

/// <summary>Opens a closed project again.</summary>
[GenerateSerializer, Immutable, Alias("project.reopen.v1")]
public sealed record ReopenProject(string Reason) : Command;

[GenerateSerializer, Immutable, Alias("project.opened.v1")]
public sealed record ProjectOpened(ContractActivated Contract, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("project.terms-changed.v1")]
public sealed record TermsChanged(Terms Terms, DateTimeOffset At) : Event;

/// <summary>
/// A record that cannot be applied yet: the project is not open, or its item is set aside for a billing run. It is applied
/// when that is over; of one source only the newest record waits.
/// </summary>
[GenerateSerializer, Immutable, Alias("project.work-held.v1")]
public sealed record WorkHeld(WorkRecord Record, string? Connection, string Reason, DateTimeOffset At) : Event;

/// <summary>A record of work became an item.</summary>
[GenerateSerializer, Immutable, Alias("project.item-added.v1")]
public sealed record ItemAdded(BillableItem Item, WorkRecord Record, DateTimeOffset At) : Event;

/// <summary>A newer version of a record that is not on an invoice took the place of the older one.</summary>
[GenerateSerializer, Immutable, Alias("project.item-replaced.v1")]
public sealed record ItemReplaced(string OldItemId, BillableItem Item, WorkRecord Record, DateTimeOffset At) : Event;

/// <summary>The same record, priced anew: other terms, or the cap moved because something else came or went.</summary>
[GenerateSerializer, Immutable, Alias("project.item-repriced.v1")]
public sealed record ItemRepriced(BillableItem Item, string Cause, DateTimeOffset At) : Event;

/// <summary>The record behind an item that is not on an invoice was taken back.</summary>
[GenerateSerializer, Immutable, Alias("project.item-withdrawn.v1")]
public sealed record ItemWithdrawn(string ItemId, string SourceId, long SourceVersion, string Reason, DateTimeOffset At) : Event;

/// <summary>A record was taken back that is no item here: it never came, or it waits for a person.</summary>
[GenerateSerializer, Immutable, Alias("project.work-retracted.v1")]
public sealed record WorkRetracted(string SourceId, long SourceVersion, string Reason, DateTimeOffset At) : Event;

/// <summary>
/// An item that is on an issued invoice was corrected or taken back: it is reversed by one of the same amount with the
/// opposite sign, and the new version, if there is one, follows as an item of its own.
/// </summary>
[GenerateSerializer, Immutable, Alias("project.item-reversed.v1")]
public sealed record ItemReversed(string InvoicedItemId, BillableItem Reversal, DateTimeOffset At) : Event;

/// <summary>A record that could not become an item: it waits for a person.</summary>
[GenerateSerializer, Immutable, Alias("project.work-refused.v1")]
public sealed record WorkRefused(WorkRecord Record, ImmutableArray<Problem> Problems, DateTimeOffset At) : Event;

/// <summary>A record older than what was applied: noted, without effect.</summary>
[GenerateSerializer, Immutable, Alias("project.work-stale.v1")]
public sealed record WorkStale(string SourceId, long SourceVersion, long AppliedVersion, DateTimeOffset At) : Event;

/// <summary>A cap is reached or crossed a warning threshold (percent of the cap).</summary>
/// <param name="LineId">Empty for a cap over several lines.</param>
/// <param name="Name">Of a cap over several lines.</param>
/// <param name="CapHours">For a cap in hours; the amounts are then zero.</param>
/// <param name="Period">First day, for a cap that begins anew.</param>
[GenerateSerializer, Immutable, Alias("project.cap-warned.v1")]
public sealed record CapWarned(
    string LineId, int Percent, Money Cap, Money Value, DateTimeOffset At, string? Name = null, decimal? CapHours = null,
    decimal? Hours = null, DateOnly? Period = null) : Event;

/// <summary>Items set aside for a billing run: nothing else can bill or change them until it confirms or releases.</summary>
/// <param name="Terms">The newest terms of the contract: what its lines are called and which service they sell.</param>
/// <param name="CutOff">The day up to which nothing that is due is left out; null if the project has no part in the run.</param>
/// <param name="Adjustments">Null if another run has them.</param>
/// <param name="InvoiceId">The draft that is made anew with them; null in the first answer to a run.</param>
/// <param name="Payers">Whoever pays or paid for a line, as the newest terms that name them know them; null if only the customer does.</param>
/// <param name="Hold">Why the project has no part in the run; null if nothing is held.</param>
[GenerateSerializer, Immutable, Alias("project.items-reserved.v1")]
public sealed record ItemsReserved(
    string RunId, string ProjectId, string ContractId, string CustomerId, CustomerProfile Customer, Routing Routing,
    Terms Terms, ImmutableArray<BillableItem> Items, DateTimeOffset At, DateOnly? CutOff = null,
    AdjustmentBalances? Adjustments = null, CustomerProfile? Parent = null, BillingHold? Hold = null,
    string? InvoiceId = null, ImmutableArray<Payer>? Payers = null) : Event, IDelivered
{
    public ImmutableArray<string> To => [RunId];
}

/// <summary>The items are on an issued invoice; those of several payers with the first of their invoices.</summary>
/// <param name="Shared">Items of several payers; null if there are none.</param>
/// <param name="Discounts">Of their lines on the invoice; null if there are none.</param>
[GenerateSerializer, Immutable, Alias("project.items-invoiced.v1")]
public sealed record ItemsInvoiced(
    string RunId, string InvoiceId, string Number, ImmutableArray<string> ItemIds, DateTimeOffset At,
    ImmutableArray<SharedItem>? Shared = null, ImmutableArray<LineDiscount>? Discounts = null) : Event;

/// <summary>The invoice did not come about: the items are open again.</summary>
[GenerateSerializer, Immutable, Alias("project.items-released.v1")]
public sealed record ItemsReleased(string RunId, ImmutableArray<string> ItemIds, string Reason, DateTimeOffset At) : Event;

/// <summary>Items of an issued invoice were credited whole.</summary>
/// <param name="Released">Those that are open again, at the amount at which they were billed; empty if the credit kept them.</param>
[GenerateSerializer, Immutable, Alias("project.items-credited.v1")]
public sealed record ItemsCredited(
    string CreditMemoId, string InvoiceId, string Number, ImmutableArray<CreditedItem> Items, ImmutableArray<BillableItem> Released,
    DateTimeOffset At) : Event;

/// <param name="LineId">Of the contract.</param>
/// <param name="Reopened">The time that the item billed, if it is to be billed again.</param>
[GenerateSerializer, Immutable, Alias("credited-item")]
public sealed record CreditedItem(string ItemId, string SourceId, string LineId, Money Amount, PeriodPiece? Reopened = null);

[GenerateSerializer, Immutable, Alias("project.closed.v1")]
public sealed record ProjectClosed(string Reason, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("project.reopened.v1")]
public sealed record ProjectReopened(string Reason, string By, DateTimeOffset At) : Event;

[Alias("q2c.project-grain")]
public interface IProjectGrain : IAggregateGrain
{
    [Alias("read")]
    Task<ProjectView?> Read();

    /// <summary>What a billing run with this cut-off would take of it now; changes nothing. Null for a project that does not exist.</summary>
    [Alias("preview-billing")]
    Task<BillingPreview?> PreviewBilling(DateOnly cutOff, DateOnly invoiceDate);

    /// <summary>What the change order would change now; changes nothing. Null for a project that is not open.</summary>
    [Alias("preview-change-order")]
    Task<ChangeOrderPreview?> PreviewChangeOrder(ContractAmended amended);

    /// <summary>How it stands in work and money now, ages counted to the day. Null for a project that is not open.</summary>
    [Alias("read-economics")]
    Task<ProjectEconomics?> ReadEconomics(DateOnly on);
}

/// <param name="Items">What would be reserved.</param>
/// <param name="Draft">The invoice, under an id that no invoice has; null if there is nothing to invoice, or billing is held.</param>
[GenerateSerializer, Immutable, Alias("billing-preview")]
public sealed record BillingPreview(ProjectView Project, ImmutableArray<BillableItem> Items, InvoiceDraft? Draft);

/// <param name="Reached">Milestone → the record that says so.</param>
[GenerateSerializer, Immutable, Alias("project-view")]
public sealed record ProjectView(
    string Id, long GrainVersion, string Name, bool Open, string ContractId, string CustomerId, CustomerProfile Customer,
    Routing Routing, Terms Terms, ImmutableArray<BucketTotal> WorkInProgress, ImmutableArray<LineProgress> Lines,
    ImmutableArray<WorkItem> Exceptions, ImmutableDictionary<string, string>? Reached = null,
    ImmutableArray<RetainerBalance>? Retainers = null, ImmutableArray<BillingHold>? Holds = null,
    ImmutableArray<WorkWriteOff>? WriteOffs = null);

/// <summary>How much lies in one bucket of work that is not invoiced.</summary>
[GenerateSerializer, Immutable, Alias("bucket-total")]
public sealed record BucketTotal(Disposition Disposition, int Items, Money Value, Money Amount);

/// <param name="Invoiced">On issued invoices.</param>
/// <param name="Open">Billable or reserved, not invoiced.</param>
[GenerateSerializer, Immutable, Alias("line-progress")]
public sealed record LineProgress(string LineId, Money Invoiced, Money Open, Money? Cap);
