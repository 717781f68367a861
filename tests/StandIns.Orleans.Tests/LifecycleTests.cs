using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Q2C.StandIns.Orleans.Tests;

public interface IMortal : IGrainWithStringKey
{
    Task<string> Identity();

    Task Leave();

    Task Stay(TimeSpan span);

    Task Wait(string gate);

    Task FailToStart();
}

public sealed class MortalGrain(Witness witness) : Grain, IMortal, IDisposable
{
    private readonly string identity = Guid.NewGuid().ToString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        witness.Tell("activated");
        return this.GetPrimaryKeyString() == "stillborn"
            ? throw new InvalidOperationException("cannot begin")
            : Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        witness.Tell($"deactivating: {reason.ReasonCode}");
        if (this.GetPrimaryKeyString() == "slow") await witness.Pass("end");
    }

    public void Dispose() => witness.Tell("disposed");

    public Task<string> Identity() => Task.FromResult(identity);

    public Task Leave()
    {
        this.DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task Stay(TimeSpan span)
    {
        DelayDeactivation(span);
        return Task.CompletedTask;
    }

    public async Task Wait(string gate)
    {
        witness.Tell($"waiting at {gate}");
        await witness.Pass(gate);
    }

    public Task FailToStart() => Task.CompletedTask;
}

public interface IWorker : IGrainWithStringKey
{
    Task<string> Work(string gate);
}

[StatelessWorker(2)]
public sealed class WorkerGrain(Witness witness) : Grain, IWorker
{
    private readonly string identity = Guid.NewGuid().ToString();

    public async Task<string> Work(string gate)
    {
        witness.Tell($"at {gate}");
        await witness.Pass(gate);
        return identity;
    }
}

public sealed class LifecycleTests
{
    [Fact]
    public async Task A_grain_is_made_at_its_first_call_and_stays()
    {
        await using var silo = await TestSilo.Start();
        var grain = silo.Grain<IMortal>("a");
        Assert.Empty(silo.Witness.Told);
        Assert.Equal(await grain.Identity(), await grain.Identity());
        Assert.Equal(["activated"], silo.Witness.Told);
    }

    [Fact]
    public async Task Calls_that_wait_while_a_grain_ends_go_to_its_next_activation()
    {
        await using var silo = await TestSilo.Start();
        var grain = silo.Grain<IMortal>("slow");
        var before = await grain.Identity();
        await grain.Leave();
        await silo.Witness.Until("deactivating: ApplicationRequested");
        var after = grain.Identity();
        silo.Witness.Open("end");
        Assert.NotEqual(before, await after);
        Assert.Equal(["activated", "deactivating: ApplicationRequested", "disposed", "activated"], silo.Witness.Told);
    }

    [Fact]
    public async Task A_grain_ends_only_after_the_calls_that_run_in_it()
    {
        await using var silo = await TestSilo.Start();
        var grain = silo.Grain<IMortal>("a");
        var waiting = grain.Wait("gate");
        await silo.Witness.Until("waiting at gate");
        var stopping = silo.Host.StopAsync();
        silo.Witness.Open("gate");
        await waiting;
        await stopping;
        Assert.Equal(["activated", "waiting at gate", "deactivating: ShuttingDown", "disposed"], silo.Witness.Told);
    }

    [Fact]
    public async Task A_failed_activation_fails_its_calls_and_the_next_call_tries_again()
    {
        await using var silo = await TestSilo.Start();
        var grain = silo.Grain<IMortal>("stillborn");
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var failure = await Assert.ThrowsAsync<InvalidOperationException>(grain.FailToStart);
            Assert.Equal("cannot begin", failure.Message);
        }

        Assert.Equal(["activated", "disposed", "activated", "disposed"], silo.Witness.Told);
    }

    [Fact]
    public async Task An_idle_grain_is_collected_unless_it_asked_to_stay()
    {
        var time = new FakeTime();
        await using var silo = await TestSilo.Start(builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.Configure<GrainCollectionOptions>(options => options.CollectionAge = TimeSpan.FromMinutes(10));
        });
        var (idle, staying) = (silo.Grain<IMortal>("idle"), silo.Grain<IMortal>("staying"));
        var (idleBefore, stayingBefore) = (await idle.Identity(), await staying.Identity());
        await staying.Stay(TimeSpan.FromHours(1));
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(idleBefore, await idle.Identity());
        time.Advance(TimeSpan.FromMinutes(11));
        await silo.Witness.Until("disposed");
        Assert.NotEqual(idleBefore, await idle.Identity());
        Assert.Equal(stayingBefore, await staying.Identity());
    }

    [Fact]
    public async Task A_stateless_worker_has_as_many_activations_as_it_may()
    {
        await using var silo = await TestSilo.Start();
        var grain = silo.Grain<IWorker>("a");
        var work = new[] { "1", "2", "3" }.Select(grain.Work).ToArray();
        await silo.Witness.Until(told => told.Count == 2);
        foreach (var gate in new[] { "1", "2", "3" }) silo.Witness.Open(gate);
        Assert.Equal(2, (await Task.WhenAll(work)).Distinct().Count());
    }
}
