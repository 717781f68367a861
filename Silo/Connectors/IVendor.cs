using System.Collections.Immutable;
using Q2C.Policies;
using Q2C.Silo.Connectors.Mapping;
using Q2C.Silo.Connectors.Reconciliation;

namespace Q2C.Silo.Connectors;

/// <summary>A kind of external system that Q2C can talk to. One implementation per folder under <c>Connectors/</c>.</summary>
public interface IVendor
{
    /// <summary>As in <see cref="ConnectionSettings.Vendor"/>, lower case.</summary>
    string Name { get; }

    /// <summary>Throws <see cref="ConfigurationException"/> if the settings cannot work.</summary>
    ConnectionParts Connect(ConnectorContext context);
}

/// <summary>What a connection consists of; each part only where the system has it.</summary>
public sealed record ConnectionParts(
    IConnector? Connector, IInboundMap? Inbound = null, ImmutableArray<IPoller> Pollers = default, IRecordLister? Lister = null);

/// <summary>What a connector is given to work with.</summary>
/// <param name="Http">Without redirects, cookies and automatic retries; the connector sets no base address on it.</param>
/// <param name="Maps">The vendor's mapping documents with the installation's overrides.</param>
public sealed record ConnectorContext(
    ConnectionSettings Settings, HttpClient Http, MapCatalog Maps, IReferenceLookUp References, PolicySet Policies,
    TimeProvider Time);

/// <summary>Which grain belongs to a record of another system.</summary>
public interface IReferenceLookUp
{
    ValueTask<string?> GrainOf(ExternalReference reference, CancellationToken cancel);

    /// <summary>Where a record of work was reported to last; null if it never was, or too recently to be known.</summary>
    ValueTask<WorkSource?> WorkSource(string connection, string sourceId, CancellationToken cancel);

    /// <summary>The same for all records whose id begins so: the parts of one record.</summary>
    ValueTask<IReadOnlyList<WorkSource>> WorkSourcesUnder(string connection, string prefix, CancellationToken cancel);
}

public sealed record WorkSource(string SourceId, string Feed, string Project);
