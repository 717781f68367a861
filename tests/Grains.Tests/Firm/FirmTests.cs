using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Customers;
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

    [Fact]
    public void What_a_run_nets_to_less_than_nothing_waits_or_is_a_credit_memo_whose_amount_is_the_customers()
    {
        // Ten hours at 100 are invoiced with 19 %, 1,190; two of them were none: 200 and 38 of tax too much.
        var firm = new Firm(new Terms(1, Start, "EUR", [Hourly(100)]), taxPercent: 19);
        firm.Works(Hours("1", 2, Consultant, 10));
        var invoice = firm.Bills(March(31)).Single();
        firm.Pays(invoice.Id, 1_190);
        firm.Works(Hours("1", 2, Consultant, 8, 2));
        Assert.Empty(firm.Bills(March(31)));

        var memo = firm.Bills(March(31), NegativeBills.CreditMemo).Single();
        var posted = firm.History.OfType<InvoiceStepAsked>().Select(asked => asked.Effect.Operation).OfType<PostErpCreditMemo>().Single().CreditMemo;
        Assert.Equal((Eur(200), Eur(38), Eur(238), null), (posted.Net, posted.Tax, posted.Total, posted.InvoiceId));
        Assert.Equal((InvoiceStatus.Issued, Eur(0), "CM"), (memo.Status, memo.Outstanding, memo.Number![..2]));
        Assert.Equal([Eur(238)], firm.Customer.Credit.AsEnumerable());
        Assert.Empty(firm.Customer.Outstanding);
        Assert.Equal((-800m, -152m), (firm.Balance(Accounts.Revenue), firm.Balance(Accounts.TaxPayable)));

        // The next invoice of 595 is settled with it.
        firm.Works(Hours("2", 3, Consultant, 5));
        var next = firm.Bills(March(31)).Single();
        firm.Customers(new ApplyCredit(Entity, "EUR", March(31)));
        Assert.Equal((Eur(357), 0), (firm.Invoice(next.Id).Outstanding, firm.Customer.Credit.Length));
        Balances(firm);
    }

    [Fact]
    public void Corrections_that_net_to_nothing_are_settled_by_a_document_of_zero()
    {
        var firm = new Firm(new Terms(1, Start, "EUR", [Hourly(100)]), taxPercent: 19);
        firm.Works(Hours("1", 2, Consultant, 10));
        firm.Bills(March(31));
        firm.Works(Hours("1", 3, Consultant, 10, 2));
        var zero = firm.Bills(March(31), NegativeBills.CreditMemo).Single();
        Assert.Equal((InvoiceStatus.Paid, Eur(0), 2), (zero.Status, zero.Total, zero.Draft.Lines.Length));
        Assert.Empty(firm.Project.Unbilled);
        Balances(firm);
    }

    [Theory]
    [InlineData(true, 900)]
    [InlineData(false, 1_100)]
    public void A_correction_takes_back_what_was_billed_with_the_discount_that_it_was_billed_with(bool stillHolds, decimal difference)
    {
        // 1,000 less 10 % were billed, 900; twice the hours cost 1,800, or 2,000 when the discount is over.
        var firm = new Firm(new Terms(1, Start, "EUR", [Hourly(100)], Conditions: new([new("d", "Loyalty", 10, null)])));
        firm.Works(Hours("1", 2, Consultant, 10));
        Assert.Equal(Eur(900), firm.Bills(March(31)).Single().Draft.Net);
        if (!stillHolds) firm.Amends(new AmendContract(1, Start, [], "No discount any more", new()));
        firm.Works(Hours("1", 2, Consultant, 20, 2));
        Assert.Equal(Eur(difference), firm.Bills(March(31)).Single().Draft.Net);
        Balances(firm);
    }

    [Fact]
    public void An_invoice_in_a_second_currency_has_both_amounts_and_its_rate_and_the_contract_stays_in_its_own()
    {
        // Ten hours at 100 are EUR 1,000, at 1.0850 from March USD 1,085; 10 % of tax on it, 108.50.
        var terms = new Terms(1, Start, "EUR", [Hourly(100)], Conditions: new(
            [new("d", "Loyalty", null, Eur(40))], InvoicedIn: new("USD", "ECB", [new(Start, 1.0850m), new(new(2026, 4, 1), 1.1m)])));
        var firm = new Firm(terms, taxPercent: 10);
        firm.Works(Hours("1", 2, Consultant, 10));
        var invoice = firm.Bills(March(31)).Single();
        Assert.Equal((Usd(1_041.60m), Eur(960), Usd(104.16m), Usd(1_145.76m)), (invoice.Draft.Net, invoice.Draft.Priced, invoice.Tax, invoice.Total));
        Assert.Equal(new AppliedRate(1.0850m, Start, "ECB"), invoice.Draft.Exchange);
        var document = firm.History.OfType<InvoiceStepAsked>().Select(asked => asked.Effect.Operation).OfType<PostErpInvoice>().Single().Invoice;
        Assert.Equal(("USD", Usd(1_041.60m), Eur(960), 108.5m), (document.Currency, document.Net, document.Priced, document.Lines[0].Rate));

        // Revenue is the contract's, in euros; what the customer owes, and its tax, are in dollars.
        Assert.Equal(
            [("exchange_clearing", 960m, "EUR"), ("exchange_clearing", -1_041.60m, "USD"), ("receivable", 1_145.76m, "USD"), ("revenue", -960m, "EUR"), ("tax_payable", -104.16m, "USD")],
            Ledger(firm));

        // A third is credited, 347.20: 320 of the 960. The rest is paid in dollars.
        firm.Credits(invoice.Id, release: false, new CreditRequest("1", Usd(347.20m)));
        Assert.Equal(Eur(320), firm.History.OfType<CreditMemoIssued>().Single().Memo.Priced);
        firm.Pays(invoice.Id, 763.84m);
        Assert.Equal(Usd(0), firm.Invoice(invoice.Id).Outstanding);
        Assert.Equal((Eur(640), Eur(640)), (firm.Revenue.Lines[Work].Billed, firm.Revenue.Lines[Work].Recognised));

        // Corrected in April, at the rate of then. 2,000 less the 960 that the first is taken back with; the discount is free
        // again, 13.33 of it by the credit and 40 by what is taken back.
        firm.Works(Hours("1", 2, Consultant, 20, 2));
        var more = firm.Bills(new(2026, 4, 30)).Single();
        Assert.Equal((Eur(986.67m), Usd(1_085.34m)), (more.Draft.Priced, more.Draft.Net));
        Balances(firm);
    }

    private static (string, decimal, string)[] Ledger(Firm firm) =>
    [
        .. firm.History.SelectMany(Firm.Postings).GroupBy(posting => (posting.Account, posting.Amount.Currency))
            .Select(account => (account.Key.Account, account.Sum(posting => posting.Amount.Amount), account.Key.Currency))
            .Where(account => account.Item2 != 0).OrderBy(account => account.Account, StringComparer.Ordinal).ThenBy(account => account.Currency),
    ];

    private static Money Usd(decimal amount) => Money.Of(amount, "USD");

    private static void Balances(Firm firm)
    {
        foreach (var @event in firm.History)
            Assert.True(Firm.Postings(@event).Sum(posting => posting.Amount.Amount) == 0, $"{@event}");
    }
}
