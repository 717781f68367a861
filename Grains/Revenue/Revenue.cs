using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Invoices;
using Q2C.Projects;
using Q2C.Revenues;
using static Q2C.Grains.Revenues.RevenueState;

namespace Q2C.Grains.Revenues;

/// <summary>
/// The revenue of a contract: follows what is sold, done and billed, and books what is earned, deferred and not billed yet,
/// always balanced.
/// </summary>
public static class Revenue
{
    public static Decider<RevenueState> Decider { get; } = new(new NotOpened(), Decide, Evolve) { Version = 1 };

    public static Decision Decide(RevenueState state, Command command, DecisionContext context) => (state, command) switch
    {
        (NotOpened, Observe { Events: [ContractActivated activated, ..] }) => Begin(activated, context),
        (NotOpened, Observe) => Decision.Nothing,
        (Open s, Observe c) => Hear(s, c, context),
        (Open s, RecognizeRevenue c) => Recognize(s, c, context),
        (Open s, ReviseEstimate c) => Revise(s, c, context),
        (Open s, ReclassifyEntry c) => Reclassify(s, c, context),
        (Open s, ReportEffect c) => Report(s, c, context),
        (Open s, RetryStep c) => Retry(s, c, context),
        (Open s, SkipStep c) => Skip(s, c, context),
        (NotOpened, RecognizeRevenue or ReviseEstimate or ReclassifyEntry or ReportEffect or RetryStep or SkipStep) =>
            Decision.Refuse(RevenueRules.NotFound(context.Grain)),
        _ => Decision.Unsupported(command),
    };

    public static RevenueState Evolve(RevenueState state, Event @event) => (state, @event) switch
    {
        (NotOpened, RevenueOpened e) => new Open(
            e.RevenueId, e.ContractId, e.ProjectId, e.LegalEntity, e.Currency, e.CostCurrency, e.Rounding, e.TimeZone, e.Erp,
            e.PaymentDays, e.Terms, e.Lines.ToImmutableDictionary(line => line.LineId), null, null, null,
            ImmutableDictionary<string, LedgerEntry>.Empty, [], [], [], Errands.None(e.RevenueId)),
        (Open s, RevenueTermsChanged e) => s.With(e.Lines) with { Terms = e.Terms },
        (Open s, DocumentTaken e) => s.With(e.Lines) with { Documents = s.Documents.Add(e.DocumentId) },
        (Open s, EstimateRevised e) => s.With([e.Line]),
        (Open s, PositionAsked e) => s with { Asked = e.PeriodEnd, Scheduled = s.Scheduled <= e.PeriodEnd ? null : s.Scheduled },
        (Open s, RevenueRecognized e) => s.With(e.Lines) with { Through = e.PeriodEnd, Asked = null, Expected = e.Expected },
        (Open s, EntryPosted e) => s with
        {
            Entries = s.Entries.Add(e.Entry.Id, e.Entry),
            Reversed = e.Entry.Reverses is { } reversed ? s.Reversed.Add(reversed) : s.Reversed,
        },
        (Open s, RecognitionScheduled { Next.Command: RecognizeRevenue next }) => s with { Scheduled = next.PeriodEnd },
        (Open s, JournalAsked e) => s with { Errands = s.Errands.Asked(e.Effect, e.At) },
        (Open s, JournalConfirmed e) => s with { Errands = s.Errands.Confirmed(e.EffectId, e.At) },
        (Open s, ExceptionRaised e) => s with { Errands = s.Errands.Raised(e.Item, e.At) },
        (Open s, ExceptionResolved e) => s with { Errands = s.Errands.Resolved(e) },
        _ => throw new UnreachableException($"{@event.GetType().Name} in {state.GetType().Name}"),
    };

    /// <summary>Null for a contract that is not active.</summary>
    public static RevenueView? Render(RevenueState state, long version) => state is not Open s
        ? null
        : new(
            s.RevenueId, version, s.ContractId, s.ProjectId, s.LegalEntity, s.Currency, s.CostCurrency, s.Through, [.. s.InOrder],
            [.. s.Entries.Values.OrderBy(entry => RevenueJournals.NumberOf(entry.Id))], s.Expected, s.Errands.Items);

    private static Decision Begin(ContractActivated contract, DecisionContext context)
    {
        var (terms, routing) = (contract.Terms, contract.Routing);
        var costCurrency = context.Policies.LegalEntities.GetValueOrDefault(routing.LegalEntity)?.Currency ?? terms.Currency;
        var prices = SellingPrices.Allocate(terms.Lines);
        var opened = new RevenueOpened(
            RevenueIds.Of(contract.ContractId), contract.ContractId, contract.ProjectId, contract.CustomerId, routing.LegalEntity,
            terms.Currency, costCurrency, routing.Rounding, routing.TimeZone, routing.Erp, routing.PaymentDays, terms,
            [.. terms.Lines.Select(line => Recognition.Open(line, Price(prices, line.Id), terms.Currency, costCurrency))], context.Now);
        var turn = new RevenueTurn((Open)Evolve(new NotOpened(), opened), context);
        return turn.Finish(opened);
    }

    private static Decision Hear(Open state, Observe c, DecisionContext context)
    {
        var turn = new RevenueTurn(state, context);
        foreach (var heard in c.Events)
            switch (heard)
            {
                case ContractActivated:
                    break;
                case ContractAmended e:
                    RevenueChanges.Amend(turn, e.Terms);
                    break;
                case InvoiceIssued e:
                    RevenueChanges.Bill(turn, e);
                    break;
                case CreditMemoIssued e:
                    RevenueChanges.Credit(turn, e);
                    break;
                case RetainerPaid e:
                    RevenueChanges.Draw(turn, $"prepaid/{e.InvoiceId}", e.Date!.Value, $"Invoice {e.Number}, paid in advance", e.Draws, 1);
                    break;
                case RetainerReturned e:
                    RevenueChanges.Draw(turn, $"{e.Settlement}/{e.InvoiceId}", e.Date, "Paid in advance, and not used after all", e.Draws, -1);
                    break;
                case PositionReported e when turn.State.Asked == e.PeriodEnd:
                    PeriodEnd.Recognise(turn, e);
                    break;
                case PositionReported:
                    break;
                default:
                    return Decision.Unsupported(c);
            }

        return turn.Finish();
    }

    private static Decision Recognize(Open state, RecognizeRevenue c, DecisionContext context)
    {
        if (RevenueRules.ProblemsOfPeriod(state, c, context) is { IsEmpty: false } problems) return Decision.Refuse(problems);
        return state.Asked == c.PeriodEnd ? Decision.Nothing : Ask(new(state, context), c.PeriodEnd);
    }

    private static Decision Ask(RevenueTurn turn, DateOnly period)
    {
        if (turn.Books is { WhenClosed: Policies.WhenClosed.Park, ClosedThrough: { } through } books && PostingDates.IsClosed(period, books))
            Park(turn, period, through);
        else
            turn.Add(new PositionAsked(turn.State.RevenueId, turn.State.ProjectId, period, turn.Now));
        return turn.Finish();
    }

    private static void Park(RevenueTurn turn, DateOnly period, DateOnly through)
    {
        var id = $"{turn.State.RevenueId}/period/{period:yyyy-MM-dd}";
        if (turn.State.Errands.Item(id) is null)
            turn.Add(new ExceptionRaised(RevenueRules.Parked(id, RevenueRules.Closed(period, through)), turn.Now));
    }

    private static Decision Revise(Open state, ReviseEstimate c, DecisionContext context)
    {
        if (RevenueRules.ProblemsOfEstimate(state, c, context.Actor) is { IsEmpty: false } problems) return Decision.Refuse(problems);
        var line = state.Lines[c.LineId];
        var how = (RevenueTreatment.PercentComplete)line.Terms.Treatment;
        if (how.Estimate == c.Estimate) return Decision.Nothing;
        var turn = new RevenueTurn(state, context);
        turn.Add(new EstimateRevised(
            line with { Terms = line.Terms with { Treatment = how with { Estimate = c.Estimate } } }, c.Reason, context.Actor.Id, context.Now,
            state.ProjectId));
        return turn.Finish();
    }

    private static Decision Reclassify(Open state, ReclassifyEntry c, DecisionContext context)
    {
        if (RevenueRules.ProblemsOfReclassification(state, c, context.Actor) is { IsEmpty: false } problems) return Decision.Refuse(problems);
        var turn = new RevenueTurn(state, context);
        var entry = state.Entries[c.EntryId];
        var date = PostingDates.Open(entry.Date, turn.Books, RecogniseOn.PeriodStart);
        turn.Post(Entries.Reversal(entry, turn.NextId, date));
        turn.Post(entry with
        {
            Id = turn.NextId, Date = date, Cause = EntryCause.Reclassification, Text = $"{entry.Text}, reclassified: {c.Reason}", Lines = c.Lines,
        });
        return turn.Finish();
    }

    private static Decision Report(Open state, ReportEffect report, DecisionContext context)
    {
        var errands = state.Errands;
        if (errands.KeyOf(report.EffectId) is not { } key) return Decision.Nothing;
        return (errands.ByKey[key].Status, report.Outcome) switch
        {
            (ErrandStatus.Waiting or ErrandStatus.Skipped, EffectOutcome.Accepted accepted) => Decision.Accept(
            [
                new JournalConfirmed(RevenueJournals.EntryOf(state, key), report.EffectId, accepted.ExternalId, context.Now),
                .. errands.Succeeded(key, context.Now),
            ]),
            (ErrandStatus.Waiting, _) => Decision.Accept(
                errands.Trouble(report.EffectId, report.Outcome, RevenueJournals.Step, context.Now)),
            _ => Decision.Nothing,
        };
    }

    private static Decision Retry(Open state, RetryStep c, DecisionContext context)
    {
        if (OperatorRules.ProblemsOfRetry(state.Errands, c.ExceptionId, c.Reason, context.Actor) is { IsEmpty: false } problems)
            return Decision.Refuse(problems);
        var turn = new RevenueTurn(state, context);
        if (ParkedPeriod(state, c.ExceptionId) is { } period)
        {
            if (turn.Books is { WhenClosed: Policies.WhenClosed.Park, ClosedThrough: { } through } books && PostingDates.IsClosed(period, books))
                return Decision.Refuse(RevenueRules.Closed(period, through));
            turn.Add(new ExceptionResolved(c.ExceptionId, Resolutions.Retried, c.Reason, context.Actor.Id, context.Now));
            return Ask(turn, period);
        }

        turn.Add(new ExceptionResolved(c.ExceptionId, Resolutions.Retried, c.Reason, context.Actor.Id, context.Now));
        return turn.Finish();
    }

    private static Decision Skip(Open state, SkipStep c, DecisionContext context)
    {
        if (OperatorRules.ProblemsOfSkip(state.Errands, c.ExceptionId, c.Reason, context.Actor) is { IsEmpty: false } problems)
            return Decision.Refuse(problems);
        var turn = new RevenueTurn(state, context);
        turn.Add(new ExceptionResolved(c.ExceptionId, Resolutions.Skipped, c.Reason, context.Actor.Id, context.Now));
        return turn.Finish();
    }

    private static DateOnly? ParkedPeriod(Open state, string itemId) =>
        itemId.StartsWith($"{state.RevenueId}/period/", StringComparison.Ordinal) && DateOnly.TryParse(itemId[^10..], out var period)
            ? period
            : null;

    private static Money? Price(ImmutableDictionary<string, Money> prices, string lineId) =>
        prices.TryGetValue(lineId, out var price) ? price : null;
}
