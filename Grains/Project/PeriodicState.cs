using System.Collections.Immutable;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>What a project must remember of the lines that are billed by the period, by usage or from retainers.</summary>
/// <param name="Checked">Of periods that end on or before this day nothing is left to bill, as far as is known.</param>
/// <param name="CutOff">The latest cut-off of a billing run.</param>
/// <param name="Lines">Line id → what is on issued invoices.</param>
/// <param name="Open">Id of a charge that is open or reserved → what it bills.</param>
/// <param name="Usage">Line id → what was used, by day.</param>
/// <param name="Counted">Source id → its record as it is counted.</param>
/// <param name="TopUps">By id.</param>
/// <param name="Granted">Line id → the day of the newest top-up that its terms gave.</param>
/// <param name="Draws">Source id → what its item drew.</param>
/// <param name="Paid">Invoice id → what paid it, less what came back.</param>
public sealed record PeriodicState(
    DateOnly Checked,
    DateOnly? CutOff,
    ImmutableDictionary<string, LinePeriods> Lines,
    ImmutableDictionary<string, PeriodPiece> Open,
    ImmutableDictionary<string, ImmutableSortedDictionary<DateOnly, decimal>> Usage,
    ImmutableDictionary<string, CountedUsage> Counted,
    ImmutableDictionary<string, TopUp> TopUps,
    ImmutableDictionary<string, DateOnly> Granted,
    ImmutableDictionary<string, ImmutableArray<RetainerDraw>> Draws,
    ImmutableDictionary<string, ImmutableArray<RetainerDraw>> Paid)
{
    /// <summary>The customer knows of a retainer that pays invoices of other contracts.</summary>
    public bool Pooled { get; init; }

    public static PeriodicState None { get; } = new(
        DateOnly.MinValue, null, ImmutableDictionary<string, LinePeriods>.Empty, ImmutableDictionary<string, PeriodPiece>.Empty,
        ImmutableDictionary<string, ImmutableSortedDictionary<DateOnly, decimal>>.Empty,
        ImmutableDictionary<string, CountedUsage>.Empty, ImmutableDictionary<string, TopUp>.Empty,
        ImmutableDictionary<string, DateOnly>.Empty, ImmutableDictionary<string, ImmutableArray<RetainerDraw>>.Empty,
        ImmutableDictionary<string, ImmutableArray<RetainerDraw>>.Empty);

    internal LinePeriods Line(string id) => Lines.GetValueOrDefault(id, LinePeriods.None);

    internal decimal UsageIn(string lineId, DateOnly from, DateOnly until)
    {
        if (!Usage.TryGetValue(lineId, out var days)) return 0;
        var sum = 0m;
        for (var day = from; day < until; day = day.AddDays(1)) sum += days.GetValueOrDefault(day);
        return sum;
    }

    /// <summary>Whatever ends after the day is to be looked at again.</summary>
    internal PeriodicState Recheck(DateOnly day) => day < Checked ? this with { Checked = day } : this;
}

/// <summary>A record of usage, or of time on a usage line.</summary>
public sealed record CountedUsage(string LineId, DateOnly Date, decimal Quantity);
