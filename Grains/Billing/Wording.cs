using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>What is billed of a price, and what cut it.</summary>
/// <param name="Hours">In the amount, in billionths; null where they use up nothing.</param>
/// <param name="Cut">The limit that left less than the value; null if none did.</param>
/// <param name="Ceiling">Of that limit, in its units, with what was approved beyond it.</param>
internal readonly record struct Charge(Money Amount, long? Hours, CapLayer? Cut, long Ceiling);

/// <summary>Writes a price down as an item: with the sentence for the customer and the term that decided.</summary>
internal static class Wording
{
    private const int MaxRateDigits = 9;

    public static BillableItem Item(WorkRecord record, in Price price, in Charge charge)
    {
        var cut = charge.Amount < price.Value && price.IsCharged;
        var isTime = record is WorkRecord.TimeWorked;
        var inHours = price.Unit is null;
        return new(
            ItemIds.Of(record), record.SourceId, record.SourceVersion, KindOf(record), price.LineId, record.Date,
            Description(record, price), Person(record), (record as WorkRecord.TimeWorked)?.Role, price.Quantity, price.Rate,
            price.Value, charge.Amount,
            price.IsExcluded ? Disposition.Excluded : price.IsDeferred ? Disposition.Deferred : cut ? Disposition.Capped : Disposition.Billable,
            cut ? Capped(record, price, charge) : Explanation(record, price),
            cut ? $"{Rule(record, price)}, at most {Limit(charge, price.Value.Currency)} for {(charge.Cut is { Lines: [_], Bucket: CapBucket.Life } ? "the line" : Where(charge.Cut!, record.Date))}" : Rule(record, price))
        {
            Task = (record as WorkRecord.TimeWorked)?.Task,
            Worked = isTime && price.Worked != price.Hours ? price.Worked : null,
            Unit = price.Unit,
            Cost = price.Cost,
            Exchange = price.Exchange,
            Hours = isTime && !inHours ? price.Hours : null,
            BilledHours = cut && isTime ? charge.Hours / CapPlan.HourUnits : null,
            WrittenDown = cut && charge.Cut!.AtCap == AtCap.WriteDown ? price.Value - charge.Amount : null,
        };
    }

    /// <summary>What an invoice left of an item under a cap: it waits on its own.</summary>
    public static BillableItem Rest(BillableItem billed)
    {
        var value = billed.Value - billed.Amount - (billed.WrittenDown ?? Money.Zero(billed.Value.Currency));
        var share = value.Amount / billed.Value.Amount;
        return billed with
        {
            Id = ItemIds.Rest(billed.Id),
            Quantity = billed is { Kind: ItemKind.Time, Unit: null, BilledHours: { } hours }
                ? billed.Quantity - hours
                : decimal.Round(billed.Quantity * share, MaxRateDigits),
            Value = value,
            Amount = Money.Zero(value.Currency),
            Hours = billed.Hours is { } all ? decimal.Round(all - (billed.BilledHours ?? (all * (1 - share))), MaxRateDigits) : null,
            BilledHours = billed.BilledHours is null ? null : 0,
            Explanation = $"{value} of {billed.Description} were left unbilled at a cap, and wait for it to be raised.",
            Disposition = Disposition.Capped,
            WrittenDown = null,
            Cost = null,
        };
    }

    /// <summary>The same item with another amount; for what has no record to be priced from.</summary>
    public static BillableItem Charged(BillableItem item, in Charge charge) => item with
    {
        Amount = charge.Amount,
        Disposition = charge.Amount < item.Value ? Disposition.Capped : Disposition.Billable,
        BilledHours = item.Kind == ItemKind.Time && charge.Amount < item.Value ? charge.Hours / CapPlan.HourUnits : null,
    };

    /// <summary>The item after a part of its value was given up.</summary>
    public static BillableItem GivenUp(BillableItem item, Money part, string reason) => part.IsZero ? item : item with
    {
        WrittenDown = item.WrittenDown ?? part,
        Disposition = part == item.Value ? Disposition.WrittenOff : item.Disposition,
        Explanation = part == item.Value
            ? $"{item.Explanation} Not billed: {reason}"
            : $"{item.Explanation} {part} of it are not billed: {reason}",
    };

    public static decimal HoursOf(BillableItem item) => item.Hours ?? (item.Kind == ItemKind.Time ? item.Quantity : 0);

    public static string Units(CapLayer layer, long units, string currency) =>
        layer.InHours ? $"{Number(units / CapPlan.HourUnits)} h" : new Money(units, currency).ToString();

    private static ItemKind KindOf(WorkRecord record) => record switch
    {
        WorkRecord.TimeWorked => ItemKind.Time,
        WorkRecord.ExpenseIncurred => ItemKind.Expense,
        WorkRecord.MilestoneReached => ItemKind.Milestone,
        WorkRecord.UsageRecorded => ItemKind.Usage,
        _ => throw new ArgumentException($"{record.GetType().Name} is no billable work.", nameof(record)),
    };

    private static string? Person(WorkRecord record) => record switch
    {
        WorkRecord.TimeWorked work => work.Person,
        WorkRecord.ExpenseIncurred expense => expense.Person,
        _ => null,
    };

    private static string Description(WorkRecord record, in Price price) => record switch
    {
        WorkRecord.TimeWorked work => work.Note ?? work.Task ?? work.Role,
        WorkRecord.ExpenseIncurred expense => expense.Note ?? expense.Category,
        WorkRecord.UsageRecorded usage => usage.Note ?? price.Line!.Description,
        _ => MilestoneName(record, price),
    };

    private static string Explanation(WorkRecord record, in Price price) => price.Ruling switch
    {
        Ruling.NotBillable => "Not billed: it was approved as not billable.",
        Ruling.InFixedFee => $"Not billed by the hour: it is included in the fixed fee for {price.Line!.Description}.",
        Ruling.CategoryExcluded => $"Not billed: the contract excludes expenses of the category {Category(record)}.",
        Ruling.AwaitsReceipt =>
            $"Not billed yet: an expense above {((BillingModel.Expenses)price.Line!.Billing).Rules!.ReceiptAbove} is billed with its receipt.",
        Ruling.Counted =>
            $"{Number(price.Quantity)} {((BillingModel.Usage)price.Line!.Billing).Unit}, counted towards {price.Line.Description} and billed with its period.",
        Ruling.Prepaid => $"{Number(price.Quantity)} h wait for the prepaid hours of {price.Line!.Description}.",
        _ => $"{Reckoning(record, price)}.",
    };

    private static string Capped(WorkRecord record, in Price price, in Charge charge)
    {
        var what = price.Ruling == Ruling.Milestone ? "the fixed fee" : charge.Cut!.Limit is null ? "the most" : "the cap";
        var limit = $"{what} of {Limit(charge, price.Value.Currency)} for {Where(charge.Cut!, record.Date)}";
        var rest = charge.Cut!.AtCap == AtCap.WriteDown ? " and the rest written down" : "";
        return charge.Amount.IsZero
            ? $"{Reckoning(record, price)}: not billed{(rest.Length > 0 ? " but written down" : "")}, because {limit} was used up before it."
            : $"{Reckoning(record, price)}: of {price.Value} only {charge.Amount} is billed{rest}, because {limit} is then used up.";
    }

    private static string Limit(in Charge charge, string currency) => Units(charge.Cut!, charge.Ceiling, currency);

    private static string Where(CapLayer layer, DateOnly day) => layer.Bucket switch
    {
        CapBucket.Day => $"{layer.Subject} on {day:yyyy-MM-dd}",
        CapBucket.Month => $"{layer.Subject} in {day:MMMM yyyy}",
        CapBucket.Quarter => $"{layer.Subject} in the quarter from {layer.PeriodOf(day):yyyy-MM-dd}",
        CapBucket.Year => $"{layer.Subject} in {day:yyyy}",
        _ => layer.Subject,
    };

    private static string Reckoning(WorkRecord record, in Price price) => record switch
    {
        WorkRecord.TimeWorked work => Hours(work, price) + Surcharges(price),
        WorkRecord.ExpenseIncurred expense when price.Ruling == Ruling.PerUnit =>
            $"{expense.Category}: {Number(price.Quantity)} {price.Unit} at {Rate(price)}",
        WorkRecord.ExpenseIncurred expense => $"{expense.Category} at its cost of {Cost(expense, price)}{Plus(record, price)}",
        _ => $"Milestone {MilestoneName(record, price)} reached, worth {price.Value} of the fixed fee for {price.Line!.Description}",
    };

    private static string Hours(WorkRecord.TimeWorked work, in Price price)
    {
        var worked = price.Worked == price.Hours ? "" : $", for {Number(price.Worked)} h worked,";
        return price.Pick.Per switch
        {
            RateUnit.Entry => $"{work.Role} at {Rate(price)} for the whole entry",
            RateUnit.Day => $"{Number(price.Quantity)} days{worked} of {work.Role} at {Rate(price)} per day",
            _ => $"{Number(price.Hours)} h{worked} of {work.Role} at {Rate(price)} per hour",
        };
    }

    private static string Surcharges(in Price price)
    {
        if (price.Pick.Surcharges == 0) return "";
        var bits = price.Pick.Surcharges;
        var factors = ((BillingModel.TimeAndMaterials)price.Line!.Billing).Card!.Factors!.Value;
        return $", {string.Join(" and ", factors.Where((_, i) => (bits >> i & 1) == 1).Select(factor => factor.Name))} included";
    }

    private static string Cost(WorkRecord.ExpenseIncurred expense, in Price price)
    {
        var cost = price.Cost ?? expense.Cost;
        var net = expense.Detail?.TaxPercent is > 0 ? " without tax" : "";
        return price.Exchange is { } exchange
            ? $"{cost}{net} ({exchange.Receipt} at {Number(exchange.Rate)}, {exchange.Source} of {exchange.RateDate:yyyy-MM-dd})"
            : $"{cost}{net}";
    }

    private static string Plus(WorkRecord record, in Price price) => Markup(record, price) is > 0 and var percent ? $" plus {Number(percent)} %" : "";

    private static string Rule(WorkRecord record, in Price price)
    {
        if (price.Ruling == Ruling.NotBillable) return "Source system: not billable";
        var line = $"Contract version {price.Terms.Terms.Version}, line {price.Line!.Description}: ";
        return price.Ruling switch
        {
            Ruling.Hourly => line + RateRule((WorkRecord.TimeWorked)record, price),
            Ruling.InFixedFee => line + "hours are part of the fixed fee",
            Ruling.Counted => line + "billed by the period",
            Ruling.Prepaid => line + "hours paid in advance",
            Ruling.CategoryExcluded => line + $"category {Category(record)} excluded",
            Ruling.AwaitsReceipt => line + "receipt required",
            Ruling.PerUnit => line + $"{Category(record)} at {Rate(price)} per {price.Unit}",
            Ruling.CostPlus => line + $"cost plus {Number(Markup(record, price))} %",
            _ => line + $"milestone {MilestoneName(record, price)} at {price.Value}",
        };
    }

    private static string RateRule(WorkRecord.TimeWorked work, in Price price)
    {
        var unit = price.Pick.Per switch { RateUnit.Day => "/day", RateUnit.Entry => "/entry", _ => "/h" };
        string[] by = price.Pick.Rule is not { } rule
            ? ["rate of the entry"]
            : [.. new[] { rule.Person, rule.Role, rule.Activity, rule.Project, rule.Customer }.OfType<string>()];
        return $"{(by is [] ? work.Role : string.Join(", ", by))} at {Rate(price)}{unit}{Surcharges(price)}";
    }

    private static string MilestoneName(WorkRecord record, in Price price) =>
        price.Terms.TryMilestone(((WorkRecord.MilestoneReached)record).MilestoneId, out _, out var milestone)
            ? milestone.Name
            : throw new ArgumentException("The price is not of this milestone.", nameof(price));

    private static string Category(WorkRecord record) => ((WorkRecord.ExpenseIncurred)record).Category;

    private static decimal Markup(WorkRecord record, in Price price) =>
        ExpensePricing.MarkupOf((BillingModel.Expenses)price.Line!.Billing, Category(record));

    private static string Rate(in Price price)
    {
        var digits = Currencies.Digits(price.Value.Currency);
        var format = digits == 0 ? "#,##0." : "#,##0." + new string('0', digits);
        return price.Rate.ToString(format + new string('#', MaxRateDigits - digits)) + " " + price.Value.Currency;
    }

    private static string Number(decimal value) => value.ToString("#,##0.#########");
}

/// <summary>Ids of items: the source's id with its version; a reversal or a rest is named after the item that it is of.</summary>
internal static class ItemIds
{
    public const string ReversalSuffix = "/reversal";
    public const string RestSuffix = "/rest";

    private const string SharePrefix = "share/";

    private const string DownPaymentPrefix = "down-payment/";

    public static string DownPayment(int version, string lineId) => $"{DownPaymentPrefix}{version}/{lineId}";

    public static bool IsDownPayment(string itemId) => Whole(itemId).StartsWith(DownPaymentPrefix, StringComparison.Ordinal);

    /// <summary>What one payer is billed for anew of an item that is on the invoices of several.</summary>
    public static string Share(string itemId, string customerId) => IsShare(itemId) ? itemId : $"{SharePrefix}{itemId}/{customerId}";

    public static bool IsShare(string itemId) => itemId.StartsWith(SharePrefix, StringComparison.Ordinal);

    /// <summary>The item that this is a share of; the same for one that is none.</summary>
    public static string Whole(string itemId) => IsShare(itemId) ? itemId[SharePrefix.Length..itemId.LastIndexOf('/')] : itemId;

    public static string Of(WorkRecord record) => Of(record.SourceId, record.SourceVersion);

    public static string Of(string sourceId, long version) => $"{sourceId}@{version}";

    public static string Reversal(string itemId) => itemId + ReversalSuffix;

    /// <summary>The reversal for one of the later payers of an item; the first has the plain one.</summary>
    public static string Reversal(string itemId, string customerId) => $"{itemId}{ReversalSuffix}/{customerId}";

    public static bool IsReversal(string itemId) =>
        itemId.EndsWith(ReversalSuffix, StringComparison.Ordinal) || itemId.Contains(ReversalSuffix + "/", StringComparison.Ordinal);

    public static string Rest(string itemId) => itemId + RestSuffix;

    public static bool IsRest(string itemId) => itemId.EndsWith(RestSuffix, StringComparison.Ordinal);

    /// <summary>Billed anew, by a change order that prices invoiced work again.</summary>
    public static string Repriced(string itemId, int termsVersion) => $"{itemId}/terms/{termsVersion}";

    /// <summary>The source id in the id of a record's item.</summary>
    public static string SourceOf(string itemId) => itemId.LastIndexOf('@') is var at and > 0 ? itemId[..at] : itemId;
}
