using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.Kantata.KantataErrors;

namespace Q2C.Simulators.Kantata;

public sealed partial class KantataSimulator
{
    private static readonly Resource Reference = new(References, "external_reference", "ExternalReference");
    private static readonly string[] ReferenceKey = ["service_name", "service_model", "service_model_ref"];
    private static readonly string[] ReferenceFields =
        [.. ReferenceKey, "status", "external_link", "external_status", "external_message", "locked"];

    private Answer ListReferences(Call call)
    {
        var subject = call.QueryText("subject_type") ?? throw Invalid("subject_type is required", "subject_type");
        List<string> filters = ["subject_id", .. ReferenceFields];
        var found = Store.All(References).Where(each =>
            each["subject_type"].Text() == subject
            && filters.All(name => call.QueryText(name) is not { } value || each[name].Text() == value)).ToList();
        return Envelope(call, Reference, Sorted(call, found, "last_synced_at"), paged: true);
    }

    private Answer UpsertReference(Call call)
    {
        var item = Body(call)["external_reference"] as JsonObject ?? throw Bad("The body needs an 'external_reference' object.");
        var type = item["subject_type"].Text() ?? throw Invalid("subject_type can't be blank", "subject_type");
        var id = item["subject_id"].Text() ?? throw Invalid("subject_id can't be blank", "subject_id");
        var resource = Resources.All.FirstOrDefault(each => each.Subject == type)
            ?? throw Invalid($"subject_type {type} is not supported", "subject_type");
        if (Store.Find(resource.Collection, id) is null) throw Invalid($"{type} {id} does not exist", "subject_id");
        return Envelope(call, Reference, [Refer(resource, id, item)]);
    }

    private Answer DeleteReference(Call call)
    {
        if (Store.Find(References, call["id"]) is null) throw Missing();
        Store.Remove(References, call["id"]);
        return new Answer(204);
    }

    /// <summary>One reference per subject and service; several subjects may carry the same outside id.</summary>
    private JsonObject Refer(Resource resource, string subject, JsonObject item)
    {
        foreach (var field in ReferenceKey)
            if (item[field].Text() is not { Length: > 0 }) throw Invalid($"{field} can't be blank", field);
        if (item["status"].Text() is not (null or "pending" or "successful" or "failed"))
            throw Invalid("status must be pending, successful or failed", "status");
        var existing = Store.All(References).FirstOrDefault(each =>
            each["subject_type"].Text() == resource.Subject && each["subject_id"].Text() == subject
            && each["service_name"].Text() == item["service_name"].Text());
        var record = existing?.Copy() ?? new JsonObject
        {
            ["id"] = $"{Store.Next(References)}",
            ["created_at"] = Stamp(Now),
            ["subject_type"] = resource.Subject,
            ["subject_id"] = subject,
            ["status"] = "successful",
        };
        foreach (var field in ReferenceFields.Where(item.ContainsKey)) record[field] = item[field]?.DeepClone();
        record["updated_at"] = Stamp(Now);
        record["last_synced_at"] = Stamp(Now);
        Store.Put(References, record["id"].Text()!, record);
        return record;
    }
}
