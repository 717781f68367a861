using System.Collections.Frozen;
using System.Collections.Immutable;
using Q2C.Contracts;

namespace Q2C.Grains.Billing;

/// <summary>One version of the terms, by line, role and milestone.</summary>
internal sealed class TermsIndex
{
    private readonly FrozenDictionary<string, ContractLine> _lines;
    private readonly FrozenDictionary<string, HourlyLine> _hourly;
    private readonly FrozenDictionary<string, HourlyLine[]> _hourlyByRole;
    private readonly HourlyLine[] _ofAnyRole;
    private readonly FrozenDictionary<string, (ContractLine Line, Milestone Milestone)> _milestones;

    public TermsIndex(Terms terms, Party party)
    {
        Terms = terms;
        _lines = terms.Lines.ToFrozenDictionary(line => line.Id, StringComparer.Ordinal);
        HourlyLine[] hourly =
        [
            .. terms.Lines
                .Where(line => line.Billing is BillingModel.TimeAndMaterials)
                .Select(line => new HourlyLine(line, RateTable.Of((BillingModel.TimeAndMaterials)line.Billing, party))),
        ];
        _hourly = hourly.ToFrozenDictionary(each => each.Line.Id, StringComparer.Ordinal);
        _ofAnyRole = [.. hourly.Where(each => each.Rates.TakesAnyRole)];
        _hourlyByRole = hourly.SelectMany(each => each.Rates.Roles).Distinct().ToFrozenDictionary(
            role => role,
            role => hourly.Where(each => each.Rates.TakesAnyRole || each.Rates.Roles.Contains(role)).ToArray(), StringComparer.Ordinal);
        _milestones = terms.Lines
            .SelectMany(line => line.Billing is BillingModel.FixedFee fee
                ? fee.Milestones.Select(milestone => (Line: line, Milestone: milestone))
                : [])
            .ToFrozenDictionary(pair => pair.Milestone.Id, StringComparer.Ordinal);
        ExpenseLines = [.. terms.Lines.Where(line => line.Billing is BillingModel.Expenses)];
        Caps = new(terms);
    }

    public Terms Terms { get; }

    public ImmutableArray<ContractLine> ExpenseLines { get; }

    public CapPlan Caps { get; }

    public ContractLine? Line(string id) => _lines.GetValueOrDefault(id);

    /// <summary>Null for a line that does not sell hours.</summary>
    public HourlyLine? Hourly(string lineId) => _hourly.GetValueOrDefault(lineId);

    /// <summary>The lines that may have a rate for the role; empty for a role that nobody sold.</summary>
    public ReadOnlySpan<HourlyLine> Offers(string role) => _hourlyByRole.GetValueOrDefault(role, _ofAnyRole);

    public bool TryMilestone(string id, out ContractLine line, out Milestone milestone)
    {
        var found = _milestones.TryGetValue(id, out var pair);
        (line, milestone) = pair;
        return found;
    }
}

/// <summary>A line that sells hours, with its rates ready for look-up.</summary>
internal sealed class HourlyLine(ContractLine line, RateTable rates)
{
    public ContractLine Line => line;

    public RateTable Rates => rates;

    public TimeRules? Time { get; } = ((BillingModel.TimeAndMaterials)line.Billing).Time;

    /// <summary>Covers every day without being asked: no look at the dates is needed.</summary>
    public bool Covers(DateOnly day) => day >= line.Start && (line.End is not { } end || day <= end);
}
