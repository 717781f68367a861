using System.Collections.Immutable;
using Q2C.Grains.Invoices;
using Q2C.Grains.Tests.Contracts;
using Q2C.Invoices;
using Q2C.Policies;
using static Q2C.Grains.Tests.Contracts.Samples;
using static Q2C.Grains.Tests.Invoices.InvoiceStory;

namespace Q2C.Grains.Tests.Invoices;

public sealed class TaxOutageTests
{
    private static readonly TaxOutagePolicy AtOnce = new(
        true, TimeSpan.Zero, ImmutableDictionary<string, decimal>.Empty.Add("S-CONS", 19).Add("S-TRAV", 7));

    /// <summary>19 % of 750.00 and 7 % of 250.00: 142.50 + 17.50.</summary>
    private static readonly Money Estimate = Eur(160);

    [Fact]
    public void Without_a_policy_a_draft_waits_for_the_tax_engine()
    {
        var waiting = Drafted.Report("tax/1", Away()).Accepted();
        Assert.Equal(InvoiceStatus.Taxing, waiting.View().Status);
        Assert.Equal("SYSTEM_UNAVAILABLE", waiting.View().Exceptions.Single().Code);
        Assert.Equal(InvoiceStatus.Posting, waiting.Report("tax/1", Accepted(Answered)).Accepted().View().Status);
    }

    [Fact]
    public void With_the_policy_it_goes_on_with_an_estimate_that_says_so()
    {
        var estimated = Out(AtOnce);
        var view = estimated.View();
        Assert.Equal((InvoiceStatus.Posting, Estimate, Eur(1160), true), (view.Status, view.Tax, view.Total, view.TaxEstimated));
        Assert.Equal([("1", Eur(142.50m), 0.19m), ("2", Eur(17.50m), 0.07m)], view.TaxLines.Select(line => (line.LineId, line.Tax, line.Rate)));
        Survives(estimated.State);
    }

    [Fact]
    public void An_estimate_waits_as_long_as_the_policy_says_and_is_not_made_if_the_engine_answers_before()
    {
        var later = Out(AtOnce with { After = TimeSpan.FromHours(1) });
        var due = later.History.OfType<TaxEstimateDue>().Single().Due;
        Assert.Equal((DeciderSpec.Noon.AddHours(1), new EstimateTax(null)), (due.At, (EstimateTax)due.Command));
        Assert.Equal(InvoiceStatus.Taxing, later.View().Status);
        Assert.Equal(Estimate, later.By(Actor.System).When(due.Command, due.Key).Accepted().View().Tax);
        later.Report("tax/1", Accepted(Answered)).Accepted().By(Actor.System).When(due.Command, due.Key).ThenNothing();
    }

    [Fact]
    public void An_outage_that_shows_itself_in_several_ways_puts_the_estimate_off_no_further()
    {
        var away = Out(AtOnce with { After = TimeSpan.FromHours(1) }).At(DeciderSpec.Noon.AddMinutes(50));
        var unclear = away.Report("tax/1", new EffectOutcome.Unknown("No whole answer within 60 seconds.")).Accepted();
        Assert.Equal(DeciderSpec.Noon.AddHours(1), unclear.History.OfType<TaxEstimateDue>().Single().Due.At);
    }

    [Fact]
    public void An_answer_that_comes_before_the_posting_takes_the_place_of_the_estimate()
    {
        var waiting = New.Under(With(AtOnce)).When(Made(Draft with { Routing = Routing with { ApprovalThreshold = Eur(500) } })).Accepted()
            .Report("tax/1", Away()).Accepted();
        Assert.Equal((InvoiceStatus.AwaitingApproval, Estimate), (waiting.View().Status, waiting.View().Tax));
        var answered = waiting.Report("tax/1", Accepted(Answered)).Accepted();
        Assert.Equal((InvoiceStatus.AwaitingApproval, Eur(190), false), (answered.View().Status, answered.View().Tax, answered.View().TaxEstimated));
    }

    [Fact]
    public void An_answer_that_comes_after_the_issue_is_trued_up_in_the_books_and_a_person_decides_about_the_customer()
    {
        var issued = Out(AtOnce).Report("posting/1", Accepted(new ErpInvoiceAnswer("INV-1"))).Accepted();
        Assert.DoesNotContain("tax-commit/1", issued.Asked());
        var trued = issued.Report("tax/1", Accepted(Answered)).Accepted();
        Assert.Equal(
            new TaxTruedUp(Id, Estimate, Eur(190), Eur(30), [], DeciderSpec.Noon, ContractId, "DE01", Date),
            trued.History.OfType<TaxTruedUp>().Single() with { Postings = [] });
        Assert.Equal(
            [new(Accounts.TaxVariance, Eur(30)), new Posting(Accounts.TaxPayable, Eur(-30))],
            trued.History.OfType<TaxTruedUp>().Single().Postings.AsEnumerable());
        Assert.Equal(("TAX_ESTIMATE_DIFFERS", Eur(30)), (trued.View().Exceptions.Single().Code, trued.View().Exceptions.Single().Held!.Value));
        Assert.Equal((Eur(1160), Eur(1160)), (trued.View().Total, trued.View().Outstanding));
        Assert.Contains("tax-commit/1", trued.Asked());
        trued.When(new RetryStep($"{Id}/tax-estimate", "r")).ThenRefused("EXCEPTION_NOT_RETRYABLE exceptionId");
        Assert.Empty(trued.When(new SkipStep($"{Id}/tax-estimate", "we bear it")).Accepted().View().Exceptions);
        Survives(trued.State);
    }

    [Fact]
    public void An_answer_during_the_posting_is_trued_up_when_the_invoice_is_issued_and_an_equal_one_bothers_nobody()
    {
        var late = Out(AtOnce).Report("tax/1", Accepted(new TaxAnswer([new("1", Eur(142.50m), 0.19m, "DE"), new("2", Eur(17.50m), 0.07m, "DE")], Estimate))).Accepted();
        Assert.True(late.View().TaxEstimated);
        var issued = late.Report("posting/1", Accepted(new ErpInvoiceAnswer("INV-1"))).Accepted();
        Assert.True(issued.History.OfType<TaxTruedUp>().Single().Difference.IsZero);
        Assert.Equal((false, 0), (issued.View().TaxEstimated, issued.View().Exceptions.Length));
        Assert.Contains("tax-commit/1", issued.Asked());
    }

    [Fact]
    public void A_person_can_have_it_estimated_and_an_estimate_needs_percents_and_an_outage()
    {
        var parked = Out(AtOnce with { Estimate = false });
        Assert.Equal(InvoiceStatus.Taxing, parked.View().Status);
        Assert.Equal(Estimate, parked.When(new EstimateTax("month end")).Accepted().View().Tax);
        parked.By(new("anna", [Roles.Sales])).When(new EstimateTax("")).ThenRefused("FORBIDDEN", "REASON_REQUIRED reason");
        Drafted.Under(With(AtOnce)).When(new EstimateTax("r")).ThenRefused("TAX_ENGINE_AVAILABLE");
        Issued.Under(With(AtOnce)).When(new EstimateTax("r")).ThenRefused("INVOICE_NOT_TAXING");
        Drafted.Report("tax/1", Away()).Accepted().When(new EstimateTax("r")).ThenRefused("TAX_ESTIMATE_MISSING");
        New.When(new EstimateTax("r")).ThenRefused("NOT_FOUND");
    }

    [Fact]
    public void What_the_engine_refuses_is_no_outage() =>
        Assert.Equal(InvoiceStatus.Taxing, New.Under(With(AtOnce)).When(Made(Draft)).Accepted().Report("tax/1", Refused()).Accepted().View().Status);

    private static Given<InvoiceState> Out(TaxOutagePolicy policy) =>
        New.Under(With(policy)).When(Made(Draft)).Accepted().Report("tax/1", Away()).Accepted();

    private static PolicySet With(TaxOutagePolicy policy) => Samples.Policies with
    {
        LegalEntities = Samples.Policies.LegalEntities.SetItem("DE01", Northwind with { Billing = BillingPolicy.Default with { TaxOutage = policy } }),
    };
}
