using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Q2C.Silo.Operations;

/// <summary>
/// Places where a process may be told to die, as <c>kill -9</c> would have it, or to stop, as <c>kill -STOP</c> would:
/// with the environment variable <c>Q2C_FAULT</c> set to <c>name@n</c> or <c>name@n:stop</c>, or several with commas
/// between, it does so when it passes one of these places for the n-th time. Off unless it is set.
/// </summary>
internal static class FaultPoints
{
    public const string Variable = "Q2C_FAULT";

    public const string JournalBeforeAppend = "journal.before-append";
    public const string JournalAfterCommit = "journal.after-commit";
    public const string InboxTaken = "inbox.taken";
    public const string InboxExecuted = "inbox.executed";
    public const string InboxDone = "inbox.done";
    public const string PollAnswered = "poll.answered";
    public const string PollRecorded = "poll.recorded";
    public const string EffectClaimed = "effect.claimed";
    public const string EffectAnswered = "effect.answered";
    public const string EffectRecorded = "effect.recorded";
    public const string EffectTold = "effect.told";
    public const string ReadModelsBeforeCommit = "read-models.before-commit";
    public const string ReadModelsAfterCommit = "read-models.after-commit";
    public const string DispatchEffectsPut = "dispatch.effects-put";
    public const string DispatchDelivered = "dispatch.delivered";
    public const string DispatchMoved = "dispatch.moved";
    public const string DueExecuted = "due.executed";

    public static IReadOnlyList<string> All { get; } =
    [
        JournalBeforeAppend, JournalAfterCommit, InboxTaken, InboxExecuted, InboxDone, PollAnswered, PollRecorded,
        EffectClaimed, EffectAnswered, EffectRecorded, EffectTold, ReadModelsBeforeCommit, ReadModelsAfterCommit,
        DispatchEffectsPut, DispatchDelivered, DispatchMoved, DueExecuted,
    ];

    private const string Stop = ":stop";
    private const int StopSignal = 19;
    private static readonly TimeSpan StopTakes = TimeSpan.FromSeconds(2);

    private static readonly Dictionary<string, int> Left = [];
    private static readonly HashSet<string> Stops = [];
    private static bool _armed;

    /// <summary>Before anything passes. Throws <see cref="OperationsException"/> if the text names no point or no count.</summary>
    public static void Arm(string? faults)
    {
        if (string.IsNullOrEmpty(faults)) return;
        foreach (var fault in faults.Split(','))
        {
            var stops = fault.EndsWith(Stop, StringComparison.Ordinal);
            if ((stops ? fault[..^Stop.Length] : fault).Split('@') is not [var name, var count]
                || !All.Contains(name) || !int.TryParse(count, out var left) || left < 1)
                throw new OperationsException(
                    $"{Variable} has '{fault}', which is no fault point.",
                    $"Unset it, or write name@n or name@n{Stop} with n from 1 and one of: {string.Join(", ", All)}.");
            Left[name] = left;
            if (stops) Stops.Add(name);
        }

        _armed = true;
    }

    /// <summary>Takes the place of counting in a simulation, which decides by itself who dies where.</summary>
    internal static Action<string>? Simulated { get; set; }

    public static void Pass(string name)
    {
        if (_armed) Count(name);
        else Simulated?.Invoke(name);
    }

    /// <summary>What a process writes before it ends or stops itself.</summary>
    public static string LastWords(string name) => $"q2c: ends itself at {name}";

    private static void Count(string name)
    {
        lock (Left)
        {
            if (!Left.TryGetValue(name, out var left)) return;
            Left[name] = --left;
            if (left != 0) return;
            Console.Error.WriteLine($"{LastWords(name)}, still to pass: {string.Join(',', Left.Where(one => one.Value > 0).Select(one => $"{one.Key}@{one.Value}"))}");
            var stops = Stops.Contains(name);
            if (stops) _ = Signal(Environment.ProcessId, StopSignal);
            else Process.GetCurrentProcess().Kill();

            // The signal may take a moment, and a long one on a busy machine; nothing may happen in it.
            Thread.Sleep(stops ? StopTakes : Timeout.InfiniteTimeSpan);
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int process, int signal);
}
