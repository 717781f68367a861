using System.Collections.Immutable;
using Q2C.Alerts;

namespace Q2C;

/// <summary>
/// A canonical request to a system of some kind. Connectors map it to their vendor; the <c>[Alias]</c> is the stored
/// name and starts with the kind of system that can carry it out.
/// </summary>
[GenerateSerializer, Alias("operation")]
public abstract record Operation;

/// <summary>What a connector learnt while carrying out an operation, beyond the external id.</summary>
[GenerateSerializer, Alias("answer")]
public abstract record Answer;

// ERP ---------------------------------------------------------------------------------------------------------------

[GenerateSerializer, Immutable, Alias("erp.customer.upsert.v1")]
public sealed record UpsertErpCustomer(
    string CustomerId, string Name, string LegalEntity, string Currency, string? TaxNumber, PostalAddress BillTo,
    string? Email, string? ParentId) : Operation;

/// <summary>The contract's record in the ERP: a sales order there.</summary>
[GenerateSerializer, Immutable, Alias("erp.contract.upsert.v1")]
public sealed record UpsertErpContract(
    string ContractId, string CustomerId, string LegalEntity, string Name, string Currency, DateOnly Start,
    string? PurchaseOrder, int TermsVersion, ImmutableArray<ErpContractLine> Lines) : Operation;

/// <param name="Rate">The amount of a fixed line, or the hourly rate of a role; zero for expenses.</param>
[GenerateSerializer, Immutable, Alias("erp-contract-line")]
public sealed record ErpContractLine(string LineId, string Service, string Description, decimal Quantity, decimal Rate);

[GenerateSerializer, Immutable, Alias("erp.job.upsert.v1")]
public sealed record UpsertErpJob(
    string ProjectId, string ContractId, string CustomerId, string LegalEntity, string Name, string Currency,
    DateOnly Start) : Operation;

/// <summary>Undo of a step of the activation: the record is made inactive or closed, never deleted.</summary>
[GenerateSerializer, Immutable, Alias("erp.record.withdraw.v1")]
public sealed record WithdrawErpRecord(string ObjectId, ErpRecordKind Kind, string Reason) : Operation;

[GenerateSerializer, Alias("erp-record-kind")]
public enum ErpRecordKind { Customer, Contract, Job }

[GenerateSerializer, Immutable, Alias("erp.invoice.post.v1")]
public sealed record PostErpInvoice(InvoiceDocument Invoice) : Operation;

/// <param name="Number">The ERP's own invoice number.</param>
[GenerateSerializer, Immutable, Alias("erp-invoice-answer")]
public sealed record ErpInvoiceAnswer(string Number) : Answer;

/// <param name="Applied">The part that settles the invoice; the rest of the amount stays with the customer.</param>
/// <param name="Foreign">What was received, where it was in another currency than the invoice.</param>
/// <param name="Gain">Realised on it; below zero for a loss.</param>
[GenerateSerializer, Immutable, Alias("erp.payment.record.v1")]
public sealed record RecordErpPayment(
    string PaymentId, string InvoiceId, string CustomerId, Money Amount, Money Applied, DateOnly Date, string Reference,
    Money? Foreign = null, Money? Gain = null) : Operation;

/// <summary>A credit memo against an invoice that the ERP has. Answered like an invoice, with the number that the ERP gave.</summary>
[GenerateSerializer, Immutable, Alias("erp.credit-memo.post.v1")]
public sealed record PostErpCreditMemo(CreditMemoDocument CreditMemo) : Operation;

/// <summary>An entry of the revenue ledger. Debits and credits are equal.</summary>
/// <param name="EntryId">The journal's external id: the same entry again meets the same journal.</param>
[GenerateSerializer, Immutable, Alias("erp.journal.post.v1")]
public sealed record PostErpJournal(
    string EntryId, string ContractId, string LegalEntity, string Currency, DateOnly Date, string Memo,
    ImmutableArray<JournalLine> Lines) : Operation;

/// <param name="Account">Our name of it: <c>deferred_revenue</c>.</param>
/// <param name="Debit">Major units; zero on a credit line.</param>
/// <param name="Credit">Major units; zero on a debit line.</param>
[GenerateSerializer, Immutable, Alias("journal-line")]
public sealed record JournalLine(string Account, decimal Debit, decimal Credit, string? ContractLineId, string? CostCentre);

// PSA ---------------------------------------------------------------------------------------------------------------

[GenerateSerializer, Immutable, Alias("psa.project.ensure.v1")]
public sealed record EnsurePsaProject(
    string ProjectId, string ContractId, string CustomerName, string Name, string Currency, DateOnly Start, DateOnly? End,
    Money? Budget) : Operation;

[GenerateSerializer, Immutable, Alias("psa.milestone.ensure.v1")]
public sealed record EnsurePsaMilestone(string ProjectId, string MilestoneId, string Name, DateOnly? Due, Money? Amount) : Operation;

[GenerateSerializer, Immutable, Alias("psa.task.ensure.v1")]
public sealed record EnsurePsaTask(string ProjectId, string TaskId, string Name, bool Billable) : Operation;

[GenerateSerializer, Immutable, Alias("psa.role.ensure.v1")]
public sealed record EnsurePsaRole(string ProjectId, string RoleId, string Role, decimal HourlyRate, string Currency) : Operation;

[GenerateSerializer, Immutable, Alias("psa.project.withdraw.v1")]
public sealed record WithdrawPsaProject(string ProjectId, string Reason) : Operation;

/// <summary>Tells the PSA that the named source records are on an invoice.</summary>
[GenerateSerializer, Immutable, Alias("psa.billing.report.v1")]
public sealed record ReportPsaBilling(
    string ProjectId, string InvoiceId, string Number, string Status, ImmutableArray<string> SourceIds) : Operation;

// Work --------------------------------------------------------------------------------------------------------------

/// <summary>Says in a system of work management that what is worked in one of its projects is work of ours.</summary>
/// <param name="ExternalProject">That system's key or id of its project.</param>
[GenerateSerializer, Immutable, Alias("work.project.link.v1")]
public sealed record LinkWorkProject(string ProjectId, string ContractId, string Name, string ExternalProject) : Operation;

[GenerateSerializer, Immutable, Alias("work.project.unlink.v1")]
public sealed record UnlinkWorkProject(string ProjectId, string ExternalProject, string Reason) : Operation;

// Tax ---------------------------------------------------------------------------------------------------------------

[GenerateSerializer, Immutable, Alias("tax.quote.v1")]
public sealed record QuoteTax(TaxRequest Request) : Operation;

/// <summary>Records the tax document of an invoice, not yet reportable. The same invoice again replaces it.</summary>
[GenerateSerializer, Immutable, Alias("tax.record.v1")]
public sealed record RecordTax(TaxRequest Request) : Operation;

[GenerateSerializer, Immutable, Alias("tax.commit.v1")]
public sealed record CommitTax(string InvoiceId) : Operation;

[GenerateSerializer, Immutable, Alias("tax.void.v1")]
public sealed record VoidTax(string InvoiceId, string Reason) : Operation;

/// <param name="DocumentId">Our invoice id: the tax engine's document code.</param>
[GenerateSerializer, Immutable, Alias("tax-request")]
public sealed record TaxRequest(
    string DocumentId, string LegalEntity, string CustomerId, string? CustomerTaxNumber, string? ExemptionNumber,
    DateOnly Date, string Currency, PostalAddress ShipFrom, PostalAddress ShipTo, ImmutableArray<TaxRequestLine> Lines);

[GenerateSerializer, Immutable, Alias("tax-request-line")]
public sealed record TaxRequestLine(string LineId, string TaxCategory, string Description, decimal Quantity, Money Net);

[GenerateSerializer, Immutable, Alias("tax-answer")]
public sealed record TaxAnswer(ImmutableArray<TaxAnswerLine> Lines, Money Total) : Answer;

/// <param name="Rate">A fraction: 0.19 for 19 %.</param>
[GenerateSerializer, Immutable, Alias("tax-answer-line")]
public sealed record TaxAnswerLine(string LineId, Money Tax, decimal Rate, string Jurisdiction);

/// <summary>
/// Records and commits the tax document of a credit memo. The amounts are those of the invoice that is credited, so the
/// engine keeps them and calculates nothing.
/// </summary>
[GenerateSerializer, Immutable, Alias("tax.credit.record.v1")]
public sealed record RecordTaxCredit(CreditMemoDocument CreditMemo, PostalAddress ShipFrom, string? CustomerTaxNumber) : Operation;

// CRM ---------------------------------------------------------------------------------------------------------------

/// <summary>Status write-back. Amounts are totals of the contract so far.</summary>
[GenerateSerializer, Immutable, Alias("crm.status.report.v1")]
public sealed record ReportCrmStatus(
    string ContractId, string OpportunityId, string Status, string? Detail, Money? Contracted, Money? Billed, Money? Paid,
    string? LastInvoice) : Operation;

// Payments ----------------------------------------------------------------------------------------------------------

/// <summary>A payment object that carries our invoice id; the customer pays against it, wholly or in part.</summary>
[GenerateSerializer, Immutable, Alias("payment.request.v1")]
public sealed record RequestPayment(
    string InvoiceId, string CustomerId, string CustomerName, string? Email, string Number, Money Due, DateOnly DueDate) : Operation;

/// <summary>Pays money back to a customer, through the payment system that received it.</summary>
/// <param name="PaymentIds">The payments that it comes from, where the payment system has them.</param>
[GenerateSerializer, Immutable, Alias("payment.refund.v1")]
public sealed record RefundPayment(
    string RefundId, string CustomerId, Money Amount, ImmutableArray<string> PaymentIds, string Reason) : Operation;

// People ------------------------------------------------------------------------------------------------------------

/// <summary>Tells people of an alert.</summary>
/// <param name="Subject">What the alert is about.</param>
/// <param name="Severity">low, normal, high or critical.</param>
/// <param name="Cleared">True when it is over.</param>
[GenerateSerializer, Immutable, Alias("people.notify.v1")]
public sealed record SendNotification(
    string AlertId, AlertRule Rule, string Subject, string Severity, string Title, string Text, bool Cleared, DateTimeOffset At) : Operation;

[GenerateSerializer, Immutable, Alias("postal-address")]
public sealed record PostalAddress(
    string Line1, string? Line2, string City, string? Region, string PostalCode, string Country);
