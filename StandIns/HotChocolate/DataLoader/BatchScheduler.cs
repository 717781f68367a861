using HotChocolate.Execution;

namespace GreenDonut;

/// <summary>
/// Keeps the batches of a request until its execution has nothing else to do. Where nothing is executing (a loader
/// used by a service of its own), batches run as soon as the caller yields.
/// </summary>
internal sealed class BatchScheduler : IBatchScheduler
{
    private readonly Lock _lock = new();
    private List<Func<ValueTask>> _waiting = [];
    private PumpSignal? _pump;
    private int _completing;

    public void Attach(PumpSignal pump) => _pump = pump;

    public void Detach() => _pump = null;

    public void Schedule(Func<ValueTask> dispatch)
    {
        if (_pump is { } pump)
        {
            lock (_lock)
            {
                _waiting.Add(dispatch);
            }

            pump.Set();
        }
        else
        {
            _ = Task.Run(async () =>
            {
                await Task.Yield();
                await dispatch().ConfigureAwait(false);
            });
        }
    }

    /// <summary>Starts all waiting batches; false when there are none, or some are just being completed.</summary>
    public bool TryDispatch()
    {
        List<Func<ValueTask>> batches;
        lock (_lock)
        {
            if (_completing > 0 || _waiting.Count == 0)
            {
                return false;
            }

            batches = _waiting;
            _waiting = [];
        }

        foreach (var dispatch in batches)
        {
            // A batch reports its own failure through its loads.
            _ = dispatch().AsTask();
        }

        return true;
    }

    /// <summary>Holds dispatching back while what waited for a batch goes on and asks for more.</summary>
    public IDisposable Completing()
    {
        lock (_lock)
        {
            _completing++;
        }

        return new Scope(this);
    }

    private sealed class Scope(BatchScheduler scheduler) : IDisposable
    {
        public void Dispose()
        {
            lock (scheduler._lock)
            {
                scheduler._completing--;
            }

            scheduler._pump?.Set();
        }
    }
}
