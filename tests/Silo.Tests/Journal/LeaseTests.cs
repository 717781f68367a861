using Npgsql;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Tests.Journal;

public sealed class LeaseTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_lease_has_one_holder_until_it_is_given_back()
    {
        await using var first = new JournalHarness(postgres, leaseDuration: TimeSpan.FromSeconds(30));
        await using var second = new JournalHarness(postgres);

        var held = await first.Leases.TryAcquire("one", default);
        Assert.Equal((first.Leases.Owner, 1L), (held!.Owner, held.Epoch));
        Assert.Null(await second.Leases.TryAcquire("one", default));

        await held.DisposeAsync();
        await using var next = await second.Leases.TryAcquire("one", default);
        Assert.Equal((second.Leases.Owner, 2L), (next!.Owner, next.Epoch));
    }

    [Fact]
    public async Task A_renewed_lease_outlives_its_duration_even_while_its_holder_is_in_a_transaction()
    {
        await using var silo = new JournalHarness(postgres, leaseDuration: TimeSpan.FromSeconds(5));
        await using var held = await silo.Leases.TryAcquire("renewed", default);
        var first = await Expiry("renewed");
        await using var connection = await silo.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await held!.EnsureHeld(transaction, default);

        await Wait.Until(async () => await Expiry("renewed") > first);
        Assert.False(held.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_paused_holder_can_do_nothing_once_somebody_else_has_the_lease()
    {
        await using var paused = new JournalHarness(postgres, new FrozenTime());
        await using var next = new JournalHarness(postgres, leaseDuration: TimeSpan.FromSeconds(30));
        var old = await paused.Leases.TryAcquire("paused", default);
        await using var taken = await AcquireWhenFree(next, "paused");

        Assert.Equal(2, taken.Epoch);
        Assert.False(old!.Lost.IsCancellationRequested);
        await Assert.ThrowsAsync<LeaseLostException>(
            () => old.Write(paused.Database, _ => Task.CompletedTask, default));
        await taken.Write(next.Database, _ => Task.CompletedTask, default);
    }

    [Fact]
    public async Task A_holder_paused_inside_its_transaction_holds_up_nobody_and_cannot_commit()
    {
        await postgres.Database.Execute("create table q2c.written (by text)");
        await using var paused = new JournalHarness(postgres, new FrozenTime());
        await using var next = new JournalHarness(postgres);
        var old = await paused.Leases.TryAcquire("inside", default);
        await using var connection = await paused.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await old!.EnsureHeld(transaction, default);
        await using (
            var write = new NpgsqlCommand("insert into q2c.written values ('paused')", connection, transaction))
            await write.ExecuteNonQueryAsync();

        await using var taken = await AcquireWhenFree(next, "inside");
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => transaction.CommitAsync());
        Assert.Equal(0, await postgres.Database.Scalar<long>("select count(*) from q2c.written"));
    }

    [Fact]
    public async Task A_holder_that_cannot_renew_learns_that_the_lease_is_lost()
    {
        await using var silo = new JournalHarness(postgres);
        await using var held = await silo.Leases.TryAcquire("taken", default);
        await postgres.Database.Execute(
            "update q2c.lease set owner = 'somebody else', epoch = epoch + 1 where name = 'taken'");
        await Wait.Until(() => held!.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task Work_that_fails_or_loses_its_lease_starts_over()
    {
        await using var silo = new JournalHarness(postgres, leaseDuration: TimeSpan.FromSeconds(30));
        using var stop = new CancellationTokenSource();
        var epochs = new List<long>();
        var work = silo.Leases.RunWhileHeld("work", async (lease, _) =>
        {
            epochs.Add(lease.Epoch);
            if (epochs.Count == 1) throw new InvalidOperationException("at first");
            if (epochs.Count == 2) throw new LeaseLostException(lease.Name, lease.Epoch);
            await stop.CancelAsync();
        }, stop.Token);

        await work.WaitAsync(Wait.Limit);
        Assert.Equal([1, 2, 3], epochs);
    }

    [Fact]
    public async Task A_cursor_moves_only_from_where_it_is_and_never_for_an_older_epoch()
    {
        await using var paused = new JournalHarness(postgres, new FrozenTime());
        await using var next = new JournalHarness(postgres, leaseDuration: TimeSpan.FromSeconds(30));
        var old = (await paused.Leases.TryAcquire("cursor", default))!;
        await using var taken = await AcquireWhenFree(next, "cursor");

        await Move(taken, 0, 5);
        await Assert.ThrowsAsync<LeaseLostException>(() => Move(taken, 0, 9));
        await Assert.ThrowsAsync<LeaseLostException>(() => Move(old, 5, 9));
        await using var connection = await postgres.Database.OpenConnectionAsync();
        Assert.Equal(5, await new Cursor(Cursor.Dispatch, 0).Read(connection, default));
    }

    // Without the check of the lease, which would refuse the older epoch before.
    private async Task Move(Lease lease, long from, long to)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await new Cursor(Cursor.Dispatch, 0).Move(transaction, lease, from, to, default);
        await transaction.CommitAsync();
    }

    private static async Task<Lease> AcquireWhenFree(JournalHarness silo, string name)
    {
        Lease? lease = null;
        await Wait.Until(async () => (lease ??= await silo.Leases.TryAcquire(name, default)) is not null);
        return lease!;
    }

    private Task<DateTime> Expiry(string name) =>
        postgres.Database.Scalar<DateTime>($"select expires_at from q2c.lease where name = '{name}'");
}
