using Q2C.Grains.Journal;

namespace Q2C.Silo.Tests.Journal;

public sealed class DueTests : IAsyncLifetime
{
    private readonly PostgresFixture _postgres = new();
    private readonly RecordingRouter _router = new();

    public Task InitializeAsync() => _postgres.InitializeAsync();

    public Task DisposeAsync() => _postgres.DisposeAsync();

    [Fact]
    public async Task A_due_command_is_sent_under_its_key_and_goes_when_it_is_answered()
    {
        await using var silo = new JournalHarness(_postgres);
        var grain = Rows.NewGrain();
        await Schedule(silo, grain, new("later", DateTimeOffset.UtcNow.AddDays(1), new RetryStep("s", "later")), new("now", Rows.Noon, new RetryStep("s", "now")));
        _router.FailuresBeforeExecute = 2;
        await silo.StartDue(_router);

        await Wait.Until(async () => await Left() == "later");
        await silo.Stop();
        var sent = new CommandEnvelope(
            "due/now", new RetryStep("s", "now"), _router.Executed.First().Envelope.Actor, "corr", $"{grain}@1",
            Rows.Noon);
        Assert.Equal([(grain, sent), (grain, sent), (grain, sent)], _router.Executed);
    }

    [Fact]
    public async Task A_command_scheduled_anew_takes_the_place_of_the_one_before()
    {
        await using var silo = new JournalHarness(_postgres);
        var grain = Rows.NewGrain();
        await Schedule(silo, grain, new DueCommand("k", Rows.Noon.AddDays(1), new RetryStep("s", "first")));
        await Schedule(silo, grain, new DueCommand("k", Rows.Noon.AddDays(2), new RetryStep("s", "second")));

        Assert.Equal(
            $"{Rows.Noon.AddDays(2):yyyy-MM-dd} {{\"$type\":\"exception.retry.v1\",\"exceptionId\":\"s\",\"reason\":\"second\"}}",
            await _postgres.Database.Scalar<string>(
                "select to_char(at at time zone 'utc', 'YYYY-MM-DD') || ' ' || convert_from(command, 'utf8') from q2c.due"));
    }

    private static async Task Schedule(JournalHarness silo, string grain, params DueCommand[] due)
    {
        var version = await silo.Journal.CurrentVersion(grain, default);
        var entry = Rows.Entry(version + 1, $"schedule-{version}") with { Due = [.. due] };
        Assert.IsType<AppendResult.Appended>(await silo.Journal.Append(new(grain, version, [entry]), default));
    }

    private Task<string> Left() => _postgres.Database.Scalar<string>("select coalesce(string_agg(key, ' '), '') from q2c.due");
}
