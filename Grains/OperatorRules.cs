using System.Collections.Immutable;
using System.Diagnostics;

namespace Q2C.Grains;

/// <summary>Refusals of what operators do with work items, the same for every aggregate.</summary>
public static class OperatorProblems
{
    public const string Forbidden = ProblemCodes.Forbidden;
    public const string ReasonRequired = "REASON_REQUIRED";
    public const string ExceptionNotOpen = "EXCEPTION_NOT_OPEN";
    public const string StepStillRunning = "STEP_STILL_RUNNING";
    public const string StepNotSkippable = "STEP_NOT_SKIPPABLE";
    public const string SecondPersonNeeded = "SECOND_PERSON_NEEDED";
}

internal static class OperatorRules
{
    public const int MaxReasonLength = 2000;

    private static readonly ImmutableArray<string> Operators = [Roles.Operator, Roles.Finance, Roles.Administrator];

    public static IEnumerable<Problem> MayOperate(Actor actor) => NeedsRole(actor, Operators);

    public static IEnumerable<Problem> NeedsRole(Actor actor, ImmutableArray<string> roles)
    {
        if (!roles.Any(actor.Has))
            yield return new(OperatorProblems.Forbidden, "",
                $"{actor.Id} has none of the roles that may do this: {string.Join(", ", roles)}.",
                "Ask somebody who has one of these roles, or an administrator for the role.");
    }

    /// <summary>Who proposed something cannot decide about it.</summary>
    public static IEnumerable<Problem> NeedsSecondPerson(Actor actor, string? proposedBy)
    {
        if (proposedBy == actor.Id)
            yield return new(OperatorProblems.SecondPersonNeeded, "", $"{actor.Id} proposed it.", "Have somebody else decide.");
    }

    /// <summary>Facts are reported by connections, and by people and automations in one of the roles.</summary>
    public static IEnumerable<Problem> MayReport(Actor actor, ImmutableArray<string> roles) =>
        actor.IsInternal() ? [] : NeedsRole(actor, roles);

    public static IEnumerable<Problem> NeedsReason(string? reason)
    {
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > MaxReasonLength)
            yield return new(OperatorProblems.ReasonRequired, "reason",
                $"A reason of 1 to {MaxReasonLength} characters is recorded with every operator action.", "Say why.");
    }

    public static IEnumerable<Problem> NeedsOpenItem(Errands errands, string itemId)
    {
        if (errands.Item(itemId) is null) yield return NotOpen(itemId);
    }

    public static Problem NotOpen(string itemId) => new(
        OperatorProblems.ExceptionNotOpen, "exceptionId",
        $"There is no open exception '{itemId}' here; it may have been resolved meanwhile.",
        "Read the open exceptions again.");

    public static IEnumerable<Problem> NeedsRest(Errands errands, string itemId)
    {
        if (errands.Item(itemId) is { } item && Errands.ResolvesItself(item))
            yield return new(OperatorProblems.StepStillRunning, "exceptionId",
                $"{item.Step} is still being tried; asking again could do it twice.",
                "Wait: it resolves itself when the system answers.");
    }

    /// <summary>All reasons against a retry or a correction of this item.</summary>
    public static ImmutableArray<Problem> ProblemsOfRetry(Errands errands, string itemId, string? reason, Actor actor) =>
        [.. ProblemsOfSkip(errands, itemId, reason, actor), .. NeedsRest(errands, itemId)];

    public static ImmutableArray<Problem> ProblemsOfSkip(Errands errands, string itemId, string? reason, Actor actor) =>
        [.. MayOperate(actor), .. NeedsReason(reason), .. NeedsOpenItem(errands, itemId)];

    public static Problem NotSkippable(string step) => new(
        OperatorProblems.StepNotSkippable, "exceptionId", $"{step} cannot be skipped: what follows depends on it.",
        "Correct what is wrong and retry, or give the whole thing up.");
}

/// <summary>Runs a process on as far as it goes by itself.</summary>
internal static class Process
{
    private const int MaxMoves = 64;

    /// <summary>
    /// The events and all that <paramref name="next"/> says must follow, until it says nothing. Each move changes the
    /// state so that it is not wanted again.
    /// </summary>
    public static Decision Follow<TState>(
        TState state, ImmutableArray<Event> events, Func<TState, Event, TState> evolve, Func<TState, ImmutableArray<Event>> next)
    {
        if (events.IsEmpty) return Decision.Nothing;
        var all = events.ToBuilder();
        state = events.Aggregate(state, evolve);
        for (var moves = 0; next(state) is { IsEmpty: false } more; moves++)
        {
            if (moves == MaxMoves) throw new UnreachableException($"{state} does not come to rest.");
            all.AddRange(more);
            state = more.Aggregate(state, evolve);
        }

        return Decision.Accept(all.ToImmutable());
    }
}
