using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.Stripe;

/// <summary>Stripe's search language as far as clauses joined by AND: field:"x", field~"x", metadata["k"]:"v", numbers.</summary>
internal static partial class StripeSearch
{
    public static Func<JsonObject, bool> Parse(string query)
    {
        var clauses = And().Split(query.Trim()).Select(Clause).ToList();
        return record => clauses.All(clause => clause(record));
    }

    private static Func<JsonObject, bool> Clause(string text)
    {
        var match = Term().Match(text);
        if (!match.Success) throw StripeErrors.Invalid(null, "We were unable to parse your search query.", "query");
        var field = match.Groups["field"].Value;
        var key = match.Groups["key"].Value;
        var operation = match.Groups["op"].Value;
        var value = match.Groups["value"].Value.Trim('"', '\'');
        var negated = match.Groups["not"].Length > 0;
        return record => Matches(field == "metadata" ? record["metadata"]?[key] : record[field], operation, value) != negated;
    }

    private static bool Matches(JsonNode? node, string operation, string value) => operation switch
    {
        ":" => value == "null" ? node is null : string.Equals(node.Text(), value, StringComparison.OrdinalIgnoreCase),
        "~" => node.Text()?.Contains(value, StringComparison.OrdinalIgnoreCase) is true,
        _ => node.Number() is { } number && Compare(number, operation, decimal.Parse(value, CultureInfo.InvariantCulture)),
    };

    private static bool Compare(decimal left, string operation, decimal right) => operation switch
    {
        ">" => left > right,
        "<" => left < right,
        ">=" => left >= right,
        _ => left <= right,
    };

    [GeneratedRegex(@"\s+AND\s+", RegexOptions.IgnoreCase)]
    private static partial Regex And();

    [GeneratedRegex(
        """^(?<not>-)?(?<field>[a-z_]+)(\[["'](?<key>[^"']+)["']\])?(?<op>:|~|>=|<=|>|<)(?<value>"[^"]*"|'[^']*'|[-\w.]+)$""")]
    private static partial Regex Term();
}
