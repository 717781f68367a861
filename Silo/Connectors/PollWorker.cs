using Q2C.Silo.Effects;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;

namespace Q2C.Silo.Connectors;

/// <summary>Asks one feed of a connection for what is new, page by page, while it holds the connection's lease.</summary>
public sealed class PollWorker(
    string connection, IPoller poller, IInboxStore store, RetryPause pause, Wakeups wakeups, TimeProvider time,
    ILogger<PollWorker> log)
{
    private int _failures;

    public async Task Run(Lease lease, CancellationToken cancel)
    {
        while (true) await Task.Delay(await Step(lease, cancel), time, cancel);
    }

    /// <summary>One page; returns the pause until the next.</summary>
    internal async Task<TimeSpan> Step(Lease lease, CancellationToken cancel)
    {
        switch (await Poll(cancel))
        {
            case PollResult.Page page:
                if (page.Deliveries.Length > 0) FaultPoints.Pass(FaultPoints.PollAnswered);
                await store.Add(lease, connection, poller.Feed, page, time.GetUtcNow(), cancel);
                if (page.Deliveries.Length > 0)
                {
                    FaultPoints.Pass(FaultPoints.PollRecorded);
                    wakeups.Raise(Wakeups.Inbox(connection));
                }

                _failures = 0;
                return page.More ? TimeSpan.Zero : poller.Interval;
            case PollResult.Unavailable away:
                log.LogWarning("{Feed} of {Connection}: {Code}, {Message}", poller.Feed, connection, away.Code, away.Message);
                return pause.After(++_failures, away.RetryAfter);
            default:
                throw new InvalidOperationException("A poll has one of two results.");
        }
    }

    private async Task<PollResult> Poll(CancellationToken cancel)
    {
        try
        {
            return await poller.Poll(await store.Watermark(connection, poller.Feed, cancel), cancel);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            log.LogError(failure, "{Feed} of {Connection} failed", poller.Feed, connection);
            return new PollResult.Unavailable("POLL_FAILED", $"The poller failed ({failure.GetType().Name}).");
        }
    }
}
