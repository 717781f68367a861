using System.Text.Json.Serialization;

namespace Q2C.Revenues;

/// <summary>How what is billed for a contract line becomes revenue.</summary>
/// <param name="SellingPrice">
/// What the line costs sold on its own. Lines that have one share the sum of their prices in proportion to it; a line
/// without keeps its price.
/// </param>
/// <param name="OnChange">What a change of the price does to what is recognised already.</param>
[GenerateSerializer, Immutable, Alias("revenue-terms")]
public sealed record RevenueTerms(
    RevenueTreatment Treatment, Money? SellingPrice = null, PriceChange OnChange = PriceChange.Prospective);

/// <summary>When revenue arises. A line that names none has the one of its billing model.</summary>
[GenerateSerializer, Alias("revenue-treatment")]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "treatment")]
[JsonDerivedType(typeof(PointInTime), "point-in-time")]
[JsonDerivedType(typeof(StraightLine), "straight-line")]
[JsonDerivedType(typeof(PercentComplete), "percent-complete")]
[JsonDerivedType(typeof(AsInvoiced), "as-invoiced")]
[JsonDerivedType(typeof(AsUsed), "as-used")]
public abstract record RevenueTreatment
{
    private RevenueTreatment() { }

    /// <summary>When a milestone is reached, with its amount.</summary>
    [GenerateSerializer, Immutable, Alias("revenue.point-in-time")]
    public sealed record PointInTime : RevenueTreatment;

    /// <summary>
    /// Evenly over time: the price of a line over its dates, or, for a line without a price of its own, what is billed over
    /// the service period of each bill.
    /// </summary>
    [GenerateSerializer, Immutable, Alias("revenue.straight-line")]
    public sealed record StraightLine(
        Spread Spread = Spread.ByDay, RecogniseOn On = RecogniseOn.PeriodEnd, Remainder Remainder = Remainder.Last) : RevenueTreatment;

    /// <summary>The price in proportion to progress. Never more than the price.</summary>
    /// <param name="Estimate">
    /// The whole of what is measured: cost in the legal entity's currency, or hours. Null for output, whose whole is the price.
    /// </param>
    [GenerateSerializer, Immutable, Alias("revenue.percent-complete")]
    public sealed record PercentComplete(ProgressMeasure Measure, decimal? Estimate = null) : RevenueTreatment;

    /// <summary>What may be invoiced for the work done: the practical expedient for time and materials.</summary>
    [GenerateSerializer, Immutable, Alias("revenue.as-invoiced")]
    public sealed record AsInvoiced : RevenueTreatment;

    /// <summary>What is drawn from a prepayment; what expires unused becomes revenue on that day (breakage).</summary>
    [GenerateSerializer, Immutable, Alias("revenue.as-used")]
    public sealed record AsUsed : RevenueTreatment;
}

[GenerateSerializer, Alias("revenue-spread")]
public enum Spread
{
    /// <summary>Each day counts the same, both ends included.</summary>
    ByDay = 0,

    /// <summary>Each whole month counts 1, a partial month its days over the days of that month.</summary>
    ByMonth = 1,
}

[GenerateSerializer, Alias("recognise-on")]
public enum RecogniseOn
{
    /// <summary>The last day of the month, or of the service if that is earlier.</summary>
    PeriodEnd = 0,

    /// <summary>The first day of the month: the month under way is never deferred.</summary>
    PeriodStart = 1,
}

/// <summary>Which part takes what rounding leaves over.</summary>
[GenerateSerializer, Alias("revenue-remainder")]
public enum Remainder { Last = 0, First = 1 }

[GenerateSerializer, Alias("progress-measure")]
public enum ProgressMeasure
{
    /// <summary>Cost incurred over estimated cost.</summary>
    CostToCost = 0,

    /// <summary>Hours worked over estimated hours.</summary>
    Effort = 1,

    /// <summary>What is delivered at contract prices over the price.</summary>
    Output = 2,
}

[GenerateSerializer, Alias("price-change")]
public enum PriceChange
{
    /// <summary>What is recognised stays; the rest of the new price is recognised with the rest of the work.</summary>
    Prospective = 0,

    /// <summary>As if the new price had held from the start: the difference is recognised at once.</summary>
    CumulativeCatchUp = 1,
}
