using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Grains.BillingRuns;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>Items on their way to an invoice: reserved by a run, then invoiced or released.</summary>
internal static class Reservations
{
    /// <summary>
    /// What a run up to this day would bill. A reversal goes with the next run whatever its cut-off: the customer was
    /// billed too much, and the room that it makes under a cap is already in use; while another run holds it, what shares the
    /// cap waits for that run. Work of which a cap leaves nothing goes with it where the terms write the excess down.
    /// </summary>
    public static ImmutableArray<BillableItem> Billable(ProjectState state, DateOnly cutOff)
    {
        var waiting = LinesWithRoomToCome(state);
        return
        [
            .. state.Unbilled.Values
                .Where(unbilled => unbilled.Run is null && IsBillable(unbilled.Item)
                    && (unbilled.Item.Kind == ItemKind.DownPayment || !DownPaymentBook.Blocks(state))
                    && (unbilled.IsFixed || !waiting.Contains(unbilled.Item.LineId))
                    && ((unbilled.Record is null && unbilled.IsFixed && !ProgressBook.IsOf(unbilled.Item) && !MinimumBook.IsOf(unbilled.Item)) || unbilled.Item.Date <= cutOff))
                .OrderBy(unbilled => unbilled.Key)
                .ThenBy(unbilled => unbilled.Item.Id, StringComparer.Ordinal)
                .Select(unbilled => unbilled.Item),
        ];
    }

    /// <summary>The lines of every limit under which a run holds a reversal: until its invoice is issued, more would be billed than the limit allows.</summary>
    private static HashSet<string> LinesWithRoomToCome(ProjectState state)
    {
        var lines = new HashSet<string>();
        foreach (var unbilled in state.Unbilled.Values)
            if (unbilled.Run is not null && unbilled.Item.Amount.Minor < 0)
                foreach (var layer in state.Book.Newest.Caps.Of(unbilled.Item.LineId)) lines.UnionWith(layer.Lines);
        return lines;
    }

    public static void Reserve(ProjectTurn turn, ReservationAsked asked)
    {
        var state = turn.State;
        if (state.Runs.Contains(asked.RunId)) return;
        if (state.Contract is not { } contract)
            turn.Add(NothingYet(asked, turn.Now));
        else if (contract.Routing.LegalEntity != asked.LegalEntity)
            turn.Add(Reserved(state, contract, asked.RunId, [], turn.Now));
        else if (Holds.Of(state.Holds) is [var hold, ..])
            turn.Add(Reserved(state, contract, asked.RunId, [], turn.Now) with { Hold = hold });
        else
        {
            BringUpToDate(turn, asked.CutOff);
            turn.Add(Reserved(turn.State, contract, asked.RunId, Billable(turn.State, asked.CutOff), turn.Now) with
            {
                CutOff = PeriodBilling.HasPeriods(turn.State) ? asked.CutOff : null,
            });

            // What is set aside uses of every limit only what is billed of it, even of one that another limit cut it under.
            CapShift.After(turn, $"Reserved by {asked.RunId}");
        }
    }

    /// <summary>
    /// What the run has of the project on one draft is released and set aside anew, with what came since: corrections that
    /// waited for it too. While billing is held nothing new comes.
    /// </summary>
    public static void Refresh(ProjectTurn turn, ReservationRefreshAsked asked)
    {
        var contract = turn.State.Contract!;
        if (!Holds.Of(turn.State.Holds).IsEmpty)
        {
            turn.Add(Reserved(turn.State, contract, asked.RunId, Reserved(turn.State, asked), turn.Now) with { InvoiceId = asked.InvoiceId });
            return;
        }

        Release(turn, asked.RunId, $"Draft {asked.InvoiceId} is made anew", asked.ItemIds);
        BringUpToDate(turn, asked.CutOff);
        turn.Add(Reserved(turn.State, contract, asked.RunId, Billable(turn.State, asked.CutOff), turn.Now) with
        {
            CutOff = PeriodBilling.HasPeriods(turn.State) ? asked.CutOff : null, InvoiceId = asked.InvoiceId,
        });
        CapShift.After(turn, $"Reserved by {asked.RunId}");
    }

    /// <summary>What a run would set aside, for nobody's run; null for a project that is not open yet or held.</summary>
    public static ItemsReserved? Preview(ProjectState state, DateOnly cutOff) =>
        state.Contract is { } contract && Holds.Of(state.Holds).IsEmpty
            ? Reserved(state, contract, "", Billable(UpTo(state, cutOff), cutOff), default)
            : null;

    /// <summary>The project as it would be if a run with this cut-off asked now.</summary>
    public static ProjectState UpTo(ProjectState state, DateOnly cutOff)
    {
        if (state.Contract is not { } contract) return state;
        var turn = new ProjectTurn(state, new(contract.ProjectId, "", Actor.System, default, PolicySet.Empty("")));
        BringUpToDate(turn, cutOff);
        return turn.State;
    }

    private static void BringUpToDate(ProjectTurn turn, DateOnly cutOff)
    {
        PeriodBilling.BringUpToDate(turn, cutOff);
        RetainerBook.Settle(turn, cutOff);
    }

    private static ItemsReserved Reserved(
        ProjectState state, ContractActivated contract, string run, ImmutableArray<BillableItem> items, DateTimeOffset now) => new(
        run, contract.ProjectId, contract.ContractId, contract.CustomerId, contract.Customer, contract.Routing,
        state.Book.Newest.Terms, items, now, Parent: contract.Parent, Adjustments: items.IsEmpty ? null : DownPaymentBook.Balances(state, run),
        Payers: SharedBills.Payers(state));

    public static void Invoiced(ProjectTurn turn, InvoiceIssued invoice)
    {
        var state = turn.State;
        var items = invoice.ItemIds
            .Where(id => state.Unbilled.TryGetValue(state.KeyOf(id), out var unbilled)
                && unbilled.Run == invoice.RunId && unbilled.Item.Id == id)
            .ToImmutableArray();
        if (items.IsEmpty)
        {
            // Another payer's invoice came first.
            if (invoice.Shared is not null) DownPaymentBook.Invoiced(turn, invoice);
            return;
        }

        var shared = SharedBills.Own(turn.Context.Grain, invoice.ProjectId, invoice.Shared, items);
        turn.Add(new ItemsInvoiced(invoice.RunId, invoice.InvoiceId, invoice.Number, items, turn.Now, shared, DownPaymentBook.Discounts(turn.Context.Grain, invoice)));
        DownPaymentBook.Invoiced(turn, invoice);
        SharedBills.Invoiced(turn, state, shared);
        foreach (var item in items.Select(id => state.Unbilled[state.KeyOf(id)].Item))
            if (item.Disposition == Disposition.Capped && item.Amount + (item.WrittenDown ?? Money.Zero(item.Amount.Currency)) < item.Value)
                turn.Add(new RestKept(CapShift.Charged(turn.State, Wording.Rest(item)), turn.Now));
        CapShift.After(turn, $"Invoice {invoice.Number}");
        ProgressBook.FollowAll(turn);
        UsageIntake.Settle(turn, state, invoice, items);
        WorkIntake.ApplyHeld(turn);
    }

    /// <param name="itemIds">Of the run's items only these; null for all.</param>
    public static void Release(ProjectTurn turn, string runId, string reason, ImmutableArray<string>? itemIds)
    {
        var only = itemIds is { } named ? named.ToHashSet() : null;
        var items = turn.State.Unbilled.Values
            .Where(unbilled => unbilled.Run == runId && only?.Contains(unbilled.Item.Id) != false)
            .Select(unbilled => unbilled.Item.Id)
            .Order(StringComparer.Ordinal)
            .ToImmutableArray();
        if (items.IsEmpty) return;
        turn.Add(new ItemsReleased(runId, items, reason, turn.Now));
        CapShift.All(turn, $"Released by {runId}");
        ProgressBook.FollowAll(turn);
        WorkIntake.ApplyHeld(turn);
    }

    private static ImmutableArray<BillableItem> Reserved(ProjectState state, ReservationRefreshAsked asked) =>
    [
        .. asked.ItemIds.Select(id => state.Unbilled.GetValueOrDefault(state.KeyOf(id)))
            .OfType<UnbilledItem>().Where(unbilled => unbilled.Run == asked.RunId).Select(unbilled => unbilled.Item),
    ];

    private static bool IsBillable(BillableItem item) =>
        item.Disposition == Disposition.Billable
        || (item.Disposition == Disposition.Capped && (!item.Amount.IsZero || item.WrittenDown is not null));

    /// <summary>A project that is not open answers as well, with nothing, so that the run can finish.</summary>
    private static ItemsReserved NothingYet(ReservationAsked asked, DateTimeOffset at)
    {
        var nowhere = new PostalAddress("", null, "", null, "", "");
        return new(
            asked.RunId, asked.ProjectId, "", "", new CustomerProfile("", null, nowhere, null, null, null, "", []),
            new Routing(
                asked.LegalEntity, "", "", "", "", "", Rounding.HalfUp, default, 0, "", nowhere,
                ImmutableDictionary<string, string>.Empty, []),
            new Terms(0, asked.CutOff, "", []), [], at);
    }
}
