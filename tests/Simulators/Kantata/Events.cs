using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.Kantata.KantataErrors;

namespace Q2C.Simulators.Kantata;

public sealed partial class KantataSimulator
{
    private const string SubscribedEvents = "subscribed_events";
    private const string AccountId = "7001";
    private static readonly TimeSpan EventRetention = TimeSpan.FromDays(9);
    private static readonly string[] Payloads = ["previous_payload", "current_payload", "payload_changes"];

    private bool _shuffleNextPage;
    private bool _repeatNextPage;
    private (int Count, TimeSpan By) _late;

    /// <summary>The next page of events comes in no order at all.</summary>
    public void ShuffleNextPage() => _shuffleNextPage = true;

    /// <summary>The next page of events names each of its events twice.</summary>
    public void RepeatNextPage() => _repeatNextPage = true;

    /// <summary>The next events become visible this much after their created_at.</summary>
    public void DelayEvents(int count, TimeSpan by) => _late = (count, by);

    /// <summary>Reports the latest events once more, under new ids, as the vendor's feed sometimes does.</summary>
    public void RepeatEvents(int count) => Change(() =>
    {
        foreach (var each in Store.All(SubscribedEvents).TakeLast(count).ToList())
        {
            var copy = each.Copy();
            copy["id"] = $"{Store.Next(SubscribedEvents)}";
            copy["created_at"] = Stamp(Now);
            copy["_visible_at"] = Now.ToString("O");
            Store.Put(SubscribedEvents, copy["id"].Text()!, copy);
        }
    });

    private void Emit(Resource resource, string action, JsonObject? before, JsonObject? after)
    {
        if (!resource.Tracked) return;
        var subject = after ?? before!;
        var id = $"{Store.Next(SubscribedEvents)}";
        var late = _late.Count > 0 ? _late.By : TimeSpan.Zero;
        _late = (Math.Max(0, _late.Count - 1), _late.By);
        Store.Put(SubscribedEvents, id, new JsonObject
        {
            ["id"] = id,
            ["account_id"] = AccountId,
            ["created_at"] = Stamp(Now),
            ["event_type"] = $"{resource.Singular}:{action}",
            ["subject_changed_at"] = Stamp(Now),
            ["subject_id"] = subject["id"].Text(),
            ["subject_type"] = resource.Subject,
            ["user_id"] = subject["user_id"].Text() ?? "1",
            ["previous_payload"] = before?.ToJsonString(Notation.Wire),
            ["current_payload"] = after?.ToJsonString(Notation.Wire),
            ["payload_changes"] = Changes(before, after).ToJsonString(Notation.Wire),
            ["_collection"] = resource.Collection,
            ["_visible_at"] = (Now + late).ToString("O"),
        });
    }

    private static JsonObject Changes(JsonObject? before, JsonObject? after)
    {
        var changes = new JsonObject();
        foreach (var name in (before ?? []).Concat(after ?? []).Select(pair => pair.Key).Distinct())
        {
            if (!JsonNode.DeepEquals(before?[name], after?[name]))
                changes[name] = new JsonArray(before?[name]?.DeepClone(), after?[name]?.DeepClone());
        }
        return changes;
    }

    private Answer ListEvents(Call call)
    {
        var wanted = Ids(call, "event_types");
        var subjects = Ids(call, "subject_id");
        var subjectType = call.QueryText("subject_type");
        if (subjects is not null && subjectType is null) throw Invalid("subject_type is required with subject_id", "subject_type");
        var times = Times(call).ToList();
        var found = Store.All(SubscribedEvents).Where(each =>
            each["_visible_at"].Instant() <= call.Now
            && each["created_at"].Instant() >= call.Now - EventRetention
            && times.All(filter => filter(each))
            && (wanted is null || wanted.Contains(each["event_type"].Text()!))
            && (subjectType is null || each["subject_type"].Text() == subjectType)
            && (subjects is null || subjects.Contains(each["subject_id"].Text()!))).ToList();
        return EventPage(call, Sorted(call, found, "created_at"));
    }

    private Answer EventPage(Call call, List<JsonObject> events)
    {
        var envelope = Meta(call, events.Count, out var start, out var size, paged: true);
        var page = events.Skip(start).Take(size).ToList();
        var optional = (Ids(call, "optional_fields") ?? [])
            .Concat(call.Query.TryGetValue("optional_fields[]", out var list) ? list.OfType<string>() : []).ToHashSet();
        var map = new JsonObject();
        foreach (var each in page) map[each["id"].Text()!] = ShowEvent(each, optional, call);
        var order = page.Select(each => each["id"].Text()!).ToList();
        if (_repeatNextPage) order = [.. order.SelectMany(id => new[] { id, id })];
        var ids = order.ToArray();
        if (_shuffleNextPage) _random.Shuffle(ids);
        (_repeatNextPage, _shuffleNextPage) = (false, false);
        envelope["results"] = ids.Select(id => (JsonNode?)new JsonObject { ["key"] = SubscribedEvents, ["id"] = id }).ToJsonArray();
        envelope[SubscribedEvents] = map;
        if (Ids(call, "include")?.Contains("subject") is true)
            foreach (var each in page) Side(envelope, each["_collection"].Text()!, each["subject_id"].Text()!);
        return Answer.Json(200, envelope);
    }

    private JsonObject ShowEvent(JsonObject each, HashSet<string> optional, Call call)
    {
        var shown = each.Copy();
        foreach (var field in Payloads.Where(field => !optional.Contains(field))) shown.Remove(field);
        shown.Remove("_visible_at");
        shown.Remove("_collection");
        foreach (var number in new[] { "account_id", "subject_id", "user_id" }) shown[number] = (long)each[number].Number()!;
        if (Ids(call, "include")?.Contains("subject") is not true) return shown;
        var (collection, id) = (each["_collection"].Text()!, each["subject_id"].Text()!);
        shown["subject_ref"] = Store.Find(collection, id) is null ? null : new JsonObject { ["key"] = collection, ["id"] = id };
        return shown;
    }
}
