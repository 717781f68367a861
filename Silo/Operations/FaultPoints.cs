using System.Diagnostics;

namespace Q2C.Silo.Operations;

/// <summary>
/// Places where a process may be told to die, as <c>kill -9</c> would have it: with the environment variable
/// <c>Q2C_FAULT</c> set to <c>name@n</c>, or several with commas between, it ends itself when it passes one of these
/// places for the n-th time. Off unless it is set.
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

    private static readonly Dictionary<string, int> Left = [];
    private static bool _armed;

    /// <summary>Before anything passes. Throws <see cref="OperationsException"/> if the text names no point or no count.</summary>
    public static void Arm(string? faults)
    {
        if (string.IsNullOrEmpty(faults)) return;
        foreach (var fault in faults.Split(','))
        {
            if (fault.Split('@') is not [var name, var count] || !All.Contains(name) || !int.TryParse(count, out var left) || left < 1)
                throw new OperationsException(
                    $"{Variable} has '{fault}', which is no fault point.",
                    $"Unset it, or write name@n with n from 1 and one of: {string.Join(", ", All)}.");
            Left[name] = left;
        }

        _armed = true;
    }

    public static void Pass(string name)
    {
        if (_armed) Count(name);
    }

    /// <summary>What a process writes before it ends itself.</summary>
    public static string LastWords(string name) => $"q2c: ends itself at {name}";

    private static void Count(string name)
    {
        lock (Left)
        {
            if (!Left.TryGetValue(name, out var left)) return;
            Left[name] = --left;
            if (left > 0) return;
            Console.Error.WriteLine(LastWords(name));
            Process.GetCurrentProcess().Kill();

            // The signal may take a moment; nothing may happen in it.
            Thread.Sleep(Timeout.Infinite);
        }
    }
}
