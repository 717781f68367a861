using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Q2C.Connections;
using Q2C.Projects;

namespace Q2C.Silo.Connectors.Kantata;

/// <summary>
/// Events of the feed as records of work. An event only says that something changed; the record is read as it is now,
/// with its own time of change as version. Events of projects that do not refer to us are of no interest.
/// </summary>
internal sealed class KantataWork(string connection, KantataApi api) : IInboundMap
{
    /// <summary>Kantata stamps changes to the second; within that second a record can change again unseen.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);

    private static readonly InboundResult Nothing = new InboundResult.Commands([]);

    private readonly ConcurrentDictionary<string, string> _projects = new(StringComparer.Ordinal);

    public async Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel)
    {
        if (!JsonBody.TryRead(delivery.Body, "event", out var json, out var broken)) return new InboundResult.Parked([broken]);
        var @event = new KantataRecord(delivery.Key, json, json);
        if (@event["event_type"]?.Split(':') is not [var type, var action] || @event["subject_id"] is not { } id)
            return new InboundResult.Parked([new(new(
                "MEMBER_MISSING", "event_type", "The event needs an event_type like 'time_entry:updated' and a subject_id.",
                "Compare the event with Kantata's documentation of subscribed events, correct it and retry."))]);
        return type switch
        {
            "time_entry" => await Read("time_entries", "include=workspace,role,user,story&from_archived_workspaces=true", Time),
            "expense" => await Read("expenses", "include=workspace,user,story&from_archived_workspaces=true", Expense),
            "story" => await Read("stories", "include=workspace,external_references", MilestoneOf),
            _ => Nothing,
        };

        Task<InboundResult> Read(string collection, string query, Func<KantataRecord, Change, Reading> reading) =>
            ReadBack(new(delivery, @event, SourceIds.Of(type, id), action), collection, id, query, reading, cancel);
    }

    private async Task<InboundResult> ReadBack(
        Change change, string collection, string id, string query, Func<KantataRecord, Change, Reading> reading,
        CancellationToken cancel)
    {
        var reply = await api.Get($"{collection}/{id}?{query}", change.Delivery.Key, cancel);
        if (reply is VendorReply.Answered { Status: 404 })
            return change.Action == "deleted" ? await Deleted(change, cancel) : Nothing;
        if (KantataApi.Records(reply) is not [var record, ..])
        {
            var why = reply.ToLookUpUnavailable();
            return new InboundResult.Waits(why.Code, why.Message, why.RetryAfter);
        }

        if (StillChanging((VendorReply.Answered)reply, record))
            return new InboundResult.Waits("RECORD_STILL_CHANGING", "The record changed within this second.", Settled);
        return reading(record, change) switch
        {
            Reading.Work work => await Address(change, record["workspace_id"], work.Record, cancel),
            Reading.Wrong wrong => new InboundResult.Parked([new(wrong.Problem)]),
            _ => Nothing,
        };
    }

    private static bool StillChanging(VendorReply.Answered reply, KantataRecord record) =>
        reply.Headers.TryGetValue("Date", out var text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var now)
        && record.Instant("updated_at") is { } changed && now - changed < Settled;

    private static Reading Time(KantataRecord entry, Change change)
    {
        if (entry.Instant("updated_at") is not { } version || entry.Date("date_performed") is not { } date
            || entry.Number("time_in_minutes") is not { } minutes)
            return Incomplete("updated_at, date_performed, time_in_minutes");
        if (!entry.Flag("approved")) return NotApproved(change, version, date);
        return new Reading.Work(new WorkRecord.TimeWorked(
            change.SourceId, Version(version), date,
            entry.Included("users", "user_id")?["full_name"] ?? $"user {entry["user_id"]}",
            entry.Included("roles", "role_id")?["name"] ?? "", entry.Included("stories", "story_id")?["title"],
            minutes / 60m, entry.Flag("billable"), LineId: null, Blank(entry["notes"])));
    }

    private static Reading Expense(KantataRecord expense, Change change)
    {
        if (expense.Instant("updated_at") is not { } version || expense.Date("date") is not { } date
            || expense.Number("amount_in_cents") is not { } amount || expense["currency"] is not { } currency)
            return Incomplete("updated_at, date, amount_in_cents, currency");
        if (!expense.Flag("approved")) return NotApproved(change, version, date);
        if (!Currencies.IsKnown(currency))
            return new Reading.Wrong(new(
                "CURRENCY_UNKNOWN", "currency", $"'{currency}' is not an ISO 4217 currency.", "Correct the project's currency in Kantata."));
        return new Reading.Work(new WorkRecord.ExpenseIncurred(
            change.SourceId, Version(version), date, expense.Included("users", "user_id")?["full_name"] ?? $"user {expense["user_id"]}",
            expense["category"] ?? "", Money.Round(amount / BaseUnit(expense, currency), currency, Rounding.HalfUp),
            expense.Flag("billable"), LineId: null, Blank(expense["notes"])));
    }

    private static decimal BaseUnit(KantataRecord expense, string currency) =>
        expense.Number("currency_base_unit") is > 0 and { } unit ? unit : Money.Of(1m, currency).Minor;

    private static Reading MilestoneOf(KantataRecord story, Change change)
    {
        if (story.OurId(Models.Milestone.Name) is not { } milestone) return new Reading.NotOurs();
        if (story.Instant("updated_at") is not { } version) return Incomplete("updated_at");
        var date = DateOnly.FromDateTime(version.UtcDateTime);
        return story["state"] == "completed"
            ? new Reading.Work(new WorkRecord.MilestoneReached(change.SourceId, Version(version), date, milestone))
            : new Reading.Work(new WorkRecord.Retracted(change.SourceId, Version(version), date, "The milestone is not complete in Kantata."));
    }

    /// <summary>A record that was never approved is nobody's business yet; one that was loses its item.</summary>
    private static Reading NotApproved(Change change, DateTimeOffset version, DateOnly date) => change.Action == "created"
        ? new Reading.NotOurs()
        : new Reading.Work(new WorkRecord.Retracted(change.SourceId, Version(version), date, "Not approved in Kantata."));

    /// <summary>The record is gone; what the event remembers of it says whose it was.</summary>
    private async Task<InboundResult> Deleted(Change change, CancellationToken cancel)
    {
        var remembered = change.Event["previous_payload"] ?? change.Event["current_payload"];
        if (remembered is null || change.Event.Instant("subject_changed_at") is not { } at) return Nothing;
        using var payload = JsonDocument.Parse(remembered);
        return await Address(
            change, KantataRecord.Text(payload.RootElement, "workspace_id"),
            new WorkRecord.Retracted(change.SourceId, Version(at), DateOnly.FromDateTime(at.UtcDateTime), "Deleted in Kantata."), cancel);
    }

    private async Task<InboundResult> Address(Change change, string? workspace, WorkRecord record, CancellationToken cancel)
    {
        if (workspace is null) return Nothing;
        if (!_projects.TryGetValue(workspace, out var project))
        {
            var reply = await api.Get(
                $"workspaces/{workspace}?include=external_references&include_archived=true", change.Delivery.Key, cancel);
            if (reply is VendorReply.Answered { Status: 404 }) return Nothing;
            if (KantataApi.Records(reply) is not [var found, ..])
            {
                var why = reply.ToLookUpUnavailable();
                return new InboundResult.Waits(why.Code, why.Message, why.RetryAfter);
            }

            if (found.OurId(Models.Project.Name) is not { } ours) return Nothing;
            if (!Ids.Is(ours, Ids.Project))
                return new InboundResult.Parked([new(new(
                    "PROJECT_ID_INVALID", "external_references",
                    $"Kantata's project {workspace} refers to '{ours}', which is no project of ours.",
                    "Correct the project's external reference in Kantata, then retry."))]);
            project = _projects[workspace] = ours;
        }

        var feed = Ids.Derive(Ids.RegionOf(project), Ids.WorkFeed, connection, workspace);
        return new InboundResult.Commands([new(feed, new(
            change.Delivery.Key, new ReportWork(connection, workspace, project, [record]), Actor.Connection(connection),
            change.Delivery.Correlation, change.Delivery.Causation, change.Event.Instant("subject_changed_at")))]);
    }

    private static long Version(DateTimeOffset changed) => changed.ToUnixTimeMilliseconds();

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static Reading.Wrong Incomplete(string members) => new(new(
        "MEMBER_MISSING", members, $"The record as read from Kantata lacks one of {members}.",
        "Look at the record in Kantata; if it is complete there, the API has changed and the connector has to follow."));

    /// <param name="SourceId">The record's name as a source of work.</param>
    private sealed record Change(InboxDelivery Delivery, KantataRecord Event, string SourceId, string Action);

    private abstract record Reading
    {
        public sealed record Work(WorkRecord Record) : Reading;

        public sealed record Wrong(Problem Problem) : Reading;

        public sealed record NotOurs : Reading;
    }
}
