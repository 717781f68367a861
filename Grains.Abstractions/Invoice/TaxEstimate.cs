using System.Collections.Immutable;

namespace Q2C.Invoices;

/// <summary>
/// The tax engine does not answer: the draft is taxed by the percents of the policy and goes on. What the engine says when
/// it is back is trued up. Sent by a person with a reason, or by Q2C when the policy says so.
/// </summary>
[GenerateSerializer, Immutable, Alias("invoice.estimate-tax.v1")]
public sealed record EstimateTax(string? Reason) : Command;

/// <summary>The tax engine does not answer; if it still does not then, the tax is estimated.</summary>
[GenerateSerializer, Immutable, Alias("invoice.tax-estimate-due.v1")]
public sealed record TaxEstimateDue(DueCommand Due, DateTimeOffset At) : Event, ISchedules;

/// <summary>The engine's answer came when the invoice with the estimate was on its way to the ERP, or issued.</summary>
[GenerateSerializer, Immutable, Alias("invoice.tax-answered.v1")]
public sealed record TaxAnswered(ImmutableArray<TaxAnswerLine> Lines, Money Tax, DateTimeOffset At) : Event;

/// <summary>
/// What an issued invoice has in estimated tax and what the engine says it owes are the same in the books again. The invoice
/// itself does not change.
/// </summary>
/// <param name="Difference">Owed beyond what was invoiced; negative for too much.</param>
/// <param name="Date">Of its postings.</param>
[GenerateSerializer, Immutable, Alias("invoice.tax-trued-up.v1")]
public sealed record TaxTruedUp(
    string InvoiceId, Money Estimated, Money Tax, Money Difference, ImmutableArray<Posting> Postings, DateTimeOffset At, string? ContractId = null,
    string? LegalEntity = null, DateOnly? Date = null) : Event;
