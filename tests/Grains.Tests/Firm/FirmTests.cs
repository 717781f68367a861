using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Projects;
using Q2C.Revenues;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Firms;

/// <summary>
/// Our own cases where no other system has any, from the sale to the books, with their arithmetic written out. After each,
/// every event's postings balance.
/// </summary>
public sealed class FirmTests
{
    private const string Fee = "fee";
    private const string Work = "work";

    private static readonly DateOnly April = new(2026, 4, 30);

    [Fact]
    public void Progress_bills_deduct_the_down_payment_in_proportion_and_the_customer_holds_back_a_part_of_each()
    {
        // 10,000 by progress; 20 % down: 2,000. 19 % tax; 10 % of each net amount is held back.
        var terms = new Terms(
            1, Start, "EUR", [Progressive(10_000)],
            Conditions: new(DownPayment: new(20, null, Deduct: Deduction.Proportional), Retention: new(10, null)));
        var firm = new Firm(terms, taxPercent: 19);
        var down = firm.Bills(March(1)).Single();
        Assert.Equal((Eur(2_000), Eur(2_380), Eur(200)), (down.Draft.Net, down.Total, down.Retained));

        // 35 % are 3,500, less 35 % of the down payment, 700: 2,800 net, 3,332 with tax, 280 held back.
        firm.Works(Percent("1", March(20), 35));
        var first = firm.Bills(March(31)).Single();
        Assert.Equal((Eur(2_800), Eur(3_332), Eur(280)), (first.Draft.Net, first.Total, first.Retained));

        // The rest is 6,500, less the remaining 1,300: 5,200. All bills together are the price.
        firm.Works(Percent("2", April, 100));
        var last = firm.Bills(April).Single();
        Assert.Equal((Eur(5_200), Eur(520)), (last.Draft.Net, last.Retained));
        Assert.Equal(10_000, firm.Invoices.Sum(invoice => invoice.Draft.Net.Amount));
        Balances(firm);
    }

    [Fact]
    public void Reverse_charge_and_taxed_work_of_one_project_stand_on_one_invoice()
    {
        // The tax engine answers 19 % for travel in the country and nothing, as the customer owes it, for the service.
        var firm = new Firm(new Terms(1, Start, "EUR",
        [
            Hourly(100), new("travel", "travel", "Travel", new BillingModel.Expenses(0, []), Start, End),
        ]), taxOf: line => line.TaxCategory == "consulting" ? 0 : 19);
        firm.Works(Hours("1", 2, Consultant, 10), Cost("1", 3, "Train", Eur(200), line: "travel"));
        var invoice = firm.Bills(March(31)).Single();
        Assert.Equal([("consulting", 0m), ("travel", 38m)], invoice.Draft.Lines.Zip(invoice.TaxLines, (line, tax) => (line.Service, tax.Tax.Amount)));
        Assert.Equal((Eur(1_200), Eur(38), Eur(1_238)), (invoice.Draft.Net, invoice.Tax, invoice.Total));
        firm.Credits(invoice.Id, release: false, new CreditRequest("1"));
        Assert.Equal((Eur(238), -38m), (firm.Invoice(invoice.Id).Outstanding, firm.Balance(Accounts.TaxPayable)));
        Balances(firm);
    }

    [Fact]
    public void Unbilled_time_that_is_written_off_is_no_revenue_and_comes_back_with_the_write_off()
    {
        // 10 h and 5 h at 100 are recognised in March as 1,500, unbilled; 5 h are given up in April: 500 come off.
        var firm = new Firm(Hourly(100));
        firm.Works(Hours("1", 2, Consultant, 10), Hours("2", 3, Consultant, 5));
        firm.Recognizes(March(31));
        Assert.Equal((1_500m, -1_500m), (firm.Balance(RevenueAccounts.UnbilledReceivable), firm.Balance(Accounts.Revenue)));
        firm.Projects(new WriteOffWork(["time_entry/2@1"], null, "Goodwill."));
        firm.Recognizes(April);
        Assert.Equal((1_000m, -1_000m), (firm.Balance(RevenueAccounts.UnbilledReceivable), firm.Balance(Accounts.Revenue)));
        firm.Projects(new ReverseWriteOff(firm.ProjectView.WriteOffs!.Value.Single().Id, "Paid after all."));
        Assert.Equal(Eur(1_500), firm.Bills(April).Single().Draft.Net);
        Assert.Equal((1_500m, 0m, -1_500m), (firm.Balance(Accounts.Receivable), firm.Balance(RevenueAccounts.UnbilledReceivable), firm.Balance(Accounts.Revenue)));
        Balances(firm);
    }

    [Fact]
    public void Beyond_a_cap_work_is_written_down_when_it_is_invoiced_and_a_higher_cap_bills_only_what_comes_after()
    {
        // 20 h at 100 under a cap of 1,500: 1,500 are billed and 500 written down. The cap is then 1,800: of 5 h more, 300.
        var firm = new Firm(Hourly(100, new(Eur(1_500), AtCap: AtCap.WriteDown)));
        firm.Works(Hours("1", 2, Consultant, 20));
        Assert.Equal(Eur(1_500), firm.Bills(March(31)).Single().Draft.Net);
        firm.Amends(new(2026, 4, 1), Hourly(100, new(Eur(1_800), AtCap: AtCap.WriteDown)));
        Assert.Empty(firm.Bills(new(2026, 4, 1)));
        firm.Works(new WorkRecord.TimeWorked("time_entry/2", 1, new(2026, 4, 2), "Ada", Consultant, "Build", 5, true, null, null));
        Assert.Equal(Eur(300), firm.Bills(April).Single().Draft.Net);
        Balances(firm);
    }

    [Fact]
    public void Expenses_pass_through_with_markup_and_stop_at_their_cap()
    {
        // 10 % on 300 and 500 are 330 and 550, hotels pass through at 200: 1,080 against a cap of 1,000. 80 of the last wait.
        var firm = new Firm(new ContractLine(
            Travel, "expenses", "Travel",
            new BillingModel.Expenses(10, [], new([new("Hotel", MarkupPercent: 0)], Cap: new(Eur(1_000)))), Start, End));
        firm.Works(Cost("1", 2, "Flight", Eur(300)), Cost("2", 3, "Hotel", Eur(200)), Cost("3", 4, "Flight", Eur(500)));
        Assert.Equal(Eur(1_000), firm.Bills(March(31)).Single().Draft.Net);
        Assert.Equal(Eur(80), firm.Project.Unbilled.Values.Single().Item.Value);
        Balances(firm);
    }

    [Fact]
    public void Prepaid_hours_that_expire_are_breakage_beside_those_that_were_drawn()
    {
        // 10 h for 1,200, one month. 6 h are drawn: 720 earned; 4 h expire on 31 March: 480 of breakage in April's run.
        var firm = new Firm(new ContractLine(
            Fee, "consulting", "Prepaid", new BillingModel.Retainer(RetainerUnit.Hours, 10, 120, [], Expiry: new(1, PeriodUnit.Month)), Start, End));
        firm.Works(Hours("1", 2, Consultant, 6, line: Fee));
        firm.Bills(March(31));
        firm.Recognizes(March(31));
        Assert.Equal((-720m, -480m), (firm.Balance(Accounts.Revenue), firm.Balance(RevenueAccounts.DeferredRevenue)));
        firm.Bills(new(2026, 4, 1));
        firm.Recognizes(April);
        Assert.Equal((-1_200m, 0m), (firm.Balance(Accounts.Revenue), firm.Balance(RevenueAccounts.DeferredRevenue)));
        Balances(firm);
    }

    [Fact]
    public void Cost_to_cost_follows_the_cost_of_the_work_through_estimate_and_milestone()
    {
        // 12,000 for an estimated cost of 6,000. 50 h at 60 are 3,000: half is earned, 6,000, and not billed: a contract asset.
        var line = new ContractLine(
            Fee, "consulting", "Fee", new BillingModel.FixedFee(Eur(12_000), [new("M1", "Done", Eur(12_000), null)]), Start, End,
            Revenue: new(new RevenueTreatment.PercentComplete(ProgressMeasure.CostToCost, 6_000)));
        var firm = new Firm(new Terms(1, Start, "EUR", [line]), books: BooksPolicy.Default with { RecogniseMonthly = false, CostRates = [new(null, Consultant, null, 60)] });
        firm.Works(Hours("1", 2, Consultant, 50, line: Fee));
        firm.Recognizes(March(31));
        Assert.Equal((-6_000m, 6_000m, 3_000m), (firm.Balance(Accounts.Revenue), firm.Balance(RevenueAccounts.ContractAsset), firm.Balance(RevenueAccounts.Cost)));

        // The estimate rises to 7,500: 3,000 are 40 %, 4,800; 1,200 come off. The milestone bills all of it: 7,200 are deferred.
        firm.Revenues(new ReviseEstimate(Fee, 7_500, "Harder than thought."));
        firm.Recognizes(April);
        Assert.Equal(-4_800, firm.Balance(Accounts.Revenue));
        firm.Works(Reached("1", 31, "M1"));
        firm.Bills(new(2026, 5, 1));
        Assert.Equal((-4_800m, -7_200m, 0m), (firm.Balance(Accounts.Revenue), firm.Balance(RevenueAccounts.DeferredRevenue), firm.Balance(RevenueAccounts.ContractAsset)));
        Balances(firm);
    }

    private static ContractLine Hourly(decimal rate, NotToExceed? cap = null) =>
        new(Work, "consulting", "Work", new BillingModel.TimeAndMaterials([new(Consultant, rate)], cap), Start, End);

    private static ContractLine Progressive(decimal price) => new(
        Fee, "consulting", "Fee", new BillingModel.FixedFee(Eur(price), [], Progress: new(PercentBy.Manual)), Start, End);

    private static WorkRecord.ProgressReported Percent(string id, DateOnly day, decimal percent) => new($"progress/{id}", 1, day, Fee, percent);

    private static void Balances(Firm firm)
    {
        foreach (var @event in firm.History)
            Assert.True(Firm.Postings(@event).Sum(posting => posting.Amount.Amount) == 0, $"{@event}");
    }
}
