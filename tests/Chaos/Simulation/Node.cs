using Q2C.Silo.Operations;

namespace Q2C.Chaos.Simulation;

/// <summary>
/// A process, or somebody outside: all of its work is tasks of this scheduler, on its own clock. When it is killed,
/// nothing of it goes on; while it is paused, all of it waits.
/// </summary>
internal sealed class Node : TaskScheduler
{
    private readonly World _world;
    private readonly List<Task> _paused = [];
    private bool _isPaused;

    static Node() => FaultPoints.Simulated = point => (Current as Node)?.Passes(point);

    public Node(World world, int number, string name)
    {
        (_world, Number, Name) = (world, number, name);
        Clock = new(world, this);
    }

    public int Number { get; }

    public string Name { get; }

    public bool IsAlive { get; private set; } = true;

    public NodeClock Clock { get; }

    /// <summary>Decides at each fault point whether this process dies there.</summary>
    public Func<string, bool> DiesAt { get; set; } = _ => false;

    public Action<string> Died { get; set; } = _ => { };

    public Task<T> Run<T>(Func<Task<T>> work) => Task.Factory.StartNew(work, default, TaskCreationOptions.None, this).Unwrap();

    public Task Run(Func<Task> work) => Task.Factory.StartNew(work, default, TaskCreationOptions.None, this).Unwrap();

    public void Post(Action work) => Task.Factory.StartNew(work, default, TaskCreationOptions.None, this);

    public void Kill(string where)
    {
        if (!IsAlive) return;
        IsAlive = false;
        _paused.Clear();
        _world.Tell(Name, $"dies {where}");
        Died(where);
    }

    /// <summary>As with <c>kill -STOP</c> and, later, <c>kill -CONT</c>.</summary>
    public void Pause(TimeSpan length)
    {
        if (_isPaused || !IsAlive) return;
        _isPaused = true;
        _world.Tell(Name, $"is stopped for {length}");
        _world.In(length, () =>
        {
            _isPaused = false;
            _world.Tell(Name, $"goes on");
            foreach (var task in _paused) _world.Ready(this, task);
            _paused.Clear();
        });
    }

    /// <summary>False if the task has to wait, or will never run.</summary>
    public bool MayRun(Task task)
    {
        if (IsAlive && _isPaused) _paused.Add(task);
        return IsAlive && !_isPaused;
    }

    public void Execute(Task task) => TryExecuteTask(task);

    protected override void QueueTask(Task task)
    {
        if (IsAlive) _world.Ready(this, task);
    }

    /// <summary>What follows at once in the same process does; whatever was waited for may come after something else.</summary>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && Current == this && IsAlive && !_isPaused && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    private void Passes(string point)
    {
        if (!DiesAt(point)) return;
        Kill($"at {point}");
        throw new KilledException(point);
    }
}

/// <summary>Ends what a process was doing when it was killed. What catches it can reach nothing any more.</summary>
internal sealed class KilledException(string where) : Exception(where);

/// <summary>The clock of one process. Its wall clock may be wrong; its ticks are not.</summary>
internal sealed class NodeClock(World world, Node node) : TimeProvider
{
    public TimeSpan Skew { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => world.UtcNow + Skew;

    public override long GetTimestamp() => world.Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(world, node, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(World world, Node node, TimerCallback callback, object? state) : ITimer
    {
        private int _setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var setting = ++_setting;
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            world.In(dueTime, () =>
            {
                if (setting != _setting || !node.IsAlive) return;
                node.Post(() =>
                {
                    if (setting == _setting) callback(state);
                });
            });
            return true;
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
