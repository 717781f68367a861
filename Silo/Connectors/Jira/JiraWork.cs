using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Q2C.Connections;
using Q2C.Projects;
using Q2C.Silo.Connectors.Mapping;

namespace Q2C.Silo.Connectors.Jira;

/// <summary>
/// What happened in Jira as records of work. An event is a hint: the worklog and its issue are read as they are now, and
/// worklogs of Jira projects that are not linked to ours are of no interest. A worklog's version is its own time of change;
/// when only its issue changed, the time of that.
/// </summary>
internal sealed class JiraWork(
    string connection, JiraApi api, JiraLinks links, IReferenceLookUp references, InboundMap<Worklog> map) : IInboundMap
{
    /// <summary>Of our own making: an issue of a project that was linked (<see cref="LinkedProjects"/>).</summary>
    public const string IssueLinked = "q2c:issue_linked";

    private const string ProjectField = "project";

    /// <summary>How long a deleted worklog may be unknown here before it counts as nobody's.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static readonly InboundResult Nothing = new InboundResult.Commands([]);

    /// <summary>Fields of issues that the mapping document reads: they are asked for, and a change of one is a change of the worklog.</summary>
    private readonly ImmutableSortedSet<string> _fields =
        [ProjectField, .. map.VendorPaths.Where(path => path.Names is ["issue", "fields", _, ..]).Select(path => path.Names[2])];

    public async Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel)
    {
        if (!JsonBody.TryRead(delivery.Body, "event", out var body, out var broken)) return new InboundResult.Parked([broken]);
        var read = new JiraEvent(delivery, body, cancel);
        try
        {
            return read.Name switch
            {
                "worklog_created" or "worklog_updated" or "worklog_deleted" => await OfWorklog(read),
                "jira:issue_updated" when Concerns(read) => await OfIssue(read, read.At),
                IssueLinked => await OfIssue(read, null),
                null => Missing("webhookEvent"),
                _ => Nothing,
            };
        }
        catch (NotReadException stopped)
        {
            return stopped.Result;
        }
    }

    private async Task<InboundResult> OfWorklog(JiraEvent read)
    {
        if (JiraApi.Text(read.Body, "worklog", "id") is not { } id || !long.TryParse(id, out var number)) return Missing("worklog.id");
        var (worklogs, reply) = await api.Worklogs([number], read.Key, read.Cancel);
        if (worklogs is null) throw new NotReadException(reply);
        if (worklogs is not [var worklog]) return read.Name == "worklog_deleted" ? await Deleted(read, id) : Nothing;
        if (JiraApi.Text(worklog, "issueId") is not { } issueId) return Incomplete("issueId");
        return await Issue(issueId, read) is { } issue && await ProjectOf(issue, read) is { } project
            ? Report(read, issue, project, [worklog], null)
            : Nothing;
    }

    /// <summary>
    /// All worklogs of an issue, because what they become depends on it. If it came from another project, they leave that.
    /// </summary>
    /// <param name="version">Of the worklogs, if it is not their own.</param>
    private async Task<InboundResult> OfIssue(JiraEvent read, long? version)
    {
        if (JiraApi.Text(read.Body, "issue", "id") is not { } id) return Missing("issue.id");
        if (await Issue(id, read) is not { } issue) return Nothing;
        var worklogs = await WorklogsOf(id, read);
        if (worklogs.Count == 0) return Nothing;
        var project = await ProjectOf(issue, read);
        var arrived = project is null ? Nothing : Report(read, issue, project, worklogs, version);
        if (arrived is not InboundResult.Commands commands || read.Came(ProjectField) is not { } from) return arrived;
        if (await OurProject(from, read) is not { } left || left == project) return arrived;
        return new InboundResult.Commands(
            [.. Commands(read, from, left, [.. worklogs.Select(worklog => Gone(worklog, read.At, "The issue was moved to another project in Jira."))]), .. commands.Items]);
    }

    /// <summary>The issue names the project; if it is gone as well, what was reported before does.</summary>
    private async Task<InboundResult> Deleted(JiraEvent read, string id)
    {
        var retracted = new WorkRecord.Retracted(SourceOf(id), read.At, Day(read.At), "Deleted in Jira.");
        if (await references.WorkSource(connection, retracted.SourceId, read.Cancel) is { } source)
            return new InboundResult.Commands([Command(source.Feed, "", source.Project, [retracted], read, read.Key)]);
        if (JiraApi.Text(read.Body, "worklog", "issueId") is { } issueId && await Issue(issueId, read) is { } issue)
            return await ProjectOf(issue, read) is { } project
                ? new InboundResult.Commands(Commands(read, JiraProject(issue), project, [retracted]))
                : Nothing;
        return read.Age < Patience
            ? new InboundResult.Waits("SOURCE_NOT_KNOWN", $"The worklog {id} was deleted, and nothing is known here of where it was.", Patience / 10)
            : Nothing;
    }

    private InboundResult Report(JiraEvent read, JsonElement issue, string project, IReadOnlyList<JsonElement> worklogs, long? version)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        var records = ImmutableArray.CreateBuilder<WorkRecord>();
        foreach (var worklog in worklogs)
        {
            if (JiraApi.Instant(JiraApi.Text(worklog, "updated")) is not { } updated || JiraApi.Text(worklog, "id") is not { } id)
                return Incomplete("id, updated");
            var mapped = map.Map(new JsonObject
            {
                ["worklog"] = JsonNode.Parse(worklog.GetRawText()), ["issue"] = JsonNode.Parse(issue.GetRawText()), ["note"] = CommentText.Of(worklog),
            });
            problems.AddRange(mapped.Problems);
            if (mapped.Value is { } value && Record(SourceOf(id), version ?? updated.ToUnixTimeMilliseconds(), value, read) is { } record)
                records.Add(record);
        }

        return problems.Count > 0
            ? new InboundResult.Parked([.. problems.Select(problem => new ParseProblem(problem))])
            : new InboundResult.Commands(Commands(read, JiraProject(issue), project, records.ToImmutable()));
    }

    /// <summary>A worklog that was never approved is nobody's business yet; one that was loses its item.</summary>
    private static WorkRecord? Record(string source, long version, Worklog work, JiraEvent read)
    {
        var day = work.Day();
        if (work.Approved)
            return new WorkRecord.TimeWorked(
                source, version, day, work.Person, work.Role, work.Task, work.Seconds / 3600m, work.Billable, work.LineId, work.Note);
        return read.Name is "worklog_created" or IssueLinked ? null : new WorkRecord.Retracted(source, version, day, "Not approved in Jira.");
    }

    private WorkRecord.Retracted Gone(JsonElement worklog, long at, string why) =>
        new(SourceOf(JiraApi.Text(worklog, "id") ?? ""), at, Day(at), why);

    private ImmutableArray<GrainCommand> Commands(JiraEvent read, string jiraProject, string project, ImmutableArray<WorkRecord> records)
    {
        var feed = Ids.Derive(Ids.RegionOf(project), Ids.WorkFeed, connection, jiraProject);
        return [.. records.Chunk(JiraApi.MaxWorklogs).Select((part, i) =>
            Command(feed, jiraProject, project, [.. part], read, i == 0 ? read.Key : $"{read.Key}/{i}"))];
    }

    private GrainCommand Command(
        string feed, string jiraProject, string project, ImmutableArray<WorkRecord> records, JiraEvent read, string key) => new(feed, new(
            key, new ReportWork(connection, jiraProject, project, records), Actor.Connection(connection),
            read.Delivery.Correlation, read.Delivery.Causation, DateTimeOffset.FromUnixTimeMilliseconds(read.At)));

    /// <summary>Null for one that is not there, or that our user may not see.</summary>
    private async Task<JsonElement?> Issue(string id, JiraEvent read) =>
        await api.Get($"issue/{Uri.EscapeDataString(id)}?fields={string.Join(',', _fields)}", read.Key, read.Cancel) switch
        {
            VendorReply.Answered { IsSuccess: true, Json: { ValueKind: JsonValueKind.Object } json } => json,
            VendorReply.Answered { Status: 404 } => null,
            var reply => throw new NotReadException(reply),
        };

    private async Task<IReadOnlyList<JsonElement>> WorklogsOf(string issue, JiraEvent read)
    {
        var all = new List<JsonElement>();
        while (true)
        {
            var reply = await api.Get(
                $"issue/{Uri.EscapeDataString(issue)}/worklog?startAt={all.Count}&maxResults={JiraApi.MaxWorklogs}", read.Key, read.Cancel);
            if (JiraApi.List(reply, "worklogs") is not { } page) throw new NotReadException(reply);
            all.AddRange(page);
            if (page.Count == 0 || !(long.TryParse(((VendorReply.Answered)reply).Text("total"), out var total) && all.Count < total)) return all;
        }
    }

    private Task<string?> ProjectOf(JsonElement issue, JiraEvent read) => OurProject(JiraProject(issue), read);

    private async Task<string?> OurProject(string jiraProject, JiraEvent read)
    {
        var (project, failure) = await links.Of(jiraProject, read.Key, read.Cancel);
        if (failure is not null) throw new NotReadException(failure);
        if (project is null || Ids.Is(project, Ids.Project)) return project;
        throw new NotReadException(new InboundResult.Parked([new(new(
            "PROJECT_ID_INVALID", JiraApi.LinkProperty, $"Jira's project {jiraProject} refers to '{project}', which is no project of ours.",
            $"Correct the property '{JiraApi.LinkProperty}' of the Jira project, then retry."))]));
    }

    private bool Concerns(JiraEvent read) => read.Changed.Any(_fields.Contains);

    private string SourceOf(string worklog) => $"{connection}:worklog/{worklog}";

    private static string JiraProject(JsonElement issue) => JiraApi.Text(issue, "fields", ProjectField, "id") ?? "";

    private static DateOnly Day(long at) => DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(at).UtcDateTime);

    private static InboundResult.Parked Missing(string member) => new([new(new(
        "MEMBER_MISSING", member, $"The event has no {member}.",
        "Compare the event with Jira's documentation of webhooks, correct it and retry."))]);

    private static InboundResult.Parked Incomplete(string members) => new([new(new(
        "MEMBER_MISSING", members, $"The worklog as read from Jira lacks one of {members}.",
        "Look at the worklog in Jira; if it is complete there, the API has changed and the connector has to follow."))]);

    private sealed class NotReadException(InboundResult result) : Exception
    {
        public NotReadException(VendorReply reply) : this(Waits(reply)) { }

        public InboundResult Result { get; } = result;

        private static InboundResult.Waits Waits(VendorReply reply)
        {
            var why = reply.ToLookUpUnavailable();
            return new(why.Code, JiraApi.Error(reply) ?? why.Message, why.RetryAfter);
        }
    }
}

/// <summary>One delivered event and the time that it names.</summary>
internal sealed record JiraEvent(InboxDelivery Delivery, JsonElement Body, CancellationToken Cancel)
{
    public string Key => Delivery.Key;

    public string? Name => JiraApi.Text(Body, "webhookEvent");

    /// <summary>Milliseconds; of an event without a time, when it came.</summary>
    public long At => long.TryParse(JiraApi.Text(Body, "timestamp"), out var at) ? at : Delivery.ReceivedAt.ToUnixTimeMilliseconds();

    public TimeSpan Age => TimeSpan.FromMilliseconds(Delivery.ReceivedAt.ToUnixTimeMilliseconds() - At);

    /// <summary>Ids of the fields that the event says were changed.</summary>
    public IEnumerable<string> Changed => Items.Select(item => JiraApi.Text(item, "fieldId") ?? JiraApi.Text(item, "field")).OfType<string>();

    /// <summary>The value that a field had before, if the event says that it was changed.</summary>
    public string? Came(string field) => Items
        .Where(item => (JiraApi.Text(item, "fieldId") ?? JiraApi.Text(item, "field")) == field)
        .Select(item => JiraApi.Text(item, "from")).FirstOrDefault();

    private IEnumerable<JsonElement> Items =>
        Body.TryGetProperty("changelog", out var log) && log.ValueKind == JsonValueKind.Object
        && log.TryGetProperty("items", out var items) && items.ValueKind == JsonValueKind.Array
            ? items.EnumerateArray()
            : [];
}
