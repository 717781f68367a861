using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.Salesforce;

/// <summary>Change Data Capture: what happens to records becomes events, in one order for the org.</summary>
public sealed partial class SalesforceSimulator
{
    private const string Changes = "_changes";
    private const string CommitUser = "005000000000001AAA";

    /// <summary>The name of the API client whose request is being worked; empty for a person.</summary>
    private string _client = "";

    private bool _merging;
    private TaskCompletionSource _pulse = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The mark of the newest event of the org.</summary>
    public long NewestChange
    {
        get
        {
            lock (Store.Gate) return Newest();
        }
    }

    /// <summary>Changes several records in one transaction to the same values: one event tells of all.</summary>
    public void UpdateMany(string type, IReadOnlyList<string> ids, JsonObject fields) => Change(() =>
    {
        var target = Schema.Objects[type];
        _merging = true;
        try
        {
            foreach (var id in ids) _records.Update(target, _records.Find(target, id)!, fields);
        }
        finally
        {
            _merging = false;
        }

        Emit(target, "UPDATE", ids, _records.Find(target, ids[0]), [.. fields.Select(field => field.Key)]);
    });

    /// <summary>The org changed a record and cannot tell how: the event names it and nothing else.</summary>
    public void EmitGap(string type, string id, string changeType = "GAP_UPDATE") =>
        Change(() => Emit(Schema.Objects[type], changeType, [id], null, []));

    /// <summary>A transaction changed so many records that none is named.</summary>
    public void EmitOverflow(string type) =>
        Change(() => Emit(Schema.Objects[type], "GAP_OVERFLOW", [Schema.Objects[type].Prefix + "*"], null, []));

    /// <summary>An event that no schema fits.</summary>
    public void EmitGarbage(string type) => Change(() => Append(Schema.Objects[type], [0xff, 0xff, 0x01]));

    private void Record(SObject type, JsonObject? before, JsonObject? after)
    {
        if (_merging) return;
        var kind = (before, after) switch
        {
            (null, _) => "CREATE",
            (_, null) => "DELETE",
            _ => "UPDATE",
        };
        string[] changed = after is null
            ? []
            : [.. type.Fields.Where(field => before is null || !JsonNode.DeepEquals(SObjectRows.Value(field, before), SObjectRows.Value(field, after))).Select(field => field.Name)];
        Emit(type, kind, [(after ?? before)!["Id"].Text()!], after, changed);
    }

    private void Emit(SObject type, string kind, IReadOnlyList<string> ids, JsonObject? record, string[] changed) =>
        Append(type, AvroWriter.Write(type, new(
            type.Name, ids, kind, $"com/salesforce/api/rest/62.0;client={_client}", Guid.NewGuid().ToString(), Now.ToUnixTimeMilliseconds(), CommitUser),
            record, changed));

    private void Append(SObject type, byte[] payload)
    {
        var replay = Store.Next("replay");
        Store.Put(Changes, $"{replay:D20}", new()
        {
            ["entity"] = type.Name, ["replay"] = replay, ["uuid"] = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{_options.OrganizationId}/{replay}"))[..16]).ToString(),
            ["at"] = Now.ToUnixTimeMilliseconds(), ["schema"] = AvroWriter.IdOf(type), ["payload"] = Convert.ToBase64String(payload),
        });
        Interlocked.Exchange(ref _pulse, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}
