using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Q2C.Silo.Journal;
using Q2C.Silo.Streams;

namespace Q2C.Chaos.Simulation;

/// <summary>
/// Calls between processes: they take time, come in another order, get lost on either way, or come twice; and now and
/// then they reach another activation of their grain than the last one did.
/// </summary>
internal sealed class Network(World world, Faults faults)
{
    private static readonly TimeSpan Way = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan SlowWay = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Those that are up.</summary>
    public List<Silo> Silos { get; } = [];

    public async Task<T> Call<T>(Node from, string grain, Func<Activation, Task<T>> call)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (from.IsAlive)
        {
            world.In(ResponseTimeout, () => answer.TrySetException(new TimeoutException($"{grain} did not answer.")));
            var times = faults.Strikes(faults.MessageLost, "message lost") ? 0 : faults.Strikes(faults.MessageDoubled, "message doubled") ? 2 : 1;
            for (var i = 0; i < times; i++) world.In(Time(), () => Arrive(grain, call, answer));
        }

        // Awaited here, so that whoever waits for it goes on in its own process.
        return await answer.Task;
    }

    /// <summary>A hint that may get lost, to all who are up.</summary>
    public void Announce(string topic)
    {
        foreach (var silo in Silos)
        {
            if (faults.Strikes(faults.HintLost, "wake-up lost")) continue;
            world.In(Time(), () =>
            {
                if (silo.Node.IsAlive) silo.Node.Post(() => silo.Wakeups.RaiseHere(topic));
            });
        }
    }

    private void Arrive<T>(string grain, Func<Activation, Task<T>> call, TaskCompletionSource<T> answer)
    {
        if (Silos.Count == 0) return;
        var silo = faults.Strikes(faults.OtherActivation, "another activation") ? world.Pick(Silos) : Home(grain);
        _ = silo.Node.Run(async () =>
        {
            Action reply;
            try
            {
                var result = await call(silo.Of(grain));
                reply = () => answer.TrySetResult(result);
            }
            catch (Exception failure)
            {
                reply = () => answer.TrySetException(failure);
            }

            if (!faults.Strikes(faults.MessageLost, "answer lost")) world.In(Time(), reply);
        });
    }

    private Silo Home(string grain) => Silos[PostgresJournal.ShardOf(grain, Silos.Count)];

    private TimeSpan Time() => faults.Strikes(faults.MessageSlow, "message late") ? world.UpTo(SlowWay) : world.UpTo(Way);
}

internal sealed class Router(Network network, Node node) : ICommandRouter
{
    public Task<Receipt> Execute(string grain, CommandEnvelope envelope) => network.Call(node, grain, to => to.Execute(envelope));

    public Task<ImmutableArray<Receipt>> ExecuteMany(string grain, ImmutableArray<CommandEnvelope> envelopes) =>
        network.Call(node, grain, to => to.ExecuteMany(envelopes));

    public Task CatchUp(string target, string source) => network.Call(node, target, async to =>
    {
        await to.CatchUp(source);
        return true;
    });
}

/// <summary>Streams as a memory provider has them: what a process held when it died, nobody gets.</summary>
internal sealed class Sink(Surroundings around, Node node) : IDeliverySink
{
    public Task Deliver(IReadOnlyList<Delivery> deliveries)
    {
        if (around.Faults.Strikes(around.Faults.HintLost, "delivery lost")) return Task.CompletedTask;
        return around.Network.Call(node, deliveries[0].Target, async to =>
        {
            await to.Observe(deliveries);
            return true;
        });
    }
}

/// <summary>What a silo logs, as part of the history.</summary>
internal sealed class HistoryLog(World world, Node node) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => node.IsAlive && logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) world.Tell(node.Name, $"log: {formatter(state, exception)} {exception?.Message}");
    }
}
