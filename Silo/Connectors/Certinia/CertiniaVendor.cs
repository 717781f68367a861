using Q2C.Silo.Connectors.Salesforce;

namespace Q2C.Silo.Connectors.Certinia;

/// <summary>
/// Certinia PSA, a package in an org: projects, milestones, tasks and resource requests out; approved time, expenses and
/// milestones in, by change events. Options and secrets are those of the org.
/// </summary>
public sealed class CertiniaVendor : IVendor
{
    public string Name => "certinia";

    public ConnectionParts Connect(ConnectorContext context)
    {
        var org = SalesforceOrg.Of(context);
        return new(
            new CertiniaConnector(context.Settings, org.Api, new(context.Maps)),
            new CertiniaWork(context.Settings.Name, org.Api, context.References, context.Maps),
            org.ChangesOf([CertiniaObjects.Timecard, CertiniaObjects.Split, CertiniaObjects.Expense, CertiniaObjects.Milestone]),
            new HeldByExternalId(org.Api, CertiniaObjects.Project, CertiniaObjects.ProjectId, "project", Ids.Project));
    }
}

/// <summary>The package's objects, and the external ids that our installation adds to them.</summary>
internal static class CertiniaObjects
{
    public const string Project = "pse__Proj__c";
    public const string Budget = "pse__Budget__c";
    public const string Milestone = "pse__Milestone__c";
    public const string Task = "pse__Project_Task__c";
    public const string Role = "pse__Resource_Request__c";
    public const string Expense = "pse__Expense__c";

    /// <summary>A person's week, which is submitted and approved.</summary>
    public const string Timecard = "pse__Timecard_Header__c";

    /// <summary>The part of a timecard that is billed.</summary>
    public const string Split = "pse__Timecard__c";

    public const string ProjectId = "Q2C_Project_Id__c";
    public const string BudgetId = "Q2C_Budget_Id__c";
    public const string MilestoneId = "Q2C_Milestone_Id__c";
    public const string TaskId = "Q2C_Task_Id__c";
    public const string RoleId = "Q2C_Role_Id__c";

    /// <summary>Ours as an external id: a slash would end the path that names the record.</summary>
    public static string Key(string id) => id.Replace('/', '.');
}
