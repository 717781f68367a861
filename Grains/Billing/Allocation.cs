using System.Collections.Immutable;

namespace Q2C.Grains.Billing;

/// <summary>Shares that sum to the whole exactly.</summary>
public static class Allocation
{
    private const decimal Whole = 100;

    /// <summary>
    /// The amount in proportion to the weights, by largest remainder: each share is rounded towards zero, and the minor
    /// units left over go to the largest fractions, the earlier one where two are the same. With no weight at all the
    /// first takes everything.
    /// </summary>
    /// <param name="weights">Not negative, at least one.</param>
    public static ImmutableArray<Money> ByWeight(Money amount, params ReadOnlySpan<decimal> weights)
    {
        if (weights.IsEmpty) throw new ArgumentException("There is nobody to allocate to.", nameof(weights));
        var total = 0m;
        foreach (var weight in weights)
            total += weight >= 0 ? weight : throw new ArgumentOutOfRangeException(nameof(weights), weight, "A weight is not negative.");
        var shares = new long[weights.Length];
        if (total == 0)
        {
            shares[0] = amount.Minor;
        }
        else
        {
            var fractions = new decimal[weights.Length];
            var left = Math.Abs(amount.Minor);
            for (var i = 0; i < weights.Length; i++)
            {
                var exact = Math.Abs(amount.Minor) * weights[i] / total;
                shares[i] = (long)decimal.Truncate(exact);
                fractions[i] = exact - shares[i];
                left -= shares[i];
            }

            foreach (var i in Enumerable.Range(0, shares.Length).OrderByDescending(i => fractions[i]).ThenBy(i => i).Take((int)left))
                shares[i]++;
            if (amount.Minor < 0)
                for (var i = 0; i < shares.Length; i++) shares[i] = -shares[i];
        }

        return [.. shares.Select(share => new Money(share, amount.Currency))];
    }

    /// <summary>
    /// The amount by percents that sum to 100: each share is rounded by itself, the last takes the remainder, and nobody gets
    /// more than those before left.
    /// </summary>
    public static ImmutableArray<Money> ByPercent(Money amount, Rounding rounding, params ReadOnlySpan<decimal> percents)
    {
        var shares = ImmutableArray.CreateBuilder<Money>(percents.Length);
        var left = amount;
        for (var i = 0; i < percents.Length; i++)
        {
            var share = i == percents.Length - 1 ? left : Money.Round(amount.Amount * percents[i] / Whole, amount.Currency, rounding);
            if (Math.Abs(share.Minor) > Math.Abs(left.Minor)) share = left;
            shares.Add(share);
            left -= share;
        }

        return shares.MoveToImmutable();
    }
}
