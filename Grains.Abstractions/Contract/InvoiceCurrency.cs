using System.Collections.Immutable;
using Q2C.Invoices;

namespace Q2C.Contracts;

/// <summary>
/// Invoices are in another currency than the contract: what is billed is converted line by line when the draft is made, at the
/// rate that is in force on its date. Both amounts and the rate stand on the document.
/// </summary>
/// <param name="Source">Who gives the rates: a central bank, the contract itself.</param>
/// <param name="Rates">The first is in force from the first day of the lines on.</param>
[GenerateSerializer, Immutable, Alias("invoice-currency")]
public sealed record InvoiceCurrency(string Currency, string Source, ImmutableArray<InvoiceRate> Rates)
{
    /// <summary>The newest that is in force; before the first one, that.</summary>
    public AppliedRate On(DateOnly date)
    {
        var rates = Rates.OrderBy(rate => rate.From).ToArray();
        var rate = rates.LastOrDefault(rate => rate.From <= date) ?? rates[0];
        return new(rate.Rate, rate.From, Source);
    }
}

/// <param name="From">In force from this day until the next rate.</param>
/// <param name="Rate">Of the invoice's currency for one unit of the contract's, at most nine decimal places.</param>
[GenerateSerializer, Immutable, Alias("invoice-rate")]
public sealed record InvoiceRate(DateOnly From, decimal Rate);
