using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Q2C.Grains.Journal;

namespace Q2C.Silo.Connectors.Reconciliation;

/// <summary>What a connection can do, as its connector itself says.</summary>
/// <param name="Operations">Stored name of the operation, and what keeps it from happening twice.</param>
/// <param name="Feeds">What is asked for by polling.</param>
/// <param name="Receives">Takes webhooks.</param>
/// <param name="Lists">Can list what it holds, so that a comparison finds what nobody sent.</param>
public sealed record Capabilities(
    ImmutableArray<OperationCapability> Operations, ImmutableArray<string> Feeds, bool Receives, bool Lists, int LongestProcessingSeconds)
{
    private static readonly ImmutableArray<(string Name, Operation Blank)> All =
    [
        .. WireFormat.Names.Where(name => typeof(Operation).IsAssignableFrom(name.Value) && !name.Value.IsAbstract)
            .OrderBy(name => name.Key, StringComparer.Ordinal)

            // Asked for the type alone.
            .Select(name => (name.Key, (Operation)RuntimeHelpers.GetUninitializedObject(name.Value))),
    ];

    public static Capabilities Of(ConnectionParts parts) => new(
        parts.Connector is { } connector ? [.. All.Select(one => Of(connector, one.Name, one.Blank)).OfType<OperationCapability>()] : [],
        parts.Pollers.IsDefault ? [] : [.. parts.Pollers.Select(poller => poller.Feed)],
        parts.Inbound is not null, parts.Lister is not null, (int)(parts.Connector?.LongestProcessing.TotalSeconds ?? 0));

    private static OperationCapability? Of(IConnector connector, string name, Operation blank)
    {
        try
        {
            return new(name, connector.GuaranteeOf(blank));
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }
}

public sealed record OperationCapability(string Operation, Guarantee Guarantee);
