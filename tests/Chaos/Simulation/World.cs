namespace Q2C.Chaos.Simulation;

/// <summary>
/// Time and order of everything in one simulation: what is due happens at its time, what is ready happens in an order
/// that the seed chooses, all on one thread. The same seed, the same world.
/// </summary>
internal sealed class World(int seed, bool keepsHistory)
{
    public static readonly DateTimeOffset Begin = new(2026, 1, 31, 20, 0, 0, TimeSpan.Zero);

    /// <summary>How often it is asked whether a condition holds.</summary>
    private static readonly long Glance = TimeSpan.FromSeconds(1).Ticks;

    private readonly PriorityQueue<Action, (long At, long Order)> _due = new();
    private readonly List<(Node Node, Task Task)> _ready = [];
    private readonly List<string> _history = [];
    private long _order;
    private readonly int _thread = Environment.CurrentManagedThreadId;

    public int Seed => seed;

    public Random Random { get; } = new(seed);

    /// <summary>Ticks since the beginning.</summary>
    public long Now { get; private set; }

    public DateTimeOffset UtcNow => Begin.AddTicks(Now);

    /// <summary>Tasks run so far.</summary>
    public long Steps { get; private set; }

    /// <summary>The same for two runs that did the same in the same order.</summary>
    public ulong Fingerprint { get; private set; } = 14695981039346656037;

    /// <summary>What happened, oldest first, if it is kept.</summary>
    public IReadOnlyList<string> History => _history;

    public bool KeepsHistory => keepsHistory;

    /// <summary>Something of it went on outside of this world's thread: the run proves nothing.</summary>
    public string? Escape { get; private set; }

    public bool Chance(double probability) => probability > 0 && Random.NextDouble() < probability;

    /// <summary>Between none and the most, small values being likelier.</summary>
    public TimeSpan UpTo(TimeSpan most)
    {
        var share = Random.NextDouble();
        return most * (share * share);
    }

    public T Pick<T>(IReadOnlyList<T> items) => items[Random.Next(items.Count)];

    public void In(TimeSpan delay, Action action) => _due.Enqueue(action, (Now + Math.Max(0, delay.Ticks), _order++));

    public void Ready(Node node, Task task)
    {
        if (Environment.CurrentManagedThreadId != _thread) Escape ??= Environment.StackTrace;
        else _ready.Add((node, task));
    }

    public void Tell(string who, FormattableString what)
    {
        if (!keepsHistory) return;
        _history.Add($"{TimeSpan.FromTicks(Now):d\\.hh\\:mm\\:ss\\.fff} {who,-9} {what}");
    }

    /// <summary>Goes on until the condition holds; false if it does not before the given time has passed.</summary>
    public bool Run(Func<bool> until, TimeSpan atMost)
    {
        var (end, look) = (Now + atMost.Ticks, Now);
        while (Escape is null)
        {
            if (_ready.Count > 0)
            {
                RunOne();
                continue;
            }

            if (Now >= look)
            {
                if (until()) return true;
                look = Now + Glance;
            }

            if (!_due.TryPeek(out _, out var next) || next.At > end) return false;
            Now = next.At;
            while (_due.TryPeek(out _, out next) && next.At == Now) _due.Dequeue()();
        }

        return false;
    }

    private void RunOne()
    {
        var chosen = Random.Next(_ready.Count);
        var (node, task) = _ready[chosen];
        _ready[chosen] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        if (!node.MayRun(task)) return;
        Steps++;
        Fingerprint = unchecked((Fingerprint ^ (ulong)(Now + node.Number)) * 1099511628211);
        node.Execute(task);
    }
}
