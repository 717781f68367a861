using Q2C.Contracts;
using Q2C.Invoices;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Contracts;

public sealed class AmendmentTests
{
    private static readonly DateOnly April = new(2026, 4, 1);

    private static readonly ContractLine Dearer = Advice with
    {
        Billing = new BillingModel.TimeAndMaterials([new("Consultant", 165m), new("Architect", 187.5m)], new(Eur(15_000))),
    };

    private static readonly AmendContract Raise = new(1, April, [Dearer], "yearly increase");

    [Fact]
    public void A_change_order_makes_the_next_version_and_tells_erp_psa_and_crm()
    {
        var amended = ContractStory.Active.When(Raise).Accepted();
        var news = amended.History[ContractStory.Active.History.Length..];
        Assert.Equal(
            ["ContractAmended", "BillingScheduled", "UpdateAsked", "UpdateAsked", "UpdateAsked", "UpdateAsked"], news.Names());
        Assert.Equal(
            ["erp-contract/2", "psa-project/2", "psa-roles/L2/Consultant/2", "crm-status/2"], amended.Waiting());
        Assert.Equal(2, news.OfType<UpdateAsked>().Select(asked => asked.Effect.Operation).OfType<UpsertErpContract>().Single().TermsVersion);
        Assert.Equal(165m, news.OfType<UpdateAsked>().Select(asked => asked.Effect.Operation).OfType<EnsurePsaRole>().Single().HourlyRate);
        Assert.Equal(
            "Terms version 2, effective from 2026-04-01",
            news.OfType<UpdateAsked>().Select(asked => asked.Effect.Operation).OfType<ReportCrmStatus>().Single().Detail);
    }

    [Fact]
    public void Lines_that_are_not_named_stay_and_new_ones_follow()
    {
        var extra = Travel with { Id = "L4", Description = "Hotel" };
        var view = ContractStory.Active.When(Raise with { Lines = [extra, Dearer] }).Accepted().View();
        Assert.Equal(["L1", "L2", "L3", "L4"], view.Terms.Lines.Select(line => line.Id));
        Assert.Equal((2, April), (view.Terms.Version, view.Terms.EffectiveFrom));
        Assert.Equal([1, 2], view.History.Select(terms => terms.Version));
        Assert.Equal(Eur(45_000), view.Contracted);
        Assert.Equal("PO-77", view.Terms.Lines[0].PurchaseOrder);
    }

    [Fact]
    public void Conditions_come_with_the_quote_and_stay_until_a_change_order_brings_others()
    {
        var agreed = new Conditions(DownPayment: new(20, null), Retention: new(5, null));
        Assert.Equal(agreed, ContractStory.New.When(Quote with { Conditions = agreed }).Accepted().View().Terms.Conditions);
        var better = agreed with { Retention = null };
        var raised = ContractStory.Active.When(Raise with { Conditions = better }).Accepted();
        Assert.Equal(better, raised.View().Terms.Conditions);
        Assert.Equal(better, raised.When(Raise with { BasedOnVersion = 2 }).Accepted().View().Terms.Conditions);
    }

    [Fact]
    public void A_new_milestone_is_planned_in_the_psa()
    {
        var more = Build with
        {
            Billing = new BillingModel.FixedFee(Eur(35_000),
                [.. ((BillingModel.FixedFee)Build.Billing).Milestones, new("M3", "Handover", Eur(5_000), null)]),
        };
        Assert.Contains("psa-milestones/M3/1", ContractStory.Active.When(Raise with { Lines = [more] }).Accepted().Waiting());
    }

    [Fact]
    public void An_update_that_is_refused_is_retried_with_the_newest_terms()
    {
        var stuck = ContractStory.Active.When(Raise).Accepted().Report("erp-contract/2", Refused()).Accepted();
        Assert.Equal(ContractStatus.Active, stuck.View().Status);
        var again = stuck.When(new RetryStep($"{ContractId}/erp-contract/2", "period opened")).Accepted();
        Assert.Contains("erp-contract/3", again.Waiting());
        Assert.Empty(again.AnswerAll().View().Exceptions);
    }

    [Fact]
    public void A_later_change_order_that_gets_through_resolves_the_trouble_of_the_one_before()
    {
        var stuck = ContractStory.Active.When(Raise).Accepted().Report("erp-contract/2", Refused()).Accepted();
        var through = stuck.When(Raise with { BasedOnVersion = 2 }).Accepted().Report("erp-contract/3").Accepted();
        Assert.Empty(through.View().Exceptions);
    }

    [Fact]
    public void A_change_order_on_an_outdated_version_is_refused() =>
        ContractStory.Active.When(Raise).Accepted().When(Raise).ThenRefused("AMENDMENT_OUTDATED basedOnVersion");

    [Fact]
    public void Of_an_only_line_the_cap_cannot_fall_below_what_is_billed()
    {
        var billed = ContractStory.New.When(Quote with { Lines = [Advice] }).Accepted().AnswerAll()
            .When(Issued("inv-1", 11_000, 13_090)).Accepted();
        var lower = Advice with { Billing = new BillingModel.TimeAndMaterials([new("Consultant", 150m)], new(Eur(10_000))) };
        billed.When(Raise with { Lines = [lower] }).ThenRefused("CAP_BELOW_BILLED lines[0].billing.cap");
    }

    [Fact]
    public void A_cap_of_a_line_or_over_several_cannot_fall_below_what_is_billed_of_them()
    {
        var issued = (InvoiceIssued)Issued("inv-1", 11_500, 13_685).Events[0] with
        {
            Lines = [new("1", Advice.Id, Eur(11_000)), new("2", Travel.Id, Eur(500))],
        };
        var billed = ContractStory.Active.When(new Observe("inv-1", [issued])).Accepted();
        var lower = Advice with { Billing = new BillingModel.TimeAndMaterials([new("Consultant", 150m)], new(Eur(10_999))) };
        billed.When(Raise with { Lines = [lower] }).ThenRefused("CAP_BELOW_BILLED lines[0].billing.cap");
        billed.When(Raise with { Lines = [], Caps = [new("All", null, new(Eur(11_499)))] }).ThenRefused("CAP_BELOW_BILLED caps[0].limit.amount");
        billed.When(Raise with { Lines = [], Caps = [new("All", null, new(Eur(11_500)))] }).Accepted();
        Survives(billed.State);
    }

    [Fact]
    public void Invoices_and_payments_change_the_totals_net_of_tax_and_the_crm_hears_of_them()
    {
        var story = ContractStory.Active.When(Issued("inv-1", 10_000, 11_900)).Accepted();
        Assert.Equal(
            new ReportCrmStatus(ContractId, "006A", "Active", null, Eur(42_000), Eur(10_000), Eur(0), "N-inv-1"),
            story.History.OfType<UpdateAsked>().Last().Effect.Operation);
        story = story.When(Paid("inv-1", "p1", 5_950, 5_950)).Accepted();
        Assert.Equal((Eur(10_000), Eur(5_000), Eur(32_000)), (story.View().Billed, story.View().Paid, story.View().Remaining));
        story = story.When(Paid("inv-1", "p2", 5_950, 0)).Accepted();
        Assert.Equal(Eur(10_000), story.View().Paid);
    }

    [Fact]
    public void What_a_retainer_paid_counts_once_with_the_retainer_and_not_again_with_the_invoice_it_paid()
    {
        // 5,000 are paid in advance; of the 10,000 of work, 11,900 with tax, the retainer pays 5,950: 5,000 net of it.
        var story = ContractStory.Active.When(Issued("top-up", 5_000, 5_950)).Accepted().When(Paid("top-up", "p1", 5_950, 0)).Accepted()
            .When(Issued("work", 10_000, 11_900)).Accepted()
            .When(new Observe("work", [new SettlementApplied(
                "work", CustomerId, [ContractId], "DE01", new("prepaid", SettlementKind.Prepaid, Eur(5_950), April, ProjectId: ProjectId), Eur(5_950),
                Eur(0), Eur(5_950), [], DeciderSpec.Noon)])).Accepted();
        Assert.Equal((Eur(10_000), Eur(5_000)), (story.View().Billed, story.View().Paid));

        Assert.Equal((Eur(10_000), Eur(10_000)), story.When(Paid("work", "p2", 5_950, 0)).Accepted().View() is var view ? (view.Billed, view.Paid) : default);
    }

    [Fact]
    public void Of_many_changes_the_crm_gets_the_newest_after_the_one_under_way()
    {
        var story = ContractStory.Active.When(Issued("inv-1", 10_000, 11_900)).Accepted()
            .When(Issued("inv-2", 5_000, 5_950)).Accepted().When(Paid("inv-1", "p1", 11_900, 0)).Accepted();
        Assert.Equal(["crm-status/2"], story.Waiting());
        story = story.Report("crm-status/2").Accepted();
        Assert.Equal(["crm-status/3"], story.Waiting());
        Assert.Equal(
            new ReportCrmStatus(ContractId, "006A", "Active", null, Eur(42_000), Eur(15_000), Eur(10_000), "N-inv-2"),
            story.History.OfType<UpdateAsked>().Last().Effect.Operation);
        story.Report("crm-status/3").Then(new UpdateConfirmed($"{ContractId}/crm-status/3", "ext-crm-status/3", DeciderSpec.Noon));
    }

    [Fact]
    public void An_event_that_is_heard_twice_counts_once()
    {
        var story = ContractStory.Active.When(Issued("inv-1", 10_000, 11_900)).Accepted().When(Paid("inv-1", "p1", 900, 11_000)).Accepted();
        story.When(Issued("inv-1", 10_000, 11_900)).ThenNothing();
        story.When(Paid("inv-1", "p1", 900, 11_000)).ThenNothing();
        Survives(story.State);
    }

    internal static Observe Issued(string id, decimal net, decimal total) => new(id, [new InvoiceIssued(
        id, "run", ProjectId, ContractId, CustomerId, $"N-{id}", April, April.AddDays(30), Eur(net), Eur(total - net), Eur(total), [], [],
        DeciderSpec.Noon)]);

    internal static Observe Paid(string id, string payment, decimal amount, decimal outstanding, decimal excess = 0) => new(id, [new PaymentApplied(
        id, ContractId, CustomerId, new(payment, "stripe", Eur(amount), April, "ref"), Eur(amount - excess), Eur(excess), Eur(outstanding), [],
        DeciderSpec.Noon)]);
}
