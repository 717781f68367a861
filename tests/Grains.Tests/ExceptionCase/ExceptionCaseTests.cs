using Q2C.ExceptionCases;
using Q2C.Grains.ExceptionCases;
using static Q2C.Grains.Tests.DeciderSpec;

namespace Q2C.Grains.Tests.ExceptionCases;

public sealed class ExceptionCaseTests
{
    private const string Long = "x";

    private static readonly CaseSubject Subject = new("eu_ct_1/erp-customer", null, "eu_ct_1");
    private static readonly CaseOpened Opened = new(Subject, Noon);
    private static readonly CaseAssigned Taken = new("olga", "Mine.", "nora", Noon);

    private static Given<ExceptionCaseState> Case => ExceptionCase.Decider.Given();

    [Fact]
    public void Whoever_takes_an_exception_first_opens_its_case() =>
        Case.When(new AssignCase(Subject, "olga", "Mine.")).Then(Opened, Taken);

    [Fact]
    public void Giving_it_to_who_has_it_changes_nothing() =>
        ExceptionCase.Decider.Given(Opened, Taken).When(new AssignCase(Subject, "olga", "Again.")).ThenNothing();

    [Fact]
    public void It_is_taken_from_whoever_has_it() => ExceptionCase.Decider.Given(Opened, Taken)
        .When(new AssignCase(Subject, null, "On leave.")).Then(new CaseAssigned(null, "On leave.", "nora", Noon));

    [Fact]
    public void A_note_needs_no_reason_beside_it() =>
        Case.When(new NoteCase(Subject, "Called them.")).Then(Opened, new CaseNoted("Called them.", "nora", Noon));

    [Fact]
    public void Only_tags_that_change_something_are_recorded() => ExceptionCase.Decider.Given(
            Opened, new CaseTagged(["vip", "month-end"], [], "Sorted.", "nora", Noon))
        .When(new TagCase(Subject, ["vip", "waits", "waits"], ["month-end", "never-had"], "Sorted again."))
        .Then(new CaseTagged(["waits"], ["month-end"], "Sorted again.", "nora", Noon));

    [Fact]
    public void A_snooze_ends_at_its_time_or_when_somebody_ends_it() => Case
        .When(new SnoozeCase(Subject, Noon.AddDays(1), "They answer tomorrow.")).Then(Opened, new CaseSnoozed(Noon.AddDays(1), "They answer tomorrow.", "nora", Noon))
        .When(new SnoozeCase(Subject, null, "They answered."), "key-2").Then(new CaseSnoozed(null, "They answered.", "nora", Noon))
        .When(new SnoozeCase(Subject, null, "Twice."), "key-3").ThenNothing();

    [Theory]
    [InlineData(0)]
    [InlineData(93)]
    public void A_snooze_ends_soon_and_not_before_it_begins(int days) =>
        Case.When(new SnoozeCase(Subject, Noon.AddDays(days), "Later.")).ThenRefused("SNOOZE_INVALID until");

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var nobody = Case.By(new("audrey", [Roles.Auditor]));
        nobody.When(new AssignCase(Subject, " ", "")).ThenRefused("FORBIDDEN", "REASON_REQUIRED reason", "ASSIGNEE_INVALID assignee");
        Case.When(new NoteCase(Subject, "")).ThenRefused("NOTE_INVALID text");
        Case.When(new TagCase(Subject, ["", string.Concat(Enumerable.Repeat(Long, 41))], [], "")).ThenRefused(
            "REASON_REQUIRED reason", "TAG_INVALID add[0]", "TAG_INVALID add[1]");
        Case.When(new TagCase(Subject, [.. Enumerable.Range(0, 21).Select(i => $"t{i}")], [], "Many.")).ThenRefused("TOO_MANY_TAGS add");
    }

    [Fact]
    public void A_case_is_no_endless_chat() => ExceptionCase.Decider
        .Given([Opened, .. Enumerable.Range(0, ExceptionCase.MaxNotes).Select(i => new CaseNoted($"{i}", "nora", Noon))])
        .When(new NoteCase(Subject, "One more.")).ThenRefused("TOO_MANY_NOTES text");

    [Fact]
    public void A_case_does_nothing_else() => Case.When(new RetryStep("x", "r")).ThenRefused("UNSUPPORTED_COMMAND");
}
