using System.Text.Json.Nodes;

namespace Q2C.Simulators.Core;

/// <summary>What an outbox sends: when it is next due, how often it was tried, whether it arrived.</summary>
public sealed record OutboxItem(string Id, DateTimeOffset Created, DateTimeOffset Due, int Attempts);

/// <summary>How a vendor retries: the first delay doubles up to the longest, then the item is given up.</summary>
public sealed record RetryPlan(TimeSpan First, TimeSpan Longest, TimeSpan GiveUpAfter)
{
    public TimeSpan After(int attempts) =>
        TimeSpan.FromTicks((long)Math.Min(Longest.Ticks, First.Ticks * Math.Pow(2, Math.Min(attempts - 1, 30))));
}

/// <summary>Order in which held-back deliveries leave.</summary>
public enum DeliveryOrder
{
    Oldest,
    Newest,
    Shuffled,
}

/// <summary>
/// Deliveries to the hub: durable, retried after a failure, and on request held back, reordered or repeated.
/// <paramref name="send"/> gets up to <paramref name="batch"/> ids and says whether the receiver took them.
/// </summary>
public sealed class Outbox(
    Store store,
    TimeProvider clock,
    RetryPlan plan,
    int batch,
    int seed,
    Func<IReadOnlyList<string>, Task<bool>> send) : IAsyncDisposable
{
    private const string Waiting = "_outbox";
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _one = new(1);
    private readonly Random _random = new(seed);
    private Task _loop = Task.CompletedTask;
    private volatile bool _held;

    public IReadOnlyList<OutboxItem> Pending
    {
        get
        {
            lock (store.Gate) return [.. store.Entries(Waiting).Select(pair => Read(pair.Key, pair.Value))];
        }
    }

    /// <summary>Queues an item; the caller holds the store's gate and commits.</summary>
    /// <param name="after">How long it waits before it is sent for the first time.</param>
    public void Enqueue(string id, TimeSpan after = default) => Write(new(id, clock.GetUtcNow(), clock.GetUtcNow() + after, 0));

    public void Start() => _loop = Task.Run(LoopAsync);

    public void Hold() => _held = true;

    /// <summary>Lets everything that waits go at once, in the given order.</summary>
    public async Task ReleaseAsync(DeliveryOrder order)
    {
        _held = false;
        foreach (var part in Arrange([.. Pending.Select(item => item.Id)], order).Chunk(batch)) await TryAsync(part);
    }

    /// <summary>Sends items again although they may have arrived, each <paramref name="times"/> times.</summary>
    public async Task<bool> RepeatAsync(IReadOnlyList<string> ids, int times, DeliveryOrder order)
    {
        var taken = true;
        foreach (var part in Arrange([.. Enumerable.Repeat(ids, times).SelectMany(each => each)], order).Chunk(batch))
            taken &= await send(part);
        return taken;
    }

    /// <summary>Sends what is due now, oldest first.</summary>
    public async Task SendDueAsync()
    {
        if (_held) return;
        var now = clock.GetUtcNow();
        foreach (var part in Pending.Where(item => item.Due <= now).Select(item => item.Id).Chunk(batch))
            await TryAsync(part);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        _one.Dispose();
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(Tick);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token)) await SendDueAsync();
        }
        catch (OperationCanceledException)
        {
            // The simulator stops.
        }
    }

    private async Task TryAsync(IReadOnlyList<string> ids)
    {
        await _one.WaitAsync();
        try
        {
            // Another caller may have delivered some of these while this one waited.
            var waiting = Pending.ToDictionary(item => item.Id);
            List<string> still = [.. ids.Where(waiting.ContainsKey)];
            if (still.Count == 0) return;
            var taken = await send(still);
            lock (store.Gate)
            {
                foreach (var id in still) Settle(waiting[id], taken);
                store.Commit();
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private void Settle(OutboxItem item, bool taken)
    {
        var now = clock.GetUtcNow();
        if (taken || now - item.Created > plan.GiveUpAfter) store.Remove(Waiting, item.Id);
        else Write(item with { Attempts = item.Attempts + 1, Due = now + plan.After(item.Attempts + 1) });
    }

    private string[] Arrange(string[] ids, DeliveryOrder order)
    {
        if (order is DeliveryOrder.Newest) Array.Reverse(ids);
        if (order is DeliveryOrder.Shuffled) lock (_random) _random.Shuffle(ids);
        return ids;
    }

    private void Write(OutboxItem item) => store.Put(Waiting, item.Id, new JsonObject
    {
        ["created"] = item.Created.ToString("O"),
        ["due"] = item.Due.ToString("O"),
        ["attempts"] = item.Attempts,
    });

    private static OutboxItem Read(string id, JsonObject json) =>
        new(id, json["created"].Instant()!.Value, json["due"].Instant()!.Value, (int)json["attempts"].Number()!.Value);
}
