using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Grains;
using Q2C.Grains.Contracts;
using Q2C.Grains.Invoices;
using Q2C.Grains.Journal;
using Q2C.Grains.Projects;
using Q2C.Grains.Shell;
using Q2C.Grains.Tests;
using Q2C.Invoices;
using Q2C.Silo.Effects;
using Q2C.Silo.Journal;

namespace Q2C.Chaos.Simulation;

/// <summary>
/// What must hold when everything has come to rest, seen from outside: by the journal, by what Q2C says of itself, and by
/// the vendors' own records.
/// </summary>
internal sealed class Invariants(Database database, Story story, People people, IReadOnlyList<VendorSystem> vendors)
{
    private readonly List<string> _broken = [];

    private MemoryJournal Journal => database.Journal;

    public static bool HasDrafts(MemoryJournal journal, long after)
    {
        for (var seq = after + 1; seq <= journal.Head; seq++)
            if (journal.At(seq).Body.Events.Any(@event => @event is DraftMade)) return true;
        return false;
    }

    public IReadOnlyList<string> Broken()
    {
        HistoriesAreWhole();
        DeliveriesBetweenGrainsAreTakenOnceAndInOrder();
        DeliveriesAreProcessedOnce();
        ReceiptsAreInTheJournal();
        EffectsAreAppliedOnce();
        foreach (var engagement in story.Engagements) EngagementAgrees(engagement);
        InvoicesAgree();
        return _broken;
    }

    private void Require(bool holds, FormattableString otherwise)
    {
        if (!holds) _broken.Add(otherwise.ToString());
    }

    private void HistoriesAreWhole()
    {
        foreach (var rows in Journal.Rows.GroupBy(row => row.Grain))
        {
            var numbers = rows.Select(row => row.Version).ToArray();
            Require(numbers.SequenceEqual(Enumerable.Range(1, numbers.Length).Select(i => (long)i)), $"{rows.Key} has the versions {string.Join(' ', numbers)}");
            foreach (var key in rows.GroupBy(row => row.Key).Where(key => key.Count() > 1)) Require(false, $"{rows.Key} has the key {key.Key} twice");
        }

        foreach (var row in Journal.Rows)
            foreach (var postings in RowBody.Read(row.Body).Events.Select(Postings).Where(postings => !postings.IsDefaultOrEmpty))
                Require(postings.Sum(posting => posting.Amount.Minor) == 0, $"the postings of {row.Grain}@{row.Version} do not balance");
    }

    private static ImmutableArray<Posting> Postings(Event @event) => @event switch
    {
        InvoiceIssued e => e.Postings,
        PaymentApplied e => e.Postings,
        SettlementApplied e => e.Postings,
        _ => [],
    };

    private void DeliveriesBetweenGrainsAreTakenOnceAndInOrder()
    {
        var sent = new Dictionary<(string, string), List<long>>();
        var taken = new Dictionary<(string, string), List<long>>();
        for (var seq = 1L; seq <= Journal.Head; seq++)
        {
            var (row, body) = Journal.At(seq);
            foreach (var delivery in DeliveryReader.All(row, body)) Add(sent, row.Grain, delivery.Target, row.Version);
            if (body.Source is { } source) Add(taken, source.Grain, row.Grain, source.Version);
        }

        foreach (var (pair, versions) in sent)
            Require(taken.GetValueOrDefault(pair, []).SequenceEqual(versions),
                $"{pair.Item1} sent {string.Join(' ', versions)} to {pair.Item2}, which took {string.Join(' ', taken.GetValueOrDefault(pair, []))}");
        foreach (var pair in taken.Keys.Where(pair => !sent.ContainsKey(pair))) Require(false, $"{pair.Item2} took from {pair.Item1} what was never sent");

        static void Add(Dictionary<(string, string), List<long>> to, string source, string target, long version)
        {
            if (!to.TryGetValue((source, target), out var versions)) to[(source, target)] = versions = [];
            versions.Add(version);
        }
    }

    private void DeliveriesAreProcessedOnce()
    {
        foreach (var (connection, key) in story.Acknowledged)
            Require(database.Has(connection, key), $"the delivery {connection}/{key} was acknowledged and is not in the inbox");
        foreach (var row in database.Inbox)
        {
            Require(row.Status == InboxStatus.Done, $"the delivery {row.Connection}/{row.Key} is {row.Status}");
            foreach (var receipt in row.Receipts) InJournal(row.Retries > 0 ? $"{row.Key}/retry-{row.Retries}" : row.Key, receipt);
        }
    }

    private void ReceiptsAreInTheJournal()
    {
        Require(people.Contradiction is null, $"{people.Contradiction}");
        foreach (var (key, receipt) in people.Receipts) InJournal(key, receipt);
    }

    private void InJournal(string key, Receipt receipt)
    {
        if (receipt.Version == 0) return;
        var row = Journal.Find(receipt.Grain, [key], default).AsTask().Result.GetValueOrDefault(key);
        Require(row is not null && (row.Version, row.Outcome) == (receipt.Version, receipt.Outcome),
            $"{receipt.Grain} answered {key} with {receipt.Outcome} at {receipt.Version}; the journal has {row?.Outcome} at {row?.Version}");
    }

    private void EffectsAreAppliedOnce()
    {
        var asked = new Dictionary<string, EffectRequest>(StringComparer.Ordinal);
        for (var seq = 1L; seq <= Journal.Head; seq++)
            foreach (var ask in Journal.At(seq).Body.Events.OfType<IAsksEffect>())
                Require(asked.TryAdd(ask.Effect.Id, ask.Effect), $"the effect {ask.Effect.Id} was asked for twice");
        foreach (var lost in asked.Keys.Except(database.Effects.Keys)) Require(false, $"the effect {lost} was asked for and never put");

        foreach (var vendor in vendors)
        {
            var applied = vendor.Log.ToLookup(one => one.EffectId);
            foreach (var effect in database.Effects.Values.Where(effect => effect.Connection == vendor.Name))
            {
                Require(effect.SettledAt is not null, $"the effect {effect.Id} is {effect.Status} and not settled");
                // Of two that ask for the same, one that got lost finds what the other made.
                if (effect.Status == EffectStatus.Accepted)
                    Require(applied.Contains(effect.Id) || vendor.Carried(asked[effect.Id]), $"{effect.Id} counts as accepted, and {vendor.Name} never applied it");
            }

            foreach (var unknown in vendor.Log.Select(one => one.EffectId).Distinct().Where(id => !asked.ContainsKey(id)))
                Require(false, $"{vendor.Name} applied {unknown}, which nobody asked for");
            foreach (var twice in vendor.Log.Where(one => one.Created).GroupBy(one => one.Record.Split('#')[0]).Where(made => made.Count() > 1))
                Require(false, $"{vendor.Name} made {twice.Key} {twice.Count()} times: {string.Join(", ", twice.Select(one => $"{one.EffectId}.{one.Generation}"))}");
            foreach (var again in vendor.Log.GroupBy(one => one.EffectId).Where(same => same.Select(one => one.Generation).Distinct().Count() > 1))
                Require(false, $"{vendor.Name} applied {again.Key} in generations {string.Join(' ', again.Select(one => one.Generation))}");
        }
    }

    private void EngagementAgrees(Engagement engagement)
    {
        var contract = State(engagement.ContractId, Contract.Decider);
        Require(contract is ContractState.Active, $"contract {engagement.Number} is {contract.GetType().Name}");
        if (contract is ContractState.Existing { Engagement: { } known }) AtRest(engagement.ContractId, known.Errands);

        var project = State(engagement.ProjectId, Project.Decider);
        var open = project.Unbilled.Values.Sum(unbilled => unbilled.Item.Amount.Amount);
        Require(project.Unbilled.Values.All(unbilled => unbilled.Run is null), $"project {engagement.Number} has items set aside for a run that is over");
        var billed = Posted().Where(invoice => invoice.ProjectId == engagement.ProjectId).Sum(invoice => invoice.Net.Amount);
        Require(billed + open == engagement.Worth,
            $"engagement {engagement.Number} is worth {engagement.Worth}: the ERP has invoices of {billed}, and {open} is open");
        Require(open <= 0, $"engagement {engagement.Number} has {open} that no run bills");
    }

    private IEnumerable<InvoiceDocument> Posted() => Vendor("erp").Records.Values
        .Select(record => record.Last<PostErpInvoice>()?.Invoice).OfType<InvoiceDocument>();

    private void InvoicesAgree()
    {
        var drafted = Journal.Grains.Where(grain => Ids.Is(grain, Ids.Invoice)).ToArray();
        foreach (var stranger in Posted().Where(document => !drafted.Contains(document.InvoiceId)))
            Require(false, $"the ERP has the invoice {stranger.InvoiceId}, which Q2C does not know");
        foreach (var id in drafted)
        {
            var state = State(id, Invoice.Decider);
            if (state is InvoiceState.Existing existing) AtRest(id, existing.Head.Errands);
            var document = Vendor("erp").Records.GetValueOrDefault($"invoice/{id}")?.Last<PostErpInvoice>()?.Invoice;
            if (state is not InvoiceState.Issued issued)
            {
                Require(state is InvoiceState.Rejected, $"{id} is {state.GetType().Name}");
                Require(document is null, $"the ERP has {id}, which was rejected");
                continue;
            }

            Require(document?.Total == issued.Taxes.Total, $"{id} is over {issued.Taxes.Total.Amount}, in the ERP over {document?.Total.Amount}");
            var tax = Vendor("tax").Records.GetValueOrDefault($"tax/{id}");
            Require(tax?.Last<CommitTax>() is not null && tax.Last<VoidTax>() is null, $"the tax of {id} is not committed");
            var paid = story.Payments.Where(payment => payment.Invoice == id).Sum(payment => payment.Payment.Amount.Minor);
            Require(paid == issued.Taxes.Total.Minor && issued.Outstanding.IsZero,
                $"{id} is over {issued.Taxes.Total.Minor}: customers paid {paid}, and {issued.Outstanding.Minor} is owed");
            var posted = Vendor("erp").Records.Values.Select(record => record.Last<RecordErpPayment>()).OfType<RecordErpPayment>()
                .Where(payment => payment.InvoiceId == id).Sum(payment => payment.Amount.Minor);
            Require(posted == paid, $"customers paid {paid} for {id}, the ERP has {posted}");
        }
    }

    private void AtRest(string grain, Errands errands)
    {
        foreach (var (key, errand) in errands.ByKey)
            Require(errand.Status is ErrandStatus.Done or ErrandStatus.Skipped, $"{grain} still wants {key}: {errand.Status}");
        foreach (var item in errands.Items) Require(false, $"{grain} has the open exception {item.Id}");
    }

    private VendorSystem Vendor(string name) => vendors.Single(vendor => vendor.Name == name);

    /// <summary>Read anew from the journal.</summary>
    private TState State<TState>(string grain, Decider<TState> decider) =>
        new AggregateShell<TState>(grain, decider, Journal, story, TimeProvider.System).Read().Result.State;
}
