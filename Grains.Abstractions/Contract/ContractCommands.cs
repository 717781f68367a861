using System.Collections.Immutable;

namespace Q2C.Contracts;

/// <summary>
/// A quote that the customer has accepted, as the CRM has it: the contract starts to exist and its activation begins.
/// </summary>
/// <param name="SourceVersion">The CRM's own version of the quote; an older one than was taken is stale.</param>
/// <param name="Parent">The customer that the customer's <see cref="CustomerProfile.ParentId"/> names, where the CRM knows it.</param>
[GenerateSerializer, Immutable, Alias("contract.accept-quote.v1")]
public sealed record AcceptQuote(
    string Name, string Connection, string OpportunityId, string QuoteId, DateTimeOffset SourceVersion,
    string CustomerId, CustomerProfile Customer, string LegalEntity, string ProjectTemplate, string Currency,
    DateOnly Start, DateOnly? End, string? PurchaseOrder, ImmutableArray<ContractLine> Lines,
    CustomerProfile? Parent = null, Conditions? Conditions = null, ImmutableArray<SharedCap>? Caps = null) : Command;

/// <summary>
/// A change order: the lines named replace those of the same id from a day on; lines not named stay. Re-prices what is
/// not invoiced.
/// </summary>
/// <param name="Conditions">Take the place of those before; null leaves them as they are.</param>
/// <param name="Caps">Replace all shared caps; null leaves them.</param>
/// <param name="RepriceInvoiced">Invoiced work is priced anew, too: the exact difference is billed or credited.</param>
[GenerateSerializer, Immutable, Alias("contract.amend.v1")]
public sealed record AmendContract(
    int BasedOnVersion, DateOnly EffectiveFrom, ImmutableArray<ContractLine> Lines, string Reason,
    Conditions? Conditions = null, ImmutableArray<SharedCap>? Caps = null, bool? RepriceInvoiced = null) : Command;

/// <summary>
/// Corrects what a paused activation stumbled over and goes on. Null members stay as they are; once a record exists in
/// the ERP its legal entity can no longer change.
/// </summary>
[GenerateSerializer, Immutable, Alias("contract.correct.v1")]
public sealed record CorrectContract(
    string ExceptionId, string? LegalEntity, string? ProjectTemplate, CustomerProfile? Customer,
    ImmutableArray<ContractLine>? Lines, string Reason) : Command;

/// <summary>Undoes the done steps of an activation that is not complete, last first.</summary>
[GenerateSerializer, Immutable, Alias("contract.compensate.v1")]
public sealed record CompensateActivation(string Reason) : Command;

/// <summary>What a contract needs to know of its customer.</summary>
[GenerateSerializer, Immutable, Alias("customer-profile")]
public sealed record CustomerProfile(
    string Name, string? ParentId, PostalAddress BillTo, string? TaxNumber, string? ExemptionNumber, string? Email,
    string Currency, ImmutableArray<ExternalReference> References);
