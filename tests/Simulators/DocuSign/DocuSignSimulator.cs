using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.DocuSign;

/// <summary>DocuSign's envelopes, the token endpoint of its account server, and Connect.</summary>
public sealed partial class DocuSignSimulator : Simulator
{
    private const string Account = "/restapi/v2.1/accounts/{account}";
    private const string Envelopes = "envelope";
    private const string Keys = "_keys";
    private const string Reads = "_reads";

    private readonly DocuSignOptions _options;
    private readonly Tokens _tokens;
    private readonly Outbox _outbox;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(100) };
    private readonly Queue<DateTimeOffset> _requests = new();

    private DocuSignSimulator(DocuSignOptions options) : base("docusign", options)
    {
        _options = options;
        _tokens = new Tokens(Store, Clock, options.TokenLifetime);
        _outbox = new Outbox(
            Store, Clock, new RetryPlan(options.FirstRetry, TimeSpan.FromDays(1), TimeSpan.FromDays(10)), batch: 1, options.RandomSeed, SendAsync);
    }

    public static async Task<DocuSignSimulator> StartAsync(DocuSignOptions? options = null)
    {
        var simulator = new DocuSignSimulator(options ?? new());
        await simulator.LaunchAsync();
        simulator._outbox.Start();
        return simulator;
    }

    /// <summary>Makes a new RSA key pair, uploads the public half and returns the private one as PEM.</summary>
    public string CreateKey()
    {
        using var key = RSA.Create(2048);
        AddKey(key.ExportSubjectPublicKeyInfoPem());
        return key.ExportPkcs8PrivateKeyPem();
    }

    public void AddKey(string publicKeyPem) => Change(() => Store.Put(Keys, "integration", new JsonObject { ["pem"] = publicKeyPem }));

    public void RevokeTokens() => Change(_tokens.RevokeAll);

    public override async ValueTask DisposeAsync()
    {
        await _outbox.DisposeAsync();
        _http.Dispose();
        await base.DisposeAsync();
    }

    protected override void Seed()
    {
        // An account without envelopes is where everybody starts.
    }

    protected override void Map()
    {
        Route("POST", "/oauth/token", "token", Token, open: true);
        Route("GET", Account, "accounts.get", call => Answer.Json(200, new JsonObject
        {
            ["accountId"] = Known(call)["account"], ["accountName"] = "Northwind Consulting",
        }));
        Route("GET", Account + "/envelopes", "envelopes.list", List);
        Route("GET", Account + "/envelopes/{id}", "envelopes.get", Get);
        MapControl();
    }

    protected override Answer? Authorize(Call call) => _tokens.IsValid(call.BearerToken)
        ? null
        : Error(401, "USER_AUTHENTICATION_FAILED", "One or both of Username and Password are invalid. Invalid access token");

    protected override Answer NotFound(Call call) => Error(404, "RESOURCE_NOT_FOUND", "The URL provided does not resolve to a resource.");

    /// <summary>Over the hourly limit everything is refused, with the time at which it ends.</summary>
    protected override async Task<Answer> AnswerAsync(Call call, Func<Task<Answer>> work)
    {
        if (call.Operation is "token") return await work();
        int left;
        lock (_requests)
        {
            while (_requests.TryPeek(out var oldest) && oldest <= Now - TimeSpan.FromHours(1)) _requests.Dequeue();
            left = _options.RequestsPerHour - _requests.Count;
            if (left > 0) _requests.Enqueue(Now);
        }

        var answer = left > 0
            ? await work()
            : Error(400, "HOURLY_APIINVOCATION_LIMIT_EXCEEDED", "The maximum number of hourly API invocations has been exceeded.");
        return answer.With("X-RateLimit-Limit", $"{_options.RequestsPerHour}").With("X-RateLimit-Remaining", $"{Math.Max(0, left - 1)}")
            .With("X-RateLimit-Reset", $"{Now.AddMinutes(60 - Now.Minute).AddSeconds(-Now.Second).ToUnixTimeSeconds()}");
    }

    private Answer Token(Call call)
    {
        var form = call.Form();
        if (form.GetValueOrDefault("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer"
            || Jwt.Parse(form.GetValueOrDefault("assertion")) is not { } assertion)
            return Answer.Json(400, new JsonObject { ["error"] = "invalid_request" });
        if (assertion.Claims["sub"].Text() != _options.UserId) return Answer.Json(400, new JsonObject { ["error"] = "consent_required" });
        var genuine = Store.Find(Keys, "integration")?["pem"].Text() is { } pem && assertion.IsSignedBy(pem, "RS256")
            && assertion.Claims["iss"].Text() == _options.IntegrationKey && assertion.Texts("aud").Contains(BaseAddress.Host)
            && assertion.Texts("scope").Contains("signature") && assertion.Expires is { } expires && expires > call.Now;
        return genuine
            ? Answer.Json(200, new JsonObject
            {
                ["access_token"] = _tokens.Issue("ds_"), ["token_type"] = "Bearer", ["expires_in"] = (int)_options.TokenLifetime.TotalSeconds,
            })
            : Answer.Json(400, new JsonObject { ["error"] = "invalid_grant" });
    }

    private Answer Get(Call call)
    {
        var envelope = Store.Find(Envelopes, Known(call)["id"])
            ?? throw new RefusalException(Error(404, "ENVELOPE_DOES_NOT_EXIST", "The envelope ID provided does not exist or is invalid."));
        CountRead(call["id"]);
        var include = (call.QueryText("include") ?? "").Split(',');
        var shown = envelope.Copy();
        if (!include.Contains("custom_fields")) shown.Remove("customFields");
        if (!include.Contains("recipients")) shown.Remove("recipients");
        return Answer.Json(200, shown);
    }

    private void CountRead(string id)
    {
        var since = Now - _options.PollingInterval;
        List<JsonNode?> reads =
            [.. (Store.Find(Reads, id)?["at"] as JsonArray ?? []).Where(at => at.Instant() > since).Select(at => at!.DeepClone()), Now.ToString("O")];
        if (reads.Count > _options.ReadsOfOneEnvelope)
            throw new RefusalException(Error(400, "Hourly_Envelope_Polling_Limit_Exceeded", "The envelope was polled too often."));
        Store.Put(Reads, id, new JsonObject { ["at"] = reads.ToJsonArray() });
    }

    /// <summary>By the time of the last change of status; an empty answer has no list.</summary>
    private Answer List(Call call)
    {
        Known(call);
        var since = Notation.Instant(call.QueryText("from_date"))
            ?? throw new RefusalException(Error(400, "INVALID_REQUEST_PARAMETER", "The request contained at least one invalid parameter. Query parameter 'from_date' must be set."));
        HashSet<string> statuses = [.. (call.QueryText("status") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)];
        var found = Store.All(Envelopes)
            .Where(each => each["statusChangedDateTime"].Instant() >= since && (statuses.Count == 0 || statuses.Contains(each["status"].Text()!)))
            .OrderBy(each => each["statusChangedDateTime"].Instant()).ToList();
        var (start, count) = ((int)(Notation.Number(call.QueryText("start_position")) ?? 0), (int)(Notation.Number(call.QueryText("count")) ?? 100));
        var page = found.Skip(start).Take(count).ToList();
        var answer = new JsonObject
        {
            ["resultSetSize"] = $"{page.Count}", ["totalSetSize"] = $"{found.Count}", ["startPosition"] = $"{start}",
            ["endPosition"] = $"{start + page.Count - 1}",
        };
        if (page.Count > 0)
            answer["envelopes"] = page.Select(each =>
            {
                var shown = each.Copy();
                shown.Remove("customFields");
                shown.Remove("recipients");
                return (JsonNode?)shown;
            }).ToJsonArray();
        return Answer.Json(200, answer);
    }

    private Call Known(Call call) => call["account"] == _options.AccountId
        ? call
        : throw new RefusalException(Error(401, "ACCOUNT_NOT_FOUND", "The account was not found."));

    private static Answer Error(int status, string code, string message) =>
        Answer.Json(status, new JsonObject { ["errorCode"] = code, ["message"] = message });
}
