using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Grains.Revenues;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Revenues;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Revenues;

/// <summary>A contract whose revenue is followed, told in the order in which things become known.</summary>
internal sealed record RevenueStory(Given<RevenueState> Life, BooksPolicy Books)
{
    public static readonly string RevenueId = RevenueIds.Of(ContractId);

    /// <summary>The entries of the ledger, as they were posted.</summary>
    public ImmutableArray<LedgerEntry> Entries => [.. Posted.Select(posted => posted.Entry)];

    public ImmutableArray<EntryPosted> Posted => [.. Life.History.OfType<EntryPosted>()];

    public RevenueState.Open State => (RevenueState.Open)Life.State;

    public RevenueView View => Revenue.Render(Life.State, 1)!;

    public static RevenueStory Of(params ContractLine[] lines) => In(BooksPolicy.Default with { RecogniseMonthly = false }, lines);

    public static RevenueStory In(BooksPolicy books, params ContractLine[] lines)
    {
        var story = new RevenueStory(Revenue.Decider.Given().In(RevenueId).Under(Policies(books)), books);
        return story.Hears(Activated with { Terms = new(1, lines.Min(line => line.Start), "EUR", [.. lines]) });
    }

    public static ContractLine Fee(string id, decimal price, RevenueTreatment? treatment, DateOnly start, DateOnly end) => new(
        id, "consulting", id, new BillingModel.FixedFee(Eur(price), [new($"{id}-1", id, Eur(price), null)]), start, end,
        Revenue: treatment is null ? null : new(treatment));

    public static ContractLine Work(string id, RevenueTreatment? treatment = null, string? costCentre = null) => new(
        id, "consulting", id, new BillingModel.TimeAndMaterials([new("Consultant", 100)], null), new(2026, 1, 1), null,
        CostCentre: costCentre, Revenue: treatment is null ? null : new(treatment));

    public static LinePosition Done(string line, decimal earned, decimal hours = 0, decimal? cost = null, decimal? forfeited = null) => new(
        line, Eur(earned), hours, cost is { } spent ? Eur(spent) : null, forfeited is { } expired ? Eur(expired) : null);

    public RevenueStory Hears(params Event[] events) => After(Life.When(new Observe(ContractId, [.. events])));

    public RevenueStory At(DateOnly day) => this with { Life = Life.At(new(day.ToDateTime(new(12, 0)), TimeSpan.Zero)) };

    public RevenueStory With(BooksPolicy books) => new(Life.Under(Policies(books)), books);

    public RevenueStory Invoiced(string number, DateOnly date, params IssuedLine[] lines)
    {
        var net = lines.Aggregate(Eur(0), (sum, line) => sum + line.Net);
        return Hears(new InvoiceIssued(
            Ids.Derive("eu", Ids.Invoice, number), Run, ProjectId, ContractId, CustomerId, number, date, date.AddDays(30), net, Eur(0), net,
            [], [], DeciderSpec.Noon, [.. lines], Entity));
    }

    public RevenueStory Invoiced(string number, DateOnly date, string line, decimal net) => Invoiced(number, date, new IssuedLine("1", line, Eur(net)));

    public RevenueStory Credited(string number, string invoice, DateOnly date, string line, decimal net, bool isBilledAgain, decimal items = 0)
    {
        var memo = new CreditMemoDraft(
            Ids.Derive("eu", Ids.CreditMemo, number), Ids.Derive("eu", Ids.Invoice, invoice), invoice, CustomerId, Activated.Customer,
            Activated.Routing, "EUR", date, "nora", "Agreed", isBilledAgain,
            [new("1", line, ProjectId, ContractId, "consulting", "", line, Eur(net), Eur(0), items == 0 ? [] : [new("i@1", "i", Eur(items))])]);
        return Hears(new CreditMemoIssued(memo, number, memo.Net, memo.Tax, memo.Total, [], DeciderSpec.Noon));
    }

    /// <summary>The day after the month, the month is recognised, and the project answers with these positions.</summary>
    public RevenueStory Recognized(int year, int month, params LinePosition[] positions)
    {
        var end = new DateOnly(year, month, DateTime.DaysInMonth(year, month));
        return At(end.AddDays(1)).Does(new RecognizeRevenue(end)).Answered(end, positions);
    }

    public RevenueStory Answered(DateOnly end, params LinePosition[] positions) =>
        Hears(new PositionReported(RevenueId, ProjectId, end, [.. positions], DeciderSpec.Noon));

    public RevenueStory Does(Command command) => After(Life.When(command));

    public When<RevenueState> When(Command command) => Life.When(command);

    /// <summary>Debit positive.</summary>
    public decimal Balance(string account, DateOnly? asOf = null) => Entries
        .Where(entry => asOf is null || entry.Date <= asOf)
        .SelectMany(entry => entry.Lines).Where(line => line.Account == account).Sum(line => line.Amount.Amount);

    public LineRevenue Line(string id) => State.Lines[id];

    /// <summary>Each posting of an entry: <c>deferred_revenue -100.00</c>.</summary>
    public static string[] Postings(LedgerEntry entry) =>
        [.. entry.Lines.Select(line => $"{line.Account} {line.Amount.Amount:0.00}").Order(StringComparer.Ordinal)];

    public static PolicySet Policies(BooksPolicy books) => PolicySet.Empty("eu") with
    {
        LegalEntities = ImmutableDictionary<string, LegalEntity>.Empty.Add(Entity, new(
            Entity, "Acme", "EUR", "Europe/Berlin", Activated.Routing.ShipFrom, "DE1", Rounding.HalfUp, Eur(50_000), 30,
            ImmutableDictionary<string, string>.Empty, ImmutableDictionary<string, string>.Empty, books)),
    };

    private RevenueStory After(When<RevenueState> when) => this with { Life = when.Accepted() };
}
