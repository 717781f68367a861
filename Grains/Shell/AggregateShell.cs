using System.Collections.Immutable;
using System.Text.Json;
using Q2C.Grains.Journal;

namespace Q2C.Grains.Shell;

/// <summary>
/// Load, decide, append, evolve; holds no business rule. Commands queue; a loop takes what has queued, decides one after
/// another on a working copy, appends the outcomes as one run, and answers only when that is durable. Runs in a grain,
/// or anywhere else: it needs no grain to work.
/// </summary>
public sealed class AggregateShell<TState>(
    string grain, Decider<TState> decider, IJournal journal, IPolicySource policies, TimeProvider clock)
{
    /// <summary>Commands decided and appended as one run at the most.</summary>
    public const int MaxRun = 500;

    /// <summary>How often a run is decided anew after another writer or a lost connection got in the way.</summary>
    private const int MaxAttempts = 8;

    private const int GapPage = 500;

    /// <summary>A version that no decider has: a history that is asked for with it is whole.</summary>
    private const int NoSnapshot = -1;

    private readonly Lock _gate = new();
    private readonly Queue<Pending> _queue = new();
    private readonly RecentReceipts _recent = new();
    private readonly SnapshotPolicy _snapshots = new();
    private bool _running;
    private Image<TState>? _durable;

    /// <summary>Decides and journals the command; a repeat of a key gets the recorded receipt.</summary>
    public Task<Receipt> Execute(CommandEnvelope envelope)
    {
        if (Invalid(envelope) is { } refusal) return Task.FromResult(refusal);
        var pending = new Pending(envelope);
        Enqueue([pending]);
        return pending.Answer.Task;
    }

    public async Task<ImmutableArray<Receipt>> ExecuteMany(ImmutableArray<CommandEnvelope> envelopes)
    {
        var answers = new Task<Receipt>[envelopes.Length];
        var accepted = new List<Pending>(envelopes.Length);
        for (var i = 0; i < envelopes.Length; i++)
        {
            if (Invalid(envelopes[i]) is { } refusal)
            {
                answers[i] = Task.FromResult(refusal);
                continue;
            }

            var pending = new Pending(envelopes[i]);
            accepted.Add(pending);
            answers[i] = pending.Answer.Task;
        }

        Enqueue(accepted);
        var receipts = ImmutableArray.CreateBuilder<Receipt>(answers.Length);
        foreach (var answer in answers) receipts.Add(await answer);
        return receipts.MoveToImmutable();
    }

    /// <summary>Decides on the newest state and forgets it again.</summary>
    public async Task<Preview> Preview(CommandEnvelope envelope, CancellationToken cancel = default)
    {
        var (state, _) = await Read(cancel);
        var decision = decider.Decide(
            state, envelope.Command, new(grain, envelope.Key, envelope.Actor, clock.GetUtcNow(), policies.Current));
        return new(
            decision.Outcome, decision.Problems, [.. decision.Events.Select(WireFormat.NameOf)],
            [
                .. decision.Events.OfType<IAsksEffect>().Select(asks => new PlannedEffect(
                    asks.Effect.Connection, WireFormat.NameOf(asks.Effect.Operation), asks.Effect.Subject)),
            ]);
    }

    /// <summary>Replays the grain up to a version, from its first row: for whoever wants to know what one row changed.</summary>
    public async Task<StateChange?> Change(long version, CancellationToken cancel = default)
    {
        var history = await journal.Load(grain, NoSnapshot, cancel);
        if (version < 1 || version > history.Rows.Length) return null;
        var (before, after) = (decider.Initial, decider.Initial);
        foreach (var row in history.Rows.AsSpan()[..(int)version])
            (before, after) = (after, RowBody.Read(row.Body).Events.Aggregate(after, decider.Evolve));
        return new(JsonSerializer.Serialize(before, WireFormat.Options), JsonSerializer.Serialize(after, WireFormat.Options));
    }

    /// <summary>The state, confirmed to be the newest that the journal has.</summary>
    public async Task<(TState State, long Version)> Read(CancellationToken cancel = default)
    {
        // What was loaded just now is confirmed by that.
        if (_durable is not { } image || await journal.CurrentVersion(grain, cancel) > image.Version)
            image = _durable = await Load(cancel);
        return (image.State, image.Version);
    }

    /// <summary>
    /// Takes deliveries of other grains, in order per source: those already taken are passed over, and what is missing
    /// before one is read from the journal.
    /// </summary>
    public async Task Observe(IReadOnlyList<Delivery> deliveries, CancellationToken cancel = default)
    {
        foreach (var bySource in deliveries.GroupBy(delivery => delivery.Source.Grain))
        {
            var cursor = await Cursor(bySource.Key, cancel);
            var next = new List<Delivery>();
            foreach (var delivery in bySource.OrderBy(delivery => delivery.Source.Version))
            {
                if (delivery.Source.Version <= cursor) continue;
                if (delivery.Source.Previous > cursor)
                {
                    await Take([.. next]);
                    next.Clear();
                    await CatchUp(bySource.Key, delivery.Source.Previous, cancel);
                }

                next.Add(delivery);
                cursor = delivery.Source.Version;
            }

            await Take([.. next]);
        }
    }

    /// <summary>
    /// Reads from the journal what <paramref name="source"/> addressed to this grain, up to a version of its own, and
    /// was not taken yet.
    /// </summary>
    public async Task CatchUp(string source, long upTo = long.MaxValue, CancellationToken cancel = default)
    {
        while (true)
        {
            var missed = await journal.Deliveries(source, grain, await Cursor(source, cancel), upTo, GapPage, cancel);
            await Take(missed);
            if (missed.Length < GapPage) return;
        }
    }

    private async Task Take(ImmutableArray<Delivery> deliveries) => await ExecuteMany([.. deliveries.Select(delivery =>
        new CommandEnvelope(
            StreamKey(delivery.Source), new Observe(delivery.Source.Grain, delivery.Events), Actor.System,
            delivery.Correlation, $"{delivery.Source.Grain}@{delivery.Source.Version}", delivery.At, delivery.Source))]);

    private static string StreamKey(StreamSource source) => $"on/{source.Grain}@{source.Version}";

    private async ValueTask<long> Cursor(string source, CancellationToken cancel) =>
        (_durable ??= await Load(cancel)).Received.GetValueOrDefault(source);

    private Receipt? Invalid(CommandEnvelope envelope) =>
        envelope.Key.Length is 0 or > CommandEnvelope.MaxKeyLength
            ? new(grain, 0, Outcome.Refused,
                [new(ProblemCodes.IdempotencyKeyInvalid, "idempotencyKey",
                    $"An idempotency key has 1 to {CommandEnvelope.MaxKeyLength} characters; this one has {envelope.Key.Length}.",
                    "Send a key that is unique to this request, and the same one when you repeat it.")],
                "")
            : null;

    private void Enqueue(List<Pending> pending)
    {
        foreach (var one in pending) ShellTelemetry.Follow(grain, one.Envelope, one.Answer.Task);
        lock (_gate)
        {
            foreach (var one in pending) _queue.Enqueue(one);
            if (_running || _queue.Count == 0) return;
            _running = true;
        }

        _ = Work();
    }

    private async Task Work()
    {
        while (TakeRun() is { Count: > 0 } run)
        {
            try
            {
                await Settle(run);
            }
            catch (Exception failure)
            {
                // Whatever was in memory proves nothing now; the next command loads again.
                _durable = null;
                foreach (var pending in run) pending.Answer.TrySetException(failure);
            }
        }
    }

    private List<Pending> TakeRun()
    {
        lock (_gate)
        {
            var run = new List<Pending>(Math.Min(_queue.Count, MaxRun));
            while (run.Count < MaxRun && _queue.TryDequeue(out var pending)) run.Add(pending);
            _running = run.Count > 0;
            return run;
        }
    }

    private async Task Settle(List<Pending> run)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                ShellTelemetry.NeedsState(_durable is not null);
                var image = _durable ??= await Load(default);
                if (attempt > 1) run = await AnswerRecorded(run);
                var draft = new RunDraft<TState>(grain, decider, policies.Current, clock.GetUtcNow(), image, _recent);
                foreach (var pending in run) draft.Add(pending);

                // A mistake proves nothing if another silo has gone on since: then all is decided anew.
                if (!draft.HasMistakes || await journal.CurrentVersion(grain, default) == image.Version)
                {
                    draft.AnswerMistakes();
                    if (draft.IsEmpty) return;
                    switch (await journal.Append(draft.ToRun(), default))
                    {
                        case AppendResult.Appended appended:
                            await Keep(draft, appended);
                            return;
                        case AppendResult.KeysTaken taken:
                            RefuseTaken(run, taken);
                            break;
                    }
                }
            }
            catch (Exception) when (attempt < MaxAttempts)
            {
                // The append may have happened: the keys will tell.
            }

            if (attempt == MaxAttempts)
                throw new JournalContentionException(grain, MaxAttempts);
            _durable = null;
        }
    }

    private async Task Keep(RunDraft<TState> draft, AppendResult.Appended appended)
    {
        _durable = draft.Result;
        draft.Answer(appended);
        if (_snapshots.IsDue(draft)) await KeepSnapshot(draft.Result);
    }

    private void RefuseTaken(List<Pending> run, AppendResult.KeysTaken taken)
    {
        foreach (var pending in run)
        {
            var envelope = pending.Envelope;
            if (taken.Keys.Any(key => key.Principal == envelope.Principal && key.Key == envelope.Key))
                pending.Answer.TrySetResult(Receipts.KeyReused(grain, envelope.Key));
        }
    }

    private async Task KeepSnapshot(Image<TState> image)
    {
        var snapshot = image.ToSnapshot(decider.Version);
        _snapshots.Taken(snapshot);
        try
        {
            await journal.SaveSnapshot(grain, snapshot, default);
        }
        catch (Exception)
        {
            // A snapshot only shortens a load; the next one will do.
        }
    }

    /// <summary>Answers what the journal already holds under these keys; returns the rest.</summary>
    private async Task<List<Pending>> AnswerRecorded(List<Pending> run)
    {
        var recorded = await journal.Find(grain, [.. run.Select(pending => pending.Envelope.Key).Distinct()], default);
        var rest = new List<Pending>(run.Count);
        foreach (var pending in run)
        {
            if (pending.Answer.Task.IsCompleted) continue;
            if (recorded.TryGetValue(pending.Envelope.Key, out var row)) pending.AnswerAgain(row);
            else rest.Add(pending);
        }

        return rest;
    }

    private async ValueTask<Image<TState>> Load(CancellationToken cancel)
    {
        var history = await journal.Load(grain, decider.Version, cancel);
        var image = history.Snapshot is { } snapshot
            ? Image<TState>.From(snapshot)
            : new Image<TState>(decider.Initial, 0, ImmutableDictionary<string, long>.Empty, ImmutableDictionary<string, long>.Empty);
        foreach (var row in history.Rows) image = image.With(decider, row.Version, RowBody.Read(row.Body));
        _snapshots.Loaded(history);
        return image;
    }
}

/// <summary>Others kept writing to this grain, or the database kept failing: nothing was lost, and the caller can repeat.</summary>
public sealed class JournalContentionException(string grain, int attempts)
    : Exception($"{grain} could not be written in {attempts} attempts. Repeat the request with the same idempotency key.");
