using System.Collections.Immutable;
using Q2C.Gateway.Security;
using Q2C.Policies;

namespace Q2C.Gateway.Reading;

/// <summary>Policy documents hold for all legal entities and regions: whoever does not see all of them sees none.</summary>
public sealed class PolicyDocuments(IClusterClient cluster, CurrentCaller caller, GatewayOptions options)
{
    private const string Desk = "desk";

    public string IdOf(string document) => PolicyNames.IdOf(options.Region, document);

    public async Task<ImmutableArray<KnownDocument>> Known() =>
        caller.Sight.IsEverything ? await Grain.Documents() : [];

    public async Task<ImmutableArray<DocumentProblem>> Check(string document, string text) =>
        caller.Sight.IsEverything ? await Grain.Check(document, text) : [];

    public async Task<PolicyTrial> TryOut(PolicyTrialOrder order) =>
        caller.Sight.IsEverything ? await Grain.TryOut(order) : new([], []);

    private IPolicyDeskGrain Grain => cluster.GetGrain<IPolicyDeskGrain>(Desk);
}
