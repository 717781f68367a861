using System.Collections.Concurrent;
using Npgsql;

namespace Q2C.Silo.Journal;

/// <summary>
/// Carries wake-ups between processes as notifications of PostgreSQL: on a connection of their own after the commit,
/// coalesced.
/// </summary>
public sealed class WakeupRelay : BackgroundService
{
    /// <summary>PostgreSQL's channel; the payload is the topic.</summary>
    public const string Channel = "q2c";

    /// <summary>At most one round of notifications in this time.</summary>
    private static readonly TimeSpan MinGap = TimeSpan.FromMilliseconds(10);

    private readonly NpgsqlDataSource _database;
    private readonly Wakeups _wakeups;
    private readonly JournalOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<string, bool> _unsent = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _anyUnsent = new(0, 1);
    private volatile int _sender;

    public WakeupRelay(
        NpgsqlDataSource database, Wakeups wakeups, JournalOptions options, TimeProvider clock, ILogger<WakeupRelay> log)
    {
        (_database, _wakeups, _options, _clock, _log) = (database, wakeups, options, clock, log);
        wakeups.Raised = SendSoon;
    }

    public override void Dispose()
    {
        base.Dispose();
        _anyUnsent.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(KeepUp("listening", Listen, stoppingToken), KeepUp("notifying", Send, stoppingToken));

    private void SendSoon(string topic)
    {
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
            await Task.Delay(MinGap, _clock, stop);
        }
    }

    private async Task Listen(NpgsqlConnection connection, CancellationToken stop)
    {
        connection.Notification += (_, heard) =>
        {
            if (heard.PID != _sender) _wakeups.RaiseHere(heard.Payload);
        };
        await using (var command = new NpgsqlCommand($"listen {Channel}", connection))
            await command.ExecuteNonQueryAsync(stop);
        // What was raised while nobody listened is not told again.
        _wakeups.RaiseAllHere();
        while (true) await connection.WaitAsync(stop);
    }

    private async Task KeepUp(string what, Func<NpgsqlConnection, CancellationToken, Task> work, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await _database.OpenConnectionAsync(stop);
                await work(connection, stop);
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                _log.LogWarning(failure, "Connection for {What} lost; polling goes on meanwhile", what);
                await Task.Delay(_options.RetryDelay, _clock, stop)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
