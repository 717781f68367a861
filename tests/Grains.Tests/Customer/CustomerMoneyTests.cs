using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Q2C.CreditMemos;
using Q2C.Customers;
using Q2C.Grains.Customers;
using Q2C.Grains.Tests.Invoices;
using Q2C.Invoices;
using Q2C.Projects;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Customers;

public sealed class CustomerMoneyTests
{
    private const string One = "eu_inv_one";
    private const string Two = "eu_inv_two";

    [Fact]
    public void Money_goes_to_the_oldest_invoice_first_and_the_rest_stays_the_customers()
    {
        var books = TwoInvoices();
        books.Receive("p1", 130, null!);
        Assert.Equal((0m, 89m, 0m), (Open(books, One), Open(books, Two), Credit(books)));
        books.Receive("p2", 100, null!);
        Assert.Equal((0m, 0m, 11m), (Open(books, One), Open(books, Two), Credit(books)));
        Assert.Equal(["p1", "p2"], books.History.OfType<CustomerPaymentReceived>().Select(received => received.Payment.PaymentId));
    }

    [Fact]
    public void Money_is_allocated_as_told_and_the_erp_hears_of_it()
    {
        var books = TwoInvoices();
        books.Receive("p1", 130, new Allocation(Two, Eur(119)));
        Assert.Equal((100m, 0m, 11m), (Open(books, One), Open(books, Two), Credit(books)));
        var posted = books.InvoiceStoryOf(Two).History.OfType<InvoiceStepAsked>().Single(asked => asked.Step == InvoiceStep.PaymentPosting);
        Assert.Equal(Eur(119), ((RecordErpPayment)posted.Effect.Operation).Applied);
        books.Apply(new Allocation(One, Eur(11)));
        Assert.Equal((89m, 0m), (Open(books, One), Credit(books)));
    }

    [Fact]
    public void Money_for_an_invoice_that_is_not_issued_yet_waits_for_it_and_nothing_else_takes_it()
    {
        var books = new Books();
        books.Issue(One, 0, 100);
        books.Receive("p1", 150, new Allocation(Two, Eur(119)));
        books.Apply(null!);
        Assert.Equal((69m, 119m), (Open(books, One), Credit(books)));
        books.Issue(Two, 0.19m, 100);
        Assert.Equal((69m, 0m, 0m), (Open(books, One), Open(books, Two), Credit(books)));
    }

    [Fact]
    public void Money_that_was_meant_for_an_invoice_that_came_to_nothing_or_is_of_another_company_is_the_customers_to_use()
    {
        var books = new Books();
        books.Receive("p1", 50, new Allocation(Two, Eur(50)));
        books.WhenCustomer(Back(50, null)).ThenRefused("REFUND_NEEDS_INVOICE invoiceId");
        books.Draft(Two);
        books.Invoices(Two, new RejectInvoice("never sold"));
        books.WhenCustomer(Back(50, null)).Accepted();

        books.Customers(new ReceivePayment("p2", "US01", "bank", Eur(70), Books.Day(1), "p2", [new(One, Eur(70))]));
        books.Issue(One, 0, 100);
        Assert.Equal(100m, Open(books, One));
        books.WhenCustomer(Back(70, null) with { LegalEntity = "US01" }).Accepted();
    }

    [Fact]
    public void What_one_payment_brought_beyond_several_invoices_is_the_customers_in_full()
    {
        var books = TwoInvoices();
        books.Pay(One, "p1", 120);
        books.Pay(Two, "p1", 129);
        Assert.Equal((0m, 0m, 30m), (Open(books, One), Open(books, Two), Credit(books)));
        books.WhenCustomer(new ReceivePayment("p1", Books.Entity, "bank", Eur(249), Books.Day(12), "p1")).ThenRefused("PAYMENT_ID_REUSED paymentId");
        books.Refund("r1", 130, One);
        Assert.Equal(100m, Open(books, One));
    }

    [Fact]
    public void A_company_pays_back_only_what_was_paid_for_its_own_invoice()
    {
        var books = TwoInvoices();
        books.Pay(One, "p1", 100);
        books.Customers(new ReceivePayment("p2", "US01", "bank", Eur(50), Books.Day(1), "p2", [new("eu_inv_three", Eur(50))]));
        books.WhenCustomer(Back(50, One) with { LegalEntity = "US01" }).ThenRefused("REFUND_EXCEEDS_RECEIVED invoiceId");
    }

    [Fact]
    public void Who_has_no_role_for_money_records_none() => TwoInvoices().Ledger
        .By(new("sam", [Roles.Sales])).When(Received("p1", 10)).ThenRefused("FORBIDDEN");

    [Fact]
    public void Foreign_money_for_a_receivable_that_was_written_off_takes_the_write_off_back_first()
    {
        var books = new Books();
        books.Issue(One, 0, 100);
        books.Invoices(One, new WriteOffReceivable(null, Books.Day(90), "insolvent"), InvoiceStory.Fiona);
        books.PayForeign(One, "p1", Money.Of(100, "USD"), 0.8m, 0.9m, 100);
        Assert.Equal((Eur(20), 0m, 0m), (books.Invoice(One).WrittenOff!.Value, Open(books, One), Credit(books)));
    }

    [Fact]
    public void A_line_that_is_credited_item_by_item_is_credited_in_full()
    {
        // A third was discounted: of each item 22.22 was paid, and a cent is left.
        var items = Enumerable.Range(1, 3).Select(i => new InvoicedItem($"t/{i}@1", $"t/{i}", Eur(33.34m))).ToImmutableArray();
        var books = new Books();
        books.Issue(One, [Books.Line("1", Eur(66.67m)) with { Items = items }], [new("1", Eur(12.67m), 0.19m, "DE")]);
        books.WhenInvoice(One, new CreditInvoice([new("1", null, [])], Books.Day(20), true, "r")).ThenRefused("NOTHING_TO_CREDIT lines[0]");
        foreach (var item in items) books.Credit(One, null, true, new CreditRequest("1", null, [item.ItemId]));
        Assert.Equal((InvoiceStatus.Credited, Eur(66.67m)), (books.Invoice(One).Status, books.Memos.Aggregate(Eur(0), (sum, memo) => sum + memo.Memo.Net)));
    }

    [Fact]
    public void What_an_invoice_no_longer_needs_comes_back()
    {
        var books = new Books();
        books.Issue(One, 0, 100);
        var allocated = books.WhenCustomer(new ReceivePayment("p1", Books.Entity, "bank", Eur(100), Books.Day(1), "p1")).Accepted();
        books.Pay(One, "direct", 70);
        var answered = books.WhenInvoice(One, new Observe(CustomerId, [allocated.History.OfType<MoneyAllocated>().Single()])).Accepted();
        var settled = answered.History.OfType<SettlementApplied>().Single();
        Assert.Equal((Eur(30), Eur(70), Eur(0)), (settled.Applied, settled.Excess, settled.Outstanding));
        var back = allocated.When(new Observe(One, [settled]), "key-back").Accepted();
        Assert.Equal([Eur(70)], Customer.Render(back.State, CustomerId, 1)!.Credit.AsEnumerable());
    }

    [Fact]
    public void A_credit_above_what_was_paid_becomes_credit_and_pays_the_next_invoice()
    {
        var books = TwoInvoices();
        books.Pay(One, "p1", 60);
        books.Credit(One);
        Assert.Equal((0m, 60m), (Open(books, One), Credit(books)));
        books.Apply(null!);
        Assert.Equal((59m, 0m), (Open(books, Two), Credit(books)));
    }

    [Fact]
    public void A_refund_takes_the_credit_first_then_what_was_paid_and_never_more_than_was_received()
    {
        var books = TwoInvoices();
        books.Pay(One, "p1", 110);
        Assert.Equal(10m, Credit(books));
        books.WhenCustomer(Back(111, One)).ThenRefused("REFUND_EXCEEDS_RECEIVED amount", "REFUND_EXCEEDS_RECEIVED invoiceId");
        books.WhenCustomer(Back(20, null)).ThenRefused("REFUND_NEEDS_INVOICE invoiceId");
        books.WhenCustomer(Back(20, Two)).ThenRefused("REFUND_EXCEEDS_RECEIVED invoiceId");
        books.Refund("r1", 20, One, "stripe");
        Assert.Equal((10m, 0m), (Open(books, One), Credit(books)));
        books.WhenCustomer(Back(20, One) with { RefundId = "r1" }).ThenNothing();
        books.WhenCustomer(Back(91, One)).ThenRefused("REFUND_EXCEEDS_RECEIVED amount", "REFUND_EXCEEDS_RECEIVED invoiceId");
    }

    [Fact]
    public void A_refund_that_the_payment_system_refuses_waits_for_a_person_and_is_tried_again()
    {
        var books = new Books();
        books.Receive("p1", 50, []);
        books.Refund("r1", 50, null, "stripe");
        var asked = (RefundPayment)books.Ledger.History.OfType<CustomerStepAsked>().Single().Effect.Operation;
        Assert.Equal((Eur(50), "p1"), (asked.Amount, asked.PaymentIds.Single()));
        books.Customers(new ReportEffect($"{CustomerId}/refund/r1/1", Refused()));
        Assert.Equal(("FIELD_INVALID", (Money?)Eur(50)), (books.Account.Exceptions.Single().Code, books.Account.Exceptions.Single().Held));
        books.Customers(new RetryStep($"{CustomerId}/refund/r1/1", "account corrected"));
        Assert.Equal($"{CustomerId}/refund/r1/2", books.Ledger.History.OfType<CustomerStepAsked>().Last().Effect.Id);
        books.Customers(new ReportEffect($"{CustomerId}/refund/r1/2", InvoiceStory.Accepted()));
        Assert.Empty(books.Account.Exceptions);
        books.WhenCustomer(new ReportEffect($"{CustomerId}/refund/r1/2", InvoiceStory.Accepted())).ThenNothing();
        Survives(books.Ledger.State);
    }

    [Fact]
    public void A_write_off_is_reversible_and_money_that_comes_after_all_takes_it_back_first()
    {
        var books = TwoInvoices();
        books.Invoices(One, new WriteOffReceivable(null, Books.Day(90), "insolvent"), InvoiceStory.Fiona);
        Assert.Equal((InvoiceStatus.WrittenOff, 0m), (books.Invoice(One).Status, Open(books, One)));
        books.Invoices(One, new RestoreReceivable(Books.Day(91), "they pay"));
        Assert.Equal((InvoiceStatus.Issued, 100m), (books.Invoice(One).Status, Open(books, One)));
        books.Invoices(One, new WriteOffReceivable(Eur(40), Books.Day(92), "settled"), InvoiceStory.Fiona);
        books.Pay(One, "p1", 75);
        Assert.Equal((InvoiceStatus.WrittenOff, 0m, Eur(25)), (books.Invoice(One).Status, Credit(books), books.Invoice(One).WrittenOff!.Value));
        books.WhenInvoice(One, new WriteOffReceivable(null, Books.Day(93), "r")).ThenRefused("FORBIDDEN", "NOTHING_OUTSTANDING");
        books.WhenInvoice(Two, new RestoreReceivable(Books.Day(93), "r")).ThenRefused("NOTHING_WRITTEN_OFF");
    }

    [Fact]
    public void A_write_off_is_of_what_is_outstanding_in_the_currency_of_the_invoice()
    {
        var books = TwoInvoices();
        var by = InvoiceStory.Fiona;
        books.InvoiceStoryOf(One).By(by).When(new WriteOffReceivable(Eur(101), Books.Day(90), "r")).ThenRefused("WRITE_OFF_EXCEEDS_OUTSTANDING amount");
        books.InvoiceStoryOf(One).By(by).When(new WriteOffReceivable(Money.Of(1, "USD"), Books.Day(90), "r")).ThenRefused("CURRENCY_MISMATCH amount");
    }

    [Fact]
    public void A_dispute_is_noted_and_ends_in_release_or_in_the_credit_of_what_is_disputed()
    {
        var books = TwoInvoices();
        books.Invoices(One, new DisputeInvoice([], "wrong hours"));
        Assert.True(books.Account.Receivables.Single(open => open.InvoiceId == One).Disputed);
        books.Receive("p1", 119, null!);
        Assert.Equal((100m, 0m), (Open(books, One), Open(books, Two)));
        books.WhenInvoice(One, new DisputeInvoice([], "r")).ThenRefused("INVOICE_DISPUTED");
        books.Invoices(One, new ReleaseDispute("explained"));
        Assert.False(books.Account.Receivables.Single(open => open.InvoiceId == One).Disputed);
        books.WhenInvoice(One, new ReleaseDispute("r")).ThenRefused("INVOICE_NOT_DISPUTED");
        books.WhenInvoice(One, new DisputeInvoice(["7"], "r")).ThenRefused("INVOICE_LINE_UNKNOWN lineIds");
        books.Invoices(One, new DisputeInvoice(["1"], "wrong hours"));
        books.Credit(One, null, true, new CreditRequest("1", Eur(40)));
        Assert.True(books.Invoice(One).Disputed);
        books.Credit(One);
        Assert.False(books.Invoice(One).Disputed);
        Assert.Equal([false, true], books.History.OfType<DisputeEnded>().Select(ended => ended.Credited));
    }

    [Fact]
    public void An_early_payment_takes_the_discount_and_its_share_of_the_tax()
    {
        // 2 % of 1,190.00 is 23.80: 20.00 of the net amount and 3.80 of the tax.
        var terms = new PaymentTerms([new(100, new DueRule.Days(30))], new(2, 10));
        var books = new Books();
        books.Issue(One, [Books.Line("1", Eur(1000))], [new("1", Eur(190), 0.19m, "DE")], terms: terms);
        books.Pay(One, "p1", 1166.20m, 10);
        Assert.Equal(InvoiceStatus.Paid, books.Invoice(One).Status);
        Assert.Equal(
            [new(Accounts.EarlyPaymentDiscount, Eur(20)), new(Accounts.TaxPayable, Eur(3.80m)), new Posting(Accounts.Receivable, Eur(-23.80m))],
            books.History.OfType<SettlementApplied>().Single().Postings.AsEnumerable());

        // Of the net amount only, the tax stays owed in full: 2 % of 1,000.00.
        books.Issue(Two, [Books.Line("1", Eur(1000))], [new("1", Eur(190), 0.19m, "DE")],
            terms: terms with { Discount = new(2, 10, EarlyDiscountTax.Kept) });
        books.Pay(Two, "p2", 1169.99m, 9);
        Assert.Equal(20.01m, Open(books, Two));
        books.Pay(Two, "p3", 0.01m, 10);
        Assert.Equal(
            [new(Accounts.EarlyPaymentDiscount, Eur(20)), new Posting(Accounts.Receivable, Eur(-20))],
            books.History.OfType<SettlementApplied>().Last().Postings.AsEnumerable());
    }

    [Fact]
    public void What_the_erp_counts_as_paid_by_a_discount_or_out_of_a_retainer_is_no_money_that_came()
    {
        var books = new Books();
        books.Issue(One, [Books.Line("1", Eur(1000))], [new("1", Eur(190), 0.19m, "DE")], terms: new([new(100, new DueRule.Days(30))], new(2, 10)));
        books.Pay(One, "p1", 1166.20m, 10);
        books.WhenInvoice(One, new ReportPaidInErp("netsuite", Eur(1190), Books.Day(12), "N-1")).ThenNothing();

        books.Issue(Two, 0, 100);
        books.Invoices(Two, new Observe(ProjectId, [new RetainerPaid(Two, "N-2", Eur(60), [], DeciderSpec.Noon, ProjectId, ContractId, Books.Day(1))]));
        books.WhenInvoice(Two, new ReportPaidInErp("netsuite", Eur(60), Books.Day(12), "N-2")).ThenNothing();
        books.Invoices(Two, new ReportPaidInErp("netsuite", Eur(100), Books.Day(12), "N-2"));
        Assert.Equal((0m, 0m, 40m), (Open(books, Two), Credit(books), books.InvoiceStoryOf(Two).History.OfType<PaymentApplied>().Single().Applied.Amount));
    }

    [Fact]
    public void A_day_late_there_is_no_discount()
    {
        var books = new Books();
        books.Issue(One, [Books.Line("1", Eur(100))], [new("1", Eur(0), 0, "DE")], terms: new([new(100, new DueRule.Days(30))], new(2, 10)));
        books.Pay(One, "p1", 98, 11);
        Assert.Equal(2m, Open(books, One));
    }

    private static readonly ImmutableArray<(Command Command, string[] Refusals)> Cases =
    [
        (Received("", 0) with { LegalEntity = "" }, ["LEGAL_ENTITY_MISSING legalEntity", "PAYMENT_ID_INVALID paymentId", "PAYMENT_NOT_POSITIVE amount"]),
        (Received("known", 2), ["PAYMENT_ID_REUSED paymentId"]),
        (Received("p", 500) with { Foreign = new(Money.Of(500, "USD"), new(0.9m, Books.Day(1), "ECB")) }, ["EXCHANGE_RATE_INVALID foreign"]),
        (Received("p", 500, (One, 0), (One, 1)), ["ALLOCATION_NOT_POSITIVE allocations[0].amount", "ALLOCATION_DUPLICATE allocations[1].invoiceId"]),
        (Received("p", 10, (One, 90)), ["ALLOCATION_EXCEEDS_MONEY allocations"]),
        (Received("p", 500, (One, 100.01m)), ["ALLOCATION_EXCEEDS_INVOICE allocations[0].amount"]),
        (Received("p", 500, ("elsewhere", 1)), ["INVOICE_NOT_OPEN allocations[0].invoiceId"]),
        (new ApplyCredit(Books.Entity, "EUR", Books.Day(1), [new(One, Money.Of(1, "USD"))]), ["CURRENCY_MISMATCH allocations[0].amount"]),
        (new ApplyCredit(Books.Entity, "CHF", Books.Day(1)), ["NO_CREDIT"]),
        (new ApplyCredit(Books.Entity, "EUX", Books.Day(1)), ["CURRENCY_UNKNOWN currency"]),
        (new ProposeDunning(Books.Entity, Books.Day(1)), ["NO_DUNNING_POLICY legalEntity"]),
        (Back(0, null) with { RefundId = "" }, ["REFUND_ID_INVALID refundId", "REFUND_NOT_POSITIVE amount"]),
    ];

    public static TheoryData<int> Indexes => [.. Enumerable.Range(0, Cases.Length)];

    [Theory, MemberData(nameof(Indexes))]
    public void Refuses(int index)
    {
        var books = TwoInvoices();
        books.Receive("known", 1, []);
        books.WhenCustomer(Cases[index].Command).ThenRefused(Cases[index].Refusals);
    }

    [Fact]
    public void Every_refusal_has_an_example() => Assert.Superset(
        CodesOf(typeof(CustomerMoneyProblems))
            .Except([
                CustomerMoneyProblems.RefundExceedsReceived, CustomerMoneyProblems.RefundNeedsInvoice, CustomerMoneyProblems.RefundPending,
                CustomerMoneyProblems.RefundUnknown, CustomerMoneyProblems.ApproverIsPreparer,
            ]).ToHashSet(),
        Cases.SelectMany(one => one.Refusals).Select(refusal => refusal.Split(' ')[0]).ToHashSet());

    [Fact]
    public void Money_is_conserved_over_payments_allocations_credits_refunds_and_write_offs() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte What, byte Which, ushort Cents)[]>(), steps =>
        {
            var books = new Books();
            string[] invoices = [One, Two, "eu_inv_three"];
            foreach (var (id, i) in invoices.Select((id, i) => (id, i))) books.Issue(id, 0.19m, 50 + i, 20.01m);
            for (var i = 0; i < Math.Min(steps.Length, 25); i++) Step(books, steps[i], invoices[steps[i].Which % 3], i);

            foreach (var id in invoices)
            {
                var story = books.InvoiceStoryOf(id);
                var settled = story.History.OfType<PaymentApplied>().Sum(one => one.Applied.Amount)
                    + story.History.OfType<SettlementApplied>().Sum(one => one.Applied.Amount);
                Assert.Equal(books.Invoice(id).Total!.Value.Amount, settled + Open(books, id));
                Assert.Equal(Open(books, id), books.Account.Receivables.SingleOrDefault(open => open.InvoiceId == id)?.Outstanding.Amount ?? 0);
                Assert.True(Open(books, id) >= 0);
            }

            var postings = books.History.SelectMany(PostingsOf).ToArray();
            Assert.Equal(0, postings.Sum(posting => posting.Amount.Amount));
            decimal On(string account) => postings.Where(posting => posting.Account == account).Sum(posting => posting.Amount.Amount);
            Assert.Equal(invoices.Sum(id => Open(books, id)), On(Accounts.Receivable));
            Assert.Equal(Credit(books), -On(Accounts.CustomerCredit));
            Assert.True(On(Accounts.Cash) >= 0, "More was paid back than came in.");
            Survives(books.Ledger.State);
        }).QuickCheckThrowOnFailure();

    private static void Step(Books books, (byte What, byte Which, ushort Cents) step, string invoice, int i)
    {
        var amount = (step.Cents % 9000 + 1) / 100m;
        var open = Open(books, invoice);
        switch (step.What % 7)
        {
            case 0: books.Pay(invoice, $"p{i}", amount); break;
            case 1: books.Receive($"c{i}", amount, step.Which % 2 == 0 ? null! : []); break;
            case 2 when Credit(books) > 0: books.Apply(null!); break;
            case 3 when Left(books, invoice) is { } line: books.Credit(invoice, null, true, new CreditRequest(line.Id, Eur(line.Left > amount ? amount : line.Left))); break;
            case 4 when open > 0: books.Invoices(invoice, new WriteOffReceivable(Eur(Math.Min(open, amount)), Books.Day(50), "r"), InvoiceStory.Fiona); break;
            case 5 when books.Invoice(invoice).WrittenOff is { IsZero: false }: books.Invoices(invoice, new RestoreReceivable(Books.Day(60), "r")); break;
            case 6 when books.WhenCustomer(Back(amount, invoice)).Decision.Problems.IsEmpty: books.Refund($"r{i}", amount, invoice); break;
        }
    }

    private static (string Id, decimal Left)? Left(Books books, string invoice)
    {
        var credited = books.Memos.Where(memo => memo.Memo.InvoiceId == invoice).SelectMany(memo => memo.Memo.Lines)
            .ToLookup(line => line.LineId, line => line.Net.Amount);
        return books.Invoice(invoice).Draft.Lines.Select(line => (line.Id, Left: line.Net.Amount - credited[line.Id].Sum()))
            .Where(line => line.Left > 0).Select(line => ((string, decimal)?)line).FirstOrDefault();
    }

    private static IEnumerable<Posting> PostingsOf(Event @event) => @event switch
    {
        InvoiceIssued e => e.Postings,
        PaymentApplied e => e.Postings,
        SettlementApplied e => e.Postings,
        CreditMemoIssued e => e.Postings,
        CustomerPaymentReceived e => e.Postings,
        CustomerRefunded e => e.Postings,
        _ => [],
    };

    private static Books TwoInvoices()
    {
        var books = new Books();
        books.Issue(One, 0, 100);
        books.Issue(Two, [Books.Line("1", Eur(100))], [new("1", Eur(19), 0.19m, "DE")], InvoiceStory.Date.AddDays(1));
        return books;
    }

    private static decimal Open(Books books, string invoice) => books.Invoice(invoice).Outstanding!.Value.Amount;

    private static decimal Credit(Books books) => books.Account.Credit.Sum(credit => credit.Amount);

    private static ReceivePayment Received(string id, decimal amount, params (string Invoice, decimal Amount)[] told) => new(
        id, Books.Entity, "bank", Eur(amount), Books.Day(3), "ref", told.Length == 0 ? null : [.. told.Select(one => new Allocation(one.Invoice, Eur(one.Amount)))]);

    private static RefundCustomer Back(decimal amount, string? invoice) =>
        new("back", Books.Entity, Eur(amount), Books.Day(30), null, invoice, "asked for");
}
