using System.Collections.Concurrent;
using Npgsql;

namespace Q2C.Silo.Journal;

/// <summary>
/// Tells loops in this and other processes that there is something new. A hint and no more: whoever waits also polls.
/// Notifications leave on a connection of their own after the commit, coalesced.
/// </summary>
public sealed class Wakeups(NpgsqlDataSource database, JournalOptions options, TimeProvider clock, ILogger<Wakeups> log)
    : BackgroundService
{
    /// <summary>PostgreSQL's channel; the payload is the topic.</summary>
    public const string Channel = "q2c";

    /// <summary>At most one round of notifications in this time.</summary>
    private static readonly TimeSpan MinGap = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _waiting = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _unsent = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _anyUnsent = new(0, 1);
    private volatile int _sender;

    /// <summary>Rows of a shard were committed.</summary>
    public static string Journal(int shard) => $"journal/{shard}";

    /// <summary>The read models have more of a shard.</summary>
    public static string ReadModels(int shard) => $"read/{shard}";

    /// <summary>A connection has new effects.</summary>
    public static string Effects(string connection) => $"effects/{connection}";

    /// <summary>A connection has new deliveries in the inbox.</summary>
    public static string Inbox(string connection) => $"inbox/{connection}";

    /// <summary>
    /// Completes at the next wake-up of the topic. Ask before looking for work, wait after finding none.
    /// </summary>
    public Task Next(string topic) => _waiting.GetOrAdd(topic, _ => NewSignal()).Task;

    /// <summary>Waits for the signal, but no longer than the polling interval.</summary>
    public async Task Wait(Task signal, CancellationToken cancel)
    {
        using var poll = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAny(signal, Task.Delay(options.PollInterval, clock, poll.Token));
        await poll.CancelAsync();
        cancel.ThrowIfCancellationRequested();
    }

    /// <summary>Wakes who waits here now, and in other processes soon. Never blocks.</summary>
    public void Raise(string topic)
    {
        RaiseHere(topic);
        _unsent[topic] = true;
        try
        {
            if (_anyUnsent.CurrentCount == 0) _anyUnsent.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else was as fast.
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _anyUnsent.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(KeepUp("listening", Listen, stoppingToken), KeepUp("notifying", Send, stoppingToken));

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void RaiseHere(string topic)
    {
        if (_waiting.TryRemove(topic, out var signal)) signal.TrySetResult();
    }

    private async Task Send(NpgsqlConnection connection, CancellationToken stop)
    {
        _sender = connection.ProcessID;
        while (true)
        {
            await _anyUnsent.WaitAsync(stop);
            string[] topics = [.. _unsent.Keys.Where(topic => _unsent.TryRemove(topic, out _))];
            await using var command = new NpgsqlCommand(
                $"select pg_notify('{Channel}', topic) from unnest($1) as topic", connection);
            command.Parameters.Add(new() { Value = topics });
            await command.ExecuteNonQueryAsync(stop);
            await Task.Delay(MinGap, clock, stop);
        }
    }

    private async Task Listen(NpgsqlConnection connection, CancellationToken stop)
    {
        connection.Notification += (_, heard) =>
        {
            if (heard.PID != _sender) RaiseHere(heard.Payload);
        };
        await using (var command = new NpgsqlCommand($"listen {Channel}", connection))
            await command.ExecuteNonQueryAsync(stop);
        // What was raised while nobody listened is not told again.
        foreach (var topic in _waiting.Keys) RaiseHere(topic);
        while (true) await connection.WaitAsync(stop);
    }

    private async Task KeepUp(string what, Func<NpgsqlConnection, CancellationToken, Task> work, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(stop);
                await work(connection, stop);
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                log.LogWarning(failure, "Connection for {What} lost; polling goes on meanwhile", what);
                await Task.Delay(options.RetryDelay, clock, stop)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
