using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Q2C.Silo.Operations;
using Q2C.Silo.Tests;
using Q2C.Simulators.Demo;

namespace Q2C.EndToEnd;

/// <summary>A town with its hub in this process and a database of its own, for one story in which something goes wrong.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private readonly PostgresFixture _postgres;
    private readonly WebApplication _hub;

    private Scene(PostgresFixture postgres, Town town, WebApplication hub)
    {
        (_postgres, Town, _hub) = (postgres, town, hub);
        Client = new(town.Hub);
        Story = town.Story(Client);
    }

    public Town Town { get; }

    public HubClient Client { get; }

    public DemoStory Story { get; }

    /// <param name="policies">Documents instead of the sample set.</param>
    public static async Task<Scene> Start(DirectoryInfo? policies = null)
    {
        var postgres = new PostgresFixture();
        await postgres.InitializeAsync();
        var town = await Town.Start();
        Town.Settle(town.Environment);
        var hub = await Hub.Build(
            new(postgres.ConnectionString, town.HubPort, SiloPort: 0, policies, Town.Connections, new("."), Development: true), default);
        await hub.StartAsync();
        return new(postgres, town, hub);
    }

    /// <summary>Four more engagements, and three faults that stop them.</summary>
    public DemoTroubles Troubles() => new(
        Client, new(Town.Salesforce.BaseAddress), new(Town.Kantata.BaseAddress), new(Town.NetSuite.BaseAddress), _ => { });

    /// <summary>Plays what is left of the story; it has to end as if nothing had happened.</summary>
    public async Task EndsUndisturbed() => await Ending.Is(Ending.Undisturbed, Town, Client, await Story.Play(default));

    /// <summary>Waits for the one open exception, and returns what a person reads.</summary>
    public async Task<JsonObject> Stuck()
    {
        JsonObject? stuck = null;
        await Wait.Until(async () => (stuck = await Exceptions() is [var first, ..] ? first : null) is not null);
        return stuck!;
    }

    public async Task<IReadOnlyList<JsonObject>> Exceptions()
    {
        var data = await Client.Query(
            DemoStory.Operator, "{ exceptions(first: 10) { nodes { id code step category ownerRole connection message remedy } } }");
        return [.. data["exceptions"]!["nodes"]!.AsArray().OfType<JsonObject>()];
    }

    public async Task<string> ContractStatus(string contract) => (await Client.Query(
        DemoStory.Operator, "query($id: ID!) { contract(id: $id) { status } }", new() { ["id"] = contract }))["contract"]!["status"]!.ToString();

    /// <summary>Waits until every delivery that came was worked.</summary>
    public Task Settled() => Wait.Until(async () =>
        await _postgres.Database.Scalar<long>("select count(*) from q2c.inbox where status = 'received'") == 0);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _hub.DisposeAsync();
        await Town.DisposeAsync();
        await _postgres.DisposeAsync();
    }
}
