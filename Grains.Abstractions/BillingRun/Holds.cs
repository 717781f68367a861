using System.Collections.Immutable;

namespace Q2C.BillingRuns;

/// <summary>
/// Nothing of a customer, contract or project goes onto an invoice, or a drafted invoice goes no further, until the hold is
/// released. What is held of a customer or contract holds for all its projects and their drafts. An object can have several holds, each with
/// a reason of its own.
/// </summary>
[GenerateSerializer, Immutable, Alias("billing.hold.v1")]
public sealed record HoldBilling(string Reason) : Command;

/// <summary>Ends a hold where it was placed. Others, here or above, go on.</summary>
[GenerateSerializer, Immutable, Alias("billing.release.v1")]
public sealed record ReleaseBilling(string HoldId, string Reason) : Command;

/// <param name="On">The object that it was placed on: a hold of a customer shows on its contracts and projects too.</param>
[GenerateSerializer, Immutable, Alias("billing-hold")]
public sealed record BillingHold(string Id, string On, string Reason, string By, DateTimeOffset At);

/// <param name="Targets">The objects directly below, which are held with it.</param>
[GenerateSerializer, Immutable, Alias("billing.held.v1")]
public sealed record BillingHeld(BillingHold Hold, ImmutableArray<string> Targets, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => Targets;
}

[GenerateSerializer, Immutable, Alias("billing.hold-released.v1")]
public sealed record BillingHoldReleased(
    string HoldId, string Reason, string By, ImmutableArray<string> Targets, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => Targets;
}

/// <summary>A project has an invoice that is not issued yet. What holds the project then holds the invoice too.</summary>
[GenerateSerializer, Immutable, Alias("project.draft-noted.v1")]
public sealed record DraftNoted(string InvoiceId, ImmutableArray<BillingHold> Holds, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => Holds.IsEmpty ? [] : [InvoiceId];
}

/// <summary>The invoice is issued, or came to nothing.</summary>
[GenerateSerializer, Immutable, Alias("project.draft-settled.v1")]
public sealed record DraftSettled(string InvoiceId, DateTimeOffset At) : Event;
