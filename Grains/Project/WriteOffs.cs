using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>What people decide against the terms: work given up, caps exceeded, work billed anew after a credit.</summary>
internal static class WriteOffs
{
    public const string ItemNotOpen = "ITEM_NOT_OPEN";
    public const string NothingToWriteOff = "NOTHING_TO_WRITE_OFF";
    public const string PercentInvalid = "PERCENT_OUTSIDE_RANGE";
    public const string WriteOffUnknown = "WRITE_OFF_UNKNOWN";
    public const string ApproverIsPreparer = "APPROVER_IS_PREPARER";
    public const string CapNotExtendable = "CAP_NOT_EXTENDABLE";

    private const decimal Whole = 100;

    private static readonly ImmutableArray<string> Deciders = [Roles.Finance, Roles.Administrator];

    public static Decision GiveUp(ProjectTurn turn, WriteOffWork c)
    {
        var (state, context) = (turn.State, turn.Context);
        if (Against(turn, c.Reason, [.. NotOpen(state, c.ItemIds), .. OutsideRange(c.Percent)]) is { } refused) return refused;
        ImmutableArray<GivenUp> parts =
        [
            .. c.ItemIds.Distinct().Select(id => new GivenUp(id, Part(state, id, c.Percent))).Where(part => !part.Amount.IsZero),
        ];
        if (parts.IsEmpty)
            return Decision.Refuse(new Problem(NothingToWriteOff, "itemIds", "Nothing of these items would be billed.", "Choose items with an amount."));
        var amount = parts.Aggregate(Money.Zero(state.Currency), (sum, part) => sum + part.Amount);
        var threshold = state.Contract!.Routing.ApprovalThreshold;
        var id = $"{context.Grain}/write-off/{context.Key}";
        if (amount > threshold) turn.Add(new WriteOffProposed(id, parts, amount, threshold, c.Reason, context.Actor.Id, turn.Now));
        else Hold(turn, new(id, parts, amount, c.Reason, context.Actor.Id, turn.Now));
        return turn.Finish();
    }

    public static Decision Approve(ProjectTurn turn, ApproveWriteOff c)
    {
        var state = turn.State;
        var proposed = state.WriteOffs.GetValueOrDefault(c.WriteOffId);
        if (proposed is { Approved: true }) return Decision.Nothing;
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(turn.Context.Actor, Deciders),
            .. proposed is null ? [Unknown(c.WriteOffId)] : NotOpen(state, proposed.Parts.Keys),
        ];
        if (proposed?.By == turn.Context.Actor.Id)
            problems = problems.Add(new(
                ApproverIsPreparer, "", $"{proposed.By} asked for the write-off.", "Somebody else with the role approves it."));
        if (!problems.IsEmpty) return Decision.Refuse(problems);
        ImmutableArray<GivenUp> parts =
            [.. proposed!.Parts.OrderBy(part => part.Key, StringComparer.Ordinal).Select(part => new GivenUp(part.Key, new(part.Value, state.Currency)))];
        Hold(turn, new(proposed.Id, parts, proposed.Amount, proposed.Reason, turn.Context.Actor.Id, turn.Now));
        return turn.Finish();
    }

    public static Decision TakeBack(ProjectTurn turn, ReverseWriteOff c)
    {
        var state = turn.State;
        var known = state.WriteOffs.GetValueOrDefault(c.WriteOffId);
        Problem[] problems = known is null
            ? [Unknown(c.WriteOffId)]
            : [.. known.Parts.Keys.Where(id => state.Unbilled.GetValueOrDefault(state.KeyOf(id)) is { Run: not null }).Select(Reserved)];
        if (Against(turn, c.Reason, problems) is { } refused) return refused;
        turn.Add(new WriteOffReversed(c.WriteOffId, c.Reason, turn.Context.Actor.Id, turn.Now));
        Rewrite(turn, known!.Parts.Keys, $"Write-off taken back: {c.Reason}");
        return turn.Finish();
    }

    public static Decision ApproveBeyond(ProjectTurn turn, ApproveBeyondCap c)
    {
        var state = turn.State;
        var layer = state.Contract is null ? null : state.Book.Newest.Caps.All.FirstOrDefault(each =>
            each.Limit?.AtCap == AtCap.BillWithApproval && each.InHours == (c.Amount is null) && (each.Subject == c.Cap || each.Lines is [var only] && only == c.Cap));
        var units = c.Amount?.Minor ?? CapPlan.Units(c.Hours ?? 0);
        if (Against(turn, c.Reason, layer is null || units <= 0 || (c.Amount is { } amount && amount.Currency != state.Currency)
                ? [new(CapNotExtendable, "cap", $"'{c.Cap}' is no cap that can be exceeded by this with approval.",
                    "Name the line or shared cap whose terms allow it, and an amount in the contract's currency or hours above zero; other caps are raised by a change order.")]
                : []) is { } refused) return refused;
        turn.Add(new CapExtended(c.Cap, layer!.Key, units, c.Reason, turn.Context.Actor.Id, turn.Now));
        CapShift.All(turn, $"Billing beyond the cap approved: {c.Reason}");
        return turn.Finish();
    }

    private static void Hold(ProjectTurn turn, WorkWrittenOff writtenOff)
    {
        turn.Add(writtenOff);
        Rewrite(turn, writtenOff.Parts.Select(part => part.ItemId), $"Written off: {writtenOff.Reason}");
    }

    private static void Rewrite(ProjectTurn turn, IEnumerable<string> itemIds, string cause)
    {
        foreach (var id in itemIds.Order(StringComparer.Ordinal))
        {
            if (turn.State.Unbilled.GetValueOrDefault(turn.State.KeyOf(id)) is not { Run: null } open || open.Item.Id != id) continue;
            var next = CapShift.Recharged(turn.State, open);
            if (next != open.Item) turn.Add(new ItemRepriced(next, cause, turn.Now));
        }

        CapShift.After(turn, cause);
    }

    private static Money Part(ProjectState state, string itemId, decimal? percent)
    {
        var open = state.Unbilled[state.KeyOf(itemId)];
        var amount = percent is null ? open.Item.Value - new Money(open.GivenUp, state.Currency) : open.Item.Amount;
        return Money.Round(amount.Amount * (percent ?? Whole) / Whole, amount.Currency, state.Book.Rounding);
    }

    private static IEnumerable<Problem> NotOpen(ProjectState state, IEnumerable<string> itemIds) => itemIds
        .Where(id => state.Unbilled.GetValueOrDefault(state.KeyOf(id)) is not { Run: null, Record: not null } open || open.Item.Id != id)
        .Select(id => new Problem(ItemNotOpen, "itemIds", $"'{id}' is not open here.", "Read the open items again; what is reserved or invoiced is credited instead."));

    private static Problem Reserved(string id) =>
        new(ItemNotOpen, "writeOffId", $"'{id}' is set aside for an invoice.", "Wait until the invoice is issued or rejected.");

    private static IEnumerable<Problem> OutsideRange(decimal? percent)
    {
        if (percent is <= 0 or > Whole)
            yield return new(PercentInvalid, "percent", $"{percent} % cannot be given up.", "Give a percentage above 0 and at most 100.");
    }

    private static Problem Unknown(string id) =>
        new(WriteOffUnknown, "writeOffId", $"There is no write-off '{id}' here.", "Take the id from the project's write-offs.");

    private static Decision? Against(ProjectTurn turn, string reason, IEnumerable<Problem> others)
    {
        ImmutableArray<Problem> problems =
            [.. OperatorRules.NeedsRole(turn.Context.Actor, Deciders), .. OperatorRules.NeedsReason(reason), .. others];
        return problems.IsEmpty ? null : Decision.Refuse(problems);
    }
}
