using System.Collections.Immutable;

namespace Q2C.Grains.Billing.Tax;

/// <summary>
/// Tax by a table of rates, for systems that give rates and no amounts. Calculated with all digits of a decimal, rounded at
/// one named level. Net, tax and total of the document are the sums of its lines and of its groups, always.
/// </summary>
public static class Taxation
{
    /// <param name="exchange">
    /// Multiplies every amount before it is rounded: the same document in another currency, with its own rounding, of which
    /// <paramref name="currency"/> is the code. Null leaves the lines' own.
    /// </param>
    public static TaxedDocument Calculate(
        ImmutableArray<TaxableLine> lines, TaxRounding level, Rounding rounding, decimal exchange = 1, string? currency = null)
    {
        if (lines.IsEmpty) throw new ArgumentException("A document has lines.", nameof(lines));
        var code = currency ?? lines[0].Price.Currency;
        var exact = lines.Select(line => Exact(line, level == TaxRounding.Line ? rounding : null, exchange)).ToImmutableArray();
        return level switch
        {
            TaxRounding.Line => ByLine(exact, code, rounding),
            TaxRounding.Group => ByGroup(exact, code, rounding, GroupsOf(exact, code, rounding)),
            TaxRounding.Document => ByGroup(exact, code, rounding, WholeOf(exact, code, rounding)),
            _ => throw new ArgumentOutOfRangeException(nameof(level)),
        };
    }

    /// <param name="atOnce">Rounds each tax before others build on it; null keeps all digits.</param>
    private static ExactLine Exact(TaxableLine line, Rounding? atOnce, decimal exchange)
    {
        var rows = line.Taxes;
        var amounts = new decimal[rows.Length];
        decimal Settled(decimal amount) => atOnce is { } rounding ? Money.Round(amount, line.Price.Currency, rounding).Amount : amount;

        // Taxes in the price come first: rounded one by one, they leave the net amount that keeps the price.
        Fill(rows, amounts, NetOf(line), Settled, isIncluded: true);
        var net = line.Price.Amount - amounts.Sum();
        Fill(rows, amounts, net, Settled, isIncluded: false);
        return new(line.Id, net * exchange, [.. rows.Select((row, i) => (row.Code, amounts[i] * exchange))]);
    }

    /// <summary>The price without the taxes in it: they are linear in the net amount, so one division gives it.</summary>
    private static decimal NetOf(TaxableLine line)
    {
        if (!line.Taxes.Any(row => row.IsIncluded)) return line.Price.Amount;
        var (zero, one) = (new decimal[line.Taxes.Length], new decimal[line.Taxes.Length]);
        Fill(line.Taxes, zero, 0, amount => amount, isIncluded: true);
        Fill(line.Taxes, one, 1, amount => amount, isIncluded: true);
        return (line.Price.Amount - zero.Sum()) / (1 + one.Sum() - zero.Sum());
    }

    private static void Fill(ImmutableArray<TaxRow> rows, decimal[] amounts, decimal net, Func<decimal, decimal> settled, bool isIncluded)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            if (row.IsIncluded != isIncluded) continue;
            amounts[i] = settled(row.Basis switch
            {
                TaxBasis.Net => net * row.Percent / 100,
                TaxBasis.NetAndRowsBefore => (net + amounts[..i].Sum()) * row.Percent / 100,
                TaxBasis.Row => amounts[IndexOf(rows, row, i)] * row.Percent / 100,
                TaxBasis.Fixed => row.Amount,
                _ => throw new ArgumentOutOfRangeException(nameof(rows)),
            });
        }
    }

    private static int IndexOf(ImmutableArray<TaxRow> rows, TaxRow row, int before)
    {
        for (var i = 0; i < before; i++)
            if (rows[i].Code == row.Of) return i;
        throw new ArgumentException($"'{row.Code}' is a tax on '{row.Of}', which is no row before it.", nameof(rows));
    }

    private static TaxedDocument ByLine(ImmutableArray<ExactLine> lines, string currency, Rounding rounding) => Document(
    [
        .. lines.Select(line => new TaxedLine(
            line.Id, Money.Round(line.Net, currency, rounding),
            [.. line.Taxes.Select(tax => new TaxGroup(tax.Code, Money.Round(tax.Amount, currency, rounding)))])),
    ], currency);

    private static Dictionary<string, Money> GroupsOf(ImmutableArray<ExactLine> lines, string currency, Rounding rounding) =>
        lines.SelectMany(line => line.Taxes).GroupBy(tax => tax.Code)
            .ToDictionary(group => group.Key, group => Money.Round(group.Sum(tax => tax.Amount), currency, rounding));

    private static Dictionary<string, Money> WholeOf(ImmutableArray<ExactLine> lines, string currency, Rounding rounding)
    {
        var groups = lines.SelectMany(line => line.Taxes).GroupBy(tax => tax.Code)
            .Select(group => (group.Key, Exact: group.Sum(tax => tax.Amount))).ToArray();
        var whole = Money.Round(groups.Sum(group => group.Exact), currency, rounding);
        var shares = Shares(whole, [.. groups.Select(group => group.Exact)]);
        return groups.Select((group, i) => (group.Key, shares[i])).ToDictionary(group => group.Key, group => group.Item2);
    }

    private static TaxedDocument ByGroup(
        ImmutableArray<ExactLine> lines, string currency, Rounding rounding, Dictionary<string, Money> groups)
    {
        var nets = Shares(Money.Round(lines.Sum(line => line.Net), currency, rounding), [.. lines.Select(line => line.Net)]);
        var taxes = lines.Select(_ => new List<TaxGroup>()).ToArray();
        foreach (var (code, tax) in groups)
        {
            var rows = lines.SelectMany((line, i) => line.Taxes.Where(row => row.Code == code).Select(row => (i, row.Amount))).ToArray();
            var shares = Shares(tax, [.. rows.Select(row => row.Amount)]);
            for (var i = 0; i < rows.Length; i++) taxes[rows[i].i].Add(new(code, shares[i]));
        }

        return Document([.. lines.Select((line, i) => new TaxedLine(line.Id, nets[i], [.. taxes[i]]))], currency);
    }

    /// <summary>Each its exact amount rounded down, and the units left to the largest fractions, earlier ones first.</summary>
    private static ImmutableArray<Money> Shares(Money whole, decimal[] exact)
    {
        var scale = (decimal)Math.Pow(10, Currencies.Digits(whole.Currency));
        var shares = exact.Select(amount => (long)decimal.Floor(amount * scale)).ToArray();
        var left = whole.Minor - shares.Sum();
        foreach (var i in Enumerable.Range(0, exact.Length).OrderByDescending(i => (exact[i] * scale) - shares[i]).ThenBy(i => i))
        {
            if (left == 0) break;
            shares[i] += Math.Sign(left);
            left -= Math.Sign(left);
        }

        return [.. shares.Select(share => new Money(share, whole.Currency))];
    }

    private static TaxedDocument Document(ImmutableArray<TaxedLine> lines, string currency)
    {
        var zero = Money.Zero(currency);
        return new(
            lines,
            [.. lines.SelectMany(line => line.Taxes).GroupBy(tax => tax.Code)
                .Select(group => new TaxGroup(group.Key, group.Aggregate(zero, (sum, tax) => sum + tax.Tax)))],
            lines.Aggregate(zero, (sum, line) => sum + line.Net), lines.Aggregate(zero, (sum, line) => sum + line.Tax));
    }

    private sealed record ExactLine(string Id, decimal Net, ImmutableArray<(string Code, decimal Amount)> Taxes);
}
