using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Revenues;

namespace Q2C.Projects;

/// <summary>
/// A part of a line's time fell due, or what was billed of it differs from what the terms say now: the difference, positive
/// or negative, is an item like any other and stays as it is while it is open.
/// </summary>
[GenerateSerializer, Immutable, Alias("project.period-charged.v1")]
public sealed record PeriodCharged(BillableItem Item, PeriodPiece Piece, DateTimeOffset At) : Event;

/// <summary>A charge that is not on an invoice was overtaken by a change; what is due now follows as another.</summary>
[GenerateSerializer, Immutable, Alias("project.period-withdrawn.v1")]
public sealed record PeriodWithdrawn(string ItemId, string LineId, DateTimeOffset At) : Event;

/// <summary>The usage of a period is on an invoice: its records are settled with it.</summary>
[GenerateSerializer, Immutable, Alias("project.usage-billed.v1")]
public sealed record UsageBilled(
    string LineId, string RunId, string InvoiceId, string Number, ImmutableArray<string> ItemIds, DateTimeOffset At) : Event;

/// <summary>The time that a charge is for, and at which tariff.</summary>
/// <param name="PeriodFrom">First day of the whole period that this is a part of.</param>
/// <param name="Until">The day after the last.</param>
/// <param name="GivesBack">These days are billed no more.</param>
[GenerateSerializer, Immutable, Alias("period-piece")]
public sealed record PeriodPiece(
    string LineId, ChargeKind Kind, DateOnly PeriodFrom, Tariff Tariff, DateOnly From, DateOnly Until, bool GivesBack = false);

[GenerateSerializer, Alias("charge-kind")]
public enum ChargeKind
{
    /// <summary>A recurring price, or the purchase of a retainer.</summary>
    Fee,

    Usage,

    /// <summary>What is missing to a minimum.</summary>
    TrueUp,
}

/// <summary>One way in which a line was billed for a while.</summary>
/// <param name="Price">Of a whole period and one unit; 0 where usage makes the amount.</param>
/// <param name="Quantity">0 where it does not make a tariff of its own.</param>
/// <param name="Reference">The day from which periods are counted.</param>
[GenerateSerializer, Immutable, Alias("tariff")]
public sealed record Tariff(decimal Price, decimal Quantity, BillingPeriod Period, DateOnly Reference);

/// <summary>Something to draw from was bought, granted, or carried over from one that expired.</summary>
[GenerateSerializer, Immutable, Alias("project.retainer-topped-up.v1")]
public sealed record RetainerToppedUp(TopUp TopUp, DateTimeOffset At) : Event;

/// <summary>What a person added to a retainer is owed for.</summary>
[GenerateSerializer, Immutable, Alias("project.top-up-charged.v1")]
public sealed record TopUpCharged(BillableItem Item, DateTimeOffset At) : Event;

/// <summary>An item of work was covered by a retainer, in whole or in part; its amount is what is left to bill.</summary>
[GenerateSerializer, Immutable, Alias("project.retainer-drawn.v1")]
public sealed record RetainerDrawn(BillableItem Item, ImmutableArray<RetainerDraw> Draws, DateTimeOffset At) : Event;

/// <summary>What is left of a top-up on its last day: forfeited, so that it becomes revenue, or carried over.</summary>
/// <param name="CarriedInto">The top-up that takes it; null if it is forfeited.</param>
[GenerateSerializer, Immutable, Alias("project.retainer-expired.v1")]
public sealed record RetainerExpired(
    string TopUpId, string LineId, DateOnly LastDay, decimal Quantity, Money Value, string? CarriedInto, DateTimeOffset At) : Event;

/// <summary>The project has a retainer that pays invoices of the customer's other contracts too.</summary>
[GenerateSerializer, Immutable, Alias("project.retainer-pool-opened.v1")]
public sealed record RetainerPoolOpened(string ProjectId, string CustomerId, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => [CustomerId];
}

/// <summary>An issued invoice is paid from retainers in money, tax included; the invoice answers with what it did not need.</summary>
/// <param name="Date">Of the invoice.</param>
[GenerateSerializer, Immutable, Alias("project.retainer-paid.v1")]
public sealed record RetainerPaid(
    string InvoiceId, string Number, Money Amount, ImmutableArray<RetainerDraw> Draws, DateTimeOffset At, string? ProjectId = null,
    string? ContractId = null, DateOnly? Date = null) : Event, IDelivered
{
    public ImmutableArray<string> To => ContractId is { } contract ? [InvoiceId, RevenueIds.Of(contract)] : [];
}

/// <summary>What retainers had paid of an invoice is there again: the invoice was settled otherwise, or credited.</summary>
/// <param name="Settlement">Of the invoice; one is counted once.</param>
/// <param name="Draws">What comes back of each top-up.</param>
[GenerateSerializer, Immutable, Alias("project.retainer-returned.v1")]
public sealed record RetainerReturned(
    string InvoiceId, string ContractId, string Settlement, Money Amount, ImmutableArray<RetainerDraw> Draws, DateOnly Date,
    DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => [RevenueIds.Of(ContractId)];
}

/// <summary>Something to draw from.</summary>
/// <param name="Quantity">Hours, or major units of money.</param>
/// <param name="Value">What was paid for it, net.</param>
/// <param name="Until">The day after the last on which it can be drawn; null is no end.</param>
[GenerateSerializer, Immutable, Alias("top-up")]
public sealed record TopUp(
    string Id, string LineId, TopUpOrigin Origin, int Priority, DateOnly From, DateOnly? Until, decimal Quantity, Money Value,
    decimal Drawn = 0, long DrawnValue = 0, decimal Expired = 0, long ExpiredValue = 0)
{
    /// <summary>Never negative.</summary>
    public decimal Balance => Quantity - Drawn - Expired;
}

[GenerateSerializer, Alias("top-up-origin")]
public enum TopUpOrigin
{
    Terms,

    /// <summary>Granted by a person.</summary>
    Person,

    /// <summary>Left over from one that expired.</summary>
    CarriedOver,
}

/// <param name="Quantity">Hours, or major units of money.</param>
/// <param name="Value">The part of what was paid for the top-up.</param>
[GenerateSerializer, Immutable, Alias("retainer-draw")]
public sealed record RetainerDraw(string TopUpId, string LineId, decimal Quantity, Money Value);

/// <summary>What a retainer has, and what work that is not on an issued invoice will take of it.</summary>
/// <param name="Balance">Hours, or major units of money: bought, and neither drawn nor expired. Never negative.</param>
/// <param name="Pending">What open work, drafts and usage in its scope ask for, before tax.</param>
/// <param name="TopUps">In the order in which they are drawn.</param>
[GenerateSerializer, Immutable, Alias("retainer-balance")]
public sealed record RetainerBalance(
    string LineId, RetainerUnit Unit, decimal Balance, decimal Pending, ImmutableArray<TopUp> TopUps)
{
    /// <summary>What will be left; less than zero is what a further top-up would have to bring.</summary>
    public decimal Expected => Balance - Pending;
}

/// <summary>More to draw from, outside what the terms give by themselves.</summary>
/// <param name="Price">Of one unit; null is the price of the terms, 0 a gift. It is charged with the next billing run.</param>
/// <param name="Priority">Null is that of the terms.</param>
/// <param name="LastDay">Null is the expiry of the terms.</param>
[GenerateSerializer, Immutable, Alias("project.top-up-retainer.v1")]
public sealed record TopUpRetainer(
    string LineId, decimal Quantity, DateOnly From, decimal? Price, int? Priority, DateOnly? LastDay, string Reason) : Command;
