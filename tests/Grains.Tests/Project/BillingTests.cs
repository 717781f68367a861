using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Grains.Projects;
using Q2C.Projects;
using static Q2C.Grains.Tests.DeciderSpec;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

public sealed class BillingTests
{
    private static readonly WorkRecord.TimeWorked First = Hours("1", 2, Senior, 8);      // 8 × 190 = 1,520
    private static readonly WorkRecord.TimeWorked Second = Hours("2", 20, Consultant, 8);  // 8 × 150 = 1,200

    private static readonly Given<ProjectState> TwoEntries = Open().When(Reported(First, Second)).Accepted();

    private static readonly Given<ProjectState> FirstInvoiced = TwoEntries
        .When(Billed(March(15))).Accepted()
        .When(Issued("time_entry/1@1")).Accepted();

    [Fact]
    public void A_run_reserves_what_is_billable_up_to_its_cut_off() => TwoEntries
        .When(Billed(March(15)))
        .Then(Reservation(Run, Item(TwoEntries, "time_entry/1")))
        .When(Billed(March(31))).ThenNothing();

    [Fact]
    public void The_preview_is_what_the_run_would_reserve_and_changes_nothing()
    {
        Assert.Equal(["time_entry/1@1"], Project.Preview(TwoEntries.State, March(15)).Select(item => item.Id));
        Assert.Equal(["time_entry/1@1", "time_entry/2@1"], Project.Preview(TwoEntries.State, March(31)).Select(item => item.Id));
    }

    [Fact]
    public void A_run_of_another_legal_entity_gets_an_empty_answer() => TwoEntries
        .When(Billed(March(31), entity: "ACME-US"))
        .Then(Reservation(Run));

    [Fact]
    public void A_run_with_nothing_to_bill_gets_an_empty_answer() => Open()
        .When(Billed(March(31)))
        .Then(Reservation(Run))
        .When(Billed(March(31))).ThenNothing();

    [Fact]
    public void A_project_that_is_not_open_answers_as_well()
    {
        var given = Project.Decider.Given().In(ProjectId).When(Billed(March(31))).Accepted();
        var answer = Assert.IsType<ItemsReserved>(Assert.Single(given.History));
        Assert.Equal((Run, ProjectId, 0), (answer.RunId, answer.ProjectId, answer.Items.Length));
    }

    [Fact]
    public void Two_runs_never_bill_the_same_work() => TwoEntries
        .When(Billed(March(15))).Accepted()
        .When(Billed(March(31), "eu_run_2"))
        .Then(Reservation("eu_run_2", Item(TwoEntries, "time_entry/2")));

    [Fact]
    public void What_takes_the_room_of_a_reversal_waits_while_another_run_holds_the_reversal()
    {
        // 100 × 190 = 19,000 are invoiced of a cap of 20,000; the correction moves the work to a later day.
        var corrected = Open()
            .When(Reported(Hours("1", 2, Senior, 100))).Accepted()
            .When(Billed(March(15))).Accepted()
            .When(Issued("time_entry/1@1")).Accepted()
            .When(Reported(Hours("1", 20, Senior, 100, version: 2))).Accepted();
        var reversal = Item(corrected, "time_entry/1@1/reversal");
        var taken = corrected.When(Billed(March(15), "eu_run_2")).Then(Reservation("eu_run_2", reversal));
        Assert.Empty(Project.Preview(taken.State, March(31)));
        Assert.Equal(["time_entry/1@2"], Billable(taken.When(IssuedIn("eu_run_2", "INV-1002", reversal.Id)).Accepted()));
        Assert.Equal([reversal.Id, "time_entry/1@2"], Billable(taken.When(Rejected("eu_run_2")).Accepted()));

        static IEnumerable<string> Billable(Given<ProjectState> given) => Project.Preview(given.State, March(31)).Select(item => item.Id);
    }

    [Fact]
    public void What_is_capped_is_reserved_with_the_part_that_is_billed()
    {
        // 100 × 190 = 19,000; 8 × 150 = 1,200, of which 1,000 fit under the cap; 8 × 220 = 1,760, of which nothing does.
        var given = Open()
            .When(Reported(Hours("1", 2, Senior, 100), Hours("2", 3, Consultant, 8), Hours("3", 4, Architect, 8))).Accepted();
        Assert.Equal(
            [("time_entry/1@1", Eur(19_000)), ("time_entry/2@1", Eur(1_000))],
            Project.Preview(given.State, March(31)).Select(item => (item.Id, item.Amount)));
    }

    [Fact]
    public void An_issued_invoice_settles_its_items()
    {
        TwoEntries
            .When(Billed(March(15))).Accepted()
            .When(Issued("time_entry/1@1"))
            .Then(new ItemsInvoiced(Run, InvoiceId, Number, ["time_entry/1@1"], Noon))
            .When(Issued("time_entry/1@1")).ThenNothing();
        Assert.Equal(["time_entry/2@1 1200.00 1200.00 Billable"], FirstInvoiced.Items());
        Assert.Equal(
            new LineProgress(Implementation, Eur(1_520), Eur(1_200), Eur(20_000)),
            Project.Render(FirstInvoiced.State, ProjectId, 4)!.Lines[0]);
    }

    [Fact]
    public void The_version_of_settled_work_stays_known() => FirstInvoiced
        .When(Reported(First)).ThenNothing();

    [Fact]
    public void A_rejected_invoice_opens_its_items_again() => TwoEntries
        .When(Billed(March(15))).Accepted()
        .When(Rejected())
        .Then(new ItemsReleased(Run, ["time_entry/1@1"], "Wrong period", Noon))
        .When(Billed(March(15), "eu_run_2"))
        .Then(Reservation("eu_run_2", Item(TwoEntries, "time_entry/1")));

    [Fact]
    public void A_returned_reservation_opens_its_items_again() => TwoEntries
        .When(Billed(March(15))).Accepted()
        .When(Observed(new ReservationReturned(Run, ProjectId, "Nothing to invoice", Noon)))
        .Then(new ItemsReleased(Run, ["time_entry/1@1"], "Nothing to invoice", Noon));

    [Fact]
    public void A_correction_of_a_reserved_entry_waits_and_is_applied_when_the_invoice_is_rejected()
    {
        var corrected = Hours("1", 2, Senior, 6, version: 2);
        var waiting = TwoEntries
            .When(Billed(March(15))).Accepted()
            .When(Reported(corrected))
            .Then(new WorkHeld(corrected, "kantata", $"Its item is reserved by {Run}.", Noon));
        var released = waiting.When(Rejected()).Accepted();
        Assert.Equal(["time_entry/1@2 1140.00 1140.00 Billable", "time_entry/2@1 1200.00 1200.00 Billable"], released.Items());
        released.When(Reported(corrected)).ThenNothing();
    }

    [Fact]
    public void A_correction_of_a_reserved_entry_becomes_a_late_adjustment_when_the_invoice_is_issued()
    {
        var given = TwoEntries
            .When(Billed(March(15))).Accepted()
            .When(Reported(Hours("1", 2, Senior, 7, version: 2))).Accepted()
            .When(Reported(Hours("1", 2, Senior, 6, version: 3))).Accepted()
            .When(Issued("time_entry/1@1")).Accepted();
        Assert.Equal(
            [
                "time_entry/1@1/reversal -1520.00 -1520.00 Billable",
                "time_entry/1@3 1140.00 1140.00 Billable",
                "time_entry/2@1 1200.00 1200.00 Billable",
            ],
            given.Items());
    }

    [Fact]
    public void A_correction_after_invoicing_reverses_the_old_item_and_adds_a_new_one()
    {
        var corrected = Hours("1", 2, Senior, 6, version: 2);
        FirstInvoiced
            .When(Reported(corrected))
            .Then(
                new ItemReversed("time_entry/1@1", new(
                    "time_entry/1@1/reversal", "time_entry/1", 2, ItemKind.Adjustment, Implementation, March(2),
                    "Reversal of time_entry/1@1 on invoice INV-1001", null, null, -8, 190, Eur(-1_520), Eur(-1_520),
                    Disposition.Billable, "Takes back 1,520.00 EUR of invoice INV-1001: it was corrected afterwards.",
                    "Invoice INV-1001, item time_entry/1@1", BilledHours: -8), Noon),
                new ItemAdded(new(
                    "time_entry/1@2", "time_entry/1", 2, ItemKind.Time, Implementation, March(2), "Build", "Ada", Senior, 6, 190,
                    Eur(1_140), Eur(1_140), Disposition.Billable, "6 h of Senior Consultant at 190.00 EUR per hour.",
                    "Contract version 1, line Implementation: Senior Consultant at 190.00 EUR/h", Task: "Build"), corrected, Noon))
            .When(Reported(First))
            .Then(new WorkStale("time_entry/1", 1, 2, Noon));
    }

    [Fact]
    public void Work_deleted_after_invoicing_is_reversed_in_the_next_run_whatever_its_cut_off()
    {
        var given = FirstInvoiced.When(Reported(Deleted(First, 2))).Accepted();
        Assert.Equal(["time_entry/1@1/reversal"], Project.Preview(given.State, March(1)).Select(item => item.Id));
        var settled = given
            .When(Billed(March(31), "eu_run_2")).Accepted()
            .When(IssuedIn("eu_run_2", "INV-1002", "time_entry/1@1/reversal", "time_entry/2@1")).Accepted();
        Assert.Empty(settled.Items());
        Assert.Equal(Eur(1_200), Project.Render(settled.State, ProjectId, 1)!.Lines[0].Invoiced);  // 1,520 − 1,520 + 1,200
    }

    [Fact]
    public void A_late_correction_makes_room_under_a_cap_that_was_billed_in_full()
    {
        // 100 × 190 = 19,000 and 1,000 of 8 × 150 are invoiced: the cap is used up. 90 hours after all: 1,900 of room again,
        // for the 200 that were left of the second entry, and for 1,700 of the third.
        var given = Open()
            .When(Reported(Hours("1", 2, Senior, 100), Hours("2", 3, Consultant, 8), Hours("3", 4, Architect, 8))).Accepted()
            .When(Billed(March(31))).Accepted()
            .When(Issued("time_entry/1@1", "time_entry/2@1")).Accepted()
            .When(Reported(Hours("1", 2, Senior, 90, version: 2))).Accepted();
        Assert.Equal(
            [
                "time_entry/1@1/reversal -19000.00 -19000.00 Billable",
                "time_entry/1@2 17100.00 17100.00 Billable",
                "time_entry/2@1/rest 200.00 200.00 Billable",
                "time_entry/3@1 1760.00 1700.00 Capped",
            ],
            given.Items());
    }

    private static BillableItem Item(Given<ProjectState> given, string source) => given.State.Unbilled[source].Item;

    private static ItemsReserved Reservation(string run, params ImmutableArray<BillableItem> items) =>
        new(run, ProjectId, ContractId, CustomerId, Customer, Routing, Terms, items, Noon);
}
