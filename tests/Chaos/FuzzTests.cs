using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Q2C.Chaos.Fuzz;
using Q2C.Grains.Journal;
using Q2C.Silo.Connectors;
using Q2C.Silo.Policies;
using Q2C.Simulators.Demo;
using Xunit.Abstractions;

namespace Q2C.Chaos;

/// <summary>
/// Bad input at every entrance, seconds of it, minutes with <c>Q2C_TEST_LONG=true</c>, the same for <c>Q2C_TEST_SEED</c>: always a
/// clear answer, and the rest goes on.
/// </summary>
public sealed class FuzzTests(FuzzedHub hub, ITestOutputHelper output) : IClassFixture<FuzzedHub>
{
    private const int MaxGrowth = 400 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Hangs = TimeSpan.FromSeconds(20);

    private readonly Random _random = new(FuzzedHub.Seed);
    private readonly SortedDictionary<string, int> _wrong = new(StringComparer.Ordinal);

    [Fact]
    public async Task Whatever_a_vendor_answers_is_a_result_and_never_an_exception()
    {
        var registry = hub.Services.GetRequiredService<ConnectorRegistry>();
        var operations = Samples().Select(Operation).OfType<Operation>().ToArray();
        await Repeat(async i =>
        {
            var name = new Mutations(_random).Pick([.. registry.Connections]);
            var parts = registry.Find(name)!;
            var operation = operations[_random.Next(operations.Length)];
            var effect = new EffectRequest($"eu_x_{i}/errand/1", name, "eu_x_1", operation);
            await Try($"{name} poll", async () =>
            {
                foreach (var poller in parts.Pollers.IsDefault ? [] : parts.Pollers) await poller.Poll(null, default);
            });
            await Try($"{name} health", () => parts.Connector!.CheckHealth(default));
            if (parts.Lister is { } lister) await Try($"{name} list", () => lister.List(DateTimeOffset.UnixEpoch, null, default));
            try
            {
                parts.Connector!.GuaranteeOf(operation);
            }
            catch (NotSupportedException)
            {
                return;
            }

            await Try($"{name} send {operation.GetType().Name}", () => parts.Connector!.Send(effect, 1, default));
            await Try($"{name} look up {operation.GetType().Name}", () => parts.Connector!.LookUp(effect, 1, default));
        });
        Nothing();
    }

    [Fact]
    public async Task Whatever_a_webhook_brings_is_answered_and_the_next_one_is_taken()
    {
        var mutations = new Mutations(_random);
        await Repeat(async i =>
        {
            var body = mutations.Bytes(mutations.Pick([StripeEvent($"evt_{i}"), OutboundMessage, mutations.Json(["id", "type", "data", "object"]), Mutations.Deep(5_000), Bomb]));
            using var request = _random.Next(3) switch
            {
                0 => Stripe(body),
                1 => new(HttpMethod.Post, "/webhooks/salesforce") { Content = Content(body, "text/xml") },
                _ => new HttpRequestMessage(HttpMethod.Post, $"/webhooks/{Uri.EscapeDataString(mutations.Text("stripe"))}") { Content = Content(body, "application/json") },
            };
            using var answer = await hub.Http.SendAsync(request);
            if (answer.StatusCode is HttpStatusCode.InternalServerError) Wrong($"{request.RequestUri} answered 500");
        });

        using var good = await hub.Http.SendAsync(Stripe("""{"id":"evt_good","object":"event","type":"customer.created"}"""u8.ToArray()));
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        var since = Stopwatch.GetTimestamp();
        while (await Stands("dedupe_key = 'evt_good' and status <> 'received'") != 1)
        {
            if (Stopwatch.GetElapsedTime(since) > Patience)
            {
                Wrong($"the good one is not processed; of the bad ones {await Stands("status = 'received'")} wait: {await Why()}");
                break;
            }

            await Task.Delay(50);
        }

        Nothing();
    }

    [Fact]
    public async Task Whatever_is_asked_in_GraphQL_is_answered_with_a_reason()
    {
        var mutations = new Mutations(_random);
        using var token = await hub.Http.PostAsJsonAsync("/dev/token", new { user = DemoStory.Operator });
        var bearer = (await token.Content.ReadFromJsonAsync<JsonObject>())!["token"]!.ToString();
        await Repeat(async _ =>
        {
            var good = mutations.Pick(Documents);
            var (document, variables) = _random.Next(3) switch
            {
                0 => (mutations.Text(good), "{}"),
                1 => (good, mutations.Json(["id", "first", "after", "search", "input", "idempotencyKey", "profile", "name", "at", "from", "to"])),
                _ => (good, Variables(mutations)),
            };
            var body = $$"""{"query":{{JsonSerializer.Serialize(document)}},"variables":{{variables}}}""";
            using var request = new HttpRequestMessage(HttpMethod.Post, "/graphql") { Content = Content(Encoding.UTF8.GetBytes(body), "application/json") };
            request.Headers.Authorization = new("Bearer", bearer);
            using var answer = await hub.Http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            if ((int)answer.StatusCode >= 500) Wrong($"{(int)answer.StatusCode} for {good[..Math.Min(40, good.Length)]}");
            if (text.Contains("\"UNEXPECTED\"", StringComparison.Ordinal)) Wrong($"an unexpected error in {Place(text)} with {variables[..Math.Min(300, variables.Length)]}");
        });
        Nothing();
    }

    [Fact]
    public void Whatever_a_policy_document_says_it_is_read_or_refused_with_line_and_column()
    {
        var mutations = new Mutations(_random);
        var folder = Path.Combine(AppContext.BaseDirectory, "Policies", "sample");
        var good = Directory.GetFiles(folder, "*.yaml").ToImmutableSortedDictionary(
            file => Path.GetFileNameWithoutExtension(file), file => new PolicyText(file, File.ReadAllText(file), 0), StringComparer.Ordinal);
        var since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since) < FuzzedHub.Time)
        {
            var name = mutations.Pick([.. good.Keys]);
            var document = mutations.Text(good[name].Text);
            try
            {
                PolicyLoader.Read(good.SetItem(name, good[name] with { Text = document }), "eu");
            }
            catch (DocumentException)
            {
                // With all that is wrong.
            }
            catch (Exception failure)
            {
                Wrong($"{name}: {failure.GetType().Name} {failure.Message} {Frame(failure)}");
            }
        }

        Nothing();
    }

    [Fact]
    public void A_row_of_another_version_or_of_garbage_says_so_when_it_is_read()
    {
        var mutations = new Mutations(_random);
        string[] samples = [.. Samples()];
        var since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since) < FuzzedHub.Time / 2)
        {
            var good = mutations.Pick(samples);
            var body = _random.Next(2) == 0 ? $$"""{"events":[{{good.Replace(".v1\"", ".v9\"")}}]}""" : mutations.Text($$"""{"events":[{{good}}]}""");
            try
            {
                RowBody.Read(Encoding.UTF8.GetBytes(body));
            }
            catch (Exception told) when (told is UnknownWireNameException or JsonException)
            {
                // Named.
            }
            catch (Exception failure)
            {
                Wrong($"{failure.GetType().Name} {failure.Message} {Frame(failure)}");
            }
        }

        Nothing();
    }

    private async Task<string> Why() => await Silo.Tests.Sql.Scalar<string>(
        hub.Database, "select coalesce(string_agg(e, '; '), '') from (select distinct left(error::text, 200) as e from q2c.inbox where status = 'received' limit 4) w");

    private Task<long> Stands(string where) => Silo.Tests.Sql.Scalar<long>(hub.Database, $"select count(*) from q2c.inbox where {where}");

    private async Task Repeat(Func<int, Task> once)
    {
        GC.Collect();
        var (before, since, count) = (GC.GetTotalMemory(forceFullCollection: true), Stopwatch.GetTimestamp(), 0);
        while (Stopwatch.GetElapsedTime(since) < FuzzedHub.Time) await once(++count);
        var growth = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"seed {FuzzedHub.Seed}: {count} times, memory grew by {growth / 1024 / 1024} MB");
        Assert.True(growth < MaxGrowth, $"Memory grew by {growth} bytes in {count} times.");
    }

    private async Task Try(string what, Func<Task> call)
    {
        try
        {
            await call().WaitAsync(Hangs);
        }
        catch (Exception failure)
        {
            Wrong($"{what}: {failure.GetType().Name} {failure.Message[..Math.Min(120, failure.Message.Length)]} {Frame(failure)}");
        }
    }

    private void Wrong(string what) => _wrong[what] = _wrong.GetValueOrDefault(what) + 1;

    private void Nothing() => Assert.True(
        _wrong.Count == 0, $"seed {FuzzedHub.Seed}, {_wrong.Count} kinds:\n{string.Join('\n', _wrong.Take(30).Select(one => $"{one.Value} times: {one.Key}"))}");

    /// <summary>The innermost line of ours.</summary>
    private static string Frame(Exception failure) =>
        failure.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Q2C.", StringComparison.Ordinal) && !line.Contains("Q2C.Chaos", StringComparison.Ordinal))?.Trim() ?? "";

    private static string Place(string answer) => JsonNode.Parse(answer)?["errors"]?[0]?["path"]?.ToJsonString() ?? "";

    /// <summary>What is stored under every name, as the guard of the storage format keeps it.</summary>
    private static IEnumerable<string> Samples()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Q2C.sln"))) root = root.Parent!;
        return Directory.GetFiles(Path.Combine(root.FullName, "tests", "Grains.Tests", "Samples", "events"), "*.json").Order(StringComparer.Ordinal).Select(File.ReadAllText);
    }

    private static Operation? Operation(string sample)
    {
        try
        {
            return WireFormat.Read<Operation>(Encoding.UTF8.GetBytes(sample));
        }
        catch (Exception other) when (other is JsonException or UnknownWireNameException or InvalidCastException)
        {
            return null;
        }
    }

    private static ByteArrayContent Content(byte[] body, string type) => new(body) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };

    private static HttpRequestMessage Stripe(byte[] body)
    {
        var at = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{at}."), .. body];
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(FuzzedHub.WebhookSecret), signed));
        var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/stripe") { Content = Content(body, "application/json") };
        request.Headers.TryAddWithoutValidation("Stripe-Signature", $"t={at},v1={signature}");
        return request;
    }

    private static string StripeEvent(string id) =>
        $$$$$"""{"id":"{{{{{id}}}}}","object":"event","type":"payment_intent.succeeded","created":1764421200,"data":{"object":{"id":"pi_1","object":"payment_intent","amount":1000,"amount_received":1000,"currency":"eur","status":"succeeded","latest_charge":"ch_1","metadata":{"invoice_id":"eu_inv_x","customer_id":"eu_cu_x","effect_id":"eu_inv_x/payment/1"}}}}""";

    private static string Variables(Mutations mutations) => JsonSerializer.Serialize(new
    {
        id = mutations.Text("eu_ct_0qh5b0hgd2grmhhvswavsz7tcn"), first = mutations.Random.Next(-5, 200), after = mutations.Text("dGltZWxpbmU="),
        search = mutations.Text("Nordlicht"), at = mutations.Pick(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-01T00:00:00+14:00"]),
        key = mutations.Text("key-1"), name = mutations.Text("Acme"),
    });

    private static readonly string[] Documents =
    [
        "query($id: ID!) { contract(id: $id) { id name status terms { version } project { id } } }",
        "query($id: ID!) { invoice(id: $id) { status total { amount } payments { amount { amount } } } }",
        "query($first: Int, $after: String, $search: String) { contracts(first: $first, after: $after, filter: { search: $search }) { nodes { id name } pageInfo { endCursor } } }",
        "query($first: Int, $search: String) { exceptions(first: $first) { totalCount nodes { code message } } customers(first: $first, filter: { search: $search }) { nodes { name } } }",
        "query($id: ID!, $first: Int, $after: String) { engagement(contractId: $id) { timeline(first: $first, after: $after) { nodes { title at } } } }",
        "query($id: ID!, $at: DateTime) { engagement(contractId: $id) { timeline(asOf: $at) { nodes { title } } } }",
        "query($name: String!) { connection(name: $name) { status reconciliation { differences { kind } } } connections { name } }",
        "query($first: Int) { activity(first: $first) { nodes { actor at } } deliveries(first: $first) { nodes { id } } }",
        "mutation($id: ID!, $key: String!, $name: String!) { retryException(input: { idempotencyKey: $key, exceptionId: $id, reason: $name }) { errors { ... on UserError { code } } } }",
        "mutation($key: String!, $name: String!) { holdConnection(input: { idempotencyKey: $key, connection: $name, reason: $name }) { errors { ... on UserError { code } } } }",
        "query($at: DateTime!) { a: __typename b: __schema { types { name fields { name } } } }",
        "{ __type(name: \"Query\") { fields { name args { name type { name } } } } }",
    ];

    private const string OutboundMessage =
        """
        <?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>00DQ2C000000001MBA</OrganizationId><ActionId>04kx</ActionId><Notification><Id>04l0000000000001AAA</Id><sObject xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>0060000000000001AAA</sf:Id></sObject></Notification></notifications></soapenv:Body></soapenv:Envelope>
        """;

    private const string Bomb =
        """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><a>&d;&d;&d;&d;</a>""";
}
