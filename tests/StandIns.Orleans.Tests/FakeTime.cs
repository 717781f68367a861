namespace Q2C.StandIns.Orleans.Tests;

/// <summary>A clock that stands until it is moved; timers that come due fire one after another while it moves.</summary>
public sealed class FakeTime : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<FakeTimer> timers = [];
    private DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate) return now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, () => callback(state));
        lock (gate) timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan span)
    {
        DateTimeOffset until;
        lock (gate) until = now + span;
        while (Next(until) is { } fire) fire();
        lock (gate) now = until;
    }

    private Action? Next(DateTimeOffset until)
    {
        lock (gate)
        {
            if (timers.Where(timer => timer.Due <= until).MinBy(timer => timer.Due) is not { } timer) return null;
            now = timer.Due!.Value;
            timer.Due = timer.Period == Timeout.InfiniteTimeSpan ? null : now + timer.Period;
            return timer.Fire;
        }
    }

    private sealed class FakeTimer(FakeTime time, Action fire) : ITimer
    {
        public DateTimeOffset? Due { get; set; }

        public TimeSpan Period { get; private set; }

        public Action Fire => fire;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time.gate)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : time.now + dueTime;
                Period = period;
            }

            return true;
        }

        public void Dispose()
        {
            lock (time.gate) time.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
