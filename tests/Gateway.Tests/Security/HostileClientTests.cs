using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Q2C.Gateway.Security;
using Q2C.Gateway.Tests.GraphQL;
using Q2C.Silo.Tests;
using Q2C.StandIns.Orleans.Tests;

namespace Q2C.Gateway.Tests.Security;

/// <summary>A gateway with small limits, as the public sees it: without tools.</summary>
public sealed class SmallGateway : Engagements
{
    public const int Burst = 25;

    protected override Dictionary<string, string?> Settings { get; } = new(
    [
        new("Q2C:Tools", "false"),
        new("Q2C:Cors:0", "https://portal.example"),
        new("Q2C:Limits:RequestBytes", "20000"),
        new("Q2C:Limits:Tokens", "2000"),
        new("Q2C:Limits:Fields", "200"),
        new("Q2C:Limits:Depth", "8"),
        new("Q2C:Limits:PageSize", "25"),
        new("Q2C:Limits:ExecutionTime", "00:00:03"),
        new("Q2C:Limits:PerSecond", "1"),
        new("Q2C:Limits:Burst", $"{Burst}"),
        new("Q2C:Limits:Concurrent", "2"),
        new("Q2C:Limits:Sockets", "2"),
        new("Q2C:Limits:Subscriptions", "2"),
        .. Key("flooder", "2099-01-01T00:00:00Z"),
        .. Key("bystander", "2099-01-01T00:00:00Z"),
        .. Key("patient", "2099-01-01T00:00:00Z"),
        .. Key("follower", "2099-01-01T00:00:00Z"),
        .. Key("socketeer", "2099-01-01T00:00:00Z"),
        .. Key("former", "2020-01-01T00:00:00Z"),
    ]);

    public static Dictionary<string, string?> Key(string name, string expires) => new()
    {
        [$"Q2C:ApiKeys:{name}:Sha256"] = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name))),
        [$"Q2C:ApiKeys:{name}:Expires"] = expires,
        [$"Q2C:ApiKeys:{name}:Roles:0"] = "operator",
        [$"Q2C:ApiKeys:{name}:Scopes:0"] = "q2c.read",
    };
}

public sealed class HostileClientTests(SmallGateway gateway, PostgresFixture postgres) : IClassFixture<SmallGateway>, IClassFixture<PostgresFixture>
{
    private const string NobodyIsSignedIn =
        """{"errors":[{"message":"Nobody is signed in. Send Authorization: Bearer and an API key or a token.","extensions":{"code":"UNAUTHENTICATED"}}]}""";

    [Fact]
    public async Task Nobody_in_particular_is_refused_on_every_way_in()
    {
        foreach (var request in new HttpRequestMessage[]
        {
            new(HttpMethod.Post, "/graphql") { Content = JsonContent.Create(new { query = "{ viewer { name } }" }) },
            new(HttpMethod.Get, "/graphql?query={viewer{name}}"),
            new(HttpMethod.Get, "/graphql?sdl"),
            new(HttpMethod.Post, "/graphql") { Content = JsonContent.Create(new { query = "{ viewer { name } }" }), Headers = { Accept = { new("text/event-stream") } } },
        })
        {
            var answer = await gateway.Client.SendAsync(request);
            Assert.Equal((HttpStatusCode.Unauthorized, NobodyIsSignedIn), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }
    }

    [Fact]
    public async Task An_expired_key_is_as_good_as_none()
    {
        var answer = await Post("former", "{ viewer { name } }");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("""Bearer error="invalid_token", error_description="The token is unknown or expired." """.TrimEnd(), answer.Headers.WwwAuthenticate.ToString());
    }

    public static TheoryData<string, string> Documents => new()
    {
        { "oversized", $"{{ viewer {{ name }} }} # {new string('x', 20_000)}" },
        { "deep", "{ customers { nodes { parent { parent { parent { parent { parent { parent { parent { id } } } } } } } } } }" },
        { "aliased", $"{{ {string.Join(' ', Enumerable.Range(0, 201).Select(i => $"a{i}: viewer {{ name }}"))} }}" },
        { "many tokens", $"{{ viewer {{ name }} }} {string.Concat(Enumerable.Repeat("fragment f on Viewer { name } ", 300))}" },
        { "expensive", "{ contracts(first: 100) { nodes { invoices(first: 100) { nodes { customer { contracts(first: 100) { nodes { id } } } } } } } }" },
        { "introspecting", "{ __schema { types { name } } }" },
        { "mistyped", "{ contrats { nodes { id } } }" },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task A_hostile_document_is_refused_before_anything_is_executed(string what, string document)
    {
        var answer = await Post("ada", document);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        var error = body["errors"]![0]!;
        var (status, code) = what switch
        {
            "oversized" => (HttpStatusCode.BadRequest, "HC0010"),
            "deep" => (HttpStatusCode.BadRequest, null),
            "aliased" or "many tokens" => (HttpStatusCode.BadRequest, "HC0011"),
            "expensive" => (HttpStatusCode.BadRequest, "HC0047"),
            "introspecting" => (HttpStatusCode.BadRequest, "HC0046"),
            _ => (HttpStatusCode.BadRequest, (string?)null),
        };

        Assert.Equal($"{what} {status} {code}", $"{what} {answer.StatusCode} {error["extensions"]?["code"]}");
        Assert.Null(body["data"]);
        Assert.DoesNotContain("Did you mean", body.ToJsonString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("contracts", (string)error["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_that_takes_too_long_is_given_up_and_while_all_places_are_taken_nobody_queues()
    {
        await using var connection = await gateway.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("lock table q2c_read.invoice in access exclusive mode", connection)) await hold.ExecuteNonQueryAsync();

        var slow = new[] { Post("patient", "{ invoices { nodes { id } } }"), Post("patient", "{ invoices { nodes { number } } }") };
        await Wait.Until(async () => await gateway.Database.Scalar<long>(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'q2c-gateway'") == 2);
        var shed = await Post("bystander", "{ viewer { name } }");
        var answers = await Task.WhenAll(slow);
        await transaction.RollbackAsync();

        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, """{"errors":[{"message":"Too many requests are being answered. Ask again in 1 s.","extensions":{"code":"OVERLOADED"}}]}"""),
            (shed.StatusCode, await shed.Content.ReadAsStringAsync()));
        foreach (var answer in answers)
            Assert.Equal("HC0045", (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]![0]!["extensions"]!["code"]);
    }

    [Fact]
    public async Task Who_floods_is_told_when_to_come_again_and_others_are_not_touched()
    {
        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < SmallGateway.Burst + 15; i++) answers.Add(await Post("flooder", "{ viewer { name } }"));
        var refused = answers.Where(answer => answer.StatusCode != HttpStatusCode.OK).ToList();

        Assert.All(answers.Take(SmallGateway.Burst), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.NotEmpty(refused);
        Assert.All(refused, answer => Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (answer.StatusCode, answer.Headers.RetryAfter?.ToString())));
        Assert.Equal(
            """{"errors":[{"message":"Too many requests: 1 a second are possible, 25 at once. Ask again in 1 s.","extensions":{"code":"RATE_LIMITED"}}]}""",
            await refused[0].Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await Post("fiona", "{ viewer { name } }")).StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example", HttpStatusCode.Forbidden, null)]
    [InlineData("null", HttpStatusCode.Forbidden, null)]
    [InlineData("https://portal.example", HttpStatusCode.OK, "https://portal.example")]
    public async Task A_page_of_another_site_gets_in_only_when_it_is_listed(string origin, HttpStatusCode status, string? allowed)
    {
        var answer = await Post("frank", "{ viewer { name } }", origin);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(allowed, answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null);
        if (status == HttpStatusCode.Forbidden)
            Assert.Equal(
                """{"errors":[{"message":"Pages of this site may not use the API.","extensions":{"code":"ORIGIN_NOT_ALLOWED"}}]}""",
                await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_browser_asks_first_and_is_told_what_it_may_send()
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/graphql");
        request.Headers.Add("Origin", "https://portal.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");

        var answer = await gateway.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("https://portal.example", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("Authorization", answer.Headers.GetValues("Access-Control-Allow-Headers").Single(), StringComparison.OrdinalIgnoreCase);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Theory]
    [InlineData(null, HttpStatusCode.BadRequest, """{"errors":[{"message":"Operations in the address need the header GraphQL-Preflight.","extensions":{"code":"PREFLIGHT_REQUIRED"}}]}""")]
    [InlineData("1", HttpStatusCode.OK, """{"data":{"viewer":{"name":"frank"}}}""")]
    public async Task What_a_link_of_another_page_could_send_is_no_request(string? preflight, HttpStatusCode status, string answer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/graphql?query={viewer{name}}")
        {
            Headers = { Authorization = new("Bearer", await gateway.Token("frank")), Accept = { new("application/graphql-response+json") } },
        };
        if (preflight is not null) request.Headers.Add("GraphQL-Preflight", preflight);

        var response = await gateway.Client.SendAsync(request);

        Assert.Equal((status, answer), (response.StatusCode, await response.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_page_has_no_more_entries_than_the_installation_allows()
    {
        var refused = JsonNode.Parse(await (await Post("fiona", "{ contracts(first: 26) { nodes { id } } }")).Content.ReadAsStringAsync())!;
        var below = JsonNode.Parse(await (await Post("fiona", "{ contracts(first: 25) { nodes { invoices(last: 26) { nodes { id } } } } }")).Content.ReadAsStringAsync())!;

        Assert.Equal("A page has 1 to 25 entries; 26 were asked for.", (string?)refused["errors"]![0]!["message"]);
        Assert.Equal("BAD_USER_INPUT", (string?)refused["errors"]![0]!["extensions"]!["code"]);
        Assert.All(
            below["errors"]?.AsArray() ?? [], error => Assert.Equal("A page has 1 to 25 entries; 26 were asked for.", (string?)error!["message"]));
    }

    [Fact]
    public async Task A_form_of_another_page_is_no_request() => Assert.NotEqual(HttpStatusCode.OK, (await gateway.Client.SendAsync(
        new(HttpMethod.Post, "/graphql")
        {
            Content = new FormUrlEncodedContent([new("query", "{ viewer { name } }")]),
            Headers = { Authorization = new("Bearer", await gateway.Token("frank")) },
        })).StatusCode);

    [Theory]
    [InlineData(null, "Nobody is signed in.")]
    [InlineData("Bearer guessed", "The token is unknown or expired.")]
    [InlineData("Basic eDp5", "Nobody is signed in.")]
    public async Task A_websocket_that_does_not_say_who_it_is_is_closed(string? authorization, string reason)
    {
        using var socket = await Connect(gateway.Client.BaseAddress!);

        Assert.Equal((4403, reason), await Closed(socket, authorization));
    }

    [Fact]
    public async Task A_browsers_websocket_says_who_it_is_in_its_first_message_and_there_are_only_so_many()
    {
        using var first = await Connect(gateway.Client.BaseAddress!);
        using var second = await Connect(gateway.Client.BaseAddress!);
        using var third = await Connect(gateway.Client.BaseAddress!);

        Assert.Equal("connection_ack", (string?)(await Exchange(first, Init("Bearer socketeer")))!["type"]);
        Assert.Equal("connection_ack", (string?)(await Exchange(second, Init("Bearer socketeer")))!["type"]);
        Assert.Equal((4403, "Too many websockets."), await Closed(third, "Bearer socketeer"));
        var answer = await Exchange(first, """{"id":"1","type":"subscribe","payload":{"query":"{ viewer { name } }"}}""");
        Assert.Equal("""{"viewer":{"name":"socketeer"}}""", answer!["payload"]!["data"]!.ToJsonString());

        await first.CloseAsync(WebSocketCloseStatus.NormalClosure, "", default);
        await Wait.Until(async () =>
        {
            using var again = await Connect(gateway.Client.BaseAddress!);
            return (string?)(await Exchange(again, Init("Bearer socketeer")))?["type"] == "connection_ack";
        });
    }

    [Fact]
    public async Task When_the_key_ends_so_does_the_websocket()
    {
        var clock = new FakeTime();
        await using var host = await GatewayHost.Start(postgres.ConnectionString, SmallGateway.Key("brief", "2026-01-01T01:00:00Z"), clock);
        using var socket = await Connect(host.Client.BaseAddress!);
        Assert.Equal("connection_ack", (string?)(await Exchange(socket, Init("Bearer brief")))!["type"]);

        clock.Advance(TimeSpan.FromHours(1));

        while (await Receive(socket) is { } message) Assert.Equal("ping", (string?)message["type"]);
        Assert.Equal((4403, Validity.Over), ((int)socket.CloseStatus!, socket.CloseStatusDescription));
    }

    [Fact]
    public async Task When_the_key_ends_so_does_an_event_stream()
    {
        var clock = new FakeTime();
        await using var host = await GatewayHost.Start(postgres.ConnectionString, SmallGateway.Key("brief", "2026-01-01T01:00:00Z"), clock);
        using var stream = await Connections(host, "brief");

        clock.Advance(TimeSpan.FromHours(1));

        await Ended(stream);
    }

    [Fact]
    public async Task A_key_is_made_used_and_revoked_and_what_was_opened_with_it_ends()
    {
        var clock = new FakeTime();
        await using var host = await GatewayHost.Start(postgres.ConnectionString, clock: clock);
        var asked = new NewApiKey(
            "flows", ["operator"], ["q2c.read"], ["DE01"], [], Customer: null, clock.GetUtcNow().AddDays(1), "root", "CRM flows");
        var key = await ApiKeyStore.Make(postgres.Database, asked, clock.GetUtcNow(), default);
        Assert.Equal(HttpStatusCode.OK, await Status(key));
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(key + "x"));

        // One made while others are in use is known at once, or after a second.
        var second = await ApiKeyStore.Make(postgres.Database, asked, clock.GetUtcNow(), default);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(HttpStatusCode.OK, await Status(second));
        var listed = (await ApiKeyStore.List(postgres.Database, default)).Where(entry => entry.Name == "flows").ToList();
        Assert.Equal(("flows", "operator", "q2c.read", "DE01", "root", null), (
            listed[0].Name, string.Join(' ', listed[0].Roles), string.Join(' ', listed[0].Scopes), string.Join(' ', listed[0].LegalEntities),
            listed[0].MadeBy, listed[0].RevokedAt));
        Assert.DoesNotContain(key, JsonSerializer.Serialize(listed), StringComparison.Ordinal);

        using var stream = await Connections(host, key);
        using var socket = await Connect(host.Client.BaseAddress!);
        Assert.Equal("connection_ack", (string?)(await Exchange(socket, Init($"Bearer {key}")))!["type"]);
        Assert.Equal(1, await ApiKeyStore.Revoke(postgres.Database, "flows", listed[1].Fingerprint, "root", "Rotated", clock.GetUtcNow(), default));
        Assert.Equal(0, await ApiKeyStore.Revoke(postgres.Database, "flows", listed[1].Fingerprint, "root", "Rotated", clock.GetUtcNow(), default));

        clock.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(HttpStatusCode.Unauthorized, await Status(key));
        Assert.Equal(HttpStatusCode.OK, await Status(second));
        await Ended(stream);
        while (await Receive(socket) is { } message) Assert.Equal("ping", (string?)message["type"]);
        Assert.Equal((4403, Validity.Over), ((int)socket.CloseStatus!, socket.CloseStatusDescription));

        async Task<HttpStatusCode> Status(string with) => (await host.Client.SendAsync(new(HttpMethod.Post, "/graphql")
        {
            Content = JsonContent.Create(new { query = "{ viewer { name } }" }), Headers = { Authorization = new("Bearer", with) },
        })).StatusCode;
    }

    [Theory]
    [InlineData("system", "operator", "q2c.read", 1, "x", "The key must have a name of at most 40 letters, digits, -, _ and ., and not system, connection, api.")]
    [InlineData("flows", "emperor", "q2c.read", 1, "x", "Roles names 'emperor', which is no role.")]
    [InlineData("flows", "operator", "q2c.all", 1, "x", "Scopes names 'q2c.all', which is no scope.")]
    [InlineData("flows", "customer", "q2c.read", 1, "x", "Roles must be customer, and only that, for a customer's portal, and for nobody else.")]
    [InlineData("flows", "operator", "q2c.read", -1, "x", "Expires must lie in the future.")]
    [InlineData("flows", "operator", "q2c.read", 1, " ", "Reason must say why there is such a key.")]
    public async Task A_key_that_cannot_be_is_not_made(string name, string role, string scope, int days, string reason, string message)
    {
        var now = DateTimeOffset.UtcNow;

        Assert.Equal(message, (await Assert.ThrowsAsync<ArgumentException>(() => ApiKeyStore.Make(
            postgres.Database, new(name, [role], [scope], [], [], null, now.AddDays(days), "root", reason), now, default))).Message);
    }

    [Fact]
    public async Task A_caller_has_only_so_many_subscriptions()
    {
        var (id, token) = await gateway.AcceptQuote("020-follow");
        await gateway.Ask("olga", "query ($token: String) { contracts(first: 1, atLeast: $token) { nodes { id } } }", new { token });
        using var cancel = new CancellationTokenSource();
        using var first = await Stream(id, cancel.Token);
        using var second = await Stream(id, cancel.Token);
        await ReadEvent(first);
        await ReadEvent(second);

        using var third = await Stream(id, cancel.Token);

        Assert.Equal("SUBSCRIPTION_LIMIT", (string?)(await ReadEvent(third))["errors"]![0]!["extensions"]!["code"]);
        await cancel.CancelAsync();
    }

    [Fact]
    public async Task Where_only_trusted_documents_are_allowed_a_document_of_ones_own_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("q2c-trusted-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "who.graphql"), "{ viewer { name } }");
        await using var host = await GatewayHost.Start(postgres.ConnectionString, new(SmallGateway.Key("app", "2099-01-01T00:00:00Z"))
        {
            ["Q2C:TrustedDocuments:Folder"] = folder.FullName, ["Q2C:TrustedDocuments:Only"] = "true",
        });
        async Task<string> Ask(object content) => await (await host.Client.SendAsync(new(HttpMethod.Post, "/graphql")
        {
            Content = JsonContent.Create(content), Headers = { Authorization = new("Bearer", "app"), Accept = { new("application/json") } },
        })).Content.ReadAsStringAsync();

        Assert.Equal("""{"data":{"viewer":{"name":"app"}}}""", await Ask(new { id = "who" }));
        Assert.Contains("HC0067", await Ask(new { query = "{ viewer { name } }" }), StringComparison.Ordinal);
        Assert.Contains("HC0020", await Ask(new { id = "whoever" }), StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("Q2C:Limits:Depth", "0", "Q2C:Limits:Depth must be above zero.")]
    [InlineData("Q2C:Limits:PageSize", "19", "Q2C:Limits:PageSize must be at least 20.")]
    [InlineData("Q2C:Cors:0", "https://portal.example/app", "Q2C:Cors names 'https://portal.example/app', which is no origin; write https://portal.example.")]
    [InlineData("Q2C:TrustedDocuments:Only", "true", "Q2C:TrustedDocuments:Folder must say where the documents are that alone are allowed.")]
    [InlineData("Q2C:ApiKeys:system:Sha256", "x", "Q2C:ApiKeys:system must have a name of at most 40 letters, digits, -, _ and ., and not system, connection, api.")]
    public async Task A_setting_that_cannot_be_stops_the_start(string name, string value, string message) => Assert.Equal(
        message, (await Assert.ThrowsAsync<InvalidOperationException>(() => GatewayHost.Start(postgres.ConnectionString, new() { [name] = value }))).Message);

    private async Task<HttpResponseMessage> Post(string user, string query, string? origin = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/graphql")
        {
            Content = JsonContent.Create(new { query }), Headers = { Authorization = new("Bearer", await gateway.Token(user)) },
        };
        request.Headers.Accept.ParseAdd("application/graphql-response+json");
        if (origin is not null) request.Headers.Add("Origin", origin);
        return await gateway.Client.SendAsync(request);
    }

    private async Task<StreamReader> Stream(string contract, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/graphql")
        {
            Content = JsonContent.Create(new
            {
                query = "subscription ($id: ID!) { engagementTimeline(contractId: $id) { title } }", variables = new { id = contract },
            }),
            Headers = { Authorization = new("Bearer", "follower"), Accept = { new("text/event-stream") } },
        };
        var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        return new(await response.Content.ReadAsStreamAsync(cancel));
    }

    /// <summary>A stream of events that stays open as long as its caller may have it.</summary>
    private static async Task<StreamReader> Connections(GatewayHost host, string key)
    {
        var response = await host.Client.SendAsync(new(HttpMethod.Post, "/graphql")
        {
            Content = JsonContent.Create(new { query = "subscription { connectionHealth { cursor } }" }),
            Headers = { Authorization = new("Bearer", key), Accept = { new("text/event-stream") } },
        }, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new(await response.Content.ReadAsStreamAsync());
    }

    private static async Task Ended(StreamReader stream)
    {
        using var timeout = new CancellationTokenSource(Wait.Limit);
        try
        {
            while (await stream.ReadLineAsync(timeout.Token) is not null)
            {
                // Nothing is sent but what keeps the connection alive.
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            // Broken off is ended, too.
        }
    }

    private static async Task<JsonNode> ReadEvent(StreamReader stream)
    {
        using var timeout = new CancellationTokenSource(Wait.Limit);
        while (await stream.ReadLineAsync(timeout.Token) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal) && line.Length > "data: ".Length) return JsonNode.Parse(line["data:".Length..])!;
        }

        throw new InvalidOperationException("The stream ended without an event.");
    }

    private static async Task<ClientWebSocket> Connect(Uri address)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("graphql-transport-ws");
        await socket.ConnectAsync(new UriBuilder(address) { Scheme = "ws", Path = "/graphql" }.Uri, default);
        return socket;
    }

    private static string Init(string authorization) =>
        JsonSerializer.Serialize(new { type = "connection_init", payload = new { Authorization = authorization } });

    private static async Task<(int, string?)> Closed(ClientWebSocket socket, string? authorization)
    {
        Assert.Null(await Exchange(socket, authorization is null ? """{"type":"connection_init"}""" : Init(authorization)));
        return ((int)socket.CloseStatus!, socket.CloseStatusDescription);
    }

    private static async Task<JsonNode?> Exchange(ClientWebSocket socket, string message)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, default);
        return await Receive(socket);
    }

    private static async Task<JsonNode?> Receive(ClientWebSocket socket)
    {
        using var timeout = new CancellationTokenSource(Wait.Limit);
        var buffer = new byte[64 * 1024];
        var received = await socket.ReceiveAsync(buffer, timeout.Token);
        return received.MessageType == WebSocketMessageType.Close ? null : JsonNode.Parse(buffer.AsSpan(0, received.Count));
    }
}
