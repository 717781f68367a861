using System.Collections.Immutable;
using Q2C.Connections;
using Q2C.Contracts;
using Q2C.Customers;
using Q2C.Projects;

namespace Q2C.Chaos.Simulation;

/// <summary>
/// What is sold and worked in one engagement, decided before it begins. All amounts come out even, so that what it is
/// worth can be told without rounding.
/// </summary>
internal sealed class Engagement
{
    public const string Entity = "DE01";

    private const int CustomersShare = 3;
    private const decimal ConsultantRate = 150;
    private const decimal ArchitectRate = 188;
    private const decimal MarkupPercent = 5;

    public static readonly DateOnly Start = new(2026, 1, 5);

    private readonly List<WorkRecord> _work = [];

    public Engagement(int number, Random random)
    {
        Number = number;
        var account = number / CustomersShare;
        CustomerId = Ids.Derive("eu", Ids.Customer, "crm", $"account-{account}");
        ContractId = Ids.Derive("eu", Ids.Contract, "crm", $"opportunity-{number}");
        ProjectId = Ids.Derive("eu", Ids.Project, ContractId);
        FeedId = Ids.Derive("eu", Ids.WorkFeed, "psa", $"workspace-{number}");
        Fee = 1_000m * random.Next(1, 30);
        Profile = new(
            $"Customer {account}", null, new("Torstrasse 1", null, "Berlin", null, "10119", "DE"), "DE999999999", null,
            $"billing-{account}@customer.example", "EUR", [new("crm", "Account", $"account-{account}")]);
        Plan(random);
    }

    public int Number { get; }

    public string CustomerId { get; }

    public string ContractId { get; }

    public string ProjectId { get; }

    public string FeedId { get; }

    public CustomerProfile Profile { get; }

    public decimal Fee { get; }

    /// <summary>Every version of every record, in the order in which the PSA has them.</summary>
    public IReadOnlyList<WorkRecord> Work => _work;

    public ImmutableArray<ContractLine> Lines =>
    [
        new("fee", "consulting", "Discovery", new BillingModel.FixedFee(Eur(Fee), [new("M1", "Report", Eur(Fee), null)]), Start, null),
        new("time", "consulting", "Advice",
            new BillingModel.TimeAndMaterials([new("Consultant", ConsultantRate), new("Architect", ArchitectRate)], null), Start, null),
        new("travel", "travel", "Travel", new BillingModel.Expenses(MarkupPercent, ["alcohol"]), Start, null),
    ];

    /// <summary>What all of the work is worth as it stands in the end.</summary>
    public decimal Worth => _work.GroupBy(record => record.SourceId).Select(versions => versions.MaxBy(record => record.SourceVersion)!).Sum(Value);

    public ImmutableArray<GrainCommandOf> Won(DateTimeOffset changedAt) =>
    [
        new(CustomerId, new UpsertCustomer("crm", changedAt, Profile)),
        new(ContractId, new AcceptQuote(
            $"Engagement {Number}", "crm", $"opportunity-{Number}", $"quote-{Number}", changedAt, CustomerId, Profile, Entity, "standard",
            "EUR", Start, null, $"PO-{Number}", Lines)),
    ];

    public GrainCommandOf Reported(WorkRecord record) =>
        new(FeedId, new ReportWork("psa", $"workspace-{Number}", ProjectId, [record]));

    private decimal Value(WorkRecord record) => record switch
    {
        WorkRecord.TimeWorked { Role: "Architect" } time => time.Hours * ArchitectRate,
        WorkRecord.TimeWorked time => time.Hours * ConsultantRate,
        WorkRecord.ExpenseIncurred expense => expense.Cost.Amount * (100 + MarkupPercent) / 100,
        WorkRecord.MilestoneReached => Fee,
        _ => 0,
    };

    private void Plan(Random random)
    {
        var entries = random.Next(2, 7);
        for (var i = 0; i < entries; i++) _work.Add(Time(i, 1));
        if (random.Next(2) == 0) _work.Add(new WorkRecord.ExpenseIncurred(
            $"expense/{Number}", 1, Day(), "Ada", "Flight", Eur(20 * random.Next(1, 40)), true, null, null));
        if (random.Next(4) > 0) _work.Add(new WorkRecord.MilestoneReached($"milestone/{Number}", 1, Day(), "M1"));
        for (var i = 0; i < entries; i++)
        {
            if (random.Next(4) > 0) continue;
            _work.Add(random.Next(3) == 0 ? new WorkRecord.Retracted($"time/{Number}-{i}", 2, Day(), "entered twice") : Time(i, 2));
        }

        WorkRecord.TimeWorked Time(int i, long version) => new(
            $"time/{Number}-{i}", version, Day(), "Ada", random.Next(2) == 0 ? "Consultant" : "Architect", "Build",
            random.Next(1, 40) / 4m, true, null, null);

        DateOnly Day() => Start.AddDays(random.Next(0, 25));
    }

    private static Money Eur(decimal amount) => Money.Of(amount, "EUR");
}

internal sealed record GrainCommandOf(string Grain, Command Command);
