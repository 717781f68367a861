using Q2C.Silo.Operations;

namespace Q2C.Silo.Tests.Operations;

public sealed class StatusTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Without_anything_running_the_exit_code_is_1()
    {
        await using var output = new StringWriter();
        var nowhere = new DirectoryInfo(Path.Combine(Path.GetTempPath(), "q2c-nowhere"));
        Assert.Equal(1, await Status.Run(nowhere, json: false, output, default));
        Assert.Contains("Nothing runs", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_something_else_is_refused()
    {
        var refusal = await Assert.ThrowsAsync<OperationsException>(
            async () => await InstallationStatus.Read(await PostgresFixture.EmptyDatabase(), default));
        Assert.Equal("This database holds no Q2C of this version.", refusal.Problem);
    }

    [Fact]
    public async Task What_waits_what_is_held_and_what_is_stuck_is_told()
    {
        await postgres.Database.Execute(
            """
            update q2c.shard_head set seq = 7 where shard = 1;
            update q2c.cursor set seq = 5 where shard = 1 and name = 'read-models';
            update q2c.cursor set seq = 4 where shard = 1 and name = 'dispatch';
            insert into q2c.connection_hold values ('netsuite', 'Month end', 'olga', now());
            insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status)
            values ('stripe', 'a', '2026-03-02T12:00:00Z', 'application/json', '{}', 'received'),
                   ('stripe', 'b', '2026-03-02T12:00:00Z', 'application/json', '{}', 'done');
            insert into q2c.effect (
                id, connection, subject, operation, grain, version, correlation, next_at, created_at, updated_at, outcome)
            values ('e', 'netsuite', 's', '{}', 'g', 1, 'c', now(), '2026-03-02T13:00:00Z', '2026-03-02T14:00:00Z',
                    '{"$type":"effect.refused.v1","code":"PERIOD_CLOSED"}');
            insert into q2c_read.work_item (
                id, version, grain, item_id, thread, category, code, step, message, remedy, owner_role, held_minor, held_currency, status,
                occurrences, raised_at)
            values ('g/1', 1, 'g', '1', '1', 'business', 'PERIOD_CLOSED', 's', 'm', 'r', 'finance', 125050, 'EUR', 'open', 1, '2026-03-02T14:00:00Z'),
                   ('g/2', 1, 'g', '2', '2', 'business', 'PERIOD_CLOSED', 's', 'm', 'r', 'finance', 1, 'EUR', 'open', 1, '2026-03-02T15:00:00Z'),
                   ('g/3', 1, 'g', '3', '3', 'business', 'PERIOD_CLOSED', 's', 'm', 'r', 'finance', 1, 'EUR', 'resolved', 1, '2026-03-02T15:00:00Z');
            insert into q2c.lease values ('pump/1', 'silo-a', 3, '-infinity');
            """);

        var status = await InstallationStatus.Read(postgres.ConnectionString, default);
        Assert.Equal(new ShardStatus(1, 7, 2, 3), status.Shards[1]);
        Assert.Equal(
            [
                new ConnectionStatus("netsuite", "Month end", 1, At(13), 0, null, "refused PERIOD_CLOSED", At(14)),
                new ConnectionStatus("stripe", null, 0, null, 1, At(12), null, null),
            ],
            status.Connections);
        Assert.Equal([new InboxStatus("stripe", "done", 1), new InboxStatus("stripe", "received", 1)], status.Inbox);
        Assert.Equal([new ExceptionStatus("PERIOD_CLOSED", "finance", 2, "1,250.51 EUR", At(14))], status.Exceptions);
        Assert.Equal([new LeaseStatus("pump/1", "silo-a", 3, DateTimeOffset.UnixEpoch, false)], status.Leases);

        var backlogs = await Backlog.Read(postgres.Database, default);
        Assert.Equal(
            ["dispatch/1 3", "effects/netsuite 1", "exceptions/normal 2", "inbox/stripe 1", "read-models/1 2"],
            backlogs.Where(backlog => backlog.Items > 0).Select(backlog => $"{backlog.Queue}/{backlog.Of} {backlog.Items}"));
        Assert.All(backlogs.Where(backlog => backlog.Queue is "effects" or "inbox"), backlog => Assert.True(backlog.OldestSeconds > 3600));
    }

    private static DateTimeOffset At(int hour) => new(2026, 3, 2, hour, 0, 0, TimeSpan.Zero);
}
