using FsCheck;
using FsCheck.Fluent;
using Q2C.Contracts;
using Q2C.Grains.Contracts;
using Q2C.Revenues;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Contracts;

public sealed class ActivationTests
{
    [Fact]
    public void An_accepted_quote_is_validated_and_asks_for_the_customer_in_the_erp_first()
    {
        var terms = new Terms(1, Start, "EUR",
            [Build with { PurchaseOrder = "PO-77" }, Advice with { PurchaseOrder = "PO-77" }, Travel with { PurchaseOrder = "PO-77" }]);
        var routing = new Routing(
            "DE01", "salesforce", "netsuite", "kantata", "avatax", "stripe", Rounding.HalfUp, Eur(20_000), 30, "Europe/Berlin", Berlin,
            Northwind.TaxCategories, [new($"{ProjectId}/lead", "Project management", true), new($"{ProjectId}/travel-time", "Travel time", false)]);
        ContractStory.New.When(Quote).Then(
            new QuoteAccepted(ContractId, ProjectId, Quote, terms, "policies-1", DeciderSpec.Noon),
            new ContractValidated(routing, "policies-1", DeciderSpec.Noon),
            new StepAsked(
                ActivationStep.ErpCustomer,
                new($"{ContractId}/erp-customer/1", "netsuite", CustomerId, new UpsertErpCustomer(
                    CustomerId, "Alder AG", "DE01", "EUR", "DE999999999", Berlin, "billing@alder.example", null)),
                DeciderSpec.Noon));
    }

    [Fact]
    public void Each_gate_opens_when_all_before_it_are_confirmed()
    {
        var story = ContractStory.Active;
        Assert.Equal(
            [
                "erp-customer/1", "erp-contract/1", "erp-job/1", "psa-project/1", "psa-milestones/M1/1", "psa-milestones/M2/1",
                "psa-tasks/lead/1", "psa-tasks/travel-time/1", "psa-roles/L2/Consultant/1", "psa-roles/L2/Architect/1", "crm-status/1",
            ],
            story.Asked());
        Assert.Equal(
            ["QuoteAccepted", "ContractValidated",
                "StepAsked", "StepConfirmed", "StepCompleted",
                "StepAsked", "StepConfirmed", "StepCompleted",
                "StepAsked", "StepConfirmed", "StepCompleted",
                "StepAsked", "StepConfirmed", "StepCompleted",
                "StepAsked", "StepAsked", "StepConfirmed", "StepConfirmed", "StepCompleted",
                "StepAsked", "StepAsked", "StepConfirmed", "StepConfirmed", "StepCompleted",
                "StepAsked", "StepAsked", "StepConfirmed", "StepConfirmed", "StepCompleted",
                "BillingScheduled", "ContractActivated", "UpdateAsked", "UpdateConfirmed"],
            story.History.Names());
    }

    [Fact]
    public void An_active_contract_shows_its_steps_its_schedule_and_its_worth()
    {
        var view = ContractStory.Active.View();
        Assert.Equal(ContractStatus.Active, view.Status);
        Assert.All(view.Steps, step => Assert.Equal(StepStatus.Done, step.Status));
        Assert.Equal(Eur(42_000), view.Contracted);
        Assert.Equal(Eur(42_000), view.Remaining);
        Assert.Equal(
            [("L1", "M1", Eur(10_000)), ("L1", "M2", Eur(20_000)), ("L2", null, null), ("L3", null, (Money?)null)],
            view.Schedule.Select(entry => (entry.LineId, entry.MilestoneId, entry.Amount)));
        Assert.Contains(new ExternalReference("kantata", "project", "ext-psa-project/1"), view.References);
    }

    [Fact]
    public void The_activation_is_published_to_project_customer_and_revenue()
    {
        var activated = ContractStory.Active.History.OfType<ContractActivated>().Single();
        Assert.Equal(new[] { ProjectId, CustomerId, RevenueIds.Of(ContractId) }, activated.To.AsEnumerable());
        Assert.Equal(
            new ReportCrmStatus(ContractId, "006A", "Active", null, Eur(42_000), Eur(0), Eur(0), null),
            ContractStory.Active.History.OfType<UpdateAsked>().Single().Effect.Operation);
    }

    [Fact]
    public void A_step_with_several_objects_completes_when_all_are_confirmed_in_any_order()
    {
        var story = ContractStory.Accepted.AnswerUntil("psa-milestones/M2/1").Report("psa-milestones/M2/1").Accepted();
        Assert.Equal(StepStatus.Running, story.Step(ActivationStep.PsaMilestones));
        story = story.Report("psa-milestones/M1/1").Accepted();
        Assert.Equal(StepStatus.Done, story.Step(ActivationStep.PsaMilestones));
    }

    [Fact]
    public void No_psa_effect_is_asked_before_the_erp_confirmed_whatever_comes_back_in_whatever_order() =>
        InAnyLife(life => GatesHold(life.History));

    [Fact]
    public void Any_life_can_be_brought_to_an_active_contract() => InAnyLife(life =>
    {
        life.DriveTo(ContractStatus.Active);
        GatesHold(life.History);
        Survives(life.State);
    });

    [Fact]
    public void Any_activation_can_be_undone_last_step_first_leaving_nothing() => InAnyLife(life =>
    {
        if (life.Status == ContractStatus.Active) return;
        var created = life.Engagement.Created;
        life.Do(new CompensateActivation("mistake"));
        life.DriveTo(ContractStatus.Withdrawn);
        var undone = life.History.OfType<StepUndone>().Select(e => e.Step).ToArray();
        Assert.Equal(undone.OrderDescending(), undone);
        Assert.Superset(created.Intersect(ContractErrands.Undoable).ToHashSet(), undone.ToHashSet());
        Assert.Empty(life.Engagement.Created);
        Survives(life.State);
    });

    [Fact]
    public void Late_and_repeated_reports_change_nothing()
    {
        var story = ContractStory.Accepted.Report("erp-customer/1").Accepted();
        story.Report("erp-customer/1").ThenNothing();
        story.Report("erp-customer/1", Refused()).ThenNothing();
        story.Report("psa-project/1").ThenNothing();
        story.When(new ReportEffect("eu_ct_other/erp-contract/1", Done())).ThenNothing();
    }

    [Fact]
    public void Two_activations_of_the_same_quote_ask_the_same_effects() =>
        Assert.Equal(ContractStory.Active.Asked(), ContractStory.Active.Asked());

    private static void InAnyLife(Action<ContractLife> check) => Prop
        .ForAll(ArbMap.Default.ArbFor<(byte Which, byte What)[]>(), moves => check(new(moves)))
        .QuickCheckThrowOnFailure();

    private static void GatesHold(IEnumerable<Event> history)
    {
        var confirmed = new HashSet<ActivationStep>();
        foreach (var @event in history)
        {
            if (@event is StepConfirmed { Step: var done }) confirmed.Add(done);
            if (@event is not StepAsked { Step: var asked }) continue;
            if (asked >= ActivationStep.ErpContract) Assert.Contains(ActivationStep.ErpCustomer, confirmed);
            if (asked >= ActivationStep.PsaProject)
                Assert.Superset(new HashSet<ActivationStep> { ActivationStep.ErpCustomer, ActivationStep.ErpContract, ActivationStep.ErpJob }, confirmed);
            if (asked > ActivationStep.PsaProject) Assert.Contains(ActivationStep.PsaProject, confirmed);
        }
    }
}
