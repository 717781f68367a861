using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Customers;
using Q2C.Grains.BillingRuns;
using Q2C.Grains.Customers;
using Q2C.Grains.Projects;
using Q2C.Grains.Tests.Contracts;
using Q2C.Grains.Tests.Invoices;
using Q2C.Invoices;
using Q2C.Projects;
using static Q2C.Grains.Tests.Contracts.Samples;
using Work = Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.BillingRuns;

public sealed class HoldTests
{
    private const string Run = "eu_run_1";
    private static readonly DateOnly Day = new(2026, 3, 31);

    private static Given<ProjectState> Working => Project.Decider.Given(Work.Opened).In(Work.ProjectId)
        .When(Work.Reported(Work.Hours("1", 2, Work.Consultant, 4))).Accepted();

    [Fact]
    public void What_is_held_has_no_part_in_a_run_and_has_one_again_when_it_is_released()
    {
        var held = Working.When(new HoldBilling("rates are being negotiated")).Accepted();
        var hold = held.History.OfType<BillingHeld>().Single().Hold;
        Assert.Equal(("rates are being negotiated", "nora", Work.ProjectId), (hold.Reason, hold.By, hold.On));
        var asked = held.When(Ask(Run)).Accepted();
        var answer = asked.History.OfType<ItemsReserved>().Single();
        Assert.Empty(answer.Items);
        Assert.Equal(hold, answer.Hold);
        Assert.Null(Reservations.Preview(held.State, Day));

        var released = asked.When(new ReleaseBilling(hold.Id, "agreed")).Accepted().When(Ask("eu_run_2"), "key-2").Accepted();
        Assert.Single(released.History.OfType<ItemsReserved>().Last().Items);
        Survives(held.State);
    }

    [Fact]
    public void Several_holds_are_kept_in_order_and_all_have_to_be_released()
    {
        var two = Working.When(new HoldBilling("first"), "key-a").Accepted().When(new HoldBilling("second"), "key-b").Accepted();
        var view = Project.Render(two.State, "p", 1)!.Holds!.Value;
        Assert.Equal(["first", "second"], view.Select(hold => hold.Reason));
        var one = two.When(new ReleaseBilling(view[0].Id, "done")).Accepted();
        Assert.Equal(view[1], one.When(Ask(Run)).Accepted().History.OfType<ItemsReserved>().Single().Hold);
        one.When(new ReleaseBilling(view[0].Id, "again")).ThenRefused("HOLD_UNKNOWN holdId");
    }

    [Fact]
    public void A_customers_hold_goes_down_to_its_contracts_and_their_projects_and_is_released_where_it_was_placed()
    {
        var customer = Customer.Decider.Given(
                new CustomerRegistered(CustomerId, new("crm", DeciderSpec.Noon, Alder), DeciderSpec.Noon), new ContractLinked(ContractId, DeciderSpec.Noon))
            .In(CustomerId).When(new HoldBilling("insolvency feared")).Accepted();
        var held = customer.History.OfType<BillingHeld>().Single();
        Assert.Equal([ContractId], held.To.AsEnumerable());

        var contract = ContractStory.Active.When(new Observe(CustomerId, [held]), "on/customer").Accepted();
        var passedOn = contract.History.OfType<BillingHeld>().Single();
        Assert.Equal((held.Hold, Samples.ProjectId), (passedOn.Hold, passedOn.To.Single()));
        contract.When(new Observe(CustomerId, [held]), "on/customer-again").ThenNothing();
        contract.When(new ReleaseBilling(held.Hold.Id, "here"), "key-2").ThenRefused("HOLD_OF_ANOTHER holdId");

        var project = Working.When(new Observe(ContractId, [passedOn]), "on/contract").Accepted();
        Assert.Equal(held.Hold, project.When(Ask(Run)).Accepted().History.OfType<ItemsReserved>().Single().Hold);
        var released = customer.When(new ReleaseBilling(held.Hold.Id, "paid in advance"), "key-2").Accepted().History.OfType<BillingHoldReleased>().Single();
        var relayed = contract.When(new Observe(CustomerId, [released]), "on/release").Accepted().History.OfType<BillingHoldReleased>().Single();
        Assert.Single(project.When(new Observe(ContractId, [relayed]), "on/relayed").Accepted().When(Ask(Run)).Accepted().History.OfType<ItemsReserved>().Single().Items);
        Survives(contract.State);
        Survives(customer.State);
    }

    [Fact]
    public void What_holds_a_project_holds_its_drafts_too_and_is_released_with_it()
    {
        var drafted = InvoiceStory.Drafted.History.OfType<InvoiceDrafted>().Single();
        Assert.Equal([drafted.Draft.ProjectId], drafted.To.AsEnumerable());
        var project = Working.When(new Observe(drafted.Draft.InvoiceId, [drafted]), "on/drafted").Accepted();
        Assert.Empty(project.History.OfType<DraftNoted>().Single().To);

        var held = project.When(new Observe(ContractId, [new BillingHeld(new("eu_hold_1", CustomerId, "insolvency feared", "nora", DeciderSpec.Noon), [Work.ProjectId], DeciderSpec.Noon)]), "on/contract").Accepted();
        var passedOn = held.History.OfType<BillingHeld>().Single();
        Assert.Equal([drafted.Draft.InvoiceId], passedOn.To.AsEnumerable());
        var invoice = InvoiceStory.Drafted.When(new Observe(Work.ProjectId, [passedOn]), "on/project").Accepted();
        invoice.When(new Observe(Work.ProjectId, [passedOn]), "on/project-again").ThenNothing();
        var taxed = invoice.Report("tax/1", InvoiceStory.Accepted(InvoiceStory.Answered)).Accepted();
        Assert.DoesNotContain("posting/1", taxed.Asked());
        taxed.When(new ReleaseBilling("eu_hold_1", "here"), "key-2").ThenRefused("HOLD_OF_ANOTHER holdId");

        var released = held.When(new Observe(ContractId, [new BillingHoldReleased("eu_hold_1", "paid", "nora", [Work.ProjectId], DeciderSpec.Noon)]), "on/release").Accepted()
            .History.OfType<BillingHoldReleased>().Single();
        Assert.Contains("posting/1", taxed.When(new Observe(Work.ProjectId, [released]), "on/released").Accepted().Asked());
        Survives(held.State);
        Survives(taxed.State);
    }

    [Fact]
    public void A_draft_that_comes_to_a_held_project_is_held_and_one_that_the_erp_has_is_not()
    {
        var drafted = InvoiceStory.Drafted.History.OfType<InvoiceDrafted>().Single();
        var held = Working.When(new HoldBilling("rates are being negotiated")).Accepted();
        var noted = held.When(new Observe(drafted.Draft.InvoiceId, [drafted]), "on/drafted").Accepted().History.OfType<DraftNoted>().Single();
        Assert.Equal([drafted.Draft.InvoiceId], noted.To.AsEnumerable());

        Assert.Equal("rates are being negotiated", InvoiceStory.Drafted.When(new Observe(Work.ProjectId, [noted]), "on/noted").Accepted().View().Holds!.Value.Single().Reason);
        InvoiceStory.Issued.When(new Observe(Work.ProjectId, [noted]), "on/noted").ThenNothing();
        InvoiceStory.Taxed.When(new Observe(Work.ProjectId, [noted]), "on/noted").ThenNothing();
    }

    [Fact]
    public void A_project_forgets_a_draft_that_is_issued()
    {
        var drafted = InvoiceStory.Drafted.History.OfType<InvoiceDrafted>().Single();
        var settled = Working.When(new Observe(drafted.Draft.InvoiceId, [drafted]), "on/drafted").Accepted()
            .When(new Observe(drafted.Draft.InvoiceId, [InvoiceStory.Issued.History.OfType<InvoiceIssued>().Single()]), "on/issued").Accepted();
        Assert.Empty(settled.When(new HoldBilling("late")).Accepted().History.OfType<BillingHeld>().Single().To);
    }

    [Fact]
    public void A_contract_that_comes_to_a_held_customer_is_held_too()
    {
        var customer = Customer.Decider.Given(new CustomerRegistered(CustomerId, new("crm", DeciderSpec.Noon, Alder), DeciderSpec.Noon)).In(CustomerId)
            .When(new HoldBilling("new terms first")).Accepted();
        var linked = customer.When(new Observe(ContractId, [ContractStory.Active.History.OfType<ContractActivated>().Single()]), "on/ct").Accepted();
        Assert.Equal([ContractId], linked.History.OfType<BillingHeld>().Last().To.AsEnumerable());
        Assert.Single(Customer.Render(linked.State, CustomerId, 1)!.Holds!.Value);
    }

    [Fact]
    public void The_run_says_what_it_left_out_and_why()
    {
        var hold = new BillingHold("eu_hold_1", Work.ProjectId, "dispute", "nora", DeciderSpec.Noon);
        var story = BillingRun.Decider.Given().In(Run).Under(Samples.Policies).When(new StartBillingRun("DE01", Day, Day, [Samples.ProjectId])).Accepted()
            .When(new Observe(Samples.ProjectId, [new ItemsReserved(
                Run, Samples.ProjectId, ContractId, CustomerId, Alder, InvoiceStory.Routing, new(1, Start, "EUR", [Advice]), [], DeciderSpec.Noon, Hold: hold)])).Accepted();
        var view = BillingRun.Render(story.State, 2)!;
        Assert.True(view.Completed);
        Assert.Equal(new HeldProject(Samples.ProjectId, hold), view.OnHold!.Value.Single());
        Survives(story.State);
    }

    [Fact]
    public void A_held_draft_is_taxed_and_approved_and_not_posted_before_it_is_released()
    {
        var held = InvoiceStory.Drafted.When(new HoldBilling("customer wants a different PO")).Accepted();
        var taxed = held.Report("tax/1", InvoiceStory.Accepted(InvoiceStory.Answered)).Accepted();
        Assert.DoesNotContain("posting/1", taxed.Asked());
        var hold = taxed.View().Holds!.Value.Single();
        Assert.Contains("posting/1", taxed.When(new ReleaseBilling(hold.Id, "PO came")).Accepted().Asked());
        Survives(taxed.State);
    }

    [Fact]
    public void What_cannot_be_held_or_released_is_refused_with_the_reason()
    {
        var anna = new Actor("anna", [Roles.Sales]);
        Working.By(anna).When(new HoldBilling("")).ThenRefused("FORBIDDEN", "REASON_REQUIRED reason");
        Project.Decider.Given().When(new HoldBilling("r")).ThenRefused("PROJECT_NOT_OPEN");
        Customer.Decider.Given().When(new HoldBilling("r")).ThenRefused("NOT_FOUND");
        InvoiceStory.Issued.When(new HoldBilling("late")).ThenRefused("INVOICE_ALREADY_ISSUED");
        InvoiceStory.Taxed.When(new HoldBilling("late")).ThenRefused("POSTING_IN_PROGRESS");
        InvoiceStory.Drafted.When(new ReleaseBilling("eu_hold_1", "r")).ThenRefused("HOLD_UNKNOWN holdId");
        InvoiceStory.New.When(new HoldBilling("r")).ThenRefused("NOT_FOUND");
    }

    private static Observe Ask(string run) =>
        new(run, [new ReservationAsked(run, Work.ProjectId, Work.Entity, Day, DeciderSpec.Noon)]);
}
