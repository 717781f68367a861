using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Revenues;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Revenues;
using static Q2C.Grains.Tests.Projects.Engagement;
using static Q2C.Grains.Tests.Revenues.RevenueStory;

namespace Q2C.Grains.Tests.Revenues;

/// <summary>Cases of our own, with the arithmetic written out.</summary>
public sealed class RevenueTests
{
    private static readonly DateOnly January = new(2026, 1, 1);
    private static readonly DateOnly December = new(2026, 12, 31);

    [Fact]
    public void Lines_sold_together_share_the_price_in_proportion_to_what_they_cost_alone()
    {
        // 900 for a licence worth 600 and a set-up worth 400: 900 x 600/1000 = 540 and 900 x 400/1000 = 360.
        var story = Of(
            Bundled("licence", 700, 600, new RevenueTreatment.StraightLine()), Bundled("setup", 200, 400, new RevenueTreatment.PointInTime()));
        Assert.Equal((Eur(540), Eur(360)), (story.Line("licence").Price, story.Line("setup").Price));

        // The set-up is done and billed with its stated 200: 160 of its 360 are for the licence's bill to settle.
        var done = story.Invoiced("1", January, "setup", 200).Recognized(2026, 1, Done("setup", 200));
        Assert.Equal((Eur(360), Eur(160)), (done.Line("setup").Recognised, done.Line("setup").Unbilled));
        Assert.Equal(540m, done.Invoiced("2", January, "licence", 700).Line("licence").Price!.Value.Amount);

        // At the end everything billed is recognised, and the two lines' standings cancel out.
        var over = Enumerable.Range(2, 11).Aggregate(done.Invoiced("2", January, "licence", 700), (now, month) => now.Recognized(2026, month, Done("setup", 200)));
        Assert.Equal((Eur(160), Eur(160)), (over.Line("licence").Deferred, over.Line("setup").Unbilled));
        Assert.Equal(900m, over.State.Lines.Values.Sum(line => line.Recognised.Amount));
    }

    [Fact]
    public void Shares_of_a_bundle_sum_to_it_by_largest_remainder()
    {
        // 100.00 in three equal shares is 33.33 each and a cent over, which the first takes.
        var story = Of(
            Bundled("a", 50, 7, new RevenueTreatment.PointInTime()), Bundled("b", 30, 7, new RevenueTreatment.PointInTime()),
            Bundled("c", 20, 7, new RevenueTreatment.PointInTime()));
        Assert.Equal([33.34m, 33.33m, 33.33m], new[] { "a", "b", "c" }.Select(id => story.Line(id).Price!.Value.Amount));
    }

    [Fact]
    public void A_change_order_with_catch_up_books_the_difference_for_what_is_done_at_once()
    {
        // 40 of 100 hours at 1000: 400. The price becomes 1500: 40 % of it is 600, so 200 at once.
        var story = Changed(PriceChange.CumulativeCatchUp);
        Assert.Equal(Eur(600), story.Line("fee").Recognised);
        var entry = story.Entries[^1];
        Assert.Equal((EntryCause.PriceChange, new DateOnly(2026, 4, 10)), (entry.Cause, entry.Date));
        Assert.Equal(["contract_asset 200.00", "revenue -200.00"], Postings(entry));

        // 70 hours: 70 % of 1500 is 1050.
        Assert.Equal(Eur(1050), story.Recognized(2026, 4, Done("fee", 0, hours: 70)).Line("fee").Recognised);
    }

    [Fact]
    public void A_change_order_for_the_future_leaves_what_is_recognised()
    {
        // 400 for the first 40 %. The other 1100 go with the other 60 %: 30 of these 60 hours are 550, in all 950.
        var story = Changed(PriceChange.Prospective);
        Assert.Equal(Eur(400), story.Line("fee").Recognised);
        Assert.Equal(EntryCause.Recognition, story.Entries[^1].Cause);
        Assert.Equal(Eur(950), story.Recognized(2026, 4, Done("fee", 0, hours: 70)).Line("fee").Recognised);
        Assert.Equal(Eur(1500), story.Recognized(2026, 4, Done("fee", 0, hours: 100)).Line("fee").Recognised);
    }

    [Theory]
    [InlineData(PriceChange.Prospective, 2200, 300, 211.11)]
    [InlineData(PriceChange.CumulativeCatchUp, 2400, 600, 200)]
    public void A_change_order_on_a_line_over_time(PriceChange onChange, int price, int atOnce, double monthly)
    {
        // 1200 over twelve months, 100 of it a month: 300 until April. For the future, 2200 leave 1900 / 9 = 211.11 a month.
        // From the start, 2400 would have been 200 a month: 600 until April, 300 of it at once.
        var line = Fee("fee", 1200, null, January, December) with { Revenue = new(new RevenueTreatment.StraightLine(Spread.ByMonth), null, onChange) };
        var story = Of(line).Recognized(2026, 1).Recognized(2026, 2).Recognized(2026, 3);
        Assert.Equal(Eur(300), story.Line("fee").Recognised);
        story = story.Hears(Amended(new(2, new(2026, 4, 1), "EUR", [Priced(line, price)])));
        Assert.Equal(Eur(atOnce), story.Line("fee").Recognised);
        var april = story.Recognized(2026, 4);
        Assert.Equal((decimal)monthly, (april.Line("fee").Recognised - story.Line("fee").Recognised).Amount);
        var over = Enumerable.Range(5, 8).Aggregate(april, (now, month) => now.Recognized(2026, month));
        Assert.Equal(Eur(price), over.Line("fee").Recognised);
    }

    [Fact]
    public void Cost_to_cost_books_revenue_and_cost_of_each_period()
    {
        // 60 of an estimated 300 spent: 20 % of 1000 is 200. Then 210 of 350: 60 % is 600, so 400 more, and 150 of cost.
        var how = new RevenueTreatment.PercentComplete(ProgressMeasure.CostToCost, 300);
        var story = Of(Fee("fee", 1000, how, January, December)).Recognized(2026, 1, Done("fee", 0, cost: 60));
        Assert.Equal(
            [["contract_asset 200.00", "revenue -200.00"], ["cost_applied -60.00", "cost_of_revenue 60.00"]],
            story.Entries.Select(Postings));

        story = story.Does(new ReviseEstimate("fee", 350, "More to do")).Recognized(2026, 2, Done("fee", 0, cost: 210));
        Assert.Equal(
            [["contract_asset 400.00", "revenue -400.00"], ["cost_applied -150.00", "cost_of_revenue 150.00"]],
            story.Entries.Skip(2).Select(Postings));

        // More is spent than was estimated: the price is the most there is.
        Assert.Equal(Eur(1000), story.Recognized(2026, 3, Done("fee", 0, cost: 400)).Line("fee").Recognised);
    }

    [Fact]
    public void The_cost_of_a_milestone_is_in_progress_until_it_is_reached()
    {
        // 80 are spent on half of a price of 500: nothing is earned, all is in progress. Then 250 are: half of 120 goes with them.
        var line = Fee("fee", 500, new RevenueTreatment.PointInTime(), January, December);
        var story = Of(line).Recognized(2026, 1, Done("fee", 0, cost: 80));
        Assert.Equal((80m, 0m), (story.Balance(RevenueAccounts.WorkInProgress), story.Balance(RevenueAccounts.Cost)));
        story = story.Recognized(2026, 2, Done("fee", 250, cost: 120));
        Assert.Equal((60m, 60m, -120m), (
            story.Balance(RevenueAccounts.WorkInProgress), story.Balance(RevenueAccounts.Cost), story.Balance(RevenueAccounts.CostApplied)));
    }

    [Fact]
    public void What_expires_of_a_retainer_is_breakage()
    {
        // 1000 are paid for ten hours at 100. Six are drawn: 600 are earned and 400 deferred. They expire: 400 are breakage.
        var story = Of(Work("retainer", new RevenueTreatment.AsUsed())).Invoiced("1", January, "retainer", 1000)
            .Recognized(2026, 1, Done("retainer", 600));
        Assert.Equal((-600m, -400m), (story.Balance(RevenueAccounts.Revenue) - 1000, story.Balance(RevenueAccounts.DeferredRevenue)));
        story = story.Recognized(2026, 2, Done("retainer", 600, forfeited: 400));
        Assert.Equal((EntryCause.Breakage, new DateOnly(2026, 2, 28)), (story.Entries[^1].Cause, story.Entries[^1].Date));
        Assert.Equal(["deferred_revenue 400.00", "revenue -400.00"], Postings(story.Entries[^1]));
        Assert.Equal(0, story.Balance(RevenueAccounts.DeferredRevenue));
    }

    [Fact]
    public void A_credit_memo_reverses_what_is_deferred_and_revenue_only_beyond_that()
    {
        // 1200 billed for a year, 300 recognised until March: 900 are deferred. 600 of it are credited: 300 remain for
        // nine months, 33.33 each. 1000 would take all 900 and 100 of the revenue.
        var billed = Of(Work("support", new RevenueTreatment.StraightLine(Spread.ByMonth)))
            .Invoiced("1", January, new IssuedLine("1", "support", Eur(1200), January, December))
            .Recognized(2026, 1).Recognized(2026, 2).Recognized(2026, 3);
        var credited = billed.Credited("C1", "1", new(2026, 4, 2), "support", 600, isBilledAgain: false);
        Assert.Equal((EntryCause.Credit, new DateOnly(2026, 4, 2)), (credited.Entries[^1].Cause, credited.Entries[^1].Date));
        Assert.Equal(["deferred_revenue 600.00", "revenue -600.00"], Postings(credited.Entries[^1]));
        Assert.Equal(Eur(333.33m), credited.Recognized(2026, 4).Line("support").Recognised);
        var over = Enumerable.Range(4, 9).Aggregate(credited, (now, month) => now.Recognized(2026, month));
        Assert.Equal((Eur(600), Eur(600), Eur(0)), (over.Line("support").Billed, over.Line("support").Recognised, over.Line("support").Deferred));

        var more = billed.Credited("C1", "1", new(2026, 4, 2), "support", 1000, isBilledAgain: false);
        Assert.Equal(["deferred_revenue 900.00", "revenue -900.00"], Postings(more.Entries[^1]));
        Assert.Equal((Eur(200), Eur(200)), (more.Line("support").Billed, more.Line("support").Recognised));
        Assert.Equal(Eur(200), Enumerable.Range(4, 9).Aggregate(more, (now, month) => now.Recognized(2026, month)).Line("support").Recognised);
    }

    [Fact]
    public void Work_that_is_credited_to_be_billed_again_stays_revenue()
    {
        // 500 of work are billed. The invoice is credited and billed anew: nothing but the unbilled receivable moves.
        var billed = Of(Work("work")).Recognized(2026, 3, Done("work", 500)).Invoiced("1", new(2026, 4, 2), "work", 500);
        var credited = billed.Credited("C1", "1", new(2026, 4, 3), "work", 500, isBilledAgain: true, items: 500);
        Assert.Equal(["revenue -500.00", "unbilled_receivable 500.00"], Postings(credited.Entries[^1]));
        Assert.Equal(credited.Entries.Length, credited.Recognized(2026, 4, Done("work", 500)).Entries.Length);
        Assert.Equal(Eur(0), credited.Invoiced("2", new(2026, 4, 4), "work", 500).Line("work").Unbilled);
    }

    [Fact]
    public void Work_that_is_credited_for_good_is_no_revenue_any_more()
    {
        // 500 billed, 120 of it credited for good, as a whole item or as an amount: 380 remain, whatever the project counts.
        var billed = Of(Work("work")).Invoiced("1", new(2026, 3, 20), "work", 500);
        var item = billed.Credited("C1", "1", new(2026, 3, 25), "work", 120, isBilledAgain: false, items: 120);
        Assert.Equal(Eur(380), item.Recognized(2026, 3, Done("work", 380)).Line("work").Recognised);
        var amount = billed.Credited("C1", "1", new(2026, 3, 25), "work", 120, isBilledAgain: false);
        Assert.Equal(Eur(380), amount.Recognized(2026, 3, Done("work", 500)).Line("work").Recognised);
        Assert.Empty(item.Entries);
        Assert.Equal(item.Life.History.Length, item.Credited("C1", "1", new(2026, 3, 25), "work", 120, isBilledAgain: false, items: 120).Life.History.Length);
    }

    [Fact]
    public void Work_by_the_hour_is_revenue_when_it_is_done_and_its_invoice_settles_it()
    {
        // 500 of work in March are unbilled; the invoice of April bills them and 100 more that it shows to be earned.
        var story = Of(Work("work")).Recognized(2026, 3, Done("work", 500));
        Assert.Equal(["revenue -500.00", "unbilled_receivable 500.00"], Postings(story.Entries[0]));
        story = story.Invoiced("1", new(2026, 4, 15), "work", 600);
        Assert.Equal(["revenue 500.00", "unbilled_receivable -500.00"], Postings(story.Entries[1]));
        Assert.Equal((Eur(600), Eur(600)), (story.Line("work").Billed, story.Line("work").Recognised));
        Assert.Equal(2, story.Recognized(2026, 4, Done("work", 600)).Entries.Length);
    }

    [Fact]
    public void A_period_recognised_twice_books_only_what_came_in_between()
    {
        var story = Of(Work("work")).Recognized(2026, 3, Done("work", 500));
        Assert.Single(story.Recognized(2026, 3, Done("work", 500)).Entries);
        Assert.Equal(["revenue -20.00", "unbilled_receivable 20.00"], Postings(story.Recognized(2026, 3, Done("work", 520)).Entries[^1]));
    }

    [Fact]
    public void While_the_project_has_not_answered_the_period_is_asked_for_once()
    {
        var asked = Of(Work("work")).At(new(2026, 4, 1)).Does(new RecognizeRevenue(new(2026, 3, 31)));
        asked.When(new RecognizeRevenue(new(2026, 3, 31))).ThenNothing();
        asked.When(new Observe(ProjectId, [new PositionReported(RevenueId, ProjectId, new(2026, 2, 28), [], DeciderSpec.Noon)])).ThenNothing();
        var answered = asked.Answered(new(2026, 3, 31), Done("work", 10));
        answered.When(new Observe(ProjectId, [new PositionReported(RevenueId, ProjectId, new(2026, 3, 31), [], DeciderSpec.Noon)])).ThenNothing();
    }

    [Fact]
    public void An_invoice_is_taken_into_account_once()
    {
        var story = Of(Work("work", new RevenueTreatment.AsUsed())).Invoiced("1", January, "work", 100);
        Assert.Equal(story.Life.History.Length, story.Invoiced("1", January, "work", 100).Life.History.Length);
    }

    [Fact]
    public void The_next_month_is_recognised_by_itself_until_nothing_is_left()
    {
        var story = In(BooksPolicy.Default, Fee("fee", 200, new RevenueTreatment.StraightLine(Spread.ByMonth), January, new(2026, 2, 28)));
        var due = Assert.Single(Scheduled(story));
        Assert.Equal(
            new DueCommand($"recognize/{RevenueId}/2026-01", new(2026, 1, 31, 23, 0, 0, TimeSpan.Zero), new RecognizeRevenue(new(2026, 1, 31))), due);

        var life = story.Life.By(Actor.System).At(due.At).When(due.Command).Accepted();
        story = (story with { Life = life }).Answered(new(2026, 1, 31));
        Assert.Equal([due.Command, new RecognizeRevenue(new(2026, 2, 28))], Scheduled(story).Select(next => next.Command));

        // Billed in full and earned in full: the run of March finds nothing, and there is no next one.
        story = story.Invoiced("1", January, "fee", 200).Recognized(2026, 2).Recognized(2026, 3);
        Assert.Equal(new RecognizeRevenue(new(2026, 3, 31)), Scheduled(story)[^1].Command);
        Assert.Null(story.State.Scheduled);
    }

    [Fact]
    public void A_closed_period_waits_for_a_person_where_the_policy_says_so()
    {
        var open = BooksPolicy.Default with { RecogniseMonthly = false };
        var parked = In(open with { ClosedThrough = new(2026, 3, 31), WhenClosed = WhenClosed.Park }, Work("work"))
            .At(new(2026, 4, 1)).Does(new RecognizeRevenue(new(2026, 3, 31)));
        var item = Assert.Single(parked.State.Errands.Items);
        Assert.Equal(("PERIOD_CLOSED", ExceptionCategory.Policy, Roles.Finance), (item.Code, item.Category, item.OwnerRole));
        Assert.Empty(parked.Entries);

        var story = parked.With(open).Does(new RetryStep(item.Id, "Opened again")).Answered(new(2026, 3, 31), Done("work", 500));
        Assert.Empty(story.State.Errands.Items);
        Assert.Equal(new DateOnly(2026, 3, 31), Assert.Single(story.Entries).Date);
    }

    [Fact]
    public void An_invoice_dated_in_a_closed_period_is_deferred_on_the_first_open_day()
    {
        var story = In(BooksPolicy.Default with { ClosedThrough = new(2026, 3, 31) }, Work("work", new RevenueTreatment.AsUsed()))
            .Invoiced("1", new(2026, 3, 20), "work", 100);
        Assert.Equal((new DateOnly(2026, 4, 1), new DateOnly(2026, 3, 31)), (story.Entries[0].Date, story.Entries[0].Period));
    }

    [Fact]
    public void A_reclassification_is_a_reversing_pair()
    {
        var story = Of(Work("work")).Recognized(2026, 3, Done("work", 500));
        var entry = story.Entries[0];
        var elsewhere = entry.Lines.Select(line => line with { CostCentre = "CC-9" }).ToImmutableArray();
        var moved = story.Does(new ReclassifyEntry(entry.Id, elsewhere, "Wrong cost centre"));
        Assert.Equal(
            [(EntryCause.Recognition, null), (EntryCause.Reversal, entry.Id), (EntryCause.Reclassification, (string?)null)],
            moved.Entries.Select(one => (one.Cause, one.Reverses)));
        Assert.Equal(["revenue 500.00", "unbilled_receivable -500.00"], Postings(moved.Entries[1]));
        Assert.Equal(elsewhere.AsEnumerable(), moved.Entries[2].Lines);
        Assert.Equal(story.Line("work"), moved.Line("work"));
    }

    [Fact]
    public void Entries_go_to_the_erp_as_journals_once()
    {
        var story = In(BooksPolicy.Default with { RecogniseMonthly = false, ExportJournals = true }, Work("work", costCentre: "CC-1"))
            .Recognized(2026, 3, Done("work", 500));
        var asked = Assert.Single(story.Life.History.OfType<JournalAsked>());
        Assert.Equal(
            ($"{RevenueId}/journal/1/1", "netsuite", $"{RevenueId}/1"), (asked.Effect.Id, asked.Effect.Connection, asked.Effect.Subject));
        var journal = Assert.IsType<PostErpJournal>(asked.Effect.Operation);
        Assert.Equal((Entity, "EUR", new DateOnly(2026, 3, 31), "Revenue of 2026-03"), (journal.LegalEntity, journal.Currency, journal.Date, journal.Memo));
        Assert.Equal(
            [new("unbilled_receivable", 500, 0, "work", "CC-1"), new JournalLine("revenue", 0, 500, "work", "CC-1")], journal.Lines.AsEnumerable());

        var refused = story.Does(new ReportEffect(asked.Effect.Id, new EffectOutcome.Refused("X", "No such account.", "Map it.", ErrorClass.Business)));
        var item = Assert.Single(refused.State.Errands.Items);
        var again = refused.Does(new RetryStep(item.Id, "Mapped"));
        Assert.Equal($"{RevenueId}/journal/1/2", again.Life.History.OfType<JournalAsked>().Last().Effect.Id);
        var done = again.Does(new ReportEffect($"{RevenueId}/journal/1/2", new EffectOutcome.Accepted("J-1", null)));
        Assert.Empty(done.State.Errands.Items);
        done.When(new ReportEffect($"{RevenueId}/journal/1/2", new EffectOutcome.Accepted("J-1", null))).ThenNothing();
    }

    [Fact]
    public void Balances_of_a_past_day_are_those_that_were_known_then()
    {
        // March is known on 1 April as 500. On 5 May another 20 of March come in, dated 30 April by then.
        var story = Of(Work("work")).Recognized(2026, 3, Done("work", 500)).Recognized(2026, 4, Done("work", 520));
        var (march, april, early, late) = (new DateOnly(2026, 3, 31), new DateOnly(2026, 4, 30), At(4, 2), At(5, 2));
        Assert.Equal([500, 500, 500, 520], new[] { (march, early), (march, late), (april, early), (april, late) }.Select(dates =>
            Balances.AsOf(story.Posted, dates.Item1, dates.Item2)[(Entity, RevenueAccounts.UnbilledReceivable, "EUR")].Amount));
        Assert.Empty(Balances.AsOf(story.Posted, new(2026, 3, 30), late));

        static DateTimeOffset At(int month, int day) => new(2026, month, day, 0, 0, 0, TimeSpan.Zero);
    }

    [Fact]
    public void The_months_ahead_are_expected_from_plans_milestones_and_pace()
    {
        var support = Fee("support", 1200, new RevenueTreatment.StraightLine(Spread.ByMonth), January, December);
        var build = new ContractLine("build", "consulting", "Build", new BillingModel.FixedFee(
            Eur(900), [new("M1", "Design", Eur(400), new(2026, 2, 10)), new("M2", "Launch", Eur(500), new(2026, 5, 20))]), January, December);
        var capped = Work("work") with { Billing = new BillingModel.TimeAndMaterials([new("Consultant", 100)], new(Eur(700))) };
        var story = Of(support, build, capped).Recognized(2026, 3, Done("build", 400), Done("work", 450), Done("support", 0));

        // Revenue: support 100 a month, the launch in May, work at 450 / 3 = 150 a month until 250 are used up.
        Assert.Equal([250, 700, 100, 100], story.View.Expected.Take(4).Select(month => month.Revenue.Amount));

        // Billing: the design, overdue, with the first month, and the 450 that are unbilled; support when its milestone is due, at its end.
        Assert.Equal([400 + 450 + 150, 500 + 100, 0, 0], story.View.Expected.Take(4).Select(month => month.Billing.Amount));
        Assert.Equal([0, 1000, 600, 0], story.View.Expected.Take(4).Select(month => month.Cash.Amount));
    }

    [Fact]
    public void What_is_billed_by_the_period_is_expected_when_it_falls_due_and_earned_over_its_months()
    {
        // 300 a quarter in advance: January is recognised, 200 of the quarter are left; the next 300 are due on 1 April.
        var service = new ContractLine("service", "consulting", "Service", new BillingModel.Recurring(300, new(PeriodUnit.Quarter)), January, null);
        var story = Of(service).Invoiced("1", January, new IssuedLine("1", "service", Eur(300), January, new(2026, 3, 31))).Recognized(2026, 1);
        Assert.Equal([0, 0, 300, 0, 0, 300], story.View.Expected.Take(6).Select(month => month.Billing.Amount));
        Assert.Equal([93.33m, 103.34m, 98.9m, 102.2m, 98.9m], story.View.Expected.Take(5).Select(month => month.Revenue.Amount));
        Assert.Equal([0, 0, 0, 300, 0], story.View.Expected.Take(5).Select(month => month.Cash.Amount));
    }

    private static ContractLine Bundled(string id, decimal price, decimal alone, RevenueTreatment treatment) =>
        Fee(id, price, treatment, January, December) with { Revenue = new(treatment, Eur(alone)) };

    private static ContractLine Priced(ContractLine line, decimal price) =>
        line with { Billing = new BillingModel.FixedFee(Eur(price), [new($"{line.Id}-1", line.Id, Eur(price), null)]) };

    private static RevenueStory Changed(PriceChange onChange)
    {
        var line = Fee("fee", 1000, null, January, December) with
        {
            Revenue = new(new RevenueTreatment.PercentComplete(ProgressMeasure.Effort, 100), null, onChange),
        };
        return Of(line).Recognized(2026, 3, Done("fee", 0, hours: 40))
            .Hears(Amended(new(2, new(2026, 4, 10), "EUR", [Priced(line, 1500)])));
    }

    private static DueCommand[] Scheduled(RevenueStory story) =>
        [.. story.Life.History.OfType<RecognitionScheduled>().Select(scheduled => scheduled.Next)];
}
