using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Q2C.Contracts;

/// <summary>What is billed by the period, by what is used, or drawn from what was paid before.</summary>
[JsonDerivedType(typeof(Recurring), "recurring")]
[JsonDerivedType(typeof(Usage), "usage")]
[JsonDerivedType(typeof(Commitment), "commitment")]
[JsonDerivedType(typeof(Retainer), "retainer")]
public abstract partial record BillingModel
{
    /// <summary>A price for each period. A change order, a suspension or an end within a period bills its part of it.</summary>
    /// <param name="Price">Of one unit for one whole period, in the contract's currency, at most nine decimal places.</param>
    /// <param name="Phases">From the line's first day, one after another; the price of the line follows the last.</param>
    /// <param name="OnQuantityChange">Null is <see cref="QuantityChange.Prorated"/>.</param>
    /// <param name="Suspended">Nothing is billed from the day on from which a version of the terms says so.</param>
    /// <param name="OnEnd">What becomes of a period under way when the line ends; null is <see cref="EndSettlement.Credit"/>.</param>
    [GenerateSerializer, Immutable, Alias("billing.recurring")]
    public sealed record Recurring(
        decimal Price, BillingPeriod Period, decimal Quantity = 1, ImmutableArray<PricePhase>? Phases = null,
        QuantityChange? OnQuantityChange = null, bool? Suspended = null, EndSettlement? OnEnd = null) : BillingModel;

    /// <summary>
    /// What was used in each period, by the terms in force on the period's last day. In arrears it is billed at the end of
    /// the period, in advance as it is recorded.
    /// </summary>
    /// <param name="Unit">What is counted, as the invoice names it.</param>
    /// <param name="Minimum">The least for a whole period; what is missing to it is billed at the period's end.</param>
    /// <param name="BillEarlyAt">Amounts of the period, rising: when usage reaches one, what is not billed yet is billed at once.</param>
    /// <param name="CountsHours">Time that names the line is counted, too, by the hour.</param>
    /// <param name="ShowsZero">A period without usage is an item of zero; otherwise it is none.</param>
    [GenerateSerializer, Immutable, Alias("billing.usage")]
    public sealed record Usage(
        string Unit, BillingPeriod Period, TierRule Rule, ImmutableArray<Tier> Tiers, Money? Minimum = null,
        ImmutableArray<Money>? BillEarlyAt = null, bool? CountsHours = null, bool? ShowsZero = null) : BillingModel;

    /// <summary>A least amount for each period over other lines; what they lack is billed when the period is over.</summary>
    /// <param name="Lines">Ids of recurring and usage lines of the same contract.</param>
    [GenerateSerializer, Immutable, Alias("billing.commitment")]
    public sealed record Commitment(Money Minimum, BillingPeriod Period, ImmutableArray<string> Lines) : BillingModel;

    /// <summary>Hours or money bought beforehand, and drawn by work and invoices of the lines in its scope.</summary>
    /// <param name="Quantity">Bought at the line's start, or with each period if it renews.</param>
    /// <param name="Price">Of one unit.</param>
    /// <param name="Covers">Ids of lines, or services; time that names the retainer's own line is always covered.</param>
    /// <param name="Renews">Null is bought once.</param>
    /// <param name="Priority">The lowest is drawn first, of the same the oldest; null is 100.</param>
    /// <param name="Pooled">Of money: pays invoices of the customer's other contracts too, of lines whose service it covers.</param>
    /// <param name="OverageRate">Of hours beyond it; null is the rate of the line that the work belongs to.</param>
    [GenerateSerializer, Immutable, Alias("billing.retainer")]
    public sealed record Retainer(
        RetainerUnit Unit, decimal Quantity, decimal Price, ImmutableArray<string> Covers, BillingPeriod? Renews = null,
        int? Priority = null, RetainerExpiry? Expiry = null, decimal? OverageRate = null, bool? Pooled = null) : BillingModel
    {
        public const int UsualPriority = 100;
    }
}

/// <summary>How a line's time is cut into periods, when each is billed, and how a part of one is counted.</summary>
/// <param name="Interval">Units in one period.</param>
/// <param name="AnchorDay">
/// Of months and longer: the day of the month on which periods begin, 1 to 31, where the last day stands in for one that a
/// month does not have. Of weeks: 1 is Monday. Null begins them with the line.
/// </param>
/// <param name="AnchorMonth">Of months and longer: a month in which a period begins, 1 to 12; null is the first that the anchor day gives.</param>
/// <param name="Timing">Null is <see cref="BillingTiming.InAdvance"/>.</param>
/// <param name="Proration">Null is <see cref="Contracts.Proration.ActualDays"/>.</param>
/// <param name="DaysPerMonth">Of <see cref="Contracts.Proration.Thirty360"/> and <see cref="Contracts.Proration.Fixed30"/>; null is 30.</param>
/// <param name="InvoiceDay">In arrears; null is <see cref="ArrearsDay.DayAfter"/>.</param>
[GenerateSerializer, Immutable, Alias("billing-period")]
public sealed record BillingPeriod(
    PeriodUnit Unit, int Interval = 1, int? AnchorDay = null, int? AnchorMonth = null, BillingTiming? Timing = null,
    Proration? Proration = null, int? DaysPerMonth = null, ArrearsDay? InvoiceDay = null);

[GenerateSerializer, Alias("period-unit")]
public enum PeriodUnit { Day, Week, Month, Quarter, Semester, Year }

[GenerateSerializer, Alias("billing-timing")]
public enum BillingTiming
{
    /// <summary>On the first day of a period.</summary>
    InAdvance,

    /// <summary>When a period is over.</summary>
    InArrears,
}

/// <summary>How a part of a period is counted.</summary>
[GenerateSerializer, Alias("proration")]
public enum Proration
{
    /// <summary>Its days over the days of the period it is in.</summary>
    ActualDays,

    /// <summary>Its days over 30 for each month of the period.</summary>
    Fixed30,

    /// <summary>Both counted with months of 30 days: from the 27th to the end of any month are 4 of 30.</summary>
    Thirty360,

    /// <summary>A part costs as much as the whole.</summary>
    None,
}

[GenerateSerializer, Alias("arrears-day")]
public enum ArrearsDay { DayAfter, LastDay }

/// <param name="Length">In units; the phase ends on the day that many units after its first.</param>
/// <param name="Price">As of the line; 0 is free.</param>
[GenerateSerializer, Immutable, Alias("price-phase")]
public sealed record PricePhase(int Length, PeriodUnit Unit, decimal Price);

[GenerateSerializer, Alias("quantity-change")]
public enum QuantityChange
{
    /// <summary>From its day on, by the part of the period that is left; a decrease is credited.</summary>
    Prorated,

    /// <summary>A period costs its highest quantity in full: an increase bills what is above it, a decrease gives nothing back.</summary>
    Highest,
}

/// <summary>What becomes of a period in advance when its line ends before it does.</summary>
[GenerateSerializer, Alias("end-settlement")]
public enum EndSettlement
{
    /// <summary>The days that are left are credited.</summary>
    Credit,

    /// <summary>They are credited, and the credit is to be paid out.</summary>
    Refund,

    /// <summary>The period stays billed in full.</summary>
    Skip,
}

[GenerateSerializer, Alias("tier-rule")]
public enum TierRule
{
    /// <summary>Each part of the quantity at the price of its own tier.</summary>
    Graduated,

    /// <summary>All of the quantity at the price of the tier that it ends in.</summary>
    Volume,
}

/// <summary>Prices up to a quantity.</summary>
/// <param name="UpTo">Inclusive; null only in the last, which has no end.</param>
/// <param name="UnitPrice">For one unit, or for one package, begun ones in full.</param>
/// <param name="Flat">On top, as soon as the tier is reached.</param>
/// <param name="Package">Units in a package; null is no package.</param>
[GenerateSerializer, Immutable, Alias("tier")]
public sealed record Tier(decimal? UpTo, decimal UnitPrice, decimal? Flat = null, decimal? Package = null);

[GenerateSerializer, Alias("retainer-unit")]
public enum RetainerUnit
{
    Hours,

    /// <summary>Pays invoices of its lines, tax included.</summary>
    Money,
}

/// <param name="After">In units, from the day of the top-up; the last day on which it can be drawn is the day before.</param>
/// <param name="RollOver">What is left when it expires begins anew, once; otherwise it is forfeited.</param>
[GenerateSerializer, Immutable, Alias("retainer-expiry")]
public sealed record RetainerExpiry(int After, PeriodUnit Unit, bool RollOver = false);
