using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Grains.Tests.Firms;
using Q2C.Invoices;
using Q2C.Projects;
using Q2C.Revenues;
using static Q2C.Grains.Tests.Periods.PeriodStory;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Periods;

/// <summary>Money paid in advance: it pays invoices of the lines in its scope, tax included, and comes back with credits.</summary>
public sealed class MoneyRetainerTests
{
    private const string Deposit = "deposit";

    private static readonly ContractLine Work = Of(new BillingModel.TimeAndMaterials([new(Consultant, 100)], null), March(1), id: "work");

    private static readonly ContractLine Other = Of(new BillingModel.TimeAndMaterials([new(Architect, 200)], null), March(1), id: "other");

    private static ContractLine Money(decimal amount, int? priority = null, string id = Deposit, RetainerExpiry? expiry = null, params string[] covers) =>
        Of(new BillingModel.Retainer(RetainerUnit.Money, amount, 1, [.. covers is [] ? ["work"] : covers], Priority: priority, Expiry: expiry), March(1), id: id);

    [Fact]
    public void An_invoice_of_its_lines_is_paid_from_it_with_tax_and_other_lines_are_not()
    {
        // 3 h at 100 are 300 net and 357 with 19 % tax; 1 h at 200 is outside of its scope and is owed: 238.
        var firm = Sold(19, Work, Other, Money(1_000));
        firm.Bills(March(1));
        firm.Works(Hours("1", 2, Consultant, 3), Hours("2", 3, Architect, 1));
        var invoice = firm.Bills(March(31)).Single();
        Assert.Equal((Eur(595), Eur(238)), (invoice.Total, invoice.Outstanding));
        Assert.Equal(643, firm.Retainer(Deposit).Balance);
    }

    [Fact]
    public void A_pooled_retainer_pays_invoices_of_the_customers_other_contracts_for_the_services_that_it_covers()
    {
        // 1,000 are prepaid with one contract. The other one's consulting of 300 net, 357 with tax, is paid from it; its travel, 119, is owed.
        var pool = Of(new BillingModel.Retainer(RetainerUnit.Money, 1_000, 1, ["consulting"], Pooled: true), March(1), id: Deposit);
        var firm = Sold(19, Work, pool);
        firm.Bills(March(1));
        firm.Sells("eu_ct_00000000000000000000000009", "eu_pr_00000000000000000000000009", new(1, March(1), "EUR",
            [Work, new("travel", "travel", "Travel", new BillingModel.Expenses(0, []), March(1), null)]));
        firm.Works(Hours("1", 2, Consultant, 3), Cost("1", 3, "Train", Eur(100), line: "travel"));
        var invoice = firm.Bills(March(31)).Single();
        Assert.Equal((Eur(476), Eur(119)), (invoice.Total, firm.Invoice(invoice.Id).Outstanding));
        Assert.Equal(643, firm.Retainer(Deposit).Balance);

        // A credit of the consulting settles what is owed first, 119; the other 238 go back to the retainer.
        firm.Credits(invoice.Id, release: false, new CreditRequest("1"));
        Assert.Equal((Eur(0), 881m), (firm.Invoice(invoice.Id).Outstanding, firm.Retainer(Deposit).Balance));
    }

    [Fact]
    public void The_lowest_priority_pays_first_each_within_its_scope_and_never_below_zero()
    {
        // Owed are 400 for work and 200 for other. The first has 100 for both, the second 150 for work, the third 1,000 for other.
        var firm = Sold(0, Work, Other, Money(100, 1, "first", covers: ["work", "other"]), Money(150, 2, "second"), Money(1_000, 3, "third", covers: "other"));
        firm.Bills(March(1));
        firm.Works(Hours("1", 2, Consultant, 4), Hours("2", 3, Architect, 1));
        var invoice = firm.Bills(March(31)).Single();
        var draws = firm.History.OfType<RetainerPaid>().Single().Draws;

        // The first takes its 100 from the line that comes first, "other"; 100 of other are left for the third, 400 of work for the second.
        Assert.Equal(["first 100", "second 150", "third 100"], draws.Select(draw => $"{draw.LineId} {draw.Quantity:0}"));
        Assert.Equal(Eur(250), invoice.Outstanding);
        Assert.Equal([0m, 0m, 900m], new[] { "first", "second", "third" }.Select(line => firm.Retainer(line).Balance));
    }

    [Fact]
    public void A_payment_that_waited_for_the_invoice_goes_first_and_what_the_retainer_paid_comes_back()
    {
        var firm = Sold(0, Work, Money(1_000));
        firm.Bills(March(1));
        firm.Works(Hours("1", 2, Consultant, 3));
        firm.PostsAtOnce = false;
        var draft = firm.Bills(March(31)).Single();
        firm.Pays(draft.Id, 200);
        firm.Post();
        Assert.Equal((Eur(0), 900m), (firm.Invoice(draft.Id).Outstanding, firm.Retainer(Deposit).Balance));
        Assert.Equal(Eur(200), firm.History.OfType<RetainerReturned>().Single().Amount);
    }

    [Fact]
    public void A_credit_gives_back_what_the_retainer_paid_and_no_credit_that_could_be_paid_out()
    {
        // 400 were paid: 250 from the retainer, 150 by the customer. Credited are 300: 250 go back, 50 are the customer's.
        var firm = Sold(0, Work, Money(250));
        firm.Bills(March(1));
        firm.Works(Hours("1", 2, Consultant, 4));
        var invoice = firm.Bills(March(31)).Single();
        firm.Pays(invoice.Id, 150);
        firm.Credits(invoice.Id, release: false, new CreditRequest("1", Eur(300)));
        Assert.Equal((250m, Eur(0)), (firm.Retainer(Deposit).Balance, firm.Invoice(invoice.Id).Outstanding));
        Assert.Equal(Eur(50), Assert.Single(firm.Customer.Credit));
    }

    [Fact]
    public void What_is_bought_is_deferred_until_an_invoice_is_paid_from_it_and_revenue_is_booked_once()
    {
        // Bought are 1,000 for 900: of every 100 that it pays, 90 were deferred and 10 are less revenue.
        var firm = Sold(0, Work, Of(new BillingModel.Retainer(RetainerUnit.Money, 1_000, 0.9m, ["work"]), March(1), id: Deposit));
        firm.Bills(March(1));
        Assert.Equal((900m, -900m, 0m), (firm.Balance(Accounts.Receivable), firm.Balance(RevenueAccounts.DeferredRevenue), firm.Balance(Accounts.Revenue)));
        firm.Works(Hours("1", 2, Consultant, 4));
        var invoice = firm.Bills(March(31)).Single();
        Assert.Equal((900m, -540m, -360m), (firm.Balance(Accounts.Receivable), firm.Balance(RevenueAccounts.DeferredRevenue), firm.Balance(Accounts.Revenue)));
        firm.Credits(invoice.Id, release: true);
        firm.Recognizes(March(31));
        Assert.Equal((900m, -900m), (firm.Balance(Accounts.Receivable), firm.Balance(RevenueAccounts.DeferredRevenue)));
    }

    [Fact]
    public void What_is_left_when_it_expires_is_breakage_and_pays_nothing_more()
    {
        // One month from 1 March; 300 of 1,000 pay the invoice of 31 March, 700 are forfeited.
        var firm = Sold(0, Work, Money(1_000, expiry: new(1, PeriodUnit.Month)));
        firm.Bills(March(1));
        firm.Works(Hours("1", 2, Consultant, 3));
        firm.Bills(March(31));
        firm.Works(new WorkRecord.TimeWorked("time_entry/2", 1, new(2026, 4, 2), "Ada", Consultant, "Build", 1, true, null, null));
        var april = firm.Bills(new(2026, 4, 30)).Single();
        Assert.Equal((Eur(100), 0m), (april.Outstanding, firm.Retainer(Deposit).Balance));
        firm.Recognizes(new(2026, 4, 30));
        var breakage = firm.Revenue.Entries.Values.Single(entry => entry.Cause == EntryCause.Breakage);
        Assert.Equal(-700, breakage.Lines.Single(line => line.Account == Accounts.Revenue).Amount.Amount);
    }

    [Fact]
    public void A_top_up_by_a_person_is_drawn_and_invoiced_like_the_first()
    {
        var firm = Sold(0, Work, Money(100));
        firm.Bills(March(1));
        firm.Projects(new TopUpRetainer(Deposit, 500, March(10), null, 1, null, "More work."));
        firm.Works(Hours("1", 12, Consultant, 4));
        var invoice = firm.Bills(March(31)).Single();
        Assert.Equal((Eur(900), Eur(500), 200m), (invoice.Total, invoice.Outstanding, firm.Retainer(Deposit).Balance));
    }

    private static Firm Sold(decimal taxPercent, params ContractLine[] lines) => new(new Terms(1, March(1), "EUR", [.. lines]), taxPercent);
}
