using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.Salesforce.Schema;

namespace Q2C.Simulators.Salesforce;

/// <summary>
/// Certinia PSA in the org: the objects of the package (<c>pse__</c>) with the external ids that our installation adds.
/// A timecard holds a person's week; its split is what is billed.
/// </summary>
internal static class Certinia
{
    public const string Timecard = "pse__Timecard_Header__c";
    public const string Split = "pse__Timecard__c";

    private static readonly string[] Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    public static IEnumerable<SObject> Objects(SField[] system) =>
    [
        new("pse__Proj__c", "a1p",
        [
            .. system, Text("Name") with { Required = true }, To("pse__Account__c", "Account"), To("pse__Opportunity__c", "Opportunity"),
            Day("pse__Start_Date__c"), Day("pse__End_Date__c"), Text("pse__Stage__c"), Text("pse__Project_Type__c"), Flag("pse__Is_Active__c"),
            Flag("pse__Is_Billable__c"), Flag("pse__Allow_Timecards_Without_Assignment__c"), Flag("pse__Closed_for_Time_Entry__c"),
            Flag("pse__Closed_for_Expense_Entry__c"), Text("pse__Notes__c"), Key("Q2C_Project_Id__c"),
        ]),
        new("pse__Budget__c", "a1b",
        [
            .. system, Text("Name") with { Required = true }, To("pse__Project__c", "pse__Proj__c") with { Required = true }, Number("pse__Amount__c"),
            Text("pse__Type__c"), Text("pse__Status__c"), Flag("pse__Include_In_Financials__c"), Key("Q2C_Budget_Id__c"),
        ]),
        new("pse__Milestone__c", "a1m",
        [
            .. system, Text("Name") with { Required = true }, To("pse__Project__c", "pse__Proj__c") with { Required = true },
            Day("pse__Target_Date__c"), Day("pse__Actual_Date__c"), Number("pse__Milestone_Amount__c"), Text("pse__Status__c"), Flag("pse__Approved__c"),
            Flag("pse__Include_In_Financials__c"), Flag("pse__Invoiced__c"), Text("pse__Invoice_Number__c"), Key("Q2C_Milestone_Id__c"),
        ]),
        new("pse__Project_Task__c", "a1t",
        [
            .. system, Text("Name") with { Required = true }, To("pse__Project__c", "pse__Proj__c") with { Required = true }, Text("pse__Summary__c"),
            Text("pse__Description__c"), Key("Q2C_Task_Id__c"),
        ]),
        new("pse__Assignment__c", "a1a",
        [
            .. system, Text("Name"), To("pse__Project__c", "pse__Proj__c") with { Required = true }, To("pse__Resource__c", "Contact"), Text("pse__Role__c"),
            Number("pse__Bill_Rate__c"), Flag("pse__Is_Billable__c"), Text("pse__Status__c"),
        ]),
        new("pse__Resource_Request__c", "a1q",
        [
            .. system, Text("pse__Resource_Request_Name__c"), To("pse__Project__c", "pse__Proj__c") with { Required = true }, Text("pse__Resource_Role__c"),
            Number("pse__Requested_Bill_Rate__c"), Text("pse__Status__c"), Key("Q2C_Role_Id__c"),
        ]),
        new(Timecard, "a1h", [.. system, Text("Name") with { ReadOnly = true }, .. Week()]),
        new(Split, "a1s",
        [
            .. system, Text("Name") with { ReadOnly = true }, To("pse__Timecard_Header__c", Timecard) with { Required = true }, .. Week(),
            Flag("pse__Invoiced__c"), Text("pse__Invoice_Number__c"),
        ]),
        new("pse__Expense__c", "a1e",
        [
            .. system, Text("Name") with { ReadOnly = true }, To("pse__Project__c", "pse__Proj__c") with { Required = true }, To("pse__Resource__c", "Contact"),
            Day("pse__Expense_Date__c") with { Required = true }, Number("pse__Amount__c") with { Required = true }, Text("pse__Type__c"), Text("pse__Status__c"),
            Flag("pse__Approved__c"), Flag("pse__Billable__c"), Flag("pse__Include_In_Financials__c"), Text("pse__Description__c"),
            Flag("pse__Invoiced__c"), Text("pse__Invoice_Number__c"),
        ]),
    ];

    /// <summary>What a timecard's split takes over from it.</summary>
    public static JsonObject SplitOf(JsonObject timecard)
    {
        var split = new JsonObject { ["pse__Timecard_Header__c"] = timecard["Id"].Text() };
        foreach (var field in Week())
            if (timecard.ContainsKey(field.Name)) split[field.Name] = timecard[field.Name]?.DeepClone();
        if (timecard["CurrencyIsoCode"].Text() is { } currency) split["CurrencyIsoCode"] = currency;
        return split;
    }

    private static IEnumerable<SField> Week() =>
    [
        To("pse__Project__c", "pse__Proj__c") with { Required = true }, To("pse__Resource__c", "Contact") with { Required = true },
        To("pse__Assignment__c", "pse__Assignment__c"), To("pse__Milestone__c", "pse__Milestone__c"),
        Day("pse__Start_Date__c") with { Required = true }, Day("pse__End_Date__c") with { Required = true },
        .. Days.SelectMany(day => new[] { Number($"pse__{day}_Hours__c"), Text($"pse__{day}_Notes__c") }),
        Text("pse__Status__c"), Flag("pse__Submitted__c"), Flag("pse__Approved__c"), Flag("pse__Billable__c"), Flag("pse__Include_In_Financials__c"),
    ];
}
