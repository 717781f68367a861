using System.Collections.Frozen;
using System.Collections.Immutable;
using Q2C.Contracts;

namespace Q2C.Grains.Billing;

/// <summary>Every version of a contract's terms, prepared for look-ups once per version. Immutable.</summary>
internal sealed class PriceBook
{
    private readonly ImmutableArray<TermsIndex> _versions;

    private PriceBook(ImmutableArray<TermsIndex> versions, Rounding rounding) => (_versions, Rounding) = (versions, rounding);

    public static PriceBook Empty { get; } = new([], Rounding.HalfUp);

    public Rounding Rounding { get; }

    public bool IsEmpty => _versions.IsEmpty;

    public TermsIndex First => _versions[0];

    public TermsIndex Newest => _versions[^1];

    /// <param name="history">In order of version, without gaps in what they cover: each from its date until the next.</param>
    public static PriceBook Of(ImmutableArray<Terms> history, Rounding rounding) =>
        new([.. history.Select(terms => new TermsIndex(terms))], rounding);

    public PriceBook With(Terms next) => new(_versions.Add(new TermsIndex(next)), Rounding);

    /// <summary>The newest version that is effective on the day; null before the first.</summary>
    public TermsIndex? InForce(DateOnly day)
    {
        for (var i = _versions.Length - 1; i >= 0; i--)
            if (_versions[i].Terms.EffectiveFrom <= day) return _versions[i];
        return null;
    }

    /// <summary>
    /// The most that may ever be billed for the line, in minor units: the newest version's cap, or its fixed fee; null
    /// for a line without such a limit. A ceiling belongs to the line as a whole, so the day of the work plays no part.
    /// </summary>
    public Money? Ceiling(string lineId) => IsEmpty ? null : Newest.Line(lineId)?.Billing switch
    {
        BillingModel.TimeAndMaterials time => time.Cap?.Amount,
        BillingModel.FixedFee fee => fee.Price,
        _ => null,
    };
}

/// <summary>One version of the terms, by line, role and milestone.</summary>
internal sealed class TermsIndex
{
    private readonly FrozenDictionary<string, ContractLine> _lines;
    private readonly FrozenDictionary<string, RoleOffer[]> _offersByRole;
    private readonly FrozenDictionary<(string Line, string Role), decimal> _rates;
    private readonly FrozenDictionary<string, (ContractLine Line, Milestone Milestone)> _milestones;

    public TermsIndex(Terms terms)
    {
        Terms = terms;
        _lines = terms.Lines.ToFrozenDictionary(line => line.Id, StringComparer.Ordinal);
        var offers = terms.Lines
            .SelectMany(line => line.Billing is BillingModel.TimeAndMaterials time
                ? time.Rates.Select(rate => (rate.Role, Offer: new RoleOffer(line, rate.Hourly)))
                : [])
            .ToArray();
        _offersByRole = offers.GroupBy(offer => offer.Role, StringComparer.Ordinal)
            .ToFrozenDictionary(role => role.Key, role => role.Select(offer => offer.Offer).ToArray(), StringComparer.Ordinal);
        _rates = offers.ToFrozenDictionary(offer => (offer.Offer.Line.Id, offer.Role), offer => offer.Offer.Hourly);
        _milestones = terms.Lines
            .SelectMany(line => line.Billing is BillingModel.FixedFee fee
                ? fee.Milestones.Select(milestone => (Line: line, Milestone: milestone))
                : [])
            .ToFrozenDictionary(pair => pair.Milestone.Id, StringComparer.Ordinal);
        ExpenseLines = [.. terms.Lines.Where(line => line.Billing is BillingModel.Expenses)];
    }

    public Terms Terms { get; }

    public ImmutableArray<ContractLine> ExpenseLines { get; }

    public ContractLine? Line(string id) => _lines.GetValueOrDefault(id);

    /// <summary>The lines that offer the role, with their rates; empty for a role that nobody sold.</summary>
    public ReadOnlySpan<RoleOffer> Offers(string role) => _offersByRole.GetValueOrDefault(role);

    public bool TryRate(string lineId, string role, out decimal hourly) => _rates.TryGetValue((lineId, role), out hourly);

    public bool TryMilestone(string id, out ContractLine line, out Milestone milestone)
    {
        var found = _milestones.TryGetValue(id, out var pair);
        (line, milestone) = pair;
        return found;
    }
}

internal readonly record struct RoleOffer(ContractLine Line, decimal Hourly);
