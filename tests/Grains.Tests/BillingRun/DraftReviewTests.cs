using FsCheck;
using FsCheck.Fluent;
using Q2C.BillingRuns;
using Q2C.Grains.Tests.Contracts;
using Q2C.Grains.Tests.Invoices;
using Q2C.Invoices;
using Q2C.Projects;
using static Q2C.Grains.Tests.Contracts.Samples;
using Work = Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.BillingRuns;

public sealed class DraftReviewTests
{
    [Fact]
    public void A_draft_is_in_review_for_the_days_of_the_policy_and_then_goes_on_by_itself()
    {
        var (story, invoice) = Billed();
        Assert.Equal((InvoiceStatus.Draft, (DateOnly?)new DateOnly(2026, 3, 7)), (story.View(invoice).Status, story.View(invoice).ReviewUntil));
        var due = story.Invoice(invoice).History.OfType<ReviewStarted>().Single().Due;
        Assert.Equal(DeciderSpec.Noon.AddDays(RunStory.ReviewDays), due.At);
        var finalized = story.Invoice(invoice).By(Actor.System).When(due.Command, due.Key).Accepted();
        Assert.Equal(InvoiceStatus.Taxing, finalized.View().Status);
        finalized.When(due.Command, "again").ThenNothing();
        Survives(story.Invoice(invoice).State);
    }

    [Fact]
    public void A_refresh_takes_what_came_since_and_corrections_of_what_is_on_the_draft()
    {
        var (story, invoice) = Billed();
        story.Report(Work.Hours("2", 3, Work.Consultant, 2), Work.Hours("1", 2, Work.Consultant, 3, version: 2));
        Assert.Equal(Eur(600), story.View(invoice).Draft.Net);
        story.Hear(invoice, new RefreshInvoice("late entries"));
        Assert.Equal((InvoiceStatus.Draft, Eur(750)), (story.View(invoice).Status, story.View(invoice).Draft.Net));
        Assert.Equal(["time_entry/1@2", "time_entry/2@1"], Items(story, invoice));
        story.Hear(invoice, new FinalizeInvoice("seen"));
        story.Issue(invoice);
        Assert.Equal(["time_entry/1@2", "time_entry/2@1"], story.Project.History.OfType<ItemsInvoiced>().Single().ItemIds.Order());
        Assert.True(story.Run(Work.Run).Completed);
    }

    [Fact]
    public void What_a_person_set_survives_the_refresh_and_is_what_is_invoiced()
    {
        var (story, invoice) = Billed();
        story.Report(Work.Hours("2", 3, Work.Architect, 1));
        story.Hear(invoice, new OverrideInvoiceLine("1", 3, null, "Workshop", "agreed by phone"));
        Assert.Equal((3m, 150m, Eur(450), "Workshop"), Line(story, invoice, 0));
        Assert.Equal(new LineAdjustment("override", "override", "Set by a person", Eur(-150)), story.View(invoice).Draft.Lines[0].Adjustments!.Value.Single());

        // The architect's line comes first now; the override goes with the consultant's.
        story.Hear(invoice, new RefreshInvoice("late entries"));
        Assert.Equal([(1m, 220m, Eur(220)), (3m, 150m, Eur(450))], story.View(invoice).Draft.Lines.Select(line => (line.Quantity, line.Rate, line.Net)));
        story.Hear(invoice, new OverrideInvoiceLine("2", null, 100, null, "once more"));
        Assert.Equal((100m, Eur(300)), (story.View(invoice).Draft.Lines[1].Rate, story.View(invoice).Draft.Lines[1].Net));
        Survives(story.Invoice(invoice).State);
    }

    [Fact]
    public void An_override_of_a_line_that_is_gone_is_dropped_and_the_history_says_so()
    {
        var (story, invoice) = Billed();
        story.Report(Work.Hours("2", 3, Work.Architect, 1));
        story.Hear(invoice, new OverrideInvoiceLine("1", 1, null, null, "agreed"));
        story.Report(new WorkRecord.Retracted("time_entry/1", 2, Work.March(2), "booked on the wrong project"));
        story.Hear(invoice, new RefreshInvoice("correction"));
        Assert.Equal([Eur(220)], story.View(invoice).Draft.Lines.Select(line => line.Net));
        Assert.Single(story.Invoice(invoice).History.OfType<InvoiceRefreshed>().Single().Dropped);
    }

    [Fact]
    public void A_draft_of_which_nothing_is_left_comes_to_nothing()
    {
        var (story, invoice) = Billed();
        story.Report(new WorkRecord.Retracted("time_entry/1", 2, Work.March(2), "never happened"));
        story.Hear(invoice, new RefreshInvoice("correction"));
        Assert.Equal(InvoiceStatus.Rejected, story.View(invoice).Status);
        Assert.True(story.Run(Work.Run).Completed);
        Assert.Equal(1, story.Run(Work.Run).Rejected);
    }

    [Fact]
    public void A_change_after_the_review_asks_for_tax_and_approval_anew()
    {
        var approving = InvoiceStory.Waiting.When(new OverrideInvoiceLine("1", null, 140, null, "agreed")).Accepted();
        Assert.Equal(InvoiceStatus.Taxing, approving.View().Status);
        Assert.Equal(["tax/1", "tax/2"], approving.Asked());
        var again = approving.Report("tax/2", InvoiceStory.Accepted(new TaxAnswer([new("1", Eur(133), 0.19m, "DE"), new("2", Eur(47.50m), 0.19m, "DE")], Eur(180.50m)))).Accepted();
        Assert.Equal((InvoiceStatus.AwaitingApproval, Eur(950)), (again.View().Status, again.View().Draft.Net));
        again.By(InvoiceStory.Nora).When(new ApproveInvoice(null)).ThenRefused("FORBIDDEN", "APPROVER_IS_PREPARER");
    }

    [Fact]
    public void While_billing_is_held_a_refresh_brings_nothing_new()
    {
        var (story, invoice) = Billed();
        story.Report(Work.Hours("2", 3, Work.Consultant, 2));
        story.Projects(new HoldBilling("talks"));
        story.Hear(invoice, new RefreshInvoice("try"));
        Assert.Equal(["time_entry/1@1"], Items(story, invoice));
    }

    [Fact]
    public void With_another_draft_of_the_project_under_way_the_draft_stays_as_it_was()
    {
        var story = new RunStory();
        story.Report(Work.Hours("1", 2, Work.Consultant, 4), Work.Hours("2", 2, Work.Architect, 1), Work.Reached("m", 3, "M1"));
        var invoice = story.Bill(grouping: new([InvoiceKey.ContractLine]));
        Assert.Equal(2, story.Invoices.Length);
        var before = story.View(invoice).Draft;
        story.Hear(invoice, new RefreshInvoice("try"));
        Assert.Contains("same run", story.Invoice(invoice).History.OfType<RefreshRefused>().Single().Why);
        Assert.Equal((InvoiceStatus.Draft, before.Net), (story.View(invoice).Status, story.View(invoice).Draft.Net));
    }

    [Fact]
    public void What_cannot_be_changed_is_refused_with_the_reason()
    {
        var (story, invoice) = Billed();
        story.WhenInvoice(invoice, new OverrideInvoiceLine("9", null, null, null, "")).ThenRefused(
            "REASON_REQUIRED reason", "NOTHING_TO_OVERRIDE", "INVOICE_LINE_UNKNOWN lineId");
        story.WhenInvoice(invoice, new OverrideInvoiceLine("1", 0, null, null, "r")).ThenRefused("OVERRIDE_NOT_POSITIVE");
        InvoiceStory.Issued.When(new OverrideInvoiceLine("1", 1, null, null, "r")).ThenRefused("INVOICE_NOT_IN_REVIEW");
        InvoiceStory.Taxed.When(new RefreshInvoice("r")).ThenRefused("POSTING_IN_PROGRESS");
        InvoiceStory.Drafted.When(new FinalizeInvoice("r")).ThenRefused("INVOICE_NOT_IN_REVIEW");
        InvoiceStory.New.When(new FinalizeInvoice("r")).ThenRefused("NOT_FOUND");
        var refreshing = InvoiceStory.Drafted.When(new RefreshInvoice("r")).Accepted();
        Survives(refreshing.State);
        refreshing.When(new RefreshInvoice("r")).ThenRefused("REFRESH_IN_PROGRESS");
        refreshing.By(InvoiceStory.Fiona).When(new RejectInvoice("r")).ThenRefused("REFRESH_IN_PROGRESS");
        InvoiceStory.Drafted.By(new("anna", [Roles.Sales])).When(new RefreshInvoice("r")).ThenRefused("FORBIDDEN");
        var deducted = InvoiceStory.Draft with
        {
            Lines = InvoiceStory.Draft.Lines.SetItem(0, InvoiceStory.Draft.Lines[0] with
            {
                Adjustments = [new(LineAdjustment.DownPayment, LineAdjustment.DownPayment, "Deducted", Eur(-10))],
            }),
        };
        InvoiceStory.New.When(InvoiceStory.Made(deducted)).Accepted().When(new OverrideInvoiceLine("1", 1, null, null, "r")).ThenRefused("LINE_NOT_OVERRIDABLE lineId");
    }

    [Fact]
    public void In_every_life_with_runs_refreshes_and_corrections_no_work_is_lost_or_billed_twice() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte What, byte Which, byte Hours)[]>(), steps =>
        {
            var story = new RunStory(Work.Terms with { Lines = [Work.ImplementationAt(150, 190, 220, null)] });
            var versions = new Dictionary<string, (long Version, decimal Hours)>();
            var runs = 0;
            foreach (var (what, which, hours) in steps.Take(30))
            {
                var id = $"{which % 5}";
                var open = story.Invoices.FirstOrDefault(one => story.View(one).Status == InvoiceStatus.Draft);
                switch (what % 5)
                {
                    case 0 or 1:
                        versions[id] = (versions.GetValueOrDefault(id).Version + 1, hours % 9);
                        story.Report(Work.Hours(id, 2, Work.Consultant, versions[id].Hours, versions[id].Version));
                        break;
                    case 2: story.Bill($"eu_run_{runs++}"); break;
                    case 3 when open is not null: story.Hear(open, new RefreshInvoice("look again")); break;
                    case 4 when open is not null:
                        story.Hear(open, new FinalizeInvoice("seen"));
                        story.Issue(open);
                        break;
                }
            }

            // All that is left goes onto a last invoice.
            foreach (var one in story.Invoices.Where(one => story.View(one).Status == InvoiceStatus.Draft).ToArray())
            {
                story.Hear(one, new FinalizeInvoice("seen"));
                story.Issue(one);
            }

            if (story.Bill("eu_run_last") is { Length: > 0 } last)
            {
                story.Hear(last, new FinalizeInvoice("seen"));
                story.Issue(last);
            }

            var billed = story.Invoices.Where(one => story.View(one).Number is not null).Sum(one => story.View(one).Draft.Net.Amount);
            var left = story.Project.State.Unbilled.Values.Sum(one => one.Item.Amount.Amount);
            Assert.Equal(versions.Values.Sum(one => one.Hours * 150), billed + left);
            var items = story.Invoices.Where(one => story.View(one).Number is not null).SelectMany(one => Items(story, one)).ToArray();
            Assert.Equal(items.Distinct(), items);
        }).QuickCheckThrowOnFailure();

    private static (RunStory Story, string Invoice) Billed()
    {
        var story = new RunStory();
        story.Report(Work.Hours("1", 2, Work.Consultant, 4));
        return (story, story.Bill());
    }

    private static string[] Items(RunStory story, string invoice) =>
        [.. story.View(invoice).Draft.Lines.SelectMany(line => line.Items).Select(item => item.ItemId).Order()];

    private static (decimal, decimal, Money, string) Line(RunStory story, string invoice, int i) =>
        story.View(invoice).Draft.Lines[i] is var line ? (line.Quantity, line.Rate, line.Net, line.Description) : default;
}
