using Q2C.Contracts;
using Q2C.Grains.Projects;
using Q2C.Projects;
using static Q2C.Grains.Tests.DeciderSpec;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

/// <summary>What becomes of work at a cap when it is invoiced, given up, or the cap is raised.</summary>
public sealed class LimitTests
{
    private static readonly Actor Dana = new("dana", [Roles.Finance]);

    [Fact]
    public void What_a_cap_left_of_an_invoiced_entry_is_carried_over_when_a_change_order_raises_it()
    {
        // 12 h × 100 under 1,000: 1,000 are invoiced and 200 wait; at 1,100 another 100 are billed, at 2,000 the last 100.
        var given = Invoiced(Capped(new(Eur(1_000))), "1");
        Assert.Equal(["time_entry/1@1/rest 200.00 0.00 Capped"], given.Items());
        given = given.When(Amend(2, new(Eur(1_100)))).Accepted();
        Assert.Equal(["time_entry/1@1/rest 200.00 100.00 Capped"], given.Items());
        given = Invoiced(given, "2").When(Amend(3, new(Eur(2_000)))).Accepted();
        Assert.Equal(["time_entry/1@1/rest/rest 100.00 100.00 Billable"], given.Items());
        Assert.Empty(Invoiced(given, "3").Items());
    }

    [Fact]
    public void Where_the_excess_is_written_down_nothing_is_carried_over()
    {
        var given = Capped(new(Eur(1_000), AtCap: AtCap.WriteDown)).When(Reported(Hours("2", 3, "Any", 5))).Accepted();
        Assert.Equal(
            [
                "12 h of Any at 100.00 EUR per hour: of 1,200.00 EUR only 1,000.00 EUR is billed and the rest written down, because the cap of 1,000.00 EUR for Implementation is then used up.",
                "5 h of Any at 100.00 EUR per hour: not billed but written down, because the cap of 1,000.00 EUR for Implementation was used up before it.",
            ],
            given.Explanations());
        var invoiced = Invoiced(given, "1", "time_entry/1@1", "time_entry/2@1");
        Assert.Empty(invoiced.Items());
        Assert.Empty(invoiced.When(Amend(2, new(Eur(5_000)))).Accepted().Items());
    }

    [Fact]
    public void Billing_beyond_a_cap_can_be_approved_where_the_terms_say_so()
    {
        var given = Capped(new(Eur(1_000), AtCap: AtCap.BillWithApproval));
        var approved = given.When(new ApproveBeyondCap(Implementation, Eur(150), null, "Agreed by phone")).Accepted();
        Assert.Equal(["time_entry/1@1 1200.00 1150.00 Capped"], approved.Items());
        given.When(new ApproveBeyondCap(Travel, Eur(150), null, "Agreed")).ThenRefused("CAP_NOT_EXTENDABLE cap");
        Capped(new(Eur(1_000))).When(new ApproveBeyondCap(Implementation, Eur(150), null, "Agreed")).ThenRefused("CAP_NOT_EXTENDABLE cap");
    }

    [Fact]
    public void Caps_of_line_phase_and_contract_hold_together_each_in_its_own_measure()
    {
        // Build: 10 of 12 h a month. Phase: 1,500 for build and test. Contract: 20 h for all, of which run gets what is left.
        ContractLine Line(string id, NotToExceed? cap, string? phase) => new(
            id, "consulting", id, new BillingModel.TimeAndMaterials([new("Any", 100)], cap), Start, End, Phase: phase);
        var terms = new Terms(1, Start, "EUR",
            [Line("build", new(null, 10, CapPeriod.Month), "delivery"), Line("test", null, "delivery"), Line("run", null, null)],
            [new("Delivery", "delivery", new(Eur(1_500))), new("Everything", null, new(null, 20))]);
        var given = Project.Decider.Given(new ProjectOpened(Activated with { Terms = terms }, Noon)).In(ProjectId).When(Reported(
            Hours("1", 2, "Any", 12, line: "build"), Hours("2", 3, "Any", 8, line: "test"), Hours("3", 4, "Any", 8, line: "run"),
            Hours("4", 5, "Any", 8, line: "build") with { Date = new(2026, 4, 2) })).Accepted();
        Assert.Equal(
            [
                "time_entry/1@1 1200.00 1000.00 Capped",  // 10 h of 12
                "time_entry/2@1 800.00 500.00 Capped",  // 1,500 − 1,000, which is 5 h
                "time_entry/3@1 800.00 500.00 Capped",  // 20 − 10 − 5 = 5 h
                "time_entry/4@1 800.00 0.00 Capped",  // April has 10 h again, and the phase nothing
            ],
            given.Items());
    }

    [Fact]
    public void A_threshold_of_the_terms_is_warned_of_by_name()
    {
        var given = Capped(new(null, 10, CapPeriod.Month, WarnAtPercent: [50]), hours: 4).When(Reported(Hours("2", 3, "Any", 1)));
        Assert.Equal(
            [new CapWarned(Implementation, 50, Eur(0), Eur(0), Noon, null, 10, 5, March(1))], given.Decision.Events.OfType<CapWarned>());
    }

    [Fact]
    public void Open_work_is_written_off_and_the_write_off_taken_back()
    {
        // 12 h × 100: a quarter given up leaves 900; all of it nothing; taken back 1,200 again.
        var part = Capped(null).When(new WriteOffWork(["time_entry/1@1"], 25, "Courtesy."), "w").Accepted();
        Assert.Equal(["time_entry/1@1 1200.00 900.00 Billable"], part.Items());
        Assert.Equal("12 h of Any at 100.00 EUR per hour. 300.00 EUR of it are not billed: Courtesy.", part.Explanations()[0]);
        var all = part.When(new WriteOffWork(["time_entry/1@1"], null, "Courtesy."), "w2").Accepted();
        Assert.Equal(["time_entry/1@1 1200.00 0.00 WrittenOff"], all.Items());
        Assert.Empty(Project.Preview(all.State, March(31)));
        var back = all.When(new ReverseWriteOff($"{ProjectId}/write-off/w2", "Not agreed after all.")).Accepted();
        Assert.Equal(["time_entry/1@1 1200.00 900.00 Billable"], back.Items());
        Assert.Equal(["time_entry/1@1 1200.00 1200.00 Billable"], back.When(new ReverseWriteOff($"{ProjectId}/write-off/w", "Nor this.")).Accepted().Items());
        part.When(new WriteOffWork(["time_entry/9@1"], 101, "")).ThenRefused("REASON_REQUIRED reason", "ITEM_NOT_OPEN itemIds", "PERCENT_OUTSIDE_RANGE percent");
        all.When(new WriteOffWork(["time_entry/1@1"], null, "Again.")).ThenRefused("NOTHING_TO_WRITE_OFF itemIds");
        all.When(new ReverseWriteOff("other", "No.")).ThenRefused("WRITE_OFF_UNKNOWN writeOffId");
    }

    [Fact]
    public void A_write_off_above_the_threshold_is_approved_by_a_second_person()
    {
        var proposed = Capped(null, 600).When(new WriteOffWork(["time_entry/1@1"], null, "Courtesy."), "w").Accepted();
        Assert.Equal(["time_entry/1@1 60000.00 60000.00 Billable"], proposed.Items());
        var approve = new ApproveWriteOff($"{ProjectId}/write-off/w", null);
        proposed.When(approve).ThenRefused("APPROVER_IS_PREPARER");
        Assert.Equal(["time_entry/1@1 60000.00 0.00 WrittenOff"], proposed.By(Dana).When(approve).Accepted().Items());
    }

    [Fact]
    public void Written_off_work_makes_room_under_a_cap()
    {
        var given = Capped(new(Eur(1_000))).When(Reported(Hours("2", 3, "Any", 5))).Accepted()
            .When(new WriteOffWork(["time_entry/1@1"], null, "Courtesy.")).Accepted();
        Assert.Equal(["time_entry/1@1 1200.00 0.00 WrittenOff", "time_entry/2@1 500.00 500.00 Billable"], given.Items());
    }

    [Theory]
    [InlineData(false, new string[0])]
    [InlineData(true, new[] { "time_entry/1@1 1200.00 1200.00 Billable" })]
    public void A_credit_opens_its_items_again_or_not(bool release, string[] open)
    {
        var given = Invoiced(Capped(new(Eur(2_000))), "1").When(Observed(Crediting.MemoOn(Implementation, release, ("time_entry/1@1", Eur(1_200))))).Accepted();
        Assert.Equal(open, given.Items());
        Assert.Equal(Eur(0), Project.Render(given.State, ProjectId, 1)!.Lines[0].Invoiced);
    }

    [Fact]
    public void What_a_cap_left_of_work_that_is_credited_for_good_goes_into_the_room_that_the_credit_makes()
    {
        // 12 h × 100 under 1,000 and under 10 h for the contract: 1,000 are invoiced and credited; the 200 that were left fit now.
        var given = Credited();
        Assert.Equal(["time_entry/1@1/rest 200.00 200.00 Billable"], given.Items());
        var next = given.When(Reported(Hours("2", 3, "Any", 9))).Accepted();
        Assert.Equal(["time_entry/1@1/rest 200.00 200.00 Billable", "time_entry/2@1 900.00 800.00 Capped"], next.Items());
        Assert.Empty(Invoiced(given, "2").Items());
    }

    [Fact]
    public void What_a_cap_left_of_credited_work_goes_when_the_work_is_corrected_or_taken_back()
    {
        Assert.Equal(["time_entry/1@2 500.00 500.00 Billable"], Credited().When(Reported(Hours("1", 2, "Any", 5, version: 2))).Accepted().Items());
        Assert.Empty(Credited().When(Reported(Deleted(Hours("1", 2, "Any", 12), 2))).Accepted().Items());
    }

    [Fact]
    public void A_change_order_that_says_so_bills_the_exact_difference_of_what_is_invoiced()
    {
        // 12 h at 100 are invoiced; from the 2nd of March on they are worth 110: 120 more, and nothing for what was before.
        var invoiced = Invoiced(Capped(null).When(Reported(Hours("0", 1, "Any", 5))).Accepted(), "1", "time_entry/0@1", "time_entry/1@1");
        var order = Amended(new(2, March(2), "EUR", [Line(110, null)])) with { RepriceInvoiced = true };
        var given = invoiced.When(Observed(order)).Accepted();
        Assert.Equal(
            ["time_entry/1@1/reversal -1200.00 -1200.00 Billable", "time_entry/1@1/terms/2 1320.00 1320.00 Billable"], given.Items());
        Assert.Empty(invoiced.When(Observed(order with { RepriceInvoiced = null })).Accepted().Items());
    }

    [Fact]
    public void What_a_change_order_would_change_is_shown_before_it_is_made()
    {
        // Invoiced: 12 h; open: 5 h. At 110 the open ones are worth 50 more, and if the order says so the invoiced ones 120 more.
        var given = Invoiced(Capped(null), "1").When(Reported(Hours("2", 3, "Any", 5))).Accepted();
        var order = Amended(new(2, Start, "EUR", [Line(110, null)]));
        var preview = Project.PreviewChangeOrder(given.State, order)!;
        Assert.Equal([("time_entry/2@1", Eur(500), Eur(550))], preview.Items.Select(item => (item.ItemId, item.Before!.Value, item.After!.Value)));
        Assert.Equal([new LineDifference(Implementation, Eur(1_700), Eur(1_750))], preview.Lines.AsEnumerable());
        Assert.Equal(Eur(170), Project.PreviewChangeOrder(given.State, order with { RepriceInvoiced = true })!.Difference);
        Assert.Equal(["time_entry/2@1 500.00 500.00 Billable"], given.Items());
    }

    [Fact]
    public void Progress_is_billed_by_the_hours_of_the_line_up_to_its_price()
    {
        // 10,000 for 80 h: 20 h in March are 25 %, 2 that come late 2.5 %; with 70 h in April it would be 115 %: 72.5 % are left.
        var fee = new ContractLine(Discovery, "consulting", "Discovery", new BillingModel.FixedFee(Eur(10_000), [], new(PercentBy.Hours, 80)), Start, End);
        var given = Project.Decider.Given(new ProjectOpened(Activated with { Terms = new(1, Start, "EUR", [fee]) }, Noon)).In(ProjectId)
            .When(Reported(Hours("1", 2, "Any", 20, line: Discovery))).Accepted();
        Assert.Equal(["Discovery is 25 % complete: of 10,000.00 EUR, 2,500.00 EUR are billed in addition to what was billed before."], given.Explanations()[1..]);
        given = given.When(Billed(March(31))).Accepted().When(Issued("progress/discovery/2026-03@1")).Accepted()
            .When(Reported(Hours("2", 3, "Any", 70, line: Discovery) with { Date = new(2026, 4, 3) })).Accepted()
            .When(Reported(Hours("3", 4, "Any", 2, line: Discovery))).Accepted();
        Assert.Equal([Eur(250), Eur(7_250)], Project.Preview(given.State, new(2026, 4, 30)).Select(item => item.Amount));
    }

    private static ContractLine Line(decimal hourly, NotToExceed? cap) => new(
        Implementation, "consulting", "Implementation", new BillingModel.TimeAndMaterials([new("Any", hourly)], cap), Start, End);

    private static Given<ProjectState> Capped(NotToExceed? cap, decimal hours = 12) => Project.Decider
        .Given(new ProjectOpened(Activated with { Terms = new(1, Start, "EUR", [Line(100, cap)]) }, Noon)).In(ProjectId)
        .When(Reported(Hours("1", 2, "Any", hours))).Accepted();

    /// <summary>12 h under two limits of 10 h, invoiced as far as they go and credited for good.</summary>
    private static Given<ProjectState> Credited()
    {
        var terms = new Terms(1, Start, "EUR", [Line(100, new(Eur(1_000)))], [new("Everything", null, new(null, 10))]);
        var worked = Project.Decider.Given(new ProjectOpened(Activated with { Terms = terms }, Noon)).In(ProjectId)
            .When(Reported(Hours("1", 2, "Any", 12))).Accepted();
        return Invoiced(worked, "1").When(Observed(Crediting.MemoOn(Implementation, false, ("time_entry/1@1", Eur(1_000))))).Accepted();
    }

    private static Observe Amend(int version, NotToExceed cap) => Observed(Amended(new(version, Start, "EUR", [Line(100, cap)])));

    private static Given<ProjectState> Invoiced(Given<ProjectState> given, string run, params string[] items)
    {
        var reserved = given.When(Billed(March(31), run)).Accepted();
        return reserved.When(IssuedIn(run, $"INV {run}", items is [] ? [.. reserved.State.Unbilled.Values.Where(open => open.Run == run).Select(open => open.Item.Id)] : items)).Accepted();
    }
}
