using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Q2C.Grains;
using Q2C.Grains.Journal;
using Q2C.Grains.Shell;
using Q2C.Silo.Connectors;
using Q2C.Silo.Effects;
using Q2C.Silo.Journal;
using Q2C.Silo.Policies;
using Q2C.Silo.Streams;

namespace Q2C.Chaos.Simulation;

/// <summary>What every silo of a world has in common.</summary>
internal sealed record Surroundings(
    World World, Faults Faults, Database Database, Network Network, Story Story, IReadOnlyList<VendorSystem> Vendors, PolicyDocuments Policies);

/// <summary>
/// One silo: the product's own shells, pumps, executors and workers, on a simulated process, with the database and the
/// vendors behind it.
/// </summary>
internal sealed class Silo
{
    public static readonly JournalOptions Options = new()
    {
        ConnectionString = "",
        Shards = 1,
        LeaseDuration = TimeSpan.FromSeconds(30),
        LeaseRetry = TimeSpan.FromSeconds(8),
        PollInterval = TimeSpan.FromSeconds(10),
        SweepInterval = TimeSpan.FromSeconds(10),
        DueInterval = TimeSpan.FromSeconds(15),
        StreamLagLimit = TimeSpan.FromSeconds(20),
        MaxBackOff = TimeSpan.FromMinutes(1),
    };

    private static readonly HttpClient NoHttp = new();

    private readonly Surroundings _around;
    private readonly DatabaseClient _database;
    private readonly Wakeups _wakeups;
    private readonly Dictionary<string, Activation> _activations = new(StringComparer.Ordinal);

    public Silo(Surroundings around, Node node)
    {
        (_around, Node) = (around, node);
        _wakeups = new(Options, node.Clock);
        _database = new(around.World, around.Faults, around.Database, node, () => around.Network.Announce(Wakeups.Journal(0)));
    }

    public Node Node { get; }

    public Wakeups Wakeups => _wakeups;

    /// <summary>Starts everything that a silo's process runs.</summary>
    public void Start() => Node.Post(() =>
    {
        ILoggerFactory logs = _around.World.KeepsHistory ? new HistoryLog(_around.World, Node) : NullLoggerFactory.Instance;
        var leases = new LeaseKeeper(_database, Options, Node.Clock, logs.CreateLogger<LeaseKeeper>());
        var router = new Router(_around.Network, Node);
        _ = new ConnectionHost(
            Connections(), _database, _database, router, leases, _wakeups, new Random(_around.World.Random.Next()),
            Node.Clock, logs).Run(default);
        _ = new StreamSweep(_database, leases, router, Options, Node.Clock, logs.CreateLogger<StreamSweep>()).Run(default);
        _ = new DueDispatcher(_database, leases, router, Options, Node.Clock, logs.CreateLogger<DueDispatcher>()).Run(default);
        var pump = new DispatchPump(_database, new Sink(_around, Node), Options, _wakeups, Node.Clock, logs.CreateLogger<DispatchPump>());
        _ = leases.RunWhileHeld(ShardPumps.LeaseName(0), (lease, held) => Dispatch(pump, lease, logs, held), default);
    });

    public Activation Of(string grain)
    {
        if (!_activations.TryGetValue(grain, out var activation))
            _activations[grain] = activation = Activation.For(grain, _database, _around.Story, Node.Clock);
        return activation;
    }

    /// <summary>As after a while without calls.</summary>
    public void Forget() => _activations.Clear();

    private Task Dispatch(DispatchPump pump, Lease lease, ILoggerFactory logs, CancellationToken held) =>
        new StepLoop(Options, Node.Clock, logs.CreateLogger<StepLoop>()).Run("Dispatch", token => pump.Step(lease, token), () =>
        {
            var signal = _wakeups.Next(Wakeups.Journal(0));
            return () => _wakeups.Wait(held, signal);
        }, held, Options.PumpGap);

    private ConnectorRegistry Connections() => ConnectorRegistry.Create(
        [.. _around.Vendors.Select(vendor => new ConnectionSettings(
            vendor.Name, vendor.Name, new("http://vendor.example"), ImmutableDictionary<string, string>.Empty, ImmutableDictionary<string, string>.Empty))],
        _around.Vendors.Select(vendor => new Vendor(_around, vendor, Node)), _around.Policies, new NoReferences(), NoHttp, Node.Clock);

    /// <summary>The vendors here say themselves what belongs to what.</summary>
    private sealed class NoReferences : IReferenceLookUp
    {
        public ValueTask<string?> GrainOf(ExternalReference reference, CancellationToken cancel) => new((string?)null);

        public ValueTask<WorkSource?> WorkSource(string connection, string external, CancellationToken cancel) => new((WorkSource?)null);

        public ValueTask<IReadOnlyList<WorkSource>> WorkSourcesUnder(string connection, string prefix, CancellationToken cancel) => new([]);
    }

    private sealed class Vendor(Surroundings around, VendorSystem system, Node node) : IVendor
    {
        public string Name => system.Name;

        public ConnectionParts Connect(ConnectorContext context) => new(
            new VendorConnector(system, around.World, node), around.Story.MapOf(system.Name),
            [.. around.Story.PollersOf(system.Name, node)]);
    }
}

/// <summary>A grain's shell in one silo.</summary>
internal sealed record Activation(
    Func<CommandEnvelope, Task<Receipt>> Execute, Func<ImmutableArray<CommandEnvelope>, Task<ImmutableArray<Receipt>>> ExecuteMany,
    Func<IReadOnlyList<Delivery>, Task> Observe, Func<string, Task> CatchUp)
{
    public static Activation For(string grain, IJournal journal, IPolicySource policies, TimeProvider clock)
    {
        return Ids.KindOf(grain) switch
        {
            Ids.Customer => Of(Grains.Customers.Customer.Decider),
            Ids.Contract => Of(Grains.Contracts.Contract.Decider),
            Ids.Quote => Of(Grains.Quotes.Quote.Decider),
            Ids.Project => Of(Grains.Projects.Project.Decider),
            Ids.Invoice => Of(Grains.Invoices.Invoice.Decider),
            Ids.CreditMemo => Of(Grains.CreditMemos.CreditMemo.Decider),
            Ids.BillingRun => Of(Grains.BillingRuns.BillingRun.Decider),
            Ids.Revenue => Of(Grains.Revenues.Revenue.Decider),
            Ids.WorkFeed => Of(Grains.Connections.WorkFeed.Decider),
            var kind => throw new ArgumentException($"'{grain}' is of the unknown kind '{kind}'.", nameof(grain)),
        };

        Activation Of<TState>(Decider<TState> decider)
        {
            var shell = new AggregateShell<TState>(grain, decider, journal, policies, clock);
            return new(shell.Execute, shell.ExecuteMany, deliveries => shell.Observe(deliveries), source => shell.CatchUp(source));
        }
    }
}
