using System.Collections.Concurrent;

namespace Q2C.Silo.Journal;

/// <summary>
/// Tells loops that there is something new. A hint and no more: whoever waits also polls. What is raised here reaches
/// other processes through <see cref="WakeupRelay"/>.
/// </summary>
public sealed class Wakeups(JournalOptions options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _waiting = new(StringComparer.Ordinal);

    /// <summary>Rows of a shard were committed.</summary>
    public static string Journal(int shard) => $"journal/{shard}";

    /// <summary>The read models have more of a shard.</summary>
    public static string ReadModels(int shard) => $"read/{shard}";

    /// <summary>A connection has new effects.</summary>
    public static string Effects(string connection) => $"effects/{connection}";

    /// <summary>A connection has new deliveries in the inbox.</summary>
    public static string Inbox(string connection) => $"inbox/{connection}";

    /// <summary>Called with each topic that is raised here, to pass it on; must not block.</summary>
    internal Action<string> Raised { get; set; } = _ => { };

    /// <summary>
    /// Completes at the next wake-up of the topic. Ask before looking for work, wait after finding none.
    /// </summary>
    public Task Next(string topic) => _waiting.GetOrAdd(topic, _ => NewSignal()).Task;

    /// <summary>Waits for one of the signals, but no longer than the polling interval.</summary>
    public async Task Wait(CancellationToken cancel, params Task[] signals)
    {
        using var poll = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAny([.. signals.Select(Here), Here(Task.Delay(options.PollInterval, clock, poll.Token))]);
        poll.Cancel();
        cancel.ThrowIfCancellationRequested();

        // Continuations of a signal, and of what is cancelled, go to the pool; who waits here goes on where it was.
        static async Task Here(Task signal) => await signal;
    }

    /// <summary>Wakes who waits here now, and in other processes soon. Never blocks.</summary>
    public void Raise(string topic)
    {
        RaiseHere(topic);
        Raised(topic);
    }

    internal void RaiseHere(string topic)
    {
        if (_waiting.TryRemove(topic, out var signal)) signal.TrySetResult();
    }

    internal void RaiseAllHere()
    {
        foreach (var topic in _waiting.Keys) RaiseHere(topic);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
