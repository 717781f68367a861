using Microsoft.AspNetCore.Builder;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;
using Q2C.Silo.Tests;
using Q2C.Simulators.Demo;

namespace Q2C.EndToEnd;

/// <summary>One engagement, from a signed quote to cash received, on real parts; only the vendors are simulated.</summary>
[Collection(Collections.HubInThisProcess)]
public sealed class FirstRunTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_signed_quote_becomes_cash_and_goes_on_where_it_stopped_after_every_restart()
    {
        await using var town = await Town.Start();
        using var client = new HubClient(town.Hub);
        var story = town.Story(client);

        string contract, project, invoice;
        await using (await StartHub(town)) contract = await story.Win(default);
        await using (await StartHub(town)) project = await story.Activated(contract, default);
        await using (await StartHub(town)) await story.Deliver(project, default);
        await using (await StartHub(town)) await story.Correct(project, default);
        await using (await StartHub(town)) invoice = await story.Bill(project, default);
        await using (await StartHub(town)) await story.Approve(invoice, default);
        await using (await StartHub(town)) await story.Pay(invoice, default);
        await using (await StartHub(town)) await story.Amend(contract, project, default);

        await using var last = await StartHub(town);
        var result = await story.Play(default);
        Assert.Equal(new DemoResult(contract, project, invoice), result);
        await Ending.Is(Ending.Undisturbed, town, client, result);
        var told = await Ending.Story(client, contract, page: 100);
        Assert.Equal(["Quote accepted", "Contract validated"], told.Take(2));
        Assert.Equal(told, await Ending.Story(client, contract, page: 7));
        Assert.All(await new JournalVerifier(postgres.Database, "eu").Verify(default), report => Assert.Null(report.Fault));
    }

    private async Task<WebApplication> StartHub(Town town)
    {
        Town.Settle(town.Environment);
        var hub = await Hub.Build(
            new(postgres.ConnectionString, town.HubPort, SiloPort: 0, Policies: null, Town.Connections, new("."), Development: true), default);
        await hub.StartAsync();
        return hub;
    }
}
