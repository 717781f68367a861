using Q2C.Grains.PolicyDocuments;
using Q2C.Policies;
using static Q2C.Grains.Tests.DeciderSpec;

namespace Q2C.Grains.Tests.PolicyDocuments;

public sealed class PolicyTests
{
    private const string Name = "legal-entities";
    private const string Id = "eu_pol_1";
    private static readonly Actor Olga = new("olga", [Roles.Operator]);
    private static readonly Actor Frank = new("frank", [Roles.FinanceApprover]);
    private static readonly Actor Ada = new("ada", [Roles.Administrator]);
    private static readonly ExternalReference Reference = new("q2c", "policy", Name);

    private static Given<PolicyState> Nothing => Policy.Decider.Given().In(Id);

    private static Given<PolicyState> Seeded => Nothing.By(Actor.System).When(new SeedPolicy(Name, "one")).Accepted();

    [Fact]
    public void What_the_files_had_is_version_1_and_holds_at_once()
    {
        var seeded = Nothing.By(Actor.System).When(new SeedPolicy(Name, "one")).Then(new PolicySeeded(Name, "one", Reference, Noon));

        Assert.Equal((1, "one"), InForce(seeded, Noon));
        seeded.When(new SeedPolicy(Name, "other")).ThenNothing();
        Nothing.By(Ada).When(new SeedPolicy(Name, "one")).ThenRefused("FORBIDDEN");
    }

    [Fact]
    public void A_version_is_drafted_submitted_and_approved_by_somebody_else_and_holds_from_then_on()
    {
        var drafted = Seeded.By(Olga).When(new ProposePolicy(Name, "two", null, "A new company."))
            .Then(new PolicyProposed(2, Name, "two", 1, null, "A new company.", "olga", Reference, Noon));
        drafted.By(Frank).When(new ApprovePolicy(2, null)).ThenRefused("POLICY_NOT_IN_STATUS version");
        var submitted = drafted.By(Olga).When(new SubmitPolicy(2, "Ready.")).Then(new PolicySubmitted(2, "Ready.", "olga", Noon));

        var later = Noon.AddHours(1);
        var approved = submitted.By(Frank).At(later).When(new ApprovePolicy(2, "Fine.")).Then(new PolicyApproved(2, later, 1, "Fine.", "frank", later));

        Assert.Equal(((1, "one"), (2, "two")), (InForce(approved, Noon), InForce(approved, later)));
    }

    [Fact]
    public void Whoever_drafted_or_submitted_it_cannot_approve_it()
    {
        var drafted = Seeded.By(Ada).When(new ProposePolicy(Name, "two", null, "r")).Accepted();
        drafted.By(Ada).When(new SubmitPolicy(2, "r")).Accepted().When(new ApprovePolicy(2, null)).ThenRefused("SECOND_PERSON_NEEDED");
        var other = new Actor("adam", [Roles.Administrator]);
        drafted.By(other).When(new SubmitPolicy(2, "r")).Accepted().When(new ApprovePolicy(2, null)).ThenRefused("SECOND_PERSON_NEEDED");
        Submitted(Seeded, 2, "two").By(Olga).When(new ApprovePolicy(2, null)).ThenRefused("FORBIDDEN", "SECOND_PERSON_NEEDED");
    }

    [Fact]
    public void A_version_for_later_holds_from_its_day_on_and_never_for_the_past()
    {
        var newYear = Noon.AddMonths(10);
        var scheduled = Submitted(Seeded, 2, "two", newYear).By(Frank).When(new ApprovePolicy(2, null)).Then(new PolicyApproved(2, newYear, 1, null, "frank", Noon));
        Assert.Equal(((1, "one"), (2, "two")), (InForce(scheduled, newYear.AddSeconds(-1)), InForce(scheduled, newYear)));

        Submitted(Seeded, 2, "two", Noon.AddYears(-1)).By(Frank).When(new ApprovePolicy(2, null)).Then(new PolicyApproved(2, Noon, 1, null, "frank", Noon));
    }

    [Fact]
    public void Of_two_drafts_side_by_side_the_second_does_not_undo_the_first()
    {
        var both = Submitted(Submitted(Seeded, 2, "two"), 3, "three");
        var first = both.By(Frank).When(new ApprovePolicy(2, null)).Accepted();
        first.When(new ApprovePolicy(3, null)).ThenRefused("POLICY_OUTDATED version");
    }

    [Fact]
    public void Nothing_is_squeezed_in_before_what_is_to_follow()
    {
        var scheduled = Submitted(Seeded, 2, "two", Noon.AddDays(30)).By(Frank).When(new ApprovePolicy(2, null)).Accepted();
        Submitted(scheduled, 3, "three").By(Frank).When(new ApprovePolicy(3, null)).ThenRefused("POLICY_TOO_EARLY effectiveFrom");
    }

    [Fact]
    public void What_was_approved_once_can_be_rolled_back_to_and_takes_away_what_is_to_follow()
    {
        var second = Approved(Seeded, 2, "two");
        var third = Submitted(second, 3, "three", Noon.AddDays(30)).By(Frank).When(new ApprovePolicy(3, null)).Accepted();

        var back = third.By(Frank).At(Noon.AddHours(1)).When(new RollBackPolicy(1, "Wrong rates."))
            .Then(new PolicyRolledBack(1, [2, 3], "Wrong rates.", "frank", Noon.AddHours(1)));

        Assert.Equal(((1, "one"), (1, "one")), (InForce(back, Noon.AddHours(1)), InForce(back, Noon.AddDays(31))));
        back.By(Frank).When(new RollBackPolicy(1, "Again.")).ThenNothing();
        third.By(Frank).When(new RollBackPolicy(2, "Not yet.")).Then(new PolicyRolledBack(2, [3], "Not yet.", "frank", Noon));
        third.By(Olga).When(new RollBackPolicy(1, "")).ThenRefused("FORBIDDEN", "REASON_REQUIRED reason");
        Submitted(Seeded, 2, "two").By(Frank).When(new RollBackPolicy(2, "r")).ThenRefused("POLICY_NOT_IN_STATUS version");
    }

    [Fact]
    public void Versions_of_long_ago_are_not_kept()
    {
        var policy = Seeded;
        for (var i = 2; i <= Policy.KeptActivations + 1; i++) policy = Approved(policy, i, $"text {i}");

        policy.By(Frank).When(new RollBackPolicy(1, "r")).ThenRefused("POLICY_VERSION_NOT_KEPT version");
        policy.By(Frank).When(new RollBackPolicy(2, "r")).Accepted();
    }

    [Fact]
    public void What_was_rejected_or_withdrawn_is_over()
    {
        Submitted(Seeded, 2, "two").By(Frank).When(new RejectPolicy(2, "No.")).Then(new PolicyRejected(2, "No.", "frank", Noon))
            .When(new ApprovePolicy(2, null)).ThenRefused("POLICY_NOT_IN_STATUS version");
        Seeded.By(Olga).When(new ProposePolicy(Name, "two", null, "r")).Accepted()
            .When(new WithdrawPolicy(2, "Mistaken.")).Then(new PolicyWithdrawn(2, "Mistaken.", "olga", Noon))
            .When(new SubmitPolicy(2, "r")).ThenRefused("POLICY_NOT_IN_STATUS version");
    }

    [Fact]
    public void All_that_is_wrong_with_a_proposal_is_said_at_once()
    {
        Seeded.By(Frank).When(new ProposePolicy(Name, "one", null, " ")).ThenRefused("FORBIDDEN", "REASON_REQUIRED reason", "POLICY_UNCHANGED text");
        Seeded.By(Olga).When(new ProposePolicy(Name, new('x', Policy.MaxLength + 1), null, "r")).ThenRefused("POLICY_TOO_LARGE text");
        Seeded.By(Olga).When(new SubmitPolicy(7, "r")).ThenRefused("POLICY_VERSION_UNKNOWN version");
        Nothing.By(Olga).When(new SubmitPolicy(1, "r")).ThenRefused("NOT_FOUND");
    }

    private static (int, string?) InForce(Given<PolicyState> policy, DateTimeOffset at) =>
        policy.State.InForce(at) is { } version ? (version.Number, version.Text) : (0, null);

    private static Given<PolicyState> Submitted(Given<PolicyState> policy, int number, string text, DateTimeOffset? from = null) => policy.By(Olga)
        .When(new ProposePolicy(Name, text, from, "r")).Accepted().When(new SubmitPolicy(number, "r")).Accepted();

    private static Given<PolicyState> Approved(Given<PolicyState> policy, int number, string text) =>
        Submitted(policy, number, text).By(Frank).When(new ApprovePolicy(number, null)).Accepted();
}
