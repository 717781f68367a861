using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.Grains.Invoices;
using Q2C.Intercompany;
using Q2C.Invoices;

namespace Q2C.Grains.Intercompanies;

/// <summary>A document between two companies of the firm. Snapshots are stored: change the decider's version with the shape.</summary>
/// <param name="Document">Null until the customer's document has told of it.</param>
public sealed record IntercompanyState(IntercompanyDocument? Document, Errands Errands)
{
    public static IntercompanyState New { get; } = new(null, Errands.None(""));
}

/// <summary>Mirrors a customer's document between the companies that sold and delivered, and posts it in the books of both.</summary>
public static class IntercompanyMirror
{
    public static Decider<IntercompanyState> Decider { get; } = new(IntercompanyState.New, Decide, Evolve) { Version = 1 };

    public static Decision Decide(IntercompanyState state, Command command, DecisionContext context) => (state.Document, command) switch
    {
        (null, Observe { Events: [IntercompanyDue due] }) => Follow(state, context, Mirror(due.Document, context.Now)),
        (_, Observe { Events: [IntercompanyDue] }) => Decision.Nothing,
        ({ } document, ReportEffect c) => Report(state, document, c, context),
        ({ }, RetryStep c) => Resolve(
            state, OperatorRules.ProblemsOfRetry(state.Errands, c.ExceptionId, c.Reason, context.Actor), c.ExceptionId, Resolutions.Retried, c.Reason, context),
        ({ }, SkipStep c) => Resolve(
            state, OperatorRules.ProblemsOfSkip(state.Errands, c.ExceptionId, c.Reason, context.Actor), c.ExceptionId, Resolutions.Skipped, c.Reason, context),
        (null, ReportEffect or RetryStep or SkipStep) => Decision.Refuse(new Problem(
            ProblemCodes.NotFound, "", $"There is no intercompany document '{context.Grain}'.", "Check the id; it begins with an invoice or credit memo.")),
        _ => Decision.Unsupported(command),
    };

    /// <summary>What follows by itself: the journals of both companies.</summary>
    public static ImmutableArray<Event> Next(IntercompanyState state, DateTimeOffset now) => state.Document is not { } document
        ? []
        : [.. Enum.GetValues<IntercompanySide>().Where(side => state.Errands.Wants(Key(side))).Select(side => Ask(state, document, side, now))];

    public static IntercompanyState Evolve(IntercompanyState state, Event @event) => @event switch
    {
        IntercompanyMirrored e => new(e.Document, Errands.None(e.Document.Id)),
        IntercompanyStepAsked e => state with { Errands = state.Errands.Asked(e.Effect, e.At) },
        IntercompanyStepConfirmed e => state with { Errands = state.Errands.Confirmed(e.EffectId, e.At) },
        ExceptionRaised e => state with { Errands = state.Errands.Raised(e.Item, e.At) },
        ExceptionResolved e => state with { Errands = state.Errands.Resolved(e) },
        _ => throw new UnreachableException(@event.GetType().Name),
    };

    /// <summary>Null for a document that does not exist.</summary>
    public static IntercompanyView? Render(IntercompanyState state, long version) => state.Document is not { } document
        ? null
        : new(
            document.Id, version, document, state.Errands.Is(Key(IntercompanySide.Seller), ErrandStatus.Done),
            state.Errands.Is(Key(IntercompanySide.Deliverer), ErrandStatus.Done), state.Errands.Items);

    private static IntercompanyMirrored Mirror(IntercompanyDocument document, DateTimeOffset now) => new(
        document,
        Postings.Of((Accounts.IntercompanyCost, document.Amount), (Accounts.IntercompanyPayable, -document.Amount)),
        Postings.Of((Accounts.IntercompanyReceivable, document.Amount), (Accounts.IntercompanyRevenue, -document.Amount)), now);

    private static IntercompanyStepAsked Ask(IntercompanyState state, IntercompanyDocument document, IntercompanySide side, DateTimeOffset now)
    {
        var mirrored = Mirror(document, now);
        var (entity, erp, postings) = side == IntercompanySide.Seller
            ? (document.Seller, document.SellerErp, mirrored.SellerPostings)
            : (document.Deliverer, document.DelivererErp, mirrored.DelivererPostings);
        var journal = new PostErpJournal(
            $"{document.Id}/{Key(side)}", document.ContractId, entity, document.Amount.Currency, document.Date,
            $"Intercompany {(document.IsCredit ? "credit" : "invoice")} for {document.DocumentNumber}", [.. postings.Select(Line)]);
        return new(side, state.Errands.Request(Key(side), erp, document.Id, journal), now);
    }

    private static JournalLine Line(Posting posting) => new(
        posting.Account, Math.Max(posting.Amount.Amount, 0), Math.Max(-posting.Amount.Amount, 0), null, null);

    private static Decision Report(IntercompanyState state, IntercompanyDocument document, ReportEffect report, DecisionContext context)
    {
        var errands = state.Errands;
        if (errands.KeyOf(report.EffectId) is not { } key) return Decision.Nothing;
        return (errands.ByKey[key].Status, report.Outcome) switch
        {
            (ErrandStatus.Waiting or ErrandStatus.Skipped, EffectOutcome.Accepted accepted) => Follow(state, context,
            [
                new IntercompanyStepConfirmed(Enum.GetValues<IntercompanySide>().First(side => Key(side) == key), report.EffectId, accepted.ExternalId, context.Now),
                .. errands.Succeeded(key, context.Now),
            ]),
            (ErrandStatus.Waiting, _) => Follow(state, context, errands.Trouble(
                report.EffectId, report.Outcome, new("Intercompany document in ERP", Roles.Finance, document.Amount), context.Now)),
            _ => Decision.Nothing,
        };
    }

    private static Decision Resolve(
        IntercompanyState state, ImmutableArray<Problem> problems, string exception, string resolution, string reason, DecisionContext context) =>
        problems.IsEmpty
            ? Follow(state, context, new ExceptionResolved(exception, resolution, reason, context.Actor.Id, context.Now))
            : Decision.Refuse(problems);

    private static string Key(IntercompanySide side) => side == IntercompanySide.Seller ? "seller" : "deliverer";

    private static Decision Follow(IntercompanyState state, DecisionContext context, params ImmutableArray<Event> events) =>
        Process.Follow(state, events, Evolve, after => Next(after, context.Now));
}
