using System.Collections.Immutable;

namespace Q2C.Contracts;

/// <summary>
/// Several customers pay for the same lines: each gets invoices of its own over its share, with its own tax, payments,
/// disputes and credits.
/// </summary>
/// <param name="Payers">Their percents sum to 100; the last takes what rounding leaves.</param>
/// <param name="Lines">Ids of contract lines; null is every line that no other split names.</param>
[GenerateSerializer, Immutable, Alias("bill-split")]
public sealed record BillSplit(ImmutableArray<Payer> Payers, ImmutableArray<string>? Lines = null);

/// <param name="Percent">More than 0, at most 100, with at most nine decimal places.</param>
/// <param name="PurchaseOrder">On the payer's invoices; null is that of the lines.</param>
[GenerateSerializer, Immutable, Alias("payer")]
public sealed record Payer(string CustomerId, CustomerProfile Customer, decimal Percent, string? PurchaseOrder = null);
