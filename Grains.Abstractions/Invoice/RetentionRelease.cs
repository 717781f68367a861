using System.Collections.Immutable;

namespace Q2C.Invoices;

/// <summary>What the customer held back of an issued invoice becomes due.</summary>
[GenerateSerializer, Immutable, Alias("invoice.release-retention.v1")]
public sealed record ReleaseRetention(DateOnly Due, string Reason) : Command;

[GenerateSerializer, Immutable, Alias("invoice.retention-released.v1")]
public sealed record RetentionReleased(
    string InvoiceId, string CustomerId, Money Amount, DateOnly Due, string Reason, string By, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => [CustomerId];
}
