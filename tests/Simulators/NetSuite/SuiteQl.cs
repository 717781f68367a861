using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Q2C.Simulators.Core;
using static Q2C.Simulators.NetSuite.NetSuiteErrors;

namespace Q2C.Simulators.NetSuite;

/// <summary>
/// SELECT columns FROM customer | job | transaction [WHERE a op b AND ...] [ORDER BY column [ASC|DESC]]. Columns are
/// lower case and values text, as SuiteQL answers them.
/// </summary>
internal sealed partial record SuiteQl(
    IReadOnlyList<string> Columns, string Table, Func<JsonObject, bool> Filter, string? OrderBy, bool Descending)
{
    private static readonly Dictionary<string, string> Entity = new()
    {
        ["id"] = "id", ["externalid"] = "externalId", ["entityid"] = "entityId", ["companyname"] = "companyName",
        ["lastmodifieddate"] = "lastModifiedDate", ["datecreated"] = "createdDate", ["isinactive"] = "isInactive",
    };

    private static readonly Dictionary<string, string> Transaction = new()
    {
        ["id"] = "id", ["externalid"] = "externalId", ["tranid"] = "tranId", ["trandate"] = "tranDate", ["type"] = "type",
        ["entity"] = "entity", ["lastmodifieddate"] = "lastModifiedDate", ["createddate"] = "createdDate",
        ["status"] = "status", ["memo"] = "memo", ["foreigntotal"] = "total", ["foreignamountpaid"] = "amountPaid",
        ["foreignamountunpaid"] = "amountRemaining", ["currency"] = "currency", ["duedate"] = "dueDate",
    };

    public static SuiteQl Parse(string text)
    {
        var match = Statement().Match(text.Trim());
        if (!match.Success) throw Bad(text);
        var table = match.Groups["table"].Value.ToLowerInvariant();
        if (table is not ("customer" or "job" or "transaction")) throw Bad($"Unknown table '{table}'");
        var known = table == "transaction" ? Transaction : Entity;
        List<string> columns = [.. match.Groups["columns"].Value.Split(',').Select(each => Column(each, known))];
        List<Func<JsonObject, bool>> clauses = match.Groups["where"].Success
            ? [.. And().Split(match.Groups["where"].Value).Select(clause => Clause(clause, known))]
            : [];
        return new(columns, table, row => clauses.All(clause => clause(row)),
            match.Groups["order"].Success ? Column(match.Groups["order"].Value, known) : null,
            match.Groups["desc"].Value.Equals("DESC", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A record as a row: every known column as text.</summary>
    public JsonObject Row(JsonObject record, string type)
    {
        var known = Table == "transaction" ? Transaction : Entity;
        var row = new JsonObject();
        foreach (var (column, property) in known)
        {
            row[column] = column == "type"
                ? type
                : record[property] is JsonObject reference ? reference["id"].Text() : record[property].Text();
        }
        return row;
    }

    private static Func<JsonObject, bool> Clause(string text, Dictionary<string, string> known)
    {
        var match = Condition().Match(text.Trim());
        if (!match.Success) throw Bad(text);
        var column = Column(match.Groups["column"].Value, known);
        var operation = string.Join(' ', match.Groups["op"].Value.ToUpperInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (operation is "IN")
        {
            HashSet<string> values = [.. match.Groups["value"].Value.Trim('(', ')').Split(',').Select(Literal)];
            return row => row[column].Text() is { } value && values.Contains(value);
        }
        if (operation is "IS") return row => row[column] is null;
        if (operation is "IS NOT") return row => row[column] is not null;
        var right = Literal(match.Groups["value"].Value);
        return row => row[column].Text() is { } left && Compare(left, right) is var order && operation switch
        {
            "=" => order == 0,
            "!=" or "<>" => order != 0,
            ">" => order > 0,
            ">=" => order >= 0,
            "<" => order < 0,
            _ => order <= 0,
        };
    }

    public static int Compare(string left, string right)
    {
        if (Notation.Number(left) is { } a && Notation.Number(right) is { } b) return a.CompareTo(b);
        if (Notation.Instant(left) is { } from && Notation.Instant(right) is { } to) return from.CompareTo(to);
        return string.CompareOrdinal(left, right);
    }

    private static string Literal(string text)
    {
        text = text.Trim();
        if (DateFunction().Match(text) is { Success: true } date) text = date.Groups["text"].Value;
        return text.Trim('\'').Replace("''", "'", StringComparison.Ordinal);
    }

    private static string Column(string text, Dictionary<string, string> known)
    {
        var name = text.Trim().ToLowerInvariant();
        name = name[(name.LastIndexOf('.') + 1)..];
        return known.ContainsKey(name) ? name : throw Bad($"Field '{name}' for record was not found");
    }

    private static RefusalException Bad(string text) => new(Error(
        400, "Bad Request", "INVALID_PARAMETER", $"Invalid search query. Detailed unprocessed description follows. {text}"));

    [GeneratedRegex(
        @"^SELECT\s+(?<columns>.+?)\s+FROM\s+(?<table>\w+)(\s+WHERE\s+(?<where>.+?))?(\s+ORDER\s+BY\s+(?<order>[\w.]+)(\s+(?<desc>ASC|DESC))?)?$",
        RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Statement();

    [GeneratedRegex(@"\s+AND\s+", RegexOptions.IgnoreCase)]
    private static partial Regex And();

    [GeneratedRegex(@"^(?<column>[\w.]+)\s*(?<op>>=|<=|<>|!=|=|>|<|\s+IN\b|\s+IS\s+NOT(?=\s+NULL)|\s+IS(?=\s+NULL))\s*(?<value>.+)$",
        RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Condition();

    [GeneratedRegex(@"^TO_(DATE|TIMESTAMP|TIMESTAMP_TZ)\(\s*'(?<text>[^']*)'\s*,\s*'[^']*'\s*\)$", RegexOptions.IgnoreCase)]
    private static partial Regex DateFunction();
}
