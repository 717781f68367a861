using Q2C.Customers;
using Q2C.Grains.Customers;
using Q2C.Grains.Tests.Contracts;
using Q2C.Grains.Tests.Invoices;
using Q2C.Invoices;
using Q2C.Policies;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Customers;

/// <summary>Refunds above 50.00 and write-offs above 40.00 need a second person.</summary>
public sealed class SecondPersonTests
{
    private const string Invoice = "eu_inv_one";
    private static readonly Actor Felix = new("felix", [Roles.FinanceApprover]);

    private static readonly PolicySet Strict = Samples.Policies with
    {
        LegalEntities = Samples.Policies.LegalEntities.SetItem("DE01", Northwind with
        {
            Billing = BillingPolicy.Default with { RefundThreshold = Eur(50), WriteOffThreshold = Eur(40) },
        }),
    };

    [Fact]
    public void A_refund_up_to_the_threshold_is_paid_and_one_above_it_waits_for_somebody_else()
    {
        var books = Paid();
        books.Refund("small", 50, Invoice, "stripe");
        books.Refund("large", 50.01m, Invoice, "stripe");
        var waiting = books.Account.Refunds!.Value.Single();
        Assert.Equal(("large", "nora"), (waiting.Refund.RefundId, waiting.By));
        Assert.Single(books.Ledger.History.OfType<CustomerStepAsked>());
        books.WhenCustomer(waiting.Refund).ThenNothing();
        books.WhenCustomer(waiting.Refund with { Amount = Eur(60) }).ThenRefused("REFUND_PENDING refundId");

        books.Ledger.When(new ApproveRefund("large", "DE01", null)).ThenRefused("FORBIDDEN", "APPROVER_IS_PREPARER");
        books.Ledger.By(Felix).When(new ApproveRefund("large", "FR01", null)).ThenRefused("REFUND_UNKNOWN refundId");
        var approved = books.Ledger.By(Felix).When(new ApproveRefund("large", "DE01", "checked"), "approve").Accepted();
        Assert.Equal(Eur(50.01m), approved.History.OfType<CustomerRefunded>().Last().Refund.Amount);
        Assert.Equal(2, approved.History.OfType<CustomerStepAsked>().Count());
        approved.When(new ApproveRefund("large", "DE01", null), "approve-2").ThenRefused("REFUND_UNKNOWN refundId");
        approved.By(InvoiceStory.Nora).When(waiting.Refund, "again").ThenNothing();
        Survives(books.Ledger.State);
    }

    [Fact]
    public void What_was_paid_back_meanwhile_is_not_paid_back_twice()
    {
        var books = Paid();
        books.Refund("large", 100, Invoice);
        books.Refund("small", 20, Invoice);
        books.Ledger.By(Felix).When(new ApproveRefund("large", "DE01", null)).ThenRefused("REFUND_EXCEEDS_RECEIVED amount", "REFUND_EXCEEDS_RECEIVED invoiceId");
        var declined = books.Ledger.When(new DeclineRefund("large", "DE01", "paid in parts"), "decline").Accepted();
        Assert.Empty(Customer.Render(declined.State, CustomerId, 1)!.Refunds!.Value);
        declined.When(new DeclineRefund("large", "DE01", ""), "decline-2").ThenRefused("REASON_REQUIRED reason", "REFUND_UNKNOWN refundId");
    }

    [Fact]
    public void Without_a_threshold_of_its_own_the_one_for_invoices_holds_and_of_another_currency_every_refund_waits()
    {
        var books = new Books();
        books.Receive("p1", 20_001, []);
        books.Customers(new ReceivePayment("p2", Books.Entity, "bank", Money.Of(5, "USD"), Books.Day(1), "p2", []));
        books.Refund("r1", 20_000.50m);
        books.Customers(new RefundCustomer("r2", Books.Entity, Money.Of(5, "USD"), Books.Day(2), null, null, "asked for"));
        Assert.Equal(["r1", "r2"], books.Account.Refunds!.Value.Select(one => one.Refund.RefundId));
    }

    [Fact]
    public void A_write_off_above_the_threshold_waits_for_a_second_approver()
    {
        var issued = InvoiceStory.Issued.Under(Strict);
        var proposed = issued.By(InvoiceStory.Fiona).When(new WriteOffReceivable(Eur(40.01m), InvoiceStory.Date, "insolvent"), "key-w").Accepted();
        Assert.Equal((Eur(1190), Eur(40.01m)), (proposed.View().Outstanding, proposed.View().WriteOff!.Amount));
        proposed.When(new WriteOffReceivable(Eur(1), InvoiceStory.Date, "r"), "key-x").ThenRefused("WRITE_OFF_PENDING");
        proposed.When(new ApproveReceivableWriteOff(null)).ThenRefused("APPROVER_IS_PREPARER");
        proposed.By(InvoiceStory.Nora).When(new ApproveReceivableWriteOff(null)).ThenRefused("FORBIDDEN");
        var approved = proposed.By(Felix).When(new ApproveReceivableWriteOff("agreed")).Accepted();
        Assert.Equal((Eur(1149.99m), Eur(40.01m), null), (approved.View().Outstanding, approved.View().WrittenOff, approved.View().WriteOff));
        approved.When(new ApproveReceivableWriteOff(null)).ThenRefused("NOTHING_PROPOSED");

        Assert.Null(proposed.When(new DeclineReceivableWriteOff("they pay")).Accepted().View().WriteOff);
        issued.When(new DeclineReceivableWriteOff("r")).ThenRefused("NOTHING_PROPOSED");
        var paid = proposed.By(InvoiceStory.Nora).When(InvoiceStory.Payment("p", 1189)).Accepted();
        paid.By(Felix).When(new ApproveReceivableWriteOff(null)).ThenRefused("WRITE_OFF_EXCEEDS_OUTSTANDING");
        Survives(proposed.State);
        InvoiceStory.Drafted.When(new ApproveReceivableWriteOff(null)).ThenRefused("INVOICE_NOT_ISSUED");
    }

    private static Books Paid()
    {
        var books = new Books(Strict);
        books.Issue(Invoice, 0, 110);
        books.Pay(Invoice, "p1", 110);
        return books;
    }
}
