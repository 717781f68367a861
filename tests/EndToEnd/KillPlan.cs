using System.Text.RegularExpressions;
using Q2C.Silo.Operations;

namespace Q2C.EndToEnd;

/// <summary>How often and where the hub is killed in one story; the same for the same seed.</summary>
/// <param name="Points">Fault points, each with the passes of it in the whole story, over all lives of the process, until it is the last.</param>
/// <param name="Moments">Times after a start.</param>
internal sealed partial record KillPlan(IReadOnlyDictionary<string, int> Points, IReadOnlyList<TimeSpan> Moments)
{
    /// <summary>So many consecutive seeds pass every fault point.</summary>
    public const int SeedsToPassAll = 5;

    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(8);

    // The latest pass that the story surely comes to. No command of the story is due later.
    private static readonly Dictionary<string, int> LastPass = new()
    {
        [FaultPoints.JournalBeforeAppend] = 15,
        [FaultPoints.JournalAfterCommit] = 15,
        [FaultPoints.InboxTaken] = 3,
        [FaultPoints.InboxExecuted] = 3,
        [FaultPoints.InboxDone] = 3,
        [FaultPoints.PollAnswered] = 2,
        [FaultPoints.PollRecorded] = 2,
        [FaultPoints.EffectClaimed] = 8,
        [FaultPoints.EffectAnswered] = 8,
        [FaultPoints.EffectRecorded] = 8,
        [FaultPoints.EffectTold] = 8,
        [FaultPoints.ReadModelsBeforeCommit] = 10,
        [FaultPoints.ReadModelsAfterCommit] = 10,
        [FaultPoints.DispatchEffectsPut] = 6,
        [FaultPoints.DispatchDelivered] = 4,
        [FaultPoints.DispatchMoved] = 10,
    };

    public static KillPlan Of(int seed)
    {
        var random = new Random(seed);
        return new(
            LastPass.Where((_, i) => i % SeedsToPassAll == seed % SeedsToPassAll)
                .ToDictionary(point => point.Key, point => random.Next(1, point.Value + 1)),
            [LongestLife * random.NextDouble()]);
    }

    /// <summary>A moment may come when the story is over already; a point may not be left.</summary>
    public bool IsDone => Points.Count == 0;

    /// <summary>The process died at this point, and told how many passes of the others were left.</summary>
    public KillPlan Without(string point, string lastWords)
    {
        var left = StillToPass().Match(lastWords).Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(one => one.Split('@')).ToDictionary(one => one[0], one => int.Parse(one[1]));
        return this with { Points = Points.Where(one => one.Key != point).ToDictionary(one => one.Key, one => left[one.Key]) };
    }

    /// <summary>How many passes that life had, nobody knows: the next pass of each point will do.</summary>
    public KillPlan WithoutFirstMoment() =>
        new(Points.ToDictionary(point => point.Key, _ => 1), [.. Moments.Skip(1)]);

    /// <summary>As the process reads it.</summary>
    public string Faults => string.Join(',', Points.Select(point => $"{point.Key}@{point.Value}"));

    [GeneratedRegex(@"still to pass: (\S*)")]
    private static partial Regex StillToPass();

    public override string ToString() =>
        string.Join(", ", [.. Points.Select(point => $"{point.Key}@{point.Value}"), .. Moments.Select(moment => $"after {moment.TotalSeconds:0.0} s")]);
}
