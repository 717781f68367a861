using System.Collections.Immutable;

namespace Q2C.Revenues;

/// <summary>Where the revenue of one contract line stands.</summary>
/// <param name="Stated">The price in the terms; null for a line that is billed by what is done or used.</param>
/// <param name="Price">The transaction price that is allocated to the line, less what was credited for good.</param>
/// <param name="Billed">Net on issued invoices less credits.</param>
/// <param name="Kept">Credited for good: not to be billed again.</param>
/// <param name="KeptItems">The part of it that the project does not report as earned any more.</param>
/// <param name="Cost">Incurred, in the legal entity's currency.</param>
/// <param name="CostRecognised">The part of the cost that belongs to recognised revenue; the rest is work in progress.</param>
/// <param name="Base">Recognised when the price last changed for the future only, and the progress at that time.</param>
/// <param name="Segments">What is recognised over time.</param>
/// <param name="Latest">What the project last reported.</param>
[GenerateSerializer, Immutable, Alias("line-revenue")]
public sealed record LineRevenue(
    string LineId, RevenueTerms Terms, string? CostCentre, DateOnly Start, DateOnly? End, Money? Stated, Money? Price,
    Money Billed, Money Recognised, Money Kept, Money KeptItems, Money Cost, Money CostRecognised, RecognitionBase Base,
    ImmutableArray<RevenueSegment> Segments, LinePosition? Latest = null)
{
    /// <summary>Billed and not recognised: a liability.</summary>
    public Money Deferred => Money.Max(Billed - Recognised, Money.Zero(Billed.Currency));

    /// <summary>Recognised and not billed: an asset.</summary>
    public Money Unbilled => Money.Max(Recognised - Billed, Money.Zero(Billed.Currency));
}

/// <summary>From here on the rest of the price goes with the rest of the progress.</summary>
/// <param name="Progress">0 to 1.</param>
[GenerateSerializer, Immutable, Alias("recognition-base")]
public sealed record RecognitionBase(Money Recognised, decimal Progress);

/// <summary>An amount that is recognised from one day to another, both included.</summary>
/// <param name="Id">The line itself, or the invoice line that billed it.</param>
[GenerateSerializer, Immutable, Alias("revenue-segment")]
public sealed record RevenueSegment(string Id, Money Amount, DateOnly From, DateOnly To);

/// <summary>What a project has done of one contract line up to a day.</summary>
/// <param name="Earned">What may be billed for work up to that day, and whatever is on an issued invoice.</param>
/// <param name="Hours">Worked, billable or not.</param>
/// <param name="Cost">In the legal entity's currency; null if no cost is known.</param>
/// <param name="Forfeited">Prepaid and expired unused.</param>
/// <param name="Periods">Services under way or done that are not on an invoice yet.</param>
[GenerateSerializer, Immutable, Alias("line-position")]
public sealed record LinePosition(
    string LineId, Money Earned, decimal Hours, Money? Cost = null, Money? Forfeited = null,
    ImmutableArray<RevenueSegment>? Periods = null);
