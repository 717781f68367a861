using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Q2C.Simulators.Core;
using static Q2C.Simulators.Salesforce.SalesforceErrors;

namespace Q2C.Simulators.Salesforce;

/// <summary>
/// SELECT fields FROM Object [WHERE a op b AND ...] [ORDER BY f [ASC|DESC], ...] [LIMIT n] [OFFSET n]. A field may be a
/// path to a parent, such as Account.Name.
/// </summary>
internal sealed partial record Soql(
    SObject From, IReadOnlyList<string> Fields, IReadOnlyList<string> Where, IReadOnlyList<string> OrderBy, int Limit, int Offset)
{
    public static Soql Parse(string text)
    {
        var match = Statement().Match(text.Trim());
        if (!match.Success) throw Bad("MALFORMED_QUERY", $"unexpected token in query: {text}");
        var name = match.Groups["from"].Value;
        var type = Schema.Objects.GetValueOrDefault(name)
            ?? throw Bad("INVALID_TYPE", $"sObject type '{name}' is not supported.");
        return new(type, Parts(match, "fields", ','), match.Groups["where"].Success ? And().Split(match.Groups["where"].Value) : [],
            Parts(match, "order", ','), Int(match, "limit", int.MaxValue), Int(match, "offset", 0));
    }

    /// <summary>Where deleted records of an object are.</summary>
    public static string BinOf(SObject type) => $"_deleted {type.Name}";

    /// <param name="all">Deleted records too.</param>
    public List<JsonObject> Run(Store store, bool all = false)
    {
        var filters = Where.Select(clause => Filter(clause, store)).ToList();
        var rows = store.All(From.Name).Concat(all ? store.All(BinOf(From)) : []).Where(record => filters.All(filter => filter(record)));
        IOrderedEnumerable<JsonObject>? ordered = null;
        foreach (var (path, descending) in OrderBy.Select(Direction))
        {
            string Key(JsonObject record) => Read(path, record, store).Text() ?? "";
            ordered = (ordered, descending) switch
            {
                (null, false) => rows.OrderBy(Key, Comparer<string>.Create(Compare)),
                (null, true) => rows.OrderByDescending(Key, Comparer<string>.Create(Compare)),
                (_, false) => ordered!.ThenBy(Key, Comparer<string>.Create(Compare)),
                (_, true) => ordered!.ThenByDescending(Key, Comparer<string>.Create(Compare)),
            };
        }
        return [.. (ordered ?? rows).Skip(Offset).Take(Limit).Select(record => Project(record, store))];
    }

    private JsonObject Project(JsonObject record, Store store)
    {
        var row = new JsonObject { ["attributes"] = SObjectRows.Attributes(From, record["Id"].Text()!) };
        foreach (var path in Fields)
        {
            var dot = path.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0)
            {
                var field = Field(From, path);
                row[field.Name] = SObjectRows.Value(field, record)?.DeepClone();
                continue;
            }
            var (parent, relation) = Parent(path[..dot], record, store);
            var child = Field(Schema.Objects[relation.To!], path[(dot + 1)..]);
            if (parent is null)
            {
                row[relation.Relationship!] = null;
                continue;
            }
            var nested = row[relation.Relationship!] as JsonObject
                ?? new JsonObject { ["attributes"] = SObjectRows.Attributes(Schema.Objects[relation.To!], parent["Id"].Text()!) };
            nested[child.Name] = SObjectRows.Value(child, parent)?.DeepClone();
            row[relation.Relationship!] = nested;
        }
        return row;
    }

    private Func<JsonObject, bool> Filter(string clause, Store store)
    {
        var match = Condition().Match(clause.Trim());
        if (!match.Success) throw Bad("MALFORMED_QUERY", $"unexpected token: {clause}");
        var path = match.Groups["path"].Value;
        var operation = match.Groups["op"].Value.Trim().ToUpperInvariant();
        Check(path);
        if (operation is "IN")
        {
            HashSet<string?> values = [.. match.Groups["value"].Value.Trim('(', ')').Split(',').Select(each => Literal(each))];
            return record => values.Contains(Read(path, record, store).Text());
        }
        var right = Literal(match.Groups["value"].Value);
        if (operation is "LIKE")
        {
            var pattern = "^" + Regex.Escape(right ?? "").Replace("%", ".*", StringComparison.Ordinal).Replace('_', '.') + "$";
            return record => Regex.IsMatch(Read(path, record, store).Text() ?? "", pattern, RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1));
        }
        return record => Matches(Read(path, record, store).Text(), operation, right);
    }

    private static bool Matches(string? left, string operation, string? right) => operation switch
    {
        "=" => left is null || right is null ? left == right : Compare(left, right) == 0,
        "!=" or "<>" => left is null || right is null ? left != right : Compare(left, right) != 0,
        _ when left is null || right is null => false,
        ">" => Compare(left, right) > 0,
        ">=" => Compare(left, right) >= 0,
        "<" => Compare(left, right) < 0,
        _ => Compare(left, right) <= 0,
    };

    private static int Compare(string left, string right)
    {
        if (left.Length is 15 or 18 && SalesforceId.To18(left) == SalesforceId.To18(right)) return 0;
        if (Notation.Number(left) is { } a && Notation.Number(right) is { } b) return a.CompareTo(b);
        if (left.Contains('-', StringComparison.Ordinal)
            && Notation.Instant(left) is { } from && Notation.Instant(right) is { } to) return from.CompareTo(to);
        return string.Compare(left, right, StringComparison.OrdinalIgnoreCase);
    }

    private JsonNode? Read(string path, JsonObject record, Store store)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0) return SObjectRows.Value(Field(From, path), record);
        var (parent, relation) = Parent(path[..dot], record, store);
        return parent is null ? null : SObjectRows.Value(Field(Schema.Objects[relation.To!], path[(dot + 1)..]), parent);
    }

    private (JsonObject? Parent, SField Relation) Parent(string relationship, JsonObject record, Store store)
    {
        var relation = Relation(relationship);
        return (record[relation.Name].Text() is { } id ? store.Find(relation.To!, id) : null, relation);
    }

    private SField Relation(string relationship) =>
        From.Fields.FirstOrDefault(field => relationship.Equals(field.Relationship, StringComparison.OrdinalIgnoreCase))
        ?? throw Bad("INVALID_FIELD", $"Didn't understand relationship '{relationship}' in field path.");

    private void Check(string path)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        _ = dot < 0 ? Field(From, path) : Field(Schema.Objects[Relation(path[..dot]).To!], path[(dot + 1)..]);
    }

    private static SField Field(SObject type, string name) => type.Find(name.Trim()) ?? throw Bad(
        "INVALID_FIELD",
        $"No such column '{name.Trim()}' on entity '{type.Name}'. If you are attempting to use a custom field, be sure to append "
        + "the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.");

    private static string? Literal(string text)
    {
        text = text.Trim();
        if (text.Equals("null", StringComparison.OrdinalIgnoreCase)) return null;
        return text.StartsWith('\'')
            ? text[1..^1].Replace("\\'", "'", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal)
            : text.ToLowerInvariant() is "true" or "false" ? text.ToLowerInvariant() : text;
    }

    private static (string Path, bool Descending) Direction(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (parts[0], parts.Length > 1 && parts[1].Equals("DESC", StringComparison.OrdinalIgnoreCase));
    }

    private static string[] Parts(Match match, string group, char separator) => match.Groups[group].Success
        ? match.Groups[group].Value.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        : [];

    private static int Int(Match match, string group, int missing) =>
        match.Groups[group].Success ? (int)Notation.Number(match.Groups[group].Value)! : missing;

    [GeneratedRegex(
        @"^SELECT\s+(?<fields>.+?)\s+FROM\s+(?<from>\w+)(\s+WHERE\s+(?<where>.+?))?(\s+ORDER\s+BY\s+(?<order>.+?))?(\s+LIMIT\s+(?<limit>\d+))?(\s+OFFSET\s+(?<offset>\d+))?$",
        RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Statement();

    [GeneratedRegex(@"\s+AND\s+(?=(?:[^']*'[^']*')*[^']*$)", RegexOptions.IgnoreCase)]
    private static partial Regex And();

    [GeneratedRegex(@"^(?<path>[\w.]+)\s*(?<op>>=|<=|<>|!=|=|>|<|\bIN\b|\bLIKE\b)\s*(?<value>.+)$", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Condition();
}
