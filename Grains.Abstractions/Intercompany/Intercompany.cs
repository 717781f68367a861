using System.Collections.Immutable;
using Q2C.Invoices;

namespace Q2C.Intercompany;

/// <summary>What the company that delivers gets of what the company that sells invoices for it.</summary>
/// <param name="Percent">Of the net amount of the line, or on top of what its work cost.</param>
/// <param name="Erp">Where the delivering company keeps its books.</param>
/// <param name="Basis">Null is <see cref="TransferBasis.Net"/>.</param>
[GenerateSerializer, Immutable, Alias("transfer-price")]
public sealed record TransferPrice(decimal Percent, string Erp, TransferBasis? Basis = null);

[GenerateSerializer, Alias("transfer-basis")]
public enum TransferBasis
{
    /// <summary>A percentage of what the customer is invoiced.</summary>
    Net,

    /// <summary>What the work cost, and a percentage on top.</summary>
    CostPlus,
}

/// <param name="CustomerNet">Of the line of the customer's document; below zero on a credit.</param>
/// <param name="Amount">What the delivering company gets of it.</param>
[GenerateSerializer, Immutable, Alias("intercompany-line")]
public sealed record IntercompanyLine(string LineId, string ContractLineId, string Description, Money CustomerNet, Money Amount);

/// <summary>
/// The document between two companies of the firm that mirrors what one of them invoiced or credited a customer for work that
/// the other delivered. It follows from the customer's document alone, and nobody changes it.
/// </summary>
/// <param name="DocumentId">The invoice or credit memo that it mirrors.</param>
/// <param name="Percent">Of the transfer price.</param>
[GenerateSerializer, Immutable, Alias("intercompany-document")]
public sealed record IntercompanyDocument(
    string Id, string DocumentId, string DocumentNumber, bool IsCredit, string InvoiceId, string ContractId, string Seller, string Deliverer,
    string SellerErp, string DelivererErp, decimal Percent, DateOnly Date, ImmutableArray<IntercompanyLine> Lines, Money Amount)
{
    /// <summary>One for each document and delivering company.</summary>
    public static string IdOf(string documentId, string deliverer) =>
        Ids.Derive(Ids.RegionOf(documentId), Ids.Intercompany, documentId, deliverer);
}

[GenerateSerializer, Immutable, Alias("intercompany.due.v1")]
public sealed record IntercompanyDue(IntercompanyDocument Document, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => [Document.Id];
}

/// <summary>Posted in the books of both companies; the postings of each sum to zero.</summary>
[GenerateSerializer, Immutable, Alias("intercompany.mirrored.v1")]
public sealed record IntercompanyMirrored(
    IntercompanyDocument Document, ImmutableArray<Posting> SellerPostings, ImmutableArray<Posting> DelivererPostings, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("intercompany.step-asked.v1")]
public sealed record IntercompanyStepAsked(IntercompanySide Side, EffectRequest Effect, DateTimeOffset At) : Event, IAsksEffect;

[GenerateSerializer, Immutable, Alias("intercompany.step-confirmed.v1")]
public sealed record IntercompanyStepConfirmed(IntercompanySide Side, string EffectId, string ExternalId, DateTimeOffset At) : Event;

[GenerateSerializer, Alias("intercompany-side")]
public enum IntercompanySide { Seller, Deliverer }

[Alias("q2c.intercompany-grain")]
public interface IIntercompanyGrain : IAggregateGrain
{
    [Alias("read")]
    Task<IntercompanyView?> Read();
}

[GenerateSerializer, Immutable, Alias("intercompany-view")]
public sealed record IntercompanyView(
    string Id, long GrainVersion, IntercompanyDocument Document, bool SellerPosted, bool DelivererPosted, ImmutableArray<WorkItem> Exceptions);
