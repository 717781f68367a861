using System.Collections.Immutable;
using Q2C.Invoices;

namespace Q2C;

/// <summary>An invoice as an ERP receives it. Net + tax = total, per line and in all.</summary>
/// <param name="Number">Ours, which the ERP takes over; null where it numbers the invoice itself.</param>
/// <param name="Exchange">From the currency of the contract; null if the invoice is in that.</param>
/// <param name="Priced">Net, in the currency of the contract, where the invoice is in another.</param>
[GenerateSerializer, Immutable, Alias("invoice-document")]
public sealed record InvoiceDocument(
    string InvoiceId, string CustomerId, string ContractId, string ProjectId, string LegalEntity, string Currency,
    DateOnly Date, DateOnly DueDate, string? PurchaseOrder, PostalAddress BillTo, ImmutableArray<InvoiceDocumentLine> Lines,
    Money Net, Money Tax, Money Total, string? Number = null, AppliedRate? Exchange = null, Money? Priced = null);

/// <param name="Priced">The net amount in the currency of the contract, where the invoice is in another.</param>
[GenerateSerializer, Immutable, Alias("invoice-document-line")]
public sealed record InvoiceDocumentLine(
    string LineId, string Service, string Description, decimal Quantity, decimal Rate, Money Net, string TaxCategory, Money Tax,
    Money? Priced = null);

/// <summary>A credit memo as an ERP or a tax engine receives it. Amounts are positive where they lower what is owed.</summary>
/// <param name="InvoiceId">Null for one that credits no invoice but corrects several.</param>
/// <param name="Number">Ours, which the ERP takes over; null where it numbers the credit memo itself.</param>
[GenerateSerializer, Immutable, Alias("credit-memo-document")]
public sealed record CreditMemoDocument(
    string CreditMemoId, string? InvoiceId, string? InvoiceNumber, string CustomerId, string LegalEntity, string Currency,
    DateOnly Date, string Reason, PostalAddress BillTo, ImmutableArray<CreditMemoDocumentLine> Lines, Money Net, Money Tax, Money Total,
    string? Number = null);

[GenerateSerializer, Immutable, Alias("credit-memo-document-line")]
public sealed record CreditMemoDocumentLine(
    string LineId, string Service, string Description, Money Net, string TaxCategory, Money Tax);
