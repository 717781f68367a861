using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.Kantata.KantataErrors;

namespace Q2C.Simulators.Kantata;

/// <summary>Projects, tasks, resources, time, expenses and the polled event feed of one Kantata account.</summary>
public sealed partial class KantataSimulator : Simulator
{
    private const string Api = "/api/v1/";
    private const int MostInBulk = 300;
    private readonly KantataOptions _options;
    private readonly Random _random;
    private readonly Dictionary<bool, (long Minute, int Count)> _used = [];

    private KantataSimulator(KantataOptions options) : base("kantata", options)
    {
        _options = options;
        _random = new Random(options.RandomSeed);
    }

    public static async Task<KantataSimulator> StartAsync(KantataOptions? options = null)
    {
        var simulator = new KantataSimulator(options ?? new());
        await simulator.LaunchAsync();
        return simulator;
    }

    protected override void Seed()
    {
        foreach (var name in new[] { "Consultant", "Senior Consultant", "Architect", "Project Manager" })
            Insert(Named("roles"), new() { ["name"] = name });
        foreach (var name in new[] { "Travel", "Lodging", "Meals" })
            Insert(Named("expense_categories"), new() { ["name"] = name });
        InsertUser("Alva Lindqvist", "alva.lindqvist@q2c.example", "1");
        InsertUser("Ben Okafor", "ben.okafor@q2c.example", "2");
        InsertUser("Carla Moretti", "carla.moretti@q2c.example", "3");
        InsertUser("Dana Weiss", "dana.weiss@q2c.example", "4");
    }

    protected override void Map()
    {
        foreach (var resource in Resources.All)
        {
            var path = Api + resource.Collection;
            Route("GET", path, resource.Collection + ".list", call => List(call, resource));
            Route("GET", path + "/{id}", resource.Collection + ".get", call => Get(call, resource));
            if (resource.ReadOnly) continue;
            Route("POST", path, resource.Collection + ".create", call => Create(call, resource));
            Route("PUT", path + "/{id}", resource.Collection + ".update", call => Update(call, resource));
            Route("DELETE", path + "/{id}", resource.Collection + ".delete", call => Delete(call, resource));
        }
        Route("GET", Api + "external_references", "external_references.list", ListReferences);
        Route("POST", Api + "external_references/create_or_update", "external_references.upsert", UpsertReference);
        Route("DELETE", Api + "external_references/{id}", "external_references.delete", DeleteReference);
        Route("GET", Api + "subscribed_events", "subscribed_events.list", ListEvents);
        MapControl();
    }

    protected override Answer? Authorize(Call call) => call.BearerToken is { } token
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(_options.Token))
            ? null
            : Error(401, "oauth", "Invalid OAuth 2 Request");

    protected override Answer NotFound(Call call) => Missing().Answer;

    /// <summary>Refuses what is over the minute's limit; /workspaces has a limit of its own.</summary>
    protected override Task<Answer> AnswerAsync(Call call, Func<Task<Answer>> work)
    {
        var workspaces = call.Path.StartsWith(Api + "workspaces", StringComparison.Ordinal);
        var limit = workspaces ? _options.WorkspaceRequestsPerMinute : _options.RequestsPerMinute;
        lock (_used)
        {
            var minute = call.Now.ToUnixTimeSeconds() / 60;
            var (since, count) = _used.GetValueOrDefault(workspaces);
            count = since == minute ? count + 1 : 1;
            _used[workspaces] = (minute, count);
            if (count > limit)
                return Task.FromResult(Error(429, "system", "Rate limit exceeded. Please retry after a small delay."));
        }
        return work();
    }

    private Answer Create(Call call, Resource resource)
    {
        var body = Body(call);
        var many = body[resource.Collection] as JsonArray;
        var items = many?.OfType<JsonObject>().ToList()
            ?? (body[resource.Singular] is JsonObject one ? [one] : throw Bad($"The body needs a '{resource.Singular}' object."));
        if (items.Count > MostInBulk) throw Invalid($"At most {MostInBulk} objects can be created at once.");
        return Envelope(call, resource, [.. items.Select(item => Insert(resource, Checked(resource, item, true), item["external_reference"] as JsonObject))]);
    }

    private Answer Update(Call call, Resource resource)
    {
        var item = Body(call)[resource.Singular] as JsonObject ?? throw Bad($"The body needs a '{resource.Singular}' object.");
        var record = Change(resource, Find(resource, call["id"]), Checked(resource, item, false));
        if (item["external_reference"] is JsonObject reference) Refer(resource, record["id"].Text()!, reference);
        return Envelope(call, resource, [record]);
    }

    private Answer Delete(Call call, Resource resource)
    {
        Erase(resource, Find(resource, call["id"]));
        return new Answer(204);
    }

    private JsonObject Checked(Resource resource, JsonObject item, bool creating)
    {
        var fields = new JsonObject();
        foreach (var name in resource.Fields.Where(item.ContainsKey))
            fields[name] = Resources.Target(name) is { } target ? Known(target, name, item[name]) : item[name]?.DeepClone();
        var missing = creating
            ? resource.Required.Where(name => fields[name] is null or JsonValue && fields[name].Text() is null or "").ToList()
            : [];
        if (missing.Count > 0)
            throw new RefusalException(Errors(422, "validation", missing.Select(name => (Prompt(resource, name), (string?)name))));
        Rules.Check(resource, fields, creating);
        return fields;
    }

    private JsonNode? Known(string collection, string field, JsonNode? value)
    {
        if (value.Text() is not { } id) return null;
        return Store.Find(collection, id) is null ? throw Invalid($"{field} {id} does not exist", field) : id;
    }

    private static string Prompt(Resource resource, string field) => (resource.Singular, field) switch
    {
        ("workspace", "title") => "Please give your project a title",
        ("workspace", "creator_role") => "Please select a role for this project",
        _ => $"{field} can't be blank",
    };

    private JsonObject Insert(Resource resource, JsonObject fields, JsonObject? reference = null)
    {
        var id = $"{Store.Next(resource.Collection)}";
        var record = new JsonObject { ["id"] = id, ["created_at"] = Stamp(Now), ["updated_at"] = Stamp(Now) };
        record.Overlay(Rules.Defaults(resource, fields, Store));
        record.Overlay(fields);
        Store.Put(resource.Collection, id, record);
        if (reference is not null) Refer(resource, id, reference);
        Emit(resource, "created", null, record);
        return record;
    }

    private JsonObject Change(Resource resource, JsonObject before, JsonObject fields)
    {
        var after = Store.Update(resource.Collection, before["id"].Text()!, record =>
        {
            record.Overlay(fields);
            if (resource.Singular == "story") Rules.Follow(record, fields);
            record["updated_at"] = Stamp(Now);
        });
        Emit(resource, "updated", before, after);
        return after;
    }

    private void Erase(Resource resource, JsonObject record)
    {
        Store.Remove(resource.Collection, record["id"].Text()!);
        Emit(resource, "deleted", record, null);
    }

    private JsonObject InsertUser(string name, string email, string roleId) =>
        Insert(Named("users"), new() { ["full_name"] = name, ["email_address"] = email, ["role_id"] = roleId });

    private JsonObject Find(Resource resource, string id) => Store.Find(resource.Collection, id) ?? throw Missing();

    private static Resource Named(string collection) => Resources.All.First(each => each.Collection == collection);

    private static JsonObject Body(Call call) => call.TryJson(out var json) ? json : throw Bad("The request body is not valid JSON.");

    private static string Stamp(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssK");
}
