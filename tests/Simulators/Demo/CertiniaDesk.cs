using System.Text.Json.Nodes;
using static Q2C.Simulators.Demo.StoryTools;

namespace Q2C.Simulators.Demo;

/// <summary>What people do in Certinia, in the org that it is installed in. What is there already is left alone.</summary>
internal sealed class CertiniaDesk(VendorControl org)
{
    private const string Timecard = "pse__Timecard_Header__c";

    /// <summary>Certinia's id of a project of the hub.</summary>
    public async Task<string> Project(string project, CancellationToken cancel) =>
        Id((await org.Records("pse__Proj__c", cancel)).Single(one => Text(one, "Q2C_Project_Id__c") == project));

    /// <summary>A person of this role on the project; returns the assignment.</summary>
    public async Task<JsonObject> Assign(string project, string person, string role, CancellationToken cancel)
    {
        var contact = (await org.Records("Contact", cancel)).FirstOrDefault(one => Text(one, "LastName") == person)
            ?? await Insert("Contact", new() { ["LastName"] = person }, cancel);
        return (await org.Records("pse__Assignment__c", cancel)).FirstOrDefault(one =>
                Text(one, "pse__Project__c") == project && Text(one, "pse__Resource__c") == Id(contact))
            ?? await Insert("pse__Assignment__c", new()
            {
                ["pse__Project__c"] = project, ["pse__Resource__c"] = Id(contact), ["pse__Role__c"] = role,
            }, cancel);
    }

    /// <summary>A project that people opened for one of the hub's, to enter time for it.</summary>
    public async Task<string> Open(string project, string name, string currency, CancellationToken cancel) => Id(
        (await org.Records("pse__Proj__c", cancel)).FirstOrDefault(one => Text(one, "Q2C_Project_Id__c") == project)
        ?? await Insert("pse__Proj__c", new() { ["Name"] = name, ["CurrencyIsoCode"] = currency, ["Q2C_Project_Id__c"] = project }, cancel));

    /// <summary>A week's timecard, submitted, approved and in the financials, with the same note on each of its days.</summary>
    public async Task Work(JsonObject assignment, DateOnly monday, string note, string currency, CancellationToken cancel, params (DayOfWeek Day, decimal Hours)[] days)
    {
        if (await FindWork(days[0].Day, note, cancel) is not null) return;
        var timecard = new JsonObject
        {
            ["pse__Project__c"] = Text(assignment, "pse__Project__c"), ["pse__Resource__c"] = Text(assignment, "pse__Resource__c"),
            ["pse__Assignment__c"] = Id(assignment), ["CurrencyIsoCode"] = currency, ["pse__Start_Date__c"] = Iso(monday),
            ["pse__End_Date__c"] = Iso(monday.AddDays(6)), ["pse__Billable__c"] = true, ["pse__Status__c"] = "Approved", ["pse__Approved__c"] = true,
            ["pse__Include_In_Financials__c"] = true,
        };
        foreach (var (day, hours) in days) (timecard[Hours(day)], timecard[Notes(day)]) = (hours, note);
        await Insert(Timecard, timecard, cancel);
    }

    /// <summary>The hours of approved work are corrected.</summary>
    public async Task Correct(DayOfWeek day, string note, decimal hours, CancellationToken cancel)
    {
        var timecard = await FindWork(day, note, cancel) ?? throw new InvalidOperationException($"No timecard says '{note}'.");
        if (Number(timecard, Hours(day)) != hours) await Update(Timecard, Id(timecard), new() { [Hours(day)] = hours }, cancel);
    }

    /// <summary>The hours that an approved timecard says.</summary>
    public async Task<decimal?> HoursOf(DayOfWeek day, string note, CancellationToken cancel) => Number(await FindWork(day, note, cancel), Hours(day));

    public async Task Reach(string project, string milestone, DateOnly day, CancellationToken cancel)
    {
        var record = (await org.Records("pse__Milestone__c", cancel)).Single(one => Text(one, "pse__Project__c") == project && Text(one, "Name") == milestone);
        if (Text(record, "pse__Approved__c") == "true") return;
        await Update("pse__Milestone__c", Id(record), new()
        {
            ["pse__Status__c"] = "Approved", ["pse__Approved__c"] = true, ["pse__Actual_Date__c"] = Iso(day),
        }, cancel);
    }

    private async Task<JsonObject?> FindWork(DayOfWeek day, string note, CancellationToken cancel) =>
        (await org.Records(Timecard, cancel)).FirstOrDefault(one => Text(one, Notes(day)) == note);

    private static string Hours(DayOfWeek day) => $"pse__{day}_Hours__c";

    private static string Notes(DayOfWeek day) => $"pse__{day}_Notes__c";

    private Task<JsonObject> Insert(string type, JsonObject fields, CancellationToken cancel) =>
        org.Do("change", new() { ["object"] = type, ["fields"] = fields }, cancel);

    private Task<JsonObject> Update(string type, string id, JsonObject fields, CancellationToken cancel) =>
        org.Do("change", new() { ["object"] = type, ["id"] = id, ["fields"] = fields }, cancel);

    private static string Id(JsonObject record) => Text(record, "Id")!;
}
