using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.CreditMemos;
using Q2C.Invoices;
using Q2C.Numbering;

namespace Q2C.Grains.Numbering;

/// <summary>Where a series stands. Snapshots are stored: change the decider's version with the shape.</summary>
/// <param name="Latest">The number given last; null before the first.</param>
/// <param name="Open">Document → its number, until it is issued or has come to nothing.</param>
public sealed record NumberSeriesState(
    NumberAssigned? Latest, long Issued, long Void, ImmutableDictionary<string, string> Open)
{
    public static NumberSeriesState New { get; } = new(null, 0, 0, ImmutableDictionary<string, string>.Empty);
}

/// <summary>
/// Numbers the documents of one series of one legal entity, one after another. A number once given is never given again:
/// a document that comes to nothing keeps it, so that every number from the first to the last is accounted for. That two
/// processes number at once ends in one history, as for every grain: the journal takes one of them.
/// </summary>
public static class NumberSeries
{
    public static Decider<NumberSeriesState> Decider { get; } = new(NumberSeriesState.New, Decide, Evolve) { Version = 1 };

    public static Decision Decide(NumberSeriesState state, Command command, DecisionContext context)
    {
        if (command is not Observe observe) return Decision.Unsupported(command);
        var events = ImmutableArray.CreateBuilder<Event>();
        foreach (var heard in observe.Events)
        {
            if (heard is not (NumberAsked or InvoiceIssued or InvoiceRejected or CreditMemoIssued or CreditMemoRejected))
                return Decision.Unsupported(command);
            if (After(state, heard, context) is not { } next) continue;
            events.Add(next);
            state = Evolve(state, next);
        }

        return Decision.Accept(events.ToImmutable());
    }

    public static NumberSeriesState Evolve(NumberSeriesState state, Event @event) => @event switch
    {
        NumberAssigned e => state with { Latest = e, Open = state.Open.Add(e.DocumentId, e.Number) },
        NumberSettled e => state with
        {
            Open = state.Open.Remove(e.DocumentId), Issued = state.Issued + (e.Issued ? 1 : 0), Void = state.Void + (e.Issued ? 0 : 1),
        },
        _ => throw new UnreachableException(@event.GetType().Name),
    };

    /// <summary>Null for a series that has given no number.</summary>
    public static NumberSeriesView? Render(NumberSeriesState state, string id, long version) => state.Latest is not { } latest
        ? null
        : new(
            id, version, latest.LegalEntity, latest.Format, latest.Format.Restart == NumberRestart.Yearly ? latest.Date.Year : null,
            latest.Position, latest.Number, state.Issued, state.Void, [.. state.Open.Keys.Order(StringComparer.Ordinal)]);

    private static Event? After(NumberSeriesState state, Event heard, DecisionContext context) => heard switch
    {
        NumberAsked e => state.Open.ContainsKey(e.DocumentId) ? null : Assign(state, e, context),
        InvoiceIssued e => Settle(state, e.InvoiceId, null, context),
        InvoiceRejected e => Settle(state, e.InvoiceId, e.Reason, context),
        CreditMemoIssued e => Settle(state, e.Memo.CreditMemoId, null, context),
        CreditMemoRejected e => Settle(state, e.CreditMemoId, e.Reason, context),
        _ => throw new UnreachableException(heard.GetType().Name),
    };

    private static NumberAssigned Assign(NumberSeriesState state, NumberAsked e, DecisionContext context)
    {
        var position = (state.Latest?.Position ?? 0) + 1;
        return new(context.Grain, e.LegalEntity, e.Format, e.DocumentId, position, e.Format.Format(e.Date, position), e.Date, context.Now);
    }

    private static NumberSettled? Settle(NumberSeriesState state, string document, string? reason, DecisionContext context) =>
        state.Open.TryGetValue(document, out var number) ? new(document, number, reason is null, reason, context.Now) : null;
}
