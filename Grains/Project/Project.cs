using System.Collections.Immutable;
using Q2C.Grains.BillingRuns;
using Q2C.BillingRuns;
using Q2C.Connections;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Customers;
using Q2C.Grains.Billing;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Projects;
using Q2C.Revenues;

namespace Q2C.Grains.Projects;

/// <summary>
/// The delivery side of an engagement: turns work into billable items by the contract's terms, keeps them in step with
/// corrections, caps and change orders, and hands them to billing runs.
/// </summary>
public static class Project
{
    public const string NotOpen = "PROJECT_NOT_OPEN";

    /// <summary>Delivery owns the project and the work that is refused.</summary>
    private static readonly ImmutableArray<string> Managers =
        [Roles.Delivery, Roles.Finance, Roles.Operator, Roles.Administrator];

    public static Decider<ProjectState> Decider { get; } =
        new(ProjectState.Initial, Decide, ProjectEvolution.Evolve) { Version = 6 };

    public static ProjectView? Render(ProjectState state, string id, long version) => ProjectViews.Render(state, id, version);

    /// <summary>What a billing run with this cut-off would reserve now.</summary>
    public static ImmutableArray<BillableItem> Preview(ProjectState state, DateOnly cutOff) =>
        Reservations.Preview(state, cutOff)?.Items ?? [];

    /// <summary>Where it stands in work and money; null for a project that is not open.</summary>
    public static ProjectEconomics? Economics(ProjectState state, DateOnly on, PolicySet policies) =>
        Projects.Economics.Of(state, on, WorkCost.CurrencyOf(state, policies));

    /// <summary>What a change order would change; null for a project that is not open.</summary>
    public static ChangeOrderPreview? PreviewChangeOrder(ProjectState state, ContractAmended amended) => WhatIf.Of(state, amended);

    /// <summary>The draft that a billing run would make now; null if there is nothing to invoice or no tax category for it.</summary>
    public static InvoiceDraft? PreviewInvoice(ProjectState state, DateOnly cutOff, DateOnly invoiceDate) =>
        Reservations.Preview(state, cutOff) is { Items.IsEmpty: false } reserved && Drafting.UntaxedService(reserved) is null
            ? Drafting.Draft(
                Ids.Derive(Ids.RegionOf(reserved.ProjectId), Ids.Invoice, "preview", reserved.ProjectId), invoiceDate, "", reserved)
            : null;

    private static Decision Decide(ProjectState state, Command command, DecisionContext context)
    {
        var turn = new ProjectTurn(state, context);
        return command switch
        {
            Observe observe => Observed(turn, observe.Events),
            CloseProject c => Against(turn, c.Reason, MustBeOpened(state)) ?? Close(turn, c),
            ReopenProject c => Against(turn, c.Reason, MustBeOpened(state)) ?? Reopen(turn, c),
            TopUpRetainer c => Against(turn, c.Reason, [.. MustBeOpened(state), .. RetainerTopUps.Check(state, c)])
                ?? RetainerTopUps.Grant(turn, c),
            HoldBilling c => Holds.Place(c, context, DraftsOf(state), [.. MustBeOpened(state)]),
            ReleaseBilling c => Holds.Release(state.Holds, c, context, DraftsOf(state)),
            RetryStep c => Against(turn, c.Reason, MustWait(state, c.ExceptionId)) ?? Retry(turn, c),
            SkipStep c => Against(turn, c.Reason, MustWait(state, c.ExceptionId)) ?? Skip(turn, c),
            WriteOffWork c => WriteOffs.GiveUp(turn, c),
            ApproveWriteOff c => WriteOffs.Approve(turn, c),
            ReverseWriteOff c => WriteOffs.TakeBack(turn, c),
            ApproveBeyondCap c => WriteOffs.ApproveBeyond(turn, c),
            _ => Decision.Unsupported(command),
        };
    }

    private static Decision Observed(ProjectTurn turn, ImmutableArray<Event> events)
    {
        foreach (var @event in events)
            if (Observe(turn, @event) is { } problem) return Decision.Refuse(problem);
        return turn.Finish();
    }

    private static Problem? Observe(ProjectTurn turn, Event @event)
    {
        switch (@event)
        {
            case ContractActivated e:
                Open(turn, e);
                return null;
            case ContractAmended e:
                return Amend(turn, e);
            case WorkReported e:
                foreach (var record in e.Records) WorkIntake.Report(turn, record, e.Connection);
                return null;
            case BillingHeld or BillingHoldReleased:
                if (Holds.Heard(turn.State.Holds, @event, DraftsOf(turn.State), turn.Now) is { } held) turn.Add(held);
                return null;
            case ReservationAsked e:
                Reservations.Reserve(turn, e);
                return null;
            case ReservationRefreshAsked e:
                Reservations.Refresh(turn, e);
                return null;
            case ReservationReturned e:
                Reservations.Release(turn, e.RunId, e.Reason, e.ItemIds);
                return null;
            case InvoiceDrafted e:
                turn.Add(new DraftNoted(e.Draft.InvoiceId, Holds.Of(turn.State.Holds), turn.Now));
                return null;
            case InvoiceIssued e:
                Settled(turn, e.InvoiceId);
                Reservations.Invoiced(turn, e);
                RetainerPayments.Pay(turn, e);
                return null;
            case InvoicePooled e:
                RetainerPayments.PayPooled(turn, e.Invoice);
                return null;
            case InvoiceRejected e:
                Settled(turn, e.InvoiceId);
                Reservations.Release(turn, e.RunId, e.Reason, SharedBills.Rejected(turn, e));
                return null;
            case CreditMemoIssued e:
                CreditedItems.Take(turn, e);
                DownPaymentBook.Credited(turn, e);
                return null;
            case PaymentApplied e:
                DownPaymentBook.Paid(turn, e.InvoiceId, e.Outstanding);
                return null;
            case SettlementApplied { Settlement.Kind: SettlementKind.Prepaid } e:
                RetainerPayments.Settled(turn, e);
                return null;
            case SettlementApplied e:
                DownPaymentBook.Paid(turn, e.InvoiceId, e.Outstanding);
                return null;
            case EstimateRevised { Line.Terms.Treatment: RevenueTreatment.PercentComplete { Estimate: { } estimate } } e:
                turn.Add(new EstimateTaken(e.Line.LineId, estimate, turn.Now));
                return null;
            case PositionAsked e:
                turn.Add(new PositionReported(
                    e.RevenueId, turn.Context.Grain, e.PeriodEnd,
                    Positions.Of(turn.State, e.PeriodEnd, turn.Context.Policies), turn.Now));
                return null;
            default:
                return new(
                    ProblemCodes.UnsupportedCommand, "events", $"A project does not listen for {@event.GetType().Name}.",
                    "Check to whom the event is addressed.");
        }
    }

    private static ImmutableArray<string> DraftsOf(ProjectState state) => [.. (state.Drafts ?? []).Order(StringComparer.Ordinal)];

    private static void Settled(ProjectTurn turn, string invoiceId)
    {
        if (turn.State.Drafts?.Contains(invoiceId) == true) turn.Add(new DraftSettled(invoiceId, turn.Now));
    }

    private static void Open(ProjectTurn turn, ContractActivated contract)
    {
        if (turn.State.Contract is not null) return;
        turn.Add(new ProjectOpened(contract, turn.Now));
        RetainerPayments.OpenPool(turn);
        DownPaymentBook.Ask(turn);
        WorkIntake.ApplyHeld(turn);
    }

    internal static Problem? Amend(ProjectTurn turn, ContractAmended amended)
    {
        if (turn.State.Contract is null)
            return new(
                NotOpen, "", $"The contract {amended.ContractId} was amended before the project was opened.",
                "Deliver the contract's activation first.");
        if (amended.Terms.Version <= turn.State.Book.Newest.Terms.Version) return null;
        turn.Add(new TermsChanged(amended.Terms, turn.Now));
        RetainerPayments.OpenPool(turn);
        DownPaymentBook.Ask(turn);
        CapShift.All(turn, $"Contract version {amended.Terms.Version}: {amended.Reason}");
        if (amended.RepriceInvoiced == true) Repricing.Invoiced(turn, amended.Terms);
        ProgressBook.FollowAll(turn);
        WorkIntake.RetryRefused(turn);
        return null;
    }

    private static Decision Close(ProjectTurn turn, CloseProject command)
    {
        if (!turn.State.Closed) turn.Add(new ProjectClosed(command.Reason, turn.Context.Actor.Id, turn.Now));
        return turn.Finish();
    }

    private static Decision Reopen(ProjectTurn turn, ReopenProject command)
    {
        if (!turn.State.Closed) return Decision.Nothing;
        turn.Add(new ProjectReopened(command.Reason, turn.Context.Actor.Id, turn.Now));
        WorkIntake.RetryRefused(turn);
        return turn.Finish();
    }

    private static Decision Retry(ProjectTurn turn, RetryStep command)
    {
        var refused = Waiting(turn.State, command.ExceptionId)!;
        var priced = WorkIntake.Judge(turn.State, refused.Record);
        if (priced.IsRefused) return Decision.Refuse(priced.Problems);
        WorkIntake.Apply(turn, refused.Record, refused.Item?.Connection, Resolutions.Retried);
        return turn.Finish();
    }

    private static Decision Skip(ProjectTurn turn, SkipStep command)
    {
        turn.Add(new ExceptionResolved(
            command.ExceptionId, Resolutions.Skipped, command.Reason, turn.Context.Actor.Id, turn.Now));
        return turn.Finish();
    }

    private static RefusedWork? Waiting(ProjectState state, string exceptionId) =>
        state.Refused.GetValueOrDefault(ItemIds.SourceOf(exceptionId)) is { } refused && refused.Item?.Id == exceptionId ? refused : null;

    private static Decision? Against(ProjectTurn turn, string reason, IEnumerable<Problem> others)
    {
        ImmutableArray<Problem> problems =
            [.. OperatorRules.NeedsRole(turn.Context.Actor, Managers), .. OperatorRules.NeedsReason(reason), .. others];
        return problems.IsEmpty ? null : Decision.Refuse(problems);
    }

    private static IEnumerable<Problem> MustBeOpened(ProjectState state)
    {
        if (state.Contract is null)
            yield return new(NotOpen, "", "The project is not open yet.", "Wait until the contract is activated.");
    }

    private static IEnumerable<Problem> MustWait(ProjectState state, string exceptionId)
    {
        if (Waiting(state, exceptionId) is null) yield return OperatorRules.NotOpen(exceptionId);
    }
}
