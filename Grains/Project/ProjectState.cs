using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>
/// What a project must remember to price the next record: the terms, what is not invoiced, and, of what is, just enough
/// to reverse it. The positional members are the stored snapshot; the rest is derived from them.
/// </summary>
/// <param name="Contract">Null until the contract is activated.</param>
/// <param name="History">Every version of the terms, oldest first.</param>
/// <param name="Seen">Source id → newest version that was taken in, whatever became of it. Never forgotten.</param>
/// <param name="Unbilled">Source id, or item id of a reversal → item that is open or reserved.</param>
/// <param name="Settled">Source id → its version on an issued invoice.</param>
/// <param name="Invoiced">Line id → net minor units on issued invoices.</param>
/// <param name="Refused">Source id → record that waits for a person.</param>
/// <param name="Held">Source id → record that waits for the project to open, or for an invoice to be decided.</param>
/// <param name="Milestones">Milestone id → source id that reached it.</param>
/// <param name="Runs">Billing runs that have their answer.</param>
/// <param name="Periodic">Null until there is something to remember.</param>
public sealed record ProjectState(
    ContractActivated? Contract,
    bool Closed,
    ImmutableArray<Terms> History,
    ImmutableDictionary<string, long> Seen,
    ImmutableDictionary<string, UnbilledItem> Unbilled,
    ImmutableDictionary<string, SettledItem> Settled,
    ImmutableDictionary<string, long> Invoiced,
    ImmutableDictionary<string, RefusedWork> Refused,
    ImmutableDictionary<string, HeldWork> Held,
    ImmutableDictionary<string, string> Milestones,
    ImmutableHashSet<string> Runs,
    PeriodicState? Periodic = null)
{
    public static ProjectState Initial { get; } = new(
        null, false, [],
        ImmutableDictionary<string, long>.Empty,
        ImmutableDictionary<string, UnbilledItem>.Empty,
        ImmutableDictionary<string, SettledItem>.Empty,
        ImmutableDictionary<string, long>.Empty,
        ImmutableDictionary<string, RefusedWork>.Empty,
        ImmutableDictionary<string, HeldWork>.Empty,
        ImmutableDictionary<string, string>.Empty,
        []);

    internal PriceBook Book { get; init; } =
        Contract is null ? PriceBook.Empty : PriceBook.Of(History, Contract.Routing.Rounding);

    internal ImmutableDictionary<string, LineLedger> Ledgers { get; private init; } =
        Unbilled.Values.Aggregate(ImmutableDictionary<string, LineLedger>.Empty, Entered);

    internal PeriodicState Periods => Periodic ?? PeriodicState.None;

    internal string Currency => Book.Newest.Terms.Currency;

    internal LineLedger Ledger(string lineId) => Ledgers.GetValueOrDefault(lineId, LineLedger.Empty);

    internal long Room(string lineId) =>
        CapAllocation.Room(Book.Ceiling(lineId), Invoiced.GetValueOrDefault(lineId), Ledger(lineId));

    internal bool IsReserved(string sourceId) => Unbilled.TryGetValue(sourceId, out var unbilled) && unbilled.Run is not null;

    /// <summary>The record was applied, refused or taken back in this version, and no longer waits.</summary>
    internal ProjectState Take(string sourceId, long version) => this with
    {
        Seen = Seen.SetItem(sourceId, version),
        Held = Held.TryGetValue(sourceId, out var held) && held.Record.SourceVersion <= version ? Held.Remove(sourceId) : Held,
    };

    /// <summary>The item takes the place of the one with this key, if there is one.</summary>
    internal ProjectState With(string key, UnbilledItem item)
    {
        var ledgers = Unbilled.TryGetValue(key, out var old) ? Left(Ledgers, old) : Ledgers;
        return this with { Unbilled = Unbilled.SetItem(key, item), Ledgers = Entered(ledgers, item) };
    }

    internal ProjectState Without(string key) => Unbilled.TryGetValue(key, out var old)
        ? this with { Unbilled = Unbilled.Remove(key), Ledgers = Left(Ledgers, old) }
        : this;

    /// <summary>The key in <see cref="Unbilled"/> of the item with this id.</summary>
    internal string KeyOf(string itemId) => Unbilled.ContainsKey(itemId) ? itemId : ItemIds.SourceOf(itemId);

    private static ImmutableDictionary<string, LineLedger> Entered(
        ImmutableDictionary<string, LineLedger> ledgers, UnbilledItem unbilled) => Changed(ledgers, unbilled, entered: true);

    private static ImmutableDictionary<string, LineLedger> Left(
        ImmutableDictionary<string, LineLedger> ledgers, UnbilledItem unbilled) => Changed(ledgers, unbilled, entered: false);

    private static ImmutableDictionary<string, LineLedger> Changed(
        ImmutableDictionary<string, LineLedger> ledgers, UnbilledItem unbilled, bool entered)
    {
        var item = unbilled.Item;
        if (item.Disposition == Disposition.Excluded) return ledgers;
        var ledger = ledgers.GetValueOrDefault(item.LineId, LineLedger.Empty);
        return ledgers.SetItem(item.LineId, (unbilled.IsFixed, entered) switch
        {
            (true, true) => ledger with { Held = ledger.Held + item.Amount.Minor },
            (true, false) => ledger with { Held = ledger.Held - item.Amount.Minor },
            (false, true) => ledger with { Open = SumTree.With(ledger.Open, unbilled.Key, item.Value.Minor) },
            (false, false) => ledger with { Open = SumTree.Without(ledger.Open, unbilled.Key) },
        });
    }
}

/// <summary>An item that is not on an issued invoice.</summary>
/// <param name="Record">What it is priced from; null for a reversal, which is never priced anew.</param>
/// <param name="Run">The billing run that has reserved it; null if it is open.</param>
public sealed record UnbilledItem(BillableItem Item, WorkRecord? Record, string? Run)
{
    /// <summary>Its amount stands, whatever else comes or goes: reserved, or the reversal of something invoiced.</summary>
    internal bool IsFixed => Run is not null || Record is null;

    internal WorkKey Key => new(Item.Date, Item.SourceId, Item.SourceVersion);
}

/// <summary>What must be known of an invoiced item to reverse it; minor units of the contract's currency.</summary>
public sealed record SettledItem(
    long Version, ItemKind Kind, string LineId, DateOnly Date, decimal Quantity, decimal Rate, long Value, long Amount, string Invoice);

/// <param name="Item">The exception that a person works on.</param>
public sealed record RefusedWork(WorkRecord Record, WorkItem? Item);

public sealed record HeldWork(WorkRecord Record, string? Connection);
