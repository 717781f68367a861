using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
#if DEBUG
using Orleans.Serialization;
#endif

namespace Q2C.StandIns.Orleans.Tests;

[GenerateSerializer, Alias("test.basket")]
public sealed class Basket
{
    [Id(0)]
    public List<string> Items { get; set; } = [];

    [Id(1)]
    public Basket? Twin { get; set; }
}

public interface ICallee : IGrainWithStringKey
{
    Task Fail();

    [ResponseTimeout("00:00:05")]
    Task Hang(string gate);

    Task<int> HangWithToken(CancellationToken cancelled);

    Task<string?> Context(string key);

    Task SetContext(string key, string value);

    Task<Basket> Keep(Basket basket);

    Task Take([Immutable] Basket basket);

    Task<bool> Holds(Basket basket);

    Task<object> Return(object value);

    [OneWay]
    Task Tell(string what);

    Task<string> Chain(bool allow);

    Task<string> CallBack(ICallee first);

    Task<string> Name();
}

public sealed class CalleeGrain(Witness witness) : Grain, ICallee
{
    private Basket? kept;

    public async Task Fail()
    {
        await Task.Yield();
        throw new ArgumentException("no such thing", "thing");
    }

    public async Task Hang(string gate)
    {
        witness.Tell("hanging");
        await witness.Pass(gate);
    }

    public async Task<int> HangWithToken(CancellationToken cancelled)
    {
        witness.Tell("hanging");
        var done = new TaskCompletionSource<int>();
        await using var registered = cancelled.Register(() => done.TrySetResult(0));
        await done.Task;
        witness.Tell("cancelled");
        return 1;
    }

    public Task<string?> Context(string key) => Task.FromResult((string?)RequestContext.Get(key));

    public Task SetContext(string key, string value)
    {
        RequestContext.Set(key, value);
        return Task.CompletedTask;
    }

    public Task<Basket> Keep(Basket basket)
    {
        kept = basket;
        return Task.FromResult(kept);
    }

    public Task Take(Basket basket)
    {
        kept = basket;
        return Task.CompletedTask;
    }

    public Task<bool> Holds([Immutable] Basket basket) => Task.FromResult(kept!.Items.SequenceEqual(basket.Items));

    public Task<object> Return(object value) => Task.FromResult(value);

    public Task Tell(string what)
    {
        witness.Tell(what);
        throw new InvalidOperationException("nobody hears this");
    }

    public async Task<string> Chain(bool allow)
    {
        using var section = allow ? RequestContext.AllowCallChainReentrancy() : default;
        return await GrainFactory.GetGrain<ICallee>("second").CallBack(this.AsReference<ICallee>());
    }

    public Task<string> CallBack(ICallee first) => first.Name();

    public Task<string> Name() => Task.FromResult(this.GetPrimaryKeyString());
}

public sealed class CallTests
{
    [Fact]
    public async Task An_exception_reaches_the_caller_with_type_and_message()
    {
        await using var silo = await TestSilo.Start();
        var failure = await Assert.ThrowsAsync<ArgumentException>(silo.Grain<ICallee>("a").Fail);
        Assert.Equal("no such thing (Parameter 'thing')", failure.Message);
    }

    [Fact]
    public async Task A_caller_gives_up_after_the_response_timeout_of_the_method()
    {
        var time = new FakeTime();
        await using var silo = await TestSilo.Start(builder => builder.Services.AddSingleton<TimeProvider>(time));
        var call = silo.Grain<ICallee>("a").Hang("never");
        await silo.Witness.Until("hanging");
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(call.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        var failure = await Assert.ThrowsAsync<TimeoutException>(() => call);
        Assert.Equal("Response did not arrive on time in 00:00:05 for message: callee/a ICallee.Hang.", failure.Message);
        silo.Witness.Open("never");
    }

    [Fact]
    public async Task The_token_of_a_method_is_cancelled_when_its_caller_gave_up()
    {
        var time = new FakeTime();
        await using var silo = await TestSilo.Start(builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(2));
        });
        var call = silo.Grain<ICallee>("a").HangWithToken(CancellationToken.None);
        await silo.Witness.Until("hanging");
        time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<TimeoutException>(() => call);
        await silo.Witness.Until("cancelled");
    }

    [Fact]
    public async Task The_request_context_goes_with_a_call_and_does_not_come_back()
    {
        await using var silo = await TestSilo.Start();
        var grain = silo.Grain<ICallee>("a");
        RequestContext.Set("who", "finance");
        Assert.Equal("finance", await grain.Context("who"));
        await grain.SetContext("who", "somebody else");
        Assert.Equal("finance", RequestContext.Get("who"));
        RequestContext.Clear();
        Assert.Null(await grain.Context("who"));
    }

    [Fact]
    public async Task A_one_way_call_is_done_when_it_is_sent()
    {
        await using var silo = await TestSilo.Start();
        await silo.Grain<ICallee>("a").Tell("heard");
        await silo.Witness.Until("heard");
    }

    [Fact]
    public async Task A_chain_of_calls_may_come_back_into_a_grain_only_where_it_was_allowed()
    {
        var time = new FakeTime();
        await using var silo = await TestSilo.Start(builder => builder.Services.AddSingleton<TimeProvider>(time));
        Assert.Equal("first", await silo.Grain<ICallee>("first").Chain(allow: true));
        var stuck = silo.Grain<ICallee>("third").Chain(allow: false);
        while (!stuck.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(30));
            await Task.Yield();
        }

        await Assert.ThrowsAsync<TimeoutException>(() => stuck);
    }

    [Fact]
    public async Task References_are_equal_by_grain_and_unlike_others()
    {
        await using var silo = await TestSilo.Start();
        Assert.Equal(silo.Grain<ICallee>("a"), silo.Grain<ICallee>("a"));
        Assert.NotEqual(silo.Grain<ICallee>("a"), silo.Grain<ICallee>("b"));
        Assert.Equal(GrainId.Create("callee", "a"), silo.Grain<ICallee>("a").GetGrainId());
        Assert.Equal("a", silo.Client.GetGrain(typeof(ICallee), "a").GetPrimaryKeyString());
    }

#if DEBUG
    [Fact]
    public async Task Arguments_and_results_are_copies_that_keep_their_shape()
    {
        await using var silo = await TestSilo.Start();
        var grain = silo.Grain<ICallee>("a");
        var basket = new Basket { Items = ["apple"] };
        basket.Twin = basket;
        var result = await grain.Keep(basket);
        Assert.Same(result, result.Twin);
        Assert.NotSame(basket, result);
        basket.Items.Add("pear");
        result.Items.Add("plum");
        Assert.True(await grain.Holds(new() { Items = ["apple"] }));
    }

    [Fact]
    public async Task What_is_marked_immutable_is_shared()
    {
        await using var silo = await TestSilo.Start();
        var grain = silo.Grain<ICallee>("a");
        var basket = new Basket { Items = ["apple"] };
        await grain.Take(basket);
        basket.Items.Add("pear");
        Assert.True(await grain.Holds(new() { Items = ["apple", "pear"] }));
        var delivery = new Delivery("a", 1);
        Assert.Same(delivery, await grain.Return(delivery));
    }

    [Fact]
    public async Task A_type_without_serializer_is_refused_in_one_process_too()
    {
        await using var silo = await TestSilo.Start();
        await Assert.ThrowsAsync<CodecNotFoundException>(() => silo.Grain<ICallee>("a").Return(new Unserializable()));
    }
#endif
}
