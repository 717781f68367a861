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
}
