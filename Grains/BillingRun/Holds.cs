using System.Collections.Immutable;
using Q2C.BillingRuns;

namespace Q2C.Grains.BillingRuns;

/// <summary>The codes with which a hold is refused. Listed in <c>docs/errors.md</c>.</summary>
public static class HoldProblems
{
    public const string HoldUnknown = "HOLD_UNKNOWN";
    public const string HoldOfAnother = "HOLD_OF_ANOTHER";
}

/// <summary>Holds of billing, the same for customer, contract, project and invoice: in the order in which they were placed.</summary>
internal static class Holds
{
    private const string Kind = "hold";

    private static readonly ImmutableArray<string> Holders = [Roles.Finance, Roles.Operator, Roles.Administrator];

    public static Decision Place(HoldBilling c, DecisionContext context, ImmutableArray<string> targets, params ImmutableArray<Problem> others)
    {
        ImmutableArray<Problem> problems = [.. Against(context.Actor, c.Reason), .. others];
        if (!problems.IsEmpty) return Decision.Refuse(problems);
        var id = Ids.Derive(context.Region, Kind, context.Grain, context.Key);
        return Decision.Accept(new BillingHeld(new(id, context.Grain, c.Reason, context.Actor.Id, context.Now), targets, context.Now));
    }

    /// <summary>The release as an event, or all that speaks against it.</summary>
    public static (BillingHoldReleased? Released, ImmutableArray<Problem> Problems) Lift(
        ImmutableArray<BillingHold>? holds, ReleaseBilling c, DecisionContext context, ImmutableArray<string> targets)
    {
        ImmutableArray<Problem> problems = [.. Against(context.Actor, c.Reason), .. ProblemsOf(Of(holds), c.HoldId, context.Grain)];
        return problems.IsEmpty
            ? (new(c.HoldId, c.Reason, context.Actor.Id, targets, context.Now), [])
            : (null, problems);
    }

    public static Decision Release(ImmutableArray<BillingHold>? holds, ReleaseBilling c, DecisionContext context, ImmutableArray<string> targets)
    {
        var (released, problems) = Lift(holds, c, context, targets);
        return released is null ? Decision.Refuse(problems) : Decision.Accept(released);
    }

    /// <summary>What a hold or release above means here; null if it is known, or no hold.</summary>
    public static Event? Heard(ImmutableArray<BillingHold>? holds, Event heard, ImmutableArray<string> targets, DateTimeOffset now) => heard switch
    {
        BillingHeld e when Of(holds).All(hold => hold.Id != e.Hold.Id) => new BillingHeld(e.Hold, targets, now),
        BillingHoldReleased e when Of(holds).Any(hold => hold.Id == e.HoldId) => new BillingHoldReleased(e.HoldId, e.Reason, e.By, targets, now),
        _ => null,
    };

    public static ImmutableArray<BillingHold> After(ImmutableArray<BillingHold>? holds, BillingHeld e) =>
        Of(holds).Any(hold => hold.Id == e.Hold.Id) ? Of(holds) : Of(holds).Add(e.Hold);

    public static ImmutableArray<BillingHold> After(ImmutableArray<BillingHold>? holds, BillingHoldReleased e) =>
        Of(holds).RemoveAll(hold => hold.Id == e.HoldId);

    public static ImmutableArray<BillingHold> Of(ImmutableArray<BillingHold>? holds) => holds ?? [];

    private static IEnumerable<Problem> Against(Actor actor, string reason) =>
        [.. OperatorRules.NeedsRole(actor, Holders), .. OperatorRules.NeedsReason(reason)];

    private static IEnumerable<Problem> ProblemsOf(ImmutableArray<BillingHold> holds, string id, string grain)
    {
        var hold = holds.FirstOrDefault(one => one.Id == id);
        if (hold is null)
            yield return new(HoldProblems.HoldUnknown, "holdId", $"There is no hold '{id}' here; it may have been released meanwhile.", "Read the holds again.");
        else if (hold.On != grain)
            yield return new(HoldProblems.HoldOfAnother, "holdId", $"The hold was placed on '{hold.On}' and holds here too.", $"Release it on '{hold.On}'.");
    }
}
