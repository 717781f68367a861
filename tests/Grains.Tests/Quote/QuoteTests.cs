using Q2C.Contracts;
using Q2C.Grains.Contracts;
using Q2C.Grains.Quotes;
using Q2C.Grains.Tests.Contracts;
using Q2C.Quotes;

namespace Q2C.Grains.Tests.Quotes;

public sealed class QuoteTests
{
    private static readonly SubmitQuote Offer = new(Samples.Quote, new DateOnly(2026, 3, 31));
    private static readonly string ContractId = Ids.Derive("eu", Ids.Contract, "salesforce", "006A");
    private static readonly Actor Sam = new("sam", [Roles.Sales]);
    private static readonly Actor Sue = new("sue", [Roles.Sales]);
    private static readonly Actor Crm = new("crm", [Roles.Machine]);

    private static readonly Given<QuoteState> New = Quote.Decider.Given().In("eu_qt_1").By(Sam);

    private static readonly Given<QuoteState> Submitted = New.When(Offer).Then(new QuoteSubmitted(ContractId, Offer, "sam", DeciderSpec.Noon));

    [Fact]
    public void A_second_person_approves_and_the_contract_hears_of_it()
    {
        var approved = new QuoteApproved(ContractId, Samples.Quote, "sue", "Signed", DeciderSpec.Noon);

        Submitted.By(Sue).When(new ApproveQuote("Signed")).Then(approved).When(new ApproveQuote("Again")).ThenNothing();
        Assert.Equal(ContractId, Assert.Single(approved.To));
    }

    [Fact]
    public void Who_submitted_a_quote_does_not_approve_it_but_a_machine_reports_what_was_decided_elsewhere()
    {
        Submitted.When(new ApproveQuote(null)).ThenRefused(QuoteProblems.OwnQuote);
        New.By(Crm).When(Offer).Accepted().When(new ApproveQuote(null)).Accepted();
    }

    [Fact]
    public void A_newer_version_replaces_an_older_one_is_stale_and_a_decided_one_stays()
    {
        var newer = Offer with { Offer = Samples.Quote with { SourceVersion = DeciderSpec.Noon.AddHours(1), Name = "Alder portal 2" } };

        Submitted.When(Offer).ThenNothing();
        var replaced = Submitted.When(newer).Then(new QuoteSubmitted(ContractId, newer, "sam", DeciderSpec.Noon));
        replaced.When(Offer).ThenStale();
        replaced.By(Sue).When(new ApproveQuote(null)).Accepted().When(newer with { ValidUntil = null }).ThenRefused(QuoteProblems.QuoteDecided);
    }

    [Fact]
    public void A_quote_is_declined_with_a_reason_and_then_cannot_be_approved()
    {
        Submitted.When(new DeclineQuote("")).ThenRefused($"{OperatorProblems.ReasonRequired} reason");
        Submitted.When(new DeclineQuote("Too dear")).Then(new QuoteDeclined("Too dear", "sam", DeciderSpec.Noon))
            .By(Sue).When(new ApproveQuote(null)).ThenRefused(QuoteProblems.QuoteDecided);
    }

    [Fact]
    public void After_its_last_day_a_quote_cannot_be_approved() =>
        Submitted.By(Sue).At(new(2026, 4, 1, 0, 0, 0, TimeSpan.Zero)).When(new ApproveQuote(null)).ThenRefused(QuoteProblems.QuoteExpired);

    [Fact]
    public void What_could_be_no_contract_is_refused_when_it_is_submitted()
    {
        New.When(Offer with { Offer = Samples.Quote with { Lines = [] } }).ThenRefused($"{ContractProblems.LinesMissing} lines");
        New.When(new ApproveQuote(null)).ThenRefused(ProblemCodes.NotFound);
        New.When(new CompensateActivation("No")).ThenRefused(ProblemCodes.UnsupportedCommand);
    }

    [Fact]
    public void An_approved_quote_becomes_the_contract_as_one_that_the_crm_reports_does()
    {
        var approved = new QuoteApproved(Samples.ContractId, Samples.Quote, "sue", null, DeciderSpec.Noon);

        var accepted = ContractStory.New.When(new Observe("eu_qt_1", [approved])).Accepted();

        Assert.Equal(Samples.ContractId, accepted.History.OfType<QuoteAccepted>().Single().ContractId);
        accepted.When(new Observe("eu_qt_1", [approved])).ThenNothing();
    }

    [Fact]
    public void A_second_quote_for_a_running_contract_waits_for_a_person()
    {
        var other = Samples.Quote with { QuoteId = "0Q0B", SourceVersion = DeciderSpec.Noon.AddDays(1) };

        var after = ContractStory.Active.When(new Observe("eu_qt_2", [new QuoteApproved(Samples.ContractId, other, "sue", null, DeciderSpec.Noon)]))
            .Accepted();

        var item = after.History.OfType<ExceptionRaised>().Last().Item;
        Assert.Equal(("quote/0Q0B", ContractProblems.ContractAlreadyAccepted), (item.Id, item.Code));
        after.When(new SkipStep("quote/0Q0B", "The first one holds")).Accepted();
    }
}
