using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.BusinessCentral.BusinessCentralErrors;

namespace Q2C.Simulators.BusinessCentral;

/// <summary>One company of Business Central by its API v2.0, with webhook subscriptions and the token endpoint of its tenant.</summary>
public sealed partial class BusinessCentralSimulator : Simulator
{
    private const string Company = "/v2.0/{tenant}/{environment}/api/v2.0/companies({company})";
    private const string ExtensionPage = "/v2.0/{tenant}/{environment}/api/q2c/finance/v1.0/companies({company})/dimensionValues";
    private static readonly TimeSpan LimitWindow = TimeSpan.FromMinutes(5);

    private readonly BusinessCentralOptions _options;
    private readonly Tokens _tokens;
    private readonly Outbox _outbox;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Queue<DateTimeOffset> _requests = new();
    private DateOnly _postingFrom;

    private BusinessCentralSimulator(BusinessCentralOptions options) : base("businesscentral", options)
    {
        _options = options;
        _postingFrom = options.PostingFrom;
        _tokens = new Tokens(Store, Clock, options.TokenLifetime);
        var plan = new RetryPlan(options.FirstRetry, TimeSpan.FromSeconds(60_000), TimeSpan.FromHours(36));
        _outbox = new Outbox(Store, Clock, plan, batch: 1_000, options.RandomSeed, NotifyAsync);
    }

    /// <summary>What a connection has as its base address.</summary>
    public Uri ApiAddress => new(BaseAddress, $"/v2.0/{_options.Tenant}/{_options.Environment}");

    public Uri TokenAddress => new(BaseAddress, $"/{_options.Tenant}/oauth2/v2.0/token");

    public static async Task<BusinessCentralSimulator> StartAsync(BusinessCentralOptions? options = null)
    {
        var simulator = new BusinessCentralSimulator(options ?? new());
        await simulator.LaunchAsync();
        simulator._outbox.Start();
        return simulator;
    }

    public void RevokeTokens() => Change(_tokens.RevokeAll);

    /// <summary>An accountant closes the months before this day.</summary>
    public void AllowPostingFrom(DateOnly day) => _postingFrom = day;

    public override async ValueTask DisposeAsync()
    {
        await _outbox.DisposeAsync();
        _http.Dispose();
        await base.DisposeAsync();
    }

    protected override void Seed()
    {
        Put("companyInformation", new() { ["displayName"] = "Northwind Consulting GmbH", ["currencyCode"] = _options.Currency });
        foreach (var (number, name) in new[]
        {
            ("1200", "Receivables"), ("1410", "Unbilled receivables"), ("1420", "Contract assets"), ("1500", "Work in progress"),
            ("1800", "Bank"), ("1810", "Payment clearing"), ("2700", "Rounding"), ("3800", "VAT"), ("3900", "Deferred revenue"),
            ("4000", "Cost of revenue"), ("4990", "Cost applied"), ("4995", "Cost variance"), ("8400", "Services"), ("8410", "Expenses charged"),
            ("1230", "Due from companies of the group"), ("3430", "Due to companies of the group"), ("4900", "Services of the group"),
            ("8490", "Services to the group"),
        }) Put("accounts", new() { ["number"] = number, ["displayName"] = name });
        Put("dimensions", new() { ["code"] = "PROJECT", ["displayName"] = "Project" });
        Put("dimensions", new() { ["code"] = "DEPARTMENT", ["displayName"] = "Department" });
    }

    protected override void Map()
    {
        Route("POST", "/{tenant}/oauth2/v2.0/token", "token", Token, open: true);
        Route("GET", Company, "companies.get", OpenCompany);
        Route("GET", "/v2.0/{tenant}/{environment}/api/v2.0/subscriptions", "subscriptions.list", ListSubscriptions);
        Route("POST", "/v2.0/{tenant}/{environment}/api/v2.0/subscriptions", "subscriptions.create", Subscribe);
        Route("PATCH", "/v2.0/{tenant}/{environment}/api/v2.0/subscriptions({id})", "subscriptions.update", Renew);
        Route("DELETE", "/v2.0/{tenant}/{environment}/api/v2.0/subscriptions({id})", "subscriptions.delete", Unsubscribe);
        foreach (var set in EntitySet.All.Values) MapSet(set);
        foreach (var set in new[] { "salesInvoices", "salesCreditMemos", "journals" })
            Route("POST", $"{Company}/{set}({{id}})/Microsoft.NAV.post", $"{set}.post", call => Post(Known(call), set, call["id"]));
        if (_options.HasDimensionPage) Route("POST", ExtensionPage, "dimensionValues.create", CreateDimensionValue);
        MapControl();
    }

    private void MapSet(EntitySet set)
    {
        var (name, above) = (set.Name, EntitySet.All.Values.FirstOrDefault(each => each.Name == ParentOf(set)));
        var path = above is null ? $"{Company}/{name}" : $"{Company}/{above.Name}({{parent}})/{name}";
        Route("GET", path, $"{name}.list", call => List(Known(call), set, call.Route.GetValueOrDefault("parent")));
        Route("GET", $"{path}({{id}})", $"{name}.get", call => Answer.Json(200, Show(Find(set, Known(call)["id"]))));
        if (set.ReadOnly) return;
        Route("POST", path, $"{name}.create", call => Create(Known(call), set, call.Route.GetValueOrDefault("parent")));
        Route("PATCH", $"{path}({{id}})", $"{name}.update", call => Update(Known(call), set));
        Route("DELETE", $"{path}({{id}})", $"{name}.delete", call => Delete(Known(call), set));
    }

    private static string? ParentOf(EntitySet set) => set.Name switch
    {
        "dimensionValues" => "dimensions",
        "salesInvoiceLines" => "salesInvoices",
        "salesCreditMemoLines" => "salesCreditMemos",
        "journalLines" => "journals",
        "customerPayments" => "customerPaymentJournals",
        _ => null,
    };

    protected override Answer? Authorize(Call call) => _tokens.IsValid(call.BearerToken)
        ? null
        : Error(401, "Authentication_InvalidCredentials", "The server has rejected the client credentials.");

    protected override Answer NotFound(Call call) => Error(404, "BadRequest_NotFound", $"Resource not found for the segment '{call.Path}'.");

    protected override Answer Broken(Exception error) => Error(500, "Internal_ServerError", error.Message);

    /// <summary>The sliding window of the one user that the connection is.</summary>
    protected override Task<Answer> AnswerAsync(Call call, Func<Task<Answer>> work)
    {
        if (call.Operation is "token" or "control") return work();
        lock (_requests)
        {
            while (_requests.TryPeek(out var oldest) && oldest <= Now - LimitWindow) _requests.Dequeue();
            if (_requests.Count >= _options.RequestsInFiveMinutes)
                return Task.FromResult(Error(429, "Application_TooManyRequests", "Too many requests reached. Actual (6000). Maximum (6000)."));
            _requests.Enqueue(Now);
        }

        return work();
    }

    private Answer Token(Call call)
    {
        var form = call.Form();
        var genuine = call["tenant"] == _options.Tenant && form.GetValueOrDefault("grant_type") == "client_credentials"
            && form.GetValueOrDefault("scope") == "https://api.businesscentral.dynamics.com/.default"
            && form.GetValueOrDefault("client_id") == _options.ClientId
            && CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(form.GetValueOrDefault("client_secret").ToString()), Encoding.UTF8.GetBytes(_options.ClientSecret));
        return genuine
            ? Answer.Json(200, new JsonObject
            {
                ["token_type"] = "Bearer",
                ["expires_in"] = (int)_options.TokenLifetime.TotalSeconds,
                ["access_token"] = _tokens.Issue("bc_"),
            })
            : Answer.Json(401, new JsonObject
            {
                ["error"] = "invalid_client",
                ["error_description"] = "AADSTS7000215: Invalid client secret provided.",
            });
    }

    private Answer OpenCompany(Call call) => Answer.Json(200, new JsonObject
    {
        ["id"] = Known(call)["company"], ["name"] = "NORTHWIND", ["displayName"] = "Northwind Consulting GmbH",
    });

    /// <summary>Every request names the company.</summary>
    private Call Known(Call call) => call["company"] == _options.CompanyId && call["tenant"] == _options.Tenant && call["environment"] == _options.Environment
        ? call
        : throw Refused("Internal_CompanyNotFound", $"Can't process the request because the company '{call["company"]}' can't be found.", 404);

    private Answer List(Call call, EntitySet set, string? parent)
    {
        var filter = ODataFilter.Parse(set, call.QueryText("$filter"));
        var skip = (int)(Notation.Number(call.QueryText("$skiptoken")) ?? 0);
        var all = Store.All(set.Name).Where(record => parent is null || record[set.Parent!].Text() == parent).Where(filter).ToList();
        var answer = new JsonObject
        {
            ["@odata.context"] = $"{call.Origin}/$metadata#companies({call["company"]})/{set.Name}",
            ["value"] = all.Skip(skip).Take(_options.PageSize).Select(record => (JsonNode?)Show(record)).ToJsonArray(),
        };
        if (all.Count > skip + _options.PageSize)
        {
            var query = call.QueryText("$filter") is { } text ? $"$filter={Uri.EscapeDataString(text)}&" : "";
            answer["@odata.nextLink"] = $"{call.Origin}{call.Path}?{query}$skiptoken={skip + _options.PageSize}";
        }

        return Answer.Json(200, answer);
    }

    private Answer Create(Call call, EntitySet set, string? parent)
    {
        var record = set.Read(Body(call), PartsOf(set));
        if (set.Parent is { } link) record[link] = parent;
        switch (set.Name)
        {
            case "customers" or "projects": NumberMaster(set, record); break;
            case "salesInvoices" or "salesCreditMemos": return Answer.Json(201, Show(CreateDocument(set, record, Body(call))));
            case "salesInvoiceLines" or "salesCreditMemoLines": AddLine(set, record, parent!); break;
            case "journals" or "customerPaymentJournals": CheckBatch(set, record); break;
            case "journalLines" or "customerPayments": CheckJournalLine(set, record); break;
        }

        return Answer.Json(201, Show(Put(set.Name, record)));
    }

    private void NumberMaster(EntitySet set, JsonObject record)
    {
        if (record["displayName"].Text() is not { Length: > 0 }) throw Dialog("The blank \"displayName\" is not allowed.");
        if (set.Name == "customers" && record["currencyCode"].Text() is { } currency && currency is not ("EUR" or "USD" or "GBP" or "CHF"))
            throw Dialog("The \"currencyCode\" does not match to a Currency.");
        if (record["number"].Text() is not { Length: > 0 } number) record["number"] = $"{set.Name[..1].ToUpperInvariant()}{Store.Next(set.Name):D5}";
        else if (!_options.TakesManualNumbers)
            throw Dialog($"You may not enter numbers manually. If you want to enter numbers manually, please activate Manual Nos. in No. Series {set.Name.ToUpperInvariant()}.");
        else if (Store.All(set.Name).Any(each => each["number"].Text() == number))
            throw Refused("Internal_EntityWithSameKeyExists", $"The {set.Type} already exists. Identification fields and values: No.='{number}'");
        if (set.Name == "customers") record["blocked"] ??= " ";
    }

    private Answer Update(Call call, EntitySet set)
    {
        var existing = Matching(call, set);
        if (set.Name is "salesInvoices" or "salesCreditMemos" && existing["status"].Text() != "Draft")
            throw Dialog("The action can be applied to a draft document only.");
        var changed = existing.Copy();
        changed.Overlay(set.Read(Body(call)));
        return Answer.Json(200, Show(Put(set.Name, changed)));
    }

    private Answer Delete(Call call, EntitySet set)
    {
        var existing = Matching(call, set);
        if (set.Name is "salesInvoices" or "salesCreditMemos")
        {
            if (existing["status"].Text() != "Draft") throw Dialog("You cannot delete a posted document.");
            RemoveLines(set, existing);
        }

        var id = existing["id"].Text()!;
        Store.Remove(set.Name, id);
        Notify(set.Name, id, "deleted");
        return new(204);
    }

    /// <summary>The record, if the request names the version that is there.</summary>
    private JsonObject Matching(Call call, EntitySet set)
    {
        var existing = Find(set, call["id"]);
        if (call.Header("If-Match") is not { } version)
            throw Refused("BadRequest_InvalidToken",
                "Could not validate the client concurrency token required by the service. Please provide a valid token in the client request.");
        return version == "*" || version == EtagOf(existing)
            ? existing
            : throw Refused("Request_EntityChanged", "Another user has already changed the record.", 409);
    }

    private Answer CreateDimensionValue(Call call)
    {
        var body = Body(Known(call));
        var dimension = Store.All("dimensions").FirstOrDefault(each => each["code"].Text() == body["dimensionCode"].Text()?.ToUpperInvariant())
            ?? throw Refused("Internal_RecordNotFound", $"The Dimension does not exist. Identification fields and values: Code='{body["dimensionCode"]}'");
        var value = EntitySet.All["dimensionValues"].Read(body, "dimensionCode");
        value["dimensionId"] = dimension["id"].Text();
        if (Store.All("dimensionValues").Any(each => each["dimensionId"].Text() == dimension["id"].Text() && each["code"].Text() == value["code"].Text()))
            throw Refused("Internal_EntityWithSameKeyExists", "The Dimension Value already exists.");
        return Answer.Json(201, Show(Put("dimensionValues", value)));
    }

    private JsonObject Find(EntitySet set, string id) => Store.Find(set.Name, id.ToLowerInvariant())
        ?? throw Refused("Internal_RecordNotFound", $"The {set.Type} does not exist. Identification fields and values: Id='{id}'", 404);

    private JsonObject Put(string set, JsonObject record)
    {
        var isNew = record["id"] is null;
        record["id"] ??= $"{Guid.NewGuid()}";
        record["lastModifiedDateTime"] = Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
        record["_version"] = Store.Next("version");
        Store.Put(set, record["id"].Text()!, record);
        Notify(set, record["id"].Text()!, isNew ? "created" : "updated");
        return record;
    }

    private static JsonObject Show(JsonObject record)
    {
        var shown = new JsonObject { ["@odata.etag"] = EtagOf(record) };
        foreach (var (name, value) in record)
            if (!name.StartsWith('_')) shown[name] = value?.DeepClone();
        return shown;
    }

    private static string EtagOf(JsonObject record) => $"W/\"{Convert.ToBase64String(Encoding.ASCII.GetBytes($"{record["_version"]}"))}\"";

    private static string[] PartsOf(EntitySet set) => set.Name switch
    {
        "salesInvoices" => ["salesInvoiceLines", "dimensionSetLines"],
        "salesCreditMemos" => ["salesCreditMemoLines", "dimensionSetLines"],
        _ => [],
    };

    private static JsonObject Body(Call call) =>
        call.TryJson(out var json) ? json : throw Refused("BadRequest", "Invalid Request Body");
}
