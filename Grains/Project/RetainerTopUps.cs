using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Grains.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>What a person adds to a retainer: granted at once, and charged with the next billing run.</summary>
internal static class RetainerTopUps
{
    public const string QuantityInvalid = "QUANTITY_INVALID";
    public const string NoRetainer = "NO_RETAINER";
    public const string ExpiryInvalid = "EXPIRY_INVALID";

    public static IEnumerable<Problem> Check(ProjectState state, TopUpRetainer c)
    {
        if (state.Contract is null) yield break;
        if (state.Book.Newest.Line(c.LineId)?.Billing is not BillingModel.Retainer)
            yield return new(NoRetainer, "lineId", $"'{c.LineId}' is no retainer of the contract.", "Use the id of a retainer's line.");
        if (c.Quantity is <= 0 or > Pricing.MaxHours)
            yield return new(QuantityInvalid, "quantity", $"The quantity is {c.Quantity}.", $"Give one above zero, at most {Pricing.MaxHours:#,##0}.");
        if (state.Book.Newest.Line(c.LineId)?.Billing is BillingModel.Retainer { Unit: RetainerUnit.Money }
            && !PeriodicRules.IsPayable(c.Quantity, state.Currency))
            yield return new(QuantityInvalid, "quantity", $"{c.Quantity} is no amount in {state.Currency}.",
                $"Give at most {Currencies.Digits(state.Currency)} decimals.");
        if (c.Price is < 0)
            yield return new(QuantityInvalid, "price", $"The price is {c.Price}.", "Give zero for a gift, or a price above it.");
        if (c.LastDay < c.From)
            yield return new(ExpiryInvalid, "lastDay", $"It would expire on {c.LastDay:O}, before it begins on {c.From:O}.", "Correct one of the two days.");
    }

    public static Decision Grant(ProjectTurn turn, TopUpRetainer c)
    {
        var state = turn.State;
        var number = state.Periods.TopUps.Count + 1;
        var model = (BillingModel.Retainer)state.Book.Newest.Line(c.LineId)!.Billing;
        var value = Money.Round(c.Quantity * (c.Price ?? model.Price), state.Currency, state.Book.Rounding);
        var topUp = new TopUp(
            $"{c.LineId}/{c.From:O}/{number}", c.LineId, TopUpOrigin.Person, c.Priority ?? model.Priority ?? BillingModel.Retainer.UsualPriority,
            c.From, c.LastDay?.AddDays(1) ?? RetainerBook.UntilOf(model, c.From), c.Quantity, value);
        turn.Add(new RetainerToppedUp(topUp, turn.Now));
        if (!value.IsZero) turn.Add(new TopUpCharged(Item(state, c, topUp), turn.Now));
        return turn.Finish();
    }

    private static BillableItem Item(ProjectState state, TopUpRetainer c, TopUp topUp)
    {
        var line = state.Book.Newest.Line(c.LineId)!;
        var source = $"top-up/{topUp.Id}";
        return new(
            ItemIds.Of(source, 1), source, 1, ItemKind.Period, c.LineId, c.From, $"{line.Description}: paid in advance", null, null,
            c.Quantity, Rounding.HalfUp.Round(topUp.Value.Amount / c.Quantity, DayCount.RatioDecimals), topUp.Value, topUp.Value, Disposition.Billable,
            $"{PeriodWording.Number(c.Quantity)} more to draw from: {c.Reason}",
            $"Contract version {state.Book.Newest.Terms.Version}, line {line.Description}", ServiceFrom: c.From);
    }
}
