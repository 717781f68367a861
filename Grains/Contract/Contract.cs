using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Grains.BillingRuns;
using Q2C.Grains.Journal;
using Q2C.Invoices;
using Q2C.Quotes;
using static Q2C.Grains.Contracts.ContractState;

namespace Q2C.Grains.Contracts;

/// <summary>
/// A contract from the accepted quote to its last payment: it drives the activation through its gates, takes change
/// orders, and keeps the totals.
/// </summary>
public static class Contract
{
    private static readonly ImmutableArray<string> Amenders =
        [Roles.Sales, Roles.Finance, Roles.Operator, Roles.Administrator, Roles.Machine];

    public static Decider<ContractState> Decider { get; } = new(new NotAccepted(), Decide, Evolve) { Version = 2 };

    public static Decision Decide(ContractState state, Command command, DecisionContext context) => (state, command) switch
    {
        (NotAccepted, AcceptQuote c) => Accept(c, context),
        (Existing s, AcceptQuote c) => AcceptAgain(s, c, context),
        (_, Observe { Events: [QuoteApproved approved] }) => Approved(state, approved, context),
        (Existing s, ReportEffect c) => Report(s, c, context),
        (Existing s, RetryStep c) => Retry(s, c, context),
        (Existing s, SkipStep c) => Skip(s, c, context),
        (Existing s, CorrectContract c) => Correct(s, c, context),
        (Existing s, CompensateActivation c) => Compensate(s, c, context),
        (Existing s, AmendContract c) => Amend(s, c, context),
        (Existing s, SuspendLine or ResumeLine or TerminateLine or ChangeQuantity) => ChangeLine(s, command, context),
        (Existing s, HoldBilling c) => Holds.Place(c, context, [s.Engagement.ProjectId]),
        (Existing s, ReleaseBilling c) => Holds.Release(s.Engagement.Holds, c, context, [s.Engagement.ProjectId]),
        (Existing s, Observe c) => Hear(s, c, context),
        (NotAccepted, HoldBilling or ReleaseBilling or ReportEffect or RetryStep or SkipStep or CorrectContract or CompensateActivation or AmendContract or SuspendLine
            or ResumeLine or TerminateLine or ChangeQuantity or Observe) =>
            Decision.Refuse(NotFound(context.Grain)),
        _ => Decision.Unsupported(command),
    };

    /// <summary>What follows by itself: nothing while an answer or a person is waited for.</summary>
    public static ImmutableArray<Event> Next(ContractState state, DecisionContext context) => state switch
    {
        NotAccepted => [],
        Activating s => ContractSteps.Activate(s.Engagement, context),
        Active s => ContractSteps.KeepUp(s.Engagement, "Active", context.Now),
        Compensating s => ContractSteps.Undo(s.Engagement, s.Reason, context.Now)
            ?? [new ContractWithdrawn(s.Reason, context.Now)],
        Withdrawn s => ContractSteps.Undo(s.Engagement, s.Reason, context.Now)
            ?? ContractSteps.KeepUp(s.Engagement, "Withdrawn", context.Now),
        _ => throw new UnreachableException(state.GetType().Name),
    };

    public static ContractState Evolve(ContractState state, Event @event) => (state, @event) switch
    {
        (NotAccepted or Activating, QuoteAccepted e) => new Activating(Begin(e)),
        (Activating { Engagement: var g } s, ContractCorrected e) => s with { Engagement = Corrected(g, e) },
        (Activating { Engagement: var g } s, ContractValidated e) => s with
        {
            Engagement = (g with { Routing = e.Routing }).With(ActivationStep.Validation, StepStatus.Done, e.At),
        },
        (Activating { Engagement: var g } s, StepAsked e) => s with
        {
            Engagement = (g with { Errands = g.Errands.Asked(e.Effect, e.At) }).With(e.Step, StepStatus.Running, e.At),
        },
        (Existing { Engagement: var g } s, StepConfirmed e) => s with
        {
            Engagement = g with
            {
                Errands = g.Errands.Confirmed(e.EffectId, e.At),
                Created = g.Created.Add(e.Step),
                References = g.References.Contains(e.Reference) ? g.References : g.References.Add(e.Reference),
            },
        },
        (Activating { Engagement: var g } s, StepCompleted e) =>
            s with { Engagement = g.With(e.Step, e.Skipped ? StepStatus.Skipped : StepStatus.Done, e.At) },
        (Activating { Engagement: var g } s, BillingScheduled e) => s with
        {
            Engagement = (g with { Schedule = e.Entries }).With(ActivationStep.BillingSchedule, StepStatus.Done, e.At),
        },
        (Active { Engagement: var g } s, BillingScheduled e) => s with { Engagement = g with { Schedule = e.Entries } },
        (Activating { Engagement: var g }, ContractActivated e) =>
            new Active(g.With(ActivationStep.Publication, StepStatus.Done, e.At)),
        (Active { Engagement: var g } s, ContractAmended e) => s with { Engagement = g with { History = g.History.Add(e.Terms) } },
        (Active { Engagement: var g } s, TotalsChanged e) => s with
        {
            Engagement = g with
            {
                Billed = e.Billed,
                Paid = e.Paid,
                Invoices = g.Invoices.SetItem(e.Invoice.Id, e.Invoice),
                LastInvoice = g.Invoices.ContainsKey(e.Invoice.Id) ? g.LastInvoice : e.Invoice.Number,
            },
        },
        (Active or Withdrawn, UpdateAsked e) when state is Existing { Engagement: var g } s => s with
        {
            Engagement = g with
            {
                Errands = g.Errands.Asked(e.Effect, e.At),
                CrmStatus = e.Effect.Operation as ReportCrmStatus ?? g.CrmStatus,
            },
        },
        (Active or Withdrawn, UpdateConfirmed e) when state is Existing { Engagement: var g } s =>
            s with { Engagement = g with { Errands = g.Errands.Confirmed(e.EffectId, e.At) } },
        (Activating { Engagement: var g }, CompensationStarted e) => new Compensating(g, e.Reason),
        (Compensating or Withdrawn, UndoAsked e) when state is Existing { Engagement: var g } s =>
            s with { Engagement = g with { Errands = g.Errands.Asked(e.Effect, e.At) } },
        (Compensating or Withdrawn, StepUndone e) when state is Existing { Engagement: var g } s =>
            s with { Engagement = ContractSteps.Undone(g, e) },
        (Compensating { Engagement: var g }, ContractWithdrawn e) => new Withdrawn(g, e.Reason),
        (Existing { Engagement: var g } s, BillingHeld e) => s with { Engagement = g with { Holds = Holds.After(g.Holds, e) } },
        (Existing { Engagement: var g } s, BillingHoldReleased e) => s with { Engagement = g with { Holds = Holds.After(g.Holds, e) } },
        (Existing { Engagement: var g } s, ExceptionRaised e) => s with { Engagement = ContractSteps.Raised(g, e) },
        (Existing { Engagement: var g } s, ExceptionResolved e) =>
            s with { Engagement = g with { Errands = g.Errands.Resolved(e) } },
        _ => throw new UnreachableException($"{@event.GetType().Name} in {state.GetType().Name}"),
    };

    /// <summary>Null for a contract that does not exist.</summary>
    public static ContractView? Render(ContractState state, long version) => state is not Existing { Engagement: var g }
        ? null
        : new(
            g.ContractId, version, g.Quote.Name, StatusOf(state), g.Quote.CustomerId, g.Quote.Customer, g.Quote.LegalEntity,
            g.ProjectId, g.Quote.OpportunityId, g.Quote.QuoteId, g.Terms, g.History, ContractSteps.Render(g), g.References,
            g.Schedule, g.Contracted, g.Billed, g.Paid, g.Errands.Items, Holds.Of(g.Holds));

    /// <summary>The change order as its project would hear of it, or all that speaks against it.</summary>
    public static AmendmentPreview Preview(ContractState state, AmendContract c) => state is not Active { Engagement: var known }
        ? new(null, [NotActive()])
        : Amendment.Check(known, c) is { IsEmpty: false } problems
            ? new(null, problems)
            : new(new(known.ContractId, known.ProjectId, Amendment.Apply(known.Terms, c), c.Reason, Actor.System.Id, default, c.RepriceInvoiced), []);

    private static ContractStatus StatusOf(ContractState state) => state switch
    {
        Activating { Engagement.Errands.NeedsAPerson: true } => ContractStatus.Paused,
        Activating => ContractStatus.Activating,
        Active => ContractStatus.Active,
        Compensating => ContractStatus.Compensating,
        Withdrawn => ContractStatus.Withdrawn,
        _ => throw new UnreachableException(state.GetType().Name),
    };

    private static Decision Accept(AcceptQuote quote, DecisionContext context)
    {
        if (Problems(quote, context.Actor) is { IsEmpty: false } problems) return Decision.Refuse(problems);
        var project = Ids.Derive(context.Region, Ids.Project, context.Grain);
        return Follow(new NotAccepted(), context,
            new QuoteAccepted(context.Grain, project, quote, FirstTerms(quote), context.Policies.Version, context.Now));
    }

    private static ImmutableArray<Problem> Problems(AcceptQuote quote, Actor actor) =>
        [.. OperatorRules.MayReport(actor, Amenders), .. ContractRules.Check(quote)];

    // Nobody waits for the answer to a delivery: a quote that cannot be taken waits for a person instead of being lost.
    private static Decision Approved(ContractState state, QuoteApproved approved, DecisionContext context)
    {
        if (state is not Existing known) return Accept(approved.Offer, context);
        var decision = AcceptAgain(known, approved.Offer, context);
        return decision.Outcome != Outcome.Refused
            ? decision
            : Decision.Accept(new ExceptionRaised(new(
                $"quote/{approved.Offer.QuoteId}", ExceptionCategory.Business, decision.Problems[0].Code, "Approved quote",
                $"The quote {approved.Offer.QuoteId} was approved by {approved.By}. {decision.Problems[0].Message}",
                decision.Problems[0].Remedy, Roles.Sales, approved.Offer.Connection, null), context.Now));
    }

    private static Decision AcceptAgain(Existing state, AcceptQuote quote, DecisionContext context)
    {
        var known = state.Engagement;
        if (quote.SourceVersion < known.Quote.SourceVersion)
            return Decision.Stale(new(ContractProblems.QuoteOlder, "sourceVersion",
                $"The quote is of {quote.SourceVersion:u}; the one of {known.Quote.SourceVersion:u} was accepted already.",
                "Nothing to do: the newer quote holds."));
        if (Fingerprint(quote) == known.Fingerprint) return Decision.Nothing;
        if (state is not Activating || known.Has(ActivationStep.Validation, StepStatus.Done) || !known.Created.IsEmpty)
            return Decision.Refuse(new Problem(ContractProblems.ContractAlreadyAccepted, "",
                $"The contract was accepted with the quote of {known.Quote.SourceVersion:u} and records exist for it.",
                "Change it with a change order (amend); while its activation is paused, correct it or undo the activation."));
        if (Problems(quote, context.Actor) is { IsEmpty: false } problems) return Decision.Refuse(problems);

        // Nothing was created yet, so the quote as it was put right in the CRM simply takes the place of the first.
        return Follow(state, context,
        [
            .. ResolveAll(known, Resolutions.Corrected, "A newer quote was accepted.", context),
            new QuoteAccepted(context.Grain, known.ProjectId, quote, FirstTerms(quote), context.Policies.Version, context.Now),
        ]);
    }

    private static Decision Report(Existing state, ReportEffect report, DecisionContext context)
    {
        var errands = state.Engagement.Errands;
        if (errands.KeyOf(report.EffectId) is not { } key) return Decision.Nothing;
        return (errands.ByKey[key].Status, report.Outcome) switch
        {
            // A skipped step that was done after all leaves a record; it is better known than silent.
            (ErrandStatus.Waiting or ErrandStatus.Skipped, EffectOutcome.Accepted accepted) => Follow(state, context,
                [ContractSteps.Confirm(state, key, accepted, context.Now), .. errands.Succeeded(key, context.Now)]),
            (ErrandStatus.Waiting, _) => Follow(state, context, Trouble(state, key, report, context)),
            _ => Decision.Nothing,
        };
    }

    private static ImmutableArray<Event> Trouble(Existing state, string key, ReportEffect report, DecisionContext context)
    {
        var trouble = state.Engagement.Errands.Trouble(
            report.EffectId, report.Outcome, ContractErrands.Describe(key, state.Engagement), context.Now);

        // What an abandoned activation did not get done needs nobody.
        return state is Compensating && !ContractErrands.IsUndo(key) && report.Outcome is EffectOutcome.Refused
            ? [.. trouble, new ExceptionResolved(report.EffectId, Resolutions.Compensated, null, Actor.System.Id, context.Now)]
            : trouble;
    }

    private static Decision Retry(Existing state, RetryStep c, DecisionContext context)
    {
        var known = state.Engagement;
        if (OperatorRules.ProblemsOfRetry(known.Errands, c.ExceptionId, c.Reason, context.Actor) is { IsEmpty: false } problems)
            return Decision.Refuse(problems);
        return Follow(state, context, ContractPolicies.IsAbout(known.Errands.Item(c.ExceptionId)!, known.ContractId)
            ? ResolveAll(known, Resolutions.Retried, c.Reason, context)
            : [Resolve(c.ExceptionId, Resolutions.Retried, c.Reason, context)]);
    }

    private static Decision Skip(Existing state, SkipStep c, DecisionContext context)
    {
        var errands = state.Engagement.Errands;
        if (OperatorRules.ProblemsOfSkip(errands, c.ExceptionId, c.Reason, context.Actor) is { IsEmpty: false } problems)
            return Decision.Refuse(problems);
        var key = errands.KeyOfItem(c.ExceptionId);
        var isGate = state is Activating && (key is null
            || ContractErrands.StepOf(key) is ActivationStep.ErpCustomer or ActivationStep.ErpContract);
        return isGate
            ? Decision.Refuse(OperatorRules.NotSkippable(errands.Item(c.ExceptionId)!.Step))
            : Follow(state, context, Resolve(c.ExceptionId, Resolutions.Skipped, c.Reason, context));
    }

    private static Decision Correct(Existing state, CorrectContract c, DecisionContext context)
    {
        var known = state.Engagement;
        ImmutableArray<Problem> problems =
            [.. OperatorRules.ProblemsOfRetry(known.Errands, c.ExceptionId, c.Reason, context.Actor), .. ProblemsOf(state, c)];
        if (!problems.IsEmpty) return Decision.Refuse(problems);
        var quote = Merge(known.Quote, c);
        if (ContractRules.Check(quote) is { IsEmpty: false } wrong) return Decision.Refuse(wrong);
        return Follow(state, context,
        [
            new ContractCorrected(c, FirstTerms(quote), context.Now),
            .. ResolveAll(known, Resolutions.Corrected, c.Reason, context),
        ]);
    }

    private static IEnumerable<Problem> ProblemsOf(Existing state, CorrectContract c)
    {
        var created = state.Engagement.Created;
        if (state is not Activating)
            yield return new(ContractProblems.ContractNotActive, "", "Only an activation that is paused can be corrected.",
                "Change an active contract with a change order.");
        if (c is { LegalEntity: null, ProjectTemplate: null, Customer: null, Lines: null })
            yield return new(ContractProblems.NothingToCorrect, "", "The correction corrects nothing.",
                "Give what is to be corrected, or retry the step as it is.");
        if (c.LegalEntity is not null && created.Any(step => step is >= ActivationStep.ErpCustomer and <= ActivationStep.ErpJob))
            yield return new(ContractProblems.LegalEntityFixed, "legalEntity",
                $"Records of {state.Engagement.Quote.LegalEntity} exist in the ERP already.",
                "Undo the activation and accept a new quote for the other legal entity.");
        if ((c.ProjectTemplate is not null || c.Lines is not null) && created.Contains(ActivationStep.PsaProject))
            yield return new(ContractProblems.TermsFixed, c.Lines is null ? "projectTemplate" : "lines",
                "The project exists in the PSA already.",
                "Go on with the activation and amend the contract then, or undo the activation.");
    }

    private static Decision Compensate(Existing state, CompensateActivation c, DecisionContext context)
    {
        if (state is Compensating or Withdrawn) return Decision.Nothing;
        ImmutableArray<Problem> problems = [.. OperatorRules.MayOperate(context.Actor), .. OperatorRules.NeedsReason(c.Reason)];
        if (state is Active)
            problems = problems.Add(new(ContractProblems.ContractActive, "",
                "The contract is active: there is no activation to undo.", "Close the project, or amend the contract."));
        return problems.IsEmpty
            ? Follow(state, context,
            [
                new CompensationStarted(c.Reason, context.Actor.Id, context.Now),
                .. state.Engagement.Errands.Items.Where(item => !Errands.ResolvesItself(item))
                    .Select(item => Resolve(item.Id, Resolutions.Compensated, c.Reason, context)),
            ])
            : Decision.Refuse(problems);
    }

    private static Decision Amend(Existing state, AmendContract c, DecisionContext context)
    {
        ImmutableArray<Problem> allowed =
            [.. OperatorRules.NeedsRole(context.Actor, Amenders), .. OperatorRules.NeedsReason(c.Reason)];
        if (state is not Active { Engagement: var known })
            return Decision.Refuse(allowed.Add(NotActive()));
        if (allowed.AddRange(Amendment.Check(known, c)) is { IsEmpty: false } problems) return Decision.Refuse(problems);

        var terms = Amendment.Apply(known.Terms, c);
        return Follow(state, context,
        [
            new ContractAmended(known.ContractId, known.ProjectId, terms, c.Reason, context.Actor.Id, context.Now, c.RepriceInvoiced),
            new BillingScheduled(ContractErrands.Schedule(terms), context.Now),
            .. Amendment.Updates(known, known with { History = known.History.Add(terms) }, context.Now),
        ]);
    }

    private static Decision ChangeLine(Existing state, Command change, DecisionContext context)
    {
        if (state is not Active { Engagement: var known }) return Decision.Refuse(NotActive());
        if (LineChanges.Check(known.Terms, change) is { IsEmpty: false } problems) return Decision.Refuse(problems);
        var (now, events) = ((Existing)state, ImmutableArray.CreateBuilder<Event>());
        foreach (var order in LineChanges.Orders(known.Terms, change))
        {
            var decision = Amend(now, order, context);
            if (decision.Outcome == Outcome.Refused) return decision;
            events.AddRange(decision.Events);
            now = (Existing)decision.Events.Aggregate((ContractState)now, Evolve);
        }

        return Decision.Accept(events.ToImmutable());
    }

    private static Decision Hear(Existing state, Observe c, DecisionContext context)
    {
        var (now, events) = ((ContractState)state, ImmutableArray.CreateBuilder<Event>());
        foreach (var heard in c.Events)
        {
            if (heard is BillingHeld or BillingHoldReleased)
            {
                if (Holds.Heard(((Existing)now).Engagement.Holds, heard, [state.Engagement.ProjectId], context.Now) is not { } held) continue;
                events.Add(held);
                now = Evolve(now, held);
                continue;
            }

            if (now is not Active { Engagement: var known }) return Decision.Refuse(NotFound(context.Grain));
            if (heard is not (InvoiceIssued or PaymentApplied or SettlementApplied or CreditMemoIssued)) return Decision.Unsupported(c);
            if (ContractTotals.After(known, heard, context.Now) is not { } totals) continue;
            events.Add(totals);
            now = Evolve(now, totals);
        }

        return Follow(state, context, [.. events]);
    }

    private static Decision Follow(ContractState state, DecisionContext context, params ImmutableArray<Event> events) =>
        Process.Follow(state, events, Evolve, after => Next(after, context));

    private static Engagement Begin(QuoteAccepted e) => new(
        e.ContractId, e.ProjectId, e.Quote, Fingerprint(e.Quote), [e.Terms], null,
        ImmutableDictionary<ActivationStep, StepView>.Empty.Add(
            ActivationStep.Validation, new(ActivationStep.Validation, StepStatus.Running, e.At)),
        [], Errands.None(e.ContractId), [e.Reference], [], ImmutableDictionary<string, ContractInvoice>.Empty,
        Money.Zero(e.Terms.Currency), Money.Zero(e.Terms.Currency), null, null);

    // Every step is gone through again, so that what exists already hears of the correction too.
    private static Engagement Corrected(Engagement g, ContractCorrected e) => g with
    {
        Quote = Merge(g.Quote, e.Correction),
        History = [e.Terms],
        Errands = g.Errands.AskAgain(_ => true, e.At),
        Steps = ImmutableDictionary<ActivationStep, StepView>.Empty.Add(
            ActivationStep.Validation, new(ActivationStep.Validation, StepStatus.Running, e.At)),
    };

    private static AcceptQuote Merge(AcceptQuote quote, CorrectContract c) => quote with
    {
        LegalEntity = c.LegalEntity ?? quote.LegalEntity,
        ProjectTemplate = c.ProjectTemplate ?? quote.ProjectTemplate,
        Customer = c.Customer ?? quote.Customer,
        Lines = c.Lines ?? quote.Lines,
    };

    private static Terms FirstTerms(AcceptQuote quote) => new(1, quote.Start, quote.Currency,
        PricingRules.Shared([.. quote.Lines.Select(line => line with { PurchaseOrder = line.PurchaseOrder ?? quote.PurchaseOrder })]),
        quote.Caps, quote.Conditions);

    private static string Fingerprint(AcceptQuote quote) =>
        Convert.ToHexString(WireFormat.Fingerprint(quote with { SourceVersion = default }).Span);

    private static ImmutableArray<Event> ResolveAll(
        Engagement known, string resolution, string reason, DecisionContext context) =>
        [.. known.Errands.Items.Select(item => Resolve(item.Id, resolution, reason, context))];

    private static ExceptionResolved Resolve(string itemId, string resolution, string reason, DecisionContext context) =>
        new(itemId, resolution, reason, context.Actor.Id, context.Now);

    private static Problem NotActive() => new(
        ContractProblems.ContractNotActive, "", "The contract is not active.", "Complete the activation first; a paused one can be corrected.");

    private static Problem NotFound(string id) => new(
        ProblemCodes.NotFound, "", $"There is no active contract '{id}'.", "Check the id, and the state of the contract.");
}
