using System.Collections.Immutable;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.BillingRuns;

/// <summary>
/// Bills what is billable up to a day, for one legal entity. The run's id is derived from the caller's key, so a
/// repeat finds the same run.
/// </summary>
/// <param name="Projects">The projects that had unbilled work when the run was asked for; each confirms for itself.</param>
/// <param name="Grouping">What goes on one invoice and on one line; null for the policy of the legal entity.</param>
/// <param name="Negative">Null for the policy of the legal entity.</param>
[GenerateSerializer, Immutable, Alias("billing-run.start.v1")]
public sealed record StartBillingRun(
    string LegalEntity, DateOnly CutOff, DateOnly InvoiceDate, ImmutableArray<string> Projects, Grouping? Grouping = null,
    NegativeBills? Negative = null) : Command;

/// <summary>What becomes of items of a run that come to nothing or less together.</summary>
[GenerateSerializer, Alias("negative-bills")]
public enum NegativeBills
{
    /// <summary>They are open again, until a later run has something to invoice with them.</summary>
    CarryForward,

    /// <summary>They make a document of their own: below zero a credit memo, whose amount is the customer's.</summary>
    CreditMemo,
}

/// <param name="Grouping">The grouping that holds for the run.</param>
/// <param name="ByCustomer">Customer → a grouping of its own.</param>
/// <param name="InvoiceDate">Where the date asked for lies in a closed period, the first day that is open.</param>
/// <param name="Negative">What holds for the run; null is <see cref="NegativeBills.CarryForward"/>.</param>
[GenerateSerializer, Immutable, Alias("billing-run.started.v1")]
public sealed record BillingRunStarted(
    string RunId, StartBillingRun Run, string By, DateTimeOffset At, Grouping? Grouping = null,
    ImmutableDictionary<string, Grouping>? ByCustomer = null, DateOnly? InvoiceDate = null, NegativeBills? Negative = null) : Event;

/// <summary>A project is asked to set its billable items aside for the run.</summary>
[GenerateSerializer, Immutable, Alias("billing-run.reservation-asked.v1")]
public sealed record ReservationAsked(string RunId, string ProjectId, string LegalEntity, DateOnly CutOff, DateTimeOffset At)
    : Event, IDelivered
{
    public ImmutableArray<string> To => [ProjectId];
}

/// <param name="Held">What is kept until all projects have answered, where invoices are over several projects.</param>
/// <param name="Hold">Why the project has no part in the run; null if its billing is not held.</param>
[GenerateSerializer, Immutable, Alias("billing-run.reservation-received.v1")]
public sealed record ReservationReceived(
    string ProjectId, int Items, DateTimeOffset At, ItemsReserved? Held = null, BillingHold? Hold = null) : Event;

/// <summary>
/// Nothing is invoiced for the project in this run, because its items do not sum to more than zero or cannot be
/// invoiced yet: they are open again, for a later run.
/// </summary>
/// <param name="ItemIds">Only these; null for all that the project set aside.</param>
[GenerateSerializer, Immutable, Alias("billing-run.reservation-returned.v1")]
public sealed record ReservationReturned(
    string RunId, string ProjectId, string Reason, DateTimeOffset At, ImmutableArray<string>? ItemIds = null) : Event, IDelivered
{
    public ImmutableArray<string> To => [ProjectId];
}

/// <summary>A draft for an invoice that does not exist yet; the invoice takes it from here.</summary>
[GenerateSerializer, Immutable, Alias("billing-run.draft-made.v1")]
public sealed record DraftMade(InvoiceDraft Draft, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => [Draft.InvoiceId];
}

[GenerateSerializer, Immutable, Alias("billing-run.invoice-settled.v1")]
public sealed record InvoiceSettled(string InvoiceId, bool Issued, DateTimeOffset At) : Event;

/// <summary>Every project answered and every invoice is issued or rejected.</summary>
[GenerateSerializer, Immutable, Alias("billing-run.completed.v1")]
public sealed record BillingRunCompleted(int Issued, int Rejected, DateTimeOffset At) : Event;

[Alias("q2c.billing-run-grain")]
public interface IBillingRunGrain : IAggregateGrain
{
    [Alias("read")]
    Task<BillingRunView?> Read();
}

[GenerateSerializer, Immutable, Alias("billing-run-view")]
public sealed record BillingRunView(
    string Id, long GrainVersion, StartBillingRun Run, bool Completed, int ProjectsAsked, int ProjectsAnswered,
    ImmutableArray<string> Invoices, int Issued, int Rejected, ImmutableArray<HeldProject>? OnHold = null);

/// <summary>A project that a run left out.</summary>
[GenerateSerializer, Immutable, Alias("held-project")]
public sealed record HeldProject(string ProjectId, BillingHold Hold);
