using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.ExceptionCases;

namespace Q2C.Grains.ExceptionCases;

/// <summary>Who works on it and what they said. Snapshots are stored: change the decider's version with the shape.</summary>
/// <param name="Subject">Null until somebody did something.</param>
public sealed record ExceptionCaseState(
    CaseSubject? Subject, string? Assignee, ImmutableHashSet<string> Tags, DateTimeOffset? SnoozedUntil, int Notes);

/// <summary>The codes with which a case refuses a command. Listed in <c>docs/errors.md</c>.</summary>
public static class ExceptionCaseProblems
{
    public const string AssigneeInvalid = "ASSIGNEE_INVALID";
    public const string NoteInvalid = "NOTE_INVALID";
    public const string TooManyNotes = "TOO_MANY_NOTES";
    public const string TagInvalid = "TAG_INVALID";
    public const string TooManyTags = "TOO_MANY_TAGS";
    public const string SnoozeInvalid = "SNOOZE_INVALID";
}

/// <summary>
/// What people do about an exception, or about all exceptions of one cause, besides settling them: whose it is, tags,
/// notes, and that it may rest for a while. The exceptions themselves are the objects' that raised them.
/// </summary>
public static class ExceptionCase
{
    public const int MaxAssigneeLength = 120;
    public const int MaxNoteLength = 4000;
    public const int MaxNotes = 500;
    public const int MaxTagLength = 40;
    public const int MaxTags = 20;

    /// <summary>Longer, and it would be forgotten.</summary>
    public static readonly TimeSpan LongestSnooze = TimeSpan.FromDays(92);

    private static readonly ImmutableArray<string> Workers =
        [Roles.Operator, Roles.Finance, Roles.Sales, Roles.Delivery, Roles.Administrator];

    public static Decider<ExceptionCaseState> Decider { get; } =
        new(new(null, null, [], null, 0), Decide, Evolve) { Version = 1 };

    public static Decision Decide(ExceptionCaseState state, Command command, DecisionContext context) => command switch
    {
        AssignCase c => Act(state, c.Subject, context, ProblemsOf(c), Assign(state, c, context)),
        NoteCase c => Act(state, c.Subject, context, ProblemsOf(state, c), [new CaseNoted(c.Text, context.Actor.Id, context.Now)]),
        TagCase c => Act(state, c.Subject, context, ProblemsOf(state, c), Tag(state, c, context)),
        SnoozeCase c => Act(state, c.Subject, context, ProblemsOf(c, context), Snooze(state, c, context)),
        _ => Decision.Unsupported(command),
    };

    public static ExceptionCaseState Evolve(ExceptionCaseState state, Event @event) => @event switch
    {
        CaseOpened e => state with { Subject = e.Subject },
        CaseAssigned e => state with { Assignee = e.Assignee },
        CaseNoted => state with { Notes = state.Notes + 1 },
        CaseTagged e => state with { Tags = state.Tags.Except(e.Removed).Union(e.Added) },
        CaseSnoozed e => state with { SnoozedUntil = e.Until },
        _ => throw new UnreachableException($"{@event.GetType().Name} in a case"),
    };

    private static Decision Act(
        ExceptionCaseState state, CaseSubject subject, DecisionContext context, IEnumerable<Problem> problems,
        ImmutableArray<Event> events) =>
        ((ImmutableArray<Problem>)[.. OperatorRules.NeedsRole(context.Actor, Workers), .. problems]) switch
        {
            { IsEmpty: false } all => Decision.Refuse(all),
            _ when events.IsEmpty => Decision.Nothing,
            _ => Decision.Accept([.. state.Subject is null ? [new CaseOpened(subject, context.Now)] : (Event[])[], .. events]),
        };

    private static ImmutableArray<Event> Assign(ExceptionCaseState state, AssignCase c, DecisionContext context) =>
        state.Assignee == c.Assignee ? [] : [new CaseAssigned(c.Assignee, c.Reason, context.Actor.Id, context.Now)];

    private static ImmutableArray<Event> Tag(ExceptionCaseState state, TagCase c, DecisionContext context)
    {
        ImmutableArray<string> added = [.. c.Add.Distinct().Where(tag => !state.Tags.Contains(tag))];
        ImmutableArray<string> removed = [.. c.Remove.Distinct().Except(c.Add).Where(state.Tags.Contains)];
        return added.IsEmpty && removed.IsEmpty
            ? []
            : [new CaseTagged(added, removed, c.Reason, context.Actor.Id, context.Now)];
    }

    /// <summary>A later snooze to the same moment is one of its own: it covers what was raised since the first.</summary>
    private static ImmutableArray<Event> Snooze(ExceptionCaseState state, SnoozeCase c, DecisionContext context) =>
        c.Until is null && state.SnoozedUntil is null
            ? []
            : [new CaseSnoozed(c.Until, c.Reason, context.Actor.Id, context.Now)];

    private static IEnumerable<Problem> ProblemsOf(AssignCase c)
    {
        foreach (var problem in OperatorRules.NeedsReason(c.Reason)) yield return problem;
        if (c.Assignee is { } assignee && (string.IsNullOrWhiteSpace(assignee) || assignee.Length > MaxAssigneeLength))
            yield return new(ExceptionCaseProblems.AssigneeInvalid, "assignee",
                $"A person's id has 1 to {MaxAssigneeLength} characters.", "Name a person as the audit names them, or nobody.");
    }

    private static IEnumerable<Problem> ProblemsOf(ExceptionCaseState state, NoteCase c)
    {
        if (string.IsNullOrWhiteSpace(c.Text) || c.Text.Length > MaxNoteLength)
            yield return new(ExceptionCaseProblems.NoteInvalid, "text",
                $"A note has 1 to {MaxNoteLength} characters.", "Say it in fewer words, or in several notes.");
        if (state.Notes >= MaxNotes)
            yield return new(ExceptionCaseProblems.TooManyNotes, "text",
                $"There are {MaxNotes} notes already.", "Settle the exception; go on elsewhere.");
    }

    private static IEnumerable<Problem> ProblemsOf(ExceptionCaseState state, TagCase c)
    {
        foreach (var problem in OperatorRules.NeedsReason(c.Reason)) yield return problem;
        for (var i = 0; i < c.Add.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(c.Add[i]) || c.Add[i].Length > MaxTagLength)
                yield return new(ExceptionCaseProblems.TagInvalid, $"add[{i}]",
                    $"A tag has 1 to {MaxTagLength} characters.", "Use a word or two.");
        }

        if (state.Tags.Except(c.Remove).Union(c.Add).Count > MaxTags)
            yield return new(ExceptionCaseProblems.TooManyTags, "add",
                $"There would be more than {MaxTags} tags.", "Remove some first.");
    }

    private static IEnumerable<Problem> ProblemsOf(SnoozeCase c, DecisionContext context)
    {
        foreach (var problem in OperatorRules.NeedsReason(c.Reason)) yield return problem;
        if (c.Until is { } until && (until <= context.Now || until > context.Now + LongestSnooze))
            yield return new(ExceptionCaseProblems.SnoozeInvalid, "until",
                $"A snooze ends within {LongestSnooze.Days} days from now; {until:u} is not.", "Give a moment in the near future.");
    }
}
