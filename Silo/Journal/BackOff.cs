namespace Q2C.Silo.Journal;

internal static class BackOff
{
    private const int MaxDoublings = 20;

    /// <summary>Doubles with each attempt, up to the longest pause.</summary>
    public static TimeSpan After(int attempts, JournalOptions options)
    {
        var pause = options.RetryDelay * Math.Pow(2, Math.Min(attempts, MaxDoublings));
        return pause < options.MaxBackOff ? pause : options.MaxBackOff;
    }
}
