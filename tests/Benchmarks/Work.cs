using System.Collections.Concurrent;
using System.Collections.Immutable;
using Q2C.Connections;
using Q2C.Contracts;
using Q2C.Customers;
using Q2C.Projects;

namespace Q2C.Benchmarks;

/// <summary>The commands that the benches send.</summary>
internal static class Work
{
    public static readonly DateOnly Start = new(2026, 1, 1);
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly string About = new('x', 40);

    private static readonly ConcurrentDictionary<int, string> Customers = new();

    /// <summary>Callers know whom they call: deriving the id is not part of a command.</summary>
    public static string Customer(int number) =>
        Customers.GetOrAdd(number, static one => Ids.Derive("eu", Ids.Customer, "bench", $"{one}"));

    /// <summary>A customer's record, different in each revision; its event is stored in about 500 bytes.</summary>
    public static UpsertCustomer Record(int number, long revision) => new(
        "bench", Noon.AddSeconds(revision), new(
            $"Customer {number} {About}", null,
            new($"{revision} Main Street", "Building C, third floor", "Berlin", null, "10115", "DE"), "DE136695976", null,
            $"accounts.payable.{number}@customer.example", "EUR", [new("salesforce", "Account", $"001{number:d15}")]));

    public static CommandEnvelope Upsert(int number, long revision, string key) =>
        new(key, Record(number, revision), Actor.System, key);

    public static string Project(string name) => Ids.Derive("eu", Ids.Project, "bench", name);

    public static string Feed(string name) => Ids.Derive("eu", Ids.WorkFeed, "bench", name);

    /// <summary>Opens a project for work by the hour without a cap.</summary>
    public static CommandEnvelope Open(string name) => new(
        $"open/{name}", new Observe(Ids.Derive("eu", Ids.Contract, "bench", name), [Activated(name)]), Actor.System, name);

    public static ContractActivated Activated(string name)
    {
        var contract = Ids.Derive("eu", Ids.Contract, "bench", name);
        var address = new PostalAddress("Main Street 1", null, "Berlin", null, "10115", "DE");
        var terms = new Terms(1, Start, "EUR",
        [
            new("implementation", "consulting", "Implementation",
                new BillingModel.TimeAndMaterials([new("Consultant", 150m)], null), Start, Start.AddYears(5)),
        ]);
        return new(
            contract, Project(name), Customer(0), Record(0, 1).Profile, "Rollout", terms,
            new(
                "DE01", "salesforce", "netsuite", "kantata", "avatax", "stripe", Rounding.HalfUp, Money.Of(50_000, "EUR"), 30,
                "Europe/Berlin", address, ImmutableDictionary<string, string>.Empty.Add("consulting", "SP140000"), []),
            [], Noon);
    }

    public static ImmutableArray<WorkRecord> Hours(int from, int count) =>
    [
        .. Enumerable.Range(from, count).Select(i => (WorkRecord)new WorkRecord.TimeWorked(
            $"time_entry/{i}", 1, Start.AddDays(i % 365), "Ada Lovelace", "Consultant", "Build", 1.5m, true, null, null)),
    ];

    public static CommandEnvelope Report(string name, int from, int count) => new(
        $"report/{from}", new ReportWork("kantata", name, Project(name), Hours(from, count)), Actor.System, name);

    public static CommandEnvelope Observed(string name, int from, int count) => new(
        $"observe/{from}", new Observe(Feed(name), [new WorkReported("kantata", Project(name), Hours(from, count), Noon)]),
        Actor.System, name);
}
