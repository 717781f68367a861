using Npgsql;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Journal;

/// <summary>What one shard's dispatch reads and writes. Every write is in one transaction with the proof that the lease is held.</summary>
internal interface IDispatchStore
{
    /// <summary>Where the cursor is, and the rows after it, in order and without gaps.</summary>
    Task<(long From, List<PumpedRow> Rows)> Next(int limit, CancellationToken cancel);

    /// <summary>In order; one that is there already stays as it is.</summary>
    Task PutEffects(Lease lease, IReadOnlyList<EffectRows.AskedEffect> effects, DateTimeOffset now, CancellationToken cancel);

    /// <summary>
    /// Moves the cursor and leaves what was not delivered to the sweep, both or neither. Throws
    /// <see cref="LeaseLostException"/> if the cursor is not where it was.
    /// </summary>
    Task Move(
        Lease lease, long from, long to, IReadOnlyCollection<ParkedDelivery> parked, DateTimeOffset fetchAt, CancellationToken cancel);
}

internal sealed class PostgresDispatch(int shard, NpgsqlDataSource database, ShardTail tail) : IDispatchStore, IAsyncDisposable
{
    private readonly KeptConnection _connection = new(database);
    private readonly Cursor _cursor = new(Cursor.Dispatch, shard);

    public async Task<(long From, List<PumpedRow> Rows)> Next(int limit, CancellationToken cancel)
    {
        var connection = await _connection.Open(cancel);
        var from = await _cursor.Read(connection, cancel);
        return (from, await tail.After(connection, from, limit, cancel));
    }

    public Task PutEffects(
        Lease lease, IReadOnlyList<EffectRows.AskedEffect> effects, DateTimeOffset now, CancellationToken cancel) =>
        Write(lease, transaction => EffectRows.Insert(transaction.Connection!, effects, now, cancel), cancel);

    public Task Move(
        Lease lease, long from, long to, IReadOnlyCollection<ParkedDelivery> parked, DateTimeOffset fetchAt,
        CancellationToken cancel) => Write(lease, async transaction =>
    {
        await StreamLag.Park(transaction, parked, fetchAt, cancel);
        await _cursor.Move(transaction, lease, from, to, cancel);
    }, cancel);

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task Write(Lease lease, Func<NpgsqlTransaction, Task> write, CancellationToken cancel)
    {
        var connection = await _connection.Open(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await lease.EnsureHeld(transaction, cancel);
        await write(transaction);
        await transaction.CommitAsync(cancel);
    }
}
