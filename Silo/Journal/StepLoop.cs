namespace Q2C.Silo.Journal;

/// <summary>
/// Repeats a step: at once while there is more, after a wait when there is not, after a pause when it failed.
/// </summary>
internal sealed class StepLoop(JournalOptions options, TimeProvider clock, ILogger log)
{
    /// <summary>Ends with an exception: cancelled, or the lease is lost.</summary>
    /// <param name="step">True if there may be more to do at once.</param>
    /// <param name="listen">Called before each step; what it returns is awaited after a step that found nothing
    /// more.</param>
    /// <param name="gap">Between the starts of two steps, unless there is more: small steps gather into larger ones.</param>
    public async Task Run(
        string name, Func<CancellationToken, Task<bool>> step, Func<Func<Task>> listen, CancellationToken cancel,
        TimeSpan gap = default)
    {
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var start = clock.GetTimestamp();
            var wait = listen();
            try
            {
                if (await step(cancel)) continue;
                await wait();
                if (gap - clock.GetElapsedTime(start) is { Ticks: > 0 } early) await Task.Delay(early, clock, cancel);
            }
            catch (Exception failure) when (failure is not LeaseLostException && !cancel.IsCancellationRequested)
            {
                log.LogError(failure, "{Loop} failed; trying again in {Delay}", name, options.RetryDelay);
                await Task.Delay(options.RetryDelay, clock, cancel);
            }
        }
    }

    /// <summary>For work that nobody announces.</summary>
    public Task Run(
        string name, TimeSpan interval, Func<CancellationToken, Task<bool>> step, CancellationToken cancel) =>
        Run(name, step, () => () => Task.Delay(interval, clock, cancel), cancel);
}
