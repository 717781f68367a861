using Q2C.Silo.Effects;
using Q2C.Silo.Operations;
using Q2C.Silo.Tests;
using Q2C.Simulators.Core;
using Q2C.Simulators.Demo;

namespace Q2C.EndToEnd;

/// <summary>
/// A silo stops in the middle of something (its machine slept, its process was frozen), another takes its leases, and the
/// first wakes up believing that it still holds them.
/// </summary>
public sealed class PausedSiloTests : IAsyncLifetime
{
    private static readonly string Lease = ConnectionHost.LeaseName("netsuite");

    private readonly PostgresFixture _postgres = new();

    public Task InitializeAsync() => _postgres.InitializeAsync();

    public Task DisposeAsync() => _postgres.DisposeAsync();

    [Fact]
    public async Task A_silo_paused_while_it_posts_an_invoice_learns_that_another_went_on_and_no_second_one_is_sent()
    {
        await using var town = await Town.Start();
        await using var first = await HubProcess.Start(town, _postgres.ConnectionString, Town.FreePort());
        var holder = await Holder();
        await using var second = await HubProcess.Start(town, _postgres.ConnectionString, town.HubPort);
        using var people = new HubClient(second.Address);
        var story = town.Story(people);
        town.NetSuite.Faults.Add(new("record/v1/invoice/", FaultKind.Delay) { Delay = TimeSpan.FromSeconds(2) });

        var play = story.Play(default);
        await Wait.Until(() => town.NetSuite.Faults.Current.Count == 0 || play.IsCompleted);
        await first.Stop();
        await TakenOverFrom(holder);
        var result = await play;
        await first.Resume();

        await Ending.Is(Ending.Undisturbed, town, people, result);
        await Wait.Until(() => first.Output.Contains($"Lost {Lease}", StringComparison.Ordinal));
        var asked = town.NetSuite.Calls.Entries.Where(call => call.Path.Contains("record/v1/invoice/")).ToArray();
        Assert.Equal("record.upsert", asked[0].Operation);
        Assert.All(asked.Skip(1), call => Assert.Equal("record.get", call.Operation));
        Assert.NotEmpty(asked.Skip(1));
    }

    [Fact]
    public async Task A_silo_paused_between_claim_and_request_sends_nothing_when_it_wakes_up()
    {
        await using var town = await Town.Start();
        await using var first = await HubProcess.Start(
            town, _postgres.ConnectionString, Town.FreePort(),
            new Dictionary<string, string> { [FaultPoints.Variable] = $"{FaultPoints.EffectClaimed}@2:stop" });
        var holder = await Holder();
        await using var second = await HubProcess.Start(town, _postgres.ConnectionString, town.HubPort);
        using var people = new HubClient(second.Address);

        var play = town.Story(people).Play(default);
        await Wait.Until(() => first.Output.Contains(FaultPoints.LastWords(FaultPoints.EffectClaimed), StringComparison.Ordinal));
        await TakenOverFrom(holder);
        var result = await play;
        await Ending.Is(Ending.Undisturbed, town, people, result);
        var sent = Sent(town);
        await first.Resume();

        await Wait.Until(() => first.Output.Contains("is left to the next holder", StringComparison.Ordinal)
            || first.Output.Contains("was taken over meanwhile", StringComparison.Ordinal));
        Assert.Equal(sent, Sent(town));
        await Ending.Is(Ending.Undisturbed, town, people, result);
    }

    private static IReadOnlyList<string> Sent(Town town) =>
        [.. town.NetSuite.Calls.Entries.Where(call => call.Method is not "GET" && call.Path.Contains("/record/")).Select(call => call.Path)];

    private async Task<string> Holder()
    {
        var owner = "";
        await Wait.Until(async () => (owner = await Owner()) != "");
        return owner;
    }

    private Task TakenOverFrom(string holder) => Wait.Until(async () => await Owner() != holder);

    private Task<string> Owner() => _postgres.Database.Scalar<string>(
        $"select coalesce((select owner from q2c.lease where name = '{Lease}' and expires_at > clock_timestamp()), '')");
}
