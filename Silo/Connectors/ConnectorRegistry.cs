using System.Collections.Frozen;
using System.Collections.Immutable;
using Q2C.Silo.Connectors.Mapping;
using Q2C.Silo.Policies;

namespace Q2C.Silo.Connectors;

/// <summary>Every configured connection, connected: settings, mapping documents and vendor code fit each other.</summary>
public sealed class ConnectorRegistry
{
    private readonly FrozenDictionary<string, (string Vendor, ConnectionParts Parts)> _connections;

    private ConnectorRegistry(FrozenDictionary<string, (string Vendor, ConnectionParts Parts)> connections) => _connections = connections;

    public IEnumerable<string> Connections => _connections.Keys.Order(StringComparer.Ordinal);

    /// <summary>Null for a connection that this installation does not have.</summary>
    public ConnectionParts? Find(string connection) => _connections.GetValueOrDefault(connection).Parts;

    /// <summary>Whose connection it is; null as for <see cref="Find"/>.</summary>
    public string? VendorOf(string connection) => _connections.GetValueOrDefault(connection).Vendor;

    /// <summary>Throws <see cref="ConfigurationException"/> with all that is wrong in settings and mapping documents.</summary>
    public static ConnectorRegistry Create(
        ImmutableArray<ConnectionSettings> settings, IEnumerable<IVendor> vendors, PolicyDocuments policies,
        IReferenceLookUp references, HttpClient http, TimeProvider time)
    {
        var byName = vendors.ToDictionary(vendor => vendor.Name, StringComparer.OrdinalIgnoreCase);
        var problems = new List<string>();
        var connections = new Dictionary<string, (string Vendor, ConnectionParts Parts)>(StringComparer.Ordinal);
        foreach (var connection in settings)
        {
            if (!byName.TryGetValue(connection.Vendor, out var vendor))
            {
                problems.Add($"{ConnectionSettings.Section}:{connection.Name}:Vendor is '{connection.Vendor}'; known are "
                    + $"{string.Join(", ", byName.Keys.Order())}.");
                continue;
            }

            try
            {
                var maps = MapCatalog.From(MapFolders(vendor.Name, connection.Name, policies.Folder));
                connections[connection.Name] =
                    (vendor.Name, vendor.Connect(new(connection, http, maps, references, policies.Set, time)));
            }
            catch (Exception error) when (error is ConfigurationException or DocumentException)
            {
                problems.Add(error.Message);
            }
        }

        return problems is []
            ? new(connections.ToFrozenDictionary())
            : throw new ConfigurationException(string.Join('\n', problems));
    }

    private static IEnumerable<string> MapFolders(string vendor, string connection, string policyFolder)
    {
        var shipped = Path.Combine(AppContext.BaseDirectory, "Connectors");
        if (Directory.Exists(shipped))
            foreach (var folder in Directory.EnumerateDirectories(shipped))
                if (Path.GetFileName(folder).Equals(vendor, StringComparison.OrdinalIgnoreCase)) yield return folder;
        yield return Path.Combine(policyFolder, "maps", connection);
    }
}
