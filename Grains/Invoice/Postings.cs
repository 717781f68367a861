using System.Collections.Immutable;
using Q2C.Invoices;

namespace Q2C.Grains.Invoices;

/// <summary>The double entry of one event: what is zero is left out.</summary>
internal static class Postings
{
    public static ImmutableArray<Posting> Of(params ReadOnlySpan<(string Account, Money Amount)> all)
    {
        var postings = ImmutableArray.CreateBuilder<Posting>(all.Length);
        foreach (var (account, amount) in all)
        {
            if (!amount.IsZero) postings.Add(new(account, amount));
        }

        return postings.ToImmutable();
    }

    /// <summary>Revenue that a document booked in its own currency, in the currency of the contract instead.</summary>
    /// <param name="priced">Null where both are the same.</param>
    public static ImmutableArray<Posting> Exchanged(Money revenue, Money? priced) => priced is not { } ofContract ? [] : Of(
        (Accounts.Revenue, -revenue), (Accounts.ExchangeClearing, revenue), (Accounts.ExchangeClearing, -ofContract), (Accounts.Revenue, ofContract));
}
