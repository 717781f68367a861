using System.Collections.Immutable;
using Q2C.Grains.Journal;
using Q2C.Silo.Journal;
using Q2C.Silo.Policies;

namespace Q2C.Silo.Connectors.Reconciliation;

/// <summary>
/// Looks after one connection while its lease is held: asks it how it is, and carries out the comparisons that were asked
/// for. A comparison looks up everything that was sent, and lists what is there; it goes on where it was interrupted.
/// </summary>
public sealed class ConnectionWatch(
    string connection, string vendor, ConnectionParts parts, ConnectionLimits limits, ReconciliationStore store, TimeProvider time,
    ILogger<ConnectionWatch> log)
{
    private const int BatchSize = 50;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HealthInterval = TimeSpan.FromMinutes(1);

    private readonly Capabilities _capabilities = Capabilities.Of(parts);
    private DateTimeOffset _nextCheck;
    private long _lastAsked;

    public async Task Run(Lease lease, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                await Step(lease, cancel);
            }
            catch (Exception failure) when (failure is not (OperationCanceledException or LeaseLostException))
            {
                log.LogError(failure, "Looking after {Connection} failed; trying again", connection);
            }

            await Task.Delay(Interval, time, cancel);
        }
    }

    /// <summary>A health check if it is time for one or somebody asked for it, and the comparison that is open, to its end or to what stops it.</summary>
    internal async Task Step(Lease lease, CancellationToken cancel)
    {
        var asked = await store.LastCheckAsked(connection, cancel);
        if (time.GetUtcNow() >= _nextCheck || asked > _lastAsked)
        {
            await Check(lease, cancel);
            _lastAsked = asked;
            _nextCheck = time.GetUtcNow() + HealthInterval;
        }

        if (await store.Open(connection, cancel) is not { } open) return;
        while (await Compare(lease, open, cancel) is { } next) open = next;
    }

    private async Task Check(Lease lease, CancellationToken cancel)
    {
        var report = parts.Connector is { } connector
            ? await connector.CheckHealth(cancel)
            : new(true, "Only receives; there is nothing to ask.");
        await store.State(lease, connection, vendor, report, _capabilities, time.GetUtcNow(), cancel);
    }

    /// <summary>One batch of what was sent, or the list of what is there; null when it is finished or interrupted.</summary>
    private async Task<OpenReconciliation?> Compare(Lease lease, OpenReconciliation open, CancellationToken cancel)
    {
        var sent = await store.Sent(connection, open, BatchSize, cancel);
        if (sent is [])
        {
            if (await List(lease, open, cancel) is { } problem) await store.Interrupt(lease, open.Id, problem, cancel);
            else await store.Finish(lease, open.Id, time.GetUtcNow(), cancel);
            return null;
        }

        foreach (var effect in sent)
        {
            switch (await LookUp(effect, cancel))
            {
                case (LookUpResult.Unavailable away, _):
                    await store.Interrupt(lease, open.Id, away.Message, cancel);
                    return null;
                case (LookUpResult.Absent, var kind):
                    await store.Differs(lease, open.Id, new(DifferenceKind.Missing, effect.Subject, kind!, effect.Id, []), time.GetUtcNow(), cancel);
                    break;
            }

            open = open with { Position = effect.Ordinal };
            await store.Advance(lease, open.Id, open.Position, 1, cancel);
            await Pace(cancel);
        }

        return open;
    }

    /// <summary>No result for what says nothing about how the record should be now, or cannot be confirmed.</summary>
    private async Task<(LookUpResult? Result, string? Kind)> LookUp(SentEffect effect, CancellationToken cancel)
    {
        try
        {
            var operation = WireFormat.Read<Operation>(effect.Operation);
            var kind = WireFormat.NameOf(operation);
            if (parts.Connector is not { } connector || !connector.CanConfirm(operation)
                || await store.IsOutdated(connection, effect, kind, cancel)) return (null, null);
            return (await connector.LookUp(new(effect.Id, connection, effect.Subject, operation), effect.Generation, cancel), kind);
        }
        catch (Exception failure) when (failure is UnknownWireNameException or NotSupportedException)
        {
            return (null, null);
        }
    }

    /// <summary>Null when all was listed; else what stopped it.</summary>
    private async Task<string?> List(Lease lease, OpenReconciliation open, CancellationToken cancel)
    {
        if (parts.Lister is not { } lister) return null;
        var held = new Dictionary<(string Kind, string Subject), List<string>>();
        string? page = null;
        do
        {
            switch (await lister.List(open.Since, page, cancel))
            {
                case ListResult.Records records:
                    foreach (var record in records.Items)
                        (held.TryGetValue((record.Kind, record.Subject), out var ids) ? ids : held[(record.Kind, record.Subject)] = []).Add(record.ExternalId);
                    page = records.Next;
                    break;
                case ListResult.Unavailable away:
                    return away.Message;
            }

            await Pace(cancel);
        }
        while (page is not null);

        foreach (var ((kind, subject), ids) in held)
        {
            var distinct = ids.Distinct().ToImmutableArray();
            DifferenceKind? wrong = distinct.Length > 1 ? DifferenceKind.Twice
                : await store.WasSent(connection, subject, cancel) ? null
                : DifferenceKind.Unknown;
            if (wrong is { } difference)
                await store.Differs(lease, open.Id, new(difference, subject, kind, null, distinct), time.GetUtcNow(), cancel);
        }

        return null;
    }

    /// <summary>Leaves at least half of what the connection may send to its effects.</summary>
    private Task Pace(CancellationToken cancel) =>
        Task.Delay(TimeSpan.FromSeconds(2 / (double)Math.Max(limits.PerSecond, 0.01m)), time, cancel);
}
