using Q2C.Contracts;
using Q2C.Grains.Contracts;
using Q2C.Grains.Projects;
using Q2C.Grains.Tests.Projects;
using Q2C.Projects;
using static Q2C.Grains.Tests.Projects.Engagement;
using Told = Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Periods;

/// <summary>
/// An engagement that is billed by the period, told day by day: change orders as the contract makes them, and billing runs
/// whose invoice is issued at once.
/// </summary>
/// <param name="Run">The last billing run.</param>
internal sealed record PeriodStory(Life Life, Terms Terms, int Run = 0)
{
    public const string Line = "managed-service";

    public static PeriodStory Sold(params ContractLine[] lines) => Sold("EUR", lines);

    public static PeriodStory Sold(string currency, params ContractLine[] lines)
    {
        var terms = new Terms(1, lines.Min(line => line.Start), currency, [.. lines]);
        return new(new Life(ProjectState.Initial, []).Next(Observed(Activated with { Terms = terms })), terms);
    }

    public static ContractLine Recurring(
        DateOnly start, decimal price, BillingPeriod? period = null, decimal quantity = 1, DateOnly? end = null, string id = Line,
        QuantityChange? onChange = null, params PricePhase[] phases) => new(
        id, "consulting", id,
        new BillingModel.Recurring(price, period ?? Monthly(), quantity, phases.Length == 0 ? null : [.. phases], onChange), start, end);

    public static ContractLine Of(BillingModel billing, DateOnly start, DateOnly? end = null, string id = Line) =>
        new(id, "consulting", id, billing, start, end);

    public static BillingPeriod Monthly(int? anchor = null, BillingTiming? timing = null) =>
        new(PeriodUnit.Month, AnchorDay: anchor, Timing: timing);

    public static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd");

    /// <summary>A change order, effective from a day.</summary>
    public PeriodStory Amended(DateOnly from, params ContractLine[] lines) =>
        Amended(new AmendContract(Terms.Version, from, [.. lines], "Change order"));

    /// <summary>The change orders that the contract makes of a suspension, a resumption, an end or another quantity.</summary>
    public PeriodStory Changed(Func<int, Command> change)
    {
        var command = change(Terms.Version);
        Assert.Empty(LineChanges.Check(Terms, command));
        return LineChanges.Orders(Terms, command).Aggregate(this, (story, order) => story.Amended(order));
    }

    public PeriodStory Then(params Command[] commands) => this with { Life = Life.Next(commands) };

    /// <summary>What a run with this cut-off bills; its invoice is issued.</summary>
    public (BillableItem[] Items, PeriodStory Story) Billed(DateOnly cutOff)
    {
        var (items, reserved) = Reserved(cutOff);
        return (items, reserved.Issued());
    }

    /// <summary>What a run with this cut-off sets aside.</summary>
    public (BillableItem[] Items, PeriodStory Story) Reserved(DateOnly cutOff)
    {
        var life = Life.Next(Told.Billed(cutOff, $"run {Run + 1}"));
        return ([.. life.History.OfType<ItemsReserved>().Last().Items], this with { Life = life, Run = Run + 1 });
    }

    public PeriodStory Issued(int? run = null) => Then(IssuedIn($"run {run ?? Run}", $"INV {run ?? Run}"));

    public PeriodStory Rejected(int? run = null) => Then(Told.Rejected($"run {run ?? Run}"));

    /// <summary>What each run in turn bills.</summary>
    public (BillableItem[][] Invoices, PeriodStory Story) Billed(IEnumerable<DateOnly> cutOffs)
    {
        var (invoices, story) = (new List<BillableItem[]>(), this);
        foreach (var cutOff in cutOffs)
        {
            (var items, story) = story.Billed(cutOff);
            invoices.Add(items);
        }

        return ([.. invoices], story);
    }

    public static decimal Total(IEnumerable<BillableItem> items) => items.Sum(item => item.Amount.Amount);

    /// <summary>Each item as a person reads it.</summary>
    public static string[] Lines(IEnumerable<BillableItem> items) =>
        [.. items.Select(item => $"{item.ServiceFrom:O} {item.ServiceTo:O} {item.Amount.Amount:0.00}")];

    private PeriodStory Amended(AmendContract order)
    {
        var terms = Amendment.Apply(Terms, order);
        return this with { Life = Life.Next(Observed(Told.Amended(terms, order.Reason))), Terms = terms };
    }
}
