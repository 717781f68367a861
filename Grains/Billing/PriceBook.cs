using System.Collections.Immutable;
using Q2C.Contracts;

namespace Q2C.Grains.Billing;

/// <summary>Every version of a contract's terms, prepared for look-ups once per version. Immutable.</summary>
internal sealed class PriceBook
{
    private readonly ImmutableArray<TermsIndex> _versions;
    private readonly Party _party;

    private PriceBook(ImmutableArray<TermsIndex> versions, Rounding rounding, Party party) =>
        (_versions, Rounding, _party) = (versions, rounding, party);

    public static PriceBook Empty { get; } = new([], Rounding.HalfUp, default);

    public Rounding Rounding { get; }

    public bool IsEmpty => _versions.IsEmpty;

    public TermsIndex First => _versions[0];

    public TermsIndex Newest => _versions[^1];

    /// <param name="history">In order of version, without gaps in what they cover: each from its date until the next.</param>
    public static PriceBook Of(ImmutableArray<Terms> history, Rounding rounding, Party party = default) =>
        new([.. history.Select(terms => new TermsIndex(terms, party))], rounding, party);

    public PriceBook With(Terms next) => new(_versions.Add(new TermsIndex(next, _party)), Rounding, _party);

    /// <summary>The newest version that is effective on the day; null before the first.</summary>
    public TermsIndex? InForce(DateOnly day)
    {
        for (var i = _versions.Length - 1; i >= 0; i--)
            if (_versions[i].Terms.EffectiveFrom <= day) return _versions[i];
        return null;
    }
}

/// <summary>For whom the rates of a card are looked up; rules for another project or customer play no part.</summary>
internal readonly record struct Party(string? Project, string? Customer);
