using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>A timer of one activation; it ends with it.</summary>
public interface IGrainTimer : IDisposable
{
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>When a grain timer fires and how its callback meets other work of the grain.</summary>
public readonly struct GrainTimerCreationOptions
{
    public GrainTimerCreationOptions()
    {
    }

    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period) => (DueTime, Period) = (dueTime, period);

    /// <summary>Time to the first run; infinite means never.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>Time from the end of one run to the start of the next; infinite means once.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether the callback may run between the turns of other calls.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether a run counts as use of the grain and so puts off its collection.</summary>
    public bool KeepAlive { get; init; }
}
