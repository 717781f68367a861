using System.Collections.Concurrent;

namespace Q2C.StandIns.Orleans.Tests;

/// <summary>What grains of a test tell, and gates that the test opens for them.</summary>
public sealed class Witness
{
    private readonly ConcurrentQueue<string> told = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> gates = new();
    private readonly List<(Func<IReadOnlyList<string>, bool> Until, TaskCompletionSource Done)> watchers = [];

    public IReadOnlyList<string> Told => [.. told];

    public void Tell(string what)
    {
        told.Enqueue(what);
        lock (watchers)
        {
            var now = Told;
            foreach (var (_, done) in watchers.Where(watcher => watcher.Until(now))) done.TrySetResult();
        }
    }

    /// <summary>Completes once the gate is open.</summary>
    public Task Pass(string gate) => Gate(gate).Task;

    public void Open(string gate) => Gate(gate).TrySetResult();

    public Task Until(string what) => Until(told => told.Contains(what));

    public async Task Until(Func<IReadOnlyList<string>, bool> condition)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (watchers)
        {
            watchers.Add((condition, done));
            if (condition(Told)) return;
        }

        try
        {
            await done.Task.WaitAsync(TestSilo.Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Not reached; told so far: {string.Join(" | ", Told)}");
        }
    }

    private TaskCompletionSource Gate(string name) =>
        gates.GetOrAdd(name, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
