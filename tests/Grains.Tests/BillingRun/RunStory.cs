using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Grains.BillingRuns;
using Q2C.Grains.Invoices;
using Q2C.Grains.Projects;
using Q2C.Grains.Tests.Contracts;
using Q2C.Grains.Tests.Invoices;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Projects;
using Work = Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.BillingRuns;

/// <summary>
/// A project, its billing runs and their invoices, with the deliveries between them. Tax engine and ERP answer when they are
/// told to; a draft is five days in review.
/// </summary>
internal sealed class RunStory
{
    public const int ReviewDays = 5;

    public static readonly DateOnly CutOff = Work.March(31);

    private static readonly Routing Routing = Work.Routing with
    {
        TaxCategories = ImmutableDictionary<string, string>.Empty.Add("consulting", "S-CONS").Add("expenses", "S-TRAV"),
    };

    private readonly PolicySet _policies;
    private readonly Dictionary<string, Given<BillingRunState>> _runs = [];
    private readonly Dictionary<string, Given<InvoiceState>> _invoices = [];
    private readonly Queue<(string Target, string Source, Event Event)> _deliveries = [];
    private int _keys;

    public RunStory(Terms? terms = null, BillingPolicy? billing = null)
    {
        _policies = Samples.Policies with
        {
            LegalEntities = Samples.Policies.LegalEntities.Add(Work.Entity, Samples.Northwind with
            {
                Code = Work.Entity, Billing = billing ?? BillingPolicy.Default with { ReviewDays = ReviewDays },
            }),
        };
        Project = Grains.Projects.Project.Decider.Given(new ProjectOpened(Work.Activated with { Routing = Routing, Terms = terms ?? Work.Terms }, DeciderSpec.Noon))
            .In(Work.ProjectId).Under(_policies);
    }

    public Given<ProjectState> Project { get; private set; }

    public ImmutableArray<string> Invoices => [.. _invoices.Keys];

    public Given<InvoiceState> Invoice(string id) => _invoices[id];

    public InvoiceView View(string id) => _invoices[id].View();

    public BillingRunView Run(string id) => BillingRun.Render(_runs[id].State, 1)!;

    public void Report(params WorkRecord[] records) => Projects(Work.Reported(records));

    /// <summary>Starts a run; its first draft.</summary>
    public string Bill(string run = Work.Run, Grouping? grouping = null)
    {
        _runs[run] = BillingRun.Decider.Given().In(run).Under(_policies).By(InvoiceStory.Nora);
        Runs(run, new StartBillingRun(Work.Entity, CutOff, CutOff, [Work.ProjectId], grouping));
        return Run(run).Invoices.FirstOrDefault() ?? "";
    }

    /// <summary>The tax engine says 19 %, and the ERP takes the invoice.</summary>
    public void Issue(string invoice)
    {
        Tax(invoice);
        Answer(invoice, "posting", new ErpInvoiceAnswer($"N-{_keys}"));
    }

    public void Tax(string invoice)
    {
        var draft = View(invoice).Draft;
        ImmutableArray<TaxAnswerLine> lines =
            [.. draft.Lines.Select(line => new TaxAnswerLine(line.Id, Money.Round(line.Net.Amount * 0.19m, "EUR", Rounding.HalfUp), 0.19m, "DE"))];
        Answer(invoice, "tax", new TaxAnswer(lines, lines.Aggregate(Money.Zero("EUR"), (sum, line) => sum + line.Tax)));
    }

    public When<InvoiceState> WhenInvoice(string id, Command command) => _invoices[id].By(InvoiceStory.Nora).When(command, $"key-{_keys++}");

    public void Projects(Command command)
    {
        var before = Project.History.Length;
        Project = Project.When(command, $"key-{_keys++}").Accepted();
        Publish(Work.ProjectId, Project.History[before..]);
    }

    public void Hear(string invoice, Command command)
    {
        var given = _invoices.GetValueOrDefault(invoice)
            ?? Grains.Invoices.Invoice.Decider.Given().In(invoice).Under(_policies).By(InvoiceStory.Nora);
        var before = given.History.Length;
        _invoices[invoice] = given.When(command, $"key-{_keys++}").Accepted();
        Publish(invoice, _invoices[invoice].History[before..]);
    }

    private void Answer(string invoice, string step, Answer answer) => Hear(invoice, new ReportEffect(
        _invoices[invoice].History.OfType<InvoiceStepAsked>().Last(asked => asked.Effect.Id.Contains($"/{step}/", StringComparison.Ordinal)).Effect.Id,
        InvoiceStory.Accepted(answer)));

    private void Runs(string run, Command command)
    {
        var before = _runs[run].History.Length;
        _runs[run] = _runs[run].When(command, $"key-{_keys++}").Accepted();
        Publish(run, _runs[run].History[before..]);
    }

    private void Publish(string source, IEnumerable<Event> events)
    {
        foreach (var @event in events.Where(@event => @event is IDelivered))
            foreach (var target in ((IDelivered)@event).To) _deliveries.Enqueue((target, source, @event));
        while (_deliveries.TryDequeue(out var next))
        {
            var observe = new Observe(next.Source, [next.Event]);
            if (next.Target == Work.ProjectId) Projects(observe);
            else if (_runs.ContainsKey(next.Target)) Runs(next.Target, observe);
            else if (Ids.Is(next.Target, Ids.Invoice)) Hear(next.Target, observe);
        }
    }
}
