using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Orleans.Streams;

namespace Orleans.Runtime;

/// <summary>One grain in memory: its instance, the turns that run in it and those that wait for it.</summary>
#pragma warning disable CA1001 // It disposes of what it owns when it ends.
internal sealed class Activation : IGrainContext, ITurnTarget
{
    private readonly Lock gate = new();
    private readonly List<Turn> waiting = [];
    private readonly List<Turn> running = [];
    private readonly HashSet<GrainTimer> timers = [];
    private readonly List<Guid> reentrantSections = [];
    private readonly CancellationTokenSource ending = new();
    private readonly TaskCompletionSource deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Catalog catalog;
    private readonly ActivationScheduler scheduler;
    private AsyncServiceScope? scope;
    private readonly List<IActivationState> states = [];
    private Phase phase = Phase.New;
    private DeactivationReason reason;
    private DateTimeOffset lastUsed;
    private DateTimeOffset keepUntil;

    public Activation(Catalog catalog, GrainClass grainClass, GrainId grainId)
    {
        this.catalog = catalog;
        GrainClass = grainClass;
        GrainId = grainId;
        scheduler = new(this);
        lastUsed = catalog.Time.GetUtcNow();
        Streams = new(this);
    }

    private enum Phase { New, Activating, Active, Deactivating, Ended }

    public GrainId GrainId { get; }

    public GrainClass GrainClass { get; }

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => scope!.Value.ServiceProvider;

    public Task Deactivated => deactivated.Task;

    public TimeProvider Time => catalog.Time;

    public StreamSubscriptions Streams { get; }

    public int Load
    {
        get { lock (gate) return waiting.Count + running.Count; }
    }

    public bool TryAdd(Turn turn)
    {
        lock (gate)
        {
            if (phase == Phase.Ended) return false;
            waiting.Add(turn);
            if (turn.KeepsAlive) lastUsed = Time.GetUtcNow();
            if (phase == Phase.New)
            {
                phase = Phase.Activating;
                catalog.Add(this);
                scheduler.Start(static activation => _ = ((Activation)activation!).Activate(), this);
            }
            else
            {
                StartTurns();
            }
        }

        return true;
    }

    public Task<object?> Invoke(GrainCall call)
    {
        if (call.Method.Interface == typeof(IStreamConsumerExtension)) return call.Method.Invoke(Streams, call.Arguments);
        if (!call.Method.Interface.IsInstanceOfType(GrainInstance))
            throw new InvalidCastException($"{GrainClass.Type} does not implement {call.Method.Interface}.");
        return catalog.Filters.Length == 0 && GrainInstance is not IIncomingGrainCallFilter
            ? call.Method.Invoke(GrainInstance, call.Arguments)
            : new IncomingCallContext(this, call, catalog.Filters).Run();
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            if (phase is Phase.Deactivating or Phase.Ended || reason.ReasonCode != DeactivationReasonCode.None) return;
            reason = deactivationReason;
            if (phase == Phase.Active) StartTurns();
        }
    }

    public void DelayDeactivation(TimeSpan span)
    {
        var now = Time.GetUtcNow();
        lock (gate)
            keepUntil = span == Timeout.InfiniteTimeSpan || span > DateTimeOffset.MaxValue - now
                ? DateTimeOffset.MaxValue
                : span > TimeSpan.Zero ? now + span : default;
    }

    /// <summary>From now on, calls of this chain may enter between the turns of others.</summary>
    public void EnterSection(Guid chain)
    {
        if (chain == Guid.Empty) return;
        lock (gate)
        {
            reentrantSections.Add(chain);
            StartTurns();
        }
    }

    public void LeaveSection(Guid chain)
    {
        lock (gate) reentrantSections.Remove(chain);
    }

    /// <summary>Ends this activation if nothing used it for as long as its class allows.</summary>
    public void CollectIfIdle(TimeSpan age)
    {
        lock (gate)
        {
            var now = Time.GetUtcNow();
            if (phase != Phase.Active || running.Count + waiting.Count > 0) return;
            if (now < keepUntil || now - lastUsed < age) return;
        }

        Deactivate(new(DeactivationReasonCode.ActivationIdle, $"Idle for {age}"));
    }

    public GrainTimer AddTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        var timer = new GrainTimer(this, callback, options, ending.Token);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(phase == Phase.Ended, this);
            timers.Add(timer);
        }

        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    public void Remove(GrainTimer timer)
    {
        lock (gate) timers.Remove(timer);
    }

    public void Add(IActivationState state) => states.Add(state);

    public void LogTimerFailure(Exception exception) =>
        catalog.Log.LogError(exception, "A timer of {GrainId} failed", GrainId);

    public override string ToString() => GrainId.ToString();

    private async Task Activate()
    {
        try
        {
            using var limit = new CancellationTokenSource(catalog.Collection.ActivationTimeout, Time);
            scope = catalog.Services.CreateAsyncScope();
            GrainInstance = GrainClass.CreateInstance(this);
            foreach (var state in states) await state.Load(limit.Token);
            if (GrainInstance is IGrainBase grain) await grain.OnActivateAsync(limit.Token);
        }
        // Whatever an activation throws belongs to the calls that wait for it.
        catch (Exception exception)
        {
            await FailActivation(exception);
            return;
        }

        lock (gate)
        {
            phase = Phase.Active;
            StartTurns();
        }
    }

    private async Task FailActivation(Exception exception)
    {
        catalog.Log.LogWarning(exception, "{GrainId} could not be activated", GrainId);
        foreach (var turn in await End()) (turn as GrainCall)?.Fail(exception);
    }

    private void StartTurns()
    {
        if (phase != Phase.Active) return;
        if (reason.ReasonCode != DeactivationReasonCode.None)
        {
            if (running.Count > 0) return;
            phase = Phase.Deactivating;
            scheduler.Start(static activation => _ = ((Activation)activation!).Finish(), this);
            return;
        }

        for (var index = 0; index < waiting.Count;)
        {
            var turn = waiting[index];
            if (turn.IsAbandoned)
            {
                waiting.RemoveAt(index);
            }
            else if (MayStart(turn))
            {
                waiting.RemoveAt(index);
                running.Add(turn);
                scheduler.Start(static work => _ = ((TurnStart)work!).Run(), new TurnStart(this, turn));
            }
            else
            {
                index++;
            }
        }
    }

    private bool MayStart(Turn turn)
    {
        if (running.Count == 0 || turn.AlwaysInterleave || GrainClass.Reentrant) return true;
        if (reentrantSections.Count > 0 && reentrantSections.Contains(turn.ReentrancyId)) return true;
        foreach (var other in running)
        {
            if (!other.AlwaysInterleave && !(turn.ReadOnly && other.ReadOnly)) return false;
        }

        return true;
    }

    private void Ended(Turn turn)
    {
        lock (gate)
        {
            running.Remove(turn);
            if (turn.KeepsAlive) lastUsed = Time.GetUtcNow();
            StartTurns();
        }
    }

    private async Task Finish()
    {
        await StopTimers();
        try
        {
            using var limit = new CancellationTokenSource(catalog.Collection.DeactivationTimeout, Time);
            if (GrainInstance is IGrainBase grain)
                await grain.OnDeactivateAsync(reason, limit.Token).WaitAsync(limit.Token);
        }
        // An activation ends whether or not its last words succeed.
        catch (Exception exception)
        {
            catalog.Log.LogWarning(exception, "{GrainId} failed to deactivate cleanly", GrainId);
        }

        foreach (var turn in await End())
        {
            if (turn is GrainCall call) catalog.Route(call);
        }
    }

    private async Task StopTimers()
    {
        GrainTimer[] stopped;
        lock (gate) stopped = [.. timers];
        foreach (var timer in stopped) timer.Dispose();
        await ending.CancelAsync();
    }

    private async Task<Turn[]> End()
    {
        await StopTimers();
        await DisposeInstance();
        Turn[] left;
        lock (gate)
        {
            phase = Phase.Ended;
            left = [.. waiting];
            waiting.Clear();
        }

        catalog.Remove(this);
        ending.Dispose();
        deactivated.TrySetResult();
        return left;
    }

    private async Task DisposeInstance()
    {
        try
        {
            if (GrainInstance is IAsyncDisposable later) await later.DisposeAsync();
            else (GrainInstance as IDisposable)?.Dispose();
            if (scope is { } services) await services.DisposeAsync();
        }
        // As above: it ends all the same.
        catch (Exception exception)
        {
            catalog.Log.LogWarning(exception, "{GrainId} failed to dispose", GrainId);
        }
    }

    private sealed record TurnStart(Activation Activation, Turn Turn)
    {
        public async Task Run()
        {
            await Turn.Run(Activation);
            Activation.Ended(Turn);
        }
    }
}
