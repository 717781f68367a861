using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.NetSuite.NetSuiteErrors;

namespace Q2C.Simulators.NetSuite;

public sealed partial class NetSuiteSimulator
{
    private const int LargestPage = 1000;

    /// <summary>An accountant enters a payment in the user interface; returns its id.</summary>
    /// <param name="invoice">By its external id.</param>
    public string EnterPayment(string invoice, decimal amount) => Enter("customerPayment", invoice, (open, payment) =>
    {
        payment["payment"] = amount;
        payment["apply"]![0]!["amount"] = Math.Min(amount, open["amountRemaining"].Number()!.Value);
        return payment;
    }, PaymentOf);

    /// <summary>An accountant credits an invoice whole, in the user interface; returns the memo's id.</summary>
    public string EnterCreditMemo(string invoice) => Enter("creditMemo", invoice, (open, memo) =>
    {
        memo["apply"] = new JsonArray(new JsonObject { ["doc"] = Reference(open, "invoice"), ["apply"] = true });
        return memo;
    }, open => DocumentFrom(open, "invoice"));

    private string Enter(
        string type, string invoice, Func<JsonObject, JsonObject, JsonObject> fill, Func<JsonObject, JsonObject> start) => Change(() =>
    {
        var open = RecordReader.FindByExternalId(Store, "invoice", invoice) ?? throw new ArgumentException($"there is no invoice {invoice}");
        return Insert(RecordTypes.All[type], fill(open, start(open)), Now)["id"].Text()!;
    });

    private Answer Create(Call call)
    {
        RefuseAsync(call);
        var type = Writable(call["record"]);
        return Saved(call, type, Insert(type, Reader(call).Read(type, Body(call)), call.Now));
    }

    private Answer Upsert(Call call)
    {
        RefuseAsync(call);
        var type = Writable(call["record"]);
        if (!call["id"].StartsWith("eid:", StringComparison.Ordinal))
            throw Invalid("Upsert is only possible with an external ID. Use the eid: prefix.");
        var externalId = call["id"][4..];
        if (!ExternalIdPattern().IsMatch(externalId))
            throw Invalid($"Invalid external ID '{externalId}'. Use letters, numbers, underscore and hyphen.");
        var fields = Reader(call).Read(type, Body(call));
        fields["externalId"] = externalId;
        return RecordReader.FindByExternalId(Store, type.Name, externalId) is { } existing
            ? Saved(call, type, Overwrite(type, existing, fields, call))
            : Saved(call, type, Insert(type, fields, call.Now));
    }

    private Answer Update(Call call)
    {
        RefuseAsync(call);
        var type = Writable(call["record"]);
        return Saved(call, type, Overwrite(type, Find(type, call["id"]), Reader(call).Read(type, Body(call)), call));
    }

    private Answer Get(Call call)
    {
        var type = Readable(call["record"]);
        return Answer.Json(200, Show(type, Find(type, call["id"]), call));
    }

    private Answer List(Call call)
    {
        var type = Readable(call["record"]);
        var (limit, offset) = Page(call);
        var all = Store.All(type.Name).ToList();
        return Answer.Json(200, new JsonObject
        {
            ["links"] = new JsonArray(),
            ["count"] = Math.Min(limit, Math.Max(0, all.Count - offset)),
            ["hasMore"] = all.Count > offset + limit,
            ["items"] = all.Skip(offset).Take(limit).Select(record => (JsonNode?)new JsonObject
            {
                ["links"] = Links(call, type.Name, record["id"].Text()!),
                ["id"] = record["id"].Text(),
            }).ToJsonArray(),
            ["offset"] = offset,
            ["totalResults"] = all.Count,
        });
    }

    /// <summary>The new record takes over the source's customer, lines or open amount; the body has the last word.</summary>
    private Answer Transform(Call call)
    {
        RefuseAsync(call);
        var source = Find(Readable(call["record"]), call["id"]);
        var target = Writable(call["target"]);
        var made = (call["record"], call["target"]) switch
        {
            ("invoice", "customerPayment") => PaymentOf(source),
            ("salesOrder", "invoice") or ("invoice", "creditMemo") => DocumentFrom(source, call["record"]),
            var (from, to) => throw Invalid($"The record type '{from}' cannot be transformed to '{to}'."),
        };
        var overrides = call.Body.Length == 0 ? [] : Reader(call).Read(target, Body(call));
        made.Overlay(overrides);
        if (call["target"] == "creditMemo" && overrides["apply"] is null && overrides["item"] is null)
            made["apply"] = new JsonArray(new JsonObject { ["doc"] = Reference(source, "invoice"), ["apply"] = true });
        return Saved(call, target, Insert(target, made, call.Now));
    }

    private static JsonObject PaymentOf(JsonObject invoice) => new()
    {
        ["customer"] = invoice["entity"]!.DeepClone(),
        ["currency"] = invoice["currency"]?.DeepClone(),
        ["payment"] = invoice["amountRemaining"]!.DeepClone(),
        ["apply"] = new JsonArray(new JsonObject { ["doc"] = Reference(invoice, "invoice"), ["apply"] = true }),
    };

    private static JsonObject DocumentFrom(JsonObject source, string sourceType)
    {
        var document = new JsonObject { ["createdFrom"] = Reference(source, sourceType) };
        foreach (var field in new[] { "entity", "job", "currency", "subsidiary", "item", "taxDetails", "taxDetailsOverride", "otherRefNum" })
            if (source[field] is { } value) document[field] = value.DeepClone();
        return document;
    }

    private static JsonObject Reference(JsonObject record, string type) =>
        new() { ["id"] = record["id"].Text(), ["refName"] = RecordReader.Name(record), ["type"] = type };

    private JsonObject Insert(RecordType type, JsonObject fields, DateTimeOffset now)
    {
        var record = new JsonObject { ["id"] = $"{100 + Store.Next("internalId")}", ["createdDate"] = Stamp(now) };
        record.Overlay(fields);
        if (RecordReader.FindByExternalId(Store, type.Name, record["externalId"].Text()) is not null)
            throw Invalid("This entity already exists.", "externalId");
        if (type.SuiteQlType is not ("customer" or "job"))
        {
            record["tranId"] ??= $"{type.SuiteQlType!.ToUpperInvariant()}{Store.Next("tranId/" + type.Name):D5}";
            record["tranDate"] ??= DateOnly.FromDateTime(now.UtcDateTime).ToString("yyyy-MM-dd");
        }
        return Write(type, null, record, now);
    }

    private JsonObject Overwrite(RecordType type, JsonObject existing, JsonObject fields, Call call)
    {
        var record = existing.Copy();
        HashSet<string> replaced = [.. (call.QueryText("replace") ?? "").Split(',')];
        foreach (var (name, value) in fields)
        {
            record[name] = value is JsonArray lines && record[name] is JsonArray before && !replaced.Contains(name)
                ? Merge(before, lines)
                : value?.DeepClone();
        }
        return Write(type, existing, record, call.Now);
    }

    /// <summary>Without "replace" a line finds its predecessor by its key; lines that are not named stay.</summary>
    private static JsonArray Merge(JsonArray before, JsonArray lines)
    {
        var merged = before.OfType<JsonObject>().Select(line => line.Copy()).ToList();
        foreach (var line in lines.OfType<JsonObject>())
        {
            var match = merged.FirstOrDefault(each => SameLine(each, line));
            if (match is null) merged.Add(line.Copy());
            else match.Overlay(line);
        }
        return merged.Select(line => (JsonNode?)line).ToJsonArray();
    }

    private static bool SameLine(JsonObject left, JsonObject right) =>
        right["doc"]?["id"].Text() is { } document
            ? left["doc"]?["id"].Text() == document
            : right["line"].Number() is { } line && left["line"].Number() == line;

    private JsonObject Write(RecordType type, JsonObject? before, JsonObject record, DateTimeOffset now)
    {
        RecordReader.RequireAll(type, record);
        Number(record);
        record["lastModifiedDate"] = Stamp(now);
        Ledger.Compute(Store, type.Name, record);
        var id = record["id"].Text()!;
        Store.Put(type.Name, id, record);
        if (record["externalId"].Text() is { } externalId)
            Store.Put("_eid", $"{type.Name}/{externalId}", new JsonObject { ["id"] = id });
        if (type.Name is "customerPayment" or "creditMemo") Ledger.Propagate(Store, before, record);
        return record;
    }

    private static void Number(JsonObject record)
    {
        foreach (var list in new[] { "item", "line" })
        {
            var next = 0m;
            foreach (var line in (record[list] as JsonArray ?? []).OfType<JsonObject>())
                next = (line["line"] ??= next + 1).Number()!.Value;
        }
    }

    private JsonObject Find(RecordType type, string key) =>
        (key.StartsWith("eid:", StringComparison.Ordinal)
            ? RecordReader.FindByExternalId(Store, type.Name, key[4..])
            : Store.Find(type.Name, key)) ?? throw NoSuchRecord();

    private static JsonObject Show(RecordType type, JsonObject record, Call call)
    {
        var expanded = call.QueryText("expandSubResources") is "true";
        var id = record["id"].Text()!;
        var shown = new JsonObject { ["links"] = Links(call, type.Name, id) };
        foreach (var (name, value) in record)
        {
            var kind = type.Find(name)?.Kind;
            shown[name] = kind is PropertyKind.Sublist && value is JsonArray lines
                ? ShowSublist(call, $"{type.Name}/{id}/{name}", lines, expanded)
                : Public(value, call);
        }
        return shown;
    }

    private static JsonObject ShowSublist(Call call, string path, JsonArray lines, bool expanded)
    {
        var shown = new JsonObject { ["links"] = new JsonArray(Self(call, path)) };
        if (!expanded) return shown;
        shown["items"] = lines.Select(line => Public(line, call)).ToJsonArray();
        shown["totalResults"] = lines.Count;
        return shown;
    }

    /// <summary>Turns stored references, with their type, into NetSuite's links, id and refName.</summary>
    private static JsonNode? Public(JsonNode? value, Call call)
    {
        if (value is not JsonObject json) return value?.DeepClone();
        if (json["type"].Text() is { } type)
            return new JsonObject
            {
                ["links"] = Links(call, type, json["id"].Text()!),
                ["id"] = json["id"].Text(),
                ["refName"] = json["refName"].Text(),
            };
        return new JsonObject(json.Select(pair => KeyValuePair.Create(pair.Key, Public(pair.Value, call))));
    }

    private static JsonArray Links(Call call, string type, string id) => new(Self(call, $"{type}/{id}"));

    private static JsonObject Self(Call call, string path) =>
        new() { ["rel"] = "self", ["href"] = call.Origin + Base + path };

    private static Answer Saved(Call call, RecordType type, JsonObject record) =>
        new Answer(204).With("Location", $"{call.Origin}{Base}{type.Name}/{record["id"].Text()}");

    private static RecordType Readable(string name) => RecordTypes.All.GetValueOrDefault(name)
        ?? throw new RefusalException(Error(404, "Not Found", "NONEXISTENT_ID", $"Record type '{name}' does not exist."));

    private static RecordType Writable(string name) => RecordTypes.IsSetup(Readable(name).Name)
        ? throw new RefusalException(Error(405, "Method Not Allowed", "USER_ERROR", $"Record type '{name}' is read-only here."))
        : RecordTypes.All[name];

    private RecordReader Reader(Call call) =>
        new(Store, string.Equals(call.Header("X-NetSuite-PropertyNameValidation"), "Error", StringComparison.OrdinalIgnoreCase));

    private static void RefuseAsync(Call call)
    {
        if (call.Header("Prefer")?.Contains("respond-async", StringComparison.OrdinalIgnoreCase) is true)
            throw Invalid("This simulator has no asynchronous requests.");
    }

    private static JsonObject Body(Call call) =>
        call.TryJson(out var json) ? json : throw Invalid("The request body is not valid JSON.");

    private static (int Limit, int Offset) Page(Call call)
    {
        var limit = (int)(Notation.Number(call.QueryText("limit")) ?? LargestPage);
        var offset = (int)(Notation.Number(call.QueryText("offset")) ?? 0);
        if (limit is < 1 or > LargestPage) throw Invalid($"Invalid query parameter limit: {limit}; it is 1 to {LargestPage}.");
        if (offset % limit != 0) throw Invalid($"Invalid query parameter offset: {offset}; it must be divisible by limit.");
        return (limit, offset);
    }

    private static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ");
}
