namespace Orleans.Runtime;

/// <summary>
/// Runs the tasks of one activation one after another, on whatever thread of the pool is free. An await inside such a
/// task comes back here.
/// </summary>
internal sealed class ActivationScheduler(Activation activation) : TaskScheduler, IThreadPoolWorkItem
{
    private const int TasksPerSlice = 64;

    private readonly Queue<Task> queue = [];
    private bool scheduled;

    /// <summary>Starts work here without carrying over the ambient values of the thread that asks for it.</summary>
    public void Start(Action<object?> work, object? state)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            new Task(work, state).Start(this);
            return;
        }

        using (ExecutionContext.SuppressFlow()) new Task(work, state).Start(this);
    }

    public void Execute()
    {
        RuntimeContext.Current = activation;
        try
        {
            for (var done = 0; done < TasksPerSlice; done++)
            {
                if (!TryTake(out var task)) return;
                TryExecuteTask(task);
            }
        }
        finally
        {
            RuntimeContext.Current = null;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    protected override void QueueTask(Task task)
    {
        lock (queue)
        {
            queue.Enqueue(task);
            if (scheduled) return;
            scheduled = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && RuntimeContext.Current == activation && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (queue) return [.. queue];
    }

    private bool TryTake(out Task task)
    {
        lock (queue)
        {
            scheduled = queue.TryDequeue(out task!);
            return scheduled;
        }
    }
}
