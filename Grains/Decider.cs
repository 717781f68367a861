using System.Collections.Immutable;
using Q2C.Policies;

namespace Q2C.Grains;

/// <summary>
/// The whole of an aggregate: where it starts, what it answers, what it becomes. Both functions are pure: the same
/// arguments give the same result, and the same history gives the same state.
/// </summary>
public sealed record Decider<TState>(
    TState Initial,
    Func<TState, Command, DecisionContext, Decision> Decide,
    Func<TState, Event, TState> Evolve)
{
    /// <summary>Changes whenever <see cref="Evolve"/> or the state's shape does: older snapshots are then left aside.</summary>
    public required int Version { get; init; }
}

/// <summary>All that a decision may know besides the state and the command.</summary>
/// <param name="Grain">The id of the deciding grain.</param>
/// <param name="Key">The command's idempotency key: the root of every id derived in the decision.</param>
public sealed record DecisionContext(string Grain, string Key, Actor Actor, DateTimeOffset Now, PolicySet Policies)
{
    public string Region => Policies.Region;

    public DateOnly Today(string timeZone) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(Now, TimeZoneInfo.FindSystemTimeZoneById(timeZone)).DateTime);
}

/// <summary>A decider's answer: the events that follow, or all the reasons against it.</summary>
public sealed record Decision
{
    private Decision(Outcome outcome, ImmutableArray<Event> events, ImmutableArray<Problem> problems) =>
        (Outcome, Events, Problems) = (outcome, events, problems);

    public Outcome Outcome { get; }

    public ImmutableArray<Event> Events { get; }

    public ImmutableArray<Problem> Problems { get; }

    /// <summary>Already so: accepted, and nothing to record but the command itself.</summary>
    public static Decision Nothing { get; } = new(Outcome.Unchanged, [], []);

    public static Decision Stale(Problem why) => new(Outcome.Stale, [], [why]);

    /// <summary>These events follow; none means <see cref="Nothing"/>.</summary>
    public static Decision Accept(params ImmutableArray<Event> events) =>
        events.IsDefaultOrEmpty ? Nothing : new(Outcome.Changed, events, []);

    /// <summary>Refused for these reasons, all of them. Throws if there is none.</summary>
    public static Decision Refuse(params ImmutableArray<Problem> problems) => problems.IsDefaultOrEmpty
        ? throw new ArgumentException("A refusal names at least one reason.", nameof(problems))
        : new(Outcome.Refused, [], problems);

    /// <summary>For a command that this kind of grain does not know.</summary>
    public static Decision Unsupported(Command command) => Refuse(new Problem(
        ProblemCodes.UnsupportedCommand, "", $"{command.GetType().Name} is not addressed to this kind of object.",
        "Check the id: its prefix names the kind of object it belongs to."));
}
