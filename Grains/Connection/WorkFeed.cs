using Q2C.Connections;

namespace Q2C.Grains.Connections;

/// <summary>
/// Passes on what a connection reports about a project. It keeps nothing: which version of a record counts is the
/// project's to decide.
/// </summary>
public static class WorkFeed
{
    /// <summary>A connector that has more reports it in parts.</summary>
    public const int MaxRecords = 1_000;

    public const int MaxSourceIdLength = 200;

    public const string ProjectUnknown = "PROJECT_ID_INVALID";
    public const string SourceIdInvalid = "SOURCE_ID_INVALID";
    public const string TooManyRecords = "TOO_MANY_RECORDS";

    public static Decider<WorkFeedState> Decider { get; } =
        new(new(), (_, command, context) => Decide(command, context), (state, _) => state) { Version = 1 };

    private static Decision Decide(Command command, DecisionContext context)
    {
        if (command is not ReportWork report) return Decision.Unsupported(command);
        if (Problems(report).ToArray() is [_, ..] problems) return Decision.Refuse([.. problems]);
        return report.Records is []
            ? Decision.Nothing
            : Decision.Accept(new WorkReported(report.Connection, report.ProjectId, report.Records, context.Now));
    }

    private static IEnumerable<Problem> Problems(ReportWork report)
    {
        if (!Ids.Is(report.ProjectId, Ids.Project))
            yield return new(
                ProjectUnknown, "projectId", $"'{report.ProjectId}' is no id of a project.",
                $"Connect the project '{report.ExternalProject}' of {report.Connection} to one of ours first.");
        if (report.Records.Length > MaxRecords)
            yield return new(
                TooManyRecords, "records", $"{report.Records.Length} records in one report; at most {MaxRecords} are taken.",
                "Report them in parts.");
        for (var i = 0; i < report.Records.Length; i++)
            if (report.Records[i].SourceId.Length is 0 or > MaxSourceIdLength)
                yield return new(
                    SourceIdInvalid, $"records[{i}].sourceId", $"A source id has 1 to {MaxSourceIdLength} characters.",
                    "Correct the mapping of the record's id.");
    }
}

/// <summary>Nothing: a feed is its journal.</summary>
public sealed record WorkFeedState;
