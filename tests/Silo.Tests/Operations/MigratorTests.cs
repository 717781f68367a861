using Npgsql;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;

namespace Q2C.Silo.Tests.Operations;

public sealed class MigratorTests : IAsyncLifetime
{
    private const string Role = "q2c_gateway";

    private NpgsqlDataSource _database = null!;

    public async Task InitializeAsync() => _database = NpgsqlDataSource.Create(await PostgresFixture.EmptyDatabase());

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Files_are_applied_once_in_order_with_progress()
    {
        var steps = new List<MigrationStep>();
        var applied = await new Migrator(_database, Role).Run(new Report(steps.Add));

        Assert.Equal(Migrator.All.Select(migration => migration.Name), applied);
        Assert.Equal(applied.Select((name, i) => new MigrationStep(name, i + 1, applied.Count)), steps);
        Assert.Empty(await new Migrator(_database, Role).Run());
    }

    [Fact]
    public void Numbers_are_used_once() =>
        Assert.Equal(Migrator.All.Count, Migrator.All.Select(migration => migration.Number).Distinct().Count());

    [Fact]
    public async Task Processes_that_start_at_once_migrate_once()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => new Migrator(_database, Role).Run()));
        Assert.Equal(Migrator.All.Count, runs.Sum(run => run.Count));
    }

    [Fact]
    public async Task A_file_that_changed_after_it_was_applied_is_refused()
    {
        await new Migrator(_database, Role).Run();
        await _database.Execute("update q2c.schema_migration set checksum = 'other' where number = 2");

        var refusal = await Assert.ThrowsAsync<OperationsException>(() => new Migrator(_database, Role).Run());
        Assert.Equal("0002_effects.sql was changed after it was applied to this database.", refusal.Problem);
    }

    [Fact]
    public async Task A_role_that_is_no_name_is_refused()
    {
        var refusal = await Assert.ThrowsAsync<OperationsException>(
            () => new Migrator(_database, "x\"; drop role q2c").Run());
        Assert.Equal("Use lower-case letters, digits and underscores.", refusal.Remedy);
    }

    [Fact]
    public async Task The_gateway_may_fill_the_inbox_and_read_cursors_and_may_not_touch_the_journal()
    {
        await new Migrator(_database, Role).Run();
        await using var connection = await _database.OpenConnectionAsync();
        await Execute($"set role {Role}");

        await Execute(
            """
            insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body)
            values ('stripe', 'evt_1', now(), 'application/json', '{}') on conflict do nothing
            """);
        await Execute("select q2c.count_webhook('stripe', 'forged')");
        await Execute("select seq from q2c.cursor");
        foreach (var forbidden in new[]
        {
            "select * from q2c.journal", "delete from q2c.journal", "select * from q2c.inbox",
            "update q2c.inbox set status = 'done'",
            "select * from q2c.webhook_counter", "update q2c.cursor set seq = 0", "select * from q2c.effect",
            "create table q2c.mine ()",
        })
        {
            var refusal = await Assert.ThrowsAsync<PostgresException>(() => Execute(forbidden));
            Assert.Equal((forbidden, PostgresErrorCodes.InsufficientPrivilege), (forbidden, refusal.SqlState));
        }

        async Task Execute(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task A_database_keeps_its_region_and_its_number_of_shards()
    {
        await new Migrator(_database, Role).Run();
        var options = new JournalOptions { ConnectionString = "", Region = "eu", Shards = 4 };
        await JournalSetup.Prepare(_database, options);
        await JournalSetup.Prepare(_database, options);

        var shards = await Assert.ThrowsAsync<OperationsException>(
            () => JournalSetup.Prepare(_database, options with { Shards = 8 }));
        Assert.Equal("This database has 4 journal shards; this process is set up for 8.", shards.Problem);
        var region = await Assert.ThrowsAsync<OperationsException>(
            () => JournalSetup.Prepare(_database, options with { Region = "us" }));
        Assert.Equal("This database holds region 'eu'; this process is set up for 'us'.", region.Problem);
    }

    private sealed class Report(Action<MigrationStep> report) : IProgress<MigrationStep>
    {
        void IProgress<MigrationStep>.Report(MigrationStep value) => report(value);
    }
}
