using System.Collections.Immutable;
using System.Diagnostics;
using System.Threading.Channels;
using Npgsql;
using Q2C.Grains.Journal;
using Q2C.Silo.Operations;

namespace Q2C.Silo.Journal;

/// <summary>A run on its way into the journal, and who waits for it.</summary>
internal sealed record PendingRun(JournalRun Run, PendingRow[] Rows, int Bytes)
{
    /// <summary>Does in the caller's thread what needs no database; throws <see cref="ArgumentException"/>.</summary>
    public static PendingRun Prepare(JournalRun run, JournalOptions options)
    {
        RunCheck.Check(run, options);
        PendingRow[] rows = [.. run.Entries.Select(entry => new PendingRow(
            entry, RowDigest.Of(run.Grain, entry),
            [.. entry.Due.OrEmpty().Select(due => (due, WireFormat.Write(due.Command)))]))];
        return new(run, rows, rows.Sum(row => row.Entry.Body.Length));
    }

    // Continuations must not run inside the writer's loop.
    public TaskCompletionSource<AppendResult> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

internal sealed record PendingRow(
    JournalEntry Entry, byte[] Digest, ImmutableArray<(DueCommand Due, ReadOnlyMemory<byte> Command)> Due);

/// <summary>
/// The one writer of a shard in this process: while one batch commits, the next gathers. Has one connection and at most
/// one open transaction.
/// </summary>
internal sealed class ShardWriter : IAsyncDisposable
{
    private readonly int _shard;
    private readonly NpgsqlDataSource _database;
    private readonly JournalOptions _options;
    private readonly Action<int> _committed;
    private readonly Channel<PendingRun> _queue;
    private readonly List<PendingRun> _batch = [];
    private readonly HashSet<string> _grains = new(StringComparer.Ordinal);
    private readonly Task _loop;
    private NpgsqlConnection? _connection;
    private AppendStatement? _statement;

    /// <param name="committed">Called with the shard after each batch that added rows.</param>
    public ShardWriter(int shard, NpgsqlDataSource database, JournalOptions options, Action<int> committed)
    {
        (_shard, _database, _options, _committed) = (shard, database, options, committed);
        Recent = new(shard, options.Region);
        _queue = Channel.CreateBounded<PendingRun>(
            new BoundedChannelOptions(options.MaxQueuedRuns) { SingleReader = true });
        _loop = Task.Run(Work);
    }

    public RecentRows Recent { get; }

    public async ValueTask<AppendResult> Append(PendingRun run, CancellationToken cancel)
    {
        await _queue.Writer.WriteAsync(run, cancel);
        return await run.Result.Task.WaitAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        await Disconnect();
    }

    private async Task Work()
    {
        while (await _queue.Reader.WaitToReadAsync())
        {
            // Callers just answered come back at once; letting them in first makes the batches larger.
            await Task.Yield();
            Gather();
            try
            {
                Answer(await Commit());
            }
            catch (Exception failure)
            {
                // Whether the batch is in is unknown: every caller loads again, and its keys tell.
                foreach (var run in _batch) run.Result.TrySetException(new AppendOutcomeUnknownException(failure));
                await Disconnect();
            }
        }
    }

    private void Gather()
    {
        _batch.Clear();
        _grains.Clear();
        var (rows, bytes) = (0, 0L);
        while (_queue.Reader.TryPeek(out var run))
        {
            var (rowsThen, bytesThen) = (rows + run.Run.Entries.Length, bytes + run.Bytes);
            if (_batch.Count > 0 && (rowsThen > _options.MaxBatchRows || bytesThen > _options.MaxBatchBytes)) return;
            // A second run of a grain builds on the first, or conflicts with it: it goes into the next batch.
            if (!_grains.Add(run.Run.Grain)) return;
            _queue.Reader.TryRead(out _);
            _batch.Add(run);
            (rows, bytes) = (rowsThen, bytesThen);
        }
    }

    private async Task<AppendResult[]> Commit()
    {
        _connection ??= await _database.OpenConnectionAsync();
        _statement ??= await AppendStatement.Prepare(_connection, _shard, _options.CommandTimeout, default);
        FaultPoints.Pass(FaultPoints.JournalBeforeAppend);
        var started = Stopwatch.GetTimestamp();
        var (firsts, taken) = await _statement.Execute(_batch, default);
        JournalMetrics.Committed(_shard, _batch.Sum(run => run.Rows.Length), Stopwatch.GetElapsedTime(started));
        FaultPoints.Pass(FaultPoints.JournalAfterCommit);
        Remember(firsts);

        var results = new AppendResult[_batch.Count];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = firsts[i] is { } first ? new AppendResult.Appended(_options.Region, _shard, first)
                : taken.Contains(i) ? new AppendResult.KeysTaken(await TakenKeys(_connection, _batch[i].Run))
                : new AppendResult.Conflict();
        }

        return results;
    }

    private void Remember(long?[] firsts)
    {
        var any = false;
        for (var i = 0; i < firsts.Length; i++)
        {
            if (firsts[i] is not { } first) continue;
            any = true;
            Recent.Add(_batch[i].Run, first);
        }

        if (any) _committed(_shard);
    }

    private void Answer(AppendResult[] results)
    {
        for (var i = 0; i < results.Length; i++) _batch[i].Result.TrySetResult(results[i]);
    }

    private static async Task<ImmutableArray<TakenKey>> TakenKeys(NpgsqlConnection connection, JournalRun run)
    {
        await using var command = new NpgsqlCommand(
            """
            select a.principal, a.key, a.fingerprint, a.grain
            from q2c.api_key a join unnest($1, $2) as k(principal, key) on (a.principal, a.key) = (k.principal, k.key)
            where a.grain <> $3
            """, connection);
        var entries = run.Entries.Where(entry => entry.Principal is not null).ToArray();
        command.Parameters.Add(new() { Value = Array.ConvertAll(entries, entry => entry.Principal!) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(entries, entry => entry.Key) });
        command.Parameters.Add(new() { Value = run.Grain });
        await using var reader = await command.ExecuteReaderAsync();
        var taken = ImmutableArray.CreateBuilder<TakenKey>();
        while (await reader.ReadAsync())
            taken.Add(
                new(reader.GetString(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2), reader.GetString(3)));
        return taken.ToImmutable();
    }

    private async Task Disconnect()
    {
        var (statement, connection) = (_statement, _connection);
        (_statement, _connection) = (null, null);
        try
        {
            if (statement is not null) await statement.DisposeAsync();
            if (connection is not null) await connection.DisposeAsync();
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException)
        {
            // It was broken already; the next batch opens another.
        }
    }
}

/// <summary>The connection failed while a batch was on its way: it may be in the journal or not. Load again.</summary>
public sealed class AppendOutcomeUnknownException(Exception cause)
    : Exception($"The journal's answer was lost ({cause.Message}); the command may or may not be recorded.", cause);
