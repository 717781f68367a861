using System.Globalization;
using System.Security.Claims;
using System.Threading.RateLimiting;

namespace Q2C.Gateway.Security;

/// <summary>
/// How often one caller may ask, and how many are answered at once. Whoever comes beyond that hears when to come again;
/// nobody waits in a queue.
/// </summary>
public sealed class Throttle : IDisposable
{
    private readonly Limits _limits;
    private readonly PartitionedRateLimiter<string> _rate;
    private readonly ConcurrencyLimiter _places;
    private readonly PartitionedRateLimiter<string> _sockets;
    private readonly PartitionedRateLimiter<string> _subscriptions;

    public Throttle(Limits limits)
    {
        _limits = limits;
        _rate = PartitionedRateLimiter.Create<string, string>(caller => limits.PerSecond == 0
            ? RateLimitPartition.GetNoLimiter(caller)
            : RateLimitPartition.GetTokenBucketLimiter(caller, _ => new()
            {
                TokenLimit = limits.Burst, TokensPerPeriod = Math.Max(1, limits.PerSecond / 10),
                ReplenishmentPeriod = TimeSpan.FromMilliseconds(limits.PerSecond >= 10 ? 100 : 1_000 / limits.PerSecond), QueueLimit = 0,
            }));
        _places = new(new() { PermitLimit = limits.Concurrent, QueueLimit = 0 });
        _sockets = PerCaller(limits.Sockets);
        _subscriptions = PerCaller(limits.Subscriptions);
    }

    /// <summary>For a GraphQL endpoint, after it is known who asks.</summary>
    public async Task Invoke(HttpContext http, RequestDelegate next)
    {
        using var turn = _rate.AttemptAcquire(CallerOf(http));
        if (!turn.IsAcquired)
        {
            var wait = turn.TryGetMetadata(MetadataName.RetryAfter, out var time) ? Math.Max(1, (int)Math.Ceiling(time.TotalSeconds)) : 1;
            await Refuse(
                http, StatusCodes.Status429TooManyRequests, wait, "RATE_LIMITED",
                $"Too many requests: {_limits.PerSecond} a second are possible, {_limits.Burst} at once.");
            return;
        }

        // Streams stay open; they have limits of their own.
        if (IsStream(http))
        {
            await next(http);
            return;
        }

        using var place = _places.AttemptAcquire();
        if (place.IsAcquired) await next(http);
        else await Refuse(http, StatusCodes.Status503ServiceUnavailable, wait: 1, "OVERLOADED", "Too many requests are being answered.");
    }

    /// <summary>A place for a websocket of this caller, until it is disposed of; null if there is none left.</summary>
    public IDisposable? Socket(string caller) => Enter(_sockets, caller);

    /// <summary>
    /// A subscription of this caller, counted while it lasts. A GraphQL error if there are too many, or if the policy has
    /// other readers.
    /// </summary>
    public IAsyncEnumerable<T> Subscription<T>(ClaimsPrincipal user, string policy, IAsyncEnumerable<T> events)
    {
        user.MustRead(ReadPolicies.Readers[policy]);
        var caller = user.ToActor().Id;
        return _subscriptions.GetStatistics(caller) is { CurrentAvailablePermits: <= 0 }
            ? throw Failures.TooManySubscriptions(_limits.Subscriptions)
            : Counted(caller, events);
    }

    public void Dispose()
    {
        _rate.Dispose();
        _places.Dispose();
        _sockets.Dispose();
        _subscriptions.Dispose();
    }

    // The place is taken when the first event is asked for, so that it is given back whatever happens before.
    private async IAsyncEnumerable<T> Counted<T>(string caller, IAsyncEnumerable<T> events)
    {
        using var place = Enter(_subscriptions, caller) ?? throw Failures.TooManySubscriptions(_limits.Subscriptions);
        await foreach (var @event in events) yield return @event;
    }

    private static PartitionedRateLimiter<string> PerCaller(int places) => PartitionedRateLimiter.Create<string, string>(
        caller => RateLimitPartition.GetConcurrencyLimiter(caller, _ => new() { PermitLimit = places, QueueLimit = 0 }));

    private static RateLimitLease? Enter(PartitionedRateLimiter<string> places, string caller)
    {
        var lease = places.AttemptAcquire(caller);
        if (lease.IsAcquired) return lease;
        lease.Dispose();
        return null;
    }

    private static string CallerOf(HttpContext http) =>
        http.User.Identity is { IsAuthenticated: true, Name: { } name } ? name : $"anonymous/{http.Connection.RemoteIpAddress}";

    private static bool IsStream(HttpContext http) => http.WebSockets.IsWebSocketRequest
        || http.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);

    private static Task Refuse(HttpContext http, int status, int wait, string code, string message)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
        return http.Response.WriteAsJsonAsync(new
        {
            errors = new[] { new { message = $"{message} Ask again in {wait} s.", extensions = new { code } } },
        });
    }
}
