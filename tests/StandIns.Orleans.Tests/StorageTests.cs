using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Q2C.StandIns.Orleans.Tests;

public sealed class Watermark
{
    public string Value { get; set; } = "none";
}

public interface IPoller : IGrainWithStringKey
{
    Task<string> Read();

    Task Advance(string value);

    Task Forget();

    Task Restart();
}

public sealed class PollerGrain([PersistentState("watermark", "memory")] IPersistentState<Watermark> state) : Grain, IPoller
{
    public Task<string> Read() => Task.FromResult($"{state.State.Value} {state.RecordExists}");

    public Task Advance(string value)
    {
        state.State.Value = value;
        return state.WriteStateAsync();
    }

    public Task Forget() => state.ClearStateAsync();

    public Task Restart()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

public sealed class StorageTests
{
    [Fact]
    public async Task State_survives_the_activation_and_is_read_before_the_next()
    {
        await using var silo = await TestSilo.Start();
        var grain = silo.Grain<IPoller>("a");
        Assert.Equal("none False", await grain.Read());
        await grain.Advance("2026-01-01");
        await grain.Restart();
        Assert.Equal("2026-01-01 True", await grain.Read());
        await grain.Forget();
        await grain.Restart();
        Assert.Equal("none False", await grain.Read());
    }

    [Fact]
    public async Task The_second_writer_of_a_version_is_refused()
    {
        var storage = new MemoryGrainStorage();
        var id = GrainId.Create("poller", "a");
        var (first, second) = (new State<Watermark>(), new State<Watermark>());
        await storage.ReadStateAsync("s", id, first);
        await storage.ReadStateAsync("s", id, second);
        await storage.WriteStateAsync("s", id, first);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("s", id, second));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("s", id, second));
    }

    private sealed class State<T> : IGrainState<T> where T : new()
    {
        T? IGrainState<T>.State { get; set; } = new();

        public string? ETag { get; set; }

        public bool RecordExists { get; set; }
    }
}
