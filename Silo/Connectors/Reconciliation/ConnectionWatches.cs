using Q2C.Silo.Journal;
using Q2C.Silo.Policies;

namespace Q2C.Silo.Connectors.Reconciliation;

/// <summary>A <see cref="ConnectionWatch"/> for every configured connection, on one silo at a time.</summary>
public sealed class ConnectionWatches(
    ConnectorRegistry registry, PolicyDocuments policies, ReconciliationStore store, LeaseKeeper leases, TimeProvider time,
    ILogger<ConnectionWatch> log) : BackgroundService
{
    public static string LeaseName(string connection) => $"watch/{connection}";

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(registry.Connections.Select(name => leases.RunWhileHeld(LeaseName(name), Watch(name).Run, stoppingToken)));

    private ConnectionWatch Watch(string name) =>
        new(name, registry.VendorOf(name)!, registry.Find(name)!, policies.LimitsOf(name), store, time, log);
}
