using System.Diagnostics;

namespace Q2C.StandIns.Tests;

/// <summary>Large events, up to a number that no buffer reaches.</summary>
internal static class Flood
{
    public const int Limit = 5_000;
    private const int Size = 64 * 1024;
    private static readonly TimeSpan s_still = TimeSpan.FromSeconds(1.5);
    private static long s_last;

    public static int Made { get; private set; }

    /// <summary>Whether an event was taken lately.</summary>
    public static bool IsFlowing => s_last == 0 || Stopwatch.GetElapsedTime(s_last) < s_still;

    public static async IAsyncEnumerable<string> EventsAsync()
    {
        for (Made = 0; Made < Limit; Made++)
        {
            s_last = Stopwatch.GetTimestamp();
            yield return new string('x', Size);
            await Task.Yield();
        }
    }
}
