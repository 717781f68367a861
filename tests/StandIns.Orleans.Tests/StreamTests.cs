using Orleans;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Q2C.StandIns.Orleans.Tests;

[GenerateSerializer, Immutable, Alias("test.delivery")]
public sealed record Delivery(string Id, int Hours);

public interface IListener : IGrainWithStringKey
{
    Task Say(string what);
}

[ImplicitStreamSubscription("deliveries")]
public sealed class ListenerGrain(Witness witness) : Grain, IListener, IStreamSubscriptionObserver, IAsyncBatchObserver<Delivery>
{
    public Task Say(string what)
    {
        witness.Tell(what);
        return Task.CompletedTask;
    }

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory)
    {
        witness.Tell($"subscribed {handleFactory.StreamId} at {handleFactory.ProviderName}");
        return handleFactory.Create<Delivery>().ResumeAsync(this);
    }

    public async Task OnNextAsync(IList<SequentialItem<Delivery>> items)
    {
        await Task.Yield();
        if (items.Any(item => item.Item.Hours < 0)) throw new ArgumentException("negative hours");
        witness.Tell($"{this.GetPrimaryKeyString()}: {string.Join(' ', items.Select(item => item.Item.Id))}");
    }

    public Task OnErrorAsync(Exception ex) => throw ex;
}

public sealed class StreamTests
{
    private static IAsyncStream<Delivery> Stream(TestSilo silo, string key) =>
        silo.Client.GetStreamProvider("streams").GetStream<Delivery>(StreamId.Create("deliveries", key));

    [Fact]
    public async Task The_grain_of_the_streams_key_is_told_once_and_then_gets_every_batch()
    {
        await using var silo = await TestSilo.Start();
        await Stream(silo, "p1").OnNextAsync(new("a", 1));
        await Stream(silo, "p1").OnNextBatchAsync([new("b", 2), new("c", 3)]);
        await Stream(silo, "p2").OnNextAsync(new("d", 4));
        Assert.Equal(
            [
                "subscribed deliveries/p1 at streams", "p1: a", "p1: b c",
                "subscribed deliveries/p2 at streams", "p2: d",
            ],
            silo.Witness.Told);
    }

    [Fact]
    public async Task What_a_subscriber_throws_reaches_the_producer()
    {
        await using var silo = await TestSilo.Start();
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => Stream(silo, "p1").OnNextAsync(new("a", -1)));
        Assert.Equal("negative hours", failure.Message);
    }

    [Fact]
    public async Task An_observer_outside_a_grain_gets_items_until_it_leaves()
    {
        await using var silo = await TestSilo.Start();
        var stream = silo.Client.GetStreamProvider("streams").GetStream<Delivery>(StreamId.Create("others", "x"));
        var seen = new List<string>();
        var handle = await stream.SubscribeAsync((item, token) =>
        {
            seen.Add(item.Id);
            return Task.CompletedTask;
        });
        await stream.OnNextAsync(new("a", 1));
        await handle.UnsubscribeAsync();
        await stream.OnNextAsync(new("b", 1));
        Assert.Equal(["a"], seen);
    }

    [Fact]
    public async Task An_unknown_provider_is_named_in_the_error()
    {
        await using var silo = await TestSilo.Start();
        var failure = Assert.Throws<KeyNotFoundException>(() => silo.Client.GetStreamProvider("nowhere"));
        Assert.Equal("Stream provider 'nowhere' not found.", failure.Message);
    }
}
