using System.Collections.Immutable;
using System.Text;
using Q2C.Grains.Journal;
using Q2C.Policies;

namespace Q2C.Grains.Tests;

/// <summary>
/// The one way to test a decider: <c>decider.Given(events).When(command).Then(events)</c>. Whole values are compared in
/// their stored form, which every event must survive; and every history must be one that <c>Evolve</c> accepts.
/// </summary>
internal static class DeciderSpec
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    public static Given<TState> Given<TState>(this Decider<TState> decider, params Event[] history) => new(decider, history);
}

internal sealed record Given<TState>(Decider<TState> Decider, Event[] History)
{
    private string _grain = "eu_xx_00000000000000000000000000";
    private PolicySet _policies = PolicySet.Empty("eu");
    private Actor _actor = new("nora", [Roles.Finance, Roles.Operator]);
    private DateTimeOffset _now = DeciderSpec.Noon;

    public Given<TState> In(string grain) => this with { _grain = grain };

    public Given<TState> Under(PolicySet policies) => this with { _policies = policies };

    public Given<TState> By(Actor actor) => this with { _actor = actor };

    public Given<TState> At(DateTimeOffset now) => this with { _now = now };

    public TState State => Stored(History).Aggregate(Decider.Initial, Decider.Evolve);

    public When<TState> When(Command command, string key = "key-1")
    {
        var stored = WireFormat.Read<Command>(WireFormat.Write(command));
        return new(this, Decider.Decide(State, stored, new(_grain, key, _actor, _now, _policies)));
    }

    internal static IEnumerable<Event> Stored(IEnumerable<Event> events) =>
        events.Select(@event => WireFormat.Read<Event>(WireFormat.Write(@event)));
}

internal sealed record When<TState>(Given<TState> Given, Decision Decision)
{
    /// <summary>Exactly these events, in this order; returns the history with them for a next step.</summary>
    public Given<TState> Then(params Event[] expected)
    {
        Assert.Equal([], Decision.Problems.Select(problem => $"{problem.Code} at '{problem.Path}': {problem.Message}"));
        Assert.Equal(string.Join("\n", Lines(expected)), string.Join("\n", Lines(Decision.Events)));
        return Continue();
    }

    /// <summary>Accepted, whatever the events; for tests that check the state or a part of the story.</summary>
    public Given<TState> Accepted()
    {
        Assert.Equal([], Decision.Problems.Select(problem => $"{problem.Code} at '{problem.Path}': {problem.Message}"));
        return Continue();
    }

    public void ThenNothing()
    {
        Assert.Equal(Outcome.Unchanged, Decision.Outcome);
        Assert.Empty(Decision.Events);
    }

    public void ThenStale() => Assert.Equal(Outcome.Stale, Decision.Outcome);

    /// <summary>Refused for exactly these reasons, each <c>CODE path</c>, in order.</summary>
    public void ThenRefused(params string[] codesAndPaths)
    {
        Assert.Equal(codesAndPaths, Decision.Problems.Select(problem => $"{problem.Code} {problem.Path}".TrimEnd()));
        Assert.All(Decision.Problems, problem => Assert.False(
            string.IsNullOrWhiteSpace(problem.Message) || string.IsNullOrWhiteSpace(problem.Remedy),
            $"{problem.Code} needs a message and a remedy."));
    }

    private Given<TState> Continue()
    {
        var next = Given with { History = [.. Given.History, .. Decision.Events] };
        _ = next.State;
        return next;
    }

    private static ImmutableArray<string> Lines(IEnumerable<Event> events) =>
        [.. events.Select(@event => Encoding.UTF8.GetString(WireFormat.Write(@event).Span))];
}
