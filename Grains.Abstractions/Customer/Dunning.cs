using System.Collections.Immutable;

namespace Q2C.Customers;

/// <summary>When and with what a customer is reminded of what is overdue.</summary>
/// <param name="Thresholds">Currency → overdue amount, in major units, from which on there is a reminder.</param>
/// <param name="Attempts">The most reminders, until everything overdue is settled.</param>
/// <param name="DaysBetween">Full days between two reminders.</param>
/// <param name="Fees">Currency → fee of a reminder, in major units.</param>
/// <param name="YearlyInterest">In percent, by the day of a year of 365.</param>
[GenerateSerializer, Immutable, Alias("dunning-policy")]
public sealed record DunningPolicy(
    ImmutableDictionary<string, decimal> Thresholds, int Attempts, int DaysBetween, ImmutableDictionary<string, decimal> Fees,
    decimal YearlyInterest);

/// <summary>Looks at what is overdue on a day and proposes the reminders that are due.</summary>
[GenerateSerializer, Immutable, Alias("customer.propose-dunning.v1")]
public sealed record ProposeDunning(string LegalEntity, DateOnly Day) : Command;

/// <summary>A reminder that is due: to be sent by whoever sends reminders.</summary>
[GenerateSerializer, Immutable, Alias("customer.dunning-proposed.v1")]
public sealed record DunningProposed(string CustomerId, string LegalEntity, string Currency, DunningNotice Notice, DateOnly Day, DateTimeOffset At)
    : Event;

/// <summary>Nothing is left to propose: of all that is dunned the last reminder was proposed.</summary>
[GenerateSerializer, Immutable, Alias("customer.dunning-finished.v1")]
public sealed record DunningFinished(string LegalEntity, DateTimeOffset At) : Event;

/// <summary>Everything that was dunned in the currency is settled, credited or written off: the count starts anew.</summary>
[GenerateSerializer, Immutable, Alias("customer.dunning-resolved.v1")]
public sealed record DunningResolved(string LegalEntity, string Currency, DateTimeOffset At) : Event;

/// <param name="Attempt">1 for the first reminder.</param>
[GenerateSerializer, Immutable, Alias("dunning-notice")]
public sealed record DunningNotice(int Attempt, ImmutableArray<DunnedInvoice> Invoices, Money Overdue, Money Fee, Money Interest)
{
    public Money Total => Overdue + Fee + Interest;
}

/// <param name="Days">Since the first overdue instalment was due.</param>
[GenerateSerializer, Immutable, Alias("dunned-invoice")]
public sealed record DunnedInvoice(string InvoiceId, string? Number, Money Overdue, int Days, Money Interest);

/// <summary>Reminders made so far.</summary>
[GenerateSerializer, Immutable, Alias("dunning-progress")]
public sealed record DunningProgress(int Attempts, DateOnly Last, ImmutableArray<string> Invoices);
