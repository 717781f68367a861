using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Q2C.Revenues;

namespace Q2C.Contracts;

/// <summary>
/// The commercial terms of a contract: one version, complete. A change order makes the next version, effective from
/// its date.
/// </summary>
/// <param name="Version">1 for the quote as accepted.</param>
/// <param name="EffectiveFrom">Work on or after this day is priced by this version.</param>
/// <param name="Caps">Caps over the lines of a phase or over the whole contract.</param>
/// <param name="Conditions">What holds for its invoices as a whole; null is nothing beyond the lines.</param>
[GenerateSerializer, Immutable, Alias("terms")]
public sealed record Terms(
    int Version, DateOnly EffectiveFrom, string Currency, ImmutableArray<ContractLine> Lines,
    ImmutableArray<SharedCap>? Caps = null, Conditions? Conditions = null)
{
    public ContractLine? Line(string id) => Lines.FirstOrDefault(line => line.Id == id);

    internal IEnumerable<string> PayerIds => (Conditions?.Payers ?? []).Select(payer => payer.CustomerId);
}

/// <summary>One thing sold, under one billing model.</summary>
/// <param name="Id">Stable over versions; the quote line it came from.</param>
/// <param name="Service">What is sold, as the legal entity's policies know it: <c>consulting</c>.</param>
/// <param name="Revenue">How it becomes revenue; null for the usual way of its billing model.</param>
/// <param name="Phase">Lines of one phase can share a cap.</param>
/// <param name="DeliveredBy">The company of the firm that does the work, where that is not the one that sells it.</param>
[GenerateSerializer, Immutable, Alias("contract-line")]
public sealed record ContractLine(
    string Id, string Service, string Description, BillingModel Billing, DateOnly Start, DateOnly? End,
    string? PurchaseOrder = null, string? CostCentre = null, RevenueTerms? Revenue = null, string? Phase = null,
    string? DeliveredBy = null);

[GenerateSerializer, Alias("billing-model")]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "model")]
[JsonDerivedType(typeof(FixedFee), "fixed-fee")]
[JsonDerivedType(typeof(TimeAndMaterials), "time-and-materials")]
[JsonDerivedType(typeof(Expenses), "expenses")]
public abstract partial record BillingModel
{
    private BillingModel() { }

    /// <summary>
    /// A price for the line, billed as its milestones are reached, whose amounts sum to the price, or as the work makes
    /// progress. Hours are recorded against it and not billed.
    /// </summary>
    /// <param name="Quantity">A line sold by quantity: the price is for this many units, and a milestone delivers its share of them.</param>
    [GenerateSerializer, Immutable, Alias("billing.fixed-fee")]
    public sealed record FixedFee(
        Money Price, ImmutableArray<Milestone> Milestones, ProgressBilling? Progress = null, decimal? Quantity = null) : BillingModel;

    /// <summary>Hours at the rate of the role that worked them, up to the cap if there is one.</summary>
    /// <param name="Card">Rates by more than the role; a role's own rate is a rule of the card like any other.</param>
    [GenerateSerializer, Immutable, Alias("billing.time-and-materials")]
    public sealed record TimeAndMaterials(
        ImmutableArray<RoleRate> Rates, NotToExceed? Cap, RateCard? Card = null, TimeRules? Time = null) : BillingModel;

    /// <summary>Costs passed on with a markup, in percent; 0 passes them on as they are.</summary>
    [GenerateSerializer, Immutable, Alias("billing.expenses")]
    public sealed record Expenses(
        decimal MarkupPercent, ImmutableArray<string> ExcludedCategories, ExpenseRules? Rules = null) : BillingModel;
}

/// <param name="Percent">Of the line's price; the amount is then its share of the price, by largest remainder.</param>
[GenerateSerializer, Immutable, Alias("milestone")]
public sealed record Milestone(string Id, string Name, Money Amount, DateOnly? Due, decimal? Percent = null);

/// <param name="Hourly">In the contract's currency, at most nine decimal places.</param>
[GenerateSerializer, Immutable, Alias("role-rate")]
public sealed record RoleRate(string Role, decimal Hourly);
