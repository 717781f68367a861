using System.Collections.Immutable;

namespace Q2C.Projects;

/// <summary>
/// The invoice of one payer did not come about before any other of the same items: they stay set aside until the others are
/// decided.
/// </summary>
[GenerateSerializer, Immutable, Alias("project.shares-rejected.v1")]
public sealed record SharesRejected(string InvoiceId, ImmutableArray<string> ItemIds, DateTimeOffset At) : Event;

/// <summary>Shares of items that are on the invoices of other payers, and whose own invoice did not come about: open, for their payer alone.</summary>
[GenerateSerializer, Immutable, Alias("project.shares-kept.v1")]
public sealed record SharesKept(string InvoiceId, ImmutableArray<BillableItem> Shares, DateTimeOffset At) : Event;

/// <summary>Shares on the invoice of one payer were credited whole. The items stay on the invoices of the others.</summary>
/// <param name="Items">With the amounts of the shares.</param>
/// <param name="Released">Those that are open again for the same payer; empty if the credit kept them.</param>
[GenerateSerializer, Immutable, Alias("project.shares-credited.v1")]
public sealed record SharesCredited(
    string CreditMemoId, string InvoiceId, string Number, string Payer, ImmutableArray<CreditedItem> Items,
    ImmutableArray<BillableItem> Released, DateTimeOffset At) : Event;
