using Q2C.Silo.Journal;
using Q2C.Silo.Tests;
using Q2C.Simulators.Demo;
using Xunit.Abstractions;

namespace Q2C.EndToEnd;

/// <summary>
/// The hub is killed with <c>kill -9</c> at every journal, inbox, effect and pump boundary while the story goes on.
/// Fifty seeds with <c>Q2C_TEST_LONG=true</c>; one of them with <c>Q2C_TEST_SEED</c>.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int LongSeeds = 50;

    public static TheoryData<int> Seeds =>
        Environment.GetEnvironmentVariable("Q2C_TEST_SEED") is { Length: > 0 } one ? [int.Parse(one)]
            : [.. Enumerable.Range(1, Environment.GetEnvironmentVariable("Q2C_TEST_LONG") == "true" ? LongSeeds : KillPlan.SeedsToPassAll)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task However_often_the_hub_is_killed_the_story_ends_the_same(int seed)
    {
        var plan = KillPlan.Of(seed);
        var since = TimeProvider.System.GetTimestamp();
        var postgres = new PostgresFixture();
        await postgres.InitializeAsync();
        try
        {
            await using var town = await Town.Start();
            await using var supervisor = new Supervisor(town, postgres.ConnectionString, plan);
            try
            {
                var ending = EndsUndisturbed(town, postgres);
                await await Task.WhenAny(ending, supervisor.Failure);
                Assert.True(supervisor.Left.IsDone, "The story was over before it was killed as planned.");
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed}, after {Kills()}: {failure.Message}", failure);
            }

            output.WriteLine($"Seed {seed}: {Kills()}, {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0} s");

            string Kills() => $"kills [{supervisor.Happened}], not reached [{supervisor.Left}]";
        }
        finally
        {
            await postgres.DisposeAsync();
        }
    }

    private static async Task EndsUndisturbed(Town town, PostgresFixture postgres)
    {
        using var client = new HubClient(town.Hub);
        var result = await town.Story(client).Play(default);
        await Ending.Is(Ending.Undisturbed, town, client, result);
        await Wait.Until(() => None(postgres, "q2c.effect where settled_at is null"));
        await Wait.Until(() => None(postgres, "q2c.inbox where status <> 'done'"));
        Assert.True(await None(postgres, "q2c.effect where status <> 'accepted'"));
        Assert.True(await None(postgres, "(select from q2c.journal group by shard having max(seq) <> count(*)) gaps"));
        Assert.All(await new JournalVerifier(postgres.Database, "eu").Verify(default), report => Assert.Null(report.Fault));
    }

    private static async Task<bool> None(PostgresFixture postgres, string rows) =>
        await postgres.Database.Scalar<long>($"select count(*) from {rows}") == 0;
}
