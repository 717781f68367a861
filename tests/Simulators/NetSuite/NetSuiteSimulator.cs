using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Q2C.Simulators.Core;
using static Q2C.Simulators.NetSuite.NetSuiteErrors;

namespace Q2C.Simulators.NetSuite;

/// <summary>NetSuite's Record REST API v1, SuiteQL and the OAuth 2.0 machine-to-machine token endpoint of one account.</summary>
public sealed partial class NetSuiteSimulator : Simulator
{
    private const string Keys = "_keys";
    private const string TokenPath = "/services/rest/auth/oauth2/v1/token";
    private const string Base = "/services/rest/record/v1/";
    private static readonly TimeSpan LongestAssertion = TimeSpan.FromMinutes(60);

    private readonly NetSuiteOptions _options;
    private readonly Tokens _tokens;
    private readonly Random _random;
    private int _underWay;

    private NetSuiteSimulator(NetSuiteOptions options) : base("netsuite", options)
    {
        _options = options;
        _tokens = new Tokens(Store, Clock, options.TokenLifetime);
        _random = new Random(options.RandomSeed);
    }

    public static async Task<NetSuiteSimulator> StartAsync(NetSuiteOptions? options = null)
    {
        var simulator = new NetSuiteSimulator(options ?? new());
        await simulator.LaunchAsync();
        if (simulator._options.PublicKeyPem is { } pem) simulator.AddKey(simulator._options.CertificateId, pem);
        return simulator;
    }

    /// <summary>Uploads a client certificate's public key (PEM) under a certificate id, the token's "kid".</summary>
    public void AddKey(string certificateId, string publicKeyPem) =>
        Change(() => Store.Put(Keys, certificateId, new JsonObject { ["pem"] = publicKeyPem }));

    /// <summary>Makes a new P-256 key pair, uploads the public half and returns the private one as PEM.</summary>
    public string CreateKey(string? certificateId = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        AddKey(certificateId ?? _options.CertificateId, key.ExportSubjectPublicKeyInfoPem());
        return key.ExportPkcs8PrivateKeyPem();
    }

    public void RevokeTokens() => Change(_tokens.RevokeAll);

    protected override void Seed()
    {
        SetUp("subsidiary", ("1", "Q2C Group"), ("2", "Q2C Deutschland GmbH"), ("3", "Q2C Inc."));
        SetUp("currency", ("1", "USD"), ("2", "GBP"), ("4", "EUR"), ("5", "CHF"));
        SetUp("serviceSaleItem", ("9001", "SVC-FIXED"), ("9002", "SVC-TM"), ("9003", "SVC-EXPENSE"), ("9004", "SVC-RETAINER"));
        SetUp("account", ("119", "Accounts Receivable"), ("120", "Unbilled Receivable"), ("121", "Contract Asset"),
            ("240", "Deferred Revenue"), ("241", "Tax Payable"), ("400", "Services Revenue"), ("401", "Reimbursed Expenses"),
            ("101", "Bank"), ("102", "Payment Processor Clearing"), ("122", "Work in Progress"), ("500", "Cost of Revenue"),
            ("501", "Cost Applied"), ("502", "Cost Variance"), ("599", "Rounding"), ("130", "Intercompany Receivable"), ("230", "Intercompany Payable"),
            ("430", "Intercompany Revenue"), ("530", "Intercompany Cost"));
        SetUp("term", ("1", "Net 14"), ("2", "Net 30"), ("3", "Net 60"));
        SetUp("accountingPeriod", ("111", "Nov 2026"), ("112", "Dec 2026"), ("113", "Jan 2027"));
        SetUp("department", ("1", "Consulting"));
        SetUp("paymentOption", ("1", "Card"), ("2", "Bank Transfer"));
    }

    private void SetUp(string type, params (string Id, string Name)[] records)
    {
        foreach (var (id, name) in records)
        {
            Store.Put(type, id, new JsonObject { ["id"] = id, ["externalId"] = name.Replace(' ', '-'), ["name"] = name });
            Store.Put("_eid", $"{type}/{name.Replace(' ', '-')}", new JsonObject { ["id"] = id });
        }
    }

    protected override void Map()
    {
        Route("POST", TokenPath, "token", Token, open: true);
        Route("POST", Base + "{record}", "record.create", Create);
        Route("GET", Base + "{record}", "record.list", List);
        Route("GET", Base + "{record}/{id}", "record.get", Get);
        Route("PUT", Base + "{record}/{id}", "record.upsert", Upsert);
        Route("PATCH", Base + "{record}/{id}", "record.update", Update);
        Route("POST", Base + "{record}/{id}/!transform/{target}", "record.transform", Transform);
        Route("POST", "/services/rest/query/v1/suiteql", "suiteql", Query);
        Route("GET", "/services/rest/system/v1/governanceLimits", "governance", Governance);
        Control("POST", "/keys", json =>
        {
            AddKey(json["kid"].Text() ?? _options.CertificateId, json["pem"].Text() ?? throw new FormatException("pem is missing"));
            return new JsonObject();
        });
        Control("POST", "/bank-transfer", json => new JsonObject
        {
            ["id"] = EnterPayment(json["invoice"].Text() ?? throw new FormatException("invoice is missing"),
                json["amount"].Number() ?? throw new FormatException("amount is missing")),
        });
        Control("POST", "/expire-tokens", _ =>
        {
            RevokeTokens();
            return new JsonObject();
        });
    }

    protected override Answer? Authorize(Call call) => _tokens.IsValid(call.BearerToken)
        ? null
        : Error(401, "Unauthorized", "INVALID_LOGIN",
                "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI.", section: "#sec10.4.2")
            .With("WWW-Authenticate",
                $"Bearer realm=\"{_options.Account}\", error=\"invalid_token\", error_description=\"Invalid login attempt.\"");

    protected override Answer NotFound(Call call) => Error(
        404, "Not Found", "NONEXISTENT_ID", $"The resource {call.Path} does not exist.", section: "#sec10.4.5");

    protected override Answer Broken(Exception error) => Error(500, "Internal Server Error", "UNEXPECTED_ERROR", error.Message);

    /// <summary>Counts what is under way in the whole account; a request above the limit is blocked without a look at it.</summary>
    protected override async Task<Answer> AnswerAsync(Call call, Func<Task<Answer>> work)
    {
        if (call.Operation == "token") return await work();
        try
        {
            return Interlocked.Increment(ref _underWay) > _options.ConcurrencyLimit ? TooManyRequests() : await work();
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private Answer Token(Call call)
    {
        var form = call.Form();
        if (form.GetValueOrDefault("grant_type") != "client_credentials"
            || form.GetValueOrDefault("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            return Answer.Json(400, new JsonObject { ["error"] = "invalid_request" });
        if (Jwt.Parse(form.GetValueOrDefault("client_assertion")) is not { } assertion)
            return Answer.Json(400, new JsonObject { ["error"] = "invalid_request" });
        if (!IsGenuine(assertion, call)) return Answer.Json(400, new JsonObject { ["error"] = "invalid_grant" });
        return Answer.Json(200, new JsonObject
        {
            ["access_token"] = _tokens.Issue("ns_"),
            ["expires_in"] = $"{(int)_options.TokenLifetime.TotalSeconds}",
            ["token_type"] = "bearer",
        });
    }

    private bool IsGenuine(Jwt assertion, Call call)
    {
        var pem = Store.Find(Keys, assertion.Header["kid"].Text() ?? "")?["pem"].Text();
        return pem is not null
            && assertion.IsSignedBy(pem, "PS256", "ES256", "ES384", "ES512")
            && assertion.Claims["iss"].Text() == _options.ClientId
            && assertion.Texts("aud").Any(audience => new Uri(audience, UriKind.RelativeOrAbsolute) is { IsAbsoluteUri: true } uri
                && uri.AbsolutePath == TokenPath)
            && assertion.Texts("scope").Contains("rest_webservices")
            && assertion.Expires is { } expires && expires > call.Now && expires <= call.Now + LongestAssertion;
    }

    private Answer Governance(Call call) => Answer.Json(200, new JsonObject
    {
        ["links"] = new JsonArray(),
        ["accountConcurrencyLimit"] = _options.ConcurrencyLimit,
        ["accountUnallocatedConcurrencyLimit"] = _options.ConcurrencyLimit,
        ["integrationConcurrencyLimit"] = _options.ConcurrencyLimit,
        ["integrationLimitType"] = "accountShared",
    });

    [GeneratedRegex("^[A-Za-z0-9_-]{1,255}$")]
    private static partial Regex ExternalIdPattern();
}
