namespace Q2C.Simulators.AvaTax;

/// <summary>One tax of a line. A rate of zero is an answer: exempt, reverse charge or no nexus.</summary>
public sealed record TaxRule(string Country, string Region, string Jurisdiction, string Type, string TaxType, string Name, decimal Rate);

/// <summary>
/// A few real standard rates of 2026 by destination. Services tax codes (P*, S*) are taxable in Europe and untaxed in
/// the American states, goods are taxed in both; NT and its kind are taxed nowhere.
/// </summary>
public static class TaxTable
{
    private static readonly Dictionary<string, decimal> Vat = new()
    {
        ["AT"] = 0.20m, ["BE"] = 0.21m, ["DE"] = 0.19m, ["DK"] = 0.25m, ["ES"] = 0.21m, ["FI"] = 0.255m, ["FR"] = 0.20m,
        ["GB"] = 0.20m, ["IE"] = 0.23m, ["IT"] = 0.22m, ["LU"] = 0.17m, ["NL"] = 0.21m, ["NO"] = 0.25m, ["PL"] = 0.23m,
        ["SE"] = 0.25m, ["CH"] = 0.081m,
    };

    private static readonly HashSet<string> OutsideTheUnion = ["GB", "NO", "CH"];

    private static readonly Dictionary<string, (string Name, decimal Rate)> States = new()
    {
        ["CA"] = ("CALIFORNIA", 0.0725m), ["NY"] = ("NEW YORK", 0.04m), ["TX"] = ("TEXAS", 0.0625m),
        ["WA"] = ("WASHINGTON", 0.065m), ["OR"] = ("OREGON", 0m), ["MA"] = ("MASSACHUSETTS", 0.0625m),
    };

    public static bool Knows(string country) => country == "US" || Vat.ContainsKey(country);

    /// <summary>The tax of a line shipped or rendered from one country to another.</summary>
    public static TaxRule Find(string from, string to, string region, string taxCode, bool hasTaxNumber, bool exempt)
    {
        var untaxed = exempt || taxCode.StartsWith("NT", StringComparison.OrdinalIgnoreCase);
        return to == "US" ? Sales(region, taxCode, untaxed) : ValueAdded(from, to, hasTaxNumber, untaxed);
    }

    private static TaxRule Sales(string region, string taxCode, bool untaxed)
    {
        var (name, rate) = States.GetValueOrDefault(region, (region, 0m));
        var service = taxCode.StartsWith('S');
        return new("US", region, name, "STA", "Sales", $"{region} STATE TAX", untaxed || service ? 0m : rate);
    }

    private static TaxRule ValueAdded(string from, string to, bool hasTaxNumber, bool untaxed)
    {
        var crossBorder = from != to;
        var reverse = crossBorder && hasTaxNumber && InUnion(from) && InUnion(to);
        var export = crossBorder && InUnion(from) && !InUnion(to);
        var name = reverse ? "Reverse charge" : export ? "Export" : $"Standard Rate {to}";
        return new(to, to, Country(to), "CNT", reverse ? "Input" : "Output", name, untaxed || reverse || export ? 0m : Vat[to]);
    }

    private static bool InUnion(string country) => Vat.ContainsKey(country) && !OutsideTheUnion.Contains(country);

    private static string Country(string code) => code switch
    {
        "DE" => "GERMANY",
        "AT" => "AUSTRIA",
        "FR" => "FRANCE",
        "GB" => "UNITED KINGDOM",
        "NL" => "NETHERLANDS",
        _ => code,
    };
}
