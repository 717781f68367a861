using System.Collections.Immutable;
using Q2C.Customers;

namespace Q2C.Grains.Billing.Receivables;

/// <summary>
/// What a customer should be reminded of on a day: of each currency and legal entity the overdue instalments, when they come
/// to the threshold and the last reminder is long enough ago. Proposals only: a person or a policy sends them.
/// </summary>
internal static class Dunning
{
    private const decimal DaysOfYear = 365;
    private const decimal Percent = 100;

    /// <summary>The overdue part of each invoice with the interest on it; invoices in dispute are left out.</summary>
    public static ImmutableArray<DunnedInvoice> Overdue(IEnumerable<OpenReceivable> open, DateOnly day, decimal yearlyInterest) =>
    [
        .. open.Where(invoice => !invoice.Disputed).Select(invoice => Of(invoice, day, yearlyInterest))
            .Where(dunned => dunned.Overdue.Minor > 0),
    ];

    /// <summary>The next reminder, or null: nothing overdue, below the threshold, too early, or all attempts made.</summary>
    public static DunningNotice? Next(
        DunningPolicy policy, string currency, ImmutableArray<DunnedInvoice> overdue, DunningProgress? made, DateOnly day)
    {
        var total = overdue.Aggregate(Money.Zero(currency), (sum, invoice) => sum + invoice.Overdue);
        var threshold = policy.Thresholds.GetValueOrDefault(currency);
        if (total.IsZero || total.Amount < threshold || made?.Attempts >= policy.Attempts) return null;
        if (made is { Last: var last } && day <= last.AddDays(policy.DaysBetween)) return null;
        var attempt = (made?.Attempts ?? 0) + 1;
        var fee = Money.Round(policy.Fees.GetValueOrDefault(currency), currency, Rounding.HalfUp);
        var interest = overdue.Aggregate(Money.Zero(currency), (sum, invoice) => sum + invoice.Interest);
        return new(attempt, overdue, total, fee, interest);
    }

    private static DunnedInvoice Of(OpenReceivable invoice, DateOnly day, decimal yearlyInterest)
    {
        var zero = Money.Zero(invoice.Outstanding.Currency);

        // What was paid settled the earliest instalments, so what is outstanding is of the latest ones.
        var (left, overdue, interest) = (invoice.Outstanding, zero, 0m);
        DateOnly? since = null;
        foreach (var instalment in invoice.Instalments.Reverse())
        {
            var open = Money.Min(left, instalment.Amount);
            left -= open;
            if (open.IsZero || instalment.Due >= day) continue;
            overdue += open;
            since = instalment.Due;
            interest += open.Amount * yearlyInterest / Percent * (day.DayNumber - instalment.Due.DayNumber) / DaysOfYear;
        }

        return new(
            invoice.InvoiceId, invoice.Number, overdue, since is { } first ? day.DayNumber - first.DayNumber : 0,
            Money.Round(interest, zero.Currency, Rounding.HalfUp));
    }
}
