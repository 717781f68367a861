using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;

namespace Q2C.Grains.Revenues;

/// <summary>The transaction price of each line, and how the lines of a contract share it.</summary>
internal static class SellingPrices
{
    /// <summary>What the terms say the line costs; null for a line that is billed by what is done or used.</summary>
    public static Money? Stated(ContractLine line) => line.Billing is BillingModel.FixedFee fee ? fee.Price : null;

    /// <summary>
    /// The price allocated to each line that has one: lines with a standalone selling price share the sum of their prices
    /// in proportion to it, by largest remainder; the others keep theirs.
    /// </summary>
    public static ImmutableDictionary<string, Money> Allocate(ImmutableArray<ContractLine> lines)
    {
        var priced = lines.Where(line => Stated(line) is not null).ToImmutableArray();
        var prices = priced.ToImmutableDictionary(line => line.Id, line => Stated(line)!.Value);
        var sharing = priced.Where(line => line.Revenue?.SellingPrice is not null).ToImmutableArray();
        if (sharing.IsEmpty) return prices;
        var bundle = sharing.Aggregate(Money.Zero(prices[sharing[0].Id].Currency), (sum, line) => sum + prices[line.Id]);
        var shares = Allocation.ByWeight(bundle, [.. sharing.Select(line => line.Revenue!.SellingPrice!.Value.Amount)]);
        return prices.SetItems(sharing.Zip(shares, (line, share) => KeyValuePair.Create(line.Id, share)));
    }
}
