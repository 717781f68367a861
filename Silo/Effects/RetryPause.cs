using Q2C.Silo.Policies;

namespace Q2C.Silo.Effects;

/// <summary>
/// The pause before the next try: doubled with each failure, cut at the longest, and between half and the whole of that,
/// so that many that failed together do not return together. A system's own wish is never undercut.
/// </summary>
public sealed class RetryPause(ConnectionLimits limits, Random random)
{
    private const int MaxDoublings = 30;

    /// <param name="attempt">1 for the first failure.</param>
    public TimeSpan After(int attempt, TimeSpan? wanted = null)
    {
        var whole = limits.FirstRetry * Math.Pow(2, Math.Clamp(attempt - 1, 0, MaxDoublings));
        if (whole > limits.LongestRetry) whole = limits.LongestRetry;
        double share;
        lock (random) share = 0.5 + random.NextDouble() / 2;
        var own = whole * share;
        return wanted > own ? wanted.Value : own;
    }
}
