namespace GreenDonut;

/// <summary>The batching and caching that all DataLoaders share.</summary>
public abstract class DataLoaderBase<TKey, TValue> : IDataLoader<TKey, TValue> where TKey : notnull
{
    private readonly IBatchScheduler _scheduler;
    private readonly int _maxBatchSize;
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Task<TValue?>> _cache = [];
    private Batch? _open;

    private protected DataLoaderBase(IBatchScheduler batchScheduler, DataLoaderOptions options)
    {
        _scheduler = batchScheduler;
        _maxBatchSize = options.MaxBatchSize <= 0 ? int.MaxValue : options.MaxBatchSize;
    }

    public Task<TValue?> LoadAsync(TKey key, CancellationToken cancellationToken = default)
    {
        Batch? opened = null;
        Task<TValue?>? task;
        lock (_lock)
        {
            if (!_cache.TryGetValue(key, out task))
            {
                if (_open is null || _open.Keys.Count >= _maxBatchSize)
                {
                    opened = _open = new Batch();
                }

                task = _open.Add(key);
                _cache.Add(key, task);
            }
        }

        if (opened is not null)
        {
            _scheduler.Schedule(() => DispatchAsync(opened, cancellationToken));
        }

        return task;
    }

    public async Task<IReadOnlyList<TValue?>> LoadAsync(
        IReadOnlyCollection<TKey> keys, CancellationToken cancellationToken = default) =>
        await Task.WhenAll(keys.Select(k => LoadAsync(k, cancellationToken))).ConfigureAwait(false);

    public void SetCacheEntry(TKey key, Task<TValue?> value)
    {
        lock (_lock)
        {
            _cache.TryAdd(key, value);
        }
    }

    public void RemoveCacheEntry(TKey key)
    {
        lock (_lock)
        {
            _cache.Remove(key);
        }
    }

    public void ClearCache()
    {
        lock (_lock)
        {
            _cache.Clear();
        }
    }

    /// <summary>The values in the order of the keys.</summary>
    private protected abstract Task<IReadOnlyList<TValue?>> FetchAsync(
        IReadOnlyList<TKey> keys, CancellationToken cancellationToken);

    private async ValueTask DispatchAsync(Batch batch, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _open = _open == batch ? null : _open;
        }

        try
        {
            var values = await FetchAsync(batch.Keys, cancellationToken).ConfigureAwait(false);
            using var _ = (_scheduler as BatchScheduler)?.Completing();
            batch.Complete(values);
        }
#pragma warning disable CA1031 // The failure of a batch is the failure of each of its loads.
        catch (Exception e)
#pragma warning restore CA1031
        {
            using var _ = (_scheduler as BatchScheduler)?.Completing();
            batch.Fail(e);
        }
    }

    private sealed class Batch
    {
        // Continuations run where the batch completes: all that wait for it go on before the next batch is dispatched.
        private readonly List<TaskCompletionSource<TValue?>> _promises = [];

        public List<TKey> Keys { get; } = [];

        public Task<TValue?> Add(TKey key)
        {
            var promise = new TaskCompletionSource<TValue?>();
            Keys.Add(key);
            _promises.Add(promise);
            return promise.Task;
        }

        public void Complete(IReadOnlyList<TValue?> values)
        {
            for (var i = 0; i < _promises.Count; i++)
            {
                _promises[i].TrySetResult(values[i]);
            }
        }

        public void Fail(Exception exception) => _promises.ForEach(p => p.TrySetException(exception));
    }
}

/// <summary>One value per key.</summary>
public abstract class BatchDataLoader<TKey, TValue> : DataLoaderBase<TKey, TValue> where TKey : notnull
{
    protected BatchDataLoader(IBatchScheduler batchScheduler, DataLoaderOptions options) : base(batchScheduler, options)
    {
    }

    protected abstract Task<IReadOnlyDictionary<TKey, TValue>> LoadBatchAsync(
        IReadOnlyList<TKey> keys, CancellationToken cancellationToken);

    private protected sealed override async Task<IReadOnlyList<TValue?>> FetchAsync(
        IReadOnlyList<TKey> keys, CancellationToken cancellationToken)
    {
        var found = await LoadBatchAsync(keys, cancellationToken).ConfigureAwait(false);
        return [.. keys.Select(k => found.TryGetValue(k, out var value) ? value : default)];
    }
}

/// <summary>Any number of values per key.</summary>
public abstract class GroupedDataLoader<TKey, TValue> : DataLoaderBase<TKey, TValue[]> where TKey : notnull
{
    protected GroupedDataLoader(IBatchScheduler batchScheduler, DataLoaderOptions options)
        : base(batchScheduler, options)
    {
    }

    protected abstract Task<ILookup<TKey, TValue>> LoadGroupedBatchAsync(
        IReadOnlyList<TKey> keys, CancellationToken cancellationToken);

    private protected sealed override async Task<IReadOnlyList<TValue[]?>> FetchAsync(
        IReadOnlyList<TKey> keys, CancellationToken cancellationToken)
    {
        var found = await LoadGroupedBatchAsync(keys, cancellationToken).ConfigureAwait(false);
        return [.. keys.Select(k => found[k].ToArray())];
    }
}
