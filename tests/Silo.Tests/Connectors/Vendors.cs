using System.Collections.Immutable;
using Q2C.Policies;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.Mapping;

namespace Q2C.Silo.Tests.Connectors;

/// <summary>Connectors as the silo makes them, with their shipped mapping documents.</summary>
internal static class Vendors
{
    /// <summary>An address at which nobody listens.</summary>
    public static readonly Uri Nowhere = new("http://127.0.0.1:9");

    public static ConnectionSettings Settings(
        string vendor, Uri address, Dictionary<string, string> options, Dictionary<string, string> secrets) => new(
            vendor, vendor, address, options.ToImmutableDictionary(), secrets.ToImmutableDictionary());

    public static IConnector Connect(IVendor vendor, ConnectionSettings settings, string folder, HttpClient? http = null) =>
        Parts(vendor, settings, TimeProvider.System, http, MapFolder(folder)).Connector!;

    public static ConnectionParts Parts(
        IVendor vendor, ConnectionSettings settings, TimeProvider time, HttpClient? http, params string[] mapFolders) =>
        Parts(vendor, settings, time, new KnownSources(), http, mapFolders);

    public static ConnectionParts Parts(
        IVendor vendor, ConnectionSettings settings, TimeProvider time, KnownSources sources, HttpClient? http, params string[] mapFolders) =>
        vendor.Connect(new(
            settings, http ?? ConnectorServices.NewHttpClient(), MapCatalog.From(mapFolders), sources, PolicySet.Empty("eu"), time));

    public static string MapFolder(string folder) => Path.Combine(AppContext.BaseDirectory, "Connectors", folder);

    /// <summary>A secret as a file, as an installation would mount it.</summary>
    public static string SecretFile(string value)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, value);
        return $"file:{file}";
    }

}

/// <summary>What the read models would know of sources of work.</summary>
internal sealed class KnownSources : Dictionary<(string Connection, string Source), WorkSource>, IReferenceLookUp
{
    /// <summary>Records of other systems that belong to a grain.</summary>
    public Dictionary<ExternalReference, string> Grains { get; } = [];

    public ValueTask<string?> GrainOf(ExternalReference reference, CancellationToken cancel) => new(Grains.GetValueOrDefault(reference));

    public ValueTask<WorkSource?> WorkSource(string connection, string sourceId, CancellationToken cancel) =>
        new(this.GetValueOrDefault((connection, sourceId)));

    public ValueTask<IReadOnlyList<WorkSource>> WorkSourcesUnder(string connection, string prefix, CancellationToken cancel) => new(
        [.. this.Where(known => known.Key.Connection == connection && known.Key.Source.StartsWith(prefix, StringComparison.Ordinal)).Select(known => known.Value)]);
}
