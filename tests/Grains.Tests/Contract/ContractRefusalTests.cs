using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Contracts;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Contracts;

public sealed class ContractRefusalTests
{
    private static readonly Given<ContractState> Stuck =
        ContractStory.Accepted.AnswerUntil("psa-tasks/lead/1").Report("psa-tasks/lead/1", Refused()).Accepted();

    private static readonly Given<ContractState> StuckAtCustomer = ContractStory.Accepted.Report("erp-customer/1", Refused()).Accepted();

    private static readonly string Task = $"{ContractId}/psa-tasks/lead/1";

    private static readonly AmendContract Change = new(1, new(2026, 4, 1), [Advice], "more");

    private static readonly Actor Anna = new("anna", [Roles.Auditor]);

    private static AcceptQuote With(BillingModel billing) => Quote with { Lines = [Advice with { Billing = billing }] };

    private static AcceptQuote Fixed(decimal price, params Milestone[] milestones) => With(new BillingModel.FixedFee(Eur(price), [.. milestones]));

    private static AcceptQuote Time(NotToExceed? cap, params RoleRate[] rates) => With(new BillingModel.TimeAndMaterials([.. rates], cap));

    private static Payer Payer(string name, decimal percent) => new(Ids.Derive("eu", Ids.Customer, name), Alder, percent);

    private static AcceptQuote Under(Conditions conditions) => Quote with { Conditions = conditions };
    private static AcceptQuote Card(params RateRule[] rules) => Card(new RateCard([.. rules]));

    private static AcceptQuote Card(RateCard card) => With(new BillingModel.TimeAndMaterials([], null, card));

    private static AcceptQuote Ruled(TimeRules rules) => With(new BillingModel.TimeAndMaterials([new("Consultant", 100)], null, null, rules));

    private static AcceptQuote Spent(ExpenseRules rules) => With(new BillingModel.Expenses(0, [], rules));

    private static Milestone Part(string id, decimal amount) => new(id, id, Eur(amount), null);

    private static (Given<ContractState>, Command, string[]) Case(Given<ContractState> given, Command command, params string[] refusals) =>
        (given, command, refusals);

    private static readonly ImmutableArray<(Given<ContractState> Given, Command Command, string[] Refusals)> Cases =
    [
        Case(ContractStory.New, Quote with { Name = " " }, "TEXT_MISSING name"),
        Case(ContractStory.New.By(Anna), Quote, "FORBIDDEN"),
        Case(ContractStory.New, Quote with { OpportunityId = new('x', 65) }, "TEXT_TOO_LONG opportunityId"),
        Case(ContractStory.New, Quote with { Lines = [.. Enumerable.Range(0, 501).Select(i => Travel with { Id = $"L{i}" })] }, "TOO_MANY lines"),
        Case(ContractStory.New, Quote with { CustomerId = "alder" }, "CUSTOMER_ID_INVALID customerId"),
        Case(ContractStory.New, Quote with { Customer = Alder with { ParentId = CustomerId } }, "CUSTOMER_OWN_PARENT customer.parentId"),
        Case(ContractStory.New, Quote with { Customer = Alder with { BillTo = Berlin with { Country = "XX" } } },
            "COUNTRY_UNKNOWN customer.billTo.country"),
        Case(ContractStory.New, Quote with { Currency = "EUX", Lines = [Travel] }, "CURRENCY_UNKNOWN currency"),
        Case(ContractStory.New, Quote with { End = Start.AddDays(-1), Lines = [Travel with { Start = Start.AddDays(-9) }] },
            "DATES_REVERSED end", "LINE_OUTSIDE_CONTRACT lines[0]"),
        Case(ContractStory.New, Quote with { Lines = [] }, "LINES_MISSING lines"),
        Case(ContractStory.New, Quote with { Lines = [Travel, Travel] }, "LINE_DUPLICATE lines[1].id"),
        Case(ContractStory.New, With(null!), "PRICE_MISSING lines[0].billing"),
        Case(ContractStory.New, Fixed(0), "PRICE_MISSING lines[0].billing.price"),
        Case(ContractStory.New, Time(null), "PRICE_MISSING lines[0].billing.rates"),
        Case(ContractStory.New, Fixed(100), "TEXT_MISSING lines[0].billing.milestones"),
        Case(ContractStory.New, Fixed(100, Part("a", 110), Part("b", -10)), "AMOUNT_NOT_POSITIVE lines[0].billing.milestones[1].amount"),
        Case(ContractStory.New, Fixed(100, Part("a", 90)), "MILESTONES_DO_NOT_SUM lines[0].billing.milestones"),
        Case(ContractStory.New, Fixed(100, Part("a", 50), Part("a", 50)), "MILESTONE_DUPLICATE lines[0].billing.milestones[1].id"),
        Case(ContractStory.New, With(new BillingModel.FixedFee(Eur(100), [new("a", "a", Money.Of(100, "USD"), null)])),
            "CURRENCY_MISMATCH lines[0].billing.milestones[0].amount"),
        Case(ContractStory.New, Fixed(100_000_000_001, Part("a", 100_000_000_001)),
            "AMOUNT_TOO_LARGE lines[0].billing.price", "AMOUNT_TOO_LARGE lines[0].billing.milestones[0].amount"),
        Case(ContractStory.New, Time(null, new("Consultant", 0), new("Architect", -1)),
            "RATE_NOT_POSITIVE lines[0].billing.rates[0].hourly", "RATE_NOT_POSITIVE lines[0].billing.rates[1].hourly"),
        Case(ContractStory.New, Time(null, new RoleRate("Consultant", 100.0000000001m)), "TOO_MANY_DECIMALS lines[0].billing.rates[0].hourly"),
        Case(ContractStory.New, Time(null, new("Consultant", 100), new("Consultant", 90)), "ROLE_DUPLICATE lines[0].billing.rates[1].role"),
        Case(ContractStory.New, Under(new([
                new("a", "Loyalty", 101, null), new("a", "Loyalty", 5, Eur(5)), new("b", "Opening", null, Eur(0)),
                new("c", "Old", null, null, ["L9"], new(2026, 4, 1), new(2026, 3, 1)), new("d", "Foreign", null, Money.Of(5, "USD"))])),
            "DISCOUNT_INVALID conditions.discounts[0].percent", "DISCOUNT_INVALID conditions.discounts[1]",
            "DISCOUNT_INVALID conditions.discounts[2].amount", "DISCOUNT_INVALID conditions.discounts[3]",
            "DISCOUNT_INVALID conditions.discounts[3].lines[0]", "DATES_REVERSED conditions.discounts[3].until",
            "CURRENCY_MISMATCH conditions.discounts[4].amount", "DISCOUNT_INVALID conditions.discounts[1].id"),
        Case(ContractStory.New, Under(new(Splits: [
                new([Payer("a", 60), Payer("a", 30)]), new([new("cu", Alder with { BillTo = Berlin with { Country = "XX" } }, 100)], ["L9", Travel.Id]),
                new([Payer("b", 0), Payer("c", 100.0000000001m)], [Travel.Id]), new([Payer("d", 100)])])),
            "PAYER_DUPLICATE conditions.splits[0].payers[1].customerId", "SHARES_DO_NOT_SUM conditions.splits[0].payers",
            "CUSTOMER_ID_INVALID conditions.splits[1].payers[0].customerId",
            "COUNTRY_UNKNOWN conditions.splits[1].payers[0].customer.billTo.country", "SPLIT_OVERLAPS conditions.splits[1].lines[0]",
            "PERCENT_OUTSIDE_RANGE conditions.splits[2].payers[0].percent", "PERCENT_OUTSIDE_RANGE conditions.splits[2].payers[1].percent",
            "TOO_MANY_DECIMALS conditions.splits[2].payers[1].percent", "SHARES_DO_NOT_SUM conditions.splits[2].payers",
            "SPLIT_OVERLAPS conditions.splits[3].lines", "SPLIT_OVERLAPS conditions.splits[2].lines"),
        Case(ContractStory.New, Under(new(Splits: [new([.. Enumerable.Range(0, 51).Select(i => Payer($"{i}", 1))])])),
            "TOO_MANY conditions.splits[0].payers"),
        Case(ContractStory.New, Under(new(InvoicedIn: new("EUR", " ", []))),
            "TEXT_MISSING conditions.invoicedIn.source", "INVOICE_CURRENCY_INVALID conditions.invoicedIn.currency",
            "INVOICE_CURRENCY_INVALID conditions.invoicedIn.rates"),
        Case(ContractStory.New, Under(new(InvoicedIn: new("USD", "ECB", [new(Start.AddDays(1), 0), new(Start.AddDays(1), 1)]))),
            "INVOICE_CURRENCY_INVALID conditions.invoicedIn.rates", "RATE_NOT_POSITIVE conditions.invoicedIn.rates[0].rate",
            "INVOICE_CURRENCY_INVALID conditions.invoicedIn.rates"),
        Case(ContractStory.New, Under(new(DownPayment: new(0, null))), "DOWN_PAYMENT_INVALID conditions.downPayment.percent"),
        Case(ContractStory.New, Under(new(DownPayment: new(10, null, [Travel.Id]))), "DOWN_PAYMENT_INVALID conditions.downPayment.lines"),
        Case(ContractStory.New, Under(new(DownPayment: new(null, Eur(1_000_000)))), "DOWN_PAYMENT_INVALID conditions.downPayment.amount"),
        Case(ContractStory.New, Under(new(Retention: new(100.5m, null))), "RETENTION_INVALID conditions.retention.percent"),
        Case(ContractStory.New, Time(new(Eur(-1)), new RoleRate("Consultant", 100)), "CAP_BELOW_ZERO lines[0].billing.cap"),
        Case(ContractStory.New, With(new BillingModel.Expenses(-5, [])), "MARKUP_BELOW_ZERO lines[0].billing.markupPercent"),
        Case(ContractStory.New, Fixed(100, Part("a", 50) with { Percent = 50 }, Part("b", 50)), "MILESTONES_MIXED lines[0].billing.milestones[1]"),
        Case(ContractStory.New, Fixed(100, Part("a", 0) with { Percent = 60 }, Part("b", 0) with { Percent = 60 }), "MILESTONES_DO_NOT_SUM lines[0].billing.milestones"),
        Case(ContractStory.New, Fixed(100, Part("a", 0) with { Percent = 101 }), "PERCENT_OUTSIDE_RANGE lines[0].billing.milestones[0].percent",
            "MILESTONES_DO_NOT_SUM lines[0].billing.milestones"),
        Case(ContractStory.New, With(new BillingModel.FixedFee(Eur(100), [Part("a", 100)], new(PercentBy.Manual))),
            "PROGRESS_AND_MILESTONES lines[0].billing.progress"),
        Case(ContractStory.New, With(new BillingModel.FixedFee(Eur(100), [], new(PercentBy.Hours))), "BUDGET_MISSING lines[0].billing.progress.budget"),
        Case(ContractStory.New, With(new BillingModel.FixedFee(Eur(100), [], new(PercentBy.Manual, 10))), "BUDGET_UNUSED lines[0].billing.progress.budget"),
        Case(ContractStory.New, Card(new RateRule(100, Role: "Tester"), new RateRule(110, Role: "Tester", From: Start.AddDays(9))),
            "RATES_OVERLAP lines[0].billing.card.rules[1]"),
        Case(ContractStory.New, Card(new RateRule(100, Role: "Tester", To: Start.AddDays(9)), new RateRule(110, Role: "Tester", From: Start.AddDays(11))),
            "RATE_HOLE lines[0].billing.card.rules[0]"),
        Case(ContractStory.New, Card(new RateCard([new(100)], [RateDimension.Role, RateDimension.Role])), "PRECEDENCE_AMBIGUOUS lines[0].billing.card.precedence"),
        Case(ContractStory.New, Card(new RateCard([new(100)], Factors: [new("Overtime")])), "FACTOR_EMPTY lines[0].billing.card.factors[0]"),
        Case(ContractStory.New, Ruled(new(Duration: new(0, StepRounding.Up))), "STEP_INVALID lines[0].billing.time.duration.minutes"),
        Case(ContractStory.New, Ruled(new(PerEntry: new(2, 1))), "LIMITS_REVERSED lines[0].billing.time.perEntry"),
        Case(ContractStory.New, Time(new(null), new RoleRate("Consultant", 100)), "CAP_EMPTY lines[0].billing.cap"),
        Case(ContractStory.New, Quote with { Lines = [Advice], Caps = [new("Build", "Build", new(Eur(1))), new("Build", null, new(Eur(1)))] },
            "PHASE_UNKNOWN caps[0].phase", "CAP_DUPLICATE caps[1].name"),
        Case(ContractStory.New, Spent(new(Categories: [new("Car", Price: 0.3m), new("Car")])), "CATEGORY_DUPLICATE lines[0].billing.rules.categories[1].category"),
        Case(ContractStory.New, Spent(new(Categories: [new("Car", 10, 0.3m)])), "CATEGORY_CONTRADICTION lines[0].billing.rules.categories[0]"),
        Case(ContractStory.New, Spent(new(Conversion: new("ECB", RateDate.ExpenseDate, []))), "RATE_SOURCE_EMPTY lines[0].billing.rules.conversion.rates"),
        Case(ContractStory.Active, Quote with { SourceVersion = DeciderSpec.Noon.AddHours(1), Name = "Other" }, "CONTRACT_ALREADY_ACCEPTED"),
        Case(ContractStory.Accepted, Change, "CONTRACT_NOT_ACTIVE"),
        Case(ContractStory.Active, new CompensateActivation("no"), "CONTRACT_ACTIVE"),
        Case(ContractStory.Active, Change with { BasedOnVersion = 7 }, "AMENDMENT_OUTDATED basedOnVersion"),
        Case(ContractStory.Active, Change with { EffectiveFrom = Start.AddDays(-1) }, "EFFECTIVE_OUTSIDE_CONTRACT effectiveFrom"),
        Case(ContractStory.Active, Change with { Lines = [Advice with { Service = "training" }] }, "TAX_CATEGORY_MISSING lines[0].service"),
        Case(ContractStory.Active, Change with { Lines = [Build with { Id = "L9" }] },
            "MILESTONE_DUPLICATE lines[0].billing.milestones[0].id", "MILESTONE_DUPLICATE lines[0].billing.milestones[1].id"),
        Case(ContractStory.New.When(Quote with { Lines = [Advice] }).Accepted().AnswerAll().When(AmendmentTests.Issued("i", 9_000, 9_000)).Accepted(),
            Change with { Lines = [Advice with { Billing = new BillingModel.TimeAndMaterials([new("Consultant", 1)], new(Eur(8_000))) }] },
            "CAP_BELOW_BILLED lines[0].billing.cap"),
        Case(Stuck, new CorrectContract(Task, "DE02", "other", null, null, "r"), "LEGAL_ENTITY_FIXED legalEntity", "TERMS_FIXED projectTemplate"),
        Case(Stuck, new CorrectContract(Task, null, null, null, null, "r"), "NOTHING_TO_CORRECT"),
        Case(StuckAtCustomer, new CorrectContract($"{ContractId}/erp-customer/1", null, null, Alder with { Name = "" }, null, "r"),
            "TEXT_MISSING customer.name"),
        Case(Stuck.By(Anna), new RetryStep(Task, ""), "FORBIDDEN", "REASON_REQUIRED reason"),
        Case(Stuck, new RetryStep("elsewhere", "r"), "EXCEPTION_NOT_OPEN exceptionId"),
        Case(ContractStory.Accepted.Report("erp-customer/1", Away()).Accepted(), new RetryStep($"{ContractId}/erp-customer/1/waiting", "r"),
            "STEP_STILL_RUNNING exceptionId"),
        Case(StuckAtCustomer, new SkipStep($"{ContractId}/erp-customer/1", "r"), "STEP_NOT_SKIPPABLE exceptionId"),
        Case(ContractStory.New, new RetryStep("x", "r"), "NOT_FOUND"),
        Case(ContractStory.New, new Q2C.Invoices.ApproveInvoice(null), "UNSUPPORTED_COMMAND"),
    ];

    public static TheoryData<int> Indexes => [.. Enumerable.Range(0, Cases.Length)];

    [Theory, MemberData(nameof(Indexes))]
    public void Refuses(int index)
    {
        var (given, command, refusals) = Cases[index];
        given.When(command).ThenRefused(refusals);
    }

    [Fact]
    public void Every_refusal_has_an_example() => Assert.Equal(
        CodesOf(typeof(ContractProblems)).Concat(CodesOf(typeof(OperatorProblems)).Except([OperatorProblems.SecondPersonNeeded]))
            .Except([ContractProblems.QuoteOlder]).Order(StringComparer.Ordinal),
        Cases.SelectMany(one => one.Refusals).Select(refusal => refusal.Split(' ')[0]).Distinct()
            .Except([ProblemCodes.NotFound, ProblemCodes.UnsupportedCommand]).Order(StringComparer.Ordinal));

    [Fact]
    public void A_quote_with_many_mistakes_is_refused_with_all_of_them() => ContractStory.New.When(Quote with
    {
        Currency = "EUR",
        Customer = Alder with { BillTo = Berlin with { Country = "Germany" } },
        Lines =
        [
            Build with { Billing = new BillingModel.FixedFee(Eur(30_000), [Part("M1", 10_000)]) },
            Advice with { Billing = new BillingModel.TimeAndMaterials([new("Consultant", -150m), new("Consultant", 1m)], new(Eur(-1))) },
        ],
    }).ThenRefused(
        "COUNTRY_UNKNOWN customer.billTo.country",
        "MILESTONES_DO_NOT_SUM lines[0].billing.milestones",
        "RATE_NOT_POSITIVE lines[1].billing.rates[0].hourly",
        "ROLE_DUPLICATE lines[1].billing.rates[1].role",
        "CAP_BELOW_ZERO lines[1].billing.cap");

    [Fact]
    public void An_older_quote_is_stale_and_the_same_one_changes_nothing()
    {
        ContractStory.Active.When(Quote with { SourceVersion = DeciderSpec.Noon.AddHours(-1), Name = "Older" }).ThenStale();
        ContractStory.Active.When(Quote).ThenNothing();
        ContractStory.Active.When(Quote with { SourceVersion = DeciderSpec.Noon.AddHours(1) }).ThenNothing();
    }

    [Fact]
    public void A_snapshot_of_each_state_is_read_as_it_was_written()
    {
        Survives(ContractStory.New.State);
        Survives(ContractStory.Accepted.State);
        Survives(Stuck.State);
        Survives(ContractStory.Active.State);
        Survives(Stuck.When(new CompensateActivation("mistake")).Accepted().State);
    }
}
