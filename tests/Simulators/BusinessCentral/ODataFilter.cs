using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Q2C.Simulators.Core;
using static Q2C.Simulators.BusinessCentral.BusinessCentralErrors;

namespace Q2C.Simulators.BusinessCentral;

/// <summary>The part of $filter that is used here: comparisons joined by "and". Codes are compared in upper case.</summary>
internal static partial class ODataFilter
{
    public static Func<JsonObject, bool> Parse(EntitySet set, string? text)
    {
        if (text is null) return _ => true;
        var clauses = And().Split(text).Select(clause => Clause(set, clause.Trim())).ToList();
        return record => clauses.All(clause => clause(record));
    }

    private static Func<JsonObject, bool> Clause(EntitySet set, string text)
    {
        var match = Comparison().Match(text);
        if (!match.Success) throw Refused("BadRequest_FilterErrorException", $"The filter \"{text}\" is not valid.");
        var (name, operation, value) = (match.Groups["name"].Value, match.Groups["op"].Value, match.Groups["value"].Value);
        var field = set.Fields.FirstOrDefault(each => each.Name == name);
        if (field is null && name is not ("id" or "lastModifiedDateTime")) throw NoSuchProperty(name, set.Type);
        if (value.StartsWith('\'')) value = value[1..^1].Replace("''", "'", StringComparison.Ordinal);
        if (field?.Kind == FieldKind.Code)
        {
            if (value.Length > field.Length)
                throw Refused("Application_FilterErrorException",
                    $"The filter is not valid for the {name} field. The length of the string is {value.Length}, but it must be less than or equal to {field.Length} characters.");
            value = value.ToUpperInvariant();
        }

        return record => Holds(record[name].Text(), operation, value);
    }

    private static bool Holds(string? left, string operation, string right)
    {
        if (right == "null") return operation == "ne" ? left is not null : left is null;
        var order = Compare(left ?? "", right);
        return operation switch
        {
            "eq" => order == 0,
            "ne" => order != 0,
            "gt" => order > 0,
            "ge" => order >= 0,
            "lt" => order < 0,
            _ => order <= 0,
        };
    }

    private static int Compare(string left, string right)
    {
        if (Notation.Number(left) is { } a && Notation.Number(right) is { } b) return a.CompareTo(b);
        if (left.Contains('T') && Notation.Instant(left) is { } from && Notation.Instant(right) is { } to) return from.CompareTo(to);
        return string.Compare(left, right, StringComparison.OrdinalIgnoreCase);
    }

    [GeneratedRegex(@"\s+and\s+")]
    private static partial Regex And();

    [GeneratedRegex(@"^(?<name>\w+)\s+(?<op>eq|ne|gt|ge|lt|le)\s+(?<value>'(?:[^']|'')*'|\S+)$")]
    private static partial Regex Comparison();
}
