using Q2C.BillingRuns;
using Q2C.Connections;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Grains.BillingRuns;
using Q2C.Grains.Projects;
using Q2C.Invoices;
using Q2C.Projects;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

/// <summary>One project; every run bills all that is open, and its invoice is issued.</summary>
internal sealed class AdjustedProject
{
    public static readonly ContractLine Report = new(
        Discovery, "consulting", "Discovery", new BillingModel.FixedFee(
            Eur(12_000), [new("M1", "Interviews", Eur(4_000), null), new("M2", "Report", Eur(8_000), null)]), Start, End);

    private readonly Dictionary<string, InvoiceDraft> _drafts = [];
    private Given<ProjectState> _life;
    private int _runs;

    public AdjustedProject(Conditions conditions, ContractLine? line = null)
    {
        Conditions = conditions;
        _life = Project.Decider.Given().In(ProjectId);
        Hear(Activated with
        {
            Terms = new(1, Start, "EUR", [line ?? Report], Conditions: conditions),
            Routing = Engagement.Routing with { TaxCategories = Engagement.Routing.TaxCategories.Add("consulting", "S") },
        });
    }

    public Conditions Conditions { get; }

    public DownPaid Balance => _life.State.Adjusted.Line(Discovery);

    public static string[] Lines(InvoiceDraft draft) =>
    [
        .. draft.Lines.Select(line => string.Join(' ', [
            line.Description, $"{line.Items.Sum(item => item.Amount.Amount):0.##}",
            .. (line.Adjustments ?? []).Select(one => $"{one.Source} {one.Amount.Amount:0.##}")])),
    ];

    public AdjustedProject Reach(string milestone)
    {
        Hear(new WorkReported("kantata", ProjectId, [new WorkRecord.MilestoneReached($"milestone/{milestone}", 1, March(2), milestone)], DeciderSpec.Noon));
        return this;
    }

    public void Amend(Terms terms) => Hear(Amended(terms));

    public ItemsReserved Reserve()
    {
        Hear(new ReservationAsked($"eu_run_{++_runs}", ProjectId, Entity, March(31), DeciderSpec.Noon));
        return _life.History.OfType<ItemsReserved>().Last();
    }

    public void Release(ItemsReserved reserved) =>
        Hear(new ReservationReturned(reserved.RunId, ProjectId, "Not now.", DeciderSpec.Noon));

    /// <summary>The net amounts of the next invoice's lines; nothing if there is nothing to bill.</summary>
    public decimal Net() => Bill() is [] ? 0 : _drafts[$"{_drafts.Count}"].Net.Amount;

    public string[] Bill()
    {
        var reserved = Reserve();
        if (reserved.Items.IsEmpty) return [];
        var number = $"{_drafts.Count + 1}";
        var draft = _drafts[number] = Drafting.Draft($"eu_inv_{number}", March(31), "nora", reserved);
        Hear(new InvoiceIssued(
            draft.InvoiceId, draft.RunId, ProjectId, ContractId, CustomerId, number, draft.Date, draft.Date, draft.Net, Eur(0), draft.Net,
            [.. draft.Lines.SelectMany(line => line.Items).Select(item => item.ItemId)], [], DeciderSpec.Noon,
            [.. draft.Lines.Select(line => new IssuedLine(line.Id, line.ContractLineId, line.Net, Adjustments: line.Adjustments))]));
        return Lines(draft);
    }

    public void Paid(string number) => Hear(new PaymentApplied(
        $"eu_inv_{number}", ContractId, CustomerId, new("p1", "stripe", _drafts[number].Net, March(31), "p1"), _drafts[number].Net, Eur(0), Eur(0),
        [], DeciderSpec.Noon, Projects: [ProjectId]));

    public void Credit(string number, bool release)
    {
        var draft = _drafts[number];
        var memo = new CreditMemoDraft(
            $"eu_cm_{number}", draft.InvoiceId, number, CustomerId, Customer, Engagement.Routing, "EUR", March(31), "nora", "agreed", release,
            [.. draft.Lines.Select(line => new CreditMemoLine(
                line.Id, line.ContractLineId, ProjectId, ContractId, line.Service, line.TaxCategory, line.Description, line.Net, Eur(0), line.Items))]);
        Hear(new CreditMemoIssued(memo, $"C{number}", memo.Net, memo.Tax, memo.Total, [], DeciderSpec.Noon));
    }

    private void Hear(Event @event) => _life = _life.When(new Observe("source", [@event]), $"key-{_life.History.Length}-{_runs}").Accepted();
}
