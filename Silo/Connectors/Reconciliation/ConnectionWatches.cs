using Q2C.Silo.Journal;

namespace Q2C.Silo.Connectors.Reconciliation;

/// <summary>A <see cref="ConnectionWatch"/> for every configured connection, on one silo at a time.</summary>
public sealed class ConnectionWatches(
    ConnectorRegistry registry, ReconciliationStore store, LeaseKeeper leases, TimeProvider time,
    ILogger<ConnectionWatch> log) : BackgroundService
{
    public static string LeaseName(string connection) => $"watch/{connection}";

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(registry.Connections.Select(name => leases.RunWhileHeld(
            LeaseName(name), (lease, held) => registry.Follow(name, turn => Watch(name).Run(lease, turn), held), stoppingToken)));

    private ConnectionWatch Watch(string name) =>
        new(name, registry.VendorOf(name)!, registry.Find(name)!, registry.LimitsOf(name), store, time, log);
}
