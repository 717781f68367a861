using System.Collections.Immutable;
using Q2C.Projects;

namespace Q2C.Invoices;

/// <summary>Ends the review of a draft: it is taxed and goes on. Sent by a person, or by Q2C when the days of review are over.</summary>
[GenerateSerializer, Immutable, Alias("invoice.finalize.v1")]
public sealed record FinalizeInvoice(string? Reason) : Command;

/// <summary>Takes what came up to the run's cut-off since the draft was made, and corrections of what is on it.</summary>
[GenerateSerializer, Immutable, Alias("invoice.refresh.v1")]
public sealed record RefreshInvoice(string Reason) : Command;

/// <summary>
/// A person sets what a line of a draft comes to: its quantity times its rate, whatever its items are worth. It survives
/// every refresh and what is left out stays as it is.
/// </summary>
[GenerateSerializer, Immutable, Alias("invoice.override-line.v1")]
public sealed record OverrideInvoiceLine(string LineId, decimal? Quantity, decimal? Rate, string? Description, string Reason) : Command;

/// <param name="Sources">The records behind the line: by them it is found again in a refreshed draft.</param>
[GenerateSerializer, Immutable, Alias("line-override")]
public sealed record LineOverride(
    string ContractLineId, string ProjectId, ImmutableArray<string> Sources, decimal Quantity, decimal Rate, string? Description, string By);

/// <summary>People look at the draft before it is taxed.</summary>
[GenerateSerializer, Immutable, Alias("invoice.review-started.v1")]
public sealed record ReviewStarted(DateOnly Until, DueCommand Due, DateTimeOffset At) : Event, ISchedules;

[GenerateSerializer, Immutable, Alias("invoice.finalized.v1")]
public sealed record InvoiceFinalized(string? Reason, string By, DateTimeOffset At) : Event;

/// <param name="Line">As it is now.</param>
[GenerateSerializer, Immutable, Alias("invoice.line-overridden.v1")]
public sealed record InvoiceLineOverridden(InvoiceLine Line, LineOverride Override, string Reason, string By, DateTimeOffset At) : Event;

/// <summary>The run is asked to make the draft anew.</summary>
[GenerateSerializer, Immutable, Alias("invoice.refresh-asked.v1")]
public sealed record RefreshAsked(
    string InvoiceId, string RunId, ImmutableArray<RefreshPart> Parts, string Reason, string By, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => [RunId];
}

[GenerateSerializer, Immutable, Alias("refresh-part")]
public sealed record RefreshPart(string ProjectId, ImmutableArray<string> ItemIds);

/// <summary>A project is asked to set what of it is on the draft aside anew, with what came since.</summary>
[GenerateSerializer, Immutable, Alias("billing-run.refresh-asked.v1")]
public sealed record ReservationRefreshAsked(
    string RunId, string InvoiceId, string ProjectId, DateOnly CutOff, ImmutableArray<string> ItemIds, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => [ProjectId];
}

/// <param name="Items">What the project has set aside anew.</param>
[GenerateSerializer, Immutable, Alias("billing-run.refresh-received.v1")]
public sealed record RefreshReceived(string InvoiceId, string ProjectId, ItemsReserved Items, DateTimeOffset At) : Event;

/// <summary>The draft as a run over the same projects would make it now.</summary>
/// <param name="Draft">Null if nothing is left to invoice.</param>
/// <param name="Refused">Why it could not be made anew; null if it was.</param>
[GenerateSerializer, Immutable, Alias("billing-run.draft-refreshed.v1")]
public sealed record DraftRefreshed(string InvoiceId, InvoiceDraft? Draft, string? Refused, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => [InvoiceId];
}

/// <param name="Draft">With what people set on its lines.</param>
/// <param name="Dropped">Overrides of lines that are no longer there.</param>
[GenerateSerializer, Immutable, Alias("invoice.refreshed.v1")]
public sealed record InvoiceRefreshed(InvoiceDraft Draft, ImmutableArray<LineOverride> Dropped, DateTimeOffset At) : Event;

/// <summary>The draft stays as it was.</summary>
[GenerateSerializer, Immutable, Alias("invoice.refresh-refused.v1")]
public sealed record RefreshRefused(string Why, DateTimeOffset At) : Event;
