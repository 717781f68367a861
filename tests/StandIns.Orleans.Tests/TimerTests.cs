using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;

namespace Q2C.StandIns.Orleans.Tests;

public interface ITicker : IGrainWithStringKey
{
    Task Start(TimeSpan due, TimeSpan period, bool interleave);

    Task StartFailing();

    Task Stop();

    Task Hold(string gate);

    Task Leave();
}

public sealed class TickerGrain(Witness witness) : Grain, ITicker
{
    private IGrainTimer? timer;
    private int ticks;

    public Task Start(TimeSpan due, TimeSpan period, bool interleave)
    {
        timer = this.RegisterGrainTimer(
            Tick, "tick", new GrainTimerCreationOptions(due, period) { Interleave = interleave });
        return Task.CompletedTask;
    }

    public Task StartFailing()
    {
        timer = this.RegisterGrainTimer(
            () =>
            {
                witness.Tell($"tick {++ticks}");
                throw new InvalidOperationException("tick failed");
            },
            TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(1));
        return Task.CompletedTask;
    }

    public Task Stop()
    {
        timer!.Dispose();
        return Task.CompletedTask;
    }

    public async Task Hold(string gate)
    {
        witness.Tell("holding");
        await witness.Pass(gate);
        witness.Tell("released");
    }

    public Task Leave()
    {
        this.DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        witness.Tell("left");
        return Task.CompletedTask;
    }

    private async Task Tick(string name, CancellationToken cancelled)
    {
        await Task.Yield();
        cancelled.ThrowIfCancellationRequested();
        witness.Tell($"{name} {++ticks}");
    }
}

public sealed class TimerTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTime time = new();

    private Task<TestSilo> Start() => TestSilo.Start(silo => silo.Services.AddSingleton<TimeProvider>(time));

    [Fact]
    public async Task A_timer_fires_when_due_and_then_each_period_until_it_is_disposed()
    {
        await using var silo = await Start();
        var grain = silo.Grain<ITicker>("a");
        await grain.Start(2 * Second, Second, interleave: false);
        time.Advance(Second);
        await grain.Hold(Opened(silo, "checked"));
        time.Advance(Second);
        await silo.Witness.Until("tick 1");
        await Settled(silo);
        time.Advance(Second);
        await silo.Witness.Until("tick 2");
        await grain.Stop();
        time.Advance(5 * Second);
        await Settled(silo);
        Assert.Equal(2, silo.Witness.Told.Count(told => told.StartsWith("tick", StringComparison.Ordinal)));
        Assert.Equal("holding", silo.Witness.Told[0]);
    }

    [Fact]
    public async Task A_tick_waits_for_the_call_that_runs_unless_it_interleaves()
    {
        await using var silo = await Start();
        await Ordered(silo, "a", interleave: false, ["holding", "released", "tick 1"]);
    }

    [Fact]
    public async Task An_interleaving_tick_does_not_wait()
    {
        await using var silo = await Start();
        await Ordered(silo, "b", interleave: true, ["holding", "tick 1", "released"]);
    }

    [Fact]
    public async Task A_failing_tick_does_not_end_the_timer()
    {
        await using var silo = await Start();
        await silo.Grain<ITicker>("a").StartFailing();
        time.Advance(Second);
        await silo.Witness.Until("tick 1");
        await Settled(silo);
        time.Advance(Second);
        await silo.Witness.Until("tick 2");
    }

    [Fact]
    public async Task Timers_end_with_their_activation()
    {
        await using var silo = await Start();
        var grain = silo.Grain<ITicker>("a");
        await grain.Start(Second, Second, interleave: false);
        await grain.Leave();
        await silo.Witness.Until("left");
        time.Advance(5 * Second);
        await Settled(silo);
        Assert.DoesNotContain("tick 1", silo.Witness.Told);
    }

    private static string Opened(TestSilo silo, string gate)
    {
        silo.Witness.Open(gate);
        return gate;
    }

    // A call that comes after the tick in the grain's queue ends after it.
    private static Task Settled(TestSilo silo) => silo.Grain<ITicker>("a").Hold(Opened(silo, "settled"));

    private async Task Ordered(TestSilo silo, string key, bool interleave, string[] expected)
    {
        var grain = silo.Grain<ITicker>(key);
        await grain.Start(Second, Timeout.InfiniteTimeSpan, interleave);
        var holding = grain.Hold("gate");
        await silo.Witness.Until("holding");
        time.Advance(Second);
        if (interleave) await silo.Witness.Until("tick 1");
        silo.Witness.Open("gate");
        await holding;
        await silo.Witness.Until("tick 1");
        Assert.Equal(expected, silo.Witness.Told);
    }
}
