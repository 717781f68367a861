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
            if (split.Project is null) continue;
            foreach (var (day, hours, note) in split.Days())
            {
                var source = Sources.Of(_connection, CertiniaObjects.Split, split.Id, day);
                if (split.IsFinal && hours > 0)
                    reports.Add((split.Project, new WorkRecord.TimeWorked(
                        source, split.Version, day, split.Person, split.Role ?? "", split.Task, hours, split.Billable, null, note ?? split.Note)));
                else if (await Known(source, told) is not null)
                    reports.Add((split.Project, new WorkRecord.Retracted(
                        source, split.Version, day, split.IsFinal ? "No hours on this day any more in Certinia." : "Not approved in Certinia.")));
            }
        }

        return Commands(told, reports);
    }

    private async Task<InboundResult> One<T>(Told told, InboundMap<T> map, Func<T, Told, Task<(string Project, WorkRecord Record)?>> record) where T : notnull
    {
        foreach (var read in await Read(told, told.Change.Entity, "Id", map))
            if (await record(read, told) is { } report) return Commands(told, [report]);
        return Nothing;
    }

    private async Task<(string Project, WorkRecord Record)?> Records(Spent spent, Told told)
    {
        if (spent.Project is null) return null;
        var source = Sources.Of(_connection, CertiniaObjects.Expense, spent.Id);
        if (spent is { Approved: true, InFinancials: true })
            return (spent.Project, new WorkRecord.ExpenseIncurred(
                source, spent.Version, spent.Date, spent.Person, spent.Category, spent.Cost, spent.Billable, null, spent.Note));
        return await Known(source, told) is null
            ? null
            : (spent.Project, new WorkRecord.Retracted(source, spent.Version, spent.Date, "Not approved in Certinia."));
    }

    private async Task<(string Project, WorkRecord Record)?> Records(Reached reached, Told told)
    {
        if (reached.Project is null || reached.Key is not { } key || !key.StartsWith($"{reached.Project}.", StringComparison.Ordinal)) return null;
        var source = Sources.Of(_connection, CertiniaObjects.Milestone, reached.Id);
        var day = reached.Date ?? DateOnly.FromDateTime(reached.ChangedAt.UtcDateTime);
        if (reached.Approved) return (reached.Project, new WorkRecord.MilestoneReached(source, reached.Version, day, key[(reached.Project.Length + 1)..]));
        return await Known(source, told) is null
            ? null
            : (reached.Project, new WorkRecord.Retracted(source, reached.Version, day, "The milestone is not approved in Certinia."));
    }

    /// <summary>A deleted record: all that was reported of it is taken back.</summary>
    private async Task<InboundResult> Gone(Told told)
    {
        var prefix = Sources.Of(_connection, told.Change.Entity, told.Change.RecordId);
        var known = (await _references.WorkSourcesUnder(_connection, prefix, told.Cancel))
            .Concat(_reported.Values.Where(source => source.SourceId.StartsWith(prefix, StringComparison.Ordinal))).DistinctBy(source => source.SourceId);
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
            foreach (var (_, record) in project) _reported[record.SourceId] = new(record.SourceId, feed, project.Key);
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

    private async ValueTask<WorkSource?> Known(string source, Told told) =>
        _reported.TryGetValue(source, out var known) ? known : await _references.WorkSource(_connection, source, told.Cancel);

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
