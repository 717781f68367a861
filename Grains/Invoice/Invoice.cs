using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.BillingRuns;
using Q2C.CreditMemos;
using Q2C.Grains.Billing;
using Q2C.Grains.BillingRuns;
using Q2C.Grains.Numbering;
using Q2C.Intercompany;
using Q2C.Invoices;
using Q2C.Numbering;
using static Q2C.Grains.Invoices.InvoiceState;

namespace Q2C.Grains.Invoices;

/// <summary>An invoice from its draft over tax, approval and posting to the last payment.</summary>
public static class Invoice
{
    public static Decider<InvoiceState> Decider { get; } = new(new NotDrafted(), Decide, Evolve) { Version = 3 };

    public static Decision Decide(InvoiceState state, Command command, DecisionContext context) => (state, command) switch
    {
        (_, Observe { Events: [DraftMade made] }) => Draft(state, made, context),
        (Existing s, Observe c) => Hear(s, c, context),
        (Existing s, ReportEffect c) => Report(s, c, context),
        (Existing s, ApproveInvoice c) => Approve(s, c, context),
        (Existing s, RejectInvoice c) => Reject(s, c, context),
        (Existing s, CorrectInvoice c) => Correct(s, c, context),
        (Existing s, RetryStep c) => Retry(s, c, context),
        (Existing s, SkipStep c) => Skip(s, c, context),
        (Existing s, RecordPayment c) => Pay(s, c, context),
        (Existing s, RecordForeignPayment c) => ForeignPayments.ProblemsOf(s.Head, c, context.Actor) is { IsEmpty: false } problems
            ? Decision.Refuse(problems)
            : Pay(s, ForeignPayments.Convert(s.Head.Draft, c), context),
        (Existing s, FinalizeInvoice c) => Finalize(s, c, context),
        (Existing s, RefreshInvoice c) => Refresh(s, c, context),
        (Existing s, OverrideInvoiceLine c) => Override(s, c, context),
        (Existing s, HoldBilling c) => Holds.Place(c, context, [], InvoiceRules.ProblemsOfHold(s)),
        (Existing s, ReleaseBilling c) => Release(s, c, context),
        (Existing s, EstimateTax c) => Estimate(s, c, context),
        (Existing s, ReportPaidInErp c) => Pay(s, c, context),
        (Issued s, CreditInvoice c) => Credit(s, c, context),
        (Issued s, WriteOffReceivable c) => WriteOff(s, c, context),
        (Issued s, ApproveReceivableWriteOff c) => Approve(s, c, context),
        (Issued s, DeclineReceivableWriteOff c) => Decline(s, c, context),
        (Issued s, RestoreReceivable c) => Restore(s, c, context),
        (Issued s, DisputeInvoice c) => Dispute(s, c, context),
        (Issued s, ReleaseDispute c) => Release(s, c, context),
        (Issued s, ReleaseRetention c) => Release(s, c, context),
        (Existing s, CreditInvoice or WriteOffReceivable or ApproveReceivableWriteOff or DeclineReceivableWriteOff or RestoreReceivable
            or DisputeInvoice or ReleaseDispute or ReleaseRetention) =>
            Decision.Refuse(InvoiceRules.NotIssued(s)),
        (NotDrafted, ReportEffect or ApproveInvoice or RejectInvoice or CorrectInvoice or RetryStep or SkipStep or RecordPayment
            or ReportPaidInErp or CreditInvoice or WriteOffReceivable or ApproveReceivableWriteOff or DeclineReceivableWriteOff or RestoreReceivable
            or DisputeInvoice or ReleaseDispute or ReleaseRetention or HoldBilling or ReleaseBilling or EstimateTax
            or RecordForeignPayment or FinalizeInvoice or RefreshInvoice or OverrideInvoiceLine or Observe) =>
            Decision.Refuse(InvoiceRules.NotFound(context.Grain)),
        _ => Decision.Unsupported(command),
    };

    /// <summary>What follows by itself: nothing while an answer or a person is waited for.</summary>
    public static ImmutableArray<Event> Next(InvoiceState state, DateTimeOffset now) => state switch
    {
        NotDrafted or Reviewing or Refreshing or AwaitingApproval => [],
        Taxing s => Wanted(s, InvoiceStep.Tax, () => InvoiceErrands.Tax(s.Head, now)),
        BeingPosted { Head.Holds: { IsEmpty: false } } => [],
        BeingPosted { Head: { Ticket: { SeriesId: null } ticket, Draft: var draft } } =>
            [ticket.Ask(draft.InvoiceId, draft.Routing.LegalEntity, draft.Date, now)],
        BeingPosted s when NumberTicket.IsReady(s.Head.Ticket) =>
            Wanted(s, InvoiceStep.Posting, () => InvoiceErrands.Posting(s.Head, s.Taxes, now)),
        BeingPosted => [],
        Issued { Outstanding.Minor: < 0 } s => InvoiceSettlement.GiveToCustomer(s, now),
        Issued s when Held(s) is { } payment => InvoiceSettlement.Pay(s, payment, now),
        Issued { Taxes.Estimated: true, Head.LateTax: { } tax } s => TaxEstimates.TrueUp(s, tax, now),
        Issued s =>
        [
            .. s.Head.TaxRecorded ? Wanted(s, InvoiceStep.TaxCommit, () => InvoiceErrands.TaxCommit(s.Head, now)) : [],
            .. s.Outstanding.IsZero ? [] : Wanted(s, InvoiceStep.PaymentRequest, () => InvoiceErrands.PaymentRequest(s, now)),
            .. s.Head.Draft.Parts.Select(part => part.ProjectId).Distinct()
                .Where(project => s.Head.Errands.Wants(InvoiceErrands.PsaKey(s.Head.Draft, project)))
                .Select(project => InvoiceErrands.PsaReport(s, project, now)),
            .. s.Head.Payments.Where(payment => payment.Connection != s.Head.Draft.Routing.Erp
                    && s.Head.Errands.Wants(InvoiceErrands.PaymentKey(payment.PaymentId)))
                .Select(payment => InvoiceErrands.PaymentPosting(
                    s.Head, payment, s.Applied[payment.PaymentId], now, s.Gains.TryGetValue(payment.PaymentId, out var gain) ? gain : null)),
            .. s.Ledger.CustomerMoney.Where(money => s.Head.Errands.Wants(InvoiceErrands.PaymentKey(money.PaymentId)))
                .Select(money => InvoiceErrands.PaymentPosting(s.Head, money, money.Amount, now)),
        ],
        Rejected { Head.TaxRecorded: true } s => Wanted(s, InvoiceStep.TaxVoid, () => InvoiceErrands.TaxVoid(s.Head, s.Reason, now)),
        Rejected => [],
        _ => throw new UnreachableException(state.GetType().Name),
    };

    public static InvoiceState Evolve(InvoiceState state, Event @event) => (state, @event) switch
    {
        (NotDrafted, InvoiceDrafted e) => new Taxing(new(
            e.Draft, [e.Draft.PreparedBy], Errands.None(e.Draft.InvoiceId), false, [], Ticket: NumberTicket.Of(e.Numbering))),
        (Taxing s, ReviewStarted e) => new Reviewing(s.Head with { ReviewUntil = e.Until }),
        (Reviewing s, InvoiceFinalized) => new Taxing(s.Head),
        (Existing s, RefreshAsked e) => new Refreshing(s.Head with { Preparers = s.Head.Preparers.Add(e.By) }, s is Reviewing),
        (Refreshing s, RefreshRefused e) => Again(s, s.InReview, s.Head.Draft, e.At),
        (Refreshing s, InvoiceRefreshed e) => Again(s, s.InReview, e.Draft, e.At),
        (Existing s, InvoiceLineOverridden e) => Overridden(s, e),
        (Existing s, InvoiceStepAsked e) => With(s, errands => errands.Asked(e.Effect, e.At)),
        (Existing s, InvoiceStepConfirmed e) => s with
        {
            Head = s.Head with
            {
                Errands = s.Head.Errands.Confirmed(e.EffectId, e.At),
                TaxRecorded = s.Head.TaxRecorded || e.Step == InvoiceStep.Tax,
            },
        },
        (Taxing s, InvoiceTaxed e) => new BeingPosted(s.Head, Taxed(e)),
        (AwaitingApproval s, InvoiceTaxed e) => s with { Taxes = Taxed(e) },
        (BeingPosted s, InvoiceTaxed e) => s with { Taxes = Taxed(e) },
        (Existing s, TaxEstimateDue) => s,
        (Existing s, TaxAnswered e) => s with { Head = s.Head with { LateTax = e.Tax } },
        (Issued s, IntercompanyDue) => s,
        (Issued s, TaxTruedUp) => s with { Taxes = s.Taxes with { Estimated = false } },
        (Existing s, NumberAsked e) => s with { Head = s.Head with { Ticket = s.Head.Ticket!.After(e) } },
        (Existing s, DocumentNumbered e) => s with { Head = s.Head with { Ticket = s.Head.Ticket!.After(e) } },
        (Existing s, BillingHeld e) => s with { Head = s.Head with { Holds = Holds.After(s.Head.Holds, e) } },
        (Existing s, BillingHoldReleased e) => s with { Head = s.Head with { Holds = Holds.After(s.Head.Holds, e) } },
        (BeingPosted s, ApprovalRequired) => new AwaitingApproval(s.Head, s.Taxes),
        (AwaitingApproval s, InvoiceApproved) => new BeingPosted(s.Head, s.Taxes),
        (Taxing or BeingPosted, InvoiceCorrected e) when state is Existing s => new Taxing(Corrected(s.Head, e)),
        (BeingPosted s, InvoiceIssued e) =>
            new Issued(s.Head, s.Taxes, e.Number, e.DueDate, e.Total, ImmutableDictionary<string, Money>.Empty,
                InvoiceLedger.Empty with { Retained = e.Retained }, e.ErpNumber),
        (Reviewing or Refreshing or Taxing or AwaitingApproval or BeingPosted, InvoiceRejected e) when state is Existing s => new Rejected(s.Head, e.Reason),
        (Existing s and not Issued, PaymentHeld e) => s with { Head = s.Head with { Payments = s.Head.Payments.Add(e.Payment) } },
        (Issued s, PaymentApplied e) => s with
        {
            Outstanding = e.Outstanding,
            Applied = s.Applied.Add(e.Payment.PaymentId, e.Applied),
            Gains = e.Gain is { } gain ? s.Gains.Add(e.Payment.PaymentId, gain) : s.Gains,
            Head = s.Head.Payments.Contains(e.Payment) ? s.Head : s.Head with { Payments = s.Head.Payments.Add(e.Payment) },
        },
        (Issued s, SettlementApplied e) => InvoiceSettlement.Applied(s, e),
        (Issued s, CreditGranted e) => s with
        {
            Ledger = s.Ledger with { Credits = s.Ledger.Credits.Add(e.Memo.CreditMemoId, new(e.Memo.Lines, false)) },
        },
        (Issued s, CreditRevoked e) => s with { Ledger = s.Ledger with { Credits = s.Ledger.Credits.Remove(e.CreditMemoId) } },
        (Issued s, InvoiceDisputed e) => s with { Ledger = s.Ledger with { Disputed = e.LineIds } },
        (Issued s, DisputeEnded) => s with { Ledger = s.Ledger with { Disputed = null } },
        (Issued s, ReceivableWriteOffProposed e) => s with { Ledger = s.Ledger with { Proposed = e.WriteOff } },
        (Issued s, ReceivableWriteOffApproved or ReceivableWriteOffDeclined) => s with { Ledger = s.Ledger with { Proposed = null } },
        (Issued s, RetentionReleased) => s with { Ledger = s.Ledger with { Retained = null } },
        (BeingPosted s, ExceptionRaised e) when InvoiceExceptions.ErpHoldsIt(e.Item.Code) =>
            With(s with { Head = s.Head with { ErpHolds = true } }, errands => errands.Raised(e.Item, e.At)),
        (Existing s, ExceptionRaised e) => With(s, errands => errands.Raised(e.Item, e.At)),
        (Existing s, ExceptionResolved e) => With(s, errands => errands.Resolved(e)),
        _ => throw new UnreachableException($"{@event.GetType().Name} in {state.GetType().Name}"),
    };

    /// <summary>Null for an invoice that does not exist.</summary>
    public static InvoiceView? Render(InvoiceState state, long version)
    {
        if (state is not Existing { Head: var head }) return null;
        var (taxes, issued) = (TaxesOf(state), state as Issued);
        return new(
            head.Draft.InvoiceId, version, StatusOf(state), head.Draft, issued?.Number, issued?.DueDate, taxes?.Tax, taxes?.Total,
            issued?.Outstanding, taxes?.Lines ?? [], head.Payments, head.Errands.Items,
            issued?.Ledger.Credited(head.Draft.Currency), issued?.Ledger.WrittenOff(head.Draft.Currency),
            issued?.Ledger.Disputed is not null, issued?.Ledger.Retained, Holds.Of(head.Holds), taxes?.Estimated ?? false,
            issued?.Ledger.Proposed, issued?.ErpNumber, state is Reviewing ? head.ReviewUntil : null, issued?.Gains);
    }

    internal static InvoiceStatus StatusOf(InvoiceState state) => state switch
    {
        NotDrafted or Reviewing or Refreshing => InvoiceStatus.Draft,
        Taxing => InvoiceStatus.Taxing,
        AwaitingApproval => InvoiceStatus.AwaitingApproval,
        BeingPosted => InvoiceStatus.Posting,
        Issued s when s.Ledger.Credited(s.Taxes.Total.Currency) == s.Taxes.Total && !s.Taxes.Total.IsZero => InvoiceStatus.Credited,
        Issued { Taxes.Total.Minor: < 0 } => InvoiceStatus.Issued,
        Issued { Outstanding.IsZero: true } s => s.Ledger.WrittenOff(s.Taxes.Total.Currency).IsZero ? InvoiceStatus.Paid : InvoiceStatus.WrittenOff,
        Issued s => s.Outstanding == s.Taxes.Total ? InvoiceStatus.Issued : InvoiceStatus.PartiallyPaid,
        Rejected => InvoiceStatus.Rejected,
        _ => throw new UnreachableException(state.GetType().Name),
    };

    private static Decision Draft(InvoiceState state, DraftMade made, DecisionContext context) => state is NotDrafted
        ? Follow(state, context,
        [
            new InvoiceDrafted(made.Draft, context.Now, InvoiceRules.NumberingOf(made.Draft, context.Policies)),
            .. DraftReview.Begin(made.Draft, context),
        ])
        : Decision.Nothing;

    private static Decision Report(Existing state, ReportEffect report, DecisionContext context)
    {
        var errands = state.Head.Errands;
        if (errands.KeyOf(report.EffectId) is not { } key) return Decision.Nothing;
        var step = InvoiceErrands.StepOf(key);
        return (errands.ByKey[key].Status, report.Outcome) switch
        {
            (ErrandStatus.Waiting or ErrandStatus.Skipped, EffectOutcome.Accepted accepted) => Follow(state, context,
            [
                new InvoiceStepConfirmed(step, report.EffectId, accepted.ExternalId, context.Now),
                .. errands.Succeeded(key, context.Now),
                .. Done(state, step, report.EffectId, accepted, context.Now),
            ]),
            (ErrandStatus.Waiting, _) => Follow(state, context,
                [.. Trouble(state, step, report, context.Now), .. TaxEstimates.After(state, step, report.Outcome, context)]),
            _ => Decision.Nothing,
        };
    }

    private static ImmutableArray<Event> Done(
        Existing state, InvoiceStep step, string effectId, EffectOutcome.Accepted accepted, DateTimeOffset now) => (state, step) switch
    {
        (Taxing s, InvoiceStep.Tax) => accepted.Answer is TaxAnswer answer && InvoiceRules.Covers(answer, s.Head.Draft)
            ? Taxed(s.Head.Draft, answer, now)
            : [new ExceptionRaised(Incomplete(s, step, effectId, InvoiceExceptions.TaxAnswerIncomplete,
                "The tax engine's answer does not cover exactly the lines of the invoice."), now)],
        (_, InvoiceStep.Tax) when TaxesOf(state) is { Estimated: true } => TaxEstimates.Answered(state, effectId, accepted.Answer as TaxAnswer, now),
        (BeingPosted s, InvoiceStep.Posting) => (accepted.Answer as ErpInvoiceAnswer)?.Number is var given
            && (s.Head.Ticket?.Number ?? given) is { Length: > 0 } number
            ? [Issue(s, number, given == number ? null : given, now), .. Mirroring.Of(s.Head.Draft, number, now)]
            : [new ExceptionRaised(Incomplete(s, step, effectId, InvoiceExceptions.PostingAnswerIncomplete,
                "The ERP took the invoice and did not say under which number."), now)],
        _ => [],
    };

    internal static ImmutableArray<Event> Taxed(InvoiceDraft draft, TaxAnswer answer, DateTimeOffset now, bool? estimated = null)
    {
        var taxed = new InvoiceTaxed(answer.Lines, answer.Total, draft.Net + answer.Total, now, estimated);
        var threshold = draft.Routing.ApprovalThreshold;
        return Math.Abs((draft.Bill ?? draft.Priced).Minor) > threshold.Minor ? [taxed, new ApprovalRequired(threshold, now)] : [taxed];
    }

    private static Taxes Taxed(InvoiceTaxed e) => new(e.Lines, e.Tax, e.Total, e.Estimated ?? false);

    private static InvoiceIssued Issue(BeingPosted state, string number, string? erpNumber, DateTimeOffset now)
    {
        var (draft, taxes) = (state.Head.Draft, state.Taxes);
        var tax = taxes.Lines.ToDictionary(line => line.LineId, line => line.Tax);
        ImmutableArray<InvoicePart>? parts = draft.Parts is { Length: > 1 } several ? several : null;
        return new(
            draft.InvoiceId, draft.RunId, draft.ProjectId, draft.ContractId, draft.CustomerId, number, draft.Date,
            InvoiceErrands.DueDate(draft), draft.Net, taxes.Tax, taxes.Total,
            [.. draft.Lines.SelectMany(line => line.Items).Select(item => item.ItemId)],
            [
                .. Postings.Of((Accounts.Receivable, taxes.Total), (Accounts.Revenue, -draft.Net), (Accounts.TaxPayable, -taxes.Tax)),
                .. Postings.Exchanged(-draft.Net, draft.Exchange is null ? null : -draft.Priced),
            ], now,
            [.. draft.Lines.Select(line => new IssuedLine(
                line.Id, line.ContractLineId, line.Priced ?? line.Net, line.ServiceFrom, line.ServiceTo, line.Adjustments, line.ProjectId,
                tax[line.Id], line.Service))],
            draft.Routing.LegalEntity, Instalments(draft, taxes.Total), parts, Retained(draft, taxes.Total),
            state.Head.Ticket?.SeriesId, erpNumber, draft.Shared, draft.Exchange, draft.Exchange is null ? null : draft.Priced);
    }

    private static ImmutableArray<Instalment> Instalments(InvoiceDraft draft, Money total)
    {
        var terms = InvoiceErrands.Terms(draft);
        return Retained(draft, total) is { } held
            ? [.. terms.Instalments(total - held, draft.Date), new(DateOnly.MaxValue, held)]
            : terms.Instalments(total, draft.Date);
    }

    private static Money? Retained(InvoiceDraft draft, Money total) =>
        draft is { IsCredit: false, Retention: { } terms } && Retentions.Of(terms, draft.Net, total, draft.Routing.Rounding) is { IsZero: false } held ? held : null;

    private static ImmutableArray<Event> Trouble(Existing state, InvoiceStep step, ReportEffect report, DateTimeOffset now)
    {
        var held = TaxesOf(state)?.Total ?? state.Head.Draft.Net;
        var trouble = state.Head.Errands.Trouble(report.EffectId, report.Outcome, InvoiceErrands.Describe(step, held), now);

        // Nobody has to mend the tax of an invoice that was rejected meanwhile.
        return state is Rejected && step == InvoiceStep.Tax && report.Outcome is EffectOutcome.Refused
            ? [.. trouble, new ExceptionResolved(report.EffectId, Resolutions.Withdrawn, null, Actor.System.Id, now)]
            : trouble;
    }

    private static Decision Approve(Existing state, ApproveInvoice c, DecisionContext context) =>
        InvoiceRules.ProblemsOfApproval(state, context.Actor) is { IsEmpty: false } problems
            ? Decision.Refuse(problems)
            : Follow(state, context, new InvoiceApproved(context.Actor.Id, c.Note, context.Now));

    private static Decision Reject(Existing state, RejectInvoice c, DecisionContext context)
    {
        if (state is Rejected) return Decision.Nothing;
        if (InvoiceRules.ProblemsOfRejection(state, c, context.Actor) is { IsEmpty: false } problems) return Decision.Refuse(problems);
        return Follow(state, context, Reject(
            state, c.Reason, context.Actor.Id, [.. state.Head.Draft.Lines.SelectMany(line => line.Items).Select(item => item.ItemId)], context.Now));
    }

    /// <summary>The end of a draft: nothing of it waits any more, and money that came for it is work for a person.</summary>
    /// <param name="items">That its run has for it.</param>
    internal static ImmutableArray<Event> Reject(Existing state, string reason, string by, ImmutableArray<string> items, DateTimeOffset now)
    {
        var draft = state.Head.Draft;
        return
        [
            new InvoiceRejected(
                draft.InvoiceId, draft.RunId, draft.ProjectId, reason, by, now, [.. draft.Parts.Select(part => part.ProjectId).Distinct()],
                items, state.Head.Ticket?.SeriesId, draft.CustomerId, draft.Shared),
            .. state.Head.Errands.Items.Where(item => !Errands.ResolvesItself(item))
                .Select(item => new ExceptionResolved(item.Id, Resolutions.Withdrawn, reason, by, now)),
            .. state.Head.Payments.Select(payment => Stranded(draft, payment, now)),
        ];
    }

    private static Decision Correct(Existing state, CorrectInvoice c, DecisionContext context) =>
        InvoiceRules.ProblemsOfCorrection(state, c, context.Actor) is { IsEmpty: false } problems
            ? Decision.Refuse(problems)
            : Follow(state, context,
                new InvoiceCorrected(c, context.Actor.Id, context.Now),
                new ExceptionResolved(c.ExceptionId, Resolutions.Corrected, c.Reason, context.Actor.Id, context.Now));

    private static Decision Retry(Existing state, RetryStep c, DecisionContext context)
    {
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.ProblemsOfRetry(state.Head.Errands, c.ExceptionId, c.Reason, context.Actor),
            .. InvoiceRules.ProblemsOfRetry(state.Head, c),
        ];
        return problems.IsEmpty
            ? Follow(state, context, new ExceptionResolved(c.ExceptionId, Resolutions.Retried, c.Reason, context.Actor.Id, context.Now))
            : Decision.Refuse(problems);
    }

    private static Decision Skip(Existing state, SkipStep c, DecisionContext context)
    {
        var errands = state.Head.Errands;
        if (OperatorRules.ProblemsOfSkip(errands, c.ExceptionId, c.Reason, context.Actor) is { IsEmpty: false } problems)
            return Decision.Refuse(problems);
        var isGate = state is not (Issued or Rejected) && errands.KeyOfItem(c.ExceptionId) is not null;
        return isGate
            ? Decision.Refuse(OperatorRules.NotSkippable(errands.Item(c.ExceptionId)!.Step))
            : Follow(state, context, new ExceptionResolved(c.ExceptionId, Resolutions.Skipped, c.Reason, context.Actor.Id, context.Now));
    }

    private static Decision Pay(Existing state, RecordPayment c, DecisionContext context)
    {
        if (state.Head.Payments.Contains(c)) return Decision.Nothing;
        ImmutableArray<Problem> problems =
            [.. OperatorRules.MayReport(context.Actor, InvoiceRules.Cashiers), .. InvoiceRules.ProblemsOfPayment(state.Head, c)];
        if (!problems.IsEmpty) return Decision.Refuse(problems);
        return state switch
        {
            Issued issued => Follow(state, context, InvoiceSettlement.Pay(issued, c, context.Now)),
            Rejected => Follow(state, context, new PaymentHeld(c, context.Now), Stranded(state.Head.Draft, c, context.Now)),
            _ => Follow(state, context, new PaymentHeld(c, context.Now)),
        };
    }

    private static Decision Pay(Existing state, ReportPaidInErp c, DecisionContext context)
    {
        var isOurs = c.Paid.Currency == state.Head.Draft.Currency;
        var known = isOurs ? InvoiceRules.Covered(state) : Money.Zero(c.Paid.Currency);
        return isOurs && c.Paid <= known
            ? Decision.Nothing
            : Pay(state, new RecordPayment($"{c.Reference}/{c.Paid.Minor}", c.Connection, c.Paid - known, c.Date, c.Reference), context);
    }

    private static Decision Hear(Existing state, Observe c, DecisionContext context)
    {
        if (c.Events is [NumberAssigned assigned]) return Number(state, assigned, context);
        if (c.Events is [DraftRefreshed refreshed])
            return state is Refreshing waiting ? Follow(state, context, DraftReview.After(waiting, refreshed, context.Now)) : Decision.Nothing;
        if (c.Events is [BillingHeld or BillingHoldReleased or DraftNoted, ..]) return HearHolds(state, c.Events, context);
        if (state is not Issued issued) return Decision.Refuse(InvoiceRules.NotIssued(state));
        var events = ImmutableArray.CreateBuilder<Event>();
        foreach (var heard in c.Events)
        {
            if (InvoiceSettlement.After(issued, heard, context.Now) is not { } following) return Decision.Unsupported(c);
            events.AddRange(following);
            issued = (Issued)following.Aggregate((InvoiceState)issued, Evolve);
        }

        return Follow(state, context, events.ToImmutable());
    }

    /// <summary>What holds its projects holds it too, but for what the ERP may have already, or what came to nothing.</summary>
    private static Decision HearHolds(Existing state, ImmutableArray<Event> events, DecisionContext context)
    {
        var canBeHeld = state is not Rejected && InvoiceRules.ProblemsOfHold(state).IsEmpty;
        var heard = events.SelectMany(@event => @event switch
        {
            DraftNoted e => e.Holds.Select(Event (hold) => new BillingHeld(hold, [], context.Now)),
            BillingHeld or BillingHoldReleased => [@event],
            _ => [],
        });
        var following = ImmutableArray.CreateBuilder<Event>();
        var holds = Holds.Of(state.Head.Holds);
        foreach (var one in heard.Where(one => canBeHeld || one is not BillingHeld))
        {
            if (Holds.Heard(holds, one, [], context.Now) is not { } known) continue;
            following.Add(known);
            holds = known is BillingHeld held ? Holds.After(holds, held) : Holds.After(holds, (BillingHoldReleased)known);
        }

        return Follow(state, context, following.ToImmutable());
    }

    /// <summary>Of an invoice that was rejected meanwhile the series hears that its number came to nothing.</summary>
    private static Decision Number(Existing state, NumberAssigned assigned, DecisionContext context) =>
        state is not (Issued or Rejected) && state.Head.Ticket is { Number: null }
            ? Follow(state, context, new DocumentNumbered(assigned.SeriesId, assigned.Number, context.Now))
            : Decision.Nothing;

    private static Decision Finalize(Existing state, FinalizeInvoice c, DecisionContext context)
    {
        if (context.Actor.IsInternal() && state is not Reviewing) return Decision.Nothing;
        return DraftReview.ProblemsOf(state, c, context.Actor) is { IsEmpty: false } problems
            ? Decision.Refuse(problems)
            : Follow(state, context, new InvoiceFinalized(c.Reason, context.Actor.Id, context.Now));
    }

    private static Decision Refresh(Existing state, RefreshInvoice c, DecisionContext context) =>
        DraftReview.ProblemsOf(state, c, context.Actor) is { IsEmpty: false } problems
            ? Decision.Refuse(problems)
            : Follow(state, context, DraftReview.Ask(state.Head.Draft, c, context));

    private static Decision Override(Existing state, OverrideInvoiceLine c, DecisionContext context) =>
        DraftReview.ProblemsOf(state, c, context.Actor) is { IsEmpty: false } problems
            ? Decision.Refuse(problems)
            : Follow(state, context, DraftReview.Override(state.Head.Draft, c, context));

    private static Decision Release(Existing state, ReleaseBilling c, DecisionContext context)
    {
        var (released, problems) = Holds.Lift(state.Head.Holds, c, context, []);
        return released is null ? Decision.Refuse(problems) : Follow(state, context, released);
    }

    private static Decision Estimate(Existing state, EstimateTax c, DecisionContext context)
    {
        if (state is not Taxing && context.Actor.IsInternal()) return Decision.Nothing;
        var problems = TaxEstimates.ProblemsOf(state, c, context);
        return problems.IsEmpty ? Follow(state, context, TaxEstimates.Estimate(state.Head.Draft, context)) : Decision.Refuse(problems);
    }

    private static Decision Credit(Issued state, CreditInvoice c, DecisionContext context)
    {
        var (memo, problems) = Crediting.Grant(state, c, context);
        return memo is null ? Decision.Refuse(problems) : Follow(state, context, new CreditGranted(memo, context.Now));
    }

    private static Decision WriteOff(Issued state, WriteOffReceivable c, DecisionContext context)
    {
        if (InvoiceSettlement.ProblemsOfWriteOff(state, c, context.Actor) is { IsEmpty: false } problems) return Decision.Refuse(problems);
        var writeOff = new ProposedWriteOff(
            $"write-off/{context.Key}", c.Amount ?? state.Outstanding, c.Date, c.Reason, context.Actor.Id, context.Now);
        var draft = state.Head.Draft;
        var threshold = InvoiceRules.BillingOf(draft, context.Policies)?.WriteOffThreshold ?? draft.Routing.ApprovalThreshold;
        return Thresholds.IsAbove(writeOff.Amount, threshold)
            ? Follow(state, context, new ReceivableWriteOffProposed(
                draft.InvoiceId, draft.CustomerId, draft.Routing.LegalEntity, writeOff, threshold, context.Now))
            : Follow(state, context, InvoiceSettlement.WriteOff(state, writeOff, context.Now));
    }

    private static Decision Approve(Issued state, ApproveReceivableWriteOff c, DecisionContext context) =>
        InvoiceSettlement.ProblemsOfApproval(state, context.Actor) is { IsEmpty: false } problems
            ? Decision.Refuse(problems)
            : Follow(state, context,
            [
                new ReceivableWriteOffApproved(state.Ledger.Proposed!.Id, context.Actor.Id, c.Note, context.Now),
                .. InvoiceSettlement.WriteOff(state, state.Ledger.Proposed, context.Now),
            ]);

    private static Decision Decline(Issued state, DeclineReceivableWriteOff c, DecisionContext context)
    {
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, [Roles.Finance, Roles.FinanceApprover]), .. OperatorRules.NeedsReason(c.Reason),
            .. InvoiceSettlement.NothingProposed(state),
        ];
        return problems.IsEmpty
            ? Decision.Accept(new ReceivableWriteOffDeclined(state.Ledger.Proposed!.Id, c.Reason, context.Actor.Id, context.Now))
            : Decision.Refuse(problems);
    }

    private static Decision Restore(Issued state, RestoreReceivable c, DecisionContext context)
    {
        var writtenOff = state.Ledger.WrittenOff(state.Outstanding.Currency);
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, [Roles.Finance]), .. OperatorRules.NeedsReason(c.Reason),
            .. writtenOff.IsZero
                ? [new(SettlementProblems.NothingWrittenOff, "", "Nothing of the invoice is written off.", "Read the invoice again.")]
                : (Problem[])[],
        ];
        return problems.IsEmpty
            ? Follow(state, context, InvoiceSettlement.Settle(
                state, new($"restore/{context.Key}", SettlementKind.WriteOffReversed, -writtenOff, c.Date, c.Reason), context.Now))
            : Decision.Refuse(problems);
    }

    private static Decision Dispute(Issued state, DisputeInvoice c, DecisionContext context) =>
        InvoiceSettlement.ProblemsOfDispute(state, c, context.Actor) is { IsEmpty: false } problems
            ? Decision.Refuse(problems)
            : Follow(state, context, InvoiceSettlement.Disputed(state, c, context));

    private static Decision Release(Issued state, ReleaseDispute c, DecisionContext context)
    {
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, [Roles.Finance]), .. OperatorRules.NeedsReason(c.Reason),
            .. state.Ledger.Disputed is null
                ? [new(SettlementProblems.NotDisputed, "", "The invoice is not disputed.", "Read the invoice again.")]
                : (Problem[])[],
        ];
        var draft = state.Head.Draft;
        return problems.IsEmpty
            ? Follow(state, context, new DisputeEnded(draft.InvoiceId, draft.CustomerId, false, c.Reason, context.Actor.Id, context.Now))
            : Decision.Refuse(problems);
    }

    private static Decision Release(Issued state, ReleaseRetention c, DecisionContext context) =>
        InvoiceSettlement.ProblemsOfRelease(state, c, context.Actor) is { IsEmpty: false } problems
            ? Decision.Refuse(problems)
            : Decision.Accept(new RetentionReleased(
                state.Head.Draft.InvoiceId, state.Head.Draft.CustomerId, state.Ledger.Retained!.Value, c.Due, c.Reason, context.Actor.Id, context.Now));

    private static Decision Follow(InvoiceState state, DecisionContext context, params ImmutableArray<Event> events) =>
        Process.Follow(state, events, Evolve, after => Next(after, context.Now));

    private static ImmutableArray<Event> Wanted(Existing state, InvoiceStep step, Func<Event> ask) =>
        state.Head.Errands.Wants(InvoiceErrands.Key(step)) ? [ask()] : [];

    private static RecordPayment? Held(Issued state) =>
        state.Head.Payments.FirstOrDefault(payment => !state.Applied.ContainsKey(payment.PaymentId));

    private static InvoiceState With(Existing state, Func<Errands, Errands> change) =>
        state with { Head = state.Head with { Errands = change(state.Head.Errands) } };

    /// <summary>The draft changed: it stays in review, or its tax is asked for anew, and so is approval.</summary>
    private static InvoiceState Again(Existing state, bool inReview, InvoiceDraft draft, DateTimeOffset at)
    {
        var head = state.Head with { Draft = draft };
        return inReview ? new Reviewing(head) : new Taxing(head with { Errands = head.Errands.AskAgain(_ => true, at) });
    }

    private static InvoiceState Overridden(Existing state, InvoiceLineOverridden e)
    {
        var head = state.Head with { Preparers = state.Head.Preparers.Add(e.By), Overrides = DraftReview.With(state.Head.Overrides, e.Override) };
        var lines = head.Draft.Lines;
        return Again(
            state with { Head = head }, state is Reviewing,
            head.Draft with { Lines = lines.Replace(lines.Single(line => line.Id == e.Line.Id), e.Line) }, e.At);
    }

    private static InvoiceHead Corrected(InvoiceHead head, InvoiceCorrected e) => head with
    {
        Preparers = head.Preparers.Add(e.By),
        Errands = head.Errands.AskAgain(_ => true, e.At),
        Draft = head.Draft with
        {
            Customer = head.Draft.Customer with
            {
                BillTo = e.Correction.BillTo ?? head.Draft.Customer.BillTo,
                TaxNumber = e.Correction.TaxNumber ?? head.Draft.Customer.TaxNumber,
            },
        },
    };

    internal static Taxes? TaxesOf(InvoiceState state) => state switch
    {
        AwaitingApproval s => s.Taxes,
        BeingPosted s => s.Taxes,
        Issued s => s.Taxes,
        _ => null,
    };

    internal static WorkItem Incomplete(Existing state, InvoiceStep step, string effectId, string code, string message)
    {
        var stuck = InvoiceErrands.Describe(step, TaxesOf(state)?.Total ?? state.Head.Draft.Net);
        var connection = state.Head.Errands.ByKey[InvoiceErrands.Key(step)].Connection;
        return new(
            effectId, ExceptionCategory.Data, code, stuck.Name, message,
            $"Look the invoice up in {connection} and retry; the same document is written again, not a second one.",
            stuck.OwnerRole, connection, stuck.Held);
    }

    private static ExceptionRaised Stranded(InvoiceDraft draft, RecordPayment payment, DateTimeOffset now) => new(
        new(
            $"{draft.InvoiceId}/held-payment/{payment.PaymentId}", ExceptionCategory.Business,
            InvoiceExceptions.PaymentWithoutInvoice, "Held payment",
            $"{payment.Amount} were received ({payment.Reference}), and the invoice was rejected.",
            "Pay the money back or assign it to another invoice, then close this with the reason.", Roles.Finance,
            payment.Connection, payment.Amount),
        now);
}
