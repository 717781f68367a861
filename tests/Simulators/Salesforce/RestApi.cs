using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;
using Q2C.Simulators.Core;
using static Q2C.Simulators.Salesforce.SalesforceErrors;

namespace Q2C.Simulators.Salesforce;

public sealed partial class SalesforceSimulator
{
    private const int MostSubrequests = 25;
    private const int MostQueriesInComposite = 5;
    private const int OpenCursors = 100;
    private readonly OrderedDictionary<string, List<JsonObject>> _cursors = [];

    private const int MostInCollection = 200;

    private Answer Data(Call call)
    {
        _client = ClientPattern().Match(call.Header("Sforce-Call-Options") ?? "") is { Success: true } named ? named.Groups[1].Value : "";
        try
        {
            return VersionPattern().IsMatch(call["version"]) ? Dispatch(call, call["rest"].Split('/')) : NoResource();
        }
        finally
        {
            _client = "";
        }
    }

    private Answer Dispatch(Call call, string[] path) => (call.Method, path) switch
    {
        ("GET", ["query"]) => Query(call, all: false),
        ("GET", ["queryAll"]) => Query(call, all: true),
        ("GET", ["query", var cursor]) => NextPage(call, cursor),
        ("GET", ["limits"]) => Limits(),
        ("POST", ["composite"]) => Composite(call),
        ("PATCH", ["composite", "sobjects"]) => UpdateMany(call),
        ("POST", ["sobjects", var type]) => Created(_records.Insert(Type(type), Body(call))),
        ("GET", ["sobjects", var type, var id]) => Retrieve(call, Type(type), id),
        ("PATCH", ["sobjects", var type, var id]) => UpdateById(Type(type), id, Body(call)),
        ("GET", ["sobjects", var type, var field, var value]) => RetrieveByKey(call, Type(type), field, value),
        ("PATCH", ["sobjects", var type, var field, var value]) => Upsert(call, Type(type), field, value),
        _ => NoResource(),
    };

    private Answer Retrieve(Call call, SObject type, string id)
    {
        return _records.Find(type, id) is { } record
            ? Answer.Json(200, SObjectRows.Show(type, record, Wanted(call, type)))
            : NoResource();
    }

    private Answer RetrieveByKey(Call call, SObject type, string field, string value)
    {
        var found = _records.ByExternalId(type, ExternalId(type, field), value);
        return found switch
        {
            [] => NoResource(),
            [var only] => Answer.Json(200, SObjectRows.Show(type, only, Wanted(call, type))),
            _ => Ambiguous(type, found),
        };
    }

    private static List<SField>? Wanted(Call call, SObject type) => call.QueryText("fields")?.Split(',').Select(name =>
        type.Find(name.Trim()) ?? throw Bad("INVALID_FIELD", $"No such column '{name}' on sobject of type {type.Name}")).ToList();

    private Answer UpdateById(SObject type, string id, JsonObject body)
    {
        if (_records.Find(type, id) is not { } existing) return NoResource();
        _records.Update(type, existing, body);
        return new Answer(204);
    }

    /// <summary>201 created, 200 updated, 300 when several rows carry the value: then nothing is written.</summary>
    private Answer Upsert(Call call, SObject type, string field, string value)
    {
        var key = ExternalId(type, field);
        var body = Body(call);
        if (body.ContainsKey(key.Name))
            throw Bad("INVALID_FIELD", $"The {key.Name} field should not be specified in the sobject data.");
        var found = _records.ByExternalId(type, key, value);
        if (found.Count > 1) return Ambiguous(type, found);
        if (found is [var existing])
        {
            _records.Update(type, existing, body);
            return Success(200, existing["Id"].Text()!, created: false);
        }
        if (call.QueryText("updateOnly") is "true") return NoResource();
        body[key.Name] = value;
        return Success(201, _records.Insert(type, body)["Id"].Text()!, created: true);
    }

    private static Answer Ambiguous(SObject type, IEnumerable<JsonObject> found) => Answer.Json(300,
        found.Select(record => (JsonNode?)$"/services/data/v62.0/sobjects/{type.Name}/{record["Id"].Text()}").ToJsonArray());

    private static Answer Created(JsonObject record) => Answer.Json(201, new JsonObject
    {
        ["id"] = record["Id"].Text(),
        ["success"] = true,
        ["errors"] = new JsonArray(),
    });

    private static Answer Success(int status, string id, bool created) => Answer.Json(status, new JsonObject
    {
        ["id"] = id,
        ["success"] = true,
        ["errors"] = new JsonArray(),
        ["created"] = created,
    });

    /// <summary>Up to 200 records of any objects; without allOrNone each is taken or refused by itself.</summary>
    private Answer UpdateMany(Call call)
    {
        var body = Body(call);
        var records = (body["records"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        if (records.Count is 0 or > MostInCollection) throw Bad("LIMIT_EXCEEDED", $"record limit reached. cannot submit more than {MostInCollection} records in this call");
        var start = Store.Mark;
        var results = records.Select(UpdateOne).ToList();
        if (body["allOrNone"].Flag() is true && results.Any(result => result["success"].Flag() is false)) Store.RollbackTo(start);
        return Answer.Json(200, results.ToJsonArray());
    }

    private JsonObject UpdateOne(JsonObject record)
    {
        var mark = Store.Mark;
        try
        {
            var type = Type(record["attributes"]?["type"].Text() ?? "");
            var existing = _records.Find(type, record["id"].Text() ?? "")
                ?? throw Bad("ENTITY_IS_DELETED", "entity is deleted or does not exist");
            var fields = record.Copy();
            fields.Remove("id");
            _records.Update(type, existing, fields);
            return new() { ["id"] = existing["Id"].Text(), ["success"] = true, ["errors"] = new JsonArray() };
        }
        catch (RefusalException refusal)
        {
            Store.RollbackTo(mark);
            var error = refusal.Answer.Body is { } text && JsonNode.Parse(text) is JsonArray and [JsonObject first, ..] ? first.Copy() : [];
            return new() { ["success"] = false, ["errors"] = new JsonArray(new JsonObject { ["statusCode"] = error["errorCode"].Text(), ["message"] = error["message"].Text() }) };
        }
    }

    private Answer Query(Call call, bool all)
    {
        var rows = Soql.Parse(call.QueryText("q") ?? throw Bad("MALFORMED_QUERY", "A query string has to be specified")).Run(Store, all);
        if (rows.Count <= _options.QueryBatchSize) return Page(rows, 0, null);
        var cursor = SalesforceId.Of("01g", Store.Next("cursor"));
        _cursors[cursor] = rows;
        if (_cursors.Count > OpenCursors) _cursors.RemoveAt(0);
        return Page(rows, 0, cursor);
    }

    private Answer NextPage(Call call, string locator)
    {
        if (locator.Split('-') is not [var cursor, var start] || !_cursors.TryGetValue(cursor, out var rows))
            throw Bad("INVALID_QUERY_LOCATOR", "invalid query locator");
        return Page(rows, (int)(Notation.Number(start) ?? 0), cursor);
    }

    private Answer Page(List<JsonObject> rows, int start, string? cursor)
    {
        var end = Math.Min(rows.Count, start + _options.QueryBatchSize);
        var page = new JsonObject { ["totalSize"] = rows.Count, ["done"] = end == rows.Count };
        if (end < rows.Count) page["nextRecordsUrl"] = $"/services/data/v62.0/query/{cursor}-{end}";
        page["records"] = rows[start..end].Select(row => row.DeepClone()).ToJsonArray();
        return Answer.Json(200, page);
    }

    private Answer Limits() => Answer.Json(200, new JsonObject
    {
        ["DailyApiRequests"] = new JsonObject
        {
            ["Max"] = _options.DailyRequestLimit,
            ["Remaining"] = Math.Max(0, _options.DailyRequestLimit - _usage.Count),
        },
    });

    private Answer Composite(Call call)
    {
        var body = Body(call);
        var requests = (body["compositeRequest"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        if (requests.Count is 0 or > MostSubrequests)
            throw Bad("LIMIT_EXCEEDED", $"The composite request has {requests.Count} subrequests; it takes 1 to {MostSubrequests}.");
        if (requests.Count(request => request["url"].Text()?.Contains("/query", StringComparison.Ordinal) is true) > MostQueriesInComposite)
            throw Bad("LIMIT_EXCEEDED", $"A composite request takes at most {MostQueriesInComposite} queries.");
        var start = Store.Mark;
        var results = new Dictionary<string, JsonNode?>();
        var answers = requests.Select(request => (Id: request["referenceId"].Text() ?? "", Answer: One(call, request, results))).ToList();
        if (body["allOrNone"].Flag() is true && answers.Any(each => each.Answer.Status >= 300))
        {
            Store.RollbackTo(start);
            answers = [.. answers.Select(each => each.Answer.Status >= 300 ? each : (each.Id, Error(400, "PROCESSING_HALTED",
                "The transaction was rolled back since another operation in the same transaction failed.")))];
        }
        return Answer.Json(200, new JsonObject
        {
            ["compositeResponse"] = answers.Select(each => (JsonNode?)new JsonObject
            {
                ["body"] = each.Answer.Body is { } text ? JsonNode.Parse(text) : null,
                ["httpHeaders"] = new JsonObject(),
                ["httpStatusCode"] = each.Answer.Status,
                ["referenceId"] = each.Id,
            }).ToJsonArray(),
        });
    }

    private Answer One(Call call, JsonObject request, Dictionary<string, JsonNode?> results)
    {
        var mark = Store.Mark;
        try
        {
            var url = Resolve(request["url"].Text() ?? "", results);
            var body = request["body"] is JsonObject json ? Resolve(json.ToJsonString(), results) : "";
            var parts = url.Split('?', 2);
            var path = parts[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
            if (path is not ["services", "data", _, .. var rest]) return NoResource();
            var inner = call with
            {
                Method = request["method"].Text() ?? "GET",
                Path = parts[0],
                Query = QueryHelpers.ParseQuery(parts.ElementAtOrDefault(1)),
                Body = body,
            };
            var answer = Dispatch(inner, [.. rest.Select(Uri.UnescapeDataString)]);
            if (answer.Body is { } text) results[request["referenceId"].Text() ?? ""] = JsonNode.Parse(text);
            return answer;
        }
        catch (RefusalException refusal)
        {
            Store.RollbackTo(mark);
            return refusal.Answer;
        }
    }

    private static string Resolve(string text, Dictionary<string, JsonNode?> results) => ReferencePattern().Replace(text, match =>
    {
        JsonNode? node = results.GetValueOrDefault(match.Groups["id"].Value);
        foreach (var step in match.Groups["path"].Value.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            var index = step.IndexOf('[', StringComparison.Ordinal);
            node = (node as JsonObject)?[index < 0 ? step : step[..index]];
            if (index >= 0) node = (node as JsonArray)?[int.Parse(step[(index + 1)..^1])];
        }
        return node.Text() ?? throw Bad("PROCESSING_HALTED", $"Invalid reference specified. No value for {match.Value} found.");
    });

    private static SObject Type(string name) => Schema.Objects.GetValueOrDefault(name) ?? throw new RefusalException(NoResource());

    private static SField ExternalId(SObject type, string name) => type.Find(name) is { IsExternalId: true } field
        ? field
        : throw new RefusalException(
            Error(404, "NOT_FOUND", $"Provided external ID field does not exist or is not accessible: {name}"));

    private static JsonObject Body(Call call) =>
        call.TryJson(out var json) ? json : throw Bad("JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no valid one.");

    [GeneratedRegex(@"^v(3[1-9]|4\d|5\d|6[0-2])\.0$")]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"(?:^|[,;\s])client=([^,;\s]+)")]
    private static partial Regex ClientPattern();

    [GeneratedRegex(@"@\{(?<id>\w+)\.?(?<path>[^}]*)\}")]
    private static partial Regex ReferencePattern();
}
