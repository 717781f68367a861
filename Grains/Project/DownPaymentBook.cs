using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Grains.Billing;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>
/// The down payment of a contract as items of its project, and what invoices took off their lines: discounts that are given
/// once, and the deductions of the down payment. One run at a time has what is left of both.
/// </summary>
internal static class DownPaymentBook
{
    /// <summary>After new terms: asks for the down payment, or for what a change order changed of it.</summary>
    public static void Ask(ProjectTurn turn)
    {
        var (state, terms) = (turn.State, turn.State.Book.Newest.Terms);
        if (terms.Conditions?.DownPayment is not { } agreed) return;
        var lines = DownPayments.Priced(agreed, terms.Lines).Select(line => new DownPaymentLine(
            line.LineId, line.Price, new(state.Adjusted.Line(line.LineId).Asked, state.Currency), Money.Zero(state.Currency))).ToImmutableArray();
        var due = DownPayments.Due(agreed, lines, state.Book.Rounding);
        ImmutableArray<BillableItem> items =
            [.. lines.Zip(due).Where(part => !part.Second.IsZero).Select(part => Asked(terms, part.First.LineId, part.Second, agreed))];
        if (!items.IsEmpty) turn.Add(new DownPaymentAsked(items, turn.Now));
    }

    /// <summary>Work waits for the down payment that was agreed to come first.</summary>
    public static bool Blocks(ProjectState state) =>
        state.Book is { IsEmpty: false, Newest.Terms.Conditions.DownPayment.BlocksWork: true } && !state.Adjusted.IsPaid;

    /// <summary>For a run, what is left; null if another run has it or there is nothing to know.</summary>
    public static AdjustmentBalances? Balances(ProjectState state, string run)
    {
        var terms = state.Book.Newest.Terms;
        if (terms.Conditions is not { } conditions || (state.Adjusted.Run ?? run) != run) return null;
        return new(
            state.Adjusted.DiscountsUsed.ToImmutableDictionary(used => used.Key, used => new Money(used.Value, state.Currency)),
            conditions.DownPayment is { } agreed ? [.. DownPayments.Priced(agreed, terms.Lines).Select(line => Balance(state, line.LineId, line.Price))] : [],
            state.Closed);
    }

    public static void Invoiced(ProjectTurn turn, InvoiceIssued invoice)
    {
        ImmutableArray<IssuedLine> adjusted =
        [
            .. (invoice.Lines ?? []).Where(line => (line.ProjectId ?? invoice.ProjectId) == turn.Context.Grain)
                .Select(line => line with { Adjustments = (line.Adjustments ?? []).RemoveAll(IsOfTheInvoice) })
                .Where(line => line.Adjustments is { IsEmpty: false }),
        ];
        if (!adjusted.IsEmpty || turn.State.Adjusted.Awaited.Contains(invoice.InvoiceId)) turn.Add(new AdjustmentsInvoiced(invoice.InvoiceId, adjusted, turn.Now));
    }

    /// <summary>What discounts took off the project's lines of an invoice, as fractions; null if nothing.</summary>
    public static ImmutableArray<LineDiscount>? Discounts(string project, InvoiceIssued invoice)
    {
        var discounts = ImmutableArray.CreateBuilder<LineDiscount>();
        foreach (var line in (invoice.Lines ?? []).Where(line => (line.ProjectId ?? invoice.ProjectId) == project && line.Net.Minor >= 0)
            .GroupBy(line => line.ContractLineId))
        {
            var all = line.SelectMany(one => one.Adjustments ?? []).ToArray();
            var gross = line.Sum(one => one.Net.Amount) - all.Sum(adjustment => adjustment.Amount.Amount);
            if (gross == 0) continue;
            discounts.AddRange(all.Where(adjustment => adjustment.Kind == LineAdjustment.Discount)
                .GroupBy(adjustment => (adjustment.Source, adjustment.Description))
                .Select(one => new LineDiscount(line.Key, one.Key.Source, one.Key.Description, -one.Sum(adjustment => adjustment.Amount.Amount) / gross)));
        }

        return discounts.Count == 0 ? null : discounts.ToImmutable();
    }

    /// <summary>What a person set on the invoice itself is of no discount and no down payment.</summary>
    private static bool IsOfTheInvoice(LineAdjustment adjustment) => adjustment.Kind == LineAdjustment.Override;

    /// <summary>An invoice of the down payment is paid.</summary>
    public static void Paid(ProjectTurn turn, string invoiceId, Money outstanding)
    {
        if (outstanding.IsZero && turn.State.Adjusted.Unpaid.Contains(invoiceId)) turn.Add(new DownPaymentPaid(invoiceId, turn.Now));
    }

    /// <summary>
    /// What a credited line had taken off is there again, in proportion to what is credited of it; a credited down payment can
    /// be deducted no more, and is asked for again if its items are released.
    /// </summary>
    public static void Credited(ProjectTurn turn, CreditMemoIssued credited)
    {
        var memo = credited.Memo;
        var lines = memo.Lines.Where(line => line.ProjectId == turn.Context.Grain).ToImmutableArray();
        ImmutableArray<CreditedLine> restored =
        [
            .. lines.Where(line => turn.State.Adjusted.Lines.ContainsKey(Key(memo.InvoiceId, line.LineId)))
                .Select(line => new CreditedLine(line.LineId, line.OfContract)),
        ];
        ImmutableArray<CreditedItem> down =
        [
            .. lines.SelectMany(line => line.Items.Where(item => ItemIds.IsDownPayment(item.ItemId)).Select(item => new CreditedItem(
                item.Shares is not null && memo.ReleaseItems ? ItemIds.Share(item.ItemId, memo.CustomerId) : item.ItemId,
                item.SourceId, line.ContractLineId, item.Amount))),
        ];
        if (restored.IsEmpty && down.IsEmpty) return;
        var terms = turn.State.Book.Newest.Terms;
        turn.Add(new AdjustmentsCredited(
            memo.CreditMemoId, memo.InvoiceId, restored, down,
            memo.ReleaseItems
                ? [.. down.Select(item => Again(terms, item) with { Payer = ItemIds.IsShare(item.ItemId) ? memo.CustomerId : null })]
                : [], turn.Now));
    }

    public static ProjectState After(ProjectState before, ProjectState after, Event @event) => @event switch
    {
        DownPaymentAsked e => Asked(after, e),
        ItemsReserved { Adjustments: not null } e => With(after, after.Adjusted with { Run = e.RunId }),
        ItemsReleased when after.Adjustments is { } known => With(after, Freed(after, known)),
        ItemsInvoiced e when after.Adjustments is { } known => With(after, Freed(after, Invoiced(before, known, e))),
        AdjustmentsInvoiced e => With(after, Freed(after, e.Lines.Aggregate(
            after.Adjusted with { Awaited = after.Adjusted.Awaited.Remove(e.InvoiceId) }, (now, line) => Taken(now, e.InvoiceId, line)))),
        SharesKept e when after.Adjustments is { } known => With(after, Freed(after, Kept(known, e))),
        AdjustmentsCredited e => Credited(after, e),
        DownPaymentPaid e => With(after, after.Adjusted with { Unpaid = after.Adjusted.Unpaid.Remove(e.InvoiceId) }),
        _ => after,
    };

    private static BillableItem Asked(Terms terms, string lineId, Money amount, DownPayment agreed)
    {
        var share = agreed.Percent is { } percent ? $"{percent:0.##} % of the price" : "The agreed amount";
        return Item(
            terms, ItemIds.DownPayment(terms.Version, lineId), lineId, amount, $"{share} is paid before the work and deducted from its invoices.");
    }

    private static BillableItem Again(Terms terms, CreditedItem item) =>
        Item(terms, item.ItemId, item.LineId, item.Amount, "Its invoice was credited and it is asked for again.");

    private static BillableItem Item(Terms terms, string id, string lineId, Money amount, string explanation) => new(
        id, id, terms.Version, ItemKind.DownPayment, lineId, terms.EffectiveFrom, $"Down payment: {terms.Line(lineId)?.Description ?? lineId}",
        null, null, 1, amount.Amount, amount, amount, Disposition.Billable, explanation,
        $"Terms version {terms.Version}, down payment, line {lineId}");

    private static DownPaymentBalance Balance(ProjectState state, string lineId, Money price)
    {
        var line = state.Adjusted.Line(lineId);
        return new(
            lineId, price, new(line.Invoiced, price.Currency), new(line.Deducted, price.Currency),
            new(state.Invoiced.GetValueOrDefault(lineId), price.Currency));
    }

    private static ProjectState Asked(ProjectState state, DownPaymentAsked e) => With(
        e.Items.Aggregate(state, (now, item) => now.With(item.Id, new(item, null, null))),
        e.Items.Aggregate(state.Adjusted, (now, item) => now.With(item.LineId, line => line with { Asked = line.Asked + item.Amount.Minor })));

    private static AdjustmentState Invoiced(ProjectState before, AdjustmentState known, ItemsInvoiced e)
    {
        var shared = e.Shared ?? [];
        known = known with { Awaited = known.Awaited.Union(InvoicesOf(shared)).Remove(e.InvoiceId) };
        var items = e.ItemIds.Where(ItemIds.IsDownPayment).Select(id => before.Unbilled[id].Item).ToArray();
        if (items is []) return known;
        return items.Aggregate(
            known with { Unpaid = known.Unpaid.Union(InvoicesOf(shared.Where(item => ItemIds.IsDownPayment(item.ItemId)))).Add(e.InvoiceId) },
            (now, item) => now.With(item.LineId, line => line with { Invoiced = line.Invoiced + item.Amount.Minor }));
    }

    private static AdjustmentState Kept(AdjustmentState known, SharesKept e) => e.Shares.Where(share => share.Kind == ItemKind.DownPayment).Aggregate(
        known with { Awaited = known.Awaited.Remove(e.InvoiceId), Unpaid = known.Unpaid.Remove(e.InvoiceId) },
        (now, share) => now.With(share.LineId, line => line with { Invoiced = line.Invoiced - share.Amount.Minor }));

    private static IEnumerable<string> InvoicesOf(IEnumerable<SharedItem> shared) =>
        shared.SelectMany(item => item.Shares).Select(share => share.InvoiceId);

    private static AdjustmentState Taken(AdjustmentState state, string invoiceId, IssuedLine line) => line.Adjustments!.Value.Aggregate(
        state with { Lines = state.Lines.SetItem(Key(invoiceId, line.LineId), new(line, 0)) },
        (now, adjustment) => now.Take(line.ContractLineId, adjustment, -adjustment.Amount.Minor));

    private static ProjectState Credited(ProjectState state, AdjustmentsCredited e)
    {
        var next = e.Lines.Aggregate(state.Adjusted, (now, line) => Restored(now, Key(e.InvoiceId, line.LineId), line.Net.Minor));
        var reopened = e.Reopened.Select(item => item.Id).ToHashSet();
        next = e.DownPayments.Aggregate(next, (now, item) => now.With(item.LineId, line => line with
        {
            Invoiced = line.Invoiced - item.Amount.Minor,
            Waived = line.Waived + (reopened.Contains(item.ItemId) ? 0 : item.Amount.Minor),
        }));
        if (!e.DownPayments.IsEmpty) next = next with { Unpaid = next.Unpaid.Remove(e.InvoiceId) };
        return With(e.Reopened.Aggregate(state, (now, item) => now.With(item.Id, new(item, null, null))), next);
    }

    /// <summary>By cumulative shares, so that credits in parts restore exactly what a credit of the whole would.</summary>
    private static AdjustmentState Restored(AdjustmentState state, string key, long credited)
    {
        var known = state.Lines[key];
        var (before, now, net) = ((decimal)known.Credited, known.Credited + credited, known.Line.Net.Minor);
        return known.Line.Adjustments!.Value.Aggregate(
            state with { Lines = state.Lines.SetItem(key, known with { Credited = now }) },
            (next, adjustment) => next.Take(
                known.Line.ContractLineId, adjustment, Share(adjustment.Amount.Minor, now, net) - Share(adjustment.Amount.Minor, before, net)));
    }

    private static long Share(long amount, decimal credited, long net) =>
        net == 0 ? amount : (long)Rounding.HalfUp.ToInteger(amount * credited / net);

    private static AdjustmentState Freed(ProjectState state, AdjustmentState known) =>
        known.Run is { } run && known.Awaited.IsEmpty && state.Unbilled.Values.All(unbilled => unbilled.Run != run) ? known with { Run = null } : known;

    private static ProjectState With(ProjectState state, AdjustmentState adjustments) => state with { Adjustments = adjustments };

    private static string Key(string invoiceId, string lineId) => $"{invoiceId}/{lineId}";
}

/// <summary>What a project must remember of the discounts and the down payment of its contract.</summary>
/// <param name="DiscountsUsed">Discount → minor units on issued invoices.</param>
/// <param name="DownPayment">By contract line.</param>
/// <param name="Unpaid">Invoices of the down payment that are not paid.</param>
/// <param name="Lines">Invoice and line → what was taken off it, for when it is credited.</param>
/// <param name="Run">The run that has what is left, until its invoices are decided.</param>
public sealed record AdjustmentState(
    ImmutableDictionary<string, long> DiscountsUsed, ImmutableDictionary<string, DownPaid> DownPayment, ImmutableHashSet<string> Unpaid,
    ImmutableDictionary<string, AdjustedLine> Lines, string? Run)
{
    /// <summary>Invoices of other payers for items that are on an issued one: they have a part of what is left.</summary>
    public ImmutableHashSet<string> Awaited { get; init; } = [];

    public static AdjustmentState None { get; } = new(
        ImmutableDictionary<string, long>.Empty, ImmutableDictionary<string, DownPaid>.Empty, [], ImmutableDictionary<string, AdjustedLine>.Empty, null);

    internal bool IsPaid => Unpaid.IsEmpty && DownPayment.Values.All(line => line.Asked <= line.Invoiced + line.Waived);

    internal DownPaid Line(string lineId) => DownPayment.GetValueOrDefault(lineId, new(0, 0, 0));

    internal AdjustmentState With(string lineId, Func<DownPaid, DownPaid> change) =>
        this with { DownPayment = DownPayment.SetItem(lineId, change(Line(lineId))) };

    /// <summary>More of a discount or of the down payment is on invoices; less if it is below zero.</summary>
    internal AdjustmentState Take(string lineId, LineAdjustment adjustment, long minor) => adjustment.Kind == LineAdjustment.DownPayment
        ? With(lineId, line => line with { Deducted = line.Deducted + minor })
        : this with { DiscountsUsed = DiscountsUsed.SetItem(adjustment.Source, DiscountsUsed.GetValueOrDefault(adjustment.Source) + minor) };
}

/// <param name="Asked">Minor units that became items.</param>
/// <param name="Invoiced">Of that, on issued invoices that are not credited.</param>
/// <param name="Deducted">Of that, taken off invoices of work.</param>
/// <param name="Waived">Asked for, credited, and not asked for again.</param>
public sealed record DownPaid(long Asked, long Invoiced, long Deducted, long Waived = 0);

/// <param name="Credited">Of its net amount, minor units.</param>
public sealed record AdjustedLine(IssuedLine Line, long Credited);
