using Q2C.Contracts;
using Q2C.Grains.BillingRuns;
using Q2C.Grains.Projects;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

/// <summary>A fixed price of 12,000 with a down payment, and what its invoices take off again.</summary>
public sealed class DownPaymentTests
{
    [Fact]
    public void It_is_asked_for_when_the_project_opens_and_deducted_in_full_on_the_final_invoice()
    {
        var story = new AdjustedProject(new(DownPayment: new(20, null)));
        Assert.Equal(["Down payment: Discovery 2400"], story.Bill());
        Assert.Equal(["Interviews 4000"], story.Reach("M1").Bill());
        Assert.Equal(["Report 8000 down-payment -2400"], story.Reach("M2").Bill());
        Assert.Equal(new DownPaid(240_000, 240_000, 240_000), story.Balance);
    }

    [Fact]
    public void It_is_deducted_from_each_invoice_in_proportion()
    {
        var story = new AdjustedProject(new(DownPayment: new(20, null, Deduct: Deduction.Proportional)));
        story.Bill();
        Assert.Equal(["Interviews 4000 down-payment -800"], story.Reach("M1").Bill());
        Assert.Equal(["Report 8000 down-payment -1600"], story.Reach("M2").Bill());
        Assert.Equal(new DownPaid(240_000, 240_000, 240_000), story.Balance);
    }

    [Fact]
    public void It_is_deducted_as_soon_as_something_is_earned()
    {
        var story = new AdjustedProject(new(DownPayment: new(null, Eur(5_000), Deduct: Deduction.AsEarned)));
        story.Bill();
        Assert.Equal(["Interviews 4000 down-payment -4000"], story.Reach("M1").Bill());
        Assert.Equal(["Report 8000 down-payment -1000"], story.Reach("M2").Bill());
    }

    [Fact]
    public void A_change_order_asks_for_the_difference()
    {
        var story = new AdjustedProject(new(DownPayment: new(10, null)));
        Assert.Equal(["Down payment: Discovery 1200"], story.Bill());
        var dearer = AdjustedProject.Report with { Billing = new BillingModel.FixedFee(Eur(15_000), [new("M1", "Interviews", Eur(4_000), null), new("M2", "Report", Eur(11_000), null)]) };
        story.Amend(new(2, March(5), "EUR", [dearer], Conditions: story.Conditions));
        Assert.Equal(["Down payment: Discovery 300"], story.Bill());
    }

    [Fact]
    public void Work_waits_for_a_down_payment_that_was_agreed_to_come_first()
    {
        var story = new AdjustedProject(new(DownPayment: new(10, null, BlocksWork: true))).Reach("M1").Reach("M2");
        Assert.Equal(["Down payment: Discovery 1200"], story.Bill());
        Assert.Empty(story.Bill());
        story.Paid("1");
        Assert.Equal(["Interviews 4000 down-payment -400", "Report 8000 down-payment -800"], story.Bill());
    }

    [Fact]
    public void A_final_invoice_that_is_credited_and_made_again_deducts_it_again_and_once()
    {
        var story = new AdjustedProject(new(DownPayment: new(20, null)));
        story.Bill();
        story.Reach("M1").Reach("M2");
        var final = story.Bill();
        Assert.Equal(["Interviews 4000 down-payment -800", "Report 8000 down-payment -1600"], final);
        story.Credit("2", release: true);
        Assert.Equal(new DownPaid(240_000, 240_000, 0), story.Balance);
        Assert.Equal(final, story.Bill());
        Assert.Equal(new DownPaid(240_000, 240_000, 240_000), story.Balance);
        Assert.Empty(story.Bill());
    }

    [Fact]
    public void A_cancelled_down_payment_is_not_deducted_and_one_that_is_asked_for_again_is()
    {
        var cancelled = new AdjustedProject(new(DownPayment: new(10, null)));
        cancelled.Bill();
        cancelled.Credit("1", release: false);
        Assert.Equal(["Interviews 4000", "Report 8000"], cancelled.Reach("M1").Reach("M2").Bill());

        var again = new AdjustedProject(new(DownPayment: new(10, null)));
        again.Bill();
        again.Credit("1", release: true);
        Assert.Equal(["Down payment: Discovery 1200"], again.Bill());
        Assert.Equal(["Interviews 4000 down-payment -400", "Report 8000 down-payment -800"], again.Reach("M1").Reach("M2").Bill());
    }

    [Fact]
    public void The_amount_of_a_discount_is_given_once_over_all_invoices_and_comes_back_with_a_credit()
    {
        var story = new AdjustedProject(new([new("opening", "Opening offer", null, Eur(5_000)), new("loyalty", "Loyalty", 5, null)]));
        Assert.Equal(["Interviews 4000 opening -4000"], story.Reach("M1").Bill());
        Assert.Equal(["Report 8000 opening -1000 loyalty -350"], story.Reach("M2").Bill());
        story.Credit("2", release: true);
        Assert.Equal(["Report 8000 opening -1000 loyalty -350"], story.Bill());
    }

    [Fact]
    public void Two_runs_at_once_do_not_give_or_deduct_the_same_twice()
    {
        var story = new AdjustedProject(new([new("opening", "Opening offer", null, Eur(5_000))], new(20, null)));
        story.Bill();
        var first = story.Reach("M1").Reserve();
        var second = story.Reach("M2").Reserve();
        Assert.NotNull(first.Adjustments);
        Assert.Null(second.Adjustments);
        Assert.Equal(["Report 8000"], AdjustedProject.Lines(Drafting.Draft("eu_inv_x", March(31), "nora", second)));
        story.Release(first);
        Assert.Equal(["Interviews 4000 opening -4000"], story.Bill());
    }
}
