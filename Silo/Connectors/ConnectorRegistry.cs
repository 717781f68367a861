using System.Collections.Frozen;
using System.Collections.Immutable;
using Q2C.Silo.Connectors.Mapping;
using Q2C.Silo.Connectors.Payloads;
using Q2C.Silo.Policies;

namespace Q2C.Silo.Connectors;

/// <summary>
/// Every configured connection, connected: settings, mapping documents and vendor code fit each other. When documents of a
/// connection change it is connected anew, and whoever works it follows.
/// </summary>
public sealed class ConnectorRegistry
{
    private static readonly TaskCompletionSource Never = new();

    private readonly FrozenDictionary<string, Configured> _configured;
    private readonly IReferenceLookUp _references;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly PayloadContracts _payloads;
    private volatile FrozenDictionary<string, Connected> _connections = FrozenDictionary<string, Connected>.Empty;

    private ConnectorRegistry(
        FrozenDictionary<string, Configured> configured, IReferenceLookUp references, HttpClient http, TimeProvider time, PayloadContracts payloads) =>
        (_configured, _references, _http, _time, _payloads) = (configured, references, http, time, payloads);

    private sealed record Configured(ConnectionSettings Settings, IVendor Vendor);

    public IEnumerable<string> Connections => _connections.Keys.Order(StringComparer.Ordinal);

    /// <summary>Null for a connection that this installation does not have.</summary>
    public ConnectionParts? Find(string connection) => _connections.GetValueOrDefault(connection)?.Parts;

    /// <summary>Whose connection it is; null as for <see cref="Find"/>.</summary>
    public string? VendorOf(string connection) => _configured.GetValueOrDefault(connection)?.Vendor.Name;

    /// <summary>Throws <see cref="ConfigurationException"/> with all that is wrong in settings and mapping documents.</summary>
    public static ConnectorRegistry Create(
        ImmutableArray<ConnectionSettings> settings, IEnumerable<IVendor> vendors, PolicyDocuments policies,
        IReferenceLookUp references, HttpClient http, TimeProvider time, PayloadContracts? payloads = null)
    {
        var byName = vendors.ToDictionary(vendor => vendor.Name, StringComparer.OrdinalIgnoreCase);
        var problems = settings.Where(connection => !byName.ContainsKey(connection.Vendor)).Select(connection =>
            $"{ConnectionSettings.Section}:{connection.Name}:Vendor is '{connection.Vendor}'; known are {string.Join(", ", byName.Keys.Order())}.").ToList();
        var registry = new ConnectorRegistry(
            settings.Where(connection => byName.ContainsKey(connection.Vendor))
                .ToFrozenDictionary(connection => connection.Name, connection => new Configured(connection, byName[connection.Vendor]), StringComparer.Ordinal),
            references, http, time, payloads ?? new());
        var connections = new Dictionary<string, Connected>(StringComparer.Ordinal);
        foreach (var name in registry._configured.Keys)
        {
            try
            {
                connections[name] = registry.Connect(name, policies, isForWork: true);
            }
            catch (Exception error) when (error is ConfigurationException or DocumentException)
            {
                problems.Add(error.Message);
            }
        }

        if (problems is not []) throw new ConfigurationException(string.Join('\n', problems));
        registry._connections = connections.ToFrozenDictionary(StringComparer.Ordinal);
        return registry;
    }

    /// <summary>
    /// A configured connection as it would be with these documents; nothing works with it yet. Throws
    /// <see cref="ConfigurationException"/> and <see cref="DocumentException"/>.
    /// </summary>
    /// <param name="isForWork">What is seen then is what vendors deliver; otherwise it is only tried.</param>
    internal Connected Connect(string connection, PolicyDocuments policies, bool isForWork = false)
    {
        var (settings, vendor) = _configured.GetValueOrDefault(connection) ?? throw new ConfigurationException(
            $"There is no connection '{connection}'; there are {string.Join(", ", _configured.Keys.Order(StringComparer.Ordinal))}.");
        var shipped = Shipped(vendor.Name);
        var unknown = policies.TextsOf(connection).FirstOrDefault(text => !shipped.Names.Contains(text.Key));
        if (unknown.Value is { } text)
            throw new DocumentException(text.File, $"{connection} has no document '{unknown.Key}'; it has {string.Join(", ", shipped.Names)}.");
        var maps = shipped.With(
            policies.TextsOf(connection),
            isForWork ? (name, document, record) => _payloads.Saw(connection, name, document, record) : null);
        var parts = vendor.Connect(new(settings, _http, maps, _references, policies.Set, _time));
        return new(
            parts.Inbound is { } inbound ? parts with { Inbound = new CorrectableMap(inbound) } : parts, maps, policies.LimitsOf(connection));
    }

    /// <summary>How hard the connection may be worked.</summary>
    public ConnectionLimits LimitsOf(string connection) => _connections.GetValueOrDefault(connection)?.Limits ?? ConnectionLimits.Default;

    /// <summary>The documents of a connection as they come with its vendor.</summary>
    internal MapCatalog ShippedMaps(string connection) => Shipped(_configured[connection].Vendor.Name);

    /// <summary>The mapping documents that the connection works with; null as for <see cref="Find"/>.</summary>
    internal MapCatalog? MapsOf(string connection) => _connections.GetValueOrDefault(connection)?.Maps;

    /// <summary>
    /// From now on these documents hold: connections whose own have changed are connected anew, all or none. Throws
    /// <see cref="ConfigurationException"/> and <see cref="DocumentException"/>; then everything stays.
    /// </summary>
    internal void Use(PolicyDocuments policies, PolicyDocuments before)
    {
        var changed = _configured.Keys.Where(name =>
            policies.LimitsOf(name) != before.LimitsOf(name) || !policies.TextsOf(name).SequenceEqual(before.TextsOf(name)))
            .ToDictionary(name => name, name => Connect(name, policies, isForWork: true), StringComparer.Ordinal);
        var replaced = changed.Keys.Select(name => _connections[name]).ToList();
        _connections = _connections.ToDictionary(one => one.Key, one => changed.GetValueOrDefault(one.Key) ?? one.Value)
            .ToFrozenDictionary(StringComparer.Ordinal);
        foreach (var one in replaced) one.Replaced.TrySetResult();
    }

    /// <summary>Runs the work with the connection as it is, and begins it again each time the connection has changed.</summary>
    public async Task Follow(string connection, Func<CancellationToken, Task> work, CancellationToken cancel)
    {
        while (true)
        {
            var replaced = _connections.GetValueOrDefault(connection)?.Replaced.Task ?? Never.Task;
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var working = work(turn.Token);
            if (await Task.WhenAny(working, replaced) == working)
            {
                await working;
                return;
            }

            turn.Cancel();
            await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            cancel.ThrowIfCancellationRequested();
        }
    }

    private static MapCatalog Shipped(string vendor)
    {
        var shipped = Path.Combine(AppContext.BaseDirectory, "Connectors");
        return MapCatalog.From(Directory.Exists(shipped)
            ? Directory.EnumerateDirectories(shipped).Where(folder => Path.GetFileName(folder).Equals(vendor, StringComparison.OrdinalIgnoreCase))
            : []);
    }
}

/// <summary>A connection with the documents that it works with.</summary>
internal sealed record Connected(ConnectionParts Parts, MapCatalog Maps, ConnectionLimits Limits)
{
    /// <summary>Completes when another takes its place.</summary>
    public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
