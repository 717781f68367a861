using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.Jira;

/// <summary>Projects with their entity properties, issues and worklogs of one Jira site, as REST API 3 shows them.</summary>
public sealed partial class JiraSimulator : Simulator
{
    private const string Api = "/rest/api/3/";
    private const int MostWorklogs = 1_000;
    private readonly JiraOptions _options;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Outbox _outbox;
    private (long Second, int Count) _used;

    private JiraSimulator(JiraOptions options) : base("jira", options)
    {
        _options = options;
        _outbox = new(
            Store, Clock, new(options.Retry, options.Retry, options.Retry * MostRetries), batch: 1, options.RandomSeed, SendAsync);
    }

    public static async Task<JiraSimulator> StartAsync(JiraOptions? options = null)
    {
        var simulator = new JiraSimulator(options ?? new());
        await simulator.LaunchAsync();
        simulator._outbox.Start();
        return simulator;
    }

    public override async ValueTask DisposeAsync()
    {
        await _outbox.DisposeAsync();
        _http.Dispose();
        await base.DisposeAsync();
    }

    protected override void Seed()
    {
        foreach (var (account, name, zone) in new[]
        {
            ("5b10a2844c20165700ede21a", "Alva Lindqvist", "Europe/Stockholm"), ("5b10a2844c20165700ede21b", "Ben Okafor", "Europe/Berlin"),
            ("5b10a2844c20165700ede21c", "Carla Moretti", "America/New_York"),
        })
            Store.Put("user", account, new() { ["accountId"] = account, ["displayName"] = name, ["timeZone"] = zone, ["active"] = true, ["accountType"] = "atlassian" });
        NewProject("FLEET", "Fleet platform");
        NewProject("INTERNAL", "Internal");
    }

    protected override void Map()
    {
        Route("GET", Api + "myself", "myself", _ => Answer.Json(200, new JsonObject { ["accountId"] = "5b10a2844c20165700ede21z", ["displayName"] = "Q2C" }));
        Route("GET", Api + "project/search", "project.search", SearchProjects);
        Route("GET", Api + "project/{project}", "project.get", call => Answer.Json(200, Project(call["project"]).Copy()));
        Route("GET", Api + "project/{project}/properties/{key}", "property.get", GetProperty);
        Route("PUT", Api + "project/{project}/properties/{key}", "property.put", PutProperty);
        Route("DELETE", Api + "project/{project}/properties/{key}", "property.delete", DeleteProperty);
        Route("GET", Api + "issue/{issue}", "issue.get", GetIssue);
        Route("GET", Api + "issue/{issue}/worklog", "issue.worklogs", IssueWorklogs);
        Route("GET", Api + "search/jql", "search", SearchIssues);
        Route("GET", Api + "worklog/updated", "worklog.updated", call => Changes(call, Live, "updated"));
        Route("GET", Api + "worklog/deleted", "worklog.deleted", call => Changes(call, Gone, "deleted"));
        Route("POST", Api + "worklog/list", "worklog.list", ListWorklogs);
        MapControl();
    }

    protected override Answer? Authorize(Call call) => call.BasicCredentials is { } pair
        && Same(pair.User, _options.Email) && Same(pair.Password, _options.ApiToken)
            ? null
            : Error(401, "Client must be authenticated to access this resource.");

    protected override Answer NotFound(Call call) => Error(404, "Not found");

    protected override Task<Answer> AnswerAsync(Call call, Func<Task<Answer>> work)
    {
        lock (_outbox)
        {
            var second = call.Now.ToUnixTimeSeconds();
            _used = _used.Second == second ? (second, _used.Count + 1) : (second, 1);
            if (_used.Count > _options.RequestsPerSecond)
                return Task.FromResult(Error(429, "Rate limit exceeded.").With("Retry-After", "5")
                    .With("X-RateLimit-Reset", (Now + TimeSpan.FromSeconds(5)).ToString("yyyy-MM-ddTHH:mmZ")).With("RateLimit-Reason", "jira-burst-based"));
        }

        return work();
    }

    private Answer SearchProjects(Call call)
    {
        var (start, size) = (Int(call, "startAt", 0), Math.Min(Int(call, "maxResults", 50), 100));
        var all = Store.All("project").ToList();
        var asked = call.QueryText("properties")?.Split(',') ?? [];
        var page = all.Skip(start).Take(size).Select(project =>
        {
            var shown = project.Copy();
            if (asked.Length > 0)
                shown["properties"] = new JsonObject(asked
                    .Select(key => KeyValuePair.Create(key, Store.Find("property", PropertyId(project, key))?["value"]?.DeepClone()))
                    .Where(property => property.Value is not null));
            return (JsonNode?)shown;
        }).ToList();
        return Answer.Json(200, new JsonObject
        {
            ["self"] = $"{BaseAddress}rest/api/3/project/search", ["maxResults"] = size, ["startAt"] = start, ["total"] = all.Count,
            ["isLast"] = start + page.Count >= all.Count, ["values"] = page.ToJsonArray(),
        });
    }

    private Answer GetProperty(Call call) => Store.Find("property", PropertyId(Project(call["project"]), call["key"])) is { } property
        ? Answer.Json(200, property.Copy())
        : Error(404, $"The property {call["key"]} does not exist.");

    private Answer PutProperty(Call call)
    {
        var id = PropertyId(Project(call["project"]), call["key"]);
        if (!call.TryJson(out var value)) throw Refusal(400, "The property value is not a valid JSON.");
        var created = Store.Find("property", id) is null;
        Store.Put("property", id, new() { ["key"] = call["key"], ["value"] = value });
        return new(created ? 201 : 200);
    }

    private Answer DeleteProperty(Call call)
    {
        var id = PropertyId(Project(call["project"]), call["key"]);
        if (Store.Find("property", id) is null) throw Refusal(404, $"The property {call["key"]} does not exist.");
        Store.Remove("property", id);
        return new(204);
    }

    private Answer GetIssue(Call call)
    {
        var issue = Issue(call["issue"]).Copy();
        if (call.QueryText("fields") is { } asked && issue["fields"] is JsonObject fields)
            foreach (var name in fields.Select(field => field.Key).Except(asked.Split(',')).ToList()) fields.Remove(name);
        return Answer.Json(200, issue);
    }

    private Answer IssueWorklogs(Call call)
    {
        var id = Issue(call["issue"])["id"].Text();
        var (start, size) = (Int(call, "startAt", 0), Math.Min(Int(call, "maxResults", 1_048_576), 5_000));
        var all = Store.All(Live).Where(worklog => worklog["issueId"].Text() == id).ToList();
        return Answer.Json(200, new JsonObject
        {
            ["startAt"] = start, ["maxResults"] = size, ["total"] = all.Count,
            ["worklogs"] = all.Skip(start).Take(size).Select(Document).ToJsonArray(),
        });
    }

    /// <summary>Of JQL, what is asked here: <c>project = 10000 AND worklogDate is not EMPTY ORDER BY id</c>.</summary>
    private Answer SearchIssues(Call call)
    {
        if (call.QueryText("jql")?.Split(' ') is not ["project", "=", var project, "AND", "worklogDate", "is", "not", "EMPTY", "ORDER", "BY", "id"])
            throw Refusal(400, $"Error in the JQL Query: '{call.QueryText("jql")}' is not supported here.");
        var worked = Store.All(Live).Select(worklog => worklog["issueId"].Text()).ToHashSet();
        var all = Store.All("issue").Where(issue => issue["fields"]!["project"]!["id"].Text() == project && worked.Contains(issue["id"].Text())).ToList();
        var (start, size) = (int.Parse(call.QueryText("nextPageToken") ?? "0", CultureInfo.InvariantCulture), Int(call, "maxResults", 50));
        var answer = new JsonObject
        {
            ["issues"] = all.Skip(start).Take(size).Select(issue => (JsonNode?)new JsonObject { ["id"] = issue["id"].Text(), ["key"] = issue["key"].Text() }).ToJsonArray(),
            ["isLast"] = start + size >= all.Count,
        };
        if (start + size < all.Count) answer["nextPageToken"] = $"{start + size}";
        return Answer.Json(200, answer);
    }

    private Answer Changes(Call call, string collection, string kind)
    {
        var since = long.Parse(call.QueryText("since") ?? "0", CultureInfo.InvariantCulture);
        var shown = (Now - _options.LeftOut).ToUnixTimeMilliseconds();
        var all = Store.All(collection).Select(worklog => (Id: long.Parse(worklog["id"].Text()!, CultureInfo.InvariantCulture), At: (long)worklog["_at"].Number()!))
            .Where(change => change.At > since && change.At <= shown).OrderBy(change => change.At).ToList();
        var page = all.Take(_options.WorklogsPerPage).ToList();
        var until = page.Count > 0 ? page[^1].At : since;
        return Answer.Json(200, new JsonObject
        {
            ["values"] = page.Select(change => (JsonNode?)new JsonObject { ["worklogId"] = change.Id, ["updatedTime"] = change.At, ["properties"] = new JsonArray() }).ToJsonArray(),
            ["since"] = since, ["until"] = until, ["self"] = $"{BaseAddress}rest/api/3/worklog/{kind}?since={since}",
            ["nextPage"] = $"{BaseAddress}rest/api/3/worklog/{kind}?since={until}", ["lastPage"] = page.Count == all.Count,
        });
    }

    private Answer ListWorklogs(Call call)
    {
        if (!call.TryJson(out var body) || body["ids"] is not JsonArray ids || body.Count != 1) throw Refusal(400, "The request body needs ids.");
        if (ids.Count > MostWorklogs) throw Refusal(400, $"The number of worklog ids is more than {MostWorklogs}.");
        return Answer.Json(200, ids.Select(id => Store.Find(Live, id.Text() ?? "")).OfType<JsonObject>().Select(Document).ToJsonArray());
    }

    /// <summary>As the API shows a worklog: its comment is a document.</summary>
    private static JsonNode Document(JsonObject worklog)
    {
        var shown = Shown(worklog);
        shown["comment"] = new JsonObject
        {
            ["type"] = "doc", ["version"] = 1,
            ["content"] = new JsonArray(new JsonObject
            {
                ["type"] = "paragraph", ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = worklog["comment"].Text() }),
            }),
        };
        return shown;
    }

    private static JsonObject Shown(JsonObject worklog)
    {
        var shown = worklog.Copy();
        shown.Remove("_at");
        return shown;
    }

    private JsonObject Project(string idOrKey) =>
        Store.All("project").FirstOrDefault(project => project["id"].Text() == idOrKey || project["key"].Text() == idOrKey)
        ?? throw Refusal(404, $"No project could be found with key '{idOrKey}'.");

    private JsonObject Issue(string idOrKey) =>
        Store.All("issue").FirstOrDefault(issue => issue["id"].Text() == idOrKey || issue["key"].Text() == idOrKey)
        ?? throw Refusal(404, "Issue does not exist or you do not have permission to see it.");

    private static string PropertyId(JsonObject project, string key) => $"{project["id"].Text()}/{key}";

    private static int Int(Call call, string name, int otherwise) =>
        int.TryParse(call.QueryText(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    private static Answer Error(int status, string message) =>
        Answer.Json(status, new JsonObject { ["errorMessages"] = new JsonArray(message), ["errors"] = new JsonObject() });

    private static RefusalException Refusal(int status, string message) => new(Error(status, message));

    private static bool Same(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
}
