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
[GenerateSerializer, Immutable, Alias("terms")]
public sealed record Terms(int Version, DateOnly EffectiveFrom, string Currency, ImmutableArray<ContractLine> Lines)
{
    public ContractLine? Line(string id) => Lines.FirstOrDefault(line => line.Id == id);
}

/// <summary>One thing sold, under one billing model.</summary>
/// <param name="Id">Stable over versions; the quote line it came from.</param>
/// <param name="Service">What is sold, as the legal entity's policies know it: <c>consulting</c>.</param>
/// <param name="Revenue">How it becomes revenue; null for the usual way of its billing model.</param>
[GenerateSerializer, Immutable, Alias("contract-line")]
public sealed record ContractLine(
    string Id, string Service, string Description, BillingModel Billing, DateOnly Start, DateOnly? End,
    string? PurchaseOrder = null, string? CostCentre = null, RevenueTerms? Revenue = null);

[GenerateSerializer, Alias("billing-model")]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "model")]
[JsonDerivedType(typeof(FixedFee), "fixed-fee")]
[JsonDerivedType(typeof(TimeAndMaterials), "time-and-materials")]
[JsonDerivedType(typeof(Expenses), "expenses")]
public abstract record BillingModel
{
    private BillingModel() { }

    /// <summary>A price for the line, billed as its milestones are reached. Their amounts sum to the price.</summary>
    [GenerateSerializer, Immutable, Alias("billing.fixed-fee")]
    public sealed record FixedFee(Money Price, ImmutableArray<Milestone> Milestones) : BillingModel;

    /// <summary>Hours at the rate of the role that worked them, up to the cap if there is one.</summary>
    [GenerateSerializer, Immutable, Alias("billing.time-and-materials")]
    public sealed record TimeAndMaterials(ImmutableArray<RoleRate> Rates, NotToExceed? Cap) : BillingModel;

    /// <summary>Costs passed on with a markup, in percent; 0 passes them on as they are.</summary>
    [GenerateSerializer, Immutable, Alias("billing.expenses")]
    public sealed record Expenses(decimal MarkupPercent, ImmutableArray<string> ExcludedCategories) : BillingModel;
}

[GenerateSerializer, Immutable, Alias("milestone")]
public sealed record Milestone(string Id, string Name, Money Amount, DateOnly? Due);

/// <param name="Hourly">In the contract's currency, at most nine decimal places.</param>
[GenerateSerializer, Immutable, Alias("role-rate")]
public sealed record RoleRate(string Role, decimal Hourly);

/// <summary>The most that may be billed for the line.</summary>
[GenerateSerializer, Immutable, Alias("not-to-exceed")]
public sealed record NotToExceed(Money Amount);
