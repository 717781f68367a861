using System.Threading.RateLimiting;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Webhooks;

/// <summary>How many deliveries are taken at once; whoever comes beyond that is asked to come again, and nothing queues.</summary>
internal sealed class WebhookGate(Limits limits) : IDisposable
{
    private readonly ConcurrencyLimiter _limiter = new(new() { PermitLimit = limits.Webhooks, QueueLimit = 0 });

    /// <summary>Places that nobody has now.</summary>
    public long Free => _limiter.GetStatistics()!.CurrentAvailablePermits;

    public RateLimitLease TryEnter() => _limiter.AttemptAcquire();

    public void Dispose() => _limiter.Dispose();
}
