using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.Grains.Contracts;
using Q2C.Grains.Journal;
using Q2C.Quotes;

namespace Q2C.Grains.Quotes;

/// <param name="Submitted">Null until somebody submits the quote.</param>
/// <param name="Decision">What was decided, if anything was.</param>
public sealed record QuoteState(QuoteSubmitted? Submitted, QuoteDecision? Decision)
{
    public static QuoteState Unknown { get; } = new(null, null);
}

public sealed record QuoteDecision(QuoteStatus Status, string By, string? Reason, DateTimeOffset At);

/// <summary>The codes with which a quote refuses a command. Listed in <c>docs/errors.md</c>.</summary>
public static class QuoteProblems
{
    public const string QuoteDecided = "QUOTE_DECIDED";
    public const string QuoteExpired = "QUOTE_EXPIRED";
    public const string OwnQuote = "OWN_QUOTE";
}

/// <summary>A quote from its submission to the decision about it; approved, it becomes a contract.</summary>
public static class Quote
{
    public static Decider<QuoteState> Decider { get; } = new(QuoteState.Unknown, Decide, Evolve) { Version = 1 };

    public static Decision Decide(QuoteState state, Command command, DecisionContext context) => (state, command) switch
    {
        (_, SubmitQuote c) => Submit(state, c, context),
        ({ Submitted: null }, ApproveQuote or DeclineQuote) => Decision.Refuse(new Problem(
            ProblemCodes.NotFound, "", $"There is no quote '{context.Grain}'.", "Submit it first.")),
        (_, ApproveQuote c) => Approve(state, c, context),
        (_, DeclineQuote c) => Decline(state, c, context),
        _ => Decision.Unsupported(command),
    };

    public static QuoteState Evolve(QuoteState state, Event @event) => @event switch
    {
        QuoteSubmitted e => state with { Submitted = e },
        QuoteApproved e => state with { Decision = new(QuoteStatus.Approved, e.By, e.Note, e.At) },
        QuoteDeclined e => state with { Decision = new(QuoteStatus.Declined, e.By, e.Reason, e.At) },
        _ => throw new UnreachableException(@event.GetType().Name),
    };

    /// <summary>Null for a quote that nobody submitted.</summary>
    public static QuoteView? Render(QuoteState state, string id, long version) => state.Submitted is not { } submitted
        ? null
        : new(
            id, version, state.Decision?.Status ?? QuoteStatus.Submitted, submitted.ContractId, submitted.Quote.Offer,
            submitted.Quote.ValidUntil, submitted.By, submitted.At, state.Decision?.By, state.Decision?.At, state.Decision?.Reason);

    private static Decision Submit(QuoteState state, SubmitQuote c, DecisionContext context)
    {
        if (state.Submitted is { } known && c.Offer.SourceVersion < known.Quote.Offer.SourceVersion)
            return Decision.Stale(new(ContractProblems.QuoteOlder, "sourceVersion",
                $"The quote is of {c.Offer.SourceVersion:u}; the one of {known.Quote.Offer.SourceVersion:u} was submitted already.",
                "Nothing to do: the newer quote holds."));
        if (state.Submitted is { } before && Same(before.Quote, c)) return Decision.Nothing;
        if (state.Decision is not null) return Decision.Refuse(Decided(state.Decision));
        if (ContractRules.Check(c.Offer) is { IsEmpty: false } problems) return Decision.Refuse(problems);

        // The same opportunity leads to the same contract, whoever tells of it.
        var contract = Ids.Derive(context.Region, Ids.Contract, c.Offer.Connection, c.Offer.OpportunityId);
        return Decision.Accept(new QuoteSubmitted(contract, c, context.Actor.Id, context.Now));
    }

    private static Decision Approve(QuoteState state, ApproveQuote c, DecisionContext context)
    {
        if (state.Decision is { Status: QuoteStatus.Approved }) return Decision.Nothing;
        if (state.Decision is not null) return Decision.Refuse(Decided(state.Decision));
        var submitted = state.Submitted!;
        return Problems().ToImmutableArray() is { IsEmpty: false } problems
            ? Decision.Refuse(problems)
            : Decision.Accept(new QuoteApproved(submitted.ContractId, submitted.Quote.Offer, context.Actor.Id, c.Note, context.Now));

        IEnumerable<Problem> Problems()
        {
            if (submitted.By == context.Actor.Id && !context.Actor.Has(Roles.Machine))
                yield return new(QuoteProblems.OwnQuote, "", $"{submitted.By} submitted this quote and cannot approve it.",
                    "Ask a second person.");
            if (submitted.Quote.ValidUntil is { } last && DateOnly.FromDateTime(context.Now.UtcDateTime) > last)
                yield return new(QuoteProblems.QuoteExpired, "", $"The quote was valid until {last:yyyy-MM-dd}.",
                    "Submit it again with a later day.");
        }
    }

    private static Decision Decline(QuoteState state, DeclineQuote c, DecisionContext context)
    {
        if (state.Decision is { Status: QuoteStatus.Declined }) return Decision.Nothing;
        if (state.Decision is not null) return Decision.Refuse(Decided(state.Decision));
        return OperatorRules.NeedsReason(c.Reason).ToImmutableArray() is { IsEmpty: false } problems
            ? Decision.Refuse(problems)
            : Decision.Accept(new QuoteDeclined(c.Reason, context.Actor.Id, context.Now));
    }

    private static bool Same(SubmitQuote known, SubmitQuote other) =>
        WireFormat.Fingerprint(known).Span.SequenceEqual(WireFormat.Fingerprint(other).Span);

    private static Problem Decided(QuoteDecision decision) => new(
        QuoteProblems.QuoteDecided, "", $"The quote was {(decision.Status == QuoteStatus.Approved ? "approved" : "declined")} by {decision.By}.",
        decision.Status == QuoteStatus.Approved ? "Amend its contract." : "Submit a new quote.");
}
