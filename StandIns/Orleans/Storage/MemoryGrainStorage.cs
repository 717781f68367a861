using System.Collections.Concurrent;
using System.Text.Json;
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>Keeps states in this process; for tests.</summary>
internal sealed class MemoryGrainStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<(string Name, GrainId Grain), Record> records = new();

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var found = records.GetValueOrDefault((stateName, grainId));
        grainState.State = found is null ? EmptyState.Create<T>() : JsonSerializer.Deserialize<T>(found.State);
        grainState.ETag = found?.ETag;
        grainState.RecordExists = found is not null;
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var written = new Record(JsonSerializer.SerializeToUtf8Bytes(grainState.State), Guid.NewGuid().ToString("N"));
        records.AddOrUpdate(
            (stateName, grainId),
            _ => grainState.ETag is null ? written : throw Conflict("Write", null, grainState.ETag),
            (_, stored) => stored.ETag == grainState.ETag ? written : throw Conflict("Write", stored.ETag, grainState.ETag));
        grainState.ETag = written.ETag;
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = (stateName, grainId);
        if (records.TryGetValue(key, out var stored))
        {
            if (stored.ETag != grainState.ETag || !records.TryRemove(KeyValuePair.Create(key, stored)))
                throw Conflict("Clear", stored.ETag, grainState.ETag);
        }
        else if (grainState.ETag is not null)
        {
            throw Conflict("Clear", null, grainState.ETag);
        }

        grainState.State = EmptyState.Create<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
        return Task.CompletedTask;
    }

    private static InconsistentStateException Conflict(string operation, string? stored, string? expected) =>
        new($"Version conflict ({operation}State).", stored, expected);

    private sealed record Record(byte[] State, string ETag);
}
