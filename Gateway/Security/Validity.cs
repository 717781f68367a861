using System.Security.Claims;

namespace Q2C.Gateway.Security;

/// <summary>How long what was opened with a key or token may stay open: no longer than that is valid.</summary>
internal sealed class Validity(StoredApiKeys keys, TimeProvider clock)
{
    public const string Over = "The key or token has ended.";

    /// <summary>Also how long a revoked key goes on where something is open.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);

    /// <summary>Returns when the caller's key or token has ended.</summary>
    public async Task Ended(ClaimsPrincipal caller, CancellationToken cancel)
    {
        var expires = caller.Expires();
        while (expires - clock.GetUtcNow() is { Ticks: > 0 } left && await keys.Stands(caller))
            await Task.Delay(left < Look ? left : Look, clock, cancel);
    }
}
