using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Connections;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Customers;
using Q2C.Grains.Billing.Tax;
using Q2C.Grains.BillingRuns;
using Q2C.Grains.Contracts;
using Q2C.Grains.CreditMemos;
using Q2C.Grains.Customers;
using Q2C.Grains.Invoices;
using Q2C.Grains.Projects;
using Q2C.Grains.Revenues;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Projects;
using Q2C.Revenues;
using static Q2C.Grains.Tests.Projects.Engagement;
using Told = Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Firms;

/// <summary>
/// A sold contract with all that follows from it: project, billing runs, invoices, credit memos, customer and revenue, each
/// decided by its own decider, and the deliveries between them. Tax engine and ERP take everything at once.
/// </summary>
internal sealed class Firm
{
    public static readonly Actor Nora = new("nora", [Roles.Finance, Roles.Operator]);
    public static readonly Actor Max = new("max", [Roles.FinanceApprover]);

    private static readonly string RevenueId = RevenueIds.Of(ContractId);

    private readonly Dictionary<string, IAggregate> _grains = [];
    private readonly Queue<(string Target, Command Command)> _deliveries = [];
    private readonly List<(string Invoice, EffectRequest Posting)> _drafts = [];
    private readonly PolicySet _policies;
    private readonly Func<TaxRequestLine, decimal> _taxOf;
    private Terms _terms;
    private DateTimeOffset _now = DeciderSpec.Noon;
    private string _project = ProjectId;
    private int _numbers;

    public Firm(params ContractLine[] lines) : this(new Terms(1, lines.Min(line => line.Start), "EUR", [.. lines]))
    {
    }

    /// <param name="taxPercent">On everything, rounded once for the document.</param>
    /// <param name="taxOf">Percent of a line, where it is not the same for all; its tax category is its service.</param>
    public Firm(Terms terms, decimal taxPercent = 0, BooksPolicy? books = null, Func<TaxRequestLine, decimal>? taxOf = null)
    {
        (_terms, _taxOf) = (terms, taxOf ?? (_ => taxPercent));
        _policies = PolicySet.Empty("eu") with
        {
            LegalEntities = ImmutableDictionary<string, LegalEntity>.Empty.Add(Entity, new(
                Entity, "Acme", terms.Currency, "Europe/Berlin", Told.Routing.ShipFrom, "DE1", Rounding.HalfUp, Eur(50_000), 30,
                ImmutableDictionary<string, string>.Empty, ImmutableDictionary<string, string>.Empty,
                books ?? BooksPolicy.Default with { RecogniseMonthly = false })),
        };
        Customers(new UpsertCustomer("salesforce", DeciderSpec.Noon, Told.Customer));
        var activated = Activated with
        {
            Terms = terms,
            Routing = Told.Routing with
            {
                ApprovalThreshold = Money.Of(1_000_000, terms.Currency),
                TaxCategories = terms.Lines.Select(line => line.Service).Distinct().ToImmutableDictionary(service => service),
            },
        };
        Deliver(ContractId, [activated]);
    }

    /// <summary>False keeps invoices drafts until <see cref="Post"/>.</summary>
    public bool PostsAtOnce { get; set; } = true;

    public ProjectState Project => State<ProjectState>(ProjectId);

    public ProjectView ProjectView => Grains.Projects.Project.Render(Project, ProjectId, 1)!;

    public RevenueState.Open Revenue => (RevenueState.Open)State<RevenueState>(RevenueId);

    public CustomerView Customer => Grains.Customers.Customer.Render(State<CustomerState>(CustomerId), CustomerId, 1)!;

    public InvoiceView[] Invoices => [.. _grains.Where(grain => Ids.Is(grain.Key, Ids.Invoice)).Select(grain => Invoice(grain.Key))];

    public ImmutableArray<Event> History => [.. _grains.Values.SelectMany(grain => grain.History)];

    public InvoiceView Invoice(string id) => Grains.Invoices.Invoice.Render(State<InvoiceState>(id), 1)!;

    /// <summary>What all customers have with the firm.</summary>
    public decimal Credit => _grains.Where(grain => Ids.Is(grain.Key, Ids.Customer))
        .Sum(grain => State<CustomerState>(grain.Key).Credits.Values.Sum(credit => credit.Left.Amount));

    public RetainerBalance Retainer(string line) => ProjectView.Retainers!.Value.Single(retainer => retainer.LineId == line);

    public Firm At(DateOnly day)
    {
        _now = new(day.ToDateTime(new(12, 0)), TimeSpan.Zero);
        return this;
    }

    public Firm Works(params WorkRecord[] records)
    {
        Deliver("eu_wf_0", [new WorkReported("kantata", _project, [.. records], _now)]);
        return this;
    }

    /// <summary>Another contract of the customer, with a project of its own that work and runs are of from now on.</summary>
    public Firm Sells(string contract, string project, Terms terms)
    {
        _project = project;
        Deliver(contract, [Activated with
        {
            ContractId = contract, ProjectId = project, Terms = terms,
            Routing = Told.Routing with { TaxCategories = terms.Lines.Select(line => line.Service).Distinct().ToImmutableDictionary(service => service) },
        }]);
        return this;
    }

    /// <summary>The invoices of a run up to this day, issued unless they are kept as drafts.</summary>
    public InvoiceView[] Bills(DateOnly cutOff, NegativeBills? negative = null)
    {
        var known = Invoices.Select(invoice => invoice.Id).ToHashSet();
        Tell(Ids.Derive("eu", Ids.BillingRun, $"{++_numbers}"), new StartBillingRun(Entity, cutOff, cutOff, [_project], Negative: negative));
        return [.. Invoices.Where(invoice => !known.Contains(invoice.Id))];
    }

    /// <summary>The ERP takes the drafts.</summary>
    public void Post()
    {
        foreach (var (invoice, posting) in _drafts.ToArray()) Tell(invoice, Done(posting, new ErpInvoiceAnswer($"INV-{++_numbers}")));
        _drafts.Clear();
    }

    /// <summary>Credits lines of an invoice, or all of it; the ERP takes the memo.</summary>
    public void Credits(string invoice, bool release, params CreditRequest[] lines) => Tell(invoice, new CreditInvoice(
        lines is [] ? [.. Invoice(invoice).Draft.Lines.Select(line => new CreditRequest(line.Id))] : [.. lines], Invoice(invoice).Draft.Date, release, "agreed"));

    public void Pays(string invoice, decimal amount) => Tell(invoice, new RecordPayment(
        $"payment/{++_numbers}", "stripe", Money.Of(amount, Invoice(invoice).Draft.Currency), Invoice(invoice).Draft.Date, "transfer"));

    public void Amends(DateOnly from, params ContractLine[] lines) => Amends(new AmendContract(_terms.Version, from, [.. lines], "Change order"));

    public void Amends(AmendContract order)
    {
        _terms = Amendment.Apply(_terms, order);
        Deliver(ContractId, [Told.Amended(_terms) with { RepriceInvoiced = order.RepriceInvoiced }]);
    }

    public void Recognizes(DateOnly monthEnd) => At(monthEnd.AddDays(1)).Tell(RevenueId, new RecognizeRevenue(monthEnd));

    public void Projects(Command command, Actor? by = null) => Tell(ProjectId, command, by);

    public void Customers(Command command) => Tell(CustomerId, command);

    public void Revenues(Command command) => Tell(RevenueId, command);

    /// <summary>The balance of an account over documents, settlements and the revenue ledger; debit positive.</summary>
    public decimal Balance(string account) =>
        History.SelectMany(Postings).Where(posting => posting.Account == account).Sum(posting => posting.Amount.Amount);

    /// <summary>Every posting that any event made; of each event they sum to zero.</summary>
    public static IEnumerable<(string Account, Money Amount)> Postings(Event @event) => @event switch
    {
        InvoiceIssued e => e.Postings.Select(posting => (posting.Account, posting.Amount)),
        CreditMemoIssued e => e.Postings.Select(posting => (posting.Account, posting.Amount)),
        PaymentApplied e => e.Postings.Select(posting => (posting.Account, posting.Amount)),
        SettlementApplied e => e.Postings.Select(posting => (posting.Account, posting.Amount)),
        CustomerPaymentReceived e => e.Postings.Select(posting => (posting.Account, posting.Amount)),
        CustomerRefunded e => e.Postings.Select(posting => (posting.Account, posting.Amount)),
        EntryPosted e => e.Entry.Lines.Select(line => (line.Account, line.Amount)),
        _ => [],
    };

    public void Tell(string target, Command command, Actor? by = null)
    {
        Act(target, command, by ?? Nora);
        while (_deliveries.TryDequeue(out var next)) Act(next.Target, next.Command, Actor.System);
    }

    private TState State<TState>(string id) => ((Aggregate<TState>)_grains[id]).State;

    private void Deliver(string source, Event[] events)
    {
        Publish(source, events);
        Tell(_deliveries.Peek().Target, _deliveries.Dequeue().Command);
    }

    private void Act(string target, Command command, Actor by)
    {
        if (!_grains.TryGetValue(target, out var grain))
        {
            if (New(target) is not { } made) return;
            _grains[target] = grain = made;
        }

        Publish(target, grain.Take(command, new(target, $"{target}/{command.GetType().Name}/{++_numbers}", by, _now, _policies)));
    }

    private static IAggregate? New(string id) => Ids.KindOf(id) switch
    {
        Ids.Project => new Aggregate<ProjectState>(Grains.Projects.Project.Decider),
        Ids.BillingRun => new Aggregate<BillingRunState>(BillingRun.Decider),
        Ids.Invoice => new Aggregate<InvoiceState>(Grains.Invoices.Invoice.Decider),
        Ids.CreditMemo => new Aggregate<CreditMemoState>(CreditMemo.Decider),
        Ids.Customer => new Aggregate<CustomerState>(Grains.Customers.Customer.Decider),
        Ids.Revenue => new Aggregate<RevenueState>(Grains.Revenues.Revenue.Decider),
        _ => null,
    };

    private void Publish(string source, IEnumerable<Event> events)
    {
        foreach (var @event in events)
        {
            if (@event is IDelivered delivered)
                foreach (var target in delivered.To) _deliveries.Enqueue((target, new Observe(source, [@event])));
            if (@event is IAsksEffect { Effect: var effect }) Carry(source, effect);
        }
    }

    private void Carry(string source, EffectRequest effect)
    {
        switch (effect.Operation)
        {
            case PostErpInvoice when !PostsAtOnce:
                _drafts.Add((source, effect));
                break;
            case PostErpInvoice:
                _deliveries.Enqueue((source, Done(effect, new ErpInvoiceAnswer($"INV-{++_numbers}"))));
                break;
            case PostErpCreditMemo:
                _deliveries.Enqueue((source, Done(effect, new ErpInvoiceAnswer($"CM-{++_numbers}"))));
                break;
            case RecordTax tax:
                _deliveries.Enqueue((source, Done(effect, Taxed(tax.Request))));
                break;
            default:
                _deliveries.Enqueue((source, Done(effect, null)));
                break;
        }
    }

    private TaxAnswer Taxed(TaxRequest request)
    {
        var taxed = Taxation.Calculate(
            [.. request.Lines.Select(line => new TaxableLine(line.LineId, line.Net, [new("VAT", _taxOf(line))]))], TaxRounding.Document, Rounding.HalfUp);
        return new([.. taxed.Lines.Select(line => new TaxAnswerLine(line.Id, line.Tax, _taxOf(request.Lines.Single(one => one.LineId == line.Id)) / 100, "DE"))], taxed.Tax);
    }

    private static ReportEffect Done(EffectRequest effect, Answer? answer) => new(effect.Id, new EffectOutcome.Accepted("ext", answer));

    private interface IAggregate
    {
        ImmutableList<Event> History { get; }

        IEnumerable<Event> Take(Command command, DecisionContext context);
    }

    private sealed class Aggregate<TState>(Decider<TState> decider) : IAggregate
    {
        public TState State { get; private set; } = decider.Initial;

        public ImmutableList<Event> History { get; private set; } = [];

        public IEnumerable<Event> Take(Command command, DecisionContext context)
        {
            var decision = decider.Decide(State, command, context);
            Assert.True(decision.Problems.IsEmpty, $"{context.Grain} refuses {command}: {string.Join(' ', decision.Problems)}");
            State = decision.Events.Aggregate(State, decider.Evolve);
            History = History.AddRange(decision.Events);
            return decision.Events;
        }
    }
}
