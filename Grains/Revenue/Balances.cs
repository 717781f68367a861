using System.Collections.Immutable;
using Q2C.Revenues;

namespace Q2C.Grains.Revenues;

/// <summary>Balances of the ledger as of a posting date, as they were known at some moment.</summary>
public static class Balances
{
    /// <summary>
    /// Debit positive, per legal entity and account; zero balances are left out. Entries only add up, and one that was made
    /// later than <paramref name="knownAt"/> does not count: the answer for a moment in the past never changes.
    /// </summary>
    public static ImmutableSortedDictionary<(string LegalEntity, string Account, string Currency), Money> AsOf(
        IEnumerable<EntryPosted> posted, DateOnly asOf, DateTimeOffset knownAt) => posted
        .Where(one => one.Entry.Date <= asOf && one.At <= knownAt)
        .SelectMany(one => one.Entry.Lines, (one, line) => (Key: (one.Entry.LegalEntity, line.Account, line.Amount.Currency), line.Amount))
        .GroupBy(one => one.Key, one => one.Amount)
        .Select(group => KeyValuePair.Create(group.Key, group.Aggregate((sum, amount) => sum + amount)))
        .Where(balance => !balance.Value.IsZero)
        .ToImmutableSortedDictionary();
}
