using System.Collections.Immutable;
using Q2C.Contracts;

namespace Q2C.Revenues;

/// <summary>
/// Recognises the revenue of a contract up to the end of a month that is over. Again, it books only what changed since.
/// </summary>
/// <param name="PeriodEnd">The last day of the month.</param>
[GenerateSerializer, Immutable, Alias("revenue.recognize.v1")]
public sealed record RecognizeRevenue(DateOnly PeriodEnd) : Command;

/// <summary>Another estimate of the whole cost or effort of a line; the difference is recognised with the next period.</summary>
/// <param name="Estimate">Cost in the legal entity's currency, or hours.</param>
[GenerateSerializer, Immutable, Alias("revenue.revise-estimate.v1")]
public sealed record ReviseEstimate(string LineId, decimal Estimate, string Reason) : Command;

/// <summary>
/// Books an entry anew, to other cost centres or between the accounts of what is not billed: the old one is taken back
/// and the new one made. Neither revenue nor what a line stands at changes.
/// </summary>
[GenerateSerializer, Immutable, Alias("revenue.reclassify.v1")]
public sealed record ReclassifyEntry(string EntryId, ImmutableArray<LedgerLine> Lines, string Reason) : Command;

/// <summary>The contract runs: its revenue is followed from here.</summary>
/// <param name="Currency">Of the contract.</param>
/// <param name="CostCurrency">Of the legal entity.</param>
/// <param name="Erp">The connection that takes the entries as journals.</param>
[GenerateSerializer, Immutable, Alias("revenue.opened.v1")]
public sealed record RevenueOpened(
    string RevenueId, string ContractId, string ProjectId, string CustomerId, string LegalEntity, string Currency, string CostCurrency,
    Rounding Rounding, string TimeZone, string Erp, int PaymentDays, Terms Terms, ImmutableArray<LineRevenue> Lines,
    DateTimeOffset At) : Event;

/// <summary>A change order: where its lines stand under the new terms.</summary>
[GenerateSerializer, Immutable, Alias("revenue.terms-changed.v1")]
public sealed record RevenueTermsChanged(
    Terms Terms, ImmutableArray<LineRevenue> Lines, DateTimeOffset At) : Event;

/// <summary>An invoice or credit memo was taken into account.</summary>
[GenerateSerializer, Immutable, Alias("revenue.document-taken.v1")]
public sealed record DocumentTaken(string DocumentId, DateOnly Date, ImmutableArray<LineRevenue> Lines, DateTimeOffset At) : Event;

/// <param name="ProjectId">Null for one that was made before projects heard of it.</param>
[GenerateSerializer, Immutable, Alias("revenue.estimate-revised.v1")]
public sealed record EstimateRevised(LineRevenue Line, string Reason, string By, DateTimeOffset At, string? ProjectId = null) : Event, IDelivered
{
    public ImmutableArray<string> To => ProjectId is { } project ? [project] : [];
}

/// <summary>The project is asked what it has done until the end of a period.</summary>
[GenerateSerializer, Immutable, Alias("revenue.position-asked.v1")]
public sealed record PositionAsked(string RevenueId, string ProjectId, DateOnly PeriodEnd, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => [ProjectId];
}

/// <summary>What the project has done of each line; empty for a project that is not open.</summary>
[GenerateSerializer, Immutable, Alias("project.position-reported.v1")]
public sealed record PositionReported(
    string RevenueId, string ProjectId, DateOnly PeriodEnd, ImmutableArray<LinePosition> Lines, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => [RevenueId];
}

/// <summary>A period is recognised: where the lines stand at its end, and what is expected of the months that follow.</summary>
[GenerateSerializer, Immutable, Alias("revenue.recognized.v1")]
public sealed record RevenueRecognized(
    DateOnly PeriodEnd, ImmutableArray<LineRevenue> Lines, ImmutableArray<ExpectedMonth> Expected, DateTimeOffset At) : Event;

/// <summary>What a month is expected to bring, as seen at the end of an earlier one; each in the contract's currency.</summary>
/// <param name="Month">Its last day.</param>
[GenerateSerializer, Immutable, Alias("expected-month")]
public sealed record ExpectedMonth(DateOnly Month, Money Billing, Money Revenue, Money Cash);

/// <summary>An entry of the ledger; it never changes.</summary>
[GenerateSerializer, Immutable, Alias("revenue.entry-posted.v1")]
public sealed record EntryPosted(string ContractId, LedgerEntry Entry, DateTimeOffset At) : Event;

/// <summary>An entry goes to the ERP as a journal.</summary>
[GenerateSerializer, Immutable, Alias("revenue.journal-asked.v1")]
public sealed record JournalAsked(string EntryId, EffectRequest Effect, DateTimeOffset At) : Event, IAsksEffect;

[GenerateSerializer, Immutable, Alias("revenue.journal-confirmed.v1")]
public sealed record JournalConfirmed(string EntryId, string EffectId, string ExternalId, DateTimeOffset At) : Event;

/// <summary>The next month will be recognised by itself.</summary>
[GenerateSerializer, Immutable, Alias("revenue.recognition-scheduled.v1")]
public sealed record RecognitionScheduled(DueCommand Next, DateTimeOffset At) : Event, ISchedules
{
    public DueCommand Due => Next;
}

[Alias("q2c.revenue-grain")]
public interface IRevenueGrain : IAggregateGrain
{
    /// <summary>Null for a contract that is not active. Confirmed against the journal before it is answered.</summary>
    [Alias("read")]
    Task<RevenueView?> Read();
}

/// <param name="Through">The last period that is recognised.</param>
[GenerateSerializer, Immutable, Alias("revenue-view")]
public sealed record RevenueView(
    string Id, long GrainVersion, string ContractId, string ProjectId, string LegalEntity, string Currency, string CostCurrency,
    DateOnly? Through, ImmutableArray<LineRevenue> Lines, ImmutableArray<LedgerEntry> Entries, ImmutableArray<ExpectedMonth> Expected,
    ImmutableArray<WorkItem> Exceptions);

public static class RevenueIds
{
    /// <summary>The revenue record of a contract.</summary>
    public static string Of(string contractId) => Ids.Derive(Ids.RegionOf(contractId), Ids.Revenue, contractId);
}
