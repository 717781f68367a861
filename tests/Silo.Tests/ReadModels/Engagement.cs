using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Customers;
using Q2C.Invoices;
using Q2C.Projects;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Tests.ReadModels;

/// <summary>One small engagement as the journal has it: a quote, a pause, one corrected time entry, one invoice, two payments.</summary>
internal sealed class Engagement
{
    public const string Customer = "eu_cu_1";
    public const string Contract = "eu_ct_1";
    public const string Project = "eu_pr_1";
    public const string Invoice = "eu_inv_1";
    public const string Run = "eu_run_1";

    public static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Day = new(2026, 3, 2);
    private static readonly PostalAddress Address = new("1 Main Street", null, "Berlin", null, "10115", "DE");

    private static readonly CustomerProfile Acme = new(
        "Acme", null, Address, "DE1", null, "pay@acme.example", "EUR", [new("salesforce", "Account", "001A")]);

    private static readonly Terms Terms = new(1, Day, "EUR",
    [
        new("line-1", "consulting", "Consulting", new BillingModel.TimeAndMaterials([new("architect", 150m)], null), Day, null),
    ]);

    private static readonly Routing Routing = new(
        "DE01", "salesforce", "netsuite", "kantata", "avatax", "stripe", Rounding.HalfUp, Eur(100_000), 30, "Europe/Berlin",
        Address, ImmutableDictionary<string, string>.Empty.Add("consulting", "P0000000"), []);

    private readonly List<PumpedRow> _rows = [];
    private readonly Dictionary<string, long> _versions = [];

    public Engagement()
    {
        var upsert = new UpsertCustomer("salesforce", Noon, Acme);
        Add(Customer, new CustomerRegistered(Customer, upsert, Noon));
        Add(Contract, new QuoteAccepted(Contract, Project, Quote(), Terms, "p1", Noon));
        Add(Contract, new ExceptionRaised(
            new("erp-customer", ExceptionCategory.Business, "NAME_TAKEN", "Customer in ERP", "The name is taken.", "Rename it.",
                Roles.Operator, "netsuite", null), Noon));
        Add(Contract, new ExceptionResolved("erp-customer", "retried", null, "olga", Noon));
        Add(Contract, new ContractActivated(Contract, Project, Customer, Acme, "Rollout", Terms, Routing, [], Noon));
        Add(Customer, new ContractLinked(Contract, Noon));
        Add(Project, new ProjectOpened(
            new(Contract, Project, Customer, Acme, "Rollout", Terms, Routing, [], Noon), Noon));
        Add(Project, new ItemAdded(Item(1, 8), Record(1, 8), Noon));
        Add(Project, new ItemReplaced("time/1@1", Item(2, 12), Record(2, 12), Noon));
        Add(Run, new BillingRunStarted(Run, new("DE01", Day, Day, [Project]), "fiona", Noon),
            new ReservationAsked(Run, Project, "DE01", Day, Noon));
        Add(Project, new ItemsReserved(Run, Project, Contract, Customer, Acme, Routing, Terms, [Item(2, 12)], Noon));
        Add(Run, new ReservationReceived(Project, 1, Noon), new DraftMade(Draft(), Noon));
        Add(Invoice, new InvoiceDrafted(Draft(), Noon));
        Add(Invoice, new InvoiceTaxed([new("1", Eur(342), 0.19m, "DE")], Eur(342), Eur(2142), Noon));
        Add(Invoice, new InvoiceIssued(
            Invoice, Run, Project, Contract, Customer, "INV-1", Day, Day.AddDays(30), Eur(1800), Eur(342), Eur(2142),
            ["time/1@2"], [], Noon));
        Add(Project, new ItemsInvoiced(Run, Invoice, "INV-1", ["time/1@2"], Noon));
        Add(Run, new InvoiceSettled(Invoice, Issued: true, Noon), new BillingRunCompleted(1, 0, Noon));
        Add(Contract, new TotalsChanged(Eur(1800), Eur(1800), new(Invoice, "INV-1", Eur(1800), Eur(2142), Eur(0)), Noon));
        Add(Customer, new ReceivableChanged(Invoice, Eur(2142), Eur(2142), Noon));
        Add(Invoice, Payment("pay-1", 1000, 1142));
        Add(Invoice, Payment("pay-2", 1142, 0));
    }

    public ImmutableArray<PumpedRow> Rows => [.. _rows];

    public static PumpedRow Row(string grain, long version, params ImmutableArray<Event> events) =>
        Row(grain, version, Outcome.Changed, [], events);

    public static PumpedRow Row(
        string grain, long version, Outcome outcome, ImmutableArray<Problem> problems, params ImmutableArray<Event> events) => new(
        new(
            grain, version, $"key-{version}", new byte[32], outcome, ReadOnlyMemory<byte>.Empty, "corr-1", null, "nora", Noon, "eu",
            Shard: 0, Seq: version),
        new(events, problems, null, ImmutableDictionary<string, long>.Empty));

    private void Add(string grain, params ImmutableArray<Event> events)
    {
        _versions[grain] = _versions.GetValueOrDefault(grain) + 1;
        var row = Row(grain, _versions[grain], events);
        _rows.Add(row with { Row = row.Row with { Seq = _rows.Count + 1 } });
    }

    private static Money Eur(decimal amount) => Money.Of(amount, "EUR");

    private static AcceptQuote Quote() => new(
        "Rollout", "salesforce", "006A", "0Q0A", Noon, Customer, Acme, "DE01", "standard", "EUR", Day, null, "PO-1", Terms.Lines);

    private static BillableItem Item(int version, decimal hours) => new(
        $"time/1@{version}", "time/1", version, ItemKind.Time, "line-1", Day, "Workshop", "Ada", "architect", hours, 150m,
        Eur(hours * 150), Eur(hours * 150), Disposition.Billable, $"{hours} hours at 150.00", "terms 1, line-1, architect");

    private static WorkRecord.TimeWorked Record(int version, decimal hours) =>
        new("time/1", version, Day, "Ada", "architect", null, hours, Billable: true, null, "Workshop");

    private static InvoiceDraft Draft() => new(
        Invoice, Run, Project, Contract, Customer, Acme, Routing, "EUR", Day, "fiona",
        [new("1", "line-1", "consulting", "P0000000", "Consulting", 12, 150, Eur(1800), [new("time/1@2", "time/1", Eur(1800))])]);

    private static PaymentApplied Payment(string id, decimal amount, decimal outstanding) => new(
        Invoice, Contract, Customer, new(id, "stripe", Eur(amount), Day, id), Eur(amount), Eur(0), Eur(outstanding), [], Noon);
}
