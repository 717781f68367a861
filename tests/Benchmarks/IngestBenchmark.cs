using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Q2C.Gateway;
using Q2C.Grains;
using Q2C.Silo.Connectors;
using Q2C.Silo.Effects;
using Q2C.Silo.Journal;
using Q2C.Silo.Policies;
using Q2C.Silo.Streams;

namespace Q2C.Benchmarks;

/// <summary>
/// Signed deliveries per second over HTTP, to the durable acknowledgement and to the applied command, beside an endpoint
/// that does nothing but insert each body. The same client, in this process.
/// </summary>
internal static class IngestBenchmark
{
    private const string Connection = "bench";
    private const string SecretVariable = "Q2C_BENCH_WEBHOOK_SECRET";
    private const string SignatureHeader = "X-Signature";
    private const int Customers = 2_000;

    public static async Task<BenchReport> Run(int callers, int rounds, TimeSpan length, CancellationToken cancel)
    {
        await using var server = await BenchServer.Start(cancel);
        var options = await server.Prepare(cancel);
        var secret = RandomNumberGenerator.GetHexString(32);
        Environment.SetEnvironmentVariable(SecretVariable, secret);
        await using var hub = await Hub(options, cancel);
        await using var plain = await Plain(server.ConnectionString, cancel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var worker = Work(hub.Services, stop.Token);
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = callers });
        var key = Encoding.UTF8.GetBytes(secret);

        await Load(client, plain, "/plain", key, callers, TimeSpan.FromSeconds(1), "warm", cancel);
        await Load(client, hub, $"/webhooks/{Connection}", key, callers, TimeSpan.FromSeconds(1), "warm", cancel);
        var database = hub.Services.GetRequiredService<NpgsqlDataSource>();
        await Applied(database, cancel);
        var measured = new List<(LoadResult Plain, LoadResult Acknowledged, double Applied)>();
        for (var round = 0; round < rounds; round++)
        {
            var baseline = await Load(client, plain, "/plain", key, callers, length, $"{round}", cancel);
            var watch = Stopwatch.StartNew();
            var taken = await Load(client, hub, $"/webhooks/{Connection}", key, callers, length, $"{round}", cancel);
            await Applied(database, cancel);
            measured.Add((baseline, taken, taken.Calls / watch.Elapsed.TotalSeconds));
        }

        await stop.CancelAsync();
        await worker;
        await hub.StopAsync(cancel);
        var ratio = CallerLoad.Median(measured.Select(round => round.Acknowledged.PerSecond / round.Plain.PerSecond));
        return await BenchReport.Create(
            "ingest", server, new Dictionary<string, string>
            {
                ["callers"] = $"{callers}", ["rounds"] = $"{rounds} of {length.TotalSeconds:0.#} s, medians",
                ["body"] = $"{Body("0", 0, 0).Length} bytes",
            },
            [
                LoadResult.Figure("one insert per delivery, unsigned", "deliveries/s", [.. measured.Select(round => round.Plain)]),
                LoadResult.Figure("signed, durable, acknowledged", "deliveries/s", [.. measured.Select(round => round.Acknowledged)]),
                new("until the command was applied", CallerLoad.Median(measured.Select(round => round.Applied)), "deliveries/s"),
            ],
            ratio, null);
    }

    private static async Task<WebApplication> Hub(JournalOptions options, CancellationToken cancel)
    {
        var builder = WebApplication.CreateBuilder();
        var webhook = $"Q2C:Connections:{Connection}:Webhook";
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Postgres"] = options.ConnectionString, [$"{webhook}:Scheme"] = "hmac-sha256",
            [$"{webhook}:Secrets:0"] = $"env:{SecretVariable}", [$"{webhook}:Proofs:0:Header"] = SignatureHeader,
            [$"{webhook}:Id:0"] = "body:id",
        });
        BenchSilo.Add(builder, options);
        builder.Services.AddGateway(builder.Configuration);
        return await Start(builder, app => app.MapGateway(), cancel);
    }

    private static async Task<WebApplication> Plain(string connectionString, CancellationToken cancel)
    {
        var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxPoolSize = 30, MaxAutoPrepare = 16, AutoPrepareMinUsages = 1,
        });
        await database.Execute(
            "create table plain (id bigint generated always as identity primary key, at timestamptz default now(), body bytea)", cancel);
        var builder = WebApplication.CreateBuilder();
        builder.Services.AddSingleton(_ => database);
        return await Start(builder, app => app.MapPost("/plain", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            await using var command = database.CreateCommand("insert into plain (body) values ($1)");
            command.Parameters.Add(new() { Value = body.ToArray() });
            await command.ExecuteNonQueryAsync();
            return Results.Ok();
        }), cancel);
    }

    private static async Task<WebApplication> Start(
        WebApplicationBuilder builder, Action<WebApplication> map, CancellationToken cancel)
    {
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        map(app);
        await app.StartAsync(cancel);
        return app;
    }

    /// <summary>What the host of connections does for one: its inbox, under its lease.</summary>
    private static Task Work(IServiceProvider services, CancellationToken stop)
    {
        var database = services.GetRequiredService<NpgsqlDataSource>();
        var clock = services.GetRequiredService<TimeProvider>();
        var inbox = new InboxWorker(
            Connection, new Map(), new InboxStore(database, services.GetRequiredService<IPolicySource>()), services.GetRequiredService<ICommandRouter>(), new(ConnectionLimits.Default, new Random()),
            services.GetRequiredService<Wakeups>(), clock, NullLogger<InboxWorker>.Instance);
        return services.GetRequiredService<LeaseKeeper>()
            .RunWhileHeld(ConnectionHost.LeaseName(Connection), (lease, held) => inbox.Run(lease, held), stop);
    }

    private static Task<LoadResult> Load(
        HttpClient client, WebApplication app, string path, byte[] key, int callers, TimeSpan length, string round,
        CancellationToken cancel)
    {
        var address = new Uri(new(app.Urls.Single()), path);
        return CallerLoad.Run(callers, length, async (caller, turn) =>
        {
            var body = Body($"{round}/{caller}/{turn}", Turns.Object(caller, turn, callers, Customers), turn);
            using var request = new HttpRequestMessage(HttpMethod.Post, address)
            {
                Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } },
            };
            request.Headers.Add(SignatureHeader, Convert.ToHexStringLower(HMACSHA256.HashData(key, body)));
            using var response = await client.SendAsync(request, cancel);
            if (response.StatusCode != HttpStatusCode.OK) throw new InvalidOperationException($"{path} answers {response.StatusCode}.");
        });
    }

    private static async Task Applied(NpgsqlDataSource database, CancellationToken cancel)
    {
        while (await database.Scalar<long>("select count(*) from q2c.inbox where status <> 'done'", cancel) > 0)
            await Task.Delay(20, cancel);
    }

    private static byte[] Body(string id, int number, long revision) => JsonSerializer.SerializeToUtf8Bytes(
        new Delivered(id, number, revision, Benchmarks.Work.Record(number, revision).Profile.Name, new('n', 300)), JsonSerializerOptions.Web);

    private sealed record Delivered(string Id, int Number, long Revision, string Name, string Note);

    private sealed class Map : IInboundMap
    {
        Task<InboundResult> IInboundMap.Map(InboxDelivery delivery, CancellationToken cancel)
        {
            var body = JsonSerializer.Deserialize<Delivered>(delivery.Body.Span, JsonSerializerOptions.Web)!;
            return Task.FromResult<InboundResult>(new InboundResult.Commands([new(
                Benchmarks.Work.Customer(body.Number), new(
                    delivery.Key, Benchmarks.Work.Record(body.Number, body.Revision), Actor.Connection(Connection), delivery.Key))]));
        }
    }
}
