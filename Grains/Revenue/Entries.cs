using System.Collections.Immutable;
using Q2C.Revenues;

namespace Q2C.Grains.Revenues;

/// <summary>Double-entry postings: made balanced, taken back, converted.</summary>
public static class Entries
{
    /// <summary>Postings of one account, line and cost centre are summed, and those of nothing left out.</summary>
    /// <exception cref="UnbalancedEntryException">The postings do not sum to zero, or are in several currencies.</exception>
    public static LedgerEntry Balanced(LedgerEntry entry)
    {
        var lines = entry.Lines
            .GroupBy(line => (line.Account, line.ContractLineId, line.CostCentre))
            .Select(group => group.First() with { Amount = Sum(group, entry.Currency) })
            .Where(line => !line.Amount.IsZero)
            .ToImmutableArray();
        var residual = Sum(lines, entry.Currency);
        return residual.IsZero ? entry with { Lines = lines } : throw new UnbalancedEntryException(entry.Id, residual);
    }

    /// <summary>The same entry with the opposite signs.</summary>
    public static LedgerEntry Reversal(LedgerEntry entry, string id, DateOnly date) => entry with
    {
        Id = id,
        Date = date,
        Cause = EntryCause.Reversal,
        Text = $"Takes back {entry.Id}",
        Lines = [.. entry.Lines.Select(line => line with { Amount = -line.Amount })],
        Reverses = entry.Id,
    };

    /// <summary>
    /// The entry in another currency: each posting is converted and rounded by itself, and what that leaves over goes to
    /// the account for rounding, so that it balances there too.
    /// </summary>
    /// <param name="rate">Units of the entry's currency for one unit of the other.</param>
    public static LedgerEntry Converted(LedgerEntry entry, string currency, decimal rate, Rounding rounding)
    {
        ImmutableArray<LedgerLine> lines =
            [.. entry.Lines.Select(line => line with { Amount = Money.Round(line.Amount.Amount / rate, currency, rounding) })];
        return Balanced(entry with { Currency = currency, Lines = [.. lines, new(RevenueAccounts.Rounding, -Sum(lines, currency))] });
    }

    /// <summary>What is missing for exact values to sum to zero, before anything is rounded.</summary>
    public static decimal Residual(params ReadOnlySpan<decimal> postings)
    {
        var sum = 0m;
        foreach (var posting in postings) sum += posting;
        return -sum;
    }

    /// <summary>Half of the last digit of the currency: a residual below it rounds to nothing and is posted nowhere.</summary>
    public static decimal Tolerance(string currency) => 0.5m * new Money(1, currency).Amount;

    private static Money Sum(IEnumerable<LedgerLine> lines, string currency) =>
        lines.Aggregate(Money.Zero(currency), (sum, line) => sum + line.Amount);
}

/// <summary>A defect: an entry was made that does not balance. Nothing of its command is recorded.</summary>
public sealed class UnbalancedEntryException(string id, Money residual)
    : InvalidOperationException($"The postings of {id} leave {residual} over.");
