using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.Jira;

/// <summary>
/// Worklogs changed since the watermark (milliseconds), as the webhook would have told: it covers what the webhook lost.
/// Jira leaves out the last minute, so nothing can still slip in before what it has shown.
/// </summary>
internal sealed class ChangedWorklogs(JiraApi api, TimeProvider time, TimeSpan interval) : IPoller
{
    public string Feed => "worklog/updated";

    public TimeSpan Interval => interval;

    public async Task<PollResult> Poll(string? watermark, CancellationToken cancel)
    {
        var (page, failure) = await WorklogPage.Read(api, "updated", watermark, time, cancel);
        if (page is null) return failure!;
        if (page.Changes.IsEmpty) return page.Result([]);
        var (worklogs, reply) = await api.Worklogs(page.Changes.Select(change => change.Id), "jira/worklog/updated", cancel);
        if (worklogs is null) return WorklogPage.Unavailable(reply);
        var times = page.Changes.ToDictionary(change => $"{change.Id}", change => change.At);
        return page.Result([.. from worklog in worklogs
                               let id = JiraApi.Text(worklog, "id")
                               where id is not null && times.ContainsKey(id)
                               select WorklogPage.Delivery("worklog_updated", $"worklog/{id}/{times[id]}", times[id], worklog)]);
    }
}

/// <summary>Worklogs deleted since the watermark; all that is left of them is their ids.</summary>
internal sealed class DeletedWorklogs(JiraApi api, TimeProvider time, TimeSpan interval) : IPoller
{
    public string Feed => "worklog/deleted";

    public TimeSpan Interval => interval;

    public async Task<PollResult> Poll(string? watermark, CancellationToken cancel)
    {
        var (page, failure) = await WorklogPage.Read(api, "deleted", watermark, time, cancel);
        if (page is null) return failure!;
        return page.Result([.. page.Changes.Select(change => WorklogPage.Delivery(
            "worklog_deleted", $"worklog/{change.Id}/deleted", change.At, JsonSerializer.SerializeToElement(new { id = $"{change.Id}" })))]);
    }
}

/// <summary>One answer of <c>/worklog/updated</c> or <c>/worklog/deleted</c>.</summary>
internal sealed record WorklogPage(ImmutableArray<(long Id, long At)> Changes, string Until, bool More)
{
    /// <summary>Where the first pass begins: what is older comes when its project is linked.</summary>
    private static readonly TimeSpan Reach = TimeSpan.FromDays(1);

    public static async Task<(WorklogPage? Page, PollResult? Failure)> Read(
        JiraApi api, string kind, string? watermark, TimeProvider time, CancellationToken cancel)
    {
        var since = watermark ?? (time.GetUtcNow() - Reach).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        var reply = await api.Get($"worklog/{kind}?since={since}", $"jira/worklog/{kind}", cancel);
        if (JiraApi.List(reply, "values") is not { } values || reply is not VendorReply.Answered answer) return (null, Unavailable(reply));
        ImmutableArray<(long, long)> changes =
            [.. values.Select(value => (value.GetProperty("worklogId").GetInt64(), value.GetProperty("updatedTime").GetInt64()))];
        return (new(changes, answer.Text("until") ?? since, answer.Text("lastPage") == "false"), null);
    }

    public PollResult Result(ImmutableArray<PolledDelivery> deliveries) => new PollResult.Page(deliveries, Until, More);

    public static PollResult.Unavailable Unavailable(VendorReply reply)
    {
        var why = reply.ToLookUpUnavailable();
        return new(why.Code, JiraApi.Error(reply) ?? why.Message, why.RetryAfter);
    }

    public static PolledDelivery Delivery(string @event, string key, long at, JsonElement worklog) => new(
        key, JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["webhookEvent"] = @event,
            ["timestamp"] = at,
            ["worklog"] = JsonNode.Parse(worklog.GetRawText()),
        }));
}
