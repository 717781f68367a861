using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Q2C.Invoices;

namespace Q2C.Grains.Invoices;

/// <summary>Where an invoice stands. Snapshots are stored: change the decider's version with the shape.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "state")]
[JsonDerivedType(typeof(NotDrafted), "not-drafted")]
[JsonDerivedType(typeof(Taxing), "taxing")]
[JsonDerivedType(typeof(AwaitingApproval), "awaiting-approval")]
[JsonDerivedType(typeof(BeingPosted), "posting")]
[JsonDerivedType(typeof(Issued), "issued")]
[JsonDerivedType(typeof(Rejected), "rejected")]
public abstract record InvoiceState
{
    private InvoiceState() { }

    public sealed record NotDrafted : InvoiceState;

    public abstract record Existing(InvoiceHead Head) : InvoiceState;

    public sealed record Taxing(InvoiceHead Head) : Existing(Head);

    public sealed record AwaitingApproval(InvoiceHead Head, Taxes Taxes) : Existing(Head);

    public sealed record BeingPosted(InvoiceHead Head, Taxes Taxes) : Existing(Head);

    /// <param name="Applied">Payment → the part of it that settled this invoice; payments of the head that are not here are held.</param>
    public sealed record Issued(
        InvoiceHead Head, Taxes Taxes, string Number, DateOnly DueDate, Money Outstanding, ImmutableDictionary<string, Money> Applied)
        : Existing(Head);

    public sealed record Rejected(InvoiceHead Head, string Reason) : Existing(Head);
}

/// <param name="Preparers">Who made or corrected the draft: none of them may approve it.</param>
/// <param name="TaxRecorded">The tax engine holds a document of this invoice.</param>
/// <param name="Payments">All money received for the invoice, applied or held.</param>
public sealed record InvoiceHead(
    InvoiceDraft Draft, ImmutableHashSet<string> Preparers, Errands Errands, bool TaxRecorded,
    ImmutableArray<RecordPayment> Payments);

public sealed record Taxes(ImmutableArray<TaxAnswerLine> Lines, Money Tax, Money Total);
