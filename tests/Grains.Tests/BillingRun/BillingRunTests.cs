using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Grains.BillingRuns;
using Q2C.Grains.Tests.Contracts;
using Q2C.Grains.Tests.Invoices;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Projects;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.BillingRuns;

public sealed class BillingRunTests
{
    private const string RunId = "eu_run_1";
    private const string Other = "eu_pr_other";

    private static readonly DateOnly Day = new(2026, 2, 10);
    private static readonly DateOnly CutOff = new(2026, 2, 28);
    private static readonly DateOnly InvoiceDate = new(2026, 3, 1);
    private static readonly Terms Terms = new(1, Start, "EUR",
        [Build with { PurchaseOrder = "PO-77" }, Advice with { PurchaseOrder = "PO-77" }, Travel with { PurchaseOrder = "PO-77" }]);

    private static readonly StartBillingRun OneProject = new("DE01", CutOff, InvoiceDate, [ProjectId]);

    private static readonly string InvoiceId = Ids.Derive("eu", Ids.Invoice, RunId, ProjectId);

    private static Given<BillingRunState> New =>
        BillingRun.Decider.Given().In(RunId).Under(Samples.Policies).By(new("nora", [Roles.Finance, Roles.Operator]));

    private static Given<BillingRunState> Started => New.When(OneProject).Accepted();

    [Fact]
    public void A_run_asks_every_project_to_set_its_items_aside() => New.When(OneProject with { Projects = [ProjectId, Other] }).Then(
        new BillingRunStarted(RunId, OneProject with { Projects = [ProjectId, Other] }, "nora", DeciderSpec.Noon, Grouping.Default),
        new ReservationAsked(RunId, ProjectId, "DE01", CutOff, DeciderSpec.Noon),
        new ReservationAsked(RunId, Other, "DE01", CutOff, DeciderSpec.Noon));

    [Fact]
    public void A_run_over_no_project_is_complete_at_once() => New.When(OneProject with { Projects = [] }).Then(
        new BillingRunStarted(RunId, OneProject with { Projects = [] }, "nora", DeciderSpec.Noon, Grouping.Default),
        new BillingRunCompleted(0, 0, DeciderSpec.Noon));

    [Fact]
    public void The_same_run_again_changes_nothing_and_another_is_refused()
    {
        Started.When(OneProject).ThenNothing();
        Started.When(OneProject with { CutOff = CutOff.AddDays(-1) }).ThenRefused("RUN_ALREADY_STARTED");
    }

    [Fact]
    public void Time_is_one_line_per_role_and_rate_and_everything_else_a_line_each()
    {
        var drafted = Started.When(Reserved(
            Time("t/1", "Consultant", 150m, 3m, 450m), Time("t/2", "Architect", 187.5m, 2m, 375m, Day.AddDays(1)),
            Time("t/3", "Consultant", 150m, 1.5m, 225m, Day.AddDays(5)), Time("t/4", "Consultant", 165m, 1m, 165m),
            Single("m/1", ItemKind.Milestone, "L1", "Design approved", 10_000m), Single("e/1", ItemKind.Expense, "L3", "Train", 105m),
            Single("e/2", ItemKind.Expense, "L3", "Hotel", 210m))).Accepted();
        var draft = drafted.History.OfType<DraftMade>().Single().Draft;
        Assert.Equal(
            [
                ("1", "L1", "Design approved", 1m, 10_000m, Eur(10_000)),
                ("2", "L2", "Advice: Architect, 2026-02-11", 2m, 187.5m, Eur(375)),
                ("3", "L2", "Advice: Consultant, 2026-02-10", 1m, 165m, Eur(165)),
                ("4", "L2", "Advice: Consultant, 2026-02-10 to 2026-02-15", 4.5m, 150m, Eur(675)),
                ("5", "L3", "Train", 1m, 105m, Eur(105)),
                ("6", "L3", "Hotel", 1m, 210m, Eur(210)),
            ],
            draft.Lines.Select(line => (line.Id, line.ContractLineId, line.Description, line.Quantity, line.Rate, line.Net)).OrderBy(line => line.Id));
        Assert.Equal(("S-CONS", "S-TRAV"), (draft.Lines[0].TaxCategory, draft.Lines[5].TaxCategory));
        Assert.Equal((InvoiceId, "nora", "PO-77", InvoiceDate), (draft.InvoiceId, draft.PreparedBy, draft.PurchaseOrder, draft.Date));
        Assert.Equal(["ReservationReceived", "DraftMade"], drafted.History[2..].Names());
    }

    [Fact]
    public void What_a_cap_reduced_is_a_line_of_its_own_with_the_amount_that_is_left()
    {
        var draft = Started.When(Reserved(
                Time("t/1", "Consultant", 150m, 3m, 450m), Time("t/2", "Consultant", 150m, 2m, 100m) with { Disposition = Disposition.Capped }))
            .Accepted().History.OfType<DraftMade>().Single().Draft;
        Assert.Equal(
            [
                ("Advice: Consultant, 2026-02-10", 3m, 150m, Eur(450)),
                ("Advice: Consultant, 2026-02-10, 2 h reduced to the agreed maximum", 1m, 100m, Eur(100)),
            ],
            draft.Lines.Select(line => (line.Description, line.Quantity, line.Rate, line.Net)));
    }

    [Fact]
    public void A_reversal_is_deducted_on_a_line_of_its_own()
    {
        var draft = Started.When(Reserved(
                Time("t/1", "Consultant", 150m, 4m, 600m), Single("t/9", ItemKind.Adjustment, "L2", "Correction of 3 h", -450m)))
            .Accepted().History.OfType<DraftMade>().Single().Draft;
        Assert.Equal([Eur(600), Eur(-450)], draft.Lines.Select(line => line.Net));
        Assert.Equal(Eur(150), draft.Net);
    }

    [Fact]
    public void A_draft_that_is_not_above_zero_goes_back_to_the_project_and_the_run_goes_on()
    {
        var returned = Started.When(Reserved(
            Time("t/1", "Consultant", 150m, 1m, 150m), Single("t/9", ItemKind.Adjustment, "L2", "Correction", -450m)));
        returned.Then(
            new ReservationReceived(ProjectId, 2, DeciderSpec.Noon),
            new ReservationReturned(
                RunId, ProjectId, "The items sum to -300.00 EUR: they wait until there is something to invoice.", DeciderSpec.Noon,
                ["t/1@1", "t/9@1"]),
            new BillingRunCompleted(0, 0, DeciderSpec.Noon));
    }

    [Fact]
    public void Items_of_a_service_without_a_tax_category_go_back_and_raise_an_exception()
    {
        var untaxed = Reserved(Time("t/1", "Consultant", 150m, 1m, 150m));
        var reserved = (ItemsReserved)untaxed.Events[0];
        reserved = reserved with { Routing = reserved.Routing with { TaxCategories = ImmutableDictionary<string, string>.Empty } };
        var story = Started.When(new Observe(ProjectId, [reserved])).Accepted();
        Assert.Equal(["ReservationReceived", "ReservationReturned", "ExceptionRaised", "BillingRunCompleted"], story.History[2..].Names());
        Assert.Empty(((BillingRunState.Started)story.When(new SkipStep($"{RunId}/draft/{ProjectId}", "new run")).Accepted().State).Errands.Items);
    }

    [Fact]
    public void A_project_without_items_is_answered_without_a_draft() => Started.When(Reserved()).Then(
        new ReservationReceived(ProjectId, 0, DeciderSpec.Noon), new BillingRunCompleted(0, 0, DeciderSpec.Noon));

    [Fact]
    public void The_run_is_complete_when_every_project_answered_and_every_invoice_is_settled()
    {
        var two = New.When(OneProject with { Projects = [ProjectId, Other] }).Accepted()
            .When(Reserved(Time("t/1", "Consultant", 150m, 1m, 150m))).Accepted();
        two = two.When(Issued(InvoiceId)).Then(new InvoiceSettled(InvoiceId, true, DeciderSpec.Noon));
        two = two.When(ReservedBy(Other, Time("t/2", "Consultant", 150m, 1m, 150m))).Accepted();
        var second = Ids.Derive("eu", Ids.Invoice, RunId, Other);
        two = two.When(new Observe(second, [new InvoiceRejected(second, RunId, Other, "no", "fiona", DeciderSpec.Noon)])).Then(
            new InvoiceSettled(second, false, DeciderSpec.Noon), new BillingRunCompleted(1, 1, DeciderSpec.Noon));
        var view = BillingRun.Render(two.State, 9)!;
        Assert.Equal((true, 2, 2, 1, 1), (view.Completed, view.ProjectsAsked, view.ProjectsAnswered, view.Issued, view.Rejected));
        two.When(Issued(InvoiceId)).ThenNothing();
        two.When(Reserved(Time("t/1", "Consultant", 150m, 1m, 150m))).ThenNothing();
        Survives(two.State);
        Survives(New.State);
    }

    [Fact]
    public void An_invoice_over_several_projects_is_drafted_when_all_have_answered()
    {
        var story = New.When(OneProject with { Projects = [ProjectId, Other], Grouping = new([], LineGrouping.ContractLine) }).Accepted()
            .When(Reserved(Time("t/1", "Consultant", 150m, 1m, 150m))).Accepted();
        Assert.Empty(story.History.OfType<DraftMade>());
        Survives(story.State);
        story = story.When(ReservedBy(Other, Time("t/2", "Architect", 200m, 1m, 200m))).Accepted();
        var draft = story.History.OfType<DraftMade>().Single().Draft;
        Assert.Equal([("1", null, Eur(150)), ("2", Other, Eur(200))], draft.Lines.Select(line => (line.Id, line.ProjectId, line.Net)));
        Assert.Equal(
            [new(ProjectId, ContractId, Eur(150)), new InvoicePart(Other, ContractId, Eur(200))], draft.Parts.AsEnumerable());
        story.When(ReservedBy(Other, Time("t/2", "Architect", 200m, 1m, 200m))).ThenNothing();
    }

    [Fact]
    public void What_does_not_sum_to_more_than_zero_goes_back_to_each_of_its_projects()
    {
        var returned = New.When(OneProject with { Projects = [ProjectId, Other], Grouping = new([]) }).Accepted()
            .When(Reserved(Single("t/9", ItemKind.Adjustment, "L2", "Correction", -450m))).Accepted()
            .When(ReservedBy(Other, Time("t/2", "Consultant", 150m, 1m, 150m))).Accepted().History.OfType<ReservationReturned>();
        Assert.Equal(
            [(ProjectId, "t/9@1"), (Other, "t/2@1")], returned.Select(one => (one.ProjectId, one.ItemIds!.Value.Single())));
    }

    [Fact]
    public void Customers_of_one_parent_share_an_invoice_to_the_parent()
    {
        var parent = Alder with { Name = "Alder Holding SE" };
        Observe Of(string project, string customer, BillableItem item) => new(project, [((ItemsReserved)ReservedBy(project, item).Events[0]) with
        {
            CustomerId = customer, Customer = Alder with { ParentId = "eu_cu_parent" }, Parent = parent,
        }]);
        var drafts = New.When(OneProject with { Projects = [ProjectId, Other], Grouping = new([InvoiceKey.Parent]) }).Accepted()
            .When(Of(ProjectId, "eu_cu_a", Time("t/1", "Consultant", 150m, 1m, 150m))).Accepted()
            .When(Of(Other, "eu_cu_b", Time("t/2", "Consultant", 150m, 1m, 150m))).Accepted().History.OfType<DraftMade>();
        Assert.Equal(("eu_cu_parent", "Alder Holding SE", 2), (drafts.Single().Draft.CustomerId, drafts.Single().Draft.Customer.Name, drafts.Single().Draft.Lines.Length));
    }

    [Fact]
    public void A_date_in_a_closed_period_moves_to_the_first_open_day_or_is_refused_as_the_policy_says()
    {
        PolicySet Closed(WhenClosed when) => Samples.Policies with
        {
            LegalEntities = Samples.Policies.LegalEntities.SetItem(
                "DE01", Northwind with { Books = BooksPolicy.Default with { ClosedThrough = InvoiceDate, WhenClosed = when } }),
        };
        var draft = New.Under(Closed(WhenClosed.FirstOpenPeriod)).When(OneProject).Accepted()
            .When(Reserved(Time("t/1", "Consultant", 150m, 1m, 150m))).Accepted().History.OfType<DraftMade>().Single().Draft;
        Assert.Equal(InvoiceDate.AddDays(1), draft.Date);
        New.Under(Closed(WhenClosed.Park)).When(OneProject).ThenRefused("PERIOD_CLOSED invoiceDate");
    }

    [Fact]
    public void Every_item_is_on_exactly_one_line_and_the_lines_sum_to_the_items() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte Kind, byte Role, byte Cut, ushort Minor)[]>(), seeds =>
        {
            BillableItem[] items = [.. seeds.Select((seed, i) => (seed.Kind % 4) switch
            {
                0 => Time($"t/{i}", seed.Role % 2 == 0 ? "Consultant" : "Architect", 100m + (seed.Role % 3), seed.Minor / 100m,
                    seed.Cut % 3 == 0 ? 0 : (100m + (seed.Role % 3)) * seed.Minor / 100m),
                1 => Single($"m/{i}", ItemKind.Milestone, "L1", "Milestone", seed.Minor / 100m),
                2 => Single($"e/{i}", ItemKind.Expense, "L3", "Expense", seed.Minor / 100m),
                _ => Single($"a/{i}", ItemKind.Adjustment, "L2", "Adjustment", -seed.Minor / 100m),
            })];
            var reserved = (ItemsReserved)Reserved(items).Events[0];
            var grouping = Enum.GetValues<LineGrouping>()[seeds.Length % Enum.GetValues<LineGrouping>().Length];
            var draft = Drafting.Draft(InvoiceId, InvoiceDate, "nora", reserved, grouping);
            Assert.Equal(
                items.Select(item => (item.Id, item.Amount)).Order(),
                draft.Lines.SelectMany(line => line.Items).Select(item => (item.ItemId, item.Amount)).Order());
            Assert.All(draft.Lines, line => Assert.Equal(line.Net, line.Items.Aggregate(Eur(0), (sum, item) => sum + item.Amount)));
            Assert.Equal(draft.Lines.Length, draft.Lines.Select(line => line.Id).Distinct().Count());
        }).QuickCheckThrowOnFailure();

    public static TheoryData<int> Indexes => [.. Enumerable.Range(0, Cases.Length)];

    private static readonly ImmutableArray<(Given<BillingRunState> Given, Command Command, string[] Refusals)> Cases =
    [
        (New.By(InvoiceStory.Fiona), OneProject, ["FORBIDDEN"]),
        (New, OneProject with { LegalEntity = "DE99", CutOff = InvoiceDate.AddDays(1) }, ["LEGAL_ENTITY_UNKNOWN legalEntity", "CUT_OFF_AFTER_INVOICE_DATE cutOff"]),
        (New, OneProject with { Projects = [.. Enumerable.Range(0, 1001).Select(i => $"eu_pr_{i}")] }, ["TOO_MANY_PROJECTS projects"]),
        (New, OneProject with { Projects = [ProjectId, ContractId, ProjectId] }, ["PROJECT_ID_INVALID projects[1]", "PROJECT_DUPLICATE projects[2]"]),
        (Started, OneProject with { LegalEntity = "FR01" }, ["RUN_ALREADY_STARTED"]),
        (Started, new SkipStep("x", ""), ["REASON_REQUIRED reason", "EXCEPTION_NOT_OPEN exceptionId"]),
        (Started, new RetryStep("x", "r"), ["EXCEPTION_NOT_OPEN exceptionId", "EXCEPTION_NOT_RETRYABLE exceptionId"]),
        (New, new SkipStep("x", "r"), ["NOT_FOUND"]),
        (Started, new ApproveInvoice(null), ["UNSUPPORTED_COMMAND"]),
    ];

    [Theory, MemberData(nameof(Indexes))]
    public void Refuses(int index) => Cases[index].Given.When(Cases[index].Command).ThenRefused(Cases[index].Refusals);

    [Fact]
    public void Every_refusal_has_an_example() => Assert.Superset(
        CodesOf(typeof(BillingRunProblems)).ToHashSet(),
        Cases.SelectMany(one => one.Refusals).Select(refusal => refusal.Split(' ')[0]).Append(BillingRunProblems.PeriodClosed).ToHashSet());

    private static Observe Reserved(params BillableItem[] items) => ReservedBy(ProjectId, items);

    private static Observe ReservedBy(string project, params BillableItem[] items) => new(project, [new ItemsReserved(
        RunId, project, ContractId, CustomerId, Alder, InvoiceStory.Routing, Terms, [.. items], DeciderSpec.Noon)]);

    private static Observe Issued(string invoice) => new(invoice, [new InvoiceIssued(
        invoice, RunId, ProjectId, ContractId, CustomerId, "N", InvoiceDate, InvoiceDate, Eur(150), Eur(0), Eur(150), [], [], DeciderSpec.Noon)]);

    private static BillableItem Time(string id, string role, decimal rate, decimal hours, decimal amount, DateOnly? day = null) => new(
        $"{id}@1", id, 1, ItemKind.Time, "L2", day ?? Day, $"{hours} h {role}", "Paula", role, hours, rate,
        Money.Round(rate * hours, "EUR", Rounding.HalfUp), Money.Round(amount, "EUR", Rounding.HalfUp), Disposition.Billable, "why", "rule");

    private static BillableItem Single(string id, ItemKind kind, string line, string description, decimal amount) => new(
        $"{id}@1", id, 1, kind, line, Day, description, null, null, 1m, amount, Eur(amount), Eur(amount), Disposition.Billable, "why", "rule");
}
