using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Revenues;
using Q2C.Grains.Tests.Contracts;
using Q2C.Policies;
using Q2C.Revenues;
using static Q2C.Grains.Tests.Projects.Engagement;
using static Q2C.Grains.Tests.Revenues.RevenueStory;

namespace Q2C.Grains.Tests.Revenues;

public sealed class RevenueRefusalTests
{
    private static readonly RevenueStory Started = Of(
        Work("work"), Fee("fee", 900, new RevenueTreatment.PercentComplete(ProgressMeasure.Effort, 100), Start, End));

    private static readonly RevenueStory Booked = Started.Recognized(2026, 3, Done("work", 500));

    private static readonly LedgerEntry Entry = Booked.Entries[0];

    private static readonly RevenueStory Moved = Booked.Does(new ReclassifyEntry(Entry.Id, Entry.Lines, "r"));

    private static readonly ImmutableArray<(RevenueStory Given, Command Command, string[] Refusals)> Cases =
    [
        (Started.At(new(2026, 4, 1)), new RecognizeRevenue(new(2026, 3, 30)), ["PERIOD_END_INVALID periodEnd"]),
        (Started.At(new(2026, 3, 31)), new RecognizeRevenue(new(2026, 3, 31)), ["PERIOD_NOT_OVER periodEnd"]),
        (Booked, new RecognizeRevenue(new(2026, 2, 28)), ["PERIOD_PASSED periodEnd"]),
        (By(Booked, Roles.Delivery), new RecognizeRevenue(new(2026, 3, 31)), ["FORBIDDEN"]),
        (Booked, new ReviseEstimate("work", 10, "r"), ["LINE_WITHOUT_ESTIMATE lineId"]),
        (Booked, new ReviseEstimate("fee", 0, ""), ["REASON_REQUIRED reason", "ESTIMATE_NOT_POSITIVE estimate"]),
        (By(Booked, Roles.Sales), new ReviseEstimate("fee", 10, "r"), ["FORBIDDEN"]),
        (Booked, new ReclassifyEntry("elsewhere", Entry.Lines, "r"), ["ENTRY_UNKNOWN entryId"]),
        (Moved, new ReclassifyEntry(Entry.Id, Entry.Lines, "r"), ["ENTRY_REVERSED entryId"]),
        (Booked, new ReclassifyEntry(Entry.Id, [.. Entry.Lines.Skip(1)], "r"), ["ENTRY_UNBALANCED lines"]),
        (Booked, new ReclassifyEntry(Entry.Id, [.. Entry.Lines.Select(line => line with { Amount = line.Amount + line.Amount })], "r"),
            ["ENTRY_CHANGES_REVENUE lines"]),
        (Parked(), new RetryStep($"{RevenueId}/period/2026-03-31", "again"), ["PERIOD_CLOSED periodEnd"]),
        (Booked, new RetryStep("elsewhere", "r"), ["EXCEPTION_NOT_OPEN exceptionId"]),
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Theory, MemberData(nameof(Numbers))]
    public void What_cannot_be_done_is_refused_with_every_reason(int number)
    {
        var (given, command, refusals) = Cases[number];
        given.When(command).ThenRefused(refusals);
    }

    [Fact]
    public void Every_code_has_a_refusal() => Assert.Equal(
        typeof(RevenueProblems).GetFields().Select(field => (string)field.GetRawConstantValue()!).Order(),
        Cases.SelectMany(refused => refused.Refusals).Select(refusal => refusal.Split(' ')[0])
            .Where(code => code is not ("FORBIDDEN" or "REASON_REQUIRED" or "EXCEPTION_NOT_OPEN")).Distinct().Order());

    [Fact]
    public void There_is_no_revenue_of_a_contract_that_is_not_active() =>
        Revenue.Decider.Given().In(RevenueId).When(new RecognizeRevenue(new(2026, 3, 31))).ThenRefused("NOT_FOUND");

    [Theory]
    [InlineData("REVENUE_PRICE_MISSING lines[0].revenue.treatment", "hourly progress")]
    [InlineData("REVENUE_END_MISSING lines[0].revenue.treatment", "no end")]
    [InlineData("REVENUE_ESTIMATE_MISSING lines[0].revenue.treatment.estimate", "no estimate")]
    [InlineData("SELLING_PRICE_NOT_POSITIVE lines[0].revenue.sellingPrice", "free")]
    [InlineData("REVENUE_PRICE_MISSING lines[0].revenue.sellingPrice", "hourly share")]
    [InlineData("CURRENCY_MISMATCH lines[0].revenue.sellingPrice", "dollars")]
    public void Terms_that_contradict_themselves_are_refused_when_the_contract_is_drafted(string refusal, string terms)
    {
        var fee = Fee("fee", 100, new RevenueTreatment.PointInTime(), Samples.Start, Samples.Start.AddDays(30));
        var hourly = Work("work") with { Start = Samples.Start };
        ContractLine line = terms switch
        {
            "hourly progress" => hourly with { Revenue = new(new RevenueTreatment.PercentComplete(ProgressMeasure.Output)) },
            "no end" => fee with { End = null, Revenue = new(new RevenueTreatment.StraightLine()) },
            "no estimate" => fee with { Revenue = new(new RevenueTreatment.PercentComplete(ProgressMeasure.CostToCost)) },
            "free" => fee with { Revenue = new(new RevenueTreatment.PointInTime(), Eur(0)) },
            "hourly share" => hourly with { Revenue = new(new RevenueTreatment.AsInvoiced(), Eur(10)) },
            _ => fee with { Revenue = new(new RevenueTreatment.PointInTime(), Money.Of(10, "USD")) },
        };
        ContractStory.New.When(Samples.Quote with { Lines = [line] }).ThenRefused(refusal);
    }

    private static RevenueStory By(RevenueStory story, string role) => story with { Life = story.Life.By(new("sam", [role])) };

    private static RevenueStory Parked() => Started
        .With(BooksPolicy.Default with { RecogniseMonthly = false, ClosedThrough = new(2026, 3, 31), WhenClosed = WhenClosed.Park })
        .At(new(2026, 4, 1)).Does(new RecognizeRevenue(new(2026, 3, 31)));
}
