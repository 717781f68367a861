using Npgsql;
using Q2C.Grains.Journal;
using Q2C.Grains.Tests;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Tests.Journal;

public sealed class PostgresJournalTests(PostgresFixture postgres) : JournalCompliance, IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private readonly PostgresJournal _journal = new(postgres.Database, postgres.Options);

    protected override IJournal Journal => _journal;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _journal.DisposeAsync();

    [Fact]
    public async Task A_lost_connection_leaves_the_outcome_unknown_and_the_keys_tell()
    {
        var grain = NewGrain();
        var shard = PostgresJournal.ShardOf(grain, postgres.Options.Shards);
        await using var blocker = await HoldHead(shard);
        var append = _journal.Append(Run(grain, 0, "a"), default).AsTask();
        await Eventually(async () => await Scalar<long>(Waiting) == 1);

        await Scalar<bool>($"select pg_terminate_backend(pid) from ({WaitingPids}) w");
        await Assert.ThrowsAsync<AppendOutcomeUnknownException>(() => append);
        await blocker.DisposeAsync();

        Assert.Empty(await _journal.Find(grain, ["a"], default));
        await Appended(Run(grain, 0, "a"));
    }

    [Fact]
    public async Task Rows_written_together_come_with_their_references_and_due_commands()
    {
        var grain = NewGrain();
        var due = new DueCommand("remind", Noon.AddDays(3), new RetryStep("step-1", "again"));
        var entry = Entry(1, "a") with { References = [new("netsuite", "customer", grain)], Due = [due] };
        await Appended(new(grain, 0, [entry]));

        Assert.Equal(grain, await Scalar<string>(
            $"select grain from q2c.xref where (system, type, id) = ('netsuite', 'customer', '{grain}')"));
        Assert.Equal(
            $"remind {Noon.AddDays(3):u} corr {grain}@1",
            await Scalar<string>(
                $"""
                select concat_ws(' ', key, to_char(at at time zone 'utc', 'YYYY-MM-DD HH24:MI:SSZ'), correlation, causation)
                from q2c.due where grain = '{grain}'
                """));
    }

    [Fact]
    public async Task A_run_left_out_leaves_no_reference_and_no_due_command()
    {
        var grain = NewGrain();
        var entry = Entry(5, "a") with
        {
            References = [new("netsuite", "customer", grain)],
            Due = [new DueCommand("remind", Noon, new RetryStep("step-1", "again"))],
        };
        Assert.IsType<AppendResult.Conflict>(await _journal.Append(new(grain, 4, [entry]), default));
        Assert.Equal(0, await Scalar<long>($"select count(*) from q2c.xref where grain = '{grain}'"));
        Assert.Equal(0, await Scalar<long>($"select count(*) from q2c.due where grain = '{grain}'"));
    }

    public static TheoryData<string, JournalRun> Malformed => new()
    {
        { "Entries is empty", new("eu_pr_x", 0, []) },
        { "Grain is empty", Run("", 0, "a") },
        { "ExpectedVersion is negative", Run("eu_pr_x", -1, "a") },
        { "Entries[1].Key is in the run already", Run("eu_pr_x", 0, "a", "a") },
        { "Entries[0].Version does not follow the one before", new("eu_pr_x", 0, [Entry(2, "a")]) },
        { "Entries[0].Key is longer than 255 characters", Run("eu_pr_x", 0, new string('k', 256)) },
        { "Entries[0].Key has a NUL character, which PostgreSQL cannot store", Run("eu_pr_x", 0, "a\0b") },
        { "Entries[0].Fingerprint has not 32 bytes", new("eu_pr_x", 0, [Entry(1, "a") with { Fingerprint = new byte[3] }]) },
        { "Entries[0].Body is longer than 4194304 bytes", new("eu_pr_x", 0, [Entry(1, "a") with { Body = new byte[4 * 1024 * 1024 + 1] }]) },
    };

    [Theory, MemberData(nameof(Malformed))]
    public async Task A_run_that_cannot_be_stored_is_refused_before_it_meets_others(string reason, JournalRun run)
    {
        var refusal = await Assert.ThrowsAsync<ArgumentException>(async () => await _journal.Append(run, default));
        Assert.Equal($"The run cannot be journaled: {reason}.", refusal.Message);
    }

    private const string WaitingPids =
        """
        select pid from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%append_runs%'
        """;

    private const string Waiting = $"select count(*) from ({WaitingPids}) w";

    private async Task<NpgsqlConnection> HoldHead(int shard)
    {
        var connection = await postgres.Database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            $"begin; select from q2c.shard_head where shard = {shard} for update", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private Task<T> Scalar<T>(string sql) => postgres.Database.Scalar<T>(sql);

    private static Task Eventually(Func<Task<bool>> condition) => Wait.Until(condition);
}
