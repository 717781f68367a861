using System.Collections.Immutable;
using System.Reflection;
using Q2C.Contracts;
using Q2C.Grains.Contracts;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Contracts;

/// <summary>Contradictory terms of periods, usage and retainers are refused when the contract is drafted, with line and field.</summary>
public sealed class PeriodicRefusalTests
{
    private static readonly BillingPeriod Month = new(PeriodUnit.Month);

    private static readonly ContractLine Service = Advice with { Id = "S1", Billing = new BillingModel.Recurring(100, Month) };

    private static readonly ImmutableArray<(BillingModel Billing, string[] Refusals)> Cases =
    [
        (Recurring(price: -1), ["PRICE_INVALID lines[1].billing.price"]),
        (Recurring(price: 1.1234567891m), ["PRICE_INVALID lines[1].billing.price"]),
        (Recurring(Month with { Interval = 0 }), ["PERIOD_INVALID lines[1].billing.period.interval"]),
        (Recurring(Month with { AnchorDay = 32 }), ["ANCHOR_INVALID lines[1].billing.period.anchorDay"]),
        (Recurring(new(PeriodUnit.Week, AnchorDay: 8)), ["ANCHOR_INVALID lines[1].billing.period.anchorDay"]),
        (Recurring(new(PeriodUnit.Day, AnchorDay: 1)), ["ANCHOR_INVALID lines[1].billing.period.anchorDay"]),
        (Recurring(Month with { AnchorMonth = 13 }), ["ANCHOR_INVALID lines[1].billing.period.anchorMonth"]),
        (Recurring(Month with { DaysPerMonth = 0 }), ["PERIOD_INVALID lines[1].billing.period.daysPerMonth"]),
        (Recurring(Month with { Proration = (Proration)99 }), ["OPTION_UNKNOWN lines[1].billing.period.proration"]),
        (new BillingModel.Recurring(100, Month, 0), ["QUANTITY_INVALID lines[1].billing.quantity"]),
        (new BillingModel.Recurring(100, Month, Phases: [new(0, PeriodUnit.Month, 10)]), ["PHASE_INVALID lines[1].billing.phases[0].length"]),
        (Usage([]), ["TIERS_INVALID lines[1].billing.tiers"]),
        (Usage([new(100, 1)]), ["TIERS_INVALID lines[1].billing.tiers[0].upTo"]),
        (Usage([new(null, 1), new(null, 2)]), ["TIERS_INVALID lines[1].billing.tiers[0].upTo"]),
        (Usage([new(100, 1), new(50, 2), new(null, 3)]), ["TIERS_INVALID lines[1].billing.tiers[1].upTo"]),
        (Usage([new(null, 1)], early: [Eur(200), Eur(100)]), ["THRESHOLDS_INVALID lines[1].billing.billEarlyAt[1]"]),
        (Usage([new(null, 1)], Money.Of(5, "USD")), ["MINIMUM_INVALID lines[1].billing.minimum"]),
        (new BillingModel.Commitment(Eur(100), Month, []), ["SCOPE_INVALID lines[1].billing.lines"]),
        (new BillingModel.Commitment(Eur(100), Month, ["S1", Advice.Id]), ["SCOPE_INVALID lines[1].billing.lines[1]"]),
        (new BillingModel.Retainer(RetainerUnit.Hours, 10, 100, ["training"]), ["SCOPE_INVALID lines[1].billing.covers[0]"]),
        (new BillingModel.Retainer(RetainerUnit.Money, 10, 1, []), ["SCOPE_INVALID lines[1].billing.covers"]),
        (new BillingModel.Retainer(RetainerUnit.Money, 10.001m, 1, [Advice.Id]), ["QUANTITY_INVALID lines[1].billing.quantity"]),
        (new BillingModel.Retainer(RetainerUnit.Hours, 0, 100, []), ["QUANTITY_INVALID lines[1].billing.quantity"]),
        (new BillingModel.Retainer(RetainerUnit.Hours, 10, 100, [], Expiry: new(0, PeriodUnit.Month)), ["EXPIRY_INVALID lines[1].billing.expiry.after"]),
    ];

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, Cases.Length)];

    [Theory, MemberData(nameof(Rows))]
    public void A_contradiction_is_refused_with_line_and_field(int row) => ContractStory.New
        .When(Quote with { Lines = [Service, Service with { Id = "S2", Billing = Cases[row].Billing }, Advice] })
        .ThenRefused(Cases[row].Refusals);

    [Fact]
    public void Every_reason_has_an_example() => Assert.Equal(
        typeof(PeriodicProblems).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (string)field.GetRawConstantValue()!).Order(),
        Cases.SelectMany(row => row.Refusals).Select(reason => reason.Split(' ')[0]).Append(PeriodicProblems.LineNotPeriodic).Distinct().Order());

    [Fact]
    public void Only_a_line_with_periods_is_suspended_resumed_or_ended()
    {
        var active = ContractStory.Active;
        active.When(new SuspendLine(1, Advice.Id, new(2026, 2, 1), null, "Pause.")).ThenRefused("LINE_NOT_PERIODIC lineId");
        active.When(new ResumeLine(1, "L9", new(2026, 2, 1), "Pause over.")).ThenRefused("LINE_UNKNOWN lineId");
        active.When(new SuspendLine(1, Advice.Id, new(2026, 2, 1), new(2026, 2, 1), "Pause."))
            .ThenRefused("LINE_NOT_PERIODIC lineId", "DATES_REVERSED until");
        ContractStory.Accepted.When(new TerminateLine(1, Advice.Id, new(2026, 2, 1), true, null, "Over.")).ThenRefused("CONTRACT_NOT_ACTIVE");
    }

    [Fact]
    public void A_suspension_with_its_end_is_two_change_orders_and_an_end_is_one()
    {
        var active = ContractStory.Active.When(new AmendContract(1, Start, [Service], "A service.")).Accepted();
        var suspended = active.When(new SuspendLine(2, Service.Id, new(2026, 3, 1), new(2026, 4, 1), "Holidays."), "key-2").Accepted();
        var engagement = ((ContractState.Active)suspended.State).Engagement;
        Assert.Equal(4, engagement.Terms.Version);
        Assert.Equal(
            [(3, new DateOnly(2026, 3, 1), true), (4, new(2026, 4, 1), null)],
            engagement.History.Skip(2).Select(terms => (terms.Version, terms.EffectiveFrom, ((BillingModel.Recurring)terms.Line(Service.Id)!.Billing).Suspended)));

        var ended = suspended.When(new TerminateLine(4, Service.Id, new(2026, 6, 15), true, EndSettlement.Skip, "Over."), "key-3").Accepted();
        var line = ((ContractState.Active)ended.State).Engagement.Terms.Line(Service.Id)!;
        Assert.Equal((new DateOnly(2026, 6, 15), EndSettlement.Skip), (line.End, ((BillingModel.Recurring)line.Billing).OnEnd));
        active.When(new ChangeQuantity(1, Service.Id, 3, new(2026, 3, 1), "More.")).ThenRefused("AMENDMENT_OUTDATED basedOnVersion");
    }

    private static BillingModel.Recurring Recurring(BillingPeriod? period = null, decimal price = 100) => new(price, period ?? Month);

    private static BillingModel.Usage Usage(ImmutableArray<Tier> tiers, Money? minimum = null, ImmutableArray<Money>? early = null) =>
        new("calls", Month, TierRule.Graduated, tiers, minimum, early);
}
