using Q2C.Grains.Invoices;
using Q2C.Invoices;
using Q2C.Revenues;
using static Q2C.Grains.Tests.Contracts.Samples;
using static Q2C.Grains.Tests.Invoices.InvoiceStory;

namespace Q2C.Grains.Tests.Invoices;

public sealed class InvoiceTests
{
    [Fact]
    public void A_draft_asks_for_its_tax_first() => New.When(Made(Draft)).Then(
        new InvoiceDrafted(Draft, DeciderSpec.Noon),
        new InvoiceStepAsked(
            InvoiceStep.Tax,
            new($"{Id}/tax/1", "avatax", Id, new RecordTax(new(
                Id, "DE01", CustomerId, "DE999999999", null, Date, "EUR", Berlin, Berlin,
                [new("1", "S-CONS", "Advice", 5m, Eur(750)), new("2", "S-TRAV", "Train", 1m, Eur(250))]))),
            DeciderSpec.Noon));

    [Fact]
    public void A_draft_that_comes_twice_is_one_invoice() => Drafted.When(Made(Draft)).ThenNothing();

    [Fact]
    public void A_taxed_draft_within_the_threshold_goes_to_the_erp() =>
        Drafted.Report("tax/1", Accepted(Answered)).Then(
            new InvoiceStepConfirmed(InvoiceStep.Tax, $"{Id}/tax/1", "ext", DeciderSpec.Noon),
            new InvoiceTaxed(TaxLines, Eur(190), Eur(1190), DeciderSpec.Noon),
            new InvoiceStepAsked(
                InvoiceStep.Posting,
                new($"{Id}/posting/1", "netsuite", Id, new PostErpInvoice(new(
                    Id, CustomerId, ContractId, ProjectId, "DE01", "EUR", Date, Date.AddDays(30), "PO-77", Berlin,
                    [
                        new("1", "consulting", "Advice", 5m, 150m, Eur(750), "S-CONS", Eur(142.50m)),
                        new("2", "travel", "Train", 1m, 250m, Eur(250), "S-TRAV", Eur(47.50m)),
                    ],
                    Eur(1000), Eur(190), Eur(1190)))),
                DeciderSpec.Noon));

    [Fact]
    public void What_the_erp_took_is_issued_and_everybody_is_told()
    {
        var issued = Issued;
        Assert.Equal(["tax/1", "posting/1", "tax-commit/1", "payment-request/1", "psa-report/1"], issued.Asked());
        var told = issued.History.OfType<InvoiceIssued>().Single();
        Assert.Equal(new[] { ProjectId, ContractId, CustomerId, "eu_run_1", RevenueIds.Of(ContractId) }, told.To.AsEnumerable());
        Assert.Equal(new[] { "t/1@1", "t/2@1", "e/1@1" }, told.ItemIds.AsEnumerable());
        Assert.Equal(
            [new RequestPayment(Id, CustomerId, "Alder AG", "billing@alder.example", "INV-1001", Eur(1190), Date.AddDays(30))],
            issued.History.OfType<InvoiceStepAsked>().Select(asked => asked.Effect.Operation).OfType<RequestPayment>());
        var view = issued.View();
        Assert.Equal(
            (InvoiceStatus.Issued, "INV-1001", Date.AddDays(30), Eur(1190), Eur(1190)),
            (view.Status, view.Number, view.DueDate!.Value, view.Total!.Value, view.Outstanding!.Value));
    }

    [Fact]
    public void An_issued_invoice_posts_receivable_against_revenue_and_tax()
    {
        var postings = Issued.History.OfType<InvoiceIssued>().Single().Postings;
        Assert.Equal(
            [new(Accounts.Receivable, Eur(1190)), new(Accounts.Revenue, Eur(-1000)), new Posting(Accounts.TaxPayable, Eur(-190))],
            postings.AsEnumerable());
        Assert.Equal(Eur(0), postings.Sum());
    }

    [Fact]
    public void Above_the_threshold_a_second_person_approves()
    {
        Assert.Equal(InvoiceStatus.AwaitingApproval, Waiting.View().Status);
        Assert.Equal(["tax/1"], Waiting.Asked());
        var approved = Waiting.By(Fiona).When(new ApproveInvoice("fine")).Accepted();
        Assert.Equal(new InvoiceApproved("fiona", "fine", DeciderSpec.Noon), approved.History.OfType<InvoiceApproved>().Single());
        Assert.Equal((InvoiceStatus.Posting, "posting/1"), (approved.View().Status, approved.Asked()[^1]));
    }

    [Fact]
    public void Exactly_at_the_threshold_nobody_has_to_approve()
    {
        var atThreshold = New.When(Made(Draft with { Routing = Routing with { ApprovalThreshold = Eur(1000) } })).Accepted();
        Assert.Equal(InvoiceStatus.Posting, atThreshold.Report("tax/1", Accepted(Answered)).Accepted().View().Status);
    }

    [Fact]
    public void Who_prepared_the_run_cannot_approve_even_with_the_role() =>
        Waiting.By(new("nora", [Roles.FinanceApprover])).When(new ApproveInvoice(null)).ThenRefused("APPROVER_IS_PREPARER");

    [Fact]
    public void An_invoice_that_the_erp_holds_cannot_be_given_up_whatever_the_erp_refused_since()
    {
        var differs = new EffectOutcome.Refused("ERP_TOTAL_DIFFERS", "The ERP has it with 1,191.00.", "Correct it there.", ErrorClass.Business);
        var story = Taxed.Report("posting/1", differs).Accepted();
        story.When(new RejectInvoice("late")).ThenRefused("POSTING_IN_PROGRESS");
        story = story.When(new RetryStep($"{Id}/posting/1", "corrected")).Accepted().Report("posting/2", Refused()).Accepted();
        story.When(new RejectInvoice("late")).ThenRefused("POSTING_IN_PROGRESS");
        story.When(new CorrectInvoice($"{Id}/posting/2", null, "DE1", "r")).ThenRefused("POSTING_IN_PROGRESS");
        Survives(story.State);
    }

    [Fact]
    public void A_rejected_draft_voids_its_tax_and_opens_its_items()
    {
        var rejected = Waiting.By(Fiona).When(new RejectInvoice("wrong rate")).Accepted();
        var rejection = Assert.IsType<InvoiceRejected>(rejected.History[^2]);
        Assert.Equal([ProjectId, "eu_run_1", CustomerId], rejection.To.AsEnumerable());
        Assert.Equal(["t/1@1", "t/2@1", "e/1@1"], rejection.ItemIds!.Value.AsEnumerable());
        Assert.Equal(
            [
                rejection with { Reason = "wrong rate", By = "fiona" },
                new InvoiceStepAsked(InvoiceStep.TaxVoid, new($"{Id}/tax-void/1", "avatax", Id, new VoidTax(Id, "wrong rate")), DeciderSpec.Noon),
            ],
            rejected.History[^2..]);
        Assert.Equal(InvoiceStatus.Rejected, rejected.View().Status);
        rejected.When(new RejectInvoice("again")).ThenNothing();
    }

    [Fact]
    public void A_tax_document_that_is_under_way_is_voided_when_it_has_arrived()
    {
        var rejected = Drafted.When(new RejectInvoice("mistake")).Accepted();
        Assert.Equal(["tax/1"], rejected.Asked());
        Assert.Equal(["tax/1", "tax-void/1"], rejected.Report("tax/1", Accepted(Answered)).Accepted().Asked());
        var refused = rejected.Report("tax/1", Refused()).Accepted();
        Assert.Equal((1, true), (refused.Asked().Length, refused.View().Exceptions.IsEmpty));
    }

    [Fact]
    public void Credentials_that_are_refused_are_work_for_the_administrator()
    {
        var refused = new EffectOutcome.Unavailable("CREDENTIALS_REFUSED", "The key is not known.", DeciderSpec.Noon);
        var item = Drafted.Report("tax/1", refused).Accepted().View().Exceptions.Single();
        Assert.Equal(
            ("CREDENTIALS_REFUSED", "Renew the credentials of the connection 'avatax'; it then goes on by itself.", Roles.Administrator),
            (item.Code, item.Remedy, item.OwnerRole));
    }

    [Fact]
    public void A_tax_outage_shows_and_resolves_itself_when_tax_is_back()
    {
        var waiting = Drafted.Report("tax/1", Away()).Accepted();
        var item = waiting.View().Exceptions.Single();
        Assert.Equal(
            ("SYSTEM_UNAVAILABLE", "Nothing to do: this resolves itself when avatax is back.", (Money?)Eur(1000)),
            (item.Code, item.Remedy, item.Held));
        Assert.Equal(InvoiceStatus.Taxing, waiting.View().Status);
        var back = waiting.Report("tax/1", Accepted(Answered)).Accepted();
        Assert.Equal((InvoiceStatus.Posting, true), (back.View().Status, back.View().Exceptions.IsEmpty));
    }

    [Fact]
    public void An_answer_that_does_not_cover_the_lines_is_not_taken()
    {
        TaxAnswer[] wrong =
        [
            new([TaxLines[0]], Eur(142.50m)), new([.. TaxLines, TaxLines[0]], Eur(332.50m)), new(TaxLines, Eur(191)),
            new([TaxLines[0], TaxLines[1] with { Tax = Money.Of(47.50m, "USD") }], Eur(190)),
        ];
        Assert.All(wrong, answer => Assert.Equal(
            "TAX_ANSWER_INCOMPLETE", Drafted.Report("tax/1", Accepted(answer)).Accepted().View().Exceptions.Single().Code));
        var again = Drafted.Report("tax/1").Accepted().When(new RetryStep($"{Id}/tax/1", "engine mended")).Accepted();
        Assert.Equal(InvoiceStatus.Posting, again.Report("tax/2", Accepted(Answered)).Accepted().View().Status);
    }

    [Fact]
    public void An_erp_refusal_holds_the_total_for_finance_and_a_retry_posts_again()
    {
        var stuck = Taxed.Report("posting/1", Refused()).Accepted();
        var item = stuck.View().Exceptions.Single();
        Assert.Equal((Roles.Finance, (Money?)Eur(1190), "Invoice in ERP"), (item.OwnerRole, item.Held, item.Step));
        var again = stuck.When(new RetryStep(item.Id, "period opened")).Accepted();
        Assert.Equal("posting/2", again.Asked()[^1]);
        Assert.Equal(InvoiceStatus.Issued, again.Report("posting/2", Accepted(new ErpInvoiceAnswer("INV-7"))).Accepted().View().Status);
    }

    [Fact]
    public void A_correction_is_taxed_and_approved_anew_and_who_made_it_cannot_approve()
    {
        var stuck = Waiting.By(Fiona).When(new ApproveInvoice(null)).Accepted().Report("posting/1", Refused()).Accepted();
        var both = new Actor("otto", [Roles.Operator, Roles.FinanceApprover]);
        var corrected = stuck.By(both).When(new CorrectInvoice($"{Id}/posting/1", null, "DE111111111", "right number")).Accepted();
        Assert.Equal("tax/2", corrected.Asked()[^1]);
        Assert.Equal("DE111111111", corrected.View().Draft.Customer.TaxNumber);
        var waiting = corrected.Report("tax/2", Accepted(Answered)).Accepted();
        Assert.Equal(InvoiceStatus.AwaitingApproval, waiting.View().Status);
        waiting.When(new ApproveInvoice(null)).ThenRefused("APPROVER_IS_PREPARER");
        Assert.Equal("posting/2", waiting.By(Fiona).When(new ApproveInvoice(null)).Accepted().Asked()[^1]);
    }

    [Fact]
    public void A_refused_posting_can_be_given_up()
    {
        var rejected = Taxed.Report("posting/1", Refused()).Accepted().When(new RejectInvoice("cannot be posted")).Accepted();
        Assert.Equal((InvoiceStatus.Rejected, true), (rejected.View().Status, rejected.View().Exceptions.IsEmpty));
        Assert.Equal("tax-void/1", rejected.Asked()[^1]);
    }

    [Fact]
    public void The_posting_of_a_draft_that_was_changed_since_cannot_be_skipped_while_it_waits_for_tax_or_approval()
    {
        var stuck = Waiting.By(Fiona).When(new ApproveInvoice(null)).Accepted().Report("posting/1", Refused()).Accepted();
        var changed = stuck.By(Nora).When(new OverrideInvoiceLine("1", null, 140, null, "agreed")).Accepted();
        var waiting = changed.Report("tax/2", Accepted(new TaxAnswer([new("1", Eur(133), 0.19m, "DE"), TaxLines[1]], Eur(180.50m)))).Accepted();
        Assert.Equal(InvoiceStatus.AwaitingApproval, waiting.View().Status);
        waiting.When(new SkipStep($"{Id}/posting/1", "never mind")).ThenRefused("STEP_NOT_SKIPPABLE exceptionId");
        var posted = waiting.By(Fiona).When(new ApproveInvoice(null)).Accepted().Report("posting/2", Accepted(new ErpInvoiceAnswer("INV-7"))).Accepted();
        Assert.Equal((InvoiceStatus.Issued, true), (posted.View().Status, posted.View().Exceptions.IsEmpty));
    }

    [Fact]
    public void An_answer_without_a_number_is_asked_for_again_and_the_draft_cannot_be_given_up()
    {
        var unclear = Taxed.Report("posting/1").Accepted();
        Assert.Equal("POSTING_ANSWER_INCOMPLETE", unclear.View().Exceptions.Single().Code);
        unclear.When(new RejectInvoice("never mind")).ThenRefused("POSTING_IN_PROGRESS");
        Assert.Equal("posting/2", unclear.When(new RetryStep($"{Id}/posting/1", "look again")).Accepted().Asked()[^1]);
    }

    [Fact]
    public void An_invoice_that_the_erp_has_with_another_total_is_retried_and_cannot_be_given_up()
    {
        var differs = Taxed.Report("posting/1", new EffectOutcome.Refused(
            InvoiceExceptions.ErpTotalDiffers, "The total differs.", "Correct it there.", ErrorClass.Business)).Accepted();
        differs.When(new RejectInvoice("never mind")).ThenRefused("POSTING_IN_PROGRESS");
        Assert.Equal("posting/2", differs.When(new RetryStep($"{Id}/posting/1", "corrected there")).Accepted().Asked()[^1]);
    }

    [Fact]
    public void What_follows_an_issue_can_be_skipped_with_a_reason()
    {
        var stuck = Issued.Report("payment-request/1", Refused()).Accepted();
        var skipped = stuck.When(new SkipStep($"{Id}/payment-request/1", "pays by bank transfer")).Accepted();
        Assert.Equal((InvoiceStatus.Issued, true), (skipped.View().Status, skipped.View().Exceptions.IsEmpty));
    }

    [Fact]
    public void Late_and_repeated_reports_change_nothing()
    {
        Issued.Report("tax/1", Accepted(Answered)).ThenNothing();
        Issued.Report("posting/1", Refused()).ThenNothing();
        Issued.Report("posting/9").ThenNothing();
    }

    [Fact]
    public void A_snapshot_of_each_state_is_read_as_it_was_written()
    {
        Survives(New.State);
        Survives(Drafted.Report("tax/1", Away()).Accepted().State);
        Survives(Waiting.State);
        Survives(Taxed.State);
        Survives(Issued.When(Payment("p1", 100)).Accepted().State);
        Survives(Waiting.By(Fiona).When(new RejectInvoice("no")).Accepted().State);
    }
}
