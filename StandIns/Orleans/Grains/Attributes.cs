namespace Orleans
{
    /// <summary>The grain type of a class, where the name of the class is not to decide it.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class GrainTypeAttribute(string grainType) : Attribute
    {
        internal string Name { get; } = grainType;
    }

    /// <summary>How long a caller waits for this method, written as a <see cref="TimeSpan"/>.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class ResponseTimeoutAttribute(string timeout) : Attribute
    {
        public TimeSpan? Timeout { get; init; } = TimeSpan.Parse(timeout, null);
    }
}

namespace Orleans.Metadata
{
    /// <summary>The grain type that an interface means where several classes implement it.</summary>
    [AttributeUsage(AttributeTargets.Interface)]
    public sealed class DefaultGrainTypeAttribute(string grainType) : Attribute
    {
        internal string Name { get; } = grainType;
    }
}

namespace Orleans.Concurrency
{
    /// <summary>Calls of this grain interleave at every await.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class ReentrantAttribute : Attribute;

    /// <summary>This method interleaves with whatever the grain is doing.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class AlwaysInterleaveAttribute : Attribute;

    /// <summary>This method interleaves with other read-only methods.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class ReadOnlyAttribute : Attribute;

    /// <summary>The caller does not wait and learns nothing of the outcome.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class OneWayAttribute : Attribute;

    /// <summary>Several activations of one grain per silo, always in the calling silo.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class StatelessWorkerAttribute : Attribute
    {
        public StatelessWorkerAttribute() : this(Environment.ProcessorCount)
        {
        }

        public StatelessWorkerAttribute(int maxLocalWorkers)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(maxLocalWorkers, 1);
            MaxLocalWorkers = maxLocalWorkers;
        }

        internal int MaxLocalWorkers { get; }
    }
}
