using System.Collections.Immutable;
using Q2C.Grains.Billing.Tax;
using Q2C.Silo.Policies;

namespace Q2C.Silo.Connectors.TaxTable;

/// <summary>The table: the first rule that fits a line holds.</summary>
internal sealed record TaxRules(string File, TaxRounding Level, Rounding Rounding, ImmutableArray<TaxRule> Rules)
{
    private const string Everywhere = "*";

    public TaxRule? Find(TaxRequest request, TaxRequestLine line) => Rules.FirstOrDefault(rule => rule.Fits(request, line));

    /// <summary>Throws <see cref="DocumentException"/> with every error and its position.</summary>
    public static TaxRules Read(string file, string text)
    {
        var errors = new DocumentErrors();
        var rules = YamlMap.Parse(file, new StringReader(text), errors) is { } root ? Read(file, root) : null;
        errors.ThrowIfAny();
        return rules!;
    }

    private static TaxRules Read(string file, YamlMap root)
    {
        var groups = root.Texts("groups").ToDictionary(group => group.Key, group => Words(group.Value), StringComparer.Ordinal);
        foreach (var (name, countries) in groups)
            foreach (var unknown in countries.Where(country => !Countries.IsKnown(country)))
                root.OptionalMap("groups")!.Error(name, $"'{unknown}' is not a two-letter country code such as DE.");
        if (!root.Has("rules")) root.Error("rules", "'rules' is missing.");
        var read = new TaxRules(
            file, root.Has("rounding-level") ? root.Choice("rounding-level", TaxRounding.Line) : TaxRounding.Line,
            root.Has("rounding") ? root.Choice("rounding", Rounding.HalfUp) : Rounding.HalfUp,
            [.. root.Maps("rules").Select(rule => Rule(rule, groups))]);
        root.Done();
        return read;
    }

    private static TaxRule Rule(YamlMap map, Dictionary<string, ImmutableArray<string>> groups)
    {
        var rule = new TaxRule(
            Places(map, "from", groups), Places(map, "to", groups), map.Has("categories") ? Words(map.Text("categories")) : [],
            map.Has("tax-number") ? map.Flag("tax-number", otherwise: true) : null, map.Flag("exempt", otherwise: false),
            map.OptionalDay("since"), map.OptionalDay("until"), [.. map.Maps("taxes").Select(Tax)]);
        if (!map.Has("taxes")) map.Error("taxes", "'taxes' is missing; a rule without tax has one of 0 percent.");
        foreach (var tax in rule.Taxes.Select((tax, i) => (tax, i)).Where(one => one.tax.Basis == TaxBasis.Row
            && !rule.Taxes.Take(one.i).Any(before => before.Code == one.tax.Of)))
            map.Error("taxes", $"'{tax.tax.Code}' is a tax on '{tax.tax.Of}', which is no tax before it.");
        map.Done();
        return rule;
    }

    private static TaxRow Tax(YamlMap map)
    {
        var row = new TaxRow(
            map.Text("code"), map.Number("percent"), map.Has("basis") ? map.Choice("basis", TaxBasis.Net) : TaxBasis.Net, 0, map.OptionalText("of"));
        if (row.Basis == TaxBasis.Fixed) map.Error("basis", "An amount per line is not for services; use a percentage.");
        if (row.Percent is < -100 or > 100) map.Error("percent", $"'percent' must be between -100 and 100, found {row.Percent}.");
        map.Done();
        return row;
    }

    /// <summary>Countries and groups of them; empty for everywhere.</summary>
    private static ImmutableArray<string> Places(YamlMap map, string key, Dictionary<string, ImmutableArray<string>> groups)
    {
        var words = Words(map.Text(key));
        if (words is [Everywhere]) return [];
        foreach (var unknown in words.Where(word => !groups.ContainsKey(word) && !Countries.IsKnown(word)))
            map.Error(key, $"'{unknown}' is neither a country code nor one of the groups ({string.Join(", ", groups.Keys)}).");
        return [.. words.SelectMany(word => groups.TryGetValue(word, out var group) ? group : [word])];
    }

    private static ImmutableArray<string> Words(string text) =>
        [.. text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
}

/// <param name="From">Countries of the legal entity; empty for all.</param>
/// <param name="To">Countries of the customer; empty for all.</param>
/// <param name="Categories">Tax categories of the service; empty for all.</param>
/// <param name="TaxNumber">Whether the customer has a tax number; null where that does not matter.</param>
/// <param name="Exempt">Only for customers with a certificate of exemption.</param>
internal sealed record TaxRule(
    ImmutableArray<string> From, ImmutableArray<string> To, ImmutableArray<string> Categories, bool? TaxNumber, bool Exempt,
    DateOnly? Since, DateOnly? Until, ImmutableArray<TaxRow> Taxes)
{
    public bool Fits(TaxRequest request, TaxRequestLine line) =>
        Has(From, request.ShipFrom.Country) && Has(To, request.ShipTo.Country) && Has(Categories, line.TaxCategory)
        && (TaxNumber is null || TaxNumber == !string.IsNullOrEmpty(request.CustomerTaxNumber))
        && (!Exempt || !string.IsNullOrEmpty(request.ExemptionNumber))
        && (Since is null || request.Date >= Since) && (Until is null || request.Date <= Until);

    private static bool Has(ImmutableArray<string> among, string value) => among.IsEmpty || among.Contains(value);
}
