using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Q2C.Gateway.Security;
using Q2C.Gateway.Webhooks;

namespace Q2C.Gateway.Tests.Webhooks;

/// <summary>Every scheme against vectors that others made, where there are any, and against forgeries.</summary>
public sealed class SignatureTests
{
    private const string Secret = "whsec_new";
    private const string Old = "whsec_old";
    private const string Signature = "Stripe-Signature";
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"id":"evt_1"}""");

    private readonly Webhook _stripe = Hook("stripe", [Secret, Old]);

    [VendorSampleFact("stripe-event-customer.created-signed.json")]
    public async Task The_published_vector_of_Stripe_is_authentic() => Assert.Null(await Refusal(
        Hook("stripe", ["webhook_secret"]), VendorSamples.Find("stripe-event-customer.created-signed.json")!,
        DateTimeOffset.FromUnixTimeSeconds(1533204620),
        (Signature, "t=1533204620,v1=2220f87ef101a04665f11cdf770523143f875572008577fa0f20882ddb9cc3c7")));

    [VendorSampleFact("jira-webhook-hmac-test-vector.json")]
    public async Task The_published_vector_of_Jira_is_authentic()
    {
        using var vector = System.Text.Json.JsonDocument.Parse(VendorSamples.Find("jira-webhook-hmac-test-vector.json")!);
        string Text(string name) => vector.RootElement.GetProperty(name).GetString()!;
        var body = Encoding.UTF8.GetBytes(Text("payload"));

        Assert.Null(await Refusal(Hook("jira", [Text("secret")]), body, Noon, (Text("header"), Text("signature"))));
        Assert.Equal("wrong_signature", await Refusal(Hook("jira", ["other"]), body, Noon, (Text("header"), Text("signature"))));
    }

    [Fact]
    public async Task A_vector_computed_by_openssl_is_authentic() => Assert.Null(await Refusal(
        Hook("stripe", ["whsec_vector"]), Body, Noon,
        (Signature, "t=1772452800,v1=95b53d07faafe10b7dc865ba817e812d9d66f8f5b8ada202827e80c4400272e1")));

    [Theory]
    [InlineData(Secret)]
    [InlineData(Old)]
    public async Task Either_secret_will_do_while_keys_are_rotated(string secret) =>
        Assert.Null(await Refusal(_stripe, Body, Noon, (Signature, Header(secret, Noon, Body))));

    [Fact]
    public async Task A_secret_that_is_replaced_counts_without_a_restart_and_the_one_before_as_long_as_it_is_there()
    {
        var (current, previous) = (Path.GetTempFileName(), Path.GetTempFileName());
        await File.WriteAllTextAsync(current, "first");
        await File.WriteAllTextAsync(previous, "nothing yet");
        var section = new Dictionary<string, string?>
        {
            ["Q2C:Connections:c:Webhook:Scheme"] = "stripe", ["Q2C:Connections:c:Webhook:Secrets:0"] = $"file:{current}",
            ["Q2C:Connections:c:Webhook:Secrets:1"] = $"file:{previous}",
        };
        var hook = Read(new ConfigurationBuilder().AddInMemoryCollection(section).Build());
        Assert.Equal(("accepted", "wrong_signature"), (await Said("first", 0), await Said("second", 0)));

        await File.WriteAllTextAsync(previous, "first");
        await File.WriteAllTextAsync(current, "second");
        Assert.Equal(("accepted", "accepted"), (await Said("first", 11), await Said("second", 11)));

        await File.WriteAllTextAsync(previous, "second");
        Assert.Equal(("wrong_signature", "accepted"), (await Said("first", 22), await Said("second", 22)));

        File.Delete(current);
        Assert.Equal(("wrong_signature", "accepted"), (await Said("first", 33), await Said("second", 33)));
        File.Delete(previous);

        async Task<string> Said(string secret, int seconds) => await Refusal(
            hook, Body, Noon.AddSeconds(seconds), (Signature, Header(secret, Noon.AddSeconds(seconds), Body))) ?? "accepted";
    }

    [Fact]
    public async Task One_good_signature_among_several_is_enough() => Assert.Null(await Refusal(
        _stripe, Body, Noon,
        (Signature, $"t={Noon.ToUnixTimeSeconds()},v1={new string('0', 64)},v1={Sign(Secret, Noon, Body)},v0=ignored")));

    [Theory]
    [InlineData(300, null)]
    [InlineData(301, "expired_signature")]
    [InlineData(-300, null)]
    [InlineData(-301, "expired_signature")]
    public async Task The_signed_time_may_be_five_minutes_off_either_way(int secondsLate, string? refusal) =>
        Assert.Equal(refusal, await Refusal(_stripe, Body, Noon.AddSeconds(secondsLate), (Signature, Header(Secret, Noon, Body))));

    [Theory]
    [InlineData("", "no_signature")]
    [InlineData("v1=00", "unreadable_signature")]
    [InlineData("t=1772452800", "unreadable_signature")]
    [InlineData("t=1772452800,v1=nothex", "unreadable_signature")]
    [InlineData("t=99999999999999999999,v1=00", "unreadable_signature")]
    [InlineData("t=1772452800,v1=00", "wrong_signature")]
    [InlineData("t=1772452800,v0=3ec75ded", "unreadable_signature")]
    public async Task Anything_else_is_refused_with_what_is_counted(string header, string reason) =>
        Assert.Equal(reason, await Refusal(_stripe, Body, Noon, (Signature, header)));

    [Fact]
    public async Task One_changed_byte_of_the_body_is_a_forgery()
    {
        var changed = Body.ToArray();
        changed[^2] ^= 1;

        Assert.Equal("wrong_signature", await Refusal(_stripe, changed, Noon, (Signature, Header(Secret, Noon, Body))));
    }

    [Fact]
    public async Task A_signature_moved_to_another_time_is_a_forgery() => Assert.Equal("wrong_signature", await Refusal(
        _stripe, Body, Noon, (Signature, $"t={Noon.ToUnixTimeSeconds() + 1},v1={Sign(Secret, Noon, Body)}")));

    [Theory]
    [InlineData("hex", "sha256=", "sha256")]
    [InlineData("base64", "", "sha256")]
    [InlineData("hex", "", "sha512")]
    [InlineData("hex", "sha1=", "sha1")]
    public async Task A_plain_hmac_of_the_body_is_read_in_hex_and_in_base64(string encoding, string prefix, string algorithm)
    {
        var hook = Hook(
            "hmac-sha256", [Secret], ("Proofs:0:Header", "X-Signature"), ("Proofs:0:Encoding", encoding), ("Proofs:0:Prefix", prefix),
            ("Proofs:0:Algorithm", algorithm), ("Id:0", "body:id"));
        var key = Encoding.UTF8.GetBytes(Secret);
#pragma warning disable CA5350 // The one that some vendors have.
        var hash = algorithm switch { "sha512" => HMACSHA512.HashData(key, Body), "sha1" => HMACSHA1.HashData(key, Body), _ => HMACSHA256.HashData(key, Body) };
#pragma warning restore CA5350
        string Text(byte[] bytes) => prefix + (encoding == "hex" ? Convert.ToHexStringLower(bytes) : Convert.ToBase64String(bytes));

        Assert.Equal(["evt_1"], await Keys(hook, Body, ("X-Signature", Text(hash))));
        Assert.Equal("wrong_signature", await Refusal(hook, Body, Noon, ("X-Signature", Text(new byte[hash.Length]))));
    }

    [Fact]
    public async Task DocuSign_sends_a_signature_for_each_key_and_one_that_is_good_is_enough()
    {
        var body = Encoding.UTF8.GetBytes(
            """{"event":"envelope-completed","retryCount":1,"configurationId":12345,"data":{"envelopeId":"e-1"}}""");
        var good = Convert.ToBase64String(HMACSHA256.HashData("two"u8, body));
        var other = Convert.ToBase64String(HMACSHA256.HashData("elsewhere"u8, body));
        var hook = Hook("docusign", ["one", "two"]);

        Assert.Equal(
            ["12345/e-1/envelope-completed"], await Keys(hook, body, ("X-DocuSign-Signature-1", other), ("X-DocuSign-Signature-2", good)));
        Assert.Equal("wrong_signature", await Refusal(hook, body, Noon, ("X-DocuSign-Signature-1", other)));
        Assert.Equal("no_signature", await Refusal(hook, body, Noon, ("X-DocuSign-AccountId", good)));
    }

    [Fact]
    public async Task Standard_webhooks_sign_id_time_and_body_under_a_key_in_base64()
    {
        // The example of the standard's reference libraries.
        var hook = Hook("standard-webhooks", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]);
        var at = DateTimeOffset.FromUnixTimeSeconds(1614265330);
        var body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");
        (string, string)[] headers =
        [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ];

        Assert.Null(await Refusal(hook, body, at, headers));
        Assert.Equal("expired_signature", await Refusal(hook, body, at.AddMinutes(6), headers));
        Assert.Equal("wrong_signature", await Refusal(hook, body, at, [headers[0] with { Item2 = "msg_2" }, headers[1], headers[2]]));
    }

    [Fact]
    public async Task Ironclad_signs_event_body_and_nonce_with_its_own_key()
    {
        using var rsa = RSA.Create(2048);
        var hook = Hook("ironclad", [rsa.ExportSubjectPublicKeyInfoPem()]);
        var signature = Convert.ToBase64String(rsa.SignData(
            [.. "evt-1"u8, .. Body, .. "n0nce"u8], HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        string Proof(string nonce) =>
            $$"""{"nonce":"{{nonce}}","signAlgorithm":"sha256","signature":"{{signature}}","encoding":"base64"}""";

        Assert.Equal(["evt-1"], await Keys(
            hook, Body, ("X-Ironclad-Webhook-Event-Id", "evt-1"), ("X-Ironclad-Webhook-Verification", Proof("n0nce"))));
        Assert.Equal("wrong_signature", await Refusal(
            hook, Body, Noon, ("X-Ironclad-Webhook-Event-Id", "evt-1"), ("X-Ironclad-Webhook-Verification", Proof("other"))));
        Assert.Equal("wrong_signature", await Refusal(
            hook, Body, Noon, ("X-Ironclad-Webhook-Event-Id", "evt-2"), ("X-Ironclad-Webhook-Verification", Proof("n0nce"))));
        Assert.Equal("unreadable_signature", await Refusal(
            hook, Body, Noon, ("X-Ironclad-Webhook-Event-Id", "evt-1"), ("X-Ironclad-Webhook-Verification", "{}")));
    }

    [Theory]
    [InlineData("HS256", "app-secret", 60, null)]
    [InlineData("HS256", "guessed", 60, "wrong_signature")]
    [InlineData("HS256", "app-secret", -61, "expired_signature")]
    [InlineData("none", "app-secret", 60, "unreadable_signature")]
    [InlineData("RS256", "app-secret", 60, "unreadable_signature")]
    public async Task A_jira_app_proves_itself_with_a_token_under_the_shared_secret(string algorithm, string secret, int seconds, string? refusal)
    {
        var signed = $"{Base64Url($$"""{"alg":"{{algorithm}}"}""")}.{Base64Url($$"""{"iss":"jira","exp":{{Noon.ToUnixTimeSeconds() + seconds}}}""")}";
        var token = $"{signed}.{System.Buffers.Text.Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(signed)))}";

        Assert.Equal(refusal, await Refusal(Hook("jira-app", ["app-secret"]), Body, Noon, ("Authorization", $"Bearer {token}")));
    }

    [Theory]
    [InlineData("hub:old", null)]
    [InlineData("hub:new", null)]
    [InlineData("hub:guessed", "wrong_credentials")]
    [InlineData("other:new", "wrong_credentials")]
    public async Task Basic_takes_any_password_that_is_valid_now(string credentials, string? refusal)
    {
        var hook = Hook("zuora", ["old", "new"], ("Proofs:0:User", "hub"));

        Assert.Equal(refusal, await Refusal(
            hook, Body, Noon, ("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}")));
        Assert.Equal("no_credentials", await Refusal(hook, Body, Noon));
    }

    [Theory]
    [InlineData("10.0.0.7", "hash", null)]
    [InlineData("10.0.0.7", "whole", null)]
    [InlineData("10.0.0.7", "other", "wrong_certificate")]
    [InlineData("10.0.0.7", "", "no_certificate")]
    [InlineData("192.0.2.1", "hash", "no_certificate")]
    public async Task A_certificate_counts_when_a_known_proxy_reports_it(string from, string which, string? refusal)
    {
        byte[] certificate = [1, 2, 3];
        var hash = Convert.ToHexString(SHA256.HashData(certificate));
        var hook = Hook(
            "hmac-sha256", ["x"], ("Proofs:0:Kind", "certificate"), ("Proofs:0:Header", "Client-Cert"), ("Proofs:0:Allowed:0", hash),
            ("Proofs:0:Proxies:0", "10.0.0.0/24"));
        var header = which switch
        {
            "hash" => hash, "whole" => $":{Convert.ToBase64String(certificate)}:", "other" => new string('0', 64), _ => "",
        };

        var request = Request(Body, Noon, [("Client-Cert", header)]) with { From = System.Net.IPAddress.Parse(from) };
        Assert.Equal(refusal, (await hook.Receive(request) as Reception.Refused)?.Reason);
    }

    [Fact]
    public async Task A_secret_in_the_address_is_for_those_who_can_do_nothing_else()
    {
        var hook = Hook("hmac-sha256", ["s3cret"], ("Proofs:0:Kind", "token"), ("Proofs:0:Query", "code"));
        async Task<string?> With(string code) => (await hook.Receive(Request(Body, Noon, []) with
        {
            Query = new QueryCollection(new Dictionary<string, Microsoft.Extensions.Primitives.StringValues> { ["code"] = code }),
        }) as Reception.Refused)?.Reason;

        Assert.Equal((null, "wrong_credentials", "no_credentials"), (await With("s3cret"), await With("guessed"), await With("")));
    }

    [Fact]
    public async Task Business_Central_sends_many_at_once_and_each_repeats_our_state_which_is_not_kept()
    {
        var hook = Hook("business-central", ["our-state"]);
        var body = Encoding.UTF8.GetBytes(
            """
            {"value":[
              {"subscriptionId":"s","clientState":"our-state","resource":"api/v2.0/companies(1)/customers(2)","changeType":"updated","lastModifiedDateTime":"2026-03-02T12:00:00Z"},
              {"subscriptionId":"s","clientState":"our-state","resource":"api/v2.0/companies(1)/customers(3)","changeType":"deleted","lastModifiedDateTime":"2026-03-02T12:00:01Z"}]}
            """);

        var accepted = Assert.IsType<Reception.Accepted>(await hook.Receive(Request(body, Noon, [])));

        Assert.Equal(
            [
                "api/v2.0/companies(1)/customers(2)/updated/2026-03-02T12:00:00Z",
                "api/v2.0/companies(1)/customers(3)/deleted/2026-03-02T12:00:01Z",
            ],
            accepted.Entries.Select(entry => entry.DedupeKey));
        Assert.All(accepted.Entries, entry => Assert.DoesNotContain("our-state", Encoding.UTF8.GetString(entry.Body.Span), StringComparison.Ordinal));
        Assert.All(accepted.Entries, entry => Assert.Contains("\"subscriptionId\":\"s\"", Encoding.UTF8.GetString(entry.Body.Span), StringComparison.Ordinal));
        Assert.Equal("wrong_client_state", await Refusal(
            hook, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body).Replace("\"our-state\",\"resource\":\"api/v2.0/companies(1)/customers(3)", "\"guess\",\"resource\":\"", StringComparison.Ordinal)), Noon));
        Assert.Equal("wrong_client_state", await Refusal(hook, """{"value":[]}"""u8.ToArray(), Noon));
        Assert.Equal("wrong_client_state", await Refusal(hook, "not json"u8.ToArray(), Noon));
    }

    [VendorSampleFact("graph-change-notification.json")]
    public async Task The_published_notification_of_Graph_is_taken()
    {
        var keys = await Keys(Hook("graph", ["secretClientValue"]), VendorSamples.Find("graph-change-notification.json")!);

        Assert.Equal(["{subscription_guid}/lsgTZMr9KwAAA/users/{user_guid}@{tenant_guid}/messages/{long_id_string}/created"], keys);
    }

    [VendorSampleFact("docusign-connect-envelope-sent-legacy.xml")]
    public async Task The_older_xml_of_DocuSign_is_taken_and_refused_with_one_byte_changed()
    {
        var body = VendorSamples.Find("docusign-connect-envelope-sent-legacy.xml")!;
        var good = Convert.ToBase64String(HMACSHA256.HashData("k"u8, body));
        var hook = Hook("docusign", ["k"]);
        Assert.Equal(["08740f95-2187-4b01-9a69-111111111111/Sent"], await Keys(hook, body, ("X-DocuSign-Signature-1", good)));
        var other = (good[0] == 'A' ? 'B' : 'A') + good[1..];
        Assert.Equal("wrong_signature", await Refusal(hook, body, Noon, ("X-DocuSign-Signature-1", other)));

        var half = body[..(body.Length / 2)];
        var parked = Assert.IsType<Reception.Accepted>(await hook.Receive(Request(
            half, Noon, [("X-DocuSign-Signature-1", Convert.ToBase64String(HMACSHA256.HashData("k"u8, half)))])));
        Assert.Equal("MALFORMED_XML", Assert.Single(parked.Entries).Error!.Problem.Code);
    }

    [VendorSampleFact("docusign-connect-json-sim-schema.json")]
    public async Task The_published_event_of_DocuSign_is_taken_or_parked_with_what_it_lacks()
    {
        var body = VendorSamples.Find("docusign-connect-json-sim-schema.json")!;
        var accepted = Assert.IsType<Reception.Accepted>(await Hook("docusign", ["k"]).Receive(Request(
            body, Noon, [("X-DocuSign-Signature-1", Convert.ToBase64String(HMACSHA256.HashData("k"u8, body)))])));

        // The vendor's file has every member, and most of them empty: the event's name too.
        Assert.Equal(("DELIVERY_WITHOUT_ID", "event"), (accepted.Entries.Single().Error!.Problem.Code, accepted.Entries.Single().Error!.Problem.Path));
    }

    [VendorSampleFact("jira-worklog-created.json")]
    public async Task The_captured_worklog_of_Jira_is_named_by_its_header()
    {
        var body = VendorSamples.Find("jira-worklog-created.json")!;
        var signature = $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData("k"u8, body))}";

        Assert.Equal(["w-1"], await Keys(Hook("jira", ["k"]), body, ("X-Hub-Signature", signature), ("X-Atlassian-Webhook-Identifier", "w-1")));
    }

    [Fact]
    public async Task A_name_too_long_for_the_inbox_becomes_its_hash()
    {
        var body = Encoding.UTF8.GetBytes($$"""{"id":"{{new string('x', 300)}}"}""");

        var key = Assert.Single(await Keys(_stripe, body, (Signature, Header(Secret, Noon, body))));

        Assert.Equal(7 + 64, key.Length);
        Assert.StartsWith("sha256/", key, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stripe", "Scheme", "smoke", "Scheme must be one of ")]
    [InlineData("hmac-sha256", "Id:0", "id", "Id names 'id', which is neither body: nor header:.")]
    [InlineData("hmac-sha256", "Format", "json", "Proofs:0:Header must name the signature's header.")]
    [InlineData("stripe", "Proofs:0:Encoding", "base32", "Proofs:0:Encoding must be hex or base64.")]
    [InlineData("stripe", "Proofs:0:Message", "{timestamp}", "Proofs:0:Message must be made of {body}, {timestamp}, {nonce} and {header:Name}, and have the body.")]
    [InlineData("stripe", "Proofs:0:Message", "{body}{cookie}", "Proofs:0:Message must be made of {body}, {timestamp}, {nonce} and {header:Name}, and have the body.")]
    [InlineData("stripe", "Proofs:0:Kind", "trust", "Proofs:0:Kind must be hmac, public-key, jwt, issuer, certificate, client-state, basic or token.")]
    [InlineData("sap-event-mesh", "Proofs:0:Issuer", "corp", "Proofs:0:Allowed must name the subjects whose tokens count.")]
    [InlineData("salesforce-outbound", "OrganizationId", "x", "OrganizationId must have 15 or 18 characters.")]
    public void A_setting_that_cannot_be_stops_the_start_with_its_place(string scheme, string member, string value, string message) =>
        Assert.StartsWith(
            $"Q2C:Connections:c:Webhook:{message}",
            Assert.Throws<InvalidOperationException>(() => Hook(scheme, ["k"], (member, value))).Message, StringComparison.Ordinal);

    internal static string Header(string secret, DateTimeOffset at, byte[] body) =>
        $"t={at.ToUnixTimeSeconds()},v1={Sign(secret, at, body)}";

    private static string Sign(string secret, DateTimeOffset at, byte[] body) => Convert.ToHexStringLower(HMACSHA256.HashData(
        Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.UTF8.GetBytes($"{at.ToUnixTimeSeconds()}."), .. body]));

    private static string Base64Url(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    /// <summary>As the configuration makes it; secrets pass through the environment.</summary>
    private static Webhook Hook(string scheme, string[] secrets, params (string Member, string Value)[] settings)
    {
        const string Section = "Q2C:Connections:c:Webhook";
        var references = secrets.Select(secret =>
        {
            var name = $"Q2C_TEST_{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)))[..16]}";
            Environment.SetEnvironmentVariable(name, secret);
            return $"env:{name}";
        }).ToList();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
        [
            new($"{Section}:Scheme", scheme),
            .. references.Select((reference, i) => KeyValuePair.Create($"{Section}:Secrets:{i}", (string?)reference)),
        ]).AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"{Section}:{setting.Member}", (string?)setting.Value))).Build();
        return Read(configuration);
    }

    private static Webhook Read(IConfiguration configuration) =>
        WebhookCatalog.Read(configuration, new TokenValidator([], TimeProvider.System, NullLogger<IssuerKeys>.Instance)).Find("c")!;

    private static async Task<string?> Refusal(Webhook hook, byte[] body, DateTimeOffset at, params (string Name, string Value)[] headers) =>
        (await hook.Receive(Request(body, at, headers)) as Reception.Refused)?.Reason;

    private static async Task<IEnumerable<string>> Keys(Webhook hook, byte[] body, params (string Name, string Value)[] headers)
    {
        var accepted = Assert.IsType<Reception.Accepted>(await hook.Receive(Request(body, Noon, headers)));
        Assert.All(accepted.Entries, entry => Assert.Null(entry.Error));
        return accepted.Entries.Select(entry => entry.DedupeKey);
    }

    private static WebhookRequest Request(byte[] body, DateTimeOffset receivedAt, (string Name, string Value)[] headers)
    {
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers) dictionary[name] = value;
        return new(dictionary, "application/json", body, receivedAt);
    }
}
