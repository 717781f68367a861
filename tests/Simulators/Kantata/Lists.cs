using System.Globalization;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.Kantata.KantataErrors;

namespace Q2C.Simulators.Kantata;

public sealed partial class KantataSimulator
{
    private const string References = "external_references";
    private const int DefaultPage = 20;
    private const int LargestPage = 200;
    private static readonly string[] IdFilters = ["workspace_id", "story_id", "user_id", "role_id", "rate_card_id", "rate_card_version_id"];

    private Answer List(Call call, Resource resource)
    {
        var found = Store.All(resource.Collection).Where(Filter(call, resource)).ToList();
        return Envelope(call, resource, Sorted(call, found, "updated_at"), paged: true);
    }

    /// <summary>What a default filter hides from a list is missing when asked for by id as well.</summary>
    private Answer Get(Call call, Resource resource) =>
        Find(resource, call["id"]) is var record && Filter(call, resource)(record) ? Envelope(call, resource, [record]) : throw Missing();

    private Func<JsonObject, bool> Filter(Call call, Resource resource)
    {
        List<Func<JsonObject, bool>> filters = [.. ReferenceFilters(call, resource), .. Times(call)];
        if (Ids(call, "only") is { } only) filters.Add(record => only.Contains(record["id"].Text()!));
        foreach (var field in IdFilters)
        {
            if (call.QueryText(field) is { } id) filters.Add(record => record[field].Text() == id);
            if (Ids(call, field + "s") is { } ids) filters.Add(record => record[field].Text() is { } value && ids.Contains(value));
        }
        if (resource.Singular is "workspace_resource")
        {
            var onlyUnnamed = call.QueryText("only_unnamed") is "true";
            var unnamed = call.QueryText("include_unnamed") is "true" || onlyUnnamed;
            filters.Add(record => record["user_id"] is null ? unnamed : !onlyUnnamed);
        }
        if (resource.Singular is "time_entry" or "expense")
        {
            if (call.QueryText("approved") is not null) filters.Add(record => record["approved"].Flag() is true);
            if (call.QueryText("from_archived_workspaces") is not "true")
                filters.Add(record => Store.Find("workspaces", record["workspace_id"].Text()!)?["archived"].Flag() is not true);
        }
        if (resource.Singular is "workspace" && call.QueryText("include_archived") is not "true" && call.QueryText("only") is null)
            filters.Add(record => record["archived"].Flag() is not true);
        if (call.QueryText("matching") is { } text)
            filters.Add(record => record["title"].Text()?.Contains(text, StringComparison.OrdinalIgnoreCase) is true);
        if (call.QueryText("with_story_type") is { } type) filters.Add(record => record["story_type"].Text() == type);
        return record => filters.All(filter => filter(record));
    }

    private IEnumerable<Func<JsonObject, bool>> ReferenceFilters(Call call, Resource resource)
    {
        const string prefix = "external_reference_";
        var name = call.QueryText(prefix + "service_name");
        var model = call.QueryText(prefix + "service_model");
        var single = call.QueryText(prefix + "service_model_ref");
        var many = Ids(call, prefix + "service_model_refs");
        if (single is not null && !int.TryParse(single, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            throw Bad("external_reference_service_model_ref is an integer; use external_reference_service_model_refs for texts.");
        if (many is { Count: > LargestPage }) throw Bad("At most 200 external reference ids can be given.");
        if (name is null && model is null && single is null && many is null) yield break;
        var subjects = Store.All(References).Where(reference =>
            reference["subject_type"].Text() == resource.Subject
            && (name is null || reference["service_name"].Text() == name)
            && (model is null || reference["service_model"].Text() == model)
            && (single is null || reference["service_model_ref"].Text() == single)
            && (many is null || many.Contains(reference["service_model_ref"].Text()!)))
            .Select(reference => reference["subject_id"].Text()).ToHashSet();
        yield return record => subjects.Contains(record["id"].Text());
    }

    private static IEnumerable<Func<JsonObject, bool>> Times(Call call)
    {
        foreach (var field in new[] { "created", "updated" })
        {
            if (Moment(call, field + "_after") is { } after) yield return record => record[field + "_at"].Instant() > after;
            if (Moment(call, field + "_before") is { } before) yield return record => record[field + "_at"].Instant() < before;
        }
    }

    private static DateTimeOffset? Moment(Call call, string name) => call.QueryText(name) is not { } text
        ? null
        : Notation.Instant(text.Replace(' ', '+')) ?? throw Bad($"{name} is not an ISO 8601 time: {text}");

    private static HashSet<string>? Ids(Call call, string name) =>
        call.QueryText(name)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToHashSet();

    private static List<JsonObject> Sorted(Call call, List<JsonObject> records, string defaultField)
    {
        var order = (call.QueryText("order") ?? defaultField + ":desc").Split(':');
        var sorted = records.OrderBy(record => record[order[0]].Text(), StringComparer.Ordinal)
            .ThenBy(record => record["id"].Number()).ToList();
        if (order.ElementAtOrDefault(1) is not "asc") sorted.Reverse();
        return sorted;
    }

    /// <summary>Order is in "results" only; the collections hold the records by id, with what was asked to be included.</summary>
    private Answer Envelope(Call call, Resource resource, List<JsonObject> records, bool paged = false)
    {
        var envelope = Meta(call, records.Count, out var start, out var size, paged);
        var page = paged ? records.Skip(start).Take(size).ToList() : records;
        envelope["results"] = page.Select(record => (JsonNode?)new JsonObject
        {
            ["key"] = resource.Collection,
            ["id"] = record["id"].Text(),
        }).ToJsonArray();
        envelope[resource.Collection] = new JsonObject();
        var included = Ids(call, "include") ?? [];
        foreach (var record in page) Add(envelope, resource, record, included);
        return Answer.Json(200, envelope);
    }

    private static JsonObject Meta(Call call, int count, out int start, out int size, bool paged)
    {
        size = (int)Math.Clamp(Notation.Number(call.QueryText("per_page")) ?? DefaultPage, 1, LargestPage);
        var number = (int)Math.Max(Notation.Number(call.QueryText("page")) ?? 1, 1);
        start = (number - 1) * size;
        return new JsonObject
        {
            ["count"] = count,
            ["meta"] = new JsonObject
            {
                ["count"] = count,
                ["page_count"] = paged ? (count + size - 1) / size : 1,
                ["page_number"] = number,
                ["page_size"] = size,
            },
        };
    }

    private void Add(JsonObject envelope, Resource resource, JsonObject record, HashSet<string> included)
    {
        var shown = record.Copy();
        foreach (var association in resource.Associations)
        {
            if (!included.Contains(association.Name)) shown.Remove(association.IdField);
            else if (record[association.IdField].Text() is { } id) Side(envelope, association.Collection, id);
        }
        if (included.Contains(References))
        {
            var references = Store.All(References).Where(each =>
                each["subject_type"].Text() == resource.Subject && each["subject_id"].Text() == record["id"].Text()).ToList();
            shown["external_reference_ids"] = references.Select(each => (JsonNode?)each["id"].Text()).ToJsonArray();
            foreach (var reference in references) Side(envelope, References, reference["id"].Text()!);
        }
        envelope[resource.Collection]!.AsObject()[record["id"].Text()!] = shown;
    }

    private void Side(JsonObject envelope, string collection, string id)
    {
        if (Store.Find(collection, id) is not { } record) return;
        var map = (JsonObject)(envelope[collection] ??= new JsonObject());
        if (map.ContainsKey(id)) return;
        var side = record.Copy();
        foreach (var association in Resources.All.FirstOrDefault(each => each.Collection == collection)?.Associations ?? [])
            side.Remove(association.IdField);
        map[id] = side;
    }
}
