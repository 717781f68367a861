using System.Text.Json.Nodes;
using Q2C.Silo.Journal;
using Q2C.Silo.Tests;
using Q2C.Simulators.Demo;

namespace Q2C.EndToEnd;

/// <summary>Two processes on one database that know nothing of each other, both serving the same grains at once.</summary>
public sealed class TwoSilosTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Two_silo_processes_on_one_database_show_one_history_one_effect_and_one_receipt_per_key()
    {
        await using var town = await Town.Start();

        // Webhooks reach the first, people use the second; leases and pumps fall to whoever is first.
        await using var first = await HubProcess.Start(town, postgres.ConnectionString, town.HubPort);
        await using var second = await HubProcess.Start(town, postgres.ConnectionString, Town.FreePort());
        using var people = new HubClient(second.Address);
        using var automation = new HubClient(first.Address);

        var story = town.Story(people);
        var result = await story.Play(default);
        await Ending.Is(Ending.Undisturbed, town, people, result);

        await SameReceiptFromBoth(result.Project, people, automation);

        Assert.Equal(0L, await postgres.Database.Scalar<long>(
            "select count(*) from (select 1 from q2c.journal group by grain having max(version) <> count(*)) gaps"));
        Assert.Equal(0L, await postgres.Database.Scalar<long>(
            "select count(*) from (select 1 from q2c.journal group by shard having max(seq) <> count(*)) gaps"));
        Assert.Equal(0L, await postgres.Database.Scalar<long>("select count(*) from q2c.effect where status <> 'accepted'"));
        Assert.All(await new JournalVerifier(postgres.Database, "eu").Verify(default), report => Assert.Null(report.Fault));
    }

    /// <summary>The same twenty requests, each sent to both at the same moment.</summary>
    private static async Task SameReceiptFromBoth(string project, HubClient one, HubClient other)
    {
        for (var i = 0; i < 20; i++)
        {
            var input = Report(project, i);
            var both = await Task.WhenAll(one.Mutate("automation", ReportWork, input), other.Mutate("automation", ReportWork, input));
            Assert.Equal(both[0]["freshness"]!.ToString(), both[1]["freshness"]!.ToString());
        }
    }

    private static JsonObject Report(string project, int number) => new()
    {
        ["idempotencyKey"] = $"both-{number}",
        ["projectId"] = project,
        ["records"] = new JsonArray(new JsonObject
        {
            ["time"] = new JsonObject
            {
                ["sourceId"] = $"timesheet/{number}", ["sourceVersion"] = 1,
                ["date"] = DateOnly.FromDateTime(DateTime.UtcNow).ToString("yyyy-MM-dd"), ["person"] = "Alva Lindqvist",
                ["role"] = "Consultant", ["hours"] = 1, ["billable"] = false,
            },
        }),
    };

    private const string ReportWork =
        "mutation($input: ReportWorkInput!) { reportWork(input: $input) { accepted freshness errors { ... on UserError { code message } } } }";
}
