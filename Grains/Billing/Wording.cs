using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>Writes a price down as an item: with the sentence for the customer and the term that decided.</summary>
internal static class Wording
{
    private const int MaxRateDigits = 9;

    /// <param name="amount">What is billed of the price's value.</param>
    /// <param name="ceiling">The line's cap or fixed fee; it explains an amount below the value.</param>
    public static BillableItem Item(WorkRecord record, in Price price, Money amount, Money? ceiling)
    {
        var disposition = price.IsExcluded ? Disposition.Excluded
            : amount < price.Value ? Disposition.Capped
            : Disposition.Billable;
        return new(
            ItemIds.Of(record), record.SourceId, record.SourceVersion, KindOf(record), price.LineId, record.Date,
            Description(record, price), Person(record), (record as WorkRecord.TimeWorked)?.Role, price.Quantity, price.Rate,
            price.Value, amount, disposition,
            disposition == Disposition.Capped ? Capped(record, price, amount, ceiling) : Explanation(record, price),
            disposition == Disposition.Capped ? $"{Rule(record, price)}, at most {ceiling} for the line" : Rule(record, price));
    }

    private static ItemKind KindOf(WorkRecord record) => record switch
    {
        WorkRecord.TimeWorked => ItemKind.Time,
        WorkRecord.ExpenseIncurred => ItemKind.Expense,
        WorkRecord.MilestoneReached => ItemKind.Milestone,
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
        _ => MilestoneName(record, price),
    };

    private static string Explanation(WorkRecord record, in Price price) => price.Ruling switch
    {
        Ruling.NotBillable => "Not billed: it was approved as not billable.",
        Ruling.InFixedFee => $"Not billed by the hour: it is included in the fixed fee for {price.Line!.Description}.",
        Ruling.CategoryExcluded => $"Not billed: the contract excludes expenses of the category {Category(record)}.",
        _ => $"{Reckoning(record, price)}.",
    };

    private static string Capped(WorkRecord record, in Price price, Money amount, Money? ceiling)
    {
        var limit = $"{(price.Ruling == Ruling.Milestone ? "the fixed fee" : "the cap")} of {ceiling} for {price.Line!.Description}";
        return amount.IsZero
            ? $"{Reckoning(record, price)}: not billed, because {limit} was used up before it."
            : $"{Reckoning(record, price)}: of {price.Value} only {amount} is billed, because {limit} is then used up.";
    }

    private static string Reckoning(WorkRecord record, in Price price) => record switch
    {
        WorkRecord.TimeWorked work => $"{Number(work.Hours)} h of {work.Role} at {Rate(price)} per hour",
        WorkRecord.ExpenseIncurred expense when price.Rate == expense.Cost.Amount => $"{expense.Category} at its cost of {expense.Cost}",
        WorkRecord.ExpenseIncurred expense => $"{expense.Category} at its cost of {expense.Cost} plus {Number(Markup(price))} %",
        _ => $"Milestone {MilestoneName(record, price)} reached, worth {price.Value} of the fixed fee for {price.Line!.Description}",
    };

    private static string Rule(WorkRecord record, in Price price)
    {
        if (price.Ruling == Ruling.NotBillable) return "Source system: not billable";
        var line = $"Contract version {price.Terms.Terms.Version}, line {price.Line!.Description}: ";
        return price.Ruling switch
        {
            Ruling.Hourly => line + $"{((WorkRecord.TimeWorked)record).Role} at {Rate(price)}/h",
            Ruling.InFixedFee => line + "hours are part of the fixed fee",
            Ruling.CategoryExcluded => line + $"category {Category(record)} excluded",
            Ruling.CostPlus => line + $"cost plus {Number(Markup(price))} %",
            _ => line + $"milestone {MilestoneName(record, price)} at {price.Value}",
        };
    }

    private static string MilestoneName(WorkRecord record, in Price price) =>
        price.Terms.TryMilestone(((WorkRecord.MilestoneReached)record).MilestoneId, out _, out var milestone)
            ? milestone.Name
            : throw new ArgumentException("The price is not of this milestone.", nameof(price));

    private static string Category(WorkRecord record) => ((WorkRecord.ExpenseIncurred)record).Category;

    private static decimal Markup(in Price price) => ((BillingModel.Expenses)price.Line!.Billing).MarkupPercent;

    private static string Rate(in Price price)
    {
        var digits = Currencies.Digits(price.Value.Currency);
        var format = digits == 0 ? "#,##0." : "#,##0." + new string('0', digits);
        return price.Rate.ToString(format + new string('#', MaxRateDigits - digits)) + " " + price.Value.Currency;
    }

    private static string Number(decimal value) => value.ToString("#,##0.#########");
}

/// <summary>Ids of items: the source's id with its version; a reversal is named after the item that it reverses.</summary>
internal static class ItemIds
{
    public const string ReversalSuffix = "/reversal";

    private const string DownPaymentPrefix = "down-payment/";

    public static string DownPayment(int version, string lineId) => $"{DownPaymentPrefix}{version}/{lineId}";

    public static bool IsDownPayment(string itemId) => itemId.StartsWith(DownPaymentPrefix, StringComparison.Ordinal);

    public static string Of(WorkRecord record) => Of(record.SourceId, record.SourceVersion);

    public static string Of(string sourceId, long version) => $"{sourceId}@{version}";

    public static string Reversal(string itemId) => itemId + ReversalSuffix;

    /// <summary>The source id in the id of a record's item.</summary>
    public static string SourceOf(string itemId) => itemId.LastIndexOf('@') is var at and > 0 ? itemId[..at] : itemId;
}
