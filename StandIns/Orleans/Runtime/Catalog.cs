using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>Something that turns for one grain can be added to, as long as it lives.</summary>
internal interface ITurnTarget
{
    /// <summary>False when it has ended and somebody else must take the turn.</summary>
    bool TryAdd(Turn turn);
}

/// <summary>The activations of this silo: at most one per grain, stateless workers aside.</summary>
internal sealed class Catalog(
    GrainClasses classes,
    IServiceProvider services,
    IEnumerable<IIncomingGrainCallFilter> filters,
    IOptions<GrainCollectionOptions> collection,
    TimeProvider time,
    ILogger<Catalog> log) : ICallRouter
{
    private readonly ConcurrentDictionary<GrainId, ITurnTarget> targets = new();
    private readonly ConcurrentDictionary<Activation, bool> activations = new();
    private volatile bool stopping;

    public IServiceProvider Services => services;

    public IIncomingGrainCallFilter[] Filters { get; } = [.. filters];

    public GrainCollectionOptions Collection => collection.Value;

    public TimeProvider Time => time;

    public ILogger Log => log;

    public int Count => activations.Count;

    public void Route(GrainCall call)
    {
        try
        {
            if (stopping) throw SiloUnavailableException.BeforeStart(call);
            var grainClass = classes.Get(call.Target, call.Interface);
            while (!Target(call.Target, grainClass).TryAdd(call)) targets.TryRemove(call.Target, out _);
        }
        // The contract of routing: failures go to the caller of the grain.
        catch (Exception exception)
        {
            call.Fail(exception);
        }
    }

    public void Add(Activation activation) => activations[activation] = true;

    public void Remove(Activation activation)
    {
        activations.TryRemove(activation, out _);
        targets.TryRemove(KeyValuePair.Create(activation.GrainId, (ITurnTarget)activation));
    }

    public void CollectIdle()
    {
        foreach (var activation in activations.Keys)
            activation.CollectIfIdle(activation.GrainClass.CollectionAge(Collection));
    }

    /// <summary>Refuses new calls and ends every activation, or gives up when <paramref name="limit"/> says so.</summary>
    public async Task Stop(CancellationToken limit)
    {
        stopping = true;
        var ending = activations.Keys.Select(activation =>
        {
            activation.Deactivate(new(DeactivationReasonCode.ShuttingDown, "The silo is stopping"), limit);
            return activation.Deactivated;
        });
        await Task.WhenAll(ending).WaitAsync(limit);
    }

    // Two may race to make the target; the loser's activation was never started and holds nothing.
    private ITurnTarget Target(GrainId id, GrainClass grainClass) =>
        targets.TryGetValue(id, out var known) ? known : targets.GetOrAdd(id, _ => NewTarget(grainClass, id));

    private ITurnTarget NewTarget(GrainClass grainClass, GrainId id) => grainClass.MaxLocalWorkers > 0
        ? new WorkerPool(this, grainClass, id)
        : new Activation(this, grainClass, id);
}
