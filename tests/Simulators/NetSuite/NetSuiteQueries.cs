using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.NetSuite.NetSuiteErrors;

namespace Q2C.Simulators.NetSuite;

public sealed partial class NetSuiteSimulator
{
    private Answer Query(Call call)
    {
        if (call.Header("Prefer")?.Contains("transient", StringComparison.OrdinalIgnoreCase) is not true)
            throw Invalid("The required request header 'Prefer' is missing or incorrect: use 'Prefer: transient'.");
        var query = SuiteQl.Parse(Body(call)["q"].Text() ?? throw Invalid("The property q is missing."));
        var (limit, offset) = Page(call);
        var rows = Ordered(query, Rows(query).Where(query.Filter)).ToList();
        return Answer.Json(200, new JsonObject
        {
            ["links"] = new JsonArray(),
            ["count"] = Math.Min(limit, Math.Max(0, rows.Count - offset)),
            ["hasMore"] = rows.Count > offset + limit,
            ["items"] = rows.Skip(offset).Take(limit).Select(row => (JsonNode?)Projected(query, row)).ToJsonArray(),
            ["offset"] = offset,
            ["totalResults"] = rows.Count,
        });
    }

    private IEnumerable<JsonObject> Rows(SuiteQl query) => RecordTypes.All.Values
        .Where(type => query.Table == "transaction"
            ? type.SuiteQlType is not (null or "customer" or "job")
            : type.Name == query.Table)
        .SelectMany(type => Store.All(type.Name).Select(record => query.Row(record, type.SuiteQlType!)));

    /// <summary>Without ORDER BY the rows come in no particular order, and in another one for the next page.</summary>
    private IEnumerable<JsonObject> Ordered(SuiteQl query, IEnumerable<JsonObject> rows)
    {
        if (query.OrderBy is not { } column)
        {
            var shuffled = rows.ToArray();
            _random.Shuffle(shuffled);
            return shuffled;
        }
        var comparer = Comparer<string>.Create((left, right) => left == right ? 0 : SuiteQl.Compare(left, right));
        return query.Descending
            ? rows.OrderByDescending(row => row[column].Text() ?? "", comparer)
            : rows.OrderBy(row => row[column].Text() ?? "", comparer);
    }

    /// <summary>SuiteQL leaves columns without a value out of the row.</summary>
    private static JsonObject Projected(SuiteQl query, JsonObject row)
    {
        var item = new JsonObject { ["links"] = new JsonArray() };
        foreach (var column in query.Columns)
            if (row[column].Text() is { } value) item[column] = value;
        return item;
    }
}
