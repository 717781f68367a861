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
    private readonly Validity _validity;
    private readonly PartitionedRateLimiter<string> _rate;
    private readonly ConcurrencyLimiter _places;
    private readonly PartitionedRateLimiter<string> _sockets;
    private readonly PartitionedRateLimiter<string> _subscriptions;

    internal Throttle(Limits limits, Validity validity)
    {
        (_limits, _validity) = (limits, validity);
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
    /// A subscription of this caller, counted while it lasts, which is no longer than its key or token. A GraphQL error if
    /// there are too many, or if the policy has other readers.
    /// </summary>
    public IAsyncEnumerable<T> Subscription<T>(ClaimsPrincipal user, string policy, IAsyncEnumerable<T> events)
    {
        user.MustRead(ReadPolicies.Readers[policy]);
        return _subscriptions.GetStatistics(user.ToActor().Id) is { CurrentAvailablePermits: <= 0 }
            ? throw Failures.TooManySubscriptions(_limits.Subscriptions)
            : Counted(user, events);
    }

    public void Dispose()
    {
        _rate.Dispose();
        _places.Dispose();
        _sockets.Dispose();
        _subscriptions.Dispose();
    }

    // The place is taken when the first event is asked for, so that it is given back whatever happens before.
    private async IAsyncEnumerable<T> Counted<T>(ClaimsPrincipal user, IAsyncEnumerable<T> events)
    {
        using var place = Enter(_subscriptions, user.ToActor().Id) ?? throw Failures.TooManySubscriptions(_limits.Subscriptions);
        using var over = new CancellationTokenSource();
        using var left = new CancellationTokenSource();
        var end = End(over, user, left.Token);
        try
        {
            await using var at = events.GetAsyncEnumerator(over.Token);
            while (await Next(at, over.Token)) yield return at.Current;
        }
        finally
        {
            await left.CancelAsync();
            await end;
        }
    }

    private async Task End(CancellationTokenSource over, ClaimsPrincipal user, CancellationToken left)
    {
        try
        {
            await _validity.Ended(user, left);
            await over.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // It was left before.
        }
    }

    private static async ValueTask<bool> Next<T>(IAsyncEnumerator<T> at, CancellationToken over)
    {
        try
        {
            return await at.MoveNextAsync();
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            throw Failures.Ended(Validity.Over);
        }
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
