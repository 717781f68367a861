using Q2C.Connections;
using Q2C.Projects;
using Q2C.Silo.Connectors;
using Q2C.Simulators.Core;

namespace Q2C.Silo.Tests.Connectors.Certinia;

/// <summary>What people do in Certinia, as the org's change events bring it.</summary>
public sealed class CertiniaWorkTests : IAsyncLifetime
{
    private const string Header = "pse__Timecard_Header__c";
    private const string Split = "pse__Timecard__c";
    private const string Expense = "pse__Expense__c";

    private static readonly DateOnly Monday = new(2026, 11, 16);
    private static readonly DateOnly Wednesday = new(2026, 11, 18);

    private CertiniaBench _bench = null!;

    public async Task InitializeAsync() => _bench = await CertiniaBench.Start();

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Theory]
    [InlineData(Header)]
    [InlineData(Split)]
    public async Task Each_day_of_an_approved_split_is_time_of_the_project(string entity)
    {
        await _bench.Timecard();
        Assert.Equal<WorkRecord>(
            [Worked(Monday, 8, "Data model"), Worked(Wednesday, 4.5m, null)], await Records(await _bench.Latest(entity)));
    }

    [Fact]
    public async Task A_timecard_that_is_not_approved_brings_nothing_and_one_that_is_not_in_financials_neither()
    {
        var timecard = await _bench.Timecard(approved: false);
        Assert.Empty(await Records(await _bench.Latest(Header)));
        Change(timecard, ("pse__Approved__c", true));
        Assert.Empty(await Records(await _bench.Latest(Header)));
        Change(timecard, ("pse__Include_In_Financials__c", true));
        Assert.Equal(2, (await Records(await _bench.Latest(Header))).Count);
    }

    [Fact]
    public async Task A_day_that_lost_its_hours_is_taken_back_and_days_that_never_had_any_are_not()
    {
        var timecard = await _bench.Timecard();
        await Records(await _bench.Latest(Header));
        Change(timecard, ("pse__Wednesday_Hours__c", 0), ("pse__Thursday_Hours__c", 4.5m));
        Assert.Equal<WorkRecord>(
            [
                Worked(Monday, 8, "Data model"), new WorkRecord.Retracted(Source(Wednesday), Version, Wednesday, "No hours on this day any more in Certinia."),
                Worked(Wednesday.AddDays(1), 4.5m, null),
            ],
            await Records(await _bench.Latest(Header)));
    }

    [Fact]
    public async Task An_approval_that_is_taken_back_takes_back_what_was_reported_also_after_a_restart()
    {
        var timecard = await _bench.Timecard();
        await Records(await _bench.Latest(Header));
        _bench.Connect();
        foreach (var day in new[] { Monday, Wednesday }) Know(Source(day));
        Change(timecard, ("pse__Approved__c", false));
        Assert.Equal<WorkRecord>(
            [.. new[] { Monday, Wednesday }.Select(day => new WorkRecord.Retracted(Source(day), Version, day, "Not approved in Certinia."))],
            await Records(await _bench.Latest(Header)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Work_that_is_moved_to_another_project_leaves_the_one_that_it_was_on(bool isOurs)
    {
        var second = Ids.Derive("us", Ids.Project, "second");
        var timecard = await _bench.Timecard();
        var other = _bench.Id(_bench.Org.Insert("pse__Proj__c", new() { ["Name"] = "Second", ["Q2C_Project_Id__c"] = isOurs ? second : null }));
        var expense = _bench.Id(_bench.Org.Insert(Expense, new()
        {
            ["pse__Project__c"] = _bench.Id(_bench.Org.Records("pse__Proj__c")[0]), ["pse__Resource__c"] = timecard["pse__Resource__c"]!.DeepClone(),
            ["pse__Expense_Date__c"] = "2026-11-17", ["pse__Amount__c"] = 10m, ["CurrencyIsoCode"] = "USD", ["pse__Type__c"] = "Travel",
            ["pse__Billable__c"] = true, ["pse__Approved__c"] = true, ["pse__Include_In_Financials__c"] = true,
        }));
        foreach (var entity in new[] { Header, Expense }) Assert.NotEmpty(await Records(await _bench.Latest(entity)));
        Change(timecard, ("pse__Project__c", other));
        _bench.Org.Update(Expense, expense, new() { ["pse__Project__c"] = other });

        Assert.Equal(
            (string[])[$"{CertiniaBench.ProjectId} Retracted", $"{CertiniaBench.ProjectId} Retracted", .. isOurs ? [$"{second} TimeWorked", $"{second} TimeWorked"] : (string[])[]],
            await Moves(await _bench.Latest(Header)));
        Assert.Equal(
            (string[])[$"{CertiniaBench.ProjectId} Retracted", .. isOurs ? [$"{second} ExpenseIncurred"] : (string[])[]],
            await Moves(await _bench.Latest(Expense)));

        async Task<List<string>> Moves(string change) =>
        [
            .. from command in Assert.IsType<InboundResult.Commands>(await _bench.Spec.Map(change)).Items
               let report = Assert.IsType<ReportWork>(command.Envelope.Command)
               from record in report.Records
               select $"{report.ProjectId} {record.GetType().Name}",
        ];
    }

    [Fact]
    public async Task A_deleted_split_takes_back_each_of_its_days()
    {
        await _bench.Timecard();
        await Records(await _bench.Latest(Split));
        var split = _bench.Split;
        _bench.Clock.Advance(TimeSpan.FromMinutes(1));
        _bench.Org.Delete(Split, split);
        Assert.Equal<WorkRecord>(
            [.. new[] { Monday, Wednesday }.Select(day => new WorkRecord.Retracted(
                $"certinia:{Split}/{split}/{day:yyyy-MM-dd}", _bench.Clock.GetUtcNow().ToUnixTimeMilliseconds(), day, "Deleted in Certinia."))],
            (await Records(await _bench.Latest(Split))).OrderBy(record => record.Date));
    }

    [Fact]
    public async Task Time_without_an_assignment_has_no_role_and_is_reported_all_the_same()
    {
        await _bench.Timecard(role: null);
        Assert.All(await Records(await _bench.Latest(Header)), record => Assert.Equal("", Assert.IsType<WorkRecord.TimeWorked>(record).Role));
    }

    [Fact]
    public async Task Expenses_and_milestones_count_when_they_are_approved()
    {
        var (project, resource) = await _bench.Started();
        await _bench.Spec.SendWell(CertiniaBench.Milestone);
        var expense = _bench.Id(_bench.Org.Insert(Expense, new()
        {
            ["pse__Project__c"] = project, ["pse__Resource__c"] = resource, ["pse__Expense_Date__c"] = "2026-11-17", ["pse__Amount__c"] = 123.45m,
            ["CurrencyIsoCode"] = "USD", ["pse__Type__c"] = "Travel", ["pse__Billable__c"] = true,
        }));
        Assert.Empty(await Records(await _bench.Latest(Expense)));
        _bench.Org.Update(Expense, expense, new() { ["pse__Approved__c"] = true, ["pse__Include_In_Financials__c"] = true });
        Assert.Equal<WorkRecord>(
            [new WorkRecord.ExpenseIncurred($"certinia:{Expense}/{expense}", Version, new(2026, 11, 17), "Ben Okafor", "Travel", Money.Of(123.45m, "USD"), true, null, null)],
            await Records(await _bench.Latest(Expense)));

        var milestone = _bench.Id(_bench.Org.Records("pse__Milestone__c").Single());
        _bench.Org.Update("pse__Milestone__c", milestone, new() { ["pse__Approved__c"] = true, ["pse__Actual_Date__c"] = "2026-11-20" });
        Assert.Equal<WorkRecord>(
            [new WorkRecord.MilestoneReached($"certinia:pse__Milestone__c/{milestone}", Version, new(2026, 11, 20), "L1-1")],
            await Records(await _bench.Latest("pse__Milestone__c")));
    }

    [Fact]
    public async Task Work_on_a_project_that_is_not_ours_is_nobodys()
    {
        var (_, resource) = await _bench.Started();
        var other = _bench.Id(_bench.Org.Insert("pse__Proj__c", new() { ["Name"] = "Internal" }));
        _bench.Org.Insert(Header, new()
        {
            ["pse__Project__c"] = other, ["pse__Resource__c"] = resource, ["pse__Start_Date__c"] = "2026-11-16", ["pse__End_Date__c"] = "2026-11-22",
            ["pse__Monday_Hours__c"] = 8, ["pse__Approved__c"] = true, ["pse__Include_In_Financials__c"] = true,
        });
        Assert.Empty(await Records(await _bench.Latest(Header)));
    }

    [Fact]
    public async Task What_the_org_does_not_let_us_read_waits_or_is_parked()
    {
        await _bench.Timecard();
        var body = await _bench.Latest(Header);
        _bench.Org.Faults.Add(new("data.get", FaultKind.Drop));
        await _bench.Spec.Waits(body, "NO_ANSWER");
        _bench.Org.Faults.Add(new("data.get", FaultKind.Status) { Status = 400, Body = """[{"errorCode":"INVALID_FIELD","message":"No such column 'x'."}]""" });
        await _bench.Spec.Parks(body, ("RECORD_NOT_READABLE", Split, $"The org does not let our user read {Split}: No such column 'x'."));
    }

    private long Version => _bench.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task<IReadOnlyList<WorkRecord>> Records(string body) =>
        Assert.IsType<InboundResult.Commands>(await _bench.Spec.Map(body)).Items is [var command]
            ? Assert.IsType<ReportWork>(command.Envelope.Command).Records
            : [];

    private void Change(System.Text.Json.Nodes.JsonObject timecard, params (string Field, System.Text.Json.Nodes.JsonNode Value)[] fields)
    {
        _bench.Clock.Advance(TimeSpan.FromMinutes(1));
        _bench.Org.Update(Header, _bench.Id(timecard), [.. fields.Select(field => KeyValuePair.Create(field.Field, (System.Text.Json.Nodes.JsonNode?)field.Value))]);
    }

    private void Know(string source) => _bench.Sources[("certinia", source)] = new(source, "us_wf_1", CertiniaBench.ProjectId);

    private WorkRecord.TimeWorked Worked(DateOnly day, decimal hours, string? note) => new(
        Source(day), Version, day, "Ben Okafor", "Senior Consultant", null, hours, true, null, note);

    private string Source(DateOnly day) => $"certinia:{Split}/{_bench.Split}/{day:yyyy-MM-dd}";
}
