using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Q2C.BillingRuns;
using Q2C.Grains.Journal;
using Q2C.Silo.Journal;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Tests.Journal;

/// <summary>
/// One silo's half of the journal, on a database that other harnesses may share: as many of these, as many processes.
/// </summary>
internal sealed class JournalHarness : IAsyncDisposable
{
    private readonly List<Microsoft.Extensions.Hosting.BackgroundService> _running = [];

    public JournalHarness(PostgresFixture postgres, TimeProvider? leaseClock = null, TimeSpan? leaseDuration = null)
    {
        Options = postgres.Options with
        {
            LeaseDuration = leaseDuration ?? TimeSpan.FromMilliseconds(500),
            LeaseRetry = TimeSpan.FromMilliseconds(50),
            RetryDelay = TimeSpan.FromMilliseconds(20),
            SweepInterval = TimeSpan.FromMilliseconds(20),
            DueInterval = TimeSpan.FromMilliseconds(20),
            StreamLagLimit = TimeSpan.FromMilliseconds(200),
            DeliveryTimeout = TimeSpan.FromSeconds(1),
            PumpBatchRows = 7,
        };
        Database = postgres.Connect();
        Wakeups = new(Options, TimeProvider.System);
        Leases = new(new PostgresLeases(Database), Options, leaseClock ?? TimeProvider.System, NullLogger<LeaseKeeper>.Instance);
        Journal = new(Database, Options, shard => Wakeups.Raise(Wakeups.Journal(shard)));
    }

    public JournalOptions Options { get; }

    public NpgsqlDataSource Database { get; }

    public Wakeups Wakeups { get; }

    public LeaseKeeper Leases { get; }

    public PostgresJournal Journal { get; }

    public async Task StartPumps(IDeliverySink sink, params IProjection[] projections)
    {
        await Start(new WakeupRelay(Database, Wakeups, Options, TimeProvider.System, NullLogger<WakeupRelay>.Instance));
        await Start(new ShardPumps(
            Database, Journal, Leases, projections, sink, Options, Wakeups, TimeProvider.System,
            NullLogger<ShardPumps>.Instance));
    }

    public Task StartSweep(ICommandRouter router) => Start(new StreamSweep(
        new StreamLag(Database), Leases, router, Options, TimeProvider.System, NullLogger<StreamSweep>.Instance));

    public Task StartDue(ICommandRouter router) => Start(new DueDispatcher(
        new PostgresDue(Database), Leases, router, Options, TimeProvider.System, NullLogger<DueDispatcher>.Instance));

    /// <summary>Appends one row per body, one run each.</summary>
    public async Task Append(string grain, params RowBody[] bodies)
    {
        var version = await Journal.CurrentVersion(grain, default);
        foreach (var body in bodies)
        {
            var result = await Journal.Append(
                new(grain, version++, [Rows.Entry(version, $"{grain}/{version}", body)]), default);
            Assert.IsType<AppendResult.Appended>(result);
        }
    }

    /// <summary>True when both cursors of every shard are at its head.</summary>
    public async Task<bool> IsPumped() => await Database.Scalar<bool>(
        "select bool_and(c.seq = h.seq) from q2c.shard_head h join q2c.cursor c using (shard)");

    public async Task Stop()
    {
        foreach (var service in _running) await service.StopAsync(default);
        _running.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        await Journal.DisposeAsync();
    }

    private async Task Start(Microsoft.Extensions.Hosting.BackgroundService service)
    {
        _running.Add(service);
        await service.StartAsync(default);
    }
}

internal static class Rows
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private static int _grains;

    public static RowBody Empty { get; } = Body([]);

    public static string NewGrain() => Ids.Derive("eu", Ids.Project, "harness", $"{Interlocked.Increment(ref _grains)}");

    public static RowBody Body(ImmutableArray<Event> events, StreamSource? source = null) =>
        new(events, [], source, ImmutableDictionary<string, long>.Empty);

    /// <summary>One event for the target, the row before it being <paramref name="previous"/>.</summary>
    public static RowBody To(string target, long previous) => Body([new ReservationReturned("eu_run_1", target, "empty", Noon)]) with
    {
        PreviousByTarget = ImmutableDictionary<string, long>.Empty.Add(target, previous),
    };

    public static JournalEntry Entry(long version, string key, RowBody? body = null) => new(
        version, key, SHA256.HashData(Encoding.UTF8.GetBytes(key)), Outcome.Changed, (body ?? Empty).Write(), "corr",
        null,
        "nora", null, Noon, [], [])
    {
        Content = body ?? Empty,
    };
}

/// <summary>Time stands still: what waits on this clock is paused.</summary>
internal sealed class FrozenTime : TimeProvider
{
    public override long GetTimestamp() => 0;

    public override DateTimeOffset GetUtcNow() => Rows.Noon;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new NeverTimer();

    private sealed class NeverTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() { }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
