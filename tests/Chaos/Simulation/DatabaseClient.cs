using System.Collections.Immutable;
using Npgsql;
using Q2C.Grains.Journal;
using Q2C.Silo.Connectors;
using Q2C.Silo.Effects;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;
using Q2C.Silo.Streams;

namespace Q2C.Chaos.Simulation;

/// <summary>
/// One process's way to the database: every call takes time, may fail before it arrives, may be carried out and its
/// answer lost, and the process may die on either side of it.
/// </summary>
internal sealed class DatabaseClient(World world, Faults faults, Database database, Node node, Action committed) :
    IJournal, ILeaseStore, IEffectStore, IDispatchStore, ILagStore, IDueStore, IInboxStore
{
    private static readonly TimeSpan Way = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan SlowWay = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(30);

    // IJournal -------------------------------------------------------------------------------------------------------

    public ValueTask<GrainHistory> Load(string grain, int deciderVersion, CancellationToken cancel) =>
        new(Call("load", () => database.Journal.Load(grain, deciderVersion, default).AsTask().Result, cancel));

    public async ValueTask<AppendResult> Append(JournalRun run, CancellationToken cancel)
    {
        FaultPoints.Pass(FaultPoints.JournalBeforeAppend);
        var result = await Call("append", () =>
        {
            var appended = database.Journal.Append(run, default).AsTask().Result;
            world.Tell(node.Name, $"append {run.Grain} {run.ExpectedVersion + 1}: {Show(run)} -> {appended.GetType().Name}");
            return appended;
        }, cancel);
        FaultPoints.Pass(FaultPoints.JournalAfterCommit);
        committed();
        return result;
    }

    public ValueTask<ImmutableDictionary<string, RecordedRow>> Find(string grain, ImmutableArray<string> keys, CancellationToken cancel) =>
        new(Call("find", () => database.Journal.Find(grain, keys, default).AsTask().Result, cancel));

    public ValueTask<long> CurrentVersion(string grain, CancellationToken cancel) =>
        new(Call("version", () => database.Journal.CurrentVersion(grain, default).AsTask().Result, cancel));

    public ValueTask<ImmutableArray<Delivery>> Deliveries(
        string source, string target, long after, long upTo, int limit, CancellationToken cancel) =>
        new(Call("deliveries", () => database.Journal.Deliveries(source, target, after, upTo, limit, default).AsTask().Result, cancel));

    public ValueTask SaveSnapshot(string grain, Snapshot snapshot, CancellationToken cancel) => new(Call("snapshot", () =>
    {
        database.Journal.SaveSnapshot(grain, snapshot, default).AsTask().Wait();
        return true;
    }, cancel));

    // ILeaseStore ----------------------------------------------------------------------------------------------------

    public Task<long?> TryTake(string name, string owner, TimeSpan duration, CancellationToken cancel) => Call("take lease", () =>
    {
        var epoch = database.Take(name, owner, duration);
        if (epoch is not null) world.Tell(node.Name, $"holds {name}, epoch {epoch}");
        return epoch;
    }, cancel);

    public Task<bool> Renew(Lease lease, CancellationToken cancel) => Call("renew lease", () => database.Renew(lease), cancel);

    public Task Release(Lease lease, CancellationToken cancel) => Call("release lease", () => database.Release(lease), cancel);

    // IEffectStore ---------------------------------------------------------------------------------------------------

    public Task<IReadOnlyList<EffectRow>> Claim(
        Lease lease, string connection, IReadOnlyCollection<string> mine, int limit, DateTimeOffset now, TimeSpan within,
        CancellationToken cancel) => Call("claim", () =>
    {
        var claimed = database.Claim(lease, connection, mine, limit, now, within);
        foreach (var effect in claimed) world.Tell(node.Name, $"claims {effect.Id}, attempt {effect.Attempt}, generation {effect.Generation}");
        return claimed;
    }, cancel);

    public Task<int> TakeOver(Lease lease, string connection, IReadOnlyCollection<string> mine, DateTimeOffset now, CancellationToken cancel) =>
        Call("take over", () => database.TakeOver(lease, connection, mine, now), cancel);

    public Task<IReadOnlyList<EffectRow>> DueLookUps(
        string connection, IReadOnlyCollection<string> mine, int limit, DateTimeOffset now, CancellationToken cancel) =>
        Call("look-ups", () => database.DueLookUps(connection, mine, limit, now), cancel);

    public Task<IReadOnlyList<EffectRow>> DueReports(
        string connection, IReadOnlyCollection<string> mine, int limit, DateTimeOffset now, CancellationToken cancel) =>
        Call("reports", () => database.DueReports(connection, mine, limit, now), cancel);

    public Task<EffectRow?> Record(Lease lease, EffectRow effect, EffectChange change, DateTimeOffset now, CancellationToken cancel) =>
        Call("record", () =>
        {
            var recorded = database.Record(lease, effect, change, now);
            world.Tell(node.Name, $"records {effect.Id}: {recorded?.Status.ToString() ?? "too late"} {change.Tell}");
            return recorded;
        }, cancel);

    public Task<int> Reported(Lease lease, EffectRow effect, DateTimeOffset now, CancellationToken cancel) =>
        Call("reported", () => database.Reported(lease, effect, now), cancel);

    public Task<int> ReportLater(Lease lease, EffectRow effect, DateTimeOffset at, CancellationToken cancel) =>
        Call("report later", () => database.ReportLater(lease, effect, at), cancel);

    public Task<IReadOnlyList<string>> UnknownConnections(IEnumerable<string> known, CancellationToken cancel) =>
        Call("unknown connections", () => database.UnknownConnections(known), cancel);

    // IDispatchStore -------------------------------------------------------------------------------------------------

    public Task<(long From, List<PumpedRow> Rows)> Next(int limit, CancellationToken cancel) =>
        Call("next rows", () => database.Next(limit), cancel);

    public Task PutEffects(Lease lease, IReadOnlyList<EffectRows.AskedEffect> effects, DateTimeOffset now, CancellationToken cancel) =>
        Call("put effects", () => database.PutEffects(lease, effects, now), cancel);

    public Task Move(
        Lease lease, long from, long to, IReadOnlyCollection<ParkedDelivery> parked, DateTimeOffset fetchAt, CancellationToken cancel) =>
        Call("move", () => database.Move(lease, from, to, parked, fetchAt), cancel);

    // ILagStore ------------------------------------------------------------------------------------------------------

    public Task ParkOverdue(Lease lease, DateTimeOffset before, DateTimeOffset now, int limit, CancellationToken cancel) =>
        Call("park overdue", () => database.ParkOverdue(lease, before, now, limit), cancel);

    Task<IReadOnlyList<Lag>> ILagStore.Due(DateTimeOffset now, int limit, CancellationToken cancel) =>
        Call("lags", () => database.DueLags(now, limit), cancel);

    public Task Caught(Lease lease, Lag lag, CancellationToken cancel) => Call("caught", () => database.Caught(lease, lag), cancel);

    public Task Failed(Lease lease, Lag lag, string error, DateTimeOffset nextAt, CancellationToken cancel) =>
        Call("lag failed", () => database.LagFailed(lease, lag, nextAt), cancel);

    // IDueStore ------------------------------------------------------------------------------------------------------

    Task<IReadOnlyList<DueRow>> IDueStore.Due(DateTimeOffset now, int limit, CancellationToken cancel) =>
        Call("due commands", () => database.DueCommands(now, limit), cancel);

    public Task Done(Lease lease, DueRow row, CancellationToken cancel) => Call("due done", () => database.DueDone(lease, row), cancel);

    public Task Failed(Lease lease, DueRow row, string error, DateTimeOffset nextAt, CancellationToken cancel) =>
        Call("due failed", () => database.DueFailed(lease, row, nextAt), cancel);

    // IInboxStore ----------------------------------------------------------------------------------------------------

    public Task<IReadOnlyList<InboxItem>> Due(string connection, DateTimeOffset now, int limit, CancellationToken cancel) =>
        Call("deliveries due", () => database.DueDeliveries(connection, now, limit), cancel);

    public Task Done(Lease lease, IReadOnlyCollection<(long Id, ImmutableArray<Receipt> Receipts)> done, CancellationToken cancel) =>
        Call("deliveries done", () => database.Done(lease, done), cancel);

    public Task Park(Lease lease, long id, ImmutableArray<ParseProblem> problems, CancellationToken cancel) =>
        Call("park", () =>
        {
            world.Tell(node.Name, $"parks delivery {id}: {string.Join(", ", problems.Select(problem => problem.Problem.Code))}");
            return database.ParkDelivery(lease, id, problems);
        }, cancel);

    public Task Again(Lease lease, long id, CancellationToken cancel) => Call("again", () => database.Again(lease, id), cancel);

    public Task Later(Lease lease, long id, DateTimeOffset at, Problem why, CancellationToken cancel) =>
        Call("later", () => database.Later(lease, id, at, why), cancel);

    public Task<string?> Watermark(string connection, string feed, CancellationToken cancel) =>
        Call("watermark", () => database.Watermark(connection, feed), cancel);

    public Task Add(Lease lease, string connection, string feed, PollResult.Page page, DateTimeOffset now, CancellationToken cancel) =>
        Call("add page", () => database.AddPage(lease, connection, feed, page, now), cancel);

    private Task<T> Call<T>(string what, Func<T> statement, CancellationToken cancel)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!node.IsAlive) return answer.Task;
        if (cancel.IsCancellationRequested) return Task.FromCanceled<T>(cancel);
        if (faults.Strikes(faults.CrashAtCall, "killed before a statement"))
        {
            node.Kill($"before: {what}");
            return answer.Task;
        }

        if (faults.Strikes(faults.CallFails, "statement failed"))
        {
            world.In(Way, () => answer.TrySetException(new NpgsqlException($"The connection broke before: {what}.")));
            return answer.Task;
        }

        var timesOut = faults.Strikes(faults.CallTimesOut, "statement timed out");
        var arrives = !timesOut || world.Chance(0.5);
        world.In(world.UpTo(timesOut ? SlowWay : Way), () =>
        {
            if (arrives) Carry();
        });
        if (timesOut) world.In(CommandTimeout, () => answer.TrySetException(new TimeoutException($"No answer to: {what}.")));
        return answer.Task;

        void Carry()
        {
            // The session of a process that is gone is ended by the server, or it gets there first.
            if (!node.IsAlive && world.Chance(0.5)) return;
            T result;
            try
            {
                result = statement();
            }
            catch (LeaseLostException lost)
            {
                world.In(Way, () => answer.TrySetException(lost));
                return;
            }

            if (faults.Strikes(faults.CrashAtCall, "killed after a statement")) node.Kill($"after: {what}");
            if (timesOut) return;
            if (faults.Strikes(faults.AnswerLost, "answer of a statement lost"))
            {
                world.Tell(node.Name, $"does not hear the answer to: {what}");
                world.In(world.UpTo(SlowWay), () => answer.TrySetException(new NpgsqlException($"The connection broke after: {what}.")));
            }
            else world.In(world.UpTo(Way), () =>
            {
                if (cancel.IsCancellationRequested) answer.TrySetCanceled(cancel);
                else answer.TrySetResult(result);
            });
        }
    }

    private static string Show(JournalRun run) => string.Join("; ", run.Entries.Select(entry =>
        $"{entry.Key} {entry.Outcome} [{string.Join(", ", entry.Content?.Events.Select(@event => @event.GetType().Name) ?? [])}]"));
}
