using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Q2C.Contracts;
using Q2C.Gateway.Tests.Clients;
using Q2C.Grains;
using Q2C.Grains.Journal;
using Q2C.Grains.Shell;
using Q2C.Silo.BulkActions;
using Q2C.Silo.Connectors;
using Q2C.Silo.Journal;
using Q2C.Silo.Policies;
using Q2C.Silo.ReadModels;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>Gateway, grains, journal and read models in one process, without connections: effects stay asked for.</summary>
public class Engagements : IAsyncLifetime
{
    private readonly PostgresFixture _postgres = new();
    private readonly Dictionary<string, string> _tokens = [];
    private readonly List<string> _accepted = [];
    private GatewayHost _gateway = null!;
    private int _told;

    public HttpClient Client => _gateway.Client;

    public NpgsqlDataSource Database => _postgres.Database;

    public IClusterClient Cluster => _gateway.Services.GetRequiredService<IClusterClient>();

    public T Get<T>() where T : notnull => _gateway.Services.GetRequiredService<T>();

    public PoliciesInForce Policies => _gateway.Services.GetRequiredService<PoliciesInForce>();

    /// <summary>What the installation is connected to; nobody works it.</summary>
    protected virtual ConnectorRegistry Connections(PolicyDocuments policies) =>
        ConnectorRegistry.Create([.. PaymentFeed.Settings("stripe", "stripe-uk")], [new PaymentFeed()], policies, null!, null!, TimeProvider.System);

    /// <summary>Besides the development issuer, which gives the personas their tokens.</summary>
    protected virtual Dictionary<string, string?> Settings { get; } = [];

    public async Task InitializeAsync()
    {
        await _postgres.InitializeAsync();
        var policies = PolicyLoader.Load(Path.Combine(AppContext.BaseDirectory, "Policies", "sample"), "eu");
        await ExceptionClasses.Publish(_postgres.Database, policies.ExceptionClasses, CancellationToken.None);
        _gateway = await GatewayHost.Start(
            _postgres.ConnectionString, new(Settings)
            {
                ["Q2C:Development"] = "true",
                ["Q2C:GraphiQL"] = await GraphiQLFiles.Folder(),
            }, configure: builder =>
            {
                builder.Services.AddJournal(_postgres.Options);
                builder.Services.AddReadModels();
                builder.Services.AddBulkActions();
                builder.Services.AddSingleton(new PoliciesInForce(policies));
                builder.Services.AddSingleton<IPolicySource>(provider => provider.GetRequiredService<PoliciesInForce>());
                builder.Services.AddPolicyDesk();
                builder.Services.AddSingleton(Connections(policies));
                builder.Services.AddSingleton(provider => new ShellServices(
                    provider.GetRequiredService<IJournal>(), provider.GetRequiredService<IPolicySource>(),
                    provider.GetRequiredService<TimeProvider>()));
                builder.UseOrleans(silo => silo.UseLocalSilo());
            });
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    /// <summary>The answer's data; fails with its errors if there are any.</summary>
    public async Task<JsonNode> Ask(string user, string query, object? variables = null)
    {
        var answer = await Send(user, query, variables);
        Assert.True(answer["errors"] is null, answer.ToJsonString());
        return answer["data"]!;
    }

    /// <summary>The answer's data, and how many statements it took.</summary>
    internal async Task<(JsonNode Data, IReadOnlyCollection<string> Statements)> Watch(string user, string query, object? variables = null)
    {
        using var statements = new Statements();
        var answer = await Send(user, query, variables, statements.TraceParent);
        Assert.True(answer["errors"] is null, answer.ToJsonString());
        return (answer["data"]!, statements.Sent);
    }

    public async Task<JsonObject> Send(string user, string query, object? variables = null, string? traceParent = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/graphql")
        {
            Content = JsonContent.Create(new { query, variables }),
            Headers = { Authorization = new("Bearer", await Token(user)) },
        };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (traceParent is not null) request.Headers.Add("traceparent", traceParent);
        using var response = await Client.SendAsync(request);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    /// <summary>Waits until the read models have every quote that was accepted.</summary>
    public Task CatchUp() => Ask(
        "sam", "query ($token: String) { contracts(first: 1, atLeast: $token) { nodes { id } } }",
        new { token = FreshnessToken.Combine(_accepted) });

    /// <summary>The first events of a subscription, over server-sent events.</summary>
    public async Task<List<JsonNode>> Follow(string user, string query, object variables, int count)
    {
        using var timeout = new CancellationTokenSource(Wait.Limit);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/graphql") { Content = JsonContent.Create(new { query, variables }) };
        request.Headers.Authorization = new("Bearer", await Token(user));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(timeout.Token));
        var events = new List<JsonNode>();
        while (events.Count < count && await reader.ReadLineAsync(timeout.Token) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal) && line.Length > "data: ".Length)
                events.Add(JsonNode.Parse(line["data:".Length..])!);
        }

        return events;
    }

    public async Task<string> Token(string user)
    {
        if (_tokens.TryGetValue(user, out var token)) return token;
        if (Settings.ContainsKey($"Q2C:ApiKeys:{user}:Sha256")) return user;
        var answer = await Client.PostAsJsonAsync("/dev/token", new { user });
        return _tokens[user] = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString()!;
    }

    /// <summary>A quote for Acme is accepted; returns the contract's id and the freshness token.</summary>
    public async Task<(string Id, string Token)> AcceptQuote(
        string opportunity, string legalEntity = "DE01", string account = "001A", string region = "eu")
    {
        var id = Ids.Derive(region, Ids.Contract, "salesforce", opportunity);
        var command = Quote(opportunity, legalEntity, account, region);
        var receipt = await Cluster.GetGrain<IContractGrain>(id)
            .Execute(new($"delivery-{opportunity}", command, Actor.Connection("salesforce"), $"delivery-{opportunity}"));
        Assert.Equal([], receipt.Problems.Select(problem => $"{problem.Code} {problem.Path} {problem.Message}"));
        _accepted.Add(receipt.Token);
        return (id, receipt.Token);
    }

    public static AcceptQuote Quote(string opportunity, string legalEntity = "DE01", string account = "001A", string region = "eu")
    {
        var day = new DateOnly(2026, 3, 2);
        var customer = new CustomerProfile(
            "Acme", null, new("1 Main Street", null, "Berlin", null, "10115", "DE"), "DE136695976", null, "pay@acme.example", "EUR",
            [new("salesforce", "Account", account)]);
        return new(
            $"Rollout {opportunity}", "salesforce", opportunity, $"quote-{opportunity}", DateTimeOffset.UnixEpoch,
            Ids.Derive(region, Ids.Customer, "salesforce", account), customer, legalEntity, "consulting", "EUR", day, day.AddYears(1), "PO-1",
            [
                new("line-1", "consulting", "Consulting",
                    new BillingModel.TimeAndMaterials([new("architect", 150m)], new(Money.Of(12_000, "EUR"))), day, day.AddYears(1)),
                new("line-2", "fixed-price", "Workshop",
                    new BillingModel.FixedFee(Money.Of(5_000, "EUR"), [new("m-1", "Held", Money.Of(5_000, "EUR"), day)]), day, null),
            ]);
    }

    /// <summary>Every step outside is answered as done, as connections would; returns the project's id once it is open.</summary>
    public async Task<string> Activate(string contract)
    {
        var grain = _gateway.Services.GetRequiredService<IClusterClient>().GetGrain<IContractGrain>(contract);
        string? project = null;
        await Wait.Until(async () =>
        {
            foreach (var effect in await Database.Scalar<string[]>(
                         $"select coalesce(array_agg(id), '{{}}') from q2c.effect where grain = '{contract}' and status = 'pending'"))
            {
                await grain.Execute(new(
                    $"{effect}/done", new ReportEffect(effect, new EffectOutcome.Accepted($"ext-{effect}", null)), Actor.System, "test"));
                await Database.Scalar<string>(
                    $"update q2c.effect set status = 'accepted', settled_at = now(), updated_at = now() where id = '{effect}' returning id");
            }

            var data = await Ask("sam", "query ($id: ID!) { contract(id: $id) { status project { id open } } }", new { id = contract });
            project = (string?)data["contract"]!["project"]?["id"];
            return project is not null;
        });
        return project!;
    }

    /// <summary>The first step of an activation is refused; returns the contract's id when the lists know.</summary>
    public async Task<string> Refuse(string name, string code, string message, string? contract = null)
    {
        contract ??= (await AcceptQuote(name)).Id;
        await Answer(contract, message, code);
        return contract;
    }

    /// <summary>The other system's answer to the step that a contract waits for: done, unless it is refused.</summary>
    public async Task Answer(string contract, string? refusal = null, string code = "REFUSED")
    {
        string? effect = null;
        await Wait.Until(async () => (effect = (await Database.Scalar<string[]>(
            $"select coalesce(array_agg(id), '{{}}') from q2c.effect where grain = '{contract}' and status = 'pending'")).FirstOrDefault()) is not null);
        EffectOutcome outcome = refusal is null
            ? new EffectOutcome.Accepted($"ext-{effect}", null)
            : new EffectOutcome.Refused(code, refusal, "Put it right.", ErrorClass.Permanent);
        await using var command = Database.CreateCommand(
            "update q2c.effect set status = $2, settled_at = now(), updated_at = now(), outcome = $3, external_id = $4 where id = $1");
        foreach (var value in (object[])[effect!, refusal is null ? "accepted" : "refused", WireFormat.Write(outcome).ToArray(), refusal is null ? $"ext-{effect}" : DBNull.Value])
            command.Parameters.Add(new() { Value = value });
        var receipt = await Cluster.Aggregate(contract).Execute(new($"{effect}/answer", new ReportEffect(effect!, outcome), Actor.System, "test"));
        await command.ExecuteNonQueryAsync();
        await Ask("olga", "query ($token: String) { exceptionTotals(atLeast: $token) { open } }", new { token = receipt.Token });
    }

    /// <summary>What the outside world, or another object, tells an object.</summary>
    public async Task Tell(string grain, Command command)
    {
        var key = $"told-{Interlocked.Increment(ref _told)}";
        var receipt = await _gateway.Services.GetRequiredService<IClusterClient>().Aggregate(grain)
            .Execute(new(key, command, new("teller", [Roles.FinanceApprover]), key));
        Assert.Equal([], receipt.Problems.Select(problem => $"{problem.Code} {problem.Path} {problem.Message}"));
    }
}
