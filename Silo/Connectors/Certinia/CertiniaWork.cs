using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Q2C.Connections;
using Q2C.Projects;
using Q2C.Silo.Connectors.Mapping;
using Q2C.Silo.Connectors.Salesforce;
using Q2C.Silo.Connectors.Salesforce.PubSub;

namespace Q2C.Silo.Connectors.Certinia;

/// <summary>
/// Changes in Certinia as records of work. A timecard has two levels: the header is a person's week and is approved, its
/// splits are what is billed; a change of either reads both as they are now, and each day of a split is one record.
/// </summary>
internal sealed class CertiniaWork : IInboundMap
{
    private static readonly InboundResult Nothing = new InboundResult.Commands([]);

    /// <summary>What was reported a moment ago, while the read models do not know it yet.</summary>
    private readonly ConcurrentDictionary<string, WorkSource> _reported = new(StringComparer.Ordinal);

    private const int MaxRemembered = 10_000;

    private readonly string _connection;
    private readonly SalesforceApi _api;
    private readonly IReferenceLookUp _references;
    private readonly InboundMap<SplitWeek> _split;
    private readonly InboundMap<Spent> _expense;
    private readonly InboundMap<Reached> _milestone;

    public CertiniaWork(string connection, SalesforceApi api, IReferenceLookUp references, MapCatalog maps)
    {
        (_connection, _api, _references) = (connection, api, references);
        (_split, _expense, _milestone) = (maps.Inbound<SplitWeek>("split"), maps.Inbound<Spent>("expense"), maps.Inbound<Reached>("reached"));
    }

    public async Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel)
    {
        if (ChangeEvent.Parse(delivery.Body, out var problem) is not { } change) return new InboundResult.Parked([problem!]);
        var told = new Told(delivery, change, cancel);
        try
        {
            return (change.Entity, change.IsDeletion) switch
            {
                (CertiniaObjects.Split or CertiniaObjects.Expense or CertiniaObjects.Milestone, true) => await Gone(told),
                (CertiniaObjects.Timecard, false) => await Splits(told, "pse__Timecard_Header__c"),
                (CertiniaObjects.Split, false) => await Splits(told, "Id"),
                (CertiniaObjects.Expense, false) => await One(told, _expense, Records),
                (CertiniaObjects.Milestone, false) => await One(told, _milestone, Records),
                _ => Nothing,
            };
        }
        catch (NotReadException stopped)
        {
            return stopped.Result;
        }
    }

    private async Task<InboundResult> Splits(Told told, string key)
    {
        var reports = new List<(string Project, WorkRecord Record)>();
        foreach (var split in await Read(told, CertiniaObjects.Split, key, _split))
        {
            var known = (await KnownOf(CertiniaObjects.Split, split.Id, told)).ToDictionary(source => source.SourceId);
            foreach (var (day, hours, note) in split.Days())
            {
                var source = Sources.Of(_connection, CertiniaObjects.Split, split.Id, day);
                var worked = split.IsFinal && hours > 0
                    ? new WorkRecord.TimeWorked(
                        source, split.Version, day, split.Person, split.Role ?? "", split.Task, hours, split.Billable, null, note ?? split.Note)
                    : null;
                var gone = new WorkRecord.Retracted(
                    source, split.Version, day, split.IsFinal ? "No hours on this day any more in Certinia." : "Not approved in Certinia.");
                reports.AddRange(Standing(split.Project, worked, gone, known.GetValueOrDefault(source)));
            }
        }

        return Commands(told, reports);
    }

    private async Task<InboundResult> One<T>(
        Told told, InboundMap<T> map, Func<T, (string? Project, WorkRecord? Record, WorkRecord.Retracted Gone)> record) where T : notnull
    {
        foreach (var read in await Read(told, told.Change.Entity, "Id", map))
        {
            var (project, standing, gone) = record(read);
            return Commands(told, [.. Standing(project, standing, gone, await KnownOf(told.Change.Entity, told.Change.RecordId, told) is [var one, ..] ? one : null)]);
        }

        return Nothing;
    }

    /// <summary>
    /// The record as it stands now on its project; and where it was reported before, that it is gone: from there if it was
    /// moved to another project, which may be none of ours.
    /// </summary>
    private static IEnumerable<(string Project, WorkRecord Record)> Standing(
        string? project, WorkRecord? record, WorkRecord.Retracted gone, WorkSource? known)
    {
        if (known is { Project: var before } && (record is null || before != project))
            yield return (before, before == project ? gone : gone with { Reason = "Moved to another project in Certinia." });
        if (record is not null && project is not null) yield return (project, record);
    }

    private (string?, WorkRecord?, WorkRecord.Retracted) Records(Spent spent)
    {
        var source = Sources.Of(_connection, CertiniaObjects.Expense, spent.Id);
        return (
            spent.Project,
            spent is { Approved: true, InFinancials: true }
                ? new WorkRecord.ExpenseIncurred(
                    source, spent.Version, spent.Date, spent.Person, spent.Category, spent.Cost, spent.Billable, null, spent.Note)
                : null,
            new(source, spent.Version, spent.Date, "Not approved in Certinia."));
    }

    private (string?, WorkRecord?, WorkRecord.Retracted) Records(Reached reached)
    {
        var source = Sources.Of(_connection, CertiniaObjects.Milestone, reached.Id);
        var day = reached.Date ?? DateOnly.FromDateTime(reached.ChangedAt.UtcDateTime);
        var project = reached is { Project: { } own, Key: { } key } && key.StartsWith($"{own}.", StringComparison.Ordinal) ? own : null;
        return (
            project,
            project is not null && reached.Approved
                ? new WorkRecord.MilestoneReached(source, reached.Version, day, reached.Key![(project.Length + 1)..])
                : null,
            new(source, reached.Version, day, "The milestone is not approved in Certinia."));
    }

    /// <summary>A deleted record: all that was reported of it is taken back.</summary>
    private async Task<InboundResult> Gone(Told told)
    {
        var known = await KnownOf(told.Change.Entity, told.Change.RecordId, told);
        var (version, day) = (told.Change.At.ToUnixTimeMilliseconds(), DateOnly.FromDateTime(told.Change.At.UtcDateTime));
        return Commands(told, [.. known.Select(source => (
            source.Project, (WorkRecord)new WorkRecord.Retracted(source.SourceId, version, Sources.DayOf(source.SourceId) ?? day, "Deleted in Certinia.")))]);
    }

    private InboundResult.Commands Commands(Told told, IReadOnlyList<(string Project, WorkRecord Record)> reports)
    {
        if (_reported.Count > MaxRemembered) _reported.Clear();
        var commands = reports.GroupBy(report => report.Project).Select(project =>
        {
            var feed = Ids.Derive(Ids.RegionOf(project.Key), Ids.WorkFeed, _connection, project.Key);
            foreach (var record in project.Select(report => report.Record).Where(record => record is not WorkRecord.Retracted))
                _reported[record.SourceId] = new(record.SourceId, feed, project.Key);
            return new GrainCommand(feed, new(
                told.Delivery.Key, new ReportWork(_connection, project.Key, project.Key, [.. project.Select(report => report.Record)]),
                Actor.Connection(_connection), told.Delivery.Correlation, told.Delivery.Causation, told.Change.At));
        });
        return new([.. commands]);
    }

    /// <summary>The records that the key names, with what their parents say; those that cannot be mapped stop the reading.</summary>
    private async Task<IReadOnlyList<T>> Read<T>(Told told, string type, string key, InboundMap<T> map) where T : notnull
    {
        var fields = map.VendorPaths.Select(path => string.Join('.', path.Names)).Distinct().Order(StringComparer.Ordinal);
        var (rows, failure) = await _api.Query(
            $"SELECT {string.Join(", ", fields)} FROM {type} WHERE {key} = '{told.Change.RecordId}' ORDER BY Id", told.Delivery.Key, told.Cancel);
        if (failure is not null) throw new NotReadException(failure, type);
        var mapped = rows.Select(row => map.Map(JsonNode.Parse(row.GetRawText())!)).ToList();
        return mapped.SelectMany(one => one.Problems).ToImmutableArray() is [_, ..] problems
            ? throw new NotReadException(new InboundResult.Parked([.. problems.Select(problem => new ParseProblem(problem))]))
            : [.. mapped.Select(one => one.Value!)];
    }

    /// <summary>All that was reported of a record, and where.</summary>
    private async Task<IReadOnlyList<WorkSource>> KnownOf(string type, string id, Told told)
    {
        var prefix = Sources.Of(_connection, type, id);
        return
        [
            .. _reported.Values.Where(source => source.SourceId.StartsWith(prefix, StringComparison.Ordinal))
                .Concat(await _references.WorkSourcesUnder(_connection, prefix, told.Cancel)).DistinctBy(source => source.SourceId),
        ];
    }

    private sealed record Told(InboxDelivery Delivery, ChangeEvent Change, CancellationToken Cancel);

    private sealed class NotReadException(InboundResult result) : Exception
    {
        public NotReadException(VendorReply reply, string type) : this(Of(reply, type)) { }

        public InboundResult Result { get; } = result;

        /// <summary>Waiting helps against throttling and outages, not against a missing field or permission.</summary>
        private static InboundResult Of(VendorReply reply, string type)
        {
            var (code, message) = SalesforceApi.Error(reply);
            if (reply is VendorReply.Answered { Status: 400 or 403 or 404 } && code != SalesforceApi.LimitExceeded)
                return new InboundResult.Parked([new(new(
                    "RECORD_NOT_READABLE", type, $"The org does not let our user read {type}: {message?.TrimEnd('.') ?? "no reason given"}.",
                    "Give the integration user access, or correct the field's name in the mapping document; then retry."))]);
            var why = reply.ToLookUpUnavailable();
            return new InboundResult.Waits(code ?? why.Code, message ?? why.Message, why.RetryAfter);
        }
    }
}
