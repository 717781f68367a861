using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Connections;
using Q2C.Contracts;
using Q2C.Grains.Projects;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Grains.Tests.Projects;

/// <summary>
/// The engagement that the stories tell: an implementation by the hour with a cap, a discovery for a fixed fee, expenses
/// with a markup.
/// </summary>
internal static class Engagement
{
    public const string ProjectId = "eu_pr_00000000000000000000000000";
    public const string ContractId = "eu_ct_00000000000000000000000000";
    public const string CustomerId = "eu_cu_00000000000000000000000000";
    public const string Run = "eu_run_00000000000000000000000000";
    public const string InvoiceId = "eu_inv_00000000000000000000000000";
    public const string Number = "INV-1001";
    public const string Entity = "ACME-DE";

    public const string Implementation = "implementation";
    public const string Discovery = "discovery";
    public const string Travel = "travel";

    public const string Consultant = "Consultant";
    public const string Senior = "Senior Consultant";
    public const string Architect = "Architect";

    public static readonly DateOnly Start = new(2026, 3, 1);
    public static readonly DateOnly End = new(2026, 12, 31);

    public static readonly CustomerProfile Customer = new(
        "Globex", null, new("Main Street 1", null, "Berlin", null, "10115", "DE"), null, null, "ap@globex.example", "EUR", []);

    public static readonly Routing Routing = new(
        Entity, "salesforce", "netsuite", "kantata", "avatax", "stripe", Rounding.HalfUp, Eur(50_000), 30, "Europe/Berlin",
        new("Werkstr. 2", null, "Hamburg", null, "20095", "DE"), ImmutableDictionary<string, string>.Empty, []);

    public static readonly ContractLine ImplementationLine = ImplementationAt(150, 190, 220, 20_000);

    public static readonly Terms Terms = new(1, Start, "EUR",
    [
        ImplementationLine,
        new(Discovery, "consulting", "Discovery",
            new BillingModel.FixedFee(Eur(12_000), [new("M1", "Discovery report", Eur(12_000), null)]), Start, End),
        new(Travel, "expenses", "Travel", new BillingModel.Expenses(10, ["Meals"]), Start, End),
    ]);

    public static readonly ContractActivated Activated = new(
        ContractId, ProjectId, CustomerId, Customer, "Globex rollout", Terms, Routing, [], DeciderSpec.Noon);

    public static readonly ProjectOpened Opened = new(Activated, DeciderSpec.Noon);

    /// <summary>The project with this history, opened before it.</summary>
    public static Given<ProjectState> Open(params Event[] history) => Project.Decider.Given([Opened, .. history]).In(ProjectId);

    public static ContractLine ImplementationAt(decimal consultant, decimal senior, decimal architect, decimal? cap) => new(
        Implementation, "consulting", "Implementation",
        new BillingModel.TimeAndMaterials(
            [new(Consultant, consultant), new(Senior, senior), new(Architect, architect)], cap is { } most ? new(Eur(most)) : null),
        Start, End);

    public static Terms ChangeOrder(int version, DateOnly from, ContractLine line) =>
        new(version, from, "EUR", Terms.Lines.Replace(Terms.Lines.Single(old => old.Id == line.Id), line));

    public static ContractAmended Amended(Terms terms, string reason = "Change order") =>
        new(ContractId, ProjectId, terms, reason, "sam", DeciderSpec.Noon);

    public static Money Eur(decimal amount) => Money.Of(amount, "EUR");

    public static DateOnly March(int day) => new(2026, 3, day);

    public static WorkRecord.TimeWorked Hours(
        string id, int day, string role, decimal hours, long version = 1, bool billable = true, string? line = null) =>
        new($"time_entry/{id}", version, March(day), "Ada", role, "Build", hours, billable, line, null);

    public static WorkRecord.ExpenseIncurred Cost(
        string id, int day, string category, Money cost, long version = 1, bool billable = true, string? line = null) =>
        new($"expense/{id}", version, March(day), "Ada", category, cost, billable, line, null);

    public static WorkRecord.MilestoneReached Reached(string id, int day, string milestone, long version = 1) =>
        new($"milestone/{id}", version, March(day), milestone);

    public static WorkRecord.Retracted Deleted(WorkRecord record, long version) =>
        new(record.SourceId, version, record.Date, "deleted in the PSA");

    public static Observe Reported(params WorkRecord[] records) =>
        Observed(new WorkReported("kantata", ProjectId, [.. records], DeciderSpec.Noon));

    public static Observe Observed(params Event[] events) => new("eu_wf_00000000000000000000000000", [.. events]);

    public static Observe Billed(DateOnly cutOff, string run = Run, string entity = Entity) =>
        Observed(new ReservationAsked(run, ProjectId, entity, cutOff, DeciderSpec.Noon));

    public static Observe Issued(params string[] itemIds) => IssuedIn(Run, Number, itemIds);

    public static Observe IssuedIn(string run, string number, params string[] itemIds) => Observed(new InvoiceIssued(
        InvoiceId, run, ProjectId, ContractId, CustomerId, number, March(31), March(31).AddDays(30), Eur(0), Eur(0), Eur(0),
        [.. itemIds], [], DeciderSpec.Noon));

    public static Observe Rejected(string run = Run) =>
        Observed(new InvoiceRejected(InvoiceId, run, ProjectId, "Wrong period", "max", DeciderSpec.Noon));

    /// <summary>Each item that is not invoiced: id, value, amount, bucket, and the run that holds it.</summary>
    public static string[] Items(this Given<ProjectState> given) =>
    [
        .. given.State.Unbilled.Values
            .OrderBy(unbilled => unbilled.Item.Date).ThenBy(unbilled => unbilled.Item.Id, StringComparer.Ordinal)
            .Select(unbilled => unbilled.Item)
            .Select(item => $"{item.Id} {item.Value.Amount:0.00} {item.Amount.Amount:0.00} {item.Disposition}"),
    ];

    public static string[] Explanations(this Given<ProjectState> given) =>
    [
        .. given.State.Unbilled.Values
            .OrderBy(unbilled => unbilled.Item.Date).ThenBy(unbilled => unbilled.Item.Id, StringComparer.Ordinal)
            .Select(unbilled => unbilled.Item.Explanation),
    ];
}
