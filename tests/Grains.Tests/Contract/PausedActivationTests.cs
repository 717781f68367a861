using Q2C.Contracts;
using Q2C.Policies;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Contracts;

public sealed class PausedActivationTests
{
    private static readonly PolicySet NoPolicies = PolicySet.Empty("eu");

    private static PolicySet With(LegalEntity entity) => Samples.Policies with { LegalEntities = Samples.Policies.LegalEntities.SetItem("DE01", entity) };

    [Fact]
    public void Without_policies_the_activation_pauses_before_anything_is_created()
    {
        var story = ContractStory.New.Under(NoPolicies).When(Quote).Accepted();
        Assert.Equal(ContractStatus.Paused, story.View().Status);
        Assert.Equal(StepStatus.Blocked, story.Step(ActivationStep.Validation));
        Assert.Empty(story.Asked());
        Assert.Equal(
            [("PROJECT_TEMPLATE_UNKNOWN", ExceptionCategory.Policy), ("LEGAL_ENTITY_UNKNOWN", ExceptionCategory.Policy)],
            story.View().Exceptions.Select(item => (item.Code, item.Category)));
    }

    [Fact]
    public void Everything_that_a_legal_entity_lacks_is_named_at_once()
    {
        var lacking = Northwind with
        {
            Currency = "USD",
            TaxCategories = Northwind.TaxCategories.Remove("travel"),
            Connections = Northwind.Connections.Remove("psa"),
        };
        Assert.Equal(
            [
                ("CURRENCY_NOT_INVOICED", ExceptionCategory.Business), ("TAX_CATEGORY_MISSING", ExceptionCategory.Policy),
                ("CONNECTION_MISSING", ExceptionCategory.Policy),
            ],
            ContractStory.New.Under(With(lacking)).When(Quote).Accepted().View().Exceptions.Select(item => (item.Code, item.Category)));
    }

    [Fact]
    public void A_retry_after_the_policies_are_there_goes_on()
    {
        var paused = ContractStory.New.Under(NoPolicies).When(Quote).Accepted();
        var story = paused.Under(Samples.Policies).When(new RetryStep(paused.View().Exceptions[0].Id, "template added")).Accepted();
        Assert.Equal(["ExceptionResolved", "ExceptionResolved", "ContractValidated", "StepAsked"], story.History[3..].Names());
        Assert.Empty(story.View().Exceptions);
    }

    [Fact]
    public void A_retry_that_finds_the_same_gap_says_so_again()
    {
        var paused = ContractStory.New.Under(With(Northwind with { Connections = Northwind.Connections.Remove("tax") })).When(Quote).Accepted();
        var again = paused.When(new RetryStep(paused.View().Exceptions[0].Id, "should be there")).Accepted();
        Assert.Equal(["ExceptionResolved", "ExceptionRaised"], again.History[2..].Names());
        Assert.Equal(paused.View().Exceptions.AsEnumerable(), again.View().Exceptions);
    }

    [Fact]
    public void A_correction_before_anything_exists_is_validated_anew()
    {
        var paused = ContractStory.New.When(Quote with { LegalEntity = "DE99" }).Accepted();
        var story = paused.When(new CorrectContract(paused.View().Exceptions[0].Id, "DE01", null, null, null, "typing error")).Accepted();
        Assert.Equal(["ContractCorrected", "ExceptionResolved", "ContractValidated", "StepAsked"], story.History[2..].Names());
        Assert.Equal("DE01", story.View().LegalEntity);
    }

    [Fact]
    public void A_newer_quote_takes_the_place_of_one_that_is_still_being_validated()
    {
        var paused = ContractStory.New.When(Quote with { LegalEntity = "DE99" }).Accepted();
        var story = paused.When(Quote with { SourceVersion = DeciderSpec.Noon.AddHours(1) }).Accepted();
        Assert.Equal(["ExceptionResolved", "QuoteAccepted", "ContractValidated", "StepAsked"], story.History[2..].Names());
    }

    [Fact]
    public void A_refusal_pauses_the_process_with_an_exception_that_business_can_read()
    {
        var effect = $"{ContractId}/erp-customer/1";
        ContractStory.Accepted.Report("erp-customer/1", Refused()).Then(new ExceptionRaised(
            new(effect, ExceptionCategory.Business, "FIELD_INVALID", "Customer in ERP",
                "Customer in ERP: netsuite refused. The tax number is not valid.", "Correct the tax number.", Roles.Finance,
                "netsuite", Eur(42_000)),
            DeciderSpec.Noon));
        var paused = ContractStory.Accepted.Report("erp-customer/1", Refused()).Accepted();
        Assert.Equal((ContractStatus.Paused, StepStatus.Blocked), (paused.View().Status, paused.Step(ActivationStep.ErpCustomer)));
    }

    [Fact]
    public void A_refusal_that_is_not_about_the_business_goes_to_the_operators()
    {
        var item = ContractStory.Accepted.Report("erp-customer/1", Refused(ErrorClass.Permanent)).Accepted().View().Exceptions.Single();
        Assert.Equal((ExceptionCategory.Technical, Roles.Operator), (item.Category, item.OwnerRole));
    }

    [Fact]
    public void A_retry_asks_the_same_step_again_under_a_new_effect()
    {
        var story = ContractStory.Accepted.Report("erp-customer/1", Refused()).Accepted()
            .When(new RetryStep($"{ContractId}/erp-customer/1", "fixed in NetSuite")).Accepted();
        Assert.Equal(["erp-customer/1", "erp-customer/2"], story.Asked());
        Assert.Equal(ContractStatus.Activating, story.View().Status);
        story.Report("erp-customer/1").ThenNothing();
        Assert.Equal(ContractStatus.Active, story.AnswerAll().View().Status);
    }

    [Fact]
    public void Only_the_refused_objects_of_a_step_are_asked_again()
    {
        var story = ContractStory.Accepted.AnswerUntil("psa-roles/L2/Architect/1")
            .Report("psa-roles/L2/Consultant/1", Refused()).Accepted()
            .Report("psa-roles/L2/Architect/1").Accepted();
        Assert.Equal(StepStatus.Blocked, story.Step(ActivationStep.PsaRoles));
        story = story.When(new RetryStep($"{ContractId}/psa-roles/L2/Consultant/1", "role added")).Accepted();
        Assert.Equal(["psa-roles/L2/Consultant/2"], story.Waiting());
    }

    [Fact]
    public void An_outage_is_shown_and_resolves_itself()
    {
        var waiting = ContractStory.Accepted.Report("erp-customer/1", Away()).Accepted();
        var item = waiting.View().Exceptions.Single();
        Assert.Equal(
            (ExceptionCategory.Technical, "SYSTEM_UNAVAILABLE", "Nothing to do: this resolves itself when netsuite is back."),
            (item.Category, item.Code, item.Remedy));
        Assert.Equal((ContractStatus.Activating, StepStatus.Running), (waiting.View().Status, waiting.Step(ActivationStep.ErpCustomer)));
        waiting.Report("erp-customer/1", Away()).ThenNothing();
        var back = waiting.Report("erp-customer/1").Accepted();
        Assert.Equal(
            new ExceptionResolved(item.Id, "succeeded", null, "system", DeciderSpec.Noon),
            back.History.OfType<ExceptionResolved>().Single());
        Assert.Empty(back.View().Exceptions);
    }

    [Fact]
    public void A_lost_answer_is_looked_up_and_a_refusal_takes_its_place()
    {
        var waiting = ContractStory.Accepted.Report("erp-customer/1", new EffectOutcome.Unknown("Timed out after 30 s.")).Accepted();
        Assert.Equal("OUTCOME_UNKNOWN", waiting.View().Exceptions.Single().Code);
        var refused = waiting.Report("erp-customer/1", Refused()).Accepted();
        Assert.Equal(["FIELD_INVALID"], refused.View().Exceptions.Select(item => item.Code));
    }

    [Fact]
    public void A_corrected_customer_goes_to_the_erp_and_the_activation_goes_on()
    {
        var story = ContractStory.Accepted.Report("erp-customer/1", Refused()).Accepted()
            .When(new CorrectContract($"{ContractId}/erp-customer/1", null, null, Alder with { TaxNumber = "DE111111111" }, null, "right number"))
            .Accepted();
        var asked = story.History.OfType<StepAsked>().Last().Effect;
        Assert.Equal($"{ContractId}/erp-customer/2", asked.Id);
        Assert.Equal("DE111111111", ((UpsertErpCustomer)asked.Operation).TaxNumber);
        Assert.Equal(ContractStatus.Active, story.AnswerAll().View().Status);
    }

    [Fact]
    public void A_late_correction_goes_through_every_gate_again_so_that_all_records_agree()
    {
        var story = ContractStory.Accepted.AnswerUntil("psa-project/1").Report("psa-project/1", Refused()).Accepted()
            .When(new CorrectContract($"{ContractId}/psa-project/1", null, null, Alder with { Name = "Alder SE" }, null, "renamed")).Accepted();
        Assert.Equal(["erp-customer/2"], story.Waiting());
        Assert.Equal(["erp-customer/2", "erp-contract/2", "erp-job/2", "psa-project/2"], story.AnswerUntil("psa-project/2").Asked().Skip(4));
    }

    [Fact]
    public void A_skipped_step_is_behind_us_and_its_reason_is_kept()
    {
        var story = ContractStory.Accepted.AnswerUntil("psa-tasks/lead/1").Report("psa-tasks/lead/1", Refused()).Accepted()
            .When(new SkipStep($"{ContractId}/psa-tasks/lead/1", "not needed")).Accepted().AnswerAll();
        Assert.Equal((ContractStatus.Active, StepStatus.Skipped), (story.View().Status, story.Step(ActivationStep.PsaTasks)));
        Assert.Contains(
            new ExceptionResolved($"{ContractId}/psa-tasks/lead/1", "skipped", "not needed", "olga", DeciderSpec.Noon), story.History);
    }

    [Fact]
    public void Without_a_project_in_the_psa_its_milestones_tasks_and_roles_are_skipped_too()
    {
        var story = ContractStory.Accepted.AnswerUntil("psa-project/1").Report("psa-project/1", Away()).Accepted()
            .When(new SkipStep($"{ContractId}/psa-project/1/waiting", "planned by hand")).Accepted();
        Assert.Equal(["crm-status/1"], story.Waiting());
        Assert.Equal(
            [ActivationStep.PsaProject, ActivationStep.PsaMilestones, ActivationStep.PsaTasks, ActivationStep.PsaRoles],
            story.View().Steps.Where(step => step.Status == StepStatus.Skipped).Select(step => step.Step));
    }

    [Fact]
    public void A_skipped_step_that_was_done_after_all_is_known()
    {
        var story = ContractStory.Accepted.AnswerUntil("erp-job/1").Report("erp-job/1", Away()).Accepted()
            .When(new SkipStep($"{ContractId}/erp-job/1/waiting", "later")).Accepted();
        Assert.Equal(["psa-project/1"], story.Waiting());
        var late = story.Report("erp-job/1", Done("job-9")).Then(
            new StepConfirmed(ActivationStep.ErpJob, $"{ContractId}/erp-job/1", new("netsuite", "job", "job-9"), DeciderSpec.Noon));
        Assert.Equal(["psa-project/1"], late.Waiting());
    }

    [Fact]
    public void Compensation_undoes_the_done_steps_last_first()
    {
        var story = ContractStory.Accepted.AnswerUntil("psa-roles/L2/Architect/1")
            .Report("psa-roles/L2/Architect/1", Refused()).Accepted()
            .Report("psa-roles/L2/Consultant/1").Accepted()
            .When(new CompensateActivation("the customer withdrew")).Accepted();
        Assert.Equal((ContractStatus.Compensating, true), (story.View().Status, story.View().Exceptions.IsEmpty));
        var before = story.Asked().Count() - 1;
        var withdrawn = story.AnswerAll();
        Assert.Equal(
            ["undo-psa-project/1", "undo-erp-job/1", "undo-erp-contract/1", "undo-erp-customer/1", "crm-status/1"],
            withdrawn.Asked().Skip(before));
        Assert.Equal(
            ["WithdrawPsaProject", "WithdrawErpRecord", "WithdrawErpRecord", "WithdrawErpRecord"],
            withdrawn.History.OfType<UndoAsked>().Select(asked => asked.Effect.Operation.GetType().Name));
        Assert.Equal(ContractStatus.Withdrawn, withdrawn.View().Status);
        Assert.Equal(7, withdrawn.View().Steps.Count(step => step.Status == StepStatus.Undone));
        Survives(withdrawn.State);
    }

    [Fact]
    public void A_compensation_waits_for_what_is_under_way_and_undoes_that_too()
    {
        var story = ContractStory.Accepted.AnswerUntil("erp-contract/1").When(new CompensateActivation("mistake")).Accepted();
        Assert.Equal(["erp-contract/1"], story.Waiting());
        story = story.Report("erp-contract/1").Accepted();
        Assert.Equal(["undo-erp-contract/1"], story.Waiting());
    }

    [Fact]
    public void What_an_abandoned_activation_did_not_get_done_needs_nobody()
    {
        var story = ContractStory.Accepted.AnswerUntil("erp-contract/1").When(new CompensateActivation("mistake")).Accepted()
            .Report("erp-contract/1", Refused()).Accepted();
        Assert.Equal(["undo-erp-customer/1"], story.Waiting());
        Assert.Empty(story.View().Exceptions);
    }

    [Fact]
    public void A_contract_that_created_nothing_is_withdrawn_at_once() => Assert.Equal(
        ["QuoteAccepted", "ExceptionRaised", "ExceptionRaised", "CompensationStarted", "ExceptionResolved", "ExceptionResolved", "ContractWithdrawn"],
        ContractStory.New.Under(NoPolicies).When(Quote).Accepted().When(new CompensateActivation("mistake")).Accepted().History.Names());

    [Fact]
    public void A_customer_that_the_erp_knew_before_stays_there()
    {
        var known = Alder with { References = [.. Alder.References, new("netsuite", "customer", "17")] };
        var story = ContractStory.New.When(Quote with { Customer = known }).Accepted().AnswerUntil("erp-contract/1")
            .When(new CompensateActivation("mistake")).Accepted().Report("erp-contract/1").Accepted().Report("undo-erp-contract/1").Accepted();
        Assert.Equal(ContractStatus.Withdrawn, story.View().Status);
        Assert.DoesNotContain("undo-erp-customer/1", story.Asked());
    }

    [Fact]
    public void A_refused_undoing_waits_for_a_person_who_retries_or_gives_it_up()
    {
        var stuck = ContractStory.Accepted.AnswerUntil("erp-contract/1").Report("erp-contract/1", Refused()).Accepted()
            .When(new CompensateActivation("mistake")).Accepted().Report("undo-erp-customer/1", Refused()).Accepted();
        Assert.Equal((ContractStatus.Compensating, "Undo: Customer in ERP"), (stuck.View().Status, stuck.View().Exceptions.Single().Step));
        var again = stuck.When(new RetryStep($"{ContractId}/undo-erp-customer/1", "orders closed")).Accepted();
        Assert.Equal(["undo-erp-customer/2"], again.Waiting());
        var given = stuck.When(new SkipStep($"{ContractId}/undo-erp-customer/1", "stays for the other contract")).Accepted();
        Assert.Equal(ContractStatus.Withdrawn, given.View().Status);
        Assert.Equal(StepStatus.Done, given.Step(ActivationStep.ErpCustomer));
    }
}
