using Orleans;
using Orleans.Concurrency;

namespace Q2C.StandIns.Orleans.Tests;

public interface IWalker : IGrainWithStringKey
{
    Task Walk(string name);

    [AlwaysInterleave]
    Task Overtake(string name);

    [ReadOnly]
    Task Look(string name);

    Task<bool> ComesBack();

    Task<bool> LeavesAndReturns();

    ValueTask<int> Increment();
}

public abstract class Walker(Witness witness) : Grain
{
    private int count;

    public async Task Walk(string name)
    {
        witness.Tell($"{name} in");
        await witness.Pass(name);
        witness.Tell($"{name} out");
    }

    public Task Overtake(string name) => Walk(name);

    public Task Look(string name) => Walk(name);

    public async Task<bool> ComesBack()
    {
        var scheduler = TaskScheduler.Current;
        await Task.Run(static () => { });
        return scheduler == TaskScheduler.Current && scheduler != TaskScheduler.Default;
    }

    public async Task<bool> LeavesAndReturns()
    {
        await Task.Run(static () => { }).ConfigureAwait(false);
        return TaskScheduler.Current == TaskScheduler.Default;
    }

    public async ValueTask<int> Increment()
    {
        var seen = count;
        await Task.Yield();
        count = seen + 1;
        return count;
    }
}

public interface IStrictWalker : IWalker;

public sealed class StrictWalkerGrain(Witness witness) : Walker(witness), IStrictWalker;

public interface IReentrantWalker : IWalker;

[Reentrant]
public sealed class ReentrantWalkerGrain(Witness witness) : Walker(witness), IReentrantWalker;

public sealed class TurnTests
{
    [Fact]
    public async Task One_call_ends_before_the_next_begins()
    {
        await using var silo = await TestSilo.Start();
        var grain = silo.Grain<IStrictWalker>("a");
        var first = grain.Walk("1");
        var second = grain.Walk("2");
        await silo.Witness.Until("1 in");
        silo.Witness.Open("2");
        silo.Witness.Open("1");
        await Task.WhenAll(first, second);
        Assert.Equal(["1 in", "1 out", "2 in", "2 out"], silo.Witness.Told);
    }

    [Fact]
    public async Task Calls_of_a_reentrant_grain_interleave_at_awaits()
    {
        await using var silo = await TestSilo.Start();
        var grain = silo.Grain<IReentrantWalker>("a");
        var first = grain.Walk("1");
        await silo.Witness.Until("1 in");
        silo.Witness.Open("2");
        await grain.Walk("2");
        silo.Witness.Open("1");
        await first;
        Assert.Equal(["1 in", "2 in", "2 out", "1 out"], silo.Witness.Told);
    }

    [Fact]
    public async Task A_method_that_always_interleaves_overtakes_and_one_that_does_not_waits()
    {
        await using var silo = await TestSilo.Start();
        var grain = silo.Grain<IStrictWalker>("a");
        var first = grain.Walk("1");
        var second = grain.Walk("2");
        await silo.Witness.Until("1 in");
        silo.Witness.Open("3");
        silo.Witness.Open("2");
        await grain.Overtake("3");
        silo.Witness.Open("1");
        await Task.WhenAll(first, second);
        Assert.Equal(["1 in", "3 in", "3 out", "1 out", "2 in", "2 out"], silo.Witness.Told);
    }

    [Fact]
    public async Task Read_only_methods_interleave_among_themselves_only()
    {
        await using var silo = await TestSilo.Start();
        var grain = silo.Grain<IStrictWalker>("a");
        var look = grain.Look("1");
        await silo.Witness.Until("1 in");
        silo.Witness.Open("2");
        silo.Witness.Open("3");
        await grain.Look("2");
        var walk = grain.Walk("3");
        silo.Witness.Open("1");
        await Task.WhenAll(look, walk);
        Assert.Equal(["1 in", "2 in", "2 out", "1 out", "3 in", "3 out"], silo.Witness.Told);
    }

    [Fact]
    public async Task An_await_in_a_grain_comes_back_to_its_activation_unless_told_otherwise()
    {
        await using var silo = await TestSilo.Start();
        Assert.True(await silo.Grain<IStrictWalker>("a").ComesBack());
        Assert.True(await silo.Grain<IStrictWalker>("a").LeavesAndReturns());
    }

    [Fact]
    public async Task Many_callers_at_once_lose_no_update()
    {
        await using var silo = await TestSilo.Start();
        var grain = silo.Grain<IStrictWalker>("a");
        var results = await Task.WhenAll(Enumerable.Range(0, 2000).Select(_ => Task.Run(() => grain.Increment().AsTask())));
        Assert.Equal(Enumerable.Range(1, 2000), results.Order());
    }
}
