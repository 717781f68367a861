using System.Collections.Immutable;
using Q2C.Policies;
using Q2C.Revenues;
using static Q2C.Grains.Revenues.RevenueState;

namespace Q2C.Grains.Revenues;

/// <summary>What one command brings about, one event after another, and the state that they lead to.</summary>
internal sealed class RevenueTurn(Open state, DecisionContext context)
{
    private readonly ImmutableArray<Event>.Builder _events = ImmutableArray.CreateBuilder<Event>();

    public Open State { get; private set; } = state;

    public DateTimeOffset Now => context.Now;

    public BooksPolicy Books { get; } =
        context.Policies.LegalEntities.GetValueOrDefault(state.LegalEntity)?.Books ?? BooksPolicy.Default;

    public void Add(Event @event)
    {
        _events.Add(@event);
        State = (Open)Revenue.Evolve(State, @event);
    }

    /// <summary>Books the postings in the first period that is open, if there is anything to book.</summary>
    public void Post(
        EntryCause cause, DateOnly date, DateOnly period, string text, IEnumerable<LedgerLine> lines, string? currency = null,
        RecogniseOn on = RecogniseOn.PeriodEnd) =>
        Post(new(
            NextId, State.LegalEntity, currency ?? State.Currency, PostingDates.Open(date, Books, on),
            RecognitionSchedule.EndOfMonth(period), cause, text, [.. lines]));

    public void Post(LedgerEntry entry)
    {
        var balanced = Entries.Balanced(entry);
        if (!balanced.Lines.IsEmpty) Add(new EntryPosted(State.ContractId, balanced, Now));
    }

    public string NextId => $"{State.RevenueId}/{State.Entries.Count + 1}";

    /// <summary>All that happened, with the journals to be exported and the next run.</summary>
    /// <param name="first">What came before the first event of the turn.</param>
    public Decision Finish(Event? first = null)
    {
        if (_events.Count == 0 && first is null) return Decision.Nothing;
        if (Books.ExportJournals)
            foreach (var entry in State.Entries.Values.OrderBy(entry => RevenueJournals.NumberOf(entry.Id)))
                if (State.Errands.Wants(RevenueJournals.Key(entry.Id))) Add(RevenueJournals.Ask(State, entry, Now));
        if (Books.RecogniseMonthly && State is { Scheduled: null, Asked: null } && NextPeriod() is { } next)
            Add(new RecognitionScheduled(
                new($"recognize/{State.RevenueId}/{next:yyyy-MM}", StartOf(next.AddDays(1)), new RecognizeRevenue(next)), Now));
        return Decision.Accept(first is null ? _events.ToImmutable() : [first, .. _events]);
    }

    /// <summary>Null when there is nothing left to recognise.</summary>
    private DateOnly? NextPeriod()
    {
        var next = RecognitionSchedule.EndOfMonth(State.Through is { } through ? through.AddDays(1) : State.Start);
        var isOver = State.Through is { } last && State.Lines.Values.All(line => line.End < last && line is { Deferred.IsZero: true, Unbilled.IsZero: true });
        return isOver ? null : next;
    }

    private DateTimeOffset StartOf(DateOnly day)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(State.TimeZone);
        var start = day.ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(start, zone.GetUtcOffset(start)).ToUniversalTime();
    }
}
