namespace Q2C.Silo.Effects;

/// <summary>
/// Requests per second on average, with a burst after a pause. One per connection: the lease makes it the only one of
/// the installation.
/// </summary>
public sealed class TokenBucket(decimal perSecond, int burst, TimeProvider time)
{
    private readonly Lock _lock = new();
    private double _tokens = burst;
    private long _filledAt = time.GetTimestamp();

    /// <summary>Takes what is there, at most this many; 0 means wait.</summary>
    public int Take(int wanted)
    {
        lock (_lock)
        {
            Fill();
            var taken = Math.Min(wanted, (int)_tokens);
            _tokens -= taken;
            return taken;
        }
    }

    public void GiveBack(int unused)
    {
        lock (_lock) _tokens = Math.Min(burst, _tokens + unused);
    }

    /// <summary>Until one token is there.</summary>
    public TimeSpan UntilNext()
    {
        lock (_lock)
        {
            Fill();
            return _tokens >= 1 ? TimeSpan.Zero : TimeSpan.FromSeconds((1 - _tokens) / (double)perSecond);
        }
    }

    private void Fill()
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(burst, _tokens + time.GetElapsedTime(_filledAt, now).TotalSeconds * (double)perSecond);
        _filledAt = now;
    }
}
