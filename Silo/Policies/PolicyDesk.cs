using System.Collections.Immutable;
using Orleans.Concurrency;
using Q2C.Policies;
using Q2C.Silo.Connectors;

namespace Q2C.Silo.Policies;

/// <summary>What is asked of the desk changes nothing, so it needs no journal.</summary>
[StatelessWorker, Reentrant]
internal sealed class PolicyDeskGrain(PolicyDesk desk) : Grain, IPolicyDeskGrain
{
    public Task<ImmutableArray<KnownDocument>> Documents() => Task.FromResult(desk.Documents());

    public Task<ImmutableArray<DocumentProblem>> Check(string document, string text) => Task.FromResult(desk.Check(document, text, out _));

    public Task<PolicyTrial> TryOut(PolicyTrialOrder order) => desk.TryOut(order, CancellationToken.None);
}

/// <summary>Knows which documents there are, and checks a text as if it were in force.</summary>
public sealed class PolicyDesk(PoliciesInForce policies, ConnectorRegistry connectors, PolicyTrials trials)
{
    public ImmutableArray<KnownDocument> Documents() =>
    [
        .. PolicyLoader.Names.Select(name => new KnownDocument(name, PolicyKind.Rules, null, null)),
        .. connectors.Connections.SelectMany(connection =>
        {
            var maps = connectors.ShippedMaps(connection);
            return maps.Names.Select(name => new KnownDocument(
                $"{PolicyNames.Maps}{connection}/{name}", name.EndsWith(".map", StringComparison.Ordinal) ? PolicyKind.Mapping : PolicyKind.Table,
                connection, maps.Document(name).Text));
        }),
    ];

    /// <param name="documents">The set with the text in it; null if something is wrong.</param>
    public ImmutableArray<DocumentProblem> Check(string document, string text, out PolicyDocuments? documents)
    {
        documents = null;
        var now = policies.Documents;
        try
        {
            var next = PolicyLoader.Read(now.Texts.SetItem(document, new($"{document}.yaml", text, 0)), now.Set.Region);
            if (PolicyNames.ConnectionOf(document) is { } connection) connectors.Connect(connection, next);
            documents = next;
            return [];
        }
        catch (DocumentException wrong)
        {
            return wrong.Problems;
        }
        catch (ConfigurationException wrong)
        {
            return [new(document, 1, 1, wrong.Message)];
        }
    }

    public async Task<PolicyTrial> TryOut(PolicyTrialOrder order, CancellationToken cancel)
    {
        var problems = Check(order.Document, order.Text, out var documents);
        return documents is null ? new(problems, []) : new([], await trials.Run(order, policies.Documents, documents, cancel));
    }
}

public static class PolicyDeskServices
{
    /// <summary>Needs the connections (<c>AddConnectors</c>) and the database.</summary>
    public static IServiceCollection AddPolicyDesk(this IServiceCollection services) =>
        services.AddSingleton<PolicyTrials>().AddSingleton<PolicyDesk>();
}
