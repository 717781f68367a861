using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Q2C.Silo.Connectors;
using Q2C.Silo.Effects;
using Q2C.Silo.Journal;
using Q2C.Silo.Tests.Effects;

namespace Q2C.Silo.Tests.Connectors;

public sealed class InboxTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Deliveries_become_commands_in_order_and_keep_their_receipts()
    {
        await using var bench = await Bench.Start(postgres, delivery => Commands(delivery, "eu_cu_1", "eu_ct_1"));
        await bench.Receive("d1", "d2");
        await bench.Step();
        Assert.Equal(["eu_cu_1 d1", "eu_cu_1 d2", "eu_ct_1 d1", "eu_ct_1 d2"], bench.Sent);
        Assert.Equal("done 2", await bench.State("d1"));
    }

    [Fact]
    public async Task What_cannot_be_read_is_parked_with_its_position_and_the_rest_goes_on()
    {
        await using var bench = await Bench.Start(postgres, delivery => delivery.Key == "bad"
            ? new InboundResult.Parked([new(new("MALFORMED_JSON", "lines[0]", "No number.", "Correct it."), 3, 14)])
            : Commands(delivery, "eu_cu_1"));
        await bench.Receive("bad", "good");
        await bench.Step();
        Assert.Equal(["eu_cu_1 good"], bench.Sent);
        Assert.Equal("parked", await bench.State("bad"));
        Assert.Equal(
            """[{"line": 3, "column": 14, "problem": {"code": "MALFORMED_JSON", "path": "lines[0]", "remedy": "Correct it.", "message": "No number."}}]""",
            await bench.Query("error::text", "bad"));
    }

    [Fact]
    public async Task A_map_that_fails_parks_the_delivery_and_no_other()
    {
        await using var bench = await Bench.Start(postgres, delivery => delivery.Key == "bad"
            ? throw new KeyNotFoundException("secret detail")
            : Commands(delivery, "eu_cu_1"));
        await bench.Receive("bad", "good");
        await bench.Step();
        Assert.Equal("parked", await bench.State("bad"));
        Assert.DoesNotContain("secret", await bench.Query("error::text", "bad"));
        Assert.Equal("done 1", await bench.State("good"));
    }

    [Fact]
    public async Task What_a_grain_refuses_is_parked_with_its_reasons_and_retried_under_a_fresh_key()
    {
        await using var bench = await Bench.Start(postgres, delivery => Commands(delivery, "eu_cu_1", "eu_ct_1"));
        bench.Grains.Refusal = key => key == "d1" ? "PRICE_MISSING" : null;
        await bench.Receive("d1", "d2");
        await bench.Step();
        Assert.Equal("parked", await bench.State("d1"));
        Assert.Equal("PRICE_MISSING", await bench.Query("error #>> '{0,problem,code}'", "d1"));
        Assert.Equal("done 2", await bench.State("d2"));

        var id = await bench.Query("id::text", "d1");
        await postgres.Database.Execute(
            $"select q2c.act_on_delivery({id}, 'retry', 'olga', 'k-{id}', '\\x00', 'Price corrected in the CRM.', '{bench.Clock.GetUtcNow():O}')");
        await bench.Step();
        Assert.Equal("done 2", await bench.State("d1"));
        Assert.Equal(["eu_cu_1 d1/retry-1", "eu_ct_1 d1/retry-1"], bench.Sent.TakeLast(2));
    }

    [Fact]
    public async Task A_delivery_that_reads_something_newer_after_a_crash_is_carried_out_under_a_fresh_key()
    {
        await using var bench = await Bench.Start(postgres, delivery => Commands(delivery, "eu_cu_1"));
        bench.Grains.Refusal = key => key == "d1" ? ProblemCodes.IdempotencyKeyReused : null;
        await bench.Receive("d1");
        await bench.Step();
        Assert.Equal("received", await bench.State("d1"));
        await bench.Step();
        Assert.Equal("done 1", await bench.State("d1"));
        Assert.Equal(["eu_cu_1 d1", "eu_cu_1 d1/retry-1"], bench.Sent);
    }

    [Fact]
    public async Task What_must_wait_is_tried_again_later()
    {
        var away = true;
        await using var bench = await Bench.Start(postgres, delivery =>
            away ? new InboundResult.Waits("CRM_AWAY", "The CRM does not answer.") : Commands(delivery, "eu_cu_1"));
        await bench.Receive("d1");
        await bench.Step();
        Assert.Equal("received", await bench.State("d1"));
        away = false;
        await bench.Step();
        Assert.Empty(bench.Sent);
        bench.Clock.Advance(TimeSpan.FromSeconds(2));
        await bench.Step();
        Assert.Equal("done 1", await bench.State("d1"));
    }

    [Fact]
    public async Task A_grain_that_does_not_answer_gets_the_same_commands_again_and_nothing_overtakes_in_a_delivery()
    {
        await using var bench = await Bench.Start(postgres, delivery => Commands(delivery, "eu_cu_1", "eu_ct_1"));
        bench.Grains.FailNext();
        await bench.Receive("d1");
        await bench.Step();
        Assert.Equal("received", await bench.State("d1"));
        bench.Clock.Advance(TimeSpan.FromSeconds(2));
        await bench.Step();
        Assert.Equal(["eu_cu_1 d1", "eu_cu_1 d1", "eu_ct_1 d1"], bench.Sent);
    }

    [Fact]
    public async Task A_corrected_delivery_takes_the_place_of_the_parked_one()
    {
        await using var bench = await Bench.Start(postgres, delivery => Encoding.UTF8.GetString(delivery.Body.Span) == "broken"
            ? new InboundResult.Parked([new(new("MALFORMED_JSON", "", "No JSON.", "Correct it."), 1, 1)])
            : Commands(delivery, "eu_cu_1"));
        await bench.Receive(("d1", "broken"));
        await bench.Step();
        await postgres.Database.Execute(
            $"""
            insert into q2c.inbox (connection, dedupe_key, received_at, next_at, content_type, body, parent_id)
            select connection, 'd1/corrected', received_at, received_at, content_type, 'whole', id
            from q2c.inbox where connection = '{bench.Connection}'
            """);
        await bench.Step();
        Assert.Equal(["eu_cu_1 d1/corrected"], bench.Sent);
        Assert.Equal("superseded", await bench.State("d1"));
    }

    [Fact]
    public async Task A_page_and_its_watermark_are_stored_together_and_repeats_dropped()
    {
        await using var bench = await Bench.Start(postgres, delivery => Commands(delivery, "eu_wf_1"));
        var poller = new PagePoller(
            new PollResult.Page([Polled("e2"), Polled("e1")], "2", More: true),
            new PollResult.Unavailable("UNREACHABLE", "Away."),
            new PollResult.Page([Polled("e2"), Polled("e3")], "3"));
        Assert.Equal(TimeSpan.Zero, await bench.Poll(poller));
        Assert.Equal("2", await postgres.Database.Scalar<string>(
            $"select watermark from q2c.poll_watermark where connection = '{bench.Connection}'"));
        Assert.InRange(await bench.Poll(poller), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        Assert.Equal(poller.Interval, await bench.Poll(poller));
        await bench.Step();
        Assert.Equal([null, "2", "2"], poller.Asked);
        Assert.Equal(["eu_wf_1 e2", "eu_wf_1 e1", "eu_wf_1 e3"], bench.Sent);
    }

    [Fact]
    public async Task Who_lost_the_lease_stores_no_page_and_moves_no_watermark()
    {
        await using var bench = await Bench.Start(postgres, delivery => Commands(delivery, "eu_wf_1"));
        await postgres.Database.Execute("update q2c.lease set epoch = epoch + 1");
        await Assert.ThrowsAsync<LeaseLostException>(() => bench.Poll(new PagePoller(new PollResult.Page([Polled("e1")], "1"))));
        Assert.Equal(0L, await postgres.Database.Scalar<long>(
            $"""
            select (select count(*) from q2c.inbox where connection = '{bench.Connection}')
                + (select count(*) from q2c.poll_watermark where connection = '{bench.Connection}')
            """));
    }

    private static PolledDelivery Polled(string key) => new(key, Encoding.UTF8.GetBytes("{}"));

    private static InboundResult.Commands Commands(InboxDelivery delivery, params string[] grains) => new(
        [.. grains.Select(grain => new GrainCommand(grain, new(
            delivery.Key, new RetryStep("x", "y"), Actor.Connection(delivery.Connection), delivery.Key)))]);

    private sealed class PagePoller(params PollResult[] results) : IPoller
    {
        private readonly Queue<PollResult> _results = new(results);

        public List<string?> Asked { get; } = [];

        public string Feed => "events";

        public TimeSpan Interval => TimeSpan.FromSeconds(30);

        public Task<PollResult> Poll(string? watermark, CancellationToken cancel)
        {
            Asked.Add(watermark);
            return Task.FromResult(_results.Dequeue());
        }
    }

    private sealed class FunctionMap(Func<InboxDelivery, InboundResult> map) : IInboundMap
    {
        public Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel) => Task.FromResult(map(delivery));
    }

    private sealed class Bench(PostgresFixture postgres, string connection, Lease lease, InboxWorker worker, Wakeups wakeups)
        : IAsyncDisposable
    {
        public string Connection => connection;

        public required ManualClock Clock { get; init; }

        public required RecordingRouter Grains { get; init; }

        public IEnumerable<string> Sent => Grains.Sent.Select(sent => $"{sent.Grain} {sent.Envelope.Key}");

        public static async Task<Bench> Start(
            PostgresFixture postgres, Func<InboxDelivery, InboundResult> map, [CallerMemberName] string connection = "")
        {
            var (clock, grains) = (new ManualClock(), new RecordingRouter());
            var keeper = new LeaseKeeper(new PostgresLeases(postgres.Database), postgres.Options, TimeProvider.System, NullLogger<LeaseKeeper>.Instance);
            var lease = (await keeper.TryAcquire(ConnectionHost.LeaseName(connection), default))!;
            var wakeups = new Wakeups(postgres.Options, TimeProvider.System);
            var worker = new InboxWorker(
                connection, new FunctionMap(map), new InboxStore(postgres.Database, EffectBench.Policies), grains,
                new RetryPause(EffectBench.Limits, new Random(1)), wakeups, clock, NullLogger<InboxWorker>.Instance);
            return new(postgres, connection, lease, worker, wakeups) { Clock = clock, Grains = grains };
        }

        public Task Receive(params string[] keys) => Receive([.. keys.Select(key => (key, "{}"))]);

        public async Task Receive(params (string Key, string Body)[] deliveries)
        {
            foreach (var (key, body) in deliveries)
                await postgres.Database.Execute(
                    $"""
                    insert into q2c.inbox (connection, dedupe_key, received_at, next_at, content_type, body)
                    values ('{connection}', '{key}', '{Clock.GetUtcNow():O}', '{Clock.GetUtcNow():O}', 'application/json', '{body}')
                    """);
        }

        public Task<bool> Step() => worker.Step(lease, default);

        public Task<TimeSpan> Poll(IPoller poller) => new PollWorker(
            connection, poller, new InboxStore(postgres.Database, EffectBench.Policies), new RetryPause(EffectBench.Limits, new Random(1)), wakeups, Clock,
            NullLogger<PollWorker>.Instance).Step(lease, default);

        /// <summary>The status, and the number of receipts of one that is done.</summary>
        public Task<string> State(string key) => Query("concat_ws(' ', status, jsonb_array_length(result))", key);

        public Task<string> Query(string expression, string key) => postgres.Database.Scalar<string>(
            $"select {expression} from q2c.inbox where connection = '{connection}' and dedupe_key = '{key}'");

        public ValueTask DisposeAsync() => lease.DisposeAsync();
    }
}

public sealed class CommandBatchesTests
{
    [Theory]
    [InlineData("a", "a", "a:1,2")]
    [InlineData("a b", "a c", "a:1,2 b:1 c:2")]
    [InlineData("a b", "b a", "a:1 b:1,2 a:2")]
    [InlineData("a b a", "a", "a:1 b:1 a:1,2")]
    public void Commands_of_one_grain_go_together_and_no_order_is_lost(string first, string second, string batches)
    {
        var deliveries = new[] { first, second }.Select((grains, i) => (
            (long)i + 1, grains.Split(' ').Select(grain => new GrainCommand(
                grain, new("key", new RetryStep("", ""), Actor.System, ""))).ToImmutableArray()));
        Assert.Equal(batches, string.Join(' ', CommandBatches.Of(deliveries).Select(
            batch => $"{batch.Grain}:{string.Join(',', batch.Commands.Select(command => command.Delivery))}")));
    }
}
