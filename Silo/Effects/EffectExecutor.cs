using System.Collections.Concurrent;
using Q2C.Grains.Journal;
using Q2C.Silo.Connectors;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;
using Q2C.Silo.Policies;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Effects;

/// <summary>
/// Carries out the effects of one connection while it holds the connection's lease: claim, commit, request, record,
/// report, settle. A claim is durable before its request leaves; what is ambiguous is looked up before it is sent again.
/// </summary>
public sealed class EffectExecutor
{
    /// <summary>
    /// A claim older than this is not sent, by a clock that nobody sets: whoever slept that long may have lost more than
    /// time. A request may leave so late and still be applied, so the deadline before which nothing is sent again counts
    /// from its end.
    /// </summary>
    public static readonly TimeSpan ClaimLife = TimeSpan.FromSeconds(5);

    /// <summary>How long requests under way may take to end when the process stops.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(20);

    private const int MaxReports = 32;

    private readonly IConnector _connector;
    private readonly IEffectStore _store;
    private readonly ICommandRouter _router;
    private readonly Wakeups _wakeups;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConnectionLimits _limits;
    private readonly RetryPause _pause;
    private readonly TokenBucket _bucket;
    private readonly CircuitBreaker _breaker;
    private readonly ConcurrentDictionary<string, Task> _underWay = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _reporting = new(StringComparer.Ordinal);
    private volatile TaskCompletionSource _freed = new();
    private DateTimeOffset _restUntil;

    public EffectExecutor(
        IConnector connector, ConnectionLimits limits, IEffectStore store, ICommandRouter router, Wakeups wakeups,
        Random random, TimeProvider time, ILogger<EffectExecutor> log)
    {
        (_connector, _limits, _store, _router, _wakeups, _time, _log) = (connector, limits, store, router, wakeups, time, log);
        _pause = new(limits, random);
        _bucket = new(limits.PerSecond, limits.Burst, time);
        _breaker = new(limits, time);
    }

    private string Connection => _connector.Connection;

    /// <summary>Until cancelled; then no request is begun, and those under way may end.</summary>
    public async Task Run(Lease lease, CancellationToken cancel)
    {
        using var calls = CancellationTokenSource.CreateLinkedTokenSource(lease.Lost);
        await using var stop = cancel.Register(() => calls.CancelAfter(DrainTime));
        try
        {
            while (!cancel.IsCancellationRequested)
            {
                var freed = _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
                var signal = _wakeups.Next(Wakeups.Effects(Connection));
                if (!await Step(lease, calls.Token)) await _wakeups.Wait(cancel, signal, freed.Task);
            }
        }
        finally
        {
            await Idle();
        }
    }

    /// <summary>When all that was begun has ended.</summary>
    internal Task Idle() => Task.WhenAll([.. _underWay.Values, .. _reporting.Values]);

    /// <summary>Begins what is due; true if something began.</summary>
    internal async Task<bool> Step(Lease lease, CancellationToken cancel)
    {
        var now = _time.GetUtcNow();
        await _store.TakeOver(lease, Connection, [.. _underWay.Keys], now, cancel);
        foreach (var effect in await _store.DueReports(
            Connection, [.. _underWay.Keys, .. _reporting.Keys], MaxReports, now, cancel))
            Begin(_reporting, "report effect", effect, () => Report(lease, effect, cancel));
        return await BeginLookUps(lease, now, cancel) + await BeginRequests(lease, cancel) > 0;
    }

    private async Task<int> BeginLookUps(Lease lease, DateTimeOffset now, CancellationToken cancel)
    {
        var room = _bucket.Take(Free());
        if (room == 0) return 0;
        var due = await _store.DueLookUps(Connection, [.. _underWay.Keys], room, now, cancel);
        _bucket.GiveBack(room - due.Count);
        foreach (var effect in due) Begin(_underWay, "look up effect", effect, () => LookUp(lease, effect, cancel));
        return due.Count;
    }

    private async Task<int> BeginRequests(Lease lease, CancellationToken cancel)
    {
        var (now, begun) = (_time.GetUtcNow(), _time.GetTimestamp());
        var room = now < _restUntil ? 0 : _bucket.Take(_breaker.Admit(Free(), _underWay.Count));
        if (room == 0) return 0;
        var claimed = await _store.Claim(
            lease, Connection, [.. _underWay.Keys], room, now, ClaimLife + _connector.LongestProcessing, cancel);
        _bucket.GiveBack(room - claimed.Count);
        if (claimed.Count > 0) FaultPoints.Pass(FaultPoints.EffectClaimed);
        foreach (var effect in claimed) Begin(_underWay, "send effect", effect, () => Send(lease, effect, begun, cancel));
        return claimed.Count;
    }

    private int Free() => Math.Max(0, _limits.Concurrency - _underWay.Count);

    private void Begin(ConcurrentDictionary<string, Task> kind, string step, EffectRow effect, Func<Task> work)
    {
        var done = new TaskCompletionSource();
        kind[effect.Id] = done.Task;
        _ = Aside();

        async Task Aside()
        {
            await Task.Yield();
            await RunToEnd(step, effect, work);
            kind.TryRemove(effect.Id, out _);
            _freed.TrySetResult();
            done.SetResult();
        }
    }

    private async Task RunToEnd(string step, EffectRow effect, Func<Task> work)
    {
        using var scope = _log.BeginScope(LogScope.Of(effect));
        using var span = Tracing.Effects.Start(step, effect.Correlation, effect.Grain);
        span?.SetTag("q2c.connection", Connection).SetTag("q2c.effect", effect.Id);
        try
        {
            await work();
        }
        catch (Exception failure) when (failure is LeaseLostException or OperationCanceledException)
        {
            _log.LogInformation("{Effect} is left to the next holder of {Connection}", effect.Id, Connection);
        }
        catch (Exception failure)
        {
            _log.LogError(failure, "{Effect} on {Connection} could not be recorded; it is looked up", effect.Id, Connection);
        }
    }

    private async Task Send(Lease lease, EffectRow effect, long claimedAt, CancellationToken cancel)
    {
        var result = await Result(effect, claimedAt, cancel);
        FaultPoints.Pass(FaultPoints.EffectAnswered);
        var now = _time.GetUtcNow();
        EffectMetrics.Came(Connection, result);
        _log.LogInformation("{Connection} on {Effect}: {Outcome} {Code}", Connection, effect.Id, EffectMetrics.Name(result), Code(result) ?? "");
        if (result is SendResult.Unavailable away && away.Code != CircuitBreaker.Code)
            _restUntil = now + (away.RetryAfter ?? _pause.After(1));
        await Record(lease, effect, EffectStep.After(effect, result, _pause, now), now, cancel);
    }

    private async Task<SendResult> Result(EffectRow effect, long claimedAt, CancellationToken cancel)
    {
        if (Request(effect) is not { } request)
            return new SendResult.Unavailable("OPERATION_UNKNOWN", "A newer version of Q2C has to carry this out.");
        if (Unsupported(request) is { } refusal) return refusal;
        return await _breaker.Run(async token =>
        {
            token.ThrowIfCancellationRequested();
            if (_time.GetElapsedTime(claimedAt) > ClaimLife)
                return new SendResult.Unavailable("CLAIM_TOO_OLD", "The request was held up here and did not leave.");
            try
            {
                return await _connector.Send(request, effect.Generation, token);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                _log.LogError(failure, "The connector of {Connection} failed on {Effect}", Connection, effect.Id);
                return new SendResult.Unknown($"The connector failed ({failure.GetType().Name}).");
            }
        }, cancel);
    }

    private async Task LookUp(Lease lease, EffectRow effect, CancellationToken cancel)
    {
        var looked = effect with { Attempt = effect.Attempt + 1 };
        var result = Request(effect) is { } request
            ? await Found(request, effect, cancel)
            : new LookUpResult.Unavailable("OPERATION_UNKNOWN", "A newer version of Q2C has to look this up.");
        var now = _time.GetUtcNow();
        await Record(lease, effect, EffectStep.After(looked, result, _pause, now), now, cancel);
    }

    private async Task<LookUpResult> Found(EffectRequest request, EffectRow effect, CancellationToken cancel)
    {
        try
        {
            return await _connector.LookUp(request, effect.Generation, cancel);
        }
        catch (NotSupportedException)
        {
            // What this system cannot do was never done there.
            return new LookUpResult.Absent();
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            _log.LogError(failure, "The connector of {Connection} failed looking up {Effect}", Connection, effect.Id);
            return new LookUpResult.Unavailable("LOOK_UP_FAILED", $"The connector failed ({failure.GetType().Name}).");
        }
    }

    private async Task Record(Lease lease, EffectRow effect, EffectChange change, DateTimeOffset now, CancellationToken cancel)
    {
        if (await _store.Record(lease, effect, change, now, cancel) is not { } recorded)
            _log.LogWarning("{Effect} on {Connection} was taken over meanwhile", effect.Id, Connection);
        else if (change.Tell is not null)
        {
            FaultPoints.Pass(FaultPoints.EffectRecorded);
            await Report(lease, recorded, cancel);
        }
    }

    /// <summary>Until the grain has taken it: its key is the effect and the number of the report, so a repeat is one.</summary>
    private async Task Report(Lease lease, EffectRow effect, CancellationToken cancel)
    {
        var envelope = new CommandEnvelope(
            $"{effect.Id}/{effect.Report}", new ReportEffect(effect.Id, effect.Outcome!), Actor.Connection(Connection),
            effect.Correlation, effect.Id);
        try
        {
            var receipt = await _router.Execute(effect.Grain, envelope);
            FaultPoints.Pass(FaultPoints.EffectTold);
            if (receipt.IsRefused)
                _log.LogWarning("{Grain} refused the outcome of {Effect}: {Problems}", effect.Grain, effect.Id,
                    string.Join(", ", receipt.Problems.Select(problem => problem.Code)));
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            _log.LogWarning(failure, "{Grain} could not be told of {Effect}; it is told again", effect.Grain, effect.Id);
            await _store.ReportLater(lease, effect, _time.GetUtcNow() + _pause.After(1), cancel);
            return;
        }

        await _store.Reported(lease, effect, _time.GetUtcNow(), cancel);
    }

    private static string? Code(SendResult result) => result switch
    {
        SendResult.Refused refused => refused.Code,
        SendResult.Unavailable unavailable => unavailable.Code,
        _ => null,
    };

    private SendResult.Refused? Unsupported(EffectRequest request)
    {
        try
        {
            _connector.GuaranteeOf(request.Operation);
            return null;
        }
        catch (NotSupportedException error)
        {
            return new("OPERATION_UNSUPPORTED", error.Message,
                "Correct the connections of the legal entity's policy: this kind of work goes to another system.",
                ErrorClass.Permanent);
        }
    }

    private EffectRequest? Request(EffectRow effect)
    {
        try
        {
            return new(effect.Id, effect.Connection, effect.Subject, WireFormat.Read<Operation>(effect.Operation));
        }
        catch (UnknownWireNameException error)
        {
            _log.LogError(error, "{Effect} on {Connection} is of a newer version", effect.Id, Connection);
            return null;
        }
    }
}
