using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Grains.BillingRuns;

/// <summary>
/// What the conditions of a contract take off the lines of a draft, before tax: first the discounts, then the down payment.
/// Down payments themselves are neither discounted nor deducted from.
/// </summary>
internal static class Adjusting
{
    /// <param name="reserved">The project's items on this draft, with the conditions of its contract.</param>
    /// <param name="lines">The lines of the draft with items of this project.</param>
    public static ImmutableArray<InvoiceLine> Adjust(ImmutableArray<InvoiceLine> lines, ItemsReserved reserved, DateOnly date)
    {
        var rounding = reserved.Routing.Rounding;
        lines = TakeBack(lines, reserved, rounding);
        var work = lines.Where(line => !IsDownPayment(line)).ToImmutableArray();
        if (reserved.Terms.Conditions is not { } conditions || work.IsEmpty) return lines;
        var discounted = Discount(work, conditions, reserved.Adjustments, date, rounding);
        var adjusted = Deduct(discounted, conditions.DownPayment, reserved.Adjustments, rounding).ToDictionary(line => line.Id);
        return [.. lines.Select(line => adjusted.GetValueOrDefault(line.Id, line))];
    }

    /// <summary>With an item that is reversed goes what its invoice took off it, whatever discounts hold now.</summary>
    private static ImmutableArray<InvoiceLine> TakeBack(ImmutableArray<InvoiceLine> lines, ItemsReserved reserved, Rounding rounding)
    {
        var discounted = reserved.Items.Where(item => item.Discounts is not null).ToDictionary(item => item.Id);
        if (discounted.Count == 0) return lines;
        return
        [
            .. lines.Select(line => line.Items.Where(item => discounted.ContainsKey(item.ItemId))
                .SelectMany(item => discounted[item.ItemId].Discounts!.Value, (item, discount) => new LineAdjustment(
                    discount.Source, LineAdjustment.Discount, discount.Description,
                    Money.Round(-item.Amount.Amount * discount.Fraction, item.Amount.Currency, rounding)))
                .Aggregate(line, With)),
        ];
    }

    private static ImmutableArray<InvoiceLine> Discount(
        ImmutableArray<InvoiceLine> lines, Conditions conditions, AdjustmentBalances? balances, DateOnly date, Rounding rounding)
    {
        var given = Discounts.Spread(
            [.. lines.Select(line => new Discountable(line.ContractLineId, line.Net))], Discounts.InForce(conditions.Discounts ?? [], date),
            discount => Used(discount, balances, lines[0].Net.Currency) - TakenBack(lines, discount), rounding);
        return [.. lines.Select((line, i) => given.Aggregate(line, (left, one) => With(
            left, new(one.Discount.Id, LineAdjustment.Discount, one.Discount.Name, -one.Shares[i]))))];
    }

    // Another run has the rest of an amount that is given once: none of it is left for this one.
    private static Money Used(Discount discount, AdjustmentBalances? balances, string currency) =>
        (balances is null ? discount.Amount : balances.DiscountsUsed.TryGetValue(discount.Id, out var used) ? used : null) ?? Money.Zero(currency);

    /// <summary>What this document itself gives back of a discount may be given again on it.</summary>
    private static Money TakenBack(ImmutableArray<InvoiceLine> lines, Discount discount) => lines.SelectMany(line => line.Adjustments ?? [])
        .Where(adjustment => adjustment.Source == discount.Id).Aggregate(Money.Zero(lines[0].Net.Currency), (sum, adjustment) => sum + adjustment.Amount);

    private static ImmutableArray<InvoiceLine> Deduct(
        ImmutableArray<InvoiceLine> lines, DownPayment? terms, AdjustmentBalances? balances, Rounding rounding)
    {
        if (terms is null || balances is not { DownPayment.IsEmpty: false } known) return lines;
        var byLine = known.DownPayment.Select(balance => (Balance: balance, Lines: lines.Where(line => line.ContractLineId == balance.LineId).ToArray()))
            .Where(part => part.Lines.Length > 0).ToArray();
        var parts = DownPayments.Deduct(
            terms.Deduct ?? Deduction.OnFinal,
            [.. byLine.Select(part => new DownPaymentLine(part.Balance.LineId, part.Balance.Price, part.Balance.Invoiced, part.Balance.Deducted))],
            [.. byLine.Select(part => Gross(part.Lines))], [.. byLine.Select(part => part.Balance.Billed)], known.Final, rounding);
        var deducted = byLine.Zip(parts, (part, amount) => Spread(part.Lines, amount)).SelectMany(line => line).ToDictionary(line => line.Id);
        return [.. lines.Select(line => deducted.GetValueOrDefault(line.Id, line))];
    }

    /// <summary>No line goes below zero by a deduction: what does not fit stays in the balance.</summary>
    private static IEnumerable<InvoiceLine> Spread(InvoiceLine[] lines, Money amount)
    {
        var positive = lines.Where(line => line.Net.Minor > 0).ToArray();
        if (positive is [] || amount.Minor <= 0) return lines;
        var shares = Allocation.ByWeight(Money.Min(amount, Net(positive)), [.. positive.Select(line => line.Net.Amount)]);
        return positive.Zip(shares, (line, share) =>
            With(line, new(LineAdjustment.DownPayment, LineAdjustment.DownPayment, "Down payment deducted", -share)));
    }

    private static InvoiceLine With(InvoiceLine line, LineAdjustment adjustment) => adjustment.Amount.IsZero ? line : line with
    {
        Net = line.Net + adjustment.Amount,
        Adjustments = (line.Adjustments ?? []).Add(adjustment),
    };

    private static Money Gross(InvoiceLine[] lines) => lines.SelectMany(line => line.Items)
        .Aggregate(Money.Zero(lines[0].Net.Currency), (sum, item) => sum + item.Amount);

    private static Money Net(IReadOnlyCollection<InvoiceLine> lines) =>
        lines.Skip(1).Aggregate(lines.First().Net, (sum, line) => sum + line.Net);

    private static bool IsDownPayment(InvoiceLine line) => line.Items.All(item => ItemIds.IsDownPayment(item.ItemId));
}
