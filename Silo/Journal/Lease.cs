using Npgsql;

namespace Q2C.Silo.Journal;

/// <summary>
/// The right to do something alone, until <see cref="Lost"/>. Whatever the holder writes goes through
/// <see cref="EnsureHeld"/> in the same transaction, so a holder that was paused or cut off can do nothing.
/// </summary>
public sealed class Lease : IAsyncDisposable
{
    private readonly ILeaseStore _store;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _renewal;

    internal Lease(
        ILeaseStore store, string name, string owner, long epoch, TimeSpan duration, TimeProvider clock, bool renewed)
    {
        (_store, Name, Owner, Epoch, Duration, _clock) = (store, name, owner, epoch, duration, clock);
        _renewal = renewed ? KeepRenewing() : Task.CompletedTask;
    }

    public string Name { get; }

    public string Owner { get; }

    /// <summary>Rises with each change of holder.</summary>
    public long Epoch { get; }

    /// <summary>For how long it is taken and renewed.</summary>
    public TimeSpan Duration { get; }

    /// <summary>Cancelled when the lease is gone, or may be.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>
    /// Throws <see cref="LeaseLostException"/> if the lease is not this holder's any more. Nobody can take it before
    /// the
    /// transaction ends; a transaction left open for longer than the lease lasts is ended by the server.
    /// </summary>
    public async Task EnsureHeld(NpgsqlTransaction transaction, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select set_config('idle_in_transaction_session_timeout', $4, true)
            from q2c.lease where name = $1 and owner = $2 and epoch = $3 and expires_at > clock_timestamp()
            for key share
            """, transaction.Connection, transaction);
        PostgresLeases.AddIdentity(command, this);
        command.Parameters.Add(new() { Value = $"{(long)Duration.TotalMilliseconds}ms" });
        if (await command.ExecuteScalarAsync(cancel) is null) throw new LeaseLostException(Name, Epoch);
    }

    /// <summary>One transaction of the holder: checked, written, committed.</summary>
    public async Task Write(NpgsqlDataSource database, Func<NpgsqlTransaction, Task> write, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await EnsureHeld(transaction, cancel);
        await write(transaction);
        await transaction.CommitAsync(cancel);
    }

    /// <summary>Gives the lease back, so that the next holder need not wait.</summary>
    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _renewal;
        _lost.Cancel();
        try
        {
            await _store.Release(this, default);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            // It expires by itself.
        }

        _stop.Dispose();
        _lost.Dispose();
    }

    private async Task KeepRenewing()
    {
        var heldUntil = _clock.GetTimestamp() + Ticks(Duration);
        while (!_stop.IsCancellationRequested && _clock.GetTimestamp() < heldUntil)
        {
            try
            {
                await Task.Delay(Duration / 3, _clock, _stop.Token);
                var asked = _clock.GetTimestamp();
                if (!await _store.Renew(this, _stop.Token)) break;
                heldUntil = asked + Ticks(Duration);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
                when (failure is NpgsqlException or TimeoutException or OperationCanceledException)
            {
                // Tried again until the lease has run out.
            }
        }

        _lost.Cancel();
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _clock.TimestampFrequency);
}

/// <summary>Somebody else holds the lease now, or it ran out: stop, and write nothing.</summary>
public sealed class LeaseLostException(string name, long epoch)
    : Exception($"The lease '{name}' (epoch {epoch}) is not held by this process any more.");
