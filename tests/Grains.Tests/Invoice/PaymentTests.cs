using FsCheck;
using FsCheck.Fluent;
using Q2C.Invoices;
using static Q2C.Grains.Tests.Contracts.Samples;
using static Q2C.Grains.Tests.Invoices.InvoiceStory;

namespace Q2C.Grains.Tests.Invoices;

public sealed class PaymentTests
{
    [Fact]
    public void A_partial_payment_and_the_rest_settle_the_invoice()
    {
        var partly = Issued.When(Payment("p1", 400)).Then(
            new PaymentApplied(
                Id, ContractId, CustomerId, Payment("p1", 400), Eur(400), Eur(0), Eur(790),
                [new(Accounts.Cash, Eur(400)), new(Accounts.Receivable, Eur(-400))], DeciderSpec.Noon, "DE01"),
            new InvoiceStepAsked(
                InvoiceStep.PaymentPosting,
                new($"{Id}/payment-posting/p1/1", "netsuite", Id, new RecordErpPayment(
                    "p1", Id, CustomerId, Eur(400), Eur(400), Date.AddDays(10), "ref p1")),
                DeciderSpec.Noon));
        Assert.Equal(InvoiceStatus.PartiallyPaid, partly.View().Status);
        var paid = partly.When(Payment("p2", 790)).Accepted();
        Assert.Equal((InvoiceStatus.Paid, Eur(0)), (paid.View().Status, paid.View().Outstanding!.Value));
    }

    [Fact]
    public void What_the_customer_holds_back_is_owed_and_not_due_until_it_is_released()
    {
        var issued = New.When(Made(Draft with { Retention = new(10, null) })).Accepted()
            .Report("tax/1", Accepted(Answered)).Accepted().Report("posting/1", Accepted(new ErpInvoiceAnswer("INV-1001"))).Accepted();
        var invoice = issued.History.OfType<InvoiceIssued>().Single();
        Assert.Equal(Eur(100), invoice.Retained);
        Assert.Equal([new(Date.AddDays(30), Eur(1090)), new Instalment(DateOnly.MaxValue, Eur(100))], invoice.Instalments!.Value.AsEnumerable());

        var paid = issued.When(Payment("p1", 1090)).Accepted();
        Assert.Equal((InvoiceStatus.PartiallyPaid, Eur(100), Eur(100)), (paid.View().Status, paid.View().Outstanding, paid.View().Retained));
        var release = new ReleaseRetention(Date.AddDays(400), "The warranty is over.");
        var released = paid.When(release).Then(new RetentionReleased(
            Id, CustomerId, Eur(100), Date.AddDays(400), "The warranty is over.", "nora", DeciderSpec.Noon));
        Assert.Null(released.View().Retained);
        Assert.Equal(InvoiceStatus.Paid, released.When(Payment("p2", 100)).Accepted().View().Status);

        released.When(release).ThenRefused("NOTHING_RETAINED");
        paid.When(release with { Due = Date.AddDays(-1), Reason = " " }).ThenRefused("REASON_REQUIRED reason", "DUE_BEFORE_INVOICE due");
    }

    [Fact]
    public void What_is_paid_beyond_the_invoice_is_the_customers_credit()
    {
        var applied = Issued.When(Payment("p1", 1200)).Accepted().History.OfType<PaymentApplied>().Single();
        Assert.Equal((Eur(1190), Eur(10), Eur(0)), (applied.Applied, applied.Excess, applied.Outstanding));
        Assert.Equal(
            [new(Accounts.Cash, Eur(1200)), new(Accounts.Receivable, Eur(-1190)), new Posting(Accounts.CustomerCredit, Eur(-10))],
            applied.Postings.AsEnumerable());
    }

    [Fact]
    public void A_payment_that_comes_before_the_invoice_is_issued_is_held_and_then_applied()
    {
        var held = Taxed.When(Payment("p1", 1190)).Accepted();
        Assert.Equal(new PaymentHeld(Payment("p1", 1190), DeciderSpec.Noon), held.History[^1]);
        held.When(Payment("p1", 1190)).ThenNothing();
        var issued = held.Report("posting/1", Accepted(new ErpInvoiceAnswer("INV-1"))).Accepted();
        Assert.Equal(InvoiceStatus.Paid, issued.View().Status);
        Assert.Equal(["tax/1", "posting/1", "tax-commit/1", "psa-report/1", "payment-posting/p1/1"], issued.Asked());
    }

    [Fact]
    public void The_same_payment_counts_once()
    {
        var paid = Issued.When(Payment("p1", 400)).Accepted();
        paid.When(Payment("p1", 400)).ThenNothing();
        paid.When(Payment("p1", 300)).ThenRefused("PAYMENT_ID_REUSED paymentId");
    }

    [Fact]
    public void What_the_erp_shows_as_paid_is_a_payment_as_far_as_it_is_not_known_and_is_not_sent_back_to_it()
    {
        var heard = Issued.When(InErp(500)).Then(new PaymentApplied(
            Id, ContractId, CustomerId, new("INV-1001/50000", "netsuite", Eur(500), Date.AddDays(12), "INV-1001"), Eur(500), Eur(0), Eur(690),
            [new(Accounts.Cash, Eur(500)), new(Accounts.Receivable, Eur(-500))], DeciderSpec.Noon, "DE01"));
        heard.When(InErp(500)).ThenNothing();
        var both = heard.When(Payment("p1", 400)).Accepted();
        both.When(InErp(500)).ThenNothing();
        both.When(InErp(900)).ThenNothing();
        Assert.Equal((InvoiceStatus.Paid, Eur(290)), (
            both.When(InErp(1190)).Accepted().View().Status, both.When(InErp(1190)).Accepted().History.OfType<PaymentApplied>().Last().Applied));
        Issued.When(new ReportPaidInErp("netsuite", Money.Of(500, "USD"), Date, "INV-1001")).ThenRefused("CURRENCY_MISMATCH amount");
    }

    [Fact]
    public void What_the_erp_shows_as_paid_before_its_number_came_is_held()
    {
        var held = Taxed.When(InErp(1190)).Accepted();
        Assert.IsType<PaymentHeld>(held.History[^1]);
        held.When(InErp(1190)).ThenNothing();
    }

    [Fact]
    public void A_payment_in_another_currency_is_refused_and_both_are_named()
    {
        var decision = Issued.When(Payment("p1", 400, "USD"));
        decision.ThenRefused("CURRENCY_MISMATCH amount");
        Assert.Equal("The payment is in 'USD', the invoice in 'EUR'.", decision.Decision.Problems[0].Message);
    }

    [Fact]
    public void Money_for_an_invoice_that_was_rejected_is_held_for_a_person()
    {
        var before = Drafted.When(Payment("p1", 100)).Accepted().When(new RejectInvoice("mistake")).Accepted();
        var after = Drafted.When(new RejectInvoice("mistake")).Accepted().When(Payment("p1", 100)).Accepted();
        Assert.All([before, after], story => Assert.Equal(
            ("PAYMENT_WITHOUT_INVOICE", (Money?)Eur(100)), (story.View().Exceptions.Single().Code, story.View().Exceptions.Single().Held)));
        var closed = after.When(new SkipStep($"{Id}/held-payment/p1", "paid back")).Accepted();
        Assert.Empty(closed.View().Exceptions);
    }

    [Fact]
    public void Money_for_a_draft_of_which_a_refresh_left_nothing_is_held_for_a_person_and_nothing_else_waits()
    {
        var refreshing = Taxed.When(Payment("p1", 100)).Accepted().Report("posting/1", Refused()).Accepted()
            .When(new RefreshInvoice("work was taken back")).Accepted();
        var rejected = refreshing.When(new Observe(Draft.RunId, [new DraftRefreshed(Id, null, null, DeciderSpec.Noon)])).Accepted();
        Assert.Equal(InvoiceStatus.Rejected, rejected.View().Status);
        Assert.Equal(
            [("PAYMENT_WITHOUT_INVOICE", (Money?)Eur(100))],
            rejected.View().Exceptions.Select(item => (item.Code, item.Held)));
    }

    [Fact]
    public void A_refused_payment_posting_is_retried_with_the_part_that_was_applied()
    {
        var stuck = Issued.When(Payment("p1", 1200)).Accepted().Report("payment-posting/p1/1", Refused()).Accepted();
        var again = stuck.When(new RetryStep($"{Id}/payment-posting/p1/1", "bank account mapped")).Accepted();
        var operation = (RecordErpPayment)again.History.OfType<InvoiceStepAsked>().Last().Effect.Operation;
        Assert.Equal(("payment-posting/p1/2", Eur(1200), Eur(1190)), (again.Asked()[^1], operation.Amount, operation.Applied));
    }

    [Fact]
    public void Money_is_conserved_in_every_life_of_an_invoice() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte Payment, ushort Minor)[]>(), ArbMap.Default.ArbFor<byte>(), (payments, issuedAfter) =>
        {
            var story = Taxed;
            var received = Eur(0);
            var seen = new Dictionary<string, RecordPayment>();
            for (var i = 0; i <= payments.Length; i++)
            {
                if (i == issuedAfter % (payments.Length + 1))
                    story = story.Report("posting/1", Accepted(new ErpInvoiceAnswer("INV-1"))).Accepted();
                if (i == payments.Length) break;
                var (id, minor) = ($"p{payments[i].Payment % 9}", payments[i].Minor + 1);
                var payment = seen.TryGetValue(id, out var known) ? known : seen[id] = Payment(id, minor / 100m);
                if (known is null) received += payment.Amount;
                story = story.When(payment).Accepted();
            }

            var applied = story.History.OfType<PaymentApplied>().ToArray();
            var settled = applied.Aggregate(Eur(0), (sum, one) => sum + one.Applied);
            var excess = applied.Aggregate(Eur(0), (sum, one) => sum + one.Excess);
            Assert.Equal(Eur(1190), settled + story.View().Outstanding!.Value);
            Assert.Equal(received, settled + excess);
            Assert.True(story.View().Outstanding >= Eur(0));
            Assert.All(applied, one => Assert.Equal(Eur(0), one.Postings.Sum()));
            Assert.Equal(applied.Length, story.Asked().Count(effect => effect.StartsWith("payment-posting")));
            Survives(story.State);
        }).QuickCheckThrowOnFailure();

    private static ReportPaidInErp InErp(decimal amount) => new("netsuite", Eur(amount), Date.AddDays(12), "INV-1001");
}
