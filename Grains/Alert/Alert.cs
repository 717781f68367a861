using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.Alerts;
using Q2C.Policies;

namespace Q2C.Grains.Alerts;

/// <summary>Where an alert stands. Snapshots are stored: change the decider's version with the shape.</summary>
/// <param name="What">The last one; null before the first.</param>
/// <param name="Episode">How often it was raised: each time it is told anew.</param>
public sealed record AlertState(AlertRaised? What, bool IsOpen, bool IsAcknowledged, int Episode, Errands Errands);

/// <summary>The codes with which an alert refuses a command. Listed in <c>docs/errors.md</c>.</summary>
public static class AlertProblems
{
    public const string NotOpen = "ALERT_NOT_OPEN";
}

/// <summary>
/// Something that crossed a threshold. It is told once to each channel of its rule, however often it is seen, and once more
/// when it is over; a channel that refuses makes an exception like any other step.
/// </summary>
public static class Alert
{
    private const string Step = "Notification";

    private static readonly ImmutableArray<string> Staff =
        [Roles.Operator, Roles.Finance, Roles.FinanceApprover, Roles.Sales, Roles.Delivery, Roles.Administrator];

    public static Decider<AlertState> Decider { get; } =
        new(new(null, false, false, 0, Errands.None("")), Decide, Evolve) { Version = 1 };

    public static Decision Decide(AlertState state, Command command, DecisionContext context) => command switch
    {
        RaiseAlert or ClearAlert when !context.Actor.IsInternal() => Decision.Refuse([.. OperatorRules.NeedsRole(context.Actor, [])]),
        RaiseAlert when state.IsOpen => Decision.Nothing,
        RaiseAlert c => Raise(state, c, context),
        ClearAlert => state.IsOpen ? Tell(state, new AlertCleared(context.Now), context) : Decision.Nothing,
        AcknowledgeAlert c => Acknowledge(state, c, context),
        ReportEffect c => Report(state, c, context),
        RetryStep c => OperatorRules.ProblemsOfRetry(state.Errands, c.ExceptionId, c.Reason, context.Actor) is { IsEmpty: false } problems
            ? Decision.Refuse(problems)
            : Settle(state, c.ExceptionId, Resolutions.Retried, c.Reason, context),
        SkipStep c => OperatorRules.ProblemsOfSkip(state.Errands, c.ExceptionId, c.Reason, context.Actor) is { IsEmpty: false } problems
            ? Decision.Refuse(problems)
            : Settle(state, c.ExceptionId, Resolutions.Skipped, c.Reason, context),
        _ => Decision.Unsupported(command),
    };

    public static AlertState Evolve(AlertState state, Event @event) => @event switch
    {
        AlertRaised e => state with
        {
            What = e, IsOpen = true, IsAcknowledged = false, Episode = state.Episode + 1, Errands = WithoutDone(state.Errands),
        },
        AlertCleared => state with { IsOpen = false },
        AlertAcknowledged => state with { IsAcknowledged = true },
        NotificationAsked e => state with { Errands = Named(state.Errands, e.Effect).Asked(e.Effect, e.At) },
        NotificationSent e => state with { Errands = state.Errands.Confirmed(e.EffectId, e.At) },
        ExceptionRaised e => state with { Errands = state.Errands.Raised(e.Item, e.At) },
        ExceptionResolved e => state with { Errands = state.Errands.Resolved(e) },
        _ => throw new UnreachableException($"{@event.GetType().Name} in an alert"),
    };

    private static Decision Raise(AlertState state, RaiseAlert c, DecisionContext context)
    {
        var rule = context.Policies.AlertRules.GetValueOrDefault(c.Rule) ?? AlertPolicy.Quiet;
        return Tell(
            state, new AlertRaised(c.Rule, c.Subject, c.Title, c.Text, c.ContractId, rule.Severity, rule.Channels, context.Now), context);
    }

    /// <summary>The event, and one notification for each channel.</summary>
    private static Decision Tell(AlertState state, Event happened, DecisionContext context)
    {
        var after = Evolve(state, happened);
        var errands = after.Errands with { Grain = context.Grain };
        return Decision.Accept(
        [
            happened, .. after.What!.Channels.Select(channel => new NotificationAsked(
                errands.Request($"{after.Episode}-{(after.IsOpen ? "raised" : "cleared")}-{channel}", channel, context.Grain,
                    Notification(after, context.Grain, cleared: !after.IsOpen, context.Now)), context.Now)),
        ]);
    }

    private static SendNotification Notification(AlertState state, string id, bool cleared, DateTimeOffset now) => new(
        id, state.What!.Rule, state.What.Subject, state.What.Severity, state.What.Title, state.What.Text, cleared, now);

    private static Decision Acknowledge(AlertState state, AcknowledgeAlert c, DecisionContext context)
    {
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, Staff), .. OperatorRules.NeedsReason(c.Note),
            .. state.IsOpen ? [] : (Problem[])[new(AlertProblems.NotOpen, "alertId", "The alert is over, or never was.", "Read the open alerts again.")],
        ];
        return !problems.IsEmpty ? Decision.Refuse(problems)
            : state.IsAcknowledged ? Decision.Nothing
            : Decision.Accept(new AlertAcknowledged(c.Note, context.Actor.Id, context.Now));
    }

    private static Decision Report(AlertState state, ReportEffect c, DecisionContext context)
    {
        if (state.Errands.KeyOf(c.EffectId) is not { } key || state.Errands.Is(key, ErrandStatus.Done)) return Decision.Nothing;
        return c.Outcome is EffectOutcome.Accepted
            ? Decision.Accept([.. state.Errands.Succeeded(key, context.Now), new NotificationSent(c.EffectId, context.Now)])
            : Decision.Accept(state.Errands.Trouble(c.EffectId, c.Outcome, new(Step, Roles.Operator), context.Now));
    }

    private static Decision Settle(AlertState state, string itemId, string resolution, string reason, DecisionContext context)
    {
        var resolved = new ExceptionResolved(itemId, resolution, reason, context.Actor.Id, context.Now);
        if (resolution != Resolutions.Retried || state.Errands.KeyOfItem(itemId) is not { } key) return Decision.Accept(resolved);
        var cleared = key.StartsWith($"{state.Episode}-cleared-", StringComparison.Ordinal);
        return Decision.Accept(resolved, new NotificationAsked(
            state.Errands.Request(key, state.Errands.ByKey[key].Connection, context.Grain, Notification(state, context.Grain, cleared, context.Now)),
            context.Now));
    }

    /// <summary>What was told is over: only what is still under way is remembered.</summary>
    private static Errands WithoutDone(Errands errands) => errands with
    {
        ByKey = errands.ByKey.RemoveRange(errands.ByKey.Where(pair => pair.Value.Status is ErrandStatus.Done or ErrandStatus.Skipped).Select(pair => pair.Key)),
    };

    private static Errands Named(Errands errands, EffectRequest effect) =>
        errands.Grain.Length > 0 ? errands : errands with { Grain = effect.Subject };
}
