using Q2C.Connections;
using Q2C.Grains.Connections;
using Q2C.Grains.Tests.Projects;
using Q2C.Projects;
using static Q2C.Grains.Tests.DeciderSpec;

namespace Q2C.Grains.Tests.Connections;

public sealed class WorkFeedTests
{
    private static readonly WorkRecord Entry = Engagement.Hours("1", 2, Engagement.Senior, 8);

    [Fact]
    public void A_report_is_passed_on_to_its_project() => WorkFeed.Decider.Given()
        .When(new ReportWork("kantata", "4711", Engagement.ProjectId, [Entry]))
        .Then(new WorkReported("kantata", Engagement.ProjectId, [Entry], Noon));

    [Fact]
    public void An_empty_report_changes_nothing() => WorkFeed.Decider.Given()
        .When(new ReportWork("kantata", "4711", Engagement.ProjectId, [])).ThenNothing();

    [Fact]
    public void A_report_that_cannot_be_passed_on_is_refused_with_every_reason() => WorkFeed.Decider.Given()
        .When(new ReportWork("kantata", "4711", "4711",
        [
            Entry with { SourceId = "" },
            .. Enumerable.Repeat(Entry, WorkFeed.MaxRecords),
            Entry with { SourceId = new('x', WorkFeed.MaxSourceIdLength + 1) },
        ]))
        .ThenRefused(
            "PROJECT_ID_INVALID projectId", "TOO_MANY_RECORDS records", "SOURCE_ID_INVALID records[0].sourceId",
            "SOURCE_ID_INVALID records[1001].sourceId");

    [Fact]
    public void A_feed_knows_no_other_command() => WorkFeed.Decider.Given()
        .When(new CloseProject("no project")).ThenRefused("UNSUPPORTED_COMMAND");

    private const string Feed = "eu_wf_00000000000000000000000000";

    private static readonly LinkFeed Link = new("jira", "FLEET", Engagement.ProjectId, "eu_ct_1", "Fleet platform", "Agreed with Ben");

    private static readonly FeedLinkAsked Asked = new(Link, Ask("link", 1, new LinkWorkProject(Link.ProjectId, "eu_ct_1", "Fleet platform", "FLEET")), Noon);

    private static readonly FeedUnlinkAsked BackAsked =
        new("It was the wrong one", Ask("unlink", 1, new UnlinkWorkProject(Link.ProjectId, "FLEET", "It was the wrong one")), Noon);

    [Fact]
    public void A_link_is_asked_of_the_system_and_holds_once_it_is_confirmed()
    {
        var asked = WorkFeed.Decider.Given().In(Feed).When(Link).Then(Asked);
        asked.When(Link).ThenNothing();
        asked.When(new ReportEffect(Asked.Effect.Id, new EffectOutcome.Accepted("10001", null)))
            .Then(new FeedStepConfirmed(Asked.Effect.Id, "10001", Noon))
            .When(Link).ThenNothing();
    }

    [Fact]
    public void A_project_there_belongs_to_one_project_here() => WorkFeed.Decider.Given(Asked).In(Feed)
        .When(Link with { ProjectId = "eu_pr_2" }).ThenRefused("WORK_PROJECT_TAKEN externalProject");

    [Fact]
    public void A_link_that_the_system_refused_waits_for_a_person_and_is_asked_again() => WorkFeed.Decider.Given(Asked).In(Feed)
        .When(new ReportEffect(Asked.Effect.Id, new EffectOutcome.Refused("WORK_PROJECT_UNKNOWN", "No project FLEET.", "Correct it.", ErrorClass.Business)))
        .Then(new ExceptionRaised(new(
            Asked.Effect.Id, ExceptionCategory.Business, "WORK_PROJECT_UNKNOWN", "Link to a project of work management",
            "Link to a project of work management: jira refused. No project FLEET.", "Correct it.", Roles.Delivery, "jira", null), Noon))
        .When(new RetryStep(Asked.Effect.Id, "It is there now"))
        .Then(
            new ExceptionResolved(Asked.Effect.Id, Resolutions.Retried, "It is there now", "nora", Noon),
            Asked with { Effect = Asked.Effect with { Id = $"{Feed}/link/2" } });

    [Fact]
    public void A_link_that_was_taken_back_leaves_the_place_to_another() => WorkFeed.Decider
        .Given(Asked, new FeedStepConfirmed(Asked.Effect.Id, "10001", Noon)).In(Feed)
        .When(new UnlinkFeed(Link.ProjectId, "It was the wrong one")).Then(BackAsked)
        .When(new ReportEffect(BackAsked.Effect.Id, new EffectOutcome.Accepted("10001", null))).Then(new FeedStepConfirmed(BackAsked.Effect.Id, "10001", Noon))
        .When(Link with { ProjectId = "eu_pr_2" }).Accepted();

    [Fact]
    public void Links_are_made_by_people_of_delivery_with_a_reason() => WorkFeed.Decider.Given().In(Feed).By(new("mia", [Roles.Sales]))
        .When(Link with { Reason = " " }).ThenRefused("FORBIDDEN", "REASON_REQUIRED reason");

    private static EffectRequest Ask(string key, int round, Operation operation) => new($"{Feed}/{key}/{round}", "jira", Feed, operation);
}
