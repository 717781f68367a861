using System.Collections.Immutable;

namespace Q2C.Contracts;

/// <summary>How expenses of a line are billed beyond the markup that holds for all.</summary>
/// <param name="Categories">Rules of single categories; what a category does not say holds as for all.</param>
/// <param name="OnlyListed">Only the listed categories are billed; null is every category that is not excluded.</param>
/// <param name="ReceiptAbove">An expense above this cost is billed only with a receipt.</param>
/// <param name="Conversion">How receipts in other currencies are converted; null takes none.</param>
[GenerateSerializer, Immutable, Alias("expense-rules")]
public sealed record ExpenseRules(
    ImmutableArray<CategoryRule>? Categories = null, bool? OnlyListed = null, NotToExceed? Cap = null,
    Money? ReceiptAbove = null, Conversion? Conversion = null);

/// <param name="Price">Per unit of the expense (a kilometre, a day), whatever it cost; null bills the cost with the markup.</param>
/// <param name="Unit">What the price is for; null is <c>unit</c>.</param>
[GenerateSerializer, Immutable, Alias("category-rule")]
public sealed record CategoryRule(string Category, decimal? MarkupPercent = null, decimal? Price = null, string? Unit = null);

/// <summary>Receipts in other currencies are converted at the rate of this source that is in force on the rate date.</summary>
[GenerateSerializer, Immutable, Alias("conversion")]
public sealed record Conversion(string Source, RateDate On, ImmutableArray<ExchangeRate> Rates);

/// <param name="Rate">Contract currency for one unit of this currency.</param>
/// <param name="From">In force from this day until the next rate of the same currency.</param>
[GenerateSerializer, Immutable, Alias("exchange-rate")]
public sealed record ExchangeRate(string Currency, DateOnly From, decimal Rate);

[GenerateSerializer, Alias("rate-date")]
public enum RateDate { ExpenseDate, MonthStart, MonthEnd }
