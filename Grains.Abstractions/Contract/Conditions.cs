using System.Collections.Immutable;

namespace Q2C.Contracts;

/// <summary>Terms that hold for the invoices of a contract as a whole and not for one of its lines.</summary>
/// <param name="Discounts">In the order in which they are given.</param>
/// <param name="InvoicedIn">Null is the currency of the contract.</param>
/// <param name="Splits">Null is that the contract's customer pays for everything.</param>
[GenerateSerializer, Immutable, Alias("conditions")]
public sealed record Conditions(
    ImmutableArray<Discount>? Discounts = null, DownPayment? DownPayment = null, Retention? Retention = null,
    ImmutableArray<BillSplit>? Splits = null, InvoiceCurrency? InvoicedIn = null)
{
    /// <summary>Every payer once, of all splits.</summary>
    public ImmutableArray<Payer> Payers => [.. (Splits ?? []).SelectMany(split => split.Payers).DistinctBy(payer => payer.CustomerId)];
}

/// <summary>
/// A reduction before tax, as a percent or as an amount. Discounts are given in their order, each on what those before it
/// left of the lines in its scope, and spread over these lines in proportion to that.
/// </summary>
/// <param name="Percent">More than 0, at most 100; null if it is an amount.</param>
/// <param name="Amount">More than zero; null if it is a percent.</param>
/// <param name="Lines">Ids of contract lines; null is all of them.</param>
/// <param name="From">Of the invoice's date; null is from the beginning.</param>
/// <param name="Use">Of an amount; null is <see cref="DiscountUse.InAll"/>.</param>
[GenerateSerializer, Immutable, Alias("discount")]
public sealed record Discount(
    string Id, string Name, decimal? Percent, Money? Amount, ImmutableArray<string>? Lines = null, DateOnly? From = null,
    DateOnly? Until = null, DiscountUse? Use = null);

/// <summary>How often the amount of a discount is given.</summary>
[GenerateSerializer, Alias("discount-use")]
public enum DiscountUse
{
    /// <summary>Once in all: what an invoice leaves of it goes to the next.</summary>
    InAll,

    /// <summary>On each invoice anew.</summary>
    EachInvoice,
}

/// <summary>Money invoiced before the work, and deducted from the invoices of the work.</summary>
/// <param name="Percent">Of the price of the lines in its scope (their cap, for time); null if it is an amount.</param>
/// <param name="Amount">Net of tax, spread over the lines in proportion to their price; null if it is a percent.</param>
/// <param name="Lines">Ids of contract lines; null is every line that has a price or a cap.</param>
/// <param name="Deduct">Null is <see cref="Deduction.OnFinal"/>.</param>
/// <param name="BlocksWork">True: no work is invoiced before the down payment is paid in full.</param>
[GenerateSerializer, Immutable, Alias("down-payment")]
public sealed record DownPayment(
    decimal? Percent, Money? Amount, ImmutableArray<string>? Lines = null, Deduction? Deduct = null, bool? BlocksWork = null);

[GenerateSerializer, Alias("deduction")]
public enum Deduction
{
    /// <summary>In full on the final invoice: the one that completes the lines' price, or the first after the project was closed.</summary>
    OnFinal,

    /// <summary>From every invoice, as much of it as the invoice is of the line's price; the final takes the remainder.</summary>
    Proportional,

    /// <summary>From the first invoices, as far as their amount goes.</summary>
    AsEarned,
}

/// <summary>A part of each invoice that the customer holds back until it is released.</summary>
/// <param name="Percent">At most 100; null if it is an amount.</param>
/// <param name="Amount">Of each invoice; of a smaller invoice all of it. Null if it is a percent.</param>
/// <param name="Of">What the percent is of; null is <see cref="RetentionBase.Net"/>.</param>
[GenerateSerializer, Immutable, Alias("retention")]
public sealed record Retention(decimal? Percent, Money? Amount, RetentionBase? Of = null);

[GenerateSerializer, Alias("retention-base")]
public enum RetentionBase { Net, Total }
