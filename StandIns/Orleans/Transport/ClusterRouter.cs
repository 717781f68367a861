using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Transport;

/// <summary>The silos of the cluster as this process was told, itself among them if it is one.</summary>
internal interface IClusterMembers
{
    IReadOnlyList<SiloEndpoint> All { get; }

    /// <summary>This process; null for a client.</summary>
    SiloEndpoint? Self { get; }
}

/// <summary>
/// Sends each call to the first silo that answers, in the order that the grain's key gives. Only a call that certainly
/// did not start goes on to the next.
/// </summary>
internal sealed class ClusterRouter(
    IClusterMembers members,
    Func<RemoteCaller> remote,
    GrainClasses classes,
    Catalog? local,
    TimeProvider time,
    ILogger<ClusterRouter> log) : ICallRouter
{
    /// <summary>How long a silo that did not answer is tried last.</summary>
    private static readonly TimeSpan DownTime = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<SiloEndpoint, DateTimeOffset> down = new();
    private readonly Lazy<RemoteCaller> remote = new(remote);

    public void Route(GrainCall call)
    {
        if (local is not null && (members.All.Count <= 1 || classes.IsStatelessWorker(call.Target.Type)))
            local.Route(call);
        else
            _ = Find(call);
    }

    private async Task Find(GrainCall call)
    {
        try
        {
            foreach (var silo in InOrder(call.Target.Key.ToString()))
            {
                if (silo == members.Self)
                {
                    local!.Route(call);
                    return;
                }

                if (await Send(silo, call).ConfigureAwait(false)) return;
            }

            call.Fail(new SiloUnavailableException(
                $"None of the silos {string.Join(", ", members.All)} answers; {call} was not sent."));
        }
        // The contract of routing: failures go to the caller of the grain.
        catch (Exception exception)
        {
            call.Fail(exception);
        }
    }

    private IEnumerable<SiloEndpoint> InOrder(string key)
    {
        var now = time.GetUtcNow();
        return Rendezvous.Order(members.All, key)
            .OrderBy(silo => down.TryGetValue(silo, out var until) && now < until);
    }

    private async Task<bool> Send(SiloEndpoint silo, GrainCall call)
    {
        if (await remote.Value.Send(silo, call).ConfigureAwait(false) == SendOutcome.Settled)
        {
            down.TryRemove(silo, out _);
            return true;
        }

        if (down.TryAdd(silo, time.GetUtcNow() + DownTime)) log.LogWarning("Silo {Silo} does not answer", silo);
        else down[silo] = time.GetUtcNow() + DownTime;
        return false;
    }
}
