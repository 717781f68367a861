using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Grains.Tests.Invoices;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Projects;
using static Q2C.Grains.Tests.Projects.Engagement;
using Sold = Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.BillingRuns;

/// <summary>Globex pays 60 % of the implementation, its sister Initech 40 %; ten hours at 150.00 unless said otherwise.</summary>
public sealed class SplitBillTests
{
    private const string Initech = "eu_cu_00000000000000000000000001";
    private const string Hooli = "eu_cu_00000000000000000000000002";

    private static readonly CustomerProfile Sister = Customer with { Name = "Initech", BillTo = new("Rue 1", null, "Paris", null, "75001", "FR") };

    [Fact]
    public void Each_payer_gets_an_invoice_of_its_share_taxed_by_its_own_address()
    {
        var story = Worked(Split(60, 40));
        story.Bill();

        Assert.Equal(
            [
                "Globex DE 900.00 of 1500.00: Implementation: Consultant, 2026-03-02 (60 %) 6 x 150",
                "Initech FR 600.00 of 1500.00: Implementation: Consultant, 2026-03-02 (40 %) 4 x 150",
            ], Drafts(story).Select(draft => $"{draft.Customer.Name} {draft.ForTax().ShipTo.Country} {draft.Net.Amount:0.00} of "
                + $"{draft.Bill!.Value.Amount:0.00}: {draft.Lines[0].Description} {draft.Lines[0].Quantity:0.##} x {draft.Lines[0].Rate:0.##}"));
        foreach (var invoice in story.Invoices) story.Issue(invoice);
        Assert.Equal([1_071m, 714m], story.Invoices.Select(id => story.View(id).Total!.Value.Amount));
        Assert.Empty(Items(story));
        Assert.Equal(150_000, story.Project.State.Invoiced[Implementation]);
    }

    [Fact]
    public void The_shares_of_a_bill_sum_to_it_to_the_cent_and_the_last_payer_takes_what_rounding_leaves()
    {
        // Three hours of 33.35 each, 100.05 in all: thirds are 33.35 each; with 10 % off, 90.04: 30.01, 30.01 and 30.02.
        var thirds = new BillSplit([Payer(CustomerId, 33.333333333m), Payer(Initech, 33.333333333m), Payer(Hooli, 33.333333334m)]);
        var story = Told(Sold.Terms with
        {
            Lines = [ImplementationAt(33.35m, 190, 220, null)], Conditions = new([new("d", "Loyalty", 10, null)], Splits: [thirds]),
        });
        story.Report(Hours("1", 2, Consultant, 1), Hours("2", 3, Consultant, 1), Hours("3", 4, Consultant, 1));
        story.Bill();

        Assert.Equal([30.01m, 30.01m, 30.02m], Drafts(story).Select(draft => draft.Net.Amount));
        Assert.All(Drafts(story), draft => Assert.Equal(33.35m, draft.Lines[0].Items.Sum(item => item.Amount.Amount)));
        Assert.All(Drafts(story).SelectMany(draft => draft.Lines), line => Assert.Equal(
            line.Net.Amount, line.Items.Sum(item => item.Amount.Amount) + line.Adjustments!.Value.Sum(one => one.Amount.Amount)));
    }

    [Fact]
    public void A_line_can_have_payers_of_its_own_and_one_that_pays_alone()
    {
        var story = Worked(new Conditions(Splits: [Split(60, 40) with { Lines = [Implementation] }, new([Payer(Hooli, 100)], [Travel])]), Cost("1", 3, "Train", Eur(100)));
        story.Bill();

        Assert.Equal(["Globex 900", "Initech 600", "Hooli 110"], Drafts(story).Select(draft => $"{draft.Customer.Name} {draft.Net.Amount:0.##}"));
        Assert.Null(Drafts(story)[2].Bill);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_share_of_a_rejected_draft_is_billed_to_its_payer_alone_by_the_next_run(bool rejectedFirst)
    {
        var story = Worked(Split(60, 40));
        story.Bill();
        var (mine, other) = (story.Invoices[0], story.Invoices[1]);
        if (rejectedFirst)
        {
            story.Hear(other, new RejectInvoice("Wrong address"));
            Assert.Equal(["time_entry/1@1 1500 reserved"], Items(story));
            story.Issue(mine);
        }
        else
        {
            story.Issue(mine);
            story.Hear(other, new RejectInvoice("Wrong address"));
        }

        Assert.Equal([$"share/time_entry/1@1/{Initech} 600 open"], Items(story));
        Assert.Equal(90_000, story.Project.State.Invoiced[Implementation]);
        story.Bill("eu_run_00000000000000000000000001");
        var again = Drafts(story)[2];
        Assert.Equal(("Initech", Eur(600), (Money?)null), (again.Customer.Name, again.Net, again.Bill));
        story.Issue(again.InvoiceId);
        Assert.Empty(Items(story));
        Assert.Equal(150_000, story.Project.State.Invoiced[Implementation]);
    }

    [Fact]
    public void When_all_drafts_are_rejected_the_work_is_open_as_it_was()
    {
        var story = Worked(Split(60, 40));
        story.Bill();
        foreach (var invoice in story.Invoices) story.Hear(invoice, new RejectInvoice("Wrong month"));

        Assert.Equal(["time_entry/1@1 1500 open"], Items(story));
        story.Bill("eu_run_00000000000000000000000001");
        Assert.Equal([900m, 600m], Drafts(story)[2..].Select(draft => draft.Net.Amount));
    }

    [Fact]
    public void A_correction_takes_back_from_each_payer_what_it_was_billed_and_divides_the_new_amount_as_it_is_agreed_now()
    {
        var story = Worked(Split(60, 40));
        story.Bill();
        foreach (var invoice in story.Invoices) story.Issue(invoice);
        story.Projects(Observed(Amended(Sold.Terms with { Version = 2, Conditions = new(Splits: [Split(50, 50)]) })));
        story.Report(Hours("1", 2, Consultant, 20, 2));
        story.Bill("eu_run_00000000000000000000000001");

        // Globex: 1,500 less the 900 it had; Initech: 1,500 less 600.
        Assert.Equal(["Globex 600", "Initech 900"], Drafts(story)[2..].Select(draft => $"{draft.Customer.Name} {draft.Net.Amount:0.##}"));
    }

    [Fact]
    public void What_one_payer_would_be_owed_waits_and_holds_nobody_else_up()
    {
        var story = Worked(Split(60, 40));
        story.Bill();
        foreach (var invoice in story.Invoices) story.Issue(invoice);
        story.Projects(Observed(Amended(Sold.Terms with { Version = 2, Conditions = new(Splits: [new([Payer(CustomerId, 100)])]) })));
        story.Report(Hours("1", 2, Consultant, 8, 2));
        story.Bill("eu_run_00000000000000000000000001");

        // Globex: 1,200 less 900; Initech gets 600 back as soon as there is something to invoice it.
        Assert.Equal(["Globex 300"], Drafts(story)[2..].Select(draft => $"{draft.Customer.Name} {draft.Net.Amount:0.##}"));
        story.Issue(story.Invoices[2]);
        Assert.Equal([$"time_entry/1@1/reversal/{Initech} -600 open"], Items(story));
    }

    [Fact]
    public void A_credit_that_releases_bills_the_same_payer_again_and_one_that_does_not_is_not_taken_back_twice()
    {
        var story = Worked(Split(60, 40));
        story.Bill();
        foreach (var invoice in story.Invoices) story.Issue(invoice);
        Credit(story, story.Invoices[1], release: true);

        Assert.Equal([$"share/time_entry/1@1/{Initech} 600 open"], Items(story));
        story.Bill("eu_run_00000000000000000000000001");
        story.Issue(story.Invoices[2]);
        Credit(story, story.Invoices[2], release: false);
        Assert.Empty(Items(story));
        Assert.Equal(90_000, story.Project.State.Invoiced[Implementation]);

        story.Report(Hours("1", 2, Consultant, 20, 2));
        Assert.Equal(["time_entry/1@1/reversal -900 open", "time_entry/1@2 3000 open"], Items(story));
    }

    [Fact]
    public void Whoever_does_not_pay_any_more_is_not_asked_for_what_was_credited()
    {
        var story = Worked(Split(60, 40));
        story.Bill();
        foreach (var invoice in story.Invoices) story.Issue(invoice);
        Credit(story, story.Invoices[1], release: true);
        story.Projects(Observed(Amended(Sold.Terms with { Version = 2, Conditions = new(Splits: [new([Payer(Hooli, 100)])]) })));
        story.Bill("eu_run_00000000000000000000000001");

        Assert.Equal(["Hooli 600"], Drafts(story)[2..].Select(draft => $"{draft.Customer.Name} {draft.Net.Amount:0.##}"));
    }

    [Fact]
    public void A_down_payment_is_shared_and_work_waits_until_every_payer_has_paid_it()
    {
        var report = new ContractLine(
            Discovery, "consulting", "Discovery", new BillingModel.FixedFee(Eur(10_000), [new("M1", "Report", Eur(10_000), null)]), Start, End);
        var terms = Sold.Terms with { Lines = [report], Conditions = new(DownPayment: new(20, null, BlocksWork: true), Splits: [Split(60, 40)]) };
        var story = Told(terms);
        story.Projects(Observed(Amended(terms with { Version = 2 })));
        story.Report(Reached("1", 2, "M1"));
        story.Bill();
        Assert.Equal([1_200m, 800m], Drafts(story).Select(draft => draft.Net.Amount));
        foreach (var invoice in story.Invoices) story.Issue(invoice);
        Pay(story, story.Invoices[0]);
        story.Bill("eu_run_00000000000000000000000001");
        Assert.Equal(2, story.Invoices.Length);

        Pay(story, story.Invoices[1]);
        story.Bill("eu_run_00000000000000000000000002");
        Assert.Equal([4_800m, 3_200m], Drafts(story)[2..].Select(draft => draft.Net.Amount));
        foreach (var invoice in story.Invoices[2..]) story.Issue(invoice);
        Assert.Equal(200_000, story.Project.State.Adjusted.Line(Discovery).Deducted);
        Assert.Null(story.Project.State.Adjusted.Run);
    }

    [Fact]
    public void The_whole_bill_decides_whether_a_second_person_is_needed_and_a_shared_draft_is_not_made_anew()
    {
        // 60,000 in all, 36,000 and 24,000 each; above 50,000 a second person approves.
        var story = Told(Sold.Terms with { Lines = [ImplementationAt(150, 190, 220, null)], Conditions = new(Splits: [Split(60, 40)]) });
        story.Report(Hours("1", 2, Consultant, 400));
        story.Bill();
        story.WhenInvoice(story.Invoices[0], new RefreshInvoice("More work")).ThenRefused("BILL_SHARED");
        foreach (var invoice in story.Invoices) story.Tax(invoice);
        Assert.All(story.Invoices, invoice => Assert.Equal(InvoiceStatus.AwaitingApproval, story.View(invoice).Status));
    }

    private static RunStory Worked(BillSplit split) => Worked(new Conditions(Splits: [split]));

    private static RunStory Worked(Conditions conditions, params WorkRecord[] more)
    {
        var story = Told(Sold.Terms with { Conditions = conditions });
        story.Report([Hours("1", 2, Consultant, 10), .. more]);
        return story;
    }

    private static RunStory Told(Terms terms) => new(terms, BillingPolicy.Default);

    private static BillSplit Split(decimal mine, decimal other) => new([Payer(CustomerId, mine), Payer(Initech, other)]);

    private static Payer Payer(string id, decimal percent) => new(
        id, id switch { CustomerId => Customer, Initech => Sister, _ => Customer with { Name = "Hooli" } }, percent);

    private static InvoiceDraft[] Drafts(RunStory story) => [.. story.Invoices.Select(id => story.View(id).Draft)];

    private static string[] Items(RunStory story) =>
    [
        .. story.Project.State.Unbilled.Values.OrderBy(open => open.Item.Id, StringComparer.Ordinal)
            .Select(open => $"{open.Item.Id} {open.Item.Amount.Amount:0.##} {(open.Run is null ? "open" : "reserved")}"),
    ];

    private static void Pay(RunStory story, string invoice) =>
        story.Hear(invoice, new RecordPayment($"payment/{invoice}", "stripe", story.View(invoice).Outstanding!.Value, March(31), "transfer"));

    private static void Credit(RunStory story, string invoice, bool release)
    {
        story.Hear(invoice, new CreditInvoice([], March(31), release, "agreed"));
        var memo = story.Invoice(invoice).History.OfType<CreditGranted>().Last().Memo;
        story.Projects(Observed(new CreditMemoIssued(memo, $"C-{memo.CreditMemoId}", memo.Net, memo.Tax, memo.Total, [], DeciderSpec.Noon)));
    }
}
