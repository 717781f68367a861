using System.Collections.Immutable;
using Q2C.Grains.Journal;
using Q2C.Policies;

namespace Q2C.Grains.Shell;

/// <summary>One command that waits for its receipt.</summary>
internal sealed class Pending(CommandEnvelope envelope)
{
    public CommandEnvelope Envelope { get; } = envelope;

    public ReadOnlyMemory<byte> Fingerprint { get; } = WireFormat.Fingerprint(envelope.Command);

    // Continuations run on the scheduler of whoever waits, not inside the loop that answers.
    public TaskCompletionSource<Receipt> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsSameCommand(ReadOnlyMemory<byte> fingerprint) => Fingerprint.Span.SequenceEqual(fingerprint.Span);

    /// <summary>The recorded receipt, or the refusal of a key that is used up by another command.</summary>
    public void AnswerAgain(RecordedRow row) => Answer.TrySetResult(
        IsSameCommand(row.Fingerprint) ? Receipts.From(row) : Receipts.KeyReused(row.Grain, Envelope.Key));
}

/// <summary>Decisions on a working copy, not durable yet, and who waits for each.</summary>
internal sealed class RunDraft<TState>(
    string grain, Decider<TState> decider, PolicySet policies, DateTimeOffset now, Image<TState> start, RecentReceipts recent)
{
    private readonly List<Decided> _decided = [];
    private readonly List<(Pending Pending, Exception Mistake)> _mistakes = [];
    private Dictionary<string, Decided>? _byKey;

    /// <summary>What the grain is once the run is durable.</summary>
    public Image<TState> Result { get; private set; } = start;

    private long ExpectedVersion { get; } = start.Version;

    public bool IsEmpty => _decided.Count == 0;

    public int Count => _decided.Count;

    /// <summary>Whether the decider failed on any of them: a defect, or what it decided on is not the newest.</summary>
    public bool HasMistakes => _mistakes.Count > 0;

    /// <summary>Answers those with the mistake; nothing of them is recorded.</summary>
    public void AnswerMistakes()
    {
        foreach (var (pending, mistake) in _mistakes) pending.Answer.TrySetException(mistake);
    }

    public long Bytes { get; private set; }

    public JournalRun ToRun() => new(grain, ExpectedVersion, [.. _decided.Select(decided => decided.Entry)]);

    /// <summary>Decides the command after those before it; one whose key is known joins or repeats instead.</summary>
    public void Add(Pending pending)
    {
        var envelope = pending.Envelope;
        if (recent.TryGet(envelope.Key, out var known))
        {
            pending.Answer.TrySetResult(
                pending.IsSameCommand(known.Fingerprint) ? known.Receipt : Receipts.KeyReused(grain, envelope.Key));
        }
        else if (InThisRun(envelope.Key) is { } same)
        {
            if (pending.IsSameCommand(same.Entry.Fingerprint)) same.Joined = [.. same.Joined, pending];
            else pending.Answer.TrySetResult(Receipts.KeyReused(grain, envelope.Key));
        }
        else
        {
            Decide(pending);
        }
    }

    public void Answer(AppendResult.Appended appended)
    {
        for (var i = 0; i < _decided.Count; i++)
        {
            var (first, entry, problems) = _decided[i];
            var receipt = new Receipt(
                grain, entry.Version, entry.Outcome, problems,
                FreshnessToken.For(appended.Region, appended.Shard, appended.FirstSeq + i));
            recent.Add(entry.Key, entry.Fingerprint, receipt);
            first.Answer.TrySetResult(receipt);
            foreach (var pending in _decided[i].Joined) pending.Answer.TrySetResult(receipt);
        }
    }

    /// <summary>The run's entry under this key. Most runs are of one command, and need no index.</summary>
    private Decided? InThisRun(string key)
    {
        if (_decided.Count == 0) return null;
        _byKey ??= _decided.ToDictionary(decided => decided.Entry.Key, StringComparer.Ordinal);
        return _byKey.GetValueOrDefault(key);
    }

    private void Decide(Pending pending)
    {
        var envelope = pending.Envelope;
        RowBody body;
        Decision decision;
        Image<TState> next;
        try
        {
            RefuseGap(envelope.Source);
            decision = decider.Decide(
                Result.State, envelope.Command, new(grain, envelope.Key, envelope.Actor, now, policies));
            body = new(decision.Events, decision.Problems, envelope.Source, PreviousByTarget(decision.Events));
            next = Result.With(decider, Result.Version + 1, body);
        }
        catch (Exception mistake)
        {
            // This command fails alone.
            _mistakes.Add((pending, mistake));
            return;
        }

        Result = next;
        var entry = ToEntry(pending, decision, body);
        Bytes += entry.Body.Length;
        var decided = new Decided(pending, entry, decision.Problems);
        _decided.Add(decided);
        _byKey?.Add(entry.Key, decided);
    }

    private void RefuseGap(StreamSource? source)
    {
        if (source is not null && source.Previous > Result.Received.GetValueOrDefault(source.Grain))
            throw new DeliveryGapException(grain, source);
    }

    private JournalEntry ToEntry(Pending pending, Decision decision, RowBody body) => new(
        Result.Version, pending.Envelope.Key, pending.Fingerprint, decision.Outcome, body.Write(),
        pending.Envelope.Correlation, pending.Envelope.Causation, pending.Envelope.Actor.Id, pending.Envelope.BusinessTime, now,
        [.. decision.Events.OfType<IReferences>().Select(@event => @event.Reference)],
        [.. decision.Events.OfType<ISchedules>().Select(@event => @event.Due)],
        pending.Envelope.Principal)
    {
        Content = body,
    };

    private ImmutableDictionary<string, long> PreviousByTarget(ImmutableArray<Event> events)
    {
        var previous = ImmutableDictionary<string, long>.Empty;
        foreach (var target in events.OfType<IDelivered>().SelectMany(@event => @event.To))
            previous = previous.SetItem(target, Result.Sent.GetValueOrDefault(target));
        return previous;
    }
}

/// <summary>One entry of a run, and who waits for it.</summary>
internal sealed record Decided(Pending First, JournalEntry Entry, ImmutableArray<Problem> Problems)
{
    /// <summary>Repeats that came while it was under way.</summary>
    public ImmutableArray<Pending> Joined { get; set; } = [];
}

/// <summary>A delivery came before the one that precedes it; whoever brought it brings it again.</summary>
public sealed class DeliveryGapException(string grain, StreamSource source)
    : Exception($"{grain} has not taken {source.Grain}@{source.Previous} yet, so @{source.Version} has to wait.");
