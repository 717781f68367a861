using System.Collections.Immutable;
using Q2C.CreditMemos;
using Q2C.Customers;
using Q2C.Grains.CreditMemos;
using Q2C.Grains.Customers;
using Q2C.Grains.Invoices;
using Q2C.Invoices;
using Q2C.Policies;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Invoices;

/// <summary>
/// One customer with its invoices and credit memos, and the deliveries between them; ERP and tax engine take everything.
/// </summary>
internal sealed class Books
{
    public const string Entity = "DE01";

    private readonly Dictionary<string, Given<InvoiceState>> _invoices = [];
    private readonly Dictionary<string, Given<CreditMemoState>> _memos = [];
    private readonly Queue<(string Target, string Source, Event Event)> _deliveries = [];
    private Given<CustomerState> _customer;
    private int _keys;

    public Books(PolicySet? policies = null)
    {
        _customer = Customer.Decider.Given().In(CustomerId).By(InvoiceStory.Nora).Under(policies ?? Contracts.Samples.Policies);
        Customers(new UpsertCustomer("salesforce", DeciderSpec.Noon, Alder));
    }

    public CustomerView Account => Customer.Render(_customer.State, CustomerId, 1)!;

    public Given<CustomerState> Ledger => _customer;

    public IEnumerable<Event> History => [.. _customer.History, .. _invoices.Values.SelectMany(one => one.History), .. _memos.Values.SelectMany(one => one.History)];

    /// <summary>What the customer owes us less what we owe the customer.</summary>
    public decimal Balance => Account.Outstanding.Sum(money => money.Amount) - Account.Credit.Sum(money => money.Amount);

    public InvoiceView Invoice(string id) => _invoices[id].View();

    public Given<InvoiceState> InvoiceStoryOf(string id) => _invoices[id];

    public CreditMemoView[] Memos => [.. _memos.Values.Select(memo => CreditMemo.Render(memo.State, 1)!)];

    /// <summary>An issued invoice with these lines; each has one item per line and the tax of its rate, rounded by itself.</summary>
    public string Issue(string id, decimal rate, params decimal[] nets) => Issue(
        id, [.. nets.Select((net, i) => Line($"{i + 1}", Eur(net)))],
        [.. nets.Select((net, i) => new TaxAnswerLine($"{i + 1}", Money.Round(net * rate, "EUR", Rounding.HalfUp), rate, "DE"))]);

    public string Issue(
        string id, ImmutableArray<InvoiceLine> lines, ImmutableArray<TaxAnswerLine> taxes, DateOnly? date = null, PaymentTerms? terms = null)
    {
        Draft(id, lines, date, terms);
        Invoices(id, new ReportEffect($"{id}/tax/1", InvoiceStory.Accepted(
            new TaxAnswer(taxes, taxes.Aggregate(Eur(0), (sum, line) => sum + line.Tax)))));
        Invoices(id, new ReportEffect($"{id}/posting/1", InvoiceStory.Accepted(new ErpInvoiceAnswer($"N-{id}"))));
        return id;
    }

    /// <summary>A draft whose tax is asked for; by default of one line.</summary>
    public void Draft(string id, ImmutableArray<InvoiceLine>? lines = null, DateOnly? date = null, PaymentTerms? terms = null)
    {
        _invoices[id] = Q2C.Grains.Invoices.Invoice.Decider.Given().In(id).By(InvoiceStory.Nora);
        Invoices(id, InvoiceStory.Made(InvoiceStory.Draft with
        {
            InvoiceId = id, Lines = lines ?? [Line("1", Eur(100))], Date = date ?? InvoiceStory.Date, PurchaseOrder = null,
            Routing = InvoiceStory.Routing with { Terms = terms, ApprovalThreshold = Eur(1_000_000) },
        }));
    }

    public static InvoiceLine Line(string id, Money net) => new(
        id, "L2", "consulting", "S-CONS", $"Line {id}", 1, net.Amount, net, [new($"t/{id}@1", $"t/{id}", net)]);

    public static DateOnly Day(int day) => InvoiceStory.Date.AddDays(day);

    /// <summary>Credits and has the ERP take the credit memo; returns it.</summary>
    public CreditMemoView Credit(string invoice, CreditRounding? rounding = null, bool release = true, params CreditRequest[] lines)
    {
        Invoices(invoice, new CreditInvoice([.. lines], Day(20), release, "agreed", rounding));
        var id = _memos.Keys.Last();
        MemoHears(id, new ReportEffect($"{id}/posting/1", InvoiceStory.Accepted(new ErpInvoiceAnswer($"C-{_memos.Count}"))));
        return CreditMemo.Render(_memos[id].State, 1)!;
    }

    public void Pay(string invoice, string payment, decimal amount, int day = 10) =>
        Invoices(invoice, new RecordPayment(payment, "stripe", Eur(amount), Day(day), payment));

    /// <summary>Foreign money at the rate that was agreed, worth so much in the books.</summary>
    public PaymentApplied PayForeign(string invoice, string payment, Money paid, decimal agreed, decimal booked, int day = 10)
    {
        Invoices(invoice, new RecordForeignPayment(
            payment, "bank", paid, new(agreed, InvoiceStory.Date, "contract"), new(booked, Day(day), "ECB"), Day(day), payment));
        return _invoices[invoice].History.OfType<PaymentApplied>().Last();
    }

    public void Receive(string payment, decimal amount, params Allocation[]? told) => Customers(new ReceivePayment(
        payment, Entity, "bank", Eur(amount), Day(12), payment, told is null ? null : [.. told]));

    public void Apply(params Allocation[]? told) => Customers(new ApplyCredit(Entity, "EUR", Day(14), told is null ? null : [.. told]));

    public void Refund(string refund, decimal amount, string? invoice = null, string? connection = null) =>
        Customers(new RefundCustomer(refund, Entity, Eur(amount), Day(25), connection, invoice, "asked for"));

    public When<CustomerState> WhenCustomer(Command command) => _customer.When(command, $"key-{_keys++}");

    public When<InvoiceState> WhenInvoice(string id, Command command) => _invoices[id].When(command, $"key-{_keys++}");

    public void Invoices(string id, Command command, Actor? by = null)
    {
        var before = _invoices[id].History.Length;
        _invoices[id] = _invoices[id].By(by ?? InvoiceStory.Nora).When(command, $"key-{_keys++}").Accepted();
        Publish(id, _invoices[id].History[before..]);
    }

    public void Customers(Command command)
    {
        var before = _customer.History.Length;
        _customer = _customer.When(command, $"key-{_keys++}").Accepted();
        Publish(CustomerId, _customer.History[before..]);
    }

    private void MemoHears(string id, Command command)
    {
        var memo = _memos.TryGetValue(id, out var known) ? known : CreditMemo.Decider.Given().In(id).By(InvoiceStory.Nora);
        var before = memo.History.Length;
        _memos[id] = memo.When(command, $"key-{_keys++}").Accepted();
        Publish(id, _memos[id].History[before..]);
    }

    /// <summary>Delivers until nothing is under way.</summary>
    private void Publish(string source, IEnumerable<Event> events)
    {
        foreach (var @event in events.Where(@event => @event is IDelivered))
            foreach (var target in ((IDelivered)@event).To) _deliveries.Enqueue((target, source, @event));
        while (_deliveries.TryDequeue(out var next))
        {
            var observe = new Observe(next.Source, [next.Event]);
            if (next.Target == CustomerId) Customers(observe);
            else if (_invoices.ContainsKey(next.Target)) Invoices(next.Target, observe);
            else if (Ids.Is(next.Target, Ids.CreditMemo)) MemoHears(next.Target, observe);
        }
    }
}
