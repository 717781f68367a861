using Npgsql;
using Q2C.Silo.Operations;

namespace Q2C.Silo.Journal;

/// <summary>Feeds one shard to all projections, in one transaction with the cursor.</summary>
internal sealed class ReadModelPump(
    int shard, NpgsqlDataSource database, ShardTail tail, IReadOnlyList<IProjection> projections, JournalOptions options,
    Wakeups wakeups) : IAsyncDisposable
{
    private readonly KeptConnection _connection = new(database);
    private readonly Cursor _cursor = new(Cursor.ReadModels, shard);

    /// <summary>Takes one batch; true if there may be more.</summary>
    public async Task<bool> Step(Lease lease, CancellationToken cancel)
    {
        var connection = await _connection.Open(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await lease.EnsureHeld(transaction, cancel);
        var from = await _cursor.Lock(transaction, cancel);
        var rows = await tail.After(connection, from, options.PumpBatchRows, cancel);
        if (rows.Count == 0) return false;
        using var spans = Tracing.Pumps.StartEach("project", rows.Select(row => row.Row.Correlation));

        foreach (var projection in projections) await projection.Apply(connection, transaction, rows, cancel);
        await _cursor.Move(transaction, lease, from, rows[^1].Row.Seq, cancel);
        FaultPoints.Pass(FaultPoints.ReadModelsBeforeCommit);
        await transaction.CommitAsync(cancel);
        FaultPoints.Pass(FaultPoints.ReadModelsAfterCommit);
        wakeups.Raise(Wakeups.ReadModels(shard));
        return rows.Count == options.PumpBatchRows;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
