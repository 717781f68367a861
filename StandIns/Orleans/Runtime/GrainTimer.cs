namespace Orleans.Runtime;

/// <summary>A timer whose runs are turns of its activation.</summary>
internal sealed class GrainTimer : IGrainTimer
{
    private readonly Activation activation;
    private readonly Func<CancellationToken, Task> callback;
    private readonly GrainTimerCreationOptions options;
    private readonly CancellationTokenSource disposed;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private TimeSpan period;
    private bool changed;
    private bool ended;

    public GrainTimer(
        Activation activation,
        Func<CancellationToken, Task> callback,
        GrainTimerCreationOptions options,
        CancellationToken activationEnds)
    {
        this.activation = activation;
        this.callback = callback;
        this.options = options;
        disposed = CancellationTokenSource.CreateLinkedTokenSource(activationEnds);
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            timer = activation.Time.CreateTimer(
                static self => ((GrainTimer)self!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        ThrowUnlessValid(dueTime, nameof(dueTime));
        ThrowUnlessValid(period, nameof(period));
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(ended, this);
            this.period = period;
            changed = true;
            timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (ended) return;
            ended = true;
            timer.Dispose();
        }

        disposed.Cancel();
        activation.Remove(this);
    }

    private static void ThrowUnlessValid(TimeSpan span, string name)
    {
        if (span != Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero, name);
    }

    private void Tick()
    {
        lock (gate)
        {
            if (ended) return;
            changed = false;
        }

        activation.TryAdd(new TimerTurn(this));
    }

    private async Task Run()
    {
        if (disposed.IsCancellationRequested) return;
        try
        {
            RequestContext.Snapshot = null;
            await callback(disposed.Token);
        }
        catch (OperationCanceledException) when (disposed.IsCancellationRequested)
        {
            return;
        }
        // A failed run is logged, and the timer goes on.
        catch (Exception exception)
        {
            activation.LogTimerFailure(exception);
        }

        lock (gate)
        {
            if (ended || changed) return;
            timer.Change(period, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class TimerTurn(GrainTimer timer) : Turn
    {
        public override bool AlwaysInterleave => timer.options.Interleave;

        public override bool KeepsAlive => timer.options.KeepAlive;

        public override bool IsAbandoned => timer.disposed.IsCancellationRequested;

        public override Task Run(Activation activation) => timer.Run();
    }
}
