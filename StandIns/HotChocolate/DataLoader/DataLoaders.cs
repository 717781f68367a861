namespace GreenDonut;

/// <summary>Any DataLoader.</summary>
public interface IDataLoader
{
    void ClearCache();
}

/// <summary>Loads values by key; the loads of one moment become one batch, and a key is fetched once per request.</summary>
public interface IDataLoader<TKey, TValue> : IDataLoader where TKey : notnull
{
    /// <summary>The value, or null (default) when the source has none for the key.</summary>
    Task<TValue?> LoadAsync(TKey key, CancellationToken cancellationToken = default);

    /// <summary>The values in the order of the keys.</summary>
    Task<IReadOnlyList<TValue?>> LoadAsync(
        IReadOnlyCollection<TKey> keys, CancellationToken cancellationToken = default);

    void SetCacheEntry(TKey key, Task<TValue?> value);

    void RemoveCacheEntry(TKey key);
}

/// <summary>Says when the batches of DataLoaders run.</summary>
public interface IBatchScheduler
{
    void Schedule(Func<ValueTask> dispatch);
}

/// <summary>Settings of a DataLoader.</summary>
public sealed class DataLoaderOptions
{
    /// <summary>The most keys of a batch; 0 for no limit.</summary>
    public int MaxBatchSize { get; set; } = 1024;
}

/// <summary>A load that failed because the source answered wrongly.</summary>
public sealed class KeyNotFoundException(string message) : Exception(message);

/// <summary>Shortcuts.</summary>
public static class DataLoaderExtensions
{
    /// <summary>Throws <see cref="KeyNotFoundException"/> when there is no value for the key.</summary>
    public static async Task<TValue> LoadRequiredAsync<TKey, TValue>(
        this IDataLoader<TKey, TValue> dataLoader, TKey key, CancellationToken cancellationToken = default)
        where TKey : notnull =>
        await dataLoader.LoadAsync(key, cancellationToken).ConfigureAwait(false) is { } value
            ? value
            : throw new KeyNotFoundException($"The key {key} could not be resolved.");
}
