using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.Salesforce.SalesforceErrors;

namespace Q2C.Simulators.Salesforce;

/// <summary>A Salesforce org with CPQ: OAuth, the REST API and Outbound Messages for opportunities.</summary>
public sealed partial class SalesforceSimulator : Simulator
{
    private const string ClientCredentials = "client_credentials";
    private const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static readonly TimeSpan LongestAssertion = TimeSpan.FromMinutes(5);

    private readonly SalesforceOptions _options;
    private readonly Tokens _sessions;
    private readonly SObjectRows _records;
    private readonly Outbox _outbox;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private (DateOnly Day, int Count) _usage;

    private SalesforceSimulator(SalesforceOptions options) : base("salesforce", options, options.PubSubPort)
    {
        _options = options;
        _sessions = new Tokens(Store, Clock, options.SessionLifetime);
        _records = new SObjectRows(Store, Clock) { Changed = Record };
        var plan = new RetryPlan(options.FirstRetry, TimeSpan.FromHours(2), TimeSpan.FromHours(24));
        _outbox = new Outbox(Store, Clock, plan, NotificationsPerMessage, options.RandomSeed, SendAsync);
    }

    public static async Task<SalesforceSimulator> StartAsync(SalesforceOptions? options = null)
    {
        var simulator = new SalesforceSimulator(options ?? new());
        await simulator.LaunchAsync();
        simulator._outbox.Start();
        return simulator;
    }

    public string OrganizationId => _options.OrganizationId;

    public override async ValueTask DisposeAsync()
    {
        await _outbox.DisposeAsync();
        _http.Dispose();
        await base.DisposeAsync();
    }

    /// <summary>Creates a record as a user of the org would and returns it; the fields are checked.</summary>
    public JsonObject Insert(string type, JsonObject fields) => Change(() => _records.Insert(Schema.Objects[type], fields).Copy());

    /// <summary>Changes a record as a user of the org would; no Outbound Message leaves.</summary>
    public JsonObject Update(string type, string id, JsonObject fields) => Change(() =>
    {
        var target = Schema.Objects[type];
        var existing = _records.Find(target, id) ?? throw new KeyNotFoundException($"no {type} {id}");
        return _records.Update(target, existing, fields).Copy();
    });

    /// <summary>Deletes a record as a user of the org would.</summary>
    public void Delete(string type, string id) => Change(() => _records.Delete(Schema.Objects[type], id));

    /// <summary>Ends every session; the next call with an old token gets INVALID_SESSION_ID.</summary>
    public void ExpireSessions()
    {
        Change(_sessions.RevokeAll);
        BreakStreams();
    }

    protected override void Seed()
    {
        if (Options.Demo) Demo.DemoEngagement.Seed(_records, Store, DateOnly.FromDateTime(Now.UtcDateTime));
    }

    protected override void Map()
    {
        Route("POST", "/services/oauth2/token", "token", Token, open: true);
        foreach (var verb in new[] { "GET", "POST", "PATCH", "DELETE" })
            Route(verb, "/services/data/{version}/{**rest}", $"data.{verb.ToLowerInvariant()}", Data);
        MapPubSub();
        MapControl();
    }

    protected override Answer? Authorize(Call call) => _sessions.IsValid(call.BearerToken)
        ? null
        : Error(401, "INVALID_SESSION_ID", "Session expired or invalid");

    protected override Answer NotFound(Call call) => NoResource();

    protected override Answer Broken(Exception error) => Error(500, "UNKNOWN_EXCEPTION", error.Message);

    /// <summary>Counts requests against the org's daily quota; a composite request counts once.</summary>
    protected override async Task<Answer> AnswerAsync(Call call, Func<Task<Answer>> work)
    {
        if (call.Operation == "token") return await work();
        int used;
        lock (Store.Gate)
        {
            var today = DateOnly.FromDateTime(call.Now.UtcDateTime);
            _usage = _usage.Day == today ? (today, _usage.Count + 1) : (today, 1);
            used = _usage.Count;
        }
        var answer = used > _options.DailyRequestLimit
            ? Error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
            : await work();
        return answer.With("Sforce-Limit-Info", $"api-usage={Math.Min(used, _options.DailyRequestLimit)}/{_options.DailyRequestLimit}");
    }

    private Answer Token(Call call)
    {
        var form = call.Form();
        return form.GetValueOrDefault("grant_type").ToString() switch
        {
            ClientCredentials => WithSecret(call),
            JwtBearer => WithAssertion(call, Jwt.Parse(form.GetValueOrDefault("assertion"))),
            _ => OAuthError("unsupported_grant_type", "grant type not supported"),
        };
    }

    private Answer WithSecret(Call call)
    {
        var form = call.Form();
        var (id, secret) = call.BasicCredentials
            ?? (form.GetValueOrDefault("client_id").ToString(), form.GetValueOrDefault("client_secret").ToString());
        if (id != _options.ClientId) return OAuthError("invalid_client_id", "client identifier invalid");
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(_options.ClientSecret))
            ? Session(call)
            : OAuthError("invalid_client", "invalid client credentials");
    }

    private Answer WithAssertion(Call call, Jwt? assertion)
    {
        if (assertion is null || _options.PublicKeyPem is not { } pem || !assertion.IsSignedBy(pem, "RS256"))
            return OAuthError("invalid_grant", "invalid assertion");
        if (assertion.Claims["iss"].Text() != _options.ClientId) return OAuthError("invalid_client_id", "client identifier invalid");
        if (!assertion.Texts("aud").Any(audience => audience is "https://login.salesforce.com" or "https://test.salesforce.com"
            || audience.TrimEnd('/') == call.Origin))
            return OAuthError("invalid_grant", "audience is invalid");
        if (assertion.Expires is not { } expires || expires <= call.Now || expires > call.Now + LongestAssertion)
            return OAuthError("invalid_grant", "assertion expired or valid for too long");
        return assertion.Claims["sub"].Text() == _options.Username
            ? Session(call)
            : OAuthError("invalid_grant", "user hasn't approved this consumer");
    }

    private Answer Session(Call call) => Answer.Json(200, new JsonObject
    {
        ["access_token"] = _sessions.Issue(_options.OrganizationId[..15] + "!"),
        ["instance_url"] = call.Origin,
        ["id"] = $"{call.Origin}/id/{_options.OrganizationId}/005000000000001AAA",
        ["token_type"] = "Bearer",
        ["scope"] = "api",
        ["issued_at"] = $"{call.Now.ToUnixTimeMilliseconds()}",
    });

    private static Answer OAuthError(string error, string description) =>
        Answer.Json(400, new JsonObject { ["error"] = error, ["error_description"] = description });
}
