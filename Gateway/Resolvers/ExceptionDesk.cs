using System.Globalization;
using GreenDonut;
using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

public enum Severity { Low, Normal, High, Critical }

public enum SlaState { None, InTime, DueSoon, Breached }

public enum CaseAct { Assigned, Noted, Tagged, Snoozed }

/// <summary>What people know and do about an exception besides settling it.</summary>
public sealed class ExceptionDesk
{
    private const string Waiting = "/waiting";
    private readonly ExceptionRow _row;

    internal ExceptionDesk(ExceptionRow row) => _row = row;

    public Severity Severity => _row.Severity;

    public DateTimeOffset? DueAt => _row.DueAt;

    public SlaState Sla => _row.Sla;

    public DateTimeOffset FirstRaisedAt => _row.FirstRaisedAt;

    public bool Reopened => _row.Reopened;

    public string? Assignee => _row.Assignee;

    public IReadOnlyList<string> Tags => _row.Tags;

    public DateTimeOffset? SnoozedUntil => _row.SnoozedUntil;

    public string? VendorError => _row.VendorError;

    public string GroupId => _row.GroupId;

    /// <summary>The row of the audit in which it was resolved.</summary>
    public string? ResolvedIn => _row.ResolvedRow;

    internal string CaseId => _row.CaseId;

    internal string? Grain => _row.Grain;

    internal string Thread => _row.Thread;

    internal DateTimeOffset RaisedAt => _row.RaisedAt;

    internal string? Delivery => _row is { DeliveryId: { } id, Resolution: "corrected" } ? id.ToString(CultureInfo.InvariantCulture) : null;

    /// <summary>The effect that settled it, or that the retry asked for; null where no effect is behind it.</summary>
    internal string? FollowUp
    {
        get
        {
            if (_row.Thread == _row.ItemId || _row.ItemId is not { } item) return null;
            var effect = item.EndsWith(Waiting, StringComparison.Ordinal) ? item[..^Waiting.Length] : item;
            var end = effect.LastIndexOf('/') + 1;
            return _row.Resolution is "retried" or "corrected"
                ? $"{effect[..end]}{int.Parse(effect.AsSpan(end), CultureInfo.InvariantCulture) + 1}"
                : effect;
        }
    }
}

/// <param name="Detail">To whom, which tags, until when.</param>
/// <param name="Text">The note, or the reason.</param>
public sealed record CaseEntry(CaseAct Act, string? Detail, string Text, string By, DateTimeOffset At);

internal sealed record CaseRow(string Id, IReadOnlyList<CaseEntry> History);

public sealed class ExceptionDeskFields(ReadModels readModels)
{
    private const string Before =
        """
        select jsonb_build_object('id', id)::text from q2c_read.work_item
        where grain = $1 and thread = $2 and raised_at < $3 order by raised_at desc limit 1
        """;

    public Task<ExceptionGroup?> GetGroup([Parent] ExceptionDesk desk, ExceptionGroupById groups, CancellationToken cancel) =>
        groups.LoadAsync(desk.GroupId, cancel);

    public async Task<IReadOnlyList<CaseEntry>> GetHistory([Parent] ExceptionDesk desk, CaseHistories histories, CancellationToken cancel) =>
        await histories.LoadAsync(desk.CaseId, cancel) ?? [];

    public async Task<EffectNode?> GetFollowUp([Parent] ExceptionDesk desk, EffectById effects, CancellationToken cancel) =>
        desk.FollowUp is { } id ? await effects.LoadAsync(id, cancel) : null;

    public async Task<ExceptionNode?> GetPrevious([Parent] ExceptionDesk desk, ExceptionById exceptions, CancellationToken cancel)
    {
        if (desk.Grain is not { } grain) return null;
        var before = await readModels.Query<Known>(Before, cancel, grain, desk.Thread, desk.RaisedAt.ToUniversalTime());
        return before is [var previous] ? await exceptions.LoadAsync(previous.Id, cancel) : null;
    }

    public async Task<DeliveryNode?> GetCorrectedBy([Parent] ExceptionDesk desk, CancellationToken cancel)
    {
        if (desk.Delivery is not { } id) return null;
        var child = await readModels.Query<DeliveryRow>(
            "select to_jsonb(t)::text from q2c_read.delivery t where parent_id = $1 order by id desc limit 1", cancel,
            long.Parse(id, CultureInfo.InvariantCulture));
        return child is [var row] ? row.Node : null;
    }

    private sealed record Known(string Id);
}

/// <summary>What people did, of the cases of a request, read together; the newest last.</summary>
public sealed class CaseHistories(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, IReadOnlyList<CaseEntry>>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, IReadOnlyList<CaseEntry>>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.FindMany<CaseRow>("exception_case", keys, cancellationToken)).ToDictionary(row => row.Id, row => row.History);
}
