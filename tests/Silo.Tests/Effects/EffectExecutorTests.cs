using System.Runtime.CompilerServices;
using Q2C.Silo.Connectors;
using Q2C.Silo.Effects;

namespace Q2C.Silo.Tests.Effects;

public sealed class EffectExecutorTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly SendResult Lost = new SendResult.Unknown("The connection broke.");
    private static readonly SendResult Away = new SendResult.Unavailable("UNREACHABLE", "No connection.");
    private static readonly SendResult No = new SendResult.Refused("PERIOD_CLOSED", "Closed.", "Open it.", ErrorClass.Business);
    private static readonly EffectOutcome Accepted = new EffectOutcome.Accepted("X-1", null);

    [Fact]
    public async Task An_effect_is_sent_reported_to_its_grain_and_settled()
    {
        var connector = New();
        await using var bench = new EffectBench(postgres, connector);
        await bench.Ask("a1");
        await bench.StepAll();
        Assert.Equal(["send a1.1"], connector.Calls);
        Assert.Equal([("eu_inv_1", new CommandEnvelope(
            "a1/1", new ReportEffect("a1", Accepted), Actor.Connection(connector.Connection), "correlation", "a1"))], bench.Grains.Sent);
        Assert.Equal("accepted 1 1 settled", await bench.State("a1"));
    }

    [Fact]
    public async Task A_claim_is_committed_before_the_request_leaves()
    {
        var connector = New();
        await using var bench = new EffectBench(postgres, connector);
        var seen = "";
        connector.OnSend = async _ => seen = await bench.State("b1") + await postgres.Database.Scalar<string>(
            "select concat(' ', claim_epoch, ' ', date_trunc('minute', deadline - clock_timestamp())) from q2c.effect where id = 'b1'");
        await bench.Ask("b1");
        await bench.StepAll();
        Assert.Equal($"sending 1 1 {bench.Lease.Epoch} 00:10:00", seen);
    }

    [Fact]
    public async Task Effects_of_one_subject_go_one_after_another_and_others_meanwhile()
    {
        var connector = New();
        await using var bench = new EffectBench(postgres, connector);
        var open = new TaskCompletionSource();
        connector.OnSend = effect => effect.Id == "c1" ? open.Task : Task.CompletedTask;
        await bench.Ask("c1", "eu_inv_1");
        await bench.Ask("c2", "eu_inv_1");
        await bench.Ask("c3", "eu_inv_2");
        await bench.Begin();
        await Wait.Until(() => bench.Grains.Sent.Any(sent => sent.Envelope.Key == "c3/1"));
        await bench.Begin();
        Assert.Equal(["send c1.1", "send c3.1"], connector.Calls.Order());
        open.SetResult();
        await bench.Idle();
        await bench.StepAll();
        Assert.Equal("send c2.1", connector.Calls.Last());
        Assert.Equal(3, connector.Calls.Count);
    }

    [Fact]
    public async Task A_refused_effect_lets_the_next_of_its_subject_go()
    {
        var connector = New().Answers(No, ScriptedConnector.Done);
        await using var bench = new EffectBench(postgres, connector);
        await bench.Ask("d1");
        await bench.Ask("d2");
        await bench.StepAll();
        Assert.Equal(["send d1.1", "send d2.1"], connector.Calls);
        Assert.Equal(
            [("d1/1", new EffectOutcome.Refused("PERIOD_CLOSED", "Closed.", "Open it.", ErrorClass.Business)), ("d2/1", Accepted)],
            bench.Grains.Reports);
        Assert.Equal("refused 1 1 settled", await bench.State("d1"));
    }

    [Fact]
    public async Task A_lost_answer_is_looked_up_and_not_sent_again()
    {
        var connector = New().Answers(Lost).Shows(new LookUpResult.Found("X-1"));
        await using var bench = new EffectBench(postgres, connector);
        await bench.Ask("e1");
        await bench.StepAll();
        Assert.Equal("waiting 0 1", await bench.State("e1"));
        await bench.Advance(TimeSpan.FromSeconds(2));
        await bench.StepAll();
        Assert.Equal(["send e1.1", "look up e1.1"], connector.Calls);
        Assert.Equal([("e1/1", new EffectOutcome.Unknown("The connection broke.")), ("e1/2", Accepted)], bench.Grains.Reports);
        Assert.Equal("accepted 1 1 settled", await bench.State("e1"));
    }

    [Fact]
    public async Task What_is_not_found_is_sent_again_only_when_it_can_no_longer_be_applied()
    {
        var connector = New().Answers(Lost, ScriptedConnector.Done).Shows(new LookUpResult.Absent());
        await using var bench = new EffectBench(postgres, connector);
        await bench.Ask("f1");
        await bench.StepAll();
        for (var minutes = 1; minutes < 10; minutes++)
        {
            await bench.Advance(TimeSpan.FromMinutes(1));
            await bench.StepAll();
            Assert.DoesNotContain("send f1.2", connector.Calls);
        }

        await bench.Advance(EffectExecutor.ClaimLife + TimeSpan.FromMinutes(1));
        await bench.StepAll();
        Assert.Equal("send f1.2", connector.Calls.Last());
        Assert.Equal(2, connector.Calls.Count(call => call.StartsWith("send", StringComparison.Ordinal)));
        Assert.Equal([("f1/1", new EffectOutcome.Unknown("The connection broke.")), ("f1/2", Accepted)], bench.Grains.Reports);
        Assert.Equal("accepted 1 2 settled", await bench.State("f1"));
    }

    [Fact]
    public async Task A_look_up_that_finds_nobody_is_repeated_even_after_the_deadline()
    {
        var connector = New().Answers(Lost).Shows(
            new LookUpResult.Unavailable("THROTTLED", "Later."), new LookUpResult.Unavailable("THROTTLED", "Later."),
            new LookUpResult.Found("X-1"));
        await using var bench = new EffectBench(postgres, connector);
        await bench.Ask("g1");
        for (var i = 0; i < 4; i++)
        {
            await bench.StepAll();
            await bench.Advance(TimeSpan.FromMinutes(20));
        }

        Assert.Equal(["send g1.1", "look up g1.1", "look up g1.1", "look up g1.1"], connector.Calls);
        Assert.Equal("accepted 3 1 settled", await bench.State("g1"));
    }

    [Fact]
    public async Task An_outage_is_told_once_and_tried_until_it_ends()
    {
        var connector = New().Answers([.. Enumerable.Repeat(Away, 6), ScriptedConnector.Done]);
        await using var bench = new EffectBench(postgres, connector);
        await bench.Ask("h1");
        for (var i = 0; i < 7; i++)
        {
            await bench.StepAll();
            await bench.Advance(TimeSpan.FromSeconds(32));
        }

        Assert.Equal(Enumerable.Repeat("send h1.1", 7), connector.Calls);
        Assert.Equal(2, bench.Grains.Sent.Count);
        Assert.Equal(("h1/2", Accepted), bench.Grains.Reports.Last());
        var told = Assert.IsType<EffectOutcome.Unavailable>(bench.Grains.Reports.First().Outcome);
        Assert.Equal(("UNREACHABLE", "No connection."), (told.Code, told.Message));
    }

    [Fact]
    public async Task A_system_that_says_when_to_return_is_left_alone_until_then()
    {
        var throttled = new SendResult.Unavailable("THROTTLED", "Slow down.", TimeSpan.FromSeconds(50));
        var connector = New().Answers(throttled, ScriptedConnector.Done);
        await using var bench = new EffectBench(postgres, connector);
        await bench.Ask("i1", "eu_inv_1");
        await bench.StepAll();
        await bench.Ask("i2", "eu_inv_2");
        await bench.Advance(TimeSpan.FromSeconds(49));
        await bench.StepAll();
        Assert.Equal(["send i1.1"], connector.Calls);
        await bench.Advance(TimeSpan.FromSeconds(1));
        await bench.StepAll();
        Assert.Equal(["send i1.1", "send i1.1", "send i2.1"], connector.Calls.Order());
    }

    [Fact]
    public async Task After_a_crash_between_claim_and_request_nothing_is_sent_before_the_deadline()
    {
        var connector = New().Shows(new LookUpResult.Absent());
        await using var bench = new EffectBench(postgres, connector);
        connector.OnSend = _ => throw new OperationCanceledException();
        await bench.Ask("j1");
        await bench.Step();
        Assert.Equal("sending 1 1", await bench.State("j1"));

        connector.OnSend = _ => Task.CompletedTask;
        await bench.Restart();
        await bench.StepAll();
        Assert.Equal(["send j1.1", "look up j1.1"], connector.Calls);
        await bench.Advance(EffectExecutor.ClaimLife + connector.LongestProcessing);
        await bench.StepAll();
        Assert.Equal(["send j1.1", "look up j1.1", "look up j1.1", "send j1.2"], connector.Calls);
        Assert.Equal("accepted 1 2 settled", await bench.State("j1"));
    }

    [Fact]
    public async Task After_a_crash_between_request_and_result_the_look_up_finds_what_was_done()
    {
        var connector = New().Shows(new LookUpResult.Found("X-9"));
        await using var bench = new EffectBench(postgres, connector);
        connector.OnSend = _ => throw new OperationCanceledException();
        await bench.Ask("k1");
        await bench.Step();
        await bench.Restart();
        await bench.StepAll();
        Assert.Equal(["send k1.1", "look up k1.1"], connector.Calls);
        Assert.Equal([("k1/1", new EffectOutcome.Accepted("X-9", null))], bench.Grains.Reports);
    }

    [Fact]
    public async Task A_holder_that_lost_its_lease_writes_no_result()
    {
        var connector = New();
        await using var old = new EffectBench(postgres, connector);
        var answer = new TaskCompletionSource();
        connector.OnSend = _ => answer.Task;
        await old.Ask("l1");
        await old.Begin();
        await Wait.Until(() => !connector.Calls.IsEmpty);

        var next = new ScriptedConnector(connector.Connection).Shows(new LookUpResult.Found("X-2"));
        await postgres.Database.Execute(
            $"update q2c.lease set expires_at = '-infinity' where name = '{ConnectionHost.LeaseName(connector.Connection)}'");
        await using var fresh = new EffectBench(postgres, next) { Clock = old.Clock };
        await fresh.StepAll();
        answer.SetResult();
        await old.Idle();
        Assert.Equal(["look up l1.1"], next.Calls);
        Assert.Empty(old.Grains.Sent);
        Assert.Equal([("l1/1", new EffectOutcome.Accepted("X-2", null))], fresh.Grains.Reports);
    }

    [Fact]
    public async Task A_connection_on_hold_keeps_what_is_asked_of_it()
    {
        var connector = New();
        await using var bench = new EffectBench(postgres, connector);
        var holds = new ConnectionHolds(postgres.Database, bench.Clock);
        await holds.Hold(connector.Connection, "Year-end maintenance", "ada", default);
        await bench.Ask("m1");
        await bench.StepAll();
        Assert.Empty(connector.Calls);
        Assert.True(await holds.Release(connector.Connection, default));
        await bench.StepAll();
        Assert.Equal(["send m1.1"], connector.Calls);
    }

    [Fact]
    public async Task A_report_that_the_grain_did_not_take_is_sent_again_under_its_key_before_the_effect_is_settled()
    {
        var connector = New();
        await using var bench = new EffectBench(postgres, connector);
        bench.Grains.FailNext();
        await bench.Ask("n1");
        await bench.Ask("n2");
        await bench.StepAll();
        Assert.Equal("accepted 1 1", await bench.State("n1"));
        await bench.Advance(TimeSpan.FromSeconds(2));
        await bench.Step();
        await bench.StepAll();
        Assert.Equal(["send n1.1", "send n2.1"], connector.Calls);
        Assert.Equal([("n1/1", Accepted), ("n1/1", Accepted), ("n2/1", Accepted)], bench.Grains.Reports);
    }

    [Fact]
    public async Task No_more_requests_are_under_way_than_the_policy_allows()
    {
        var connector = New();
        await using var bench = new EffectBench(postgres, connector, EffectBench.Limits with { Concurrency = 2 });
        var open = new TaskCompletionSource();
        connector.OnSend = _ => open.Task;
        for (var i = 0; i < 5; i++) await bench.Ask($"o{i}", $"eu_inv_{i}");
        await bench.Begin();
        await bench.Begin();
        await Wait.Until(() => connector.Calls.Count == 2);
        Assert.Equal(3L, await postgres.Database.Scalar<long>(
            $"select count(*) from q2c.effect where connection = '{connector.Connection}' and status = 'pending'"));
        open.SetResult();
        await bench.Idle();
        await bench.StepAll();
        Assert.Equal(5, connector.Calls.Count);
    }

    [Fact]
    public async Task No_more_requests_leave_in_a_second_than_the_policy_allows()
    {
        var connector = New();
        await using var bench = new EffectBench(postgres, connector, EffectBench.Limits with { PerSecond = 2, Burst = 3 });
        for (var i = 0; i < 6; i++) await bench.Ask($"p{i}", $"eu_inv_{i}");
        await bench.StepAll();
        Assert.Equal(3, connector.Calls.Count);
        await bench.Advance(TimeSpan.FromSeconds(1));
        await bench.StepAll();
        Assert.Equal(5, connector.Calls.Count);
    }

    [Fact]
    public async Task A_connection_that_keeps_failing_is_paused_and_then_tried_with_one_request()
    {
        var connector = New().Answers(Away, Away, Away, Away, ScriptedConnector.Done);
        var limits = EffectBench.Limits with { BreakAfter = 3, Concurrency = 1 };
        await using var bench = new EffectBench(postgres, connector, limits);
        await bench.Ask("q1");
        for (var i = 0; i < 3; i++)
        {
            await bench.StepAll();
            await bench.Advance(TimeSpan.FromSeconds(8));
        }

        Assert.Equal(3, connector.Calls.Count);
        await bench.Advance(TimeSpan.FromSeconds(40));
        await bench.StepAll();
        Assert.Equal(3, connector.Calls.Count);
        await bench.Advance(TimeSpan.FromSeconds(20));
        await bench.StepAll();
        Assert.Equal(4, connector.Calls.Count);
        await bench.Advance(TimeSpan.FromSeconds(120));
        await bench.StepAll();
        Assert.Equal("accepted 5 1 settled", await bench.State("q1"));
    }

    [Fact]
    public async Task An_operation_that_the_system_does_not_have_is_refused_without_a_request()
    {
        var connector = New();
        await using var bench = new EffectBench(postgres, connector);
        await bench.Ask("r1", operation: new WithdrawPsaProject("eu_pr_1", "wrong system"));
        await bench.StepAll();
        Assert.Empty(connector.Calls);
        Assert.Equal("OPERATION_UNSUPPORTED", ((EffectOutcome.Refused)bench.Grains.Reports.Single().Outcome).Code);
    }

    [Fact]
    public async Task An_effect_for_a_connection_that_nobody_configured_is_refused()
    {
        await using var bench = new EffectBench(postgres, new MissingConnector(New().Connection, isConfigured: false));
        await bench.Ask("s1");
        await bench.StepAll();
        Assert.Equal("CONNECTION_MISSING", ((EffectOutcome.Refused)bench.Grains.Reports.Single().Outcome).Code);
    }

    private static ScriptedConnector New([CallerMemberName] string test = "") => new(test);
}
