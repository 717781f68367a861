using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.Jira;

public sealed partial class JiraSimulator
{
    private const string Live = "worklog";
    private const string Gone = "_deleted";
    private const string Deliveries = "_deliveries";
    private const int MostRetries = 5;

    /// <summary>Webhooks that nobody has taken yet and that will be repeated.</summary>
    public IReadOnlyList<OutboxItem> PendingWebhooks => _outbox.Pending;

    /// <summary>Creates a project; returns its id.</summary>
    public string AddProject(string key, string name) => Change(() => NewProject(key, name));

    /// <summary>Creates an issue; returns its id.</summary>
    public string AddIssue(string project, string summary, string status = "In Progress") => Change(() =>
    {
        var owner = Project(project);
        var id = $"{10_000 + Store.Next("issue")}";
        var number = Store.Next($"issues of {owner["id"].Text()}");
        Store.Put("issue", id, new()
        {
            ["id"] = id, ["key"] = $"{owner["key"].Text()}-{number}", ["self"] = $"{BaseAddress}rest/api/3/issue/{id}",
            ["fields"] = new JsonObject { ["summary"] = summary, ["project"] = owner.Copy(), ["status"] = new JsonObject { ["name"] = status }, ["labels"] = new JsonArray() },
        });
        return id;
    });

    /// <summary>Somebody logs work; returns the worklog's id.</summary>
    public string LogWork(string issue, string account, DateTimeOffset started, int seconds, string comment = "") => Change(() =>
    {
        var id = $"{20_000 + Store.Next("worklog")}";
        var author = Store.Find("user", account) ?? throw new KeyNotFoundException($"no user {account}");
        Save(new()
        {
            ["self"] = $"{BaseAddress}rest/api/2/issue/{Issue(issue)["id"].Text()}/worklog/{id}", ["author"] = author.Copy(),
            ["updateAuthor"] = author.Copy(), ["comment"] = comment, ["created"] = Stamp(Now), ["started"] = Stamp(started),
            ["timeSpent"] = $"{seconds / 60}m", ["timeSpentSeconds"] = seconds, ["id"] = id, ["issueId"] = Issue(issue)["id"].Text(),
        }, "worklog_created");
        return id;
    });

    public void EditWork(string worklog, JsonObject fields) => Change(() =>
    {
        var record = (Store.Find(Live, worklog) ?? throw new KeyNotFoundException($"no worklog {worklog}")).Copy();
        record.Overlay(fields);
        Save(record, "worklog_updated");
    });

    public void DeleteWork(string worklog) => Change(() => Delete(worklog));

    /// <summary>Deletes an issue with its worklogs; the webhook tells of the issue only.</summary>
    public void DeleteIssue(string issue) => Change(() =>
    {
        var record = Issue(issue);
        foreach (var worklog in WorklogsOf(record).ToList()) Bury(worklog);
        Store.Remove("issue", record["id"].Text()!);
        Send(new() { ["webhookEvent"] = "jira:issue_deleted", ["issue"] = record.Copy() });
    });

    /// <summary>Moves an issue with its worklogs to another project, under a new key.</summary>
    public void MoveIssue(string issue, string project) => Change(() =>
    {
        var (record, target) = (Issue(issue).Copy(), Project(project));
        var from = record["fields"]!["project"]!.AsObject();
        record["key"] = $"{target["key"].Text()}-{Store.Next($"issues of {target["id"].Text()}")}";
        record["fields"]!["project"] = target.Copy();
        Changed(record, "project", from["id"].Text(), from["name"].Text(), target["id"].Text(), target["name"].Text());
    });

    public void SetStatus(string issue, string status) => Change(() =>
    {
        var record = Issue(issue).Copy();
        var before = record["fields"]!["status"]!["name"].Text();
        record["fields"]!["status"] = new JsonObject { ["name"] = status };
        Changed(record, "status", null, before, null, status);
    });

    /// <summary>Holds all webhooks back until <see cref="ReleaseWebhooksAsync"/>.</summary>
    public void HoldWebhooks() => _outbox.Hold();

    public Task ReleaseWebhooksAsync(DeliveryOrder order = DeliveryOrder.Oldest) => _outbox.ReleaseAsync(order);

    /// <summary>Sends what is due instead of waiting for the next tick.</summary>
    public Task SendWebhooksAsync() => _outbox.SendDueAsync();

    /// <summary>Every event as its webhook tells it, oldest first.</summary>
    public IReadOnlyList<string> Events()
    {
        lock (Store.Gate) return [.. Store.All(Deliveries).Select(delivery => delivery["body"].Text()!)];
    }

    private void MapControl()
    {
        Control("POST", "/issues", json => new JsonObject { ["id"] = AddIssue(Needed(json, "project"), json["summary"].Text() ?? "Work", json["status"].Text() ?? "In Progress") });
        Control("POST", "/worklogs", json => new JsonObject
        {
            ["id"] = LogWork(
                Needed(json, "issue"), Needed(json, "accountId"), json["started"].Instant() ?? Now, (int)(json["timeSpentSeconds"].Number() ?? 3600),
                json["comment"].Text() ?? ""),
        });
        Control("POST", "/worklogs/update", json => Done(() => EditWork(Needed(json, "id"), [.. json.Where(field => field.Key != "id").Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone()))])));
        Control("POST", "/worklogs/delete", json => Done(() => DeleteWork(Needed(json, "id"))));
        Control("POST", "/issues/move", json => Done(() => MoveIssue(Needed(json, "id"), Needed(json, "project"))));
        Control("POST", "/issues/status", json => Done(() => SetStatus(Needed(json, "id"), Needed(json, "status"))));
        Control("POST", "/hold", _ => Done(HoldWebhooks));
        Control("POST", "/release", json => Done(() => ReleaseWebhooksAsync(json.Order()).GetAwaiter().GetResult()));
        Control("GET", "/pending", _ => PendingWebhooks.ToJson());
    }

    private static JsonObject Done(Action change)
    {
        change();
        return [];
    }

    private static string Needed(JsonObject json, string name) => json[name].Text() ?? throw new FormatException($"{name} is missing");

    private string NewProject(string key, string name)
    {
        var id = $"{10_000 + Store.Next("project")}";
        Store.Put("project", id, new() { ["self"] = $"{BaseAddress}rest/api/3/project/{id}", ["id"] = id, ["key"] = key, ["name"] = name, ["projectTypeKey"] = "software" });
        return id;
    }

    private IEnumerable<JsonObject> WorklogsOf(JsonObject issue) =>
        Store.All(Live).Where(worklog => worklog["issueId"].Text() == issue["id"].Text());

    private void Save(JsonObject worklog, string @event)
    {
        worklog["updated"] = Stamp(Now);
        worklog["_at"] = Now.ToUnixTimeMilliseconds();
        Store.Put(Live, worklog["id"].Text()!, worklog);
        Send(new() { ["webhookEvent"] = @event, ["worklog"] = Shown(worklog) });
    }

    private void Delete(string id)
    {
        var worklog = Store.Find(Live, id) ?? throw new KeyNotFoundException($"no worklog {id}");
        Bury(worklog);
        Send(new() { ["webhookEvent"] = "worklog_deleted", ["worklog"] = Shown(worklog) });
    }

    private void Bury(JsonObject worklog)
    {
        var id = worklog["id"].Text()!;
        Store.Remove(Live, id);
        Store.Put(Gone, id, new() { ["id"] = id, ["_at"] = Now.ToUnixTimeMilliseconds() });
    }

    private void Changed(JsonObject issue, string field, string? from, string? fromText, string? to, string? toText)
    {
        Store.Put("issue", issue["id"].Text()!, issue);
        Send(new()
        {
            ["webhookEvent"] = "jira:issue_updated", ["issue_event_type_name"] = "issue_generic", ["issue"] = issue.Copy(),
            ["changelog"] = new JsonObject
            {
                ["id"] = $"{Store.Next("changelog")}",
                ["items"] = new JsonArray(new JsonObject
                {
                    ["field"] = field, ["fieldtype"] = "jira", ["fieldId"] = field, ["from"] = from, ["fromString"] = fromText, ["to"] = to, ["toString"] = toText,
                }),
            },
        });
    }

    private void Send(JsonObject body)
    {
        body["timestamp"] = Now.ToUnixTimeMilliseconds();
        var id = $"{Store.Next("delivery"):D8}-q2c-simulator";
        Store.Put(Deliveries, id, new() { ["body"] = body.ToJsonString(Notation.Wire), ["tries"] = 0 });
        if (_options.Webhooks is not null) _outbox.Enqueue(id);
    }

    private async Task<bool> SendAsync(IReadOnlyList<string> ids)
    {
        if (_options.Webhooks is not { } hub) return false;
        var delivery = Change(() => Store.Update(Deliveries, ids[0], each => each["tries"] = each["tries"].Number() + 1));
        var (body, tries) = (delivery["body"].Text()!, delivery["tries"].Number());
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub, _options.WebhookPath));
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Add("X-Atlassian-Webhook-Identifier", ids[0]);
        request.Headers.Add("X-Atlassian-Webhook-Flow", "Primary");
        if (tries > 1) request.Headers.Add("X-Atlassian-Webhook-Retry", $"{tries - 1}");
        if (_options.AppSecret is { } secret) request.Headers.Authorization = new("Bearer", Token(secret));
        else request.Headers.Add("X-Hub-Signature", $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(_options.WebhookSecret), Encoding.UTF8.GetBytes(body)))}");
        try
        {
            using var response = await _http.SendAsync(request);

            // Anything else is never sent again: taken, or lost for good.
            return (int)response.StatusCode is not (408 or 409 or 425 or 429 or >= 500) || tries > MostRetries;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return tries > MostRetries;
        }
    }

    private string Token(string secret)
    {
        var signed = $"{Part("""{"alg":"HS256","typ":"JWT"}""")}.{Part($$"""{"iss":"jira","iat":{{Now.ToUnixTimeSeconds()}},"exp":{{(Now + TimeSpan.FromMinutes(3)).ToUnixTimeSeconds()}}}""")}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private static string Stamp(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff") + at.ToString("zzz").Replace(":", "", StringComparison.Ordinal);
}
