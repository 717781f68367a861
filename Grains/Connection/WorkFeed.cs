using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.Connections;

namespace Q2C.Grains.Connections;

/// <summary>
/// Passes on what a connection reports about a project, and links the two. Of the records it keeps nothing: which version
/// of one counts is the project's to decide.
/// </summary>
public static class WorkFeed
{
    /// <summary>A connector that has more reports it in parts.</summary>
    public const int MaxRecords = 1_000;

    public const int MaxSourceIdLength = 200;

    public const string ProjectUnknown = "PROJECT_ID_INVALID";
    public const string SourceIdInvalid = "SOURCE_ID_INVALID";
    public const string TooManyRecords = "TOO_MANY_RECORDS";
    public const string FeedTaken = "WORK_PROJECT_TAKEN";

    /// <summary>The key of the errands: the link, and taking it back.</summary>
    private const string Link = "link";
    private const string Unlink = "unlink";

    private static readonly StuckStep Step = new("Link to a project of work management", Roles.Delivery);
    private static readonly ImmutableArray<string> Managers = [Roles.Delivery, Roles.Operator, Roles.Administrator];

    public static Decider<WorkFeedState> Decider { get; } = new(WorkFeedState.Initial, Decide, Evolve) { Version = 2 };

    private static Decision Decide(WorkFeedState state, Command command, DecisionContext context) => command switch
    {
        ReportWork c => Report(c, context),
        LinkFeed c => Ask(state, c, context),
        UnlinkFeed c => TakeBack(state, c, context),
        ReportEffect c => Heard(state, c, context),
        RetryStep c => Resolve(state, context, OperatorRules.ProblemsOfRetry(ErrandsOf(state, context), c.ExceptionId, c.Reason, context.Actor),
            new(c.ExceptionId, Resolutions.Retried, c.Reason, context.Actor.Id, context.Now)),
        SkipStep c => Resolve(state, context, OperatorRules.ProblemsOfSkip(ErrandsOf(state, context), c.ExceptionId, c.Reason, context.Actor),
            new(c.ExceptionId, Resolutions.Skipped, c.Reason, context.Actor.Id, context.Now)),
        _ => Decision.Unsupported(command),
    };

    private static WorkFeedState Evolve(WorkFeedState state, Event @event) => @event switch
    {
        WorkReported => state,
        FeedLinkAsked e => new(e.Link, false, (state.Errands ?? Errands.None(e.Effect.Subject)).Asked(e.Effect, e.At)),
        FeedUnlinkAsked e => state with { Errands = state.Errands!.Asked(e.Effect, e.At) },
        FeedStepConfirmed e => Confirmed(state, e),
        ExceptionRaised e => state with { Errands = state.Errands!.Raised(e.Item, e.At) },
        ExceptionResolved e => state with { Errands = state.Errands!.Resolved(e) },
        _ => throw new UnreachableException(@event.GetType().Name),
    };

    private static WorkFeedState Confirmed(WorkFeedState state, FeedStepConfirmed e)
    {
        var errands = state.Errands!.Confirmed(e.EffectId, e.At);
        return errands.KeyOf(e.EffectId) == Unlink ? new(null, false, errands) : state with { Linked = true, Errands = errands };
    }

    private static Decision Report(ReportWork report, DecisionContext context)
    {
        if (Problems(report).ToArray() is [_, ..] problems) return Decision.Refuse([.. problems]);
        return report.Records is []
            ? Decision.Nothing
            : Decision.Accept(new WorkReported(report.Connection, report.ProjectId, report.Records, context.Now));
    }

    private static Decision Ask(WorkFeedState state, LinkFeed c, DecisionContext context)
    {
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, Managers), .. OperatorRules.NeedsReason(c.Reason),
            .. state.Link is { } other && other.ProjectId != c.ProjectId ? [Taken(other)] : (Problem[])[],
        ];
        if (!problems.IsEmpty) return Decision.Refuse(problems);
        return state.Link is null ? Decision.Accept(Asked(state, c, context)) : Decision.Nothing;
    }

    private static Decision TakeBack(WorkFeedState state, UnlinkFeed c, DecisionContext context)
    {
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, Managers), .. OperatorRules.NeedsReason(c.Reason),
            .. state.Link is { } other && other.ProjectId != c.ProjectId ? [Taken(other)] : (Problem[])[],
        ];
        if (!problems.IsEmpty) return Decision.Refuse(problems);
        return state.Link is { } link && !ErrandsOf(state, context).Is(Unlink, ErrandStatus.Waiting)
            ? Decision.Accept(UnlinkAsked(state, link, c.Reason, context))
            : Decision.Nothing;
    }

    private static FeedLinkAsked Asked(WorkFeedState state, LinkFeed c, DecisionContext context) => new(
        c, ErrandsOf(state, context).Request(Link, c.Connection, context.Grain, new LinkWorkProject(c.ProjectId, c.ContractId, c.Name, c.ExternalProject)),
        context.Now);

    private static FeedUnlinkAsked UnlinkAsked(WorkFeedState state, LinkFeed link, string reason, DecisionContext context) => new(
        reason, ErrandsOf(state, context).Request(
            Unlink, link.Connection, context.Grain, new UnlinkWorkProject(link.ProjectId, link.ExternalProject, reason)), context.Now);

    private static Decision Heard(WorkFeedState state, ReportEffect c, DecisionContext context)
    {
        var errands = ErrandsOf(state, context);
        if (errands.KeyOf(c.EffectId) is not { } key) return Decision.Nothing;
        return (errands.ByKey[key].Status, c.Outcome) switch
        {
            (ErrandStatus.Waiting or ErrandStatus.Skipped, EffectOutcome.Accepted accepted) => Decision.Accept(
                [new FeedStepConfirmed(c.EffectId, accepted.ExternalId, context.Now), .. errands.Succeeded(key, context.Now)]),
            (ErrandStatus.Waiting, _) => Decision.Accept(errands.Trouble(c.EffectId, c.Outcome, Step, context.Now)),
            _ => Decision.Nothing,
        };
    }

    private static Decision Resolve(WorkFeedState state, DecisionContext context, ImmutableArray<Problem> problems, ExceptionResolved resolved)
    {
        if (!problems.IsEmpty) return Decision.Refuse(problems);
        var after = Evolve(state, resolved);
        return resolved.Resolution != Resolutions.Retried
            ? Decision.Accept(resolved)
            : Decision.Accept([resolved, Again(after, context)]);
    }

    private static Event Again(WorkFeedState state, DecisionContext context) => state.Errands!.Is(Unlink, ErrandStatus.Again)
        ? UnlinkAsked(state, state.Link!, "retried", context)
        : Asked(state, state.Link!, context);

    private static Errands ErrandsOf(WorkFeedState state, DecisionContext context) => state.Errands ?? Errands.None(context.Grain);

    private static Problem Taken(LinkFeed other) => new(
        FeedTaken, "externalProject", $"{other.ExternalProject} of {other.Connection} is linked to {other.ProjectId} already.",
        "Take that link back first: the work of one project there belongs to one project here.");

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

/// <summary>Of the records nothing: a feed is its journal.</summary>
/// <param name="Link">What is asked for or holds; null for a feed that a connector knows by other means.</param>
/// <param name="Linked">The system has confirmed it.</param>
public sealed record WorkFeedState(LinkFeed? Link, bool Linked, Errands? Errands)
{
    public static WorkFeedState Initial { get; } = new(null, false, null);
}
