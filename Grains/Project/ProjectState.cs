using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>
/// What a project must remember to price the next record: the terms, what is not invoiced, and, packed, what is. The
/// positional members are the stored snapshot; the rest is derived from them.
/// </summary>
/// <param name="Contract">Null until the contract is activated.</param>
/// <param name="History">Every version of the terms, oldest first.</param>
/// <param name="Past">Sources that have nothing open.</param>
/// <param name="Unbilled">Source id, or item id of a reversal or rest → item that is open or reserved.</param>
/// <param name="Invoiced">Line id → net minor units on issued invoices.</param>
/// <param name="Used">What invoices have used of caps, by line and month, and by line, person and day where that matters.</param>
/// <param name="Refused">Source id → record that waits for a person.</param>
/// <param name="Held">Source id → record that waits for the project to open, or for an invoice to be decided.</param>
/// <param name="Milestones">Milestone id → source id that reached it.</param>
/// <param name="Runs">Billing runs that have their answer.</param>
/// <param name="Estimates">Line id → the whole cost or effort that is expected of it now, where that is not what the terms say.</param>
/// <param name="Periodic">Null until there is something to remember.</param>
/// <param name="WriteOffs">Write-offs that hold or wait for approval, by id.</param>
/// <param name="Raised">Limit → what was approved beyond it, in its units.</param>
/// <param name="Minimums">Source of added hours → what was added of them.</param>
/// <param name="Adjustments">Null until there is something to remember.</param>
/// <param name="Holds">Of the project, its contract and its customer; null if there never was one.</param>
/// <param name="Drafts">Invoices of the project that are not issued yet; null if there never was one.</param>
/// <param name="Progress">Line id → how far it is, of lines that are billed by progress.</param>
/// <param name="RejectedShares">Item that several payers share and that is set aside → invoices of it that were rejected.</param>
public sealed record ProjectState(
    ContractActivated? Contract,
    bool Closed,
    ImmutableArray<Terms> History,
    PastWork Past,
    ImmutableDictionary<string, UnbilledItem> Unbilled,
    ImmutableDictionary<string, long> Invoiced,
    ImmutableDictionary<string, UsedWork> Used,
    ImmutableDictionary<string, RefusedWork> Refused,
    ImmutableDictionary<string, HeldWork> Held,
    ImmutableDictionary<string, string> Milestones,
    ImmutableHashSet<string> Runs,
    ImmutableDictionary<string, WriteOff> WriteOffs,
    ImmutableDictionary<string, long> Raised,
    ImmutableDictionary<string, LineProgressed> Progress,
    ImmutableDictionary<string, MinimumAdded> Minimums,
    ImmutableDictionary<string, decimal> Estimates,
    PeriodicState? Periodic = null,
    AdjustmentState? Adjustments = null,
    ImmutableArray<BillingHold>? Holds = null,
    ImmutableHashSet<string>? Drafts = null,
    ImmutableDictionary<string, ImmutableArray<string>>? RejectedShares = null)
{
    public static ProjectState Initial { get; } = new(
        null, false, [], PastWork.None,
        ImmutableDictionary<string, UnbilledItem>.Empty,
        ImmutableDictionary<string, long>.Empty,
        ImmutableDictionary<string, UsedWork>.Empty,
        ImmutableDictionary<string, RefusedWork>.Empty,
        ImmutableDictionary<string, HeldWork>.Empty,
        ImmutableDictionary<string, string>.Empty,
        [],
        ImmutableDictionary<string, WriteOff>.Empty,
        ImmutableDictionary<string, long>.Empty,
        ImmutableDictionary<string, LineProgressed>.Empty,
        ImmutableDictionary<string, MinimumAdded>.Empty,
        ImmutableDictionary<string, decimal>.Empty);

    /// <summary>The invoices of some payers of an item that is set aside, and that were rejected.</summary>
    internal ImmutableArray<string> RejectedOf(string itemId) => RejectedShares?.GetValueOrDefault(itemId, []) ?? [];

    internal PriceBook Book { get; init; } = Contract is null ? PriceBook.Empty : BookOf(Contract, History);

    internal CapLedger Caps { get; init; } = Contract is null ? CapLedger.Empty : LedgerOf(new(History[^1]), Unbilled, Used, Raised);

    internal PeriodicState Periods => Periodic ?? PeriodicState.None;

    internal AdjustmentState Adjusted => Adjustments ?? AdjustmentState.None;

    internal string Currency => Book.Newest.Terms.Currency;

    internal static PriceBook BookOf(ContractActivated contract, ImmutableArray<Terms> history) =>
        PriceBook.Of(history, contract.Routing.Rounding, new(contract.ProjectId, contract.CustomerId));

    internal static CapLedger LedgerOf(
        CapPlan plan, ImmutableDictionary<string, UnbilledItem> unbilled, ImmutableDictionary<string, UsedWork> used,
        ImmutableDictionary<string, long> raised) => CapLedger.Build(
        plan, unbilled.Values.Select(each => each.Entry).OfType<CapEntry>(),
        used.Values.Select(use => new CapUse(use.LineId, use.Person, use.Day, use.Minor, use.Hours)), raised);

    /// <summary>What is billed of the entry next to everything else that is here.</summary>
    internal Charge Charge(in CapEntry entry)
    {
        var (amount, hours, cut) = Caps.Billed(entry);
        return new(
            new(amount, Currency), Book.Newest.Caps.CountsHours(entry.LineId) ? hours : null, cut, cut is null ? 0 : Caps.Ceiling(cut));
    }

    /// <summary>The billing run that has set the source's item aside, or what a cap left of it; null if none has.</summary>
    internal string? RunOf(string sourceId) =>
        Unbilled.GetValueOrDefault(sourceId)?.Run ?? (Past.Find(sourceId) is { } past ? RestOf(past)?.Run : null);

    internal bool IsOpen(WorkKey key) => TryOpen(key) is { IsFixed: false, Entry: not null };

    internal ProjectState Without(string key) => Unbilled.ContainsKey(key) ? With(key, null) : this;

    /// <summary>The newest version that was taken in, whatever became of it; null for a source that never came.</summary>
    internal long? VersionOf(string sourceId)
    {
        long? newest = Past.Find(sourceId)?.Version;
        if (Unbilled.TryGetValue(sourceId, out var unbilled)) newest = Newer(newest, unbilled.Item.SourceVersion);
        if (Refused.TryGetValue(sourceId, out var refused)) newest = Newer(newest, refused.Record.SourceVersion);
        return Held.TryGetValue(sourceId, out var held) ? Newer(newest, held.Record.SourceVersion) : newest;
    }

    /// <summary>What a cap left of the newest invoiced part of the source, be that part credited since or not.</summary>
    internal UnbilledItem? RestOf(PastRecord past)
    {
        if (past.Rest is { } left && Unbilled.TryGetValue(left, out var rest)) return rest;
        return past.Invoiced is [.., var last] ? Unbilled.GetValueOrDefault(ItemIds.Rest(last.Item.Id)) : null;
    }

    /// <summary>The record was applied, refused or taken back in this version, and no longer waits.</summary>
    internal ProjectState Take(string sourceId, long version) =>
        Held.TryGetValue(sourceId, out var held) && held.Record.SourceVersion <= version ? this with { Held = Held.Remove(sourceId) } : this;

    /// <summary>The version is remembered of a source of which nothing is open.</summary>
    internal ProjectState Remember(string sourceId, long version)
    {
        var past = Past.Find(sourceId) ?? new(sourceId, version, []);
        return this with { Past = Past.With(past with { Version = Math.Max(version, past.Version) }) };
    }

    /// <summary>The item takes the place of the one with this key, if there is one; null takes it away.</summary>
    /// <param name="settled">It goes onto an invoice: what it used of caps stays used.</param>
    internal ProjectState With(string key, UnbilledItem? item, bool settled = false)
    {
        var old = Unbilled.GetValueOrDefault(key);
        var next = this with { Unbilled = item is null ? Unbilled.Remove(key) : Unbilled.SetItem(key, item) };
        return next with { Caps = Caps.Change(old?.Entry, item?.Entry, settled, next.EntryOf) };
    }

    /// <summary>The open entry with this place in the order.</summary>
    internal CapEntry EntryOf(WorkKey key) => OpenAt(key).Entry!.Value;

    internal UnbilledItem OpenAt(WorkKey key) => TryOpen(key) ?? throw new InvalidOperationException($"Nothing is open at {key}.");

    private UnbilledItem? TryOpen(WorkKey key) =>
        Unbilled.TryGetValue(key.Rest ?? key.SourceId, out var unbilled) && unbilled.Key == key ? unbilled : null;

    /// <summary>The key in <see cref="Unbilled"/> of the item with this id.</summary>
    internal string KeyOf(string itemId) => Unbilled.ContainsKey(itemId) ? itemId : ItemIds.SourceOf(itemId);

    private static long Newer(long? one, long other) => Math.Max(one ?? other, other);
}

/// <summary>An item that is not on an issued invoice.</summary>
/// <param name="Record">What it is priced from; null for a reversal, a rest, or progress, which are never priced anew.</param>
/// <param name="Run">The billing run that has reserved it; null if it is open.</param>
/// <param name="GivenUp">Of the value, by write-offs; minor units.</param>
public sealed record UnbilledItem(BillableItem Item, WorkRecord? Record, string? Run, long GivenUp = 0)
{
    /// <summary>Its amount stands, whatever else comes or goes: reserved, or of no record and no rest of one.</summary>
    internal bool IsFixed => Run is not null || (Record is null && !ItemIds.IsRest(Item.Id));

    /// <summary>A rest stands where the item stood that it is the rest of.</summary>
    internal WorkKey Key => new(Item.Date, Item.SourceId, Item.SourceVersion, ItemIds.IsRest(Item.Id) ? Item.Id : null);

    /// <summary>As caps see it; null for what uses up none.</summary>
    internal CapEntry? Entry
    {
        get
        {
            if (Item.Kind == ItemKind.DownPayment || ItemIds.IsShare(Item.Id) || Item.Disposition is Disposition.Excluded or Disposition.Deferred or Disposition.WrittenOff) return null;
            var hours = CapPlan.Units(Wording.HoursOf(Item));
            if (!IsFixed) return new(Key, Item.LineId, Item.Person, Item.Value.Minor - GivenUp, hours, false);
            if (Item.BilledHours is { } billed) hours = CapPlan.Units(billed);
            return new(Key, Item.LineId, Item.Person, Item.Amount.Minor, hours, true);
        }
    }
}

/// <param name="Item">The exception that a person works on.</param>
public sealed record RefusedWork(WorkRecord Record, WorkItem? Item);

public sealed record HeldWork(WorkRecord Record, string? Connection);

/// <param name="Person">Only where limits of persons count.</param>
/// <param name="Day">The month's first, or with a person the day itself.</param>
/// <param name="Hours">In billionths.</param>
public sealed record UsedWork(string LineId, string? Person, DateOnly Day, long Minor, long Hours);

/// <summary>What was given up, or is to be.</summary>
/// <param name="Parts">Item id → minor units.</param>
/// <param name="Approved">False while it waits for a second person.</param>
public sealed record WriteOff(
    string Id, ImmutableDictionary<string, long> Parts, Money Amount, string Reason, string By, bool Approved, DateTimeOffset At);

/// <param name="Hours">Billionths, reserved or on invoices.</param>
/// <param name="Minor">Of the same.</param>
/// <param name="Open">Item id of what is added and open.</param>
public sealed record MinimumAdded(long Hours, long Minor, string? Open, long Versions)
{
    public static MinimumAdded None { get; } = new(0, 0, null, 0);
}

/// <summary>How far a line is that is billed by progress.</summary>
/// <param name="Reports">Source id → report.</param>
/// <param name="Hours">First day of the month → hours recorded on the line in it.</param>
/// <param name="Billed">Minor units reserved or on invoices.</param>
/// <param name="Frozen">The last month of which something is; what comes for earlier ones goes to a later one.</param>
/// <param name="Versions">Of its items, so that no id comes twice.</param>
public sealed record LineProgressed(
    ImmutableDictionary<string, WorkRecord.ProgressReported> Reports, ImmutableDictionary<string, decimal> Hours, long Billed,
    DateOnly? Frozen, long Versions)
{
    public static LineProgressed None { get; } =
        new(ImmutableDictionary<string, WorkRecord.ProgressReported>.Empty, ImmutableDictionary<string, decimal>.Empty, 0, null, 0);
}
