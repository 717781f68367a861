using System.Collections.Concurrent;
using System.Collections.Immutable;
using Npgsql;
using Q2C.Contracts;
using Q2C.Grains.Journal;
using Q2C.Silo.Journal;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Tests.Journal;

public sealed class PumpTests : IAsyncLifetime
{
    private readonly PostgresFixture _postgres = new();
    private readonly RecordingSink _sink = new();
    private readonly RecordingProjection _projection = new();

    public async Task InitializeAsync()
    {
        await _postgres.InitializeAsync();
        await _postgres.Database.Execute("create table q2c.seen (shard integer, seq bigint, primary key (shard, seq))");
    }

    public async Task DisposeAsync() => await _postgres.DisposeAsync();

    [Fact]
    public async Task Every_row_reaches_the_read_models_once_and_every_delivery_its_target_in_order()
    {
        await using var silo = new JournalHarness(_postgres);
        await silo.StartPumps(_sink, _projection);
        var (sources, target) = (NewGrains(3), Rows.NewGrain());
        await Task.WhenAll(sources.Select(source => Fill(silo, source, target, 30)));

        await Wait.Until(silo.IsPumped);
        Assert.Equal(90, await _postgres.Database.Scalar<long>("select count(*) from q2c.seen"));
        foreach (var source in sources) Assert.Equal(Chain(30), _sink.From(source));
    }

    [Fact]
    public async Task A_paused_pump_is_taken_over_and_nothing_is_lost_or_out_of_order()
    {
        await using var paused = new JournalHarness(_postgres, new FrozenTime());
        await using var next = new JournalHarness(_postgres);
        var (source, target) = (Rows.NewGrain(), Rows.NewGrain());
        var stuck = new TaskCompletionSource();
        var first = new RecordingSink { Before = _ => stuck.Task };
        await paused.StartPumps(first, _projection);
        await Fill(paused, source, target, 20);
        await Wait.Until(() => first.Asked > 0);

        await next.StartPumps(_sink, _projection);
        await Wait.Until(next.IsPumped);
        stuck.SetResult();
        await Fill(paused, source, target, 20);

        await Wait.Until(next.IsPumped);
        Assert.Equal(Chain(40), _sink.From(source).Distinct());
        Assert.Equal(40, await _postgres.Database.Scalar<long>("select count(*) from q2c.seen"));
    }

    [Fact]
    public async Task A_target_that_fails_holds_up_nobody_and_catches_up_by_the_sweep()
    {
        await using var silo = new JournalHarness(_postgres);
        var (source, broken, healthy) = (Rows.NewGrain(), Rows.NewGrain(), Rows.NewGrain());
        _sink.Before = target => target == broken ? throw new InvalidOperationException("broken") : Task.CompletedTask;
        await silo.StartPumps(_sink);
        await silo.Append(source, Rows.To(broken, 0), Rows.To(healthy, 0), Rows.To(broken, 1));
        await Wait.Until(silo.IsPumped);

        Assert.Equal(["2<0"], _sink.From(source));
        Assert.Equal($"{source} {broken} 3", await silo.Database.Scalar<string>(
            "select concat_ws(' ', source, target, version) from q2c.stream_lag"));

        var router = new RecordingRouter { FailuresBeforeCatchUp = 2 };
        await silo.StartSweep(router);
        await Wait.Until(async () => await silo.Database.Scalar<long>("select count(*) from q2c.stream_lag") == 0);
        Assert.Equal([(broken, source), (broken, source), (broken, source)], router.CaughtUp);
    }

    [Fact]
    public async Task A_delivery_that_got_lost_on_the_way_is_fetched_and_one_that_was_recorded_is_not()
    {
        await using var silo = new JournalHarness(_postgres);
        var (source, forgetful, good) = (Rows.NewGrain(), Rows.NewGrain(), Rows.NewGrain());
        await silo.StartPumps(_sink, new StreamProgress());
        await silo.Append(source, Rows.To(forgetful, 0), Rows.To(good, 0));
        await silo.Append(good, Rows.Body([], new StreamSource(source, 2, 0)));
        await Wait.Until(silo.IsPumped);

        var router = new RecordingRouter();
        await silo.StartSweep(router);
        await Wait.Until(() => !router.CaughtUp.IsEmpty);
        await silo.Stop();
        Assert.Equal([(forgetful, source)], router.CaughtUp.Distinct());
    }

    [Fact]
    public async Task Effects_are_put_once_in_order_of_their_rows()
    {
        await using var silo = new JournalHarness(_postgres);
        var grain = Rows.NewGrain();
        await silo.Append(grain, Asking("e1"), Asking("e2"), Asking("e1"), Asking("e3"));
        await silo.StartPumps(_sink);
        await Wait.Until(silo.IsPumped);

        Assert.Equal(
            "e1 1 pending|e2 2 pending|e3 4 pending",
            await silo.Database.Scalar<string>(
                "select string_agg(concat_ws(' ', id, version, status), '|' order by ordinal) from q2c.effect where subject = 'eu_inv_1'"));
        var operation = await silo.Database.Scalar<byte[]>("select operation from q2c.effect where id = 'e3'");
        Assert.Equal(new CommitTax("e3"), WireFormat.Read<Operation>(operation));

        static RowBody Asking(string id) => Rows.Body(
            [new UpdateAsked("test", new EffectRequest(id, "avatax", "eu_inv_1", new CommitTax(id)), Rows.Noon)]);
    }

    [Fact]
    public async Task Read_models_are_rebuilt_while_appends_go_on()
    {
        await using var silo = new JournalHarness(_postgres);
        await silo.StartPumps(_sink, _projection);
        await Fill(silo, Rows.NewGrain(), Rows.NewGrain(), 50);
        await Wait.Until(silo.IsPumped);
        await _postgres.Database.Execute("delete from q2c.seen where seq % 2 = 0");

        var steps = new ConcurrentQueue<RebuildProgress>();
        var rebuild = new ReadModelRebuild(
            silo.Database, [_projection], silo.Options, silo.Wakeups, TimeProvider.System);
        var appends = Fill(silo, Rows.NewGrain(), Rows.NewGrain(), 50);
        await rebuild.Run(new Report(steps.Enqueue), default);
        await appends;

        await Wait.Until(silo.IsPumped);
        Assert.Equal(100, await _postgres.Database.Scalar<long>("select count(*) from q2c.seen"));
        Assert.Equal(steps.Last().Total, steps.Last().Done);
    }

    [Fact]
    public async Task A_rebuild_that_was_asked_for_is_done_once_and_says_how_far_it_is()
    {
        await using var silo = new JournalHarness(_postgres);
        await silo.StartPumps(_sink, _projection);
        await Fill(silo, Rows.NewGrain(), Rows.NewGrain(), 20);
        await Wait.Until(silo.IsPumped);
        await _postgres.Database.Execute("delete from q2c.seen");
        var rebuild = new ReadModelRebuild(silo.Database, [_projection], silo.Options, silo.Wakeups, TimeProvider.System);
        Assert.Equal("done", await silo.Database.Scalar<string>("select q2c.ask_rebuild('ada', 'ada:1', '\\x00', 'A list was wrong', now())"));

        await rebuild.Step(default);
        await Wait.Until(silo.IsPumped);
        Assert.Equal("20 of 20", await silo.Database.Scalar<string>("select format('%s of %s', rebuild ->> 'done', rebuild ->> 'total') from q2c_read.installation"));
        Assert.Equal("running", await silo.Database.Scalar<string>("select q2c.ask_rebuild('ada', 'ada:2', '\\x00', 'Again', now())"));
        await rebuild.Step(default);
        await rebuild.Step(default);

        Assert.Equal(20, await _postgres.Database.Scalar<long>("select count(*) from q2c.seen"));
        Assert.Equal(1, await _postgres.Database.Scalar<long>("select count(*) from q2c.rebuild where finished_at is not null"));
    }

    [Fact]
    public async Task A_projection_that_fails_is_tried_again_and_holds_up_no_delivery()
    {
        await using var silo = new JournalHarness(_postgres);
        _projection.Failures = 3;
        await silo.StartPumps(_sink, _projection);
        var source = Rows.NewGrain();
        await Fill(silo, source, Rows.NewGrain(), 5);

        await Wait.Until(silo.IsPumped);
        Assert.Equal(5, await _postgres.Database.Scalar<long>("select count(*) from q2c.seen"));
        Assert.Equal(Chain(5), _sink.From(source));
    }

    [Fact]
    public async Task A_wake_up_reaches_other_processes()
    {
        await using var here = new JournalHarness(_postgres);
        await using var there = new JournalHarness(_postgres);
        await here.StartPumps(_sink);
        await there.StartPumps(_sink);

        var signal = there.Wakeups.Next("effects/netsuite");
        await Wait.Until(() =>
        {
            // Whoever is not listening yet hears the next one.
            here.Wakeups.Raise("effects/netsuite");
            return signal.IsCompleted;
        });
    }

    private static string[] NewGrains(int count) => [.. Enumerable.Range(0, count).Select(_ => Rows.NewGrain())];

    private static async Task Fill(JournalHarness silo, string source, string target, int rows)
    {
        var version = await silo.Journal.CurrentVersion(source, default);
        await silo.Append(source, [.. Enumerable.Range(0, rows).Select(i => Rows.To(target, version + i))]);
    }

    /// <summary>Each row with the one before it.</summary>
    private static IEnumerable<string> Chain(int rows) => Enumerable.Range(1, rows).Select(version => $"{version}<{version - 1}");

    /// <summary>Has a row per journal row; a row that comes twice breaks its key.</summary>
    private sealed class RecordingProjection : IProjection
    {
        public int Failures { get; set; }

        public IReadOnlyList<string> Tables { get; } = ["q2c.seen"];

        public async ValueTask Apply(
            NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<PumpedRow> rows,
            CancellationToken cancel)
        {
            await using var command = new NpgsqlCommand(
                "insert into q2c.seen select * from unnest($1, $2)", connection, transaction);
            command.Parameters.Add(new() { Value = rows.Select(row => row.Row.Shard).ToArray() });
            command.Parameters.Add(new() { Value = rows.Select(row => row.Row.Seq).ToArray() });
            await command.ExecuteNonQueryAsync(cancel);
            if (Failures-- > 0) throw new InvalidOperationException("This projection fails on purpose.");
        }
    }

    private sealed class Report(Action<RebuildProgress> report) : IProgress<RebuildProgress>
    {
        void IProgress<RebuildProgress>.Report(RebuildProgress value) => report(value);
    }
}

internal sealed class RecordingSink : IDeliverySink
{
    private readonly ConcurrentQueue<Delivery> _taken = new();
    private int _asked;

    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    public int Asked => _asked;

    public async Task Deliver(IReadOnlyList<Delivery> deliveries)
    {
        Interlocked.Increment(ref _asked);
        await Before(deliveries[0].Target);
        Assert.Single(deliveries.Select(delivery => delivery.Target).Distinct());
        foreach (var delivery in deliveries) _taken.Enqueue(delivery);
    }

    /// <summary>What came from this grain: version and the version before.</summary>
    public IEnumerable<string> From(string source) => _taken.Where(delivery => delivery.Source.Grain == source)
        .Select(delivery => $"{delivery.Source.Version}<{delivery.Source.Previous}");
}

internal sealed class RecordingRouter : ICommandRouter
{
    public ConcurrentQueue<(string Grain, CommandEnvelope Envelope)> Executed { get; } = new();

    public ConcurrentQueue<(string Target, string Source)> CaughtUp { get; } = new();

    public int FailuresBeforeCatchUp { get; set; }

    public int FailuresBeforeExecute { get; set; }

    public Task<Receipt> Execute(string grain, CommandEnvelope envelope)
    {
        Executed.Enqueue((grain, envelope));
        return FailuresBeforeExecute-- > 0
            ? throw new InvalidOperationException("This grain fails on purpose.")
            : Task.FromResult(new Receipt(grain, 1, Outcome.Changed, [], ""));
    }

    public async Task<ImmutableArray<Receipt>> ExecuteMany(string grain, ImmutableArray<CommandEnvelope> envelopes) =>
        [.. await Task.WhenAll(envelopes.Select(envelope => Execute(grain, envelope)))];

    public Task CatchUp(string target, string source)
    {
        CaughtUp.Enqueue((target, source));
        return FailuresBeforeCatchUp-- > 0 ? throw new InvalidOperationException("This grain fails on purpose.") : Task.CompletedTask;
    }
}
