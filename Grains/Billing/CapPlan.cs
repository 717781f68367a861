using System.Collections.Frozen;
using System.Collections.Immutable;
using Q2C.Contracts;

namespace Q2C.Grains.Billing;

/// <summary>How often a limit begins anew.</summary>
internal enum CapBucket { Life, Day, Month, Quarter, Year }

/// <summary>One limit of the terms: on hours or on money, for one line or for several, for each person or for all.</summary>
/// <param name="Key">Names the limit among those of one version of the terms.</param>
/// <param name="Subject">What people call that which is limited: the line, the phase, the contract.</param>
/// <param name="Ceiling">Minor units, or billionths of an hour.</param>
/// <param name="Limit">The cap as agreed; null for a fixed fee and for the hours of a person, which have no warnings.</param>
internal sealed record CapLayer(
    string Key, string Subject, bool InHours, long Ceiling, CapBucket Bucket, bool PerPerson, ImmutableArray<string> Lines, NotToExceed? Limit)
{
    /// <summary>Billionths of an hour that are billed at least, once any are.</summary>
    public long Least { get; init; }

    /// <summary>In the order of the plan.</summary>
    public int Place { get; init; }

    public AtCap AtCap => Limit?.AtCap ?? AtCap.Stop;

    /// <summary>The first day of the period that the day belongs to; the same for every day if there are no periods.</summary>
    public DateOnly PeriodOf(DateOnly day) => Bucket switch
    {
        CapBucket.Day => day,
        CapBucket.Month => new(day.Year, day.Month, 1),
        CapBucket.Quarter => new(day.Year, ((day.Month - 1) / 3 * 3) + 1, 1),
        CapBucket.Year => new(day.Year, 1, 1),
        _ => DateOnly.MinValue,
    };
}

/// <summary>
/// The limits of one version of the terms, in the order in which work passes through them: the hours of a person, then each
/// line's caps, the phase's, the contract's; of each first hours, then money, and first what is per period.
/// </summary>
internal sealed class CapPlan
{
    public const decimal HourUnits = 1_000_000_000;

    /// <summary>More hours than anybody works in a month.</summary>
    private const decimal NoLimit = 1_000_000;

    private readonly FrozenDictionary<string, CapLayer[]> _ofLine;

    public CapPlan(Terms terms)
    {
        CapLayer[] layers = Placed(
        [
            .. terms.Lines.SelectMany(PersonHours),
            .. terms.Lines.SelectMany(line => OfLimit($"line/{line.Id}", line.Description, [line.Id], CapOf(line))),
            .. terms.Lines.Where(line => line.Billing is BillingModel.FixedFee).Select(Fee),
            .. Shared(terms, ofPhase: true),
            .. Shared(terms, ofPhase: false),
        ]);
        _ofLine = terms.Lines.ToFrozenDictionary(
            line => line.Id, line => layers.Where(layer => layer.Lines.Contains(line.Id)).ToArray(), StringComparer.Ordinal);
        All = [.. layers];
        Refuses = layers.Any(layer => layer.AtCap == AtCap.Refuse);
    }

    public ImmutableArray<CapLayer> All { get; }

    /// <summary>Some limit refuses what does not fit instead of capping it.</summary>
    public bool Refuses { get; }

    /// <summary>Hours use up something on the line.</summary>
    public bool CountsHours(string lineId)
    {
        foreach (var layer in Of(lineId))
            if (layer.InHours) return true;
        return false;
    }

    public ReadOnlySpan<CapLayer> Of(string lineId) => _ofLine.GetValueOrDefault(lineId);

    public static NotToExceed? CapOf(ContractLine line) => line.Billing switch
    {
        BillingModel.TimeAndMaterials time => time.Cap,
        BillingModel.Expenses expenses => expenses.Rules?.Cap,
        _ => null,
    };

    public static long Units(decimal hours) => (long)decimal.Round(hours * HourUnits);

    private static CapLayer[] Placed(CapLayer[] layers) => [.. layers.Select((layer, i) => layer with { Place = i })];

    private static CapLayer Fee(ContractLine line) => new(
        $"line/{line.Id}/fee", line.Description, false, ((BillingModel.FixedFee)line.Billing).Price.Minor, CapBucket.Life, false, [line.Id], null);

    private static IEnumerable<CapLayer> PersonHours(ContractLine line)
    {
        if (line.Billing is not BillingModel.TimeAndMaterials { Time: { } rules }) yield break;
        if (rules.PerDay is { } day) yield return OfPerson("day", CapBucket.Day, day);
        if (rules.PerMonth is { } month) yield return OfPerson("month", CapBucket.Month, month);

        CapLayer OfPerson(string key, CapBucket bucket, HoursLimit limit) =>
            new($"line/{line.Id}/{key}", line.Description, true, Units(limit.Most ?? NoLimit), bucket, true, [line.Id], null) { Least = Units(limit.Least ?? 0) };
    }

    private static IEnumerable<CapLayer> Shared(Terms terms, bool ofPhase) => (terms.Caps ?? [])
        .Where(cap => cap.Phase is not null == ofPhase)
        .OrderBy(cap => cap.Limit.Per is null)
        .SelectMany((cap, i) => OfLimit(
            $"{(ofPhase ? "phase" : "contract")}/{i}/{cap.Name}", cap.Name,
            [.. terms.Lines.Where(line => !ofPhase || line.Phase == cap.Phase).Select(line => line.Id)], cap.Limit));

    private static IEnumerable<CapLayer> OfLimit(string key, string subject, ImmutableArray<string> lines, NotToExceed? limit)
    {
        var bucket = limit?.Per switch
        {
            CapPeriod.Month => CapBucket.Month,
            CapPeriod.Quarter => CapBucket.Quarter,
            CapPeriod.Year => CapBucket.Year,
            _ => CapBucket.Life,
        };
        if (limit?.Hours is { } hours) yield return new($"{key}/hours", subject, true, Units(hours), bucket, false, lines, limit);
        if (limit?.Amount is { } amount) yield return new($"{key}/amount", subject, false, amount.Minor, bucket, false, lines, limit);
    }
}
