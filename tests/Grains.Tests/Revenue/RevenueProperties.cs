using System.Text.Json;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Grains.Journal;
using Q2C.Grains.Revenues;
using Q2C.Grains.Tests.Projects;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Revenues;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Revenues;

/// <summary>Random lives of a contract's revenue: bills, work, change orders, estimates, months, in any order.</summary>
public sealed class RevenueProperties
{
    private const int Many = 300;

    private static readonly DateOnly Begin = new(2026, 1, 11);
    private static readonly DateOnly Finish = new(2027, 3, 9);

    [Fact]
    public void Every_entry_balances_and_the_ledger_is_what_the_lines_say() => Lives.Hold(Many, numbers =>
    {
        var life = Live(numbers);
        Assert.All(life.Entries, entry =>
        {
            Assert.Equal(0, entry.Lines.Sum(line => line.Amount.Minor));
            Assert.All(entry.Lines, line => Assert.Equal(entry.Currency, line.Amount.Currency));
            Assert.Equal(Entity, entry.LegalEntity);
        });
        var lines = life.State.Lines.Values.ToArray();
        Assert.Equal(lines.Sum(line => line.Deferred.Minor), -life.Balance(RevenueAccounts.DeferredRevenue));
        Assert.Equal(
            lines.Sum(line => line.Unbilled.Minor),
            life.Balance(RevenueAccounts.UnbilledReceivable) + life.Balance(RevenueAccounts.ContractAsset));
        Assert.Equal(lines.Sum(line => line.Recognised.Minor), lines.Sum(line => line.Billed.Minor) - life.Balance(RevenueAccounts.Revenue));
        Assert.Equal(lines.Sum(line => line.Cost.Minor), -life.Balance(RevenueAccounts.CostApplied));
    });

    [Fact]
    public void What_is_recognised_and_deferred_is_what_is_billed_and_unbilled_and_never_beyond_the_price() => Lives.Hold(Many, numbers => Live(numbers, after: state =>
    {
        foreach (var line in state.Lines.Values)
        {
            Assert.Equal(line.Billed + line.Unbilled, line.Recognised + line.Deferred);
            if (line.Price is { } price) Assert.InRange(line.Recognised.Minor, 0, price.Minor);
        }
    }));

    [Fact]
    public void When_it_is_over_all_of_the_price_is_recognised_to_the_cent() => Lives.Hold(Many, numbers =>
    {
        var life = Live(numbers);
        for (var months = 0; months < 12 || life.Month <= RecognitionSchedule.EndOfMonth(Finish); months++) life.Recognize(2_999);
        Assert.All(
            life.State.Lines.Values.Where(line => line.Price is not null), line => Assert.Equal(line.Price, line.Recognised));
    });

    [Fact]
    public void What_was_known_of_a_day_never_changes() => Lives.Hold(Many / 3, numbers =>
    {
        var reports = new List<(DateOnly AsOf, DateTimeOffset KnownAt, string Balances)>();
        Life? living = null;
        living = Live(numbers, life => living = life, state =>
        {
            foreach (var asOf in new[] { Begin.AddDays(20), Begin.AddDays(80), living!.Month })
                reports.Add((asOf, living!.Now, Text(living!.Posted, asOf, living!.Now)));
        });
        Assert.All(reports, report => Assert.Equal(report.Balances, Text(living.Posted, report.AsOf, report.KnownAt)));
    });

    [Fact]
    public void Replaying_the_journal_gives_the_same_books_to_the_cent() => Lives.Hold(Many / 3, numbers =>
    {
        var life = Live(numbers);
        var stored = life.Events.Select(@event => WireFormat.Read<Event>(WireFormat.Write(@event)));
        Assert.Equal(Text(life.State), Text(stored.Aggregate(Revenue.Decider.Initial, Revenue.Evolve)));
    });

    private static Life Live(int[] numbers, Action<Life>? begun = null, Action<RevenueState.Open>? after = null)
    {
        var life = new Life();
        begun?.Invoke(life);
        foreach (var number in numbers)
        {
            life.Step(number);
            after?.Invoke(life.State);
        }

        return life;
    }

    private static string Text(IEnumerable<EntryPosted> posted, DateOnly asOf, DateTimeOffset knownAt) =>
        string.Join(';', Balances.AsOf(posted, asOf, knownAt).Select(balance => $"{balance.Key} {balance.Value.Minor}"));

    private static string Text(RevenueState state) => JsonSerializer.Serialize(state, WireFormat.Options);

    private sealed class Life
    {
        private static readonly PolicySet Policies = RevenueStory.Policies(BooksPolicy.Default);

        private static readonly RevenueTreatment[] Priced =
        [
            new RevenueTreatment.StraightLine(), new RevenueTreatment.StraightLine(Spread.ByMonth, RecogniseOn.PeriodStart, Remainder.First),
            new RevenueTreatment.PercentComplete(ProgressMeasure.Effort, 500), new RevenueTreatment.PercentComplete(ProgressMeasure.CostToCost, 9_000),
            new RevenueTreatment.PointInTime(),
        ];

        private readonly List<Event> _events = [];
        private RevenueState _state = Revenue.Decider.Initial;
        private Terms _terms = new(1, Begin, "EUR",
        [
            .. Priced.Select((how, i) => RevenueStory.Fee($"fee{i}", 1_000 + 333 * i, how, Begin, Finish) with
            {
                Revenue = new(how, i % 2 == 0 ? Eur(700 + i) : null, i % 2 == 0 ? PriceChange.CumulativeCatchUp : PriceChange.Prospective),
            }),
            RevenueStory.Work("work"), RevenueStory.Work("retainer", new RevenueTreatment.AsUsed()),
            RevenueStory.Work("periods", new RevenueTreatment.StraightLine()),
        ]);

        private readonly List<(string Invoice, string Line, int Left)> _bills = [];
        private int _key;
        private decimal _worked;

        public Life() => Observe(Activated with { Terms = _terms });

        public DateTimeOffset Now { get; private set; } = new(2026, 1, 11, 12, 0, 0, TimeSpan.Zero);

        public DateOnly Month { get; private set; } = RecognitionSchedule.EndOfMonth(Begin);

        public RevenueState.Open State => (RevenueState.Open)_state;

        public IReadOnlyList<Event> Events => _events;

        public IEnumerable<EntryPosted> Posted => _events.OfType<EntryPosted>();

        public IEnumerable<LedgerEntry> Entries => Posted.Select(posted => posted.Entry);

        public long Balance(string account) =>
            Entries.SelectMany(entry => entry.Lines).Where(line => line.Account == account).Sum(line => line.Amount.Minor);

        public void Step(int number)
        {
            Now += TimeSpan.FromMinutes(1 + number % 600);
            var (kind, what) = (number % 6, number / 6);
            if (kind == 0) Bill(_terms.Lines[what % _terms.Lines.Length].Id, 1 + what % 40_000, null);
            if (kind == 1) Bill("periods", 1 + what % 40_000, Begin.AddDays(what % 300));
            if (kind is 2 or 3) Recognize(what);
            if (kind == 4) Amend(what);
            if (kind == 5 && what % 3 > 0) Credit(what);
            else if (kind == 5) Do(new ReviseEstimate(what % 2 == 0 ? "fee2" : "fee3", 100 + what % 900, "Seen anew"));
        }

        public void Recognize(int what)
        {
            var month = Month;
            Month = RecognitionSchedule.EndOfMonth(month.AddDays(1));
            var now = new DateTimeOffset(month.AddDays(1), new(12, 0), TimeSpan.Zero);
            Now = now > Now ? now : Now;
            _worked += what % 3_000;
            Do(new RecognizeRevenue(month));
            Observe(new PositionReported(RevenueStory.RevenueId, ProjectId, month,
            [
                .. _terms.Lines.Select((line, i) => new LinePosition(
                    line.Id, Earned(line, _worked + i), _worked / 7, Eur(decimal.Round(_worked * 3, 2)),
                    line.Id == "retainer" ? Eur(_worked > 20_000 ? 500 : 0) : null)),
            ], Now));
        }

        private static Money Earned(ContractLine line, decimal worked) =>
            line.Billing is BillingModel.FixedFee fee ? Money.Min(fee.Price, Eur(worked)) : Eur(worked);

        private void Bill(string line, int cents, DateOnly? from)
        {
            var invoice = Ids.Derive("eu", Ids.Invoice, $"{_key}");
            var net = new Money(cents, "EUR");
            if (_terms.Line(line)!.Billing is not BillingModel.FixedFee) _bills.Add((invoice, line, cents));
            Observe(new InvoiceIssued(
                invoice, Run, ProjectId, ContractId, CustomerId, $"{_key}", Month, Month, net, Eur(0), net, [], [], Now,
                [new("1", line, net, from, from?.AddDays(cents % 200))]));
        }

        /// <summary>A part of something billed, with all that was billed there as the most.</summary>
        private void Credit(int what)
        {
            if (_bills.Count == 0) return;
            var (invoice, line, left) = _bills[what % _bills.Count];
            var net = new Money(1 + what % left, "EUR");
            if (net.Minor == left) _bills.RemoveAt(what % _bills.Count);
            else _bills[what % _bills.Count] = (invoice, line, left - (int)net.Minor);
            var memo = new CreditMemoDraft(
                Ids.Derive("eu", Ids.CreditMemo, $"{_key}"), invoice, "1", CustomerId, Activated.Customer, Activated.Routing, "EUR", Month,
                "nora", "Agreed", false, [new("1", line, ProjectId, ContractId, "", "", "", net, Eur(0), [])]);
            Observe(new CreditMemoIssued(memo, $"{_key}", net, Eur(0), net, [], Now));
        }

        private void Amend(int what)
        {
            var line = _terms.Lines[what % Priced.Length];
            var price = ((BillingModel.FixedFee)line.Billing).Price + new Money(1 + what % 50_000, "EUR");
            var next = line with { Billing = new BillingModel.FixedFee(price, [new(line.Id, line.Id, price, null)]) };
            _terms = _terms with { Version = _terms.Version + 1, EffectiveFrom = Begin.AddDays(what % 200), Lines = _terms.Lines.Replace(line, next) };
            Observe(Amended(_terms));
        }

        private void Observe(Event @event) => Do(new Observe(ContractId, [@event]));

        private void Do(Command command)
        {
            var decision = Revenue.Decide(_state, command, new(RevenueStory.RevenueId, $"{_key++}", new("nora", [Roles.Finance]), Now, Policies));
            Assert.Empty(decision.Problems);
            _events.AddRange(decision.Events);
            _state = decision.Events.Aggregate(_state, Revenue.Evolve);
        }
    }
}
