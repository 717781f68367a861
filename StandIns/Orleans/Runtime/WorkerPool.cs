namespace Orleans.Runtime;

/// <summary>The activations of one stateless worker grain; a call goes to the least busy one.</summary>
internal sealed class WorkerPool(Catalog catalog, GrainClass grainClass, GrainId id) : ITurnTarget
{
    private readonly List<Activation> workers = [];

    public bool TryAdd(Turn turn)
    {
        lock (workers)
        {
            workers.RemoveAll(worker => worker.Deactivated.IsCompleted);
            var best = workers.MinBy(worker => worker.Load);
            if (best is null || (best.Load > 0 && workers.Count < grainClass.MaxLocalWorkers))
            {
                best = new Activation(catalog, grainClass, id);
                workers.Add(best);
            }

            return best.TryAdd(turn) || TryAdd(turn);
        }
    }
}
