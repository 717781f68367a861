using System.Collections.Immutable;
using Q2C.Invoices;

namespace Q2C.Projects;

/// <summary>What earlier invoices left of a project's discounts and down payment. Given to one run at a time.</summary>
/// <param name="DiscountsUsed">Discount → what invoices have had of its amount.</param>
/// <param name="Final">The project is closed: this is its last invoice.</param>
[GenerateSerializer, Immutable, Alias("adjustment-balances")]
public sealed record AdjustmentBalances(
    ImmutableDictionary<string, Money> DiscountsUsed, ImmutableArray<DownPaymentBalance> DownPayment, bool Final);

/// <summary>The part of a down payment that is for one contract line.</summary>
/// <param name="Price">Of the line: its fixed price, or its cap.</param>
/// <param name="Invoiced">Of the down payment.</param>
/// <param name="Deducted">Of that, from invoices of work.</param>
/// <param name="Billed">Of the line's work, before any deduction.</param>
[GenerateSerializer, Immutable, Alias("down-payment-balance")]
public sealed record DownPaymentBalance(string LineId, Money Price, Money Invoiced, Money Deducted, Money Billed);

/// <summary>The down payment of the terms, or what a change order changed of it, is there to be invoiced.</summary>
[GenerateSerializer, Immutable, Alias("project.down-payment-asked.v1")]
public sealed record DownPaymentAsked(ImmutableArray<BillableItem> Items, DateTimeOffset At) : Event;

/// <summary>Discounts and deductions that are on an issued invoice.</summary>
/// <param name="Lines">Those of the project that have any.</param>
[GenerateSerializer, Immutable, Alias("project.adjustments-invoiced.v1")]
public sealed record AdjustmentsInvoiced(string InvoiceId, ImmutableArray<IssuedLine> Lines, DateTimeOffset At) : Event;

/// <summary>A credit memo took back lines with discounts or deductions, or the down payment itself.</summary>
/// <param name="Reopened">Items of the down payment that are asked for again.</param>
[GenerateSerializer, Immutable, Alias("project.adjustments-credited.v1")]
public sealed record AdjustmentsCredited(
    string CreditMemoId, string InvoiceId, ImmutableArray<CreditedLine> Lines, ImmutableArray<CreditedItem> DownPayments,
    ImmutableArray<BillableItem> Reopened, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("credited-line")]
public sealed record CreditedLine(string LineId, Money Net);

[GenerateSerializer, Immutable, Alias("project.down-payment-paid.v1")]
public sealed record DownPaymentPaid(string InvoiceId, DateTimeOffset At) : Event;
