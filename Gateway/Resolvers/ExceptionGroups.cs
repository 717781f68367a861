using GreenDonut;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Resolvers;

/// <summary>Exceptions with one cause: code, step, connection, and what the other system said.</summary>
/// <param name="Message">Of the newest.</param>
/// <param name="Open">How many wait.</param>
/// <param name="Held">The money that waits, each object's once.</param>
public sealed record ExceptionGroup(
    string Id, ExceptionCategory Category, string Code, string Step, string? Connection, string? VendorError, string Message,
    string Remedy, Role? OwnerRole, Severity Severity, int Open, int Snoozed, int Breached, int Engagements,
    IReadOnlyList<Money> Held, DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt, DateTimeOffset? OldestRaisedAt,
    DateTimeOffset? DueAt, SlaState Sla, string? Assignee, IReadOnlyList<string> Tags, DateTimeOffset? SnoozedUntil);

internal sealed record HeldAmount(long Minor, string Currency)
{
    public Money Money => new(Minor, Currency);
}

internal sealed record ExceptionGroupRow(
    string Id, ExceptionCategory Category, string Code, string Step, string? Connection, string? VendorError, string Message,
    string Remedy, string OwnerRole, Severity Severity, int Open, int Snoozed, int Breached, int DueSoon, int Engagements,
    IReadOnlyList<HeldAmount>? Held, DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt, DateTimeOffset? OldestRaisedAt,
    DateTimeOffset? DueAt, string? Assignee, IReadOnlyList<string>? Tags, DateTimeOffset? SnoozedUntil)
{
    public ExceptionGroup Node => new(
        Id, Category, Code, Step, Connection, VendorError, Message, Remedy, RoleNames.Parse(OwnerRole), Severity, Open, Snoozed,
        Breached, Engagements, [.. (Held ?? []).Select(held => held.Money)], FirstSeenAt, LastSeenAt, OldestRaisedAt, DueAt,
        this switch
        {
            { Breached: > 0 } => SlaState.Breached,
            { DueSoon: > 0 } => SlaState.DueSoon,
            { DueAt: null } => SlaState.None,
            _ => SlaState.InTime,
        },
        Assignee, Tags ?? [], SnoozedUntil);
}

/// <summary>How much waits, over all groups.</summary>
public sealed record ExceptionTotals(
    int Open, int Groups, int Engagements, int Unassigned, int DueSoon, int Breached, int Snoozed, IReadOnlyList<Money> Held);

public enum ExceptionGroupSort { Urgency, Open, Held, LastSeen, Oldest }

public sealed class ExceptionGroups(ReadModels readModels)
{
    /// <summary>The most urgent; a list of causes that is longer than this is itself the trouble.</summary>
    private const int MaxGroups = 500;

    private const string KindMark = $"_{Ids.ExceptionCase}_";

    /// <summary>Of an object that several exceptions hold up, the money waits once.</summary>
    private const string Held =
        """
        held as (
            select cause_key, max(minor) as largest, jsonb_agg(jsonb_build_object('minor', minor, 'currency', currency) order by currency) as amounts
            from (
                select cause_key, currency, sum(minor)::bigint as minor
                from (
                    select cause_key, held_currency as currency, max(held_minor) as minor
                    from item where status = 'open' and held_minor is not null group by cause_key, held_currency, grain) each
                group by cause_key, currency) per
            group by cause_key
        )
        """;

    private const string Groups =
        """
        select jsonb_build_object(
            'id', g.group_id, 'category', g.category, 'code', g.code, 'step', g.step, 'connection', g.connection,
            'vendor_error', g.vendor_error, 'message', g.message, 'remedy', g.remedy, 'owner_role', g.owner_role, 'severity', g.severity,
            'open', g.open, 'snoozed', g.snoozed, 'breached', g.breached, 'due_soon', g.due_soon, 'engagements', g.engagements,
            'held', h.amounts, 'first_seen_at', least(seen.first, g.first_raised_at), 'last_seen_at', g.last_raised_at,
            'oldest_raised_at', g.oldest, 'due_at', g.due_at, 'assignee', c.assignee, 'tags', c.tags,
            'snoozed_until', case when c.snoozed_until > now() then c.snoozed_until end)::text
        from (
            select group_id, cause_key, min(category) as category, min(code) as code, min(step) as step, min(connection) as connection,
                   min(vendor_error) as vendor_error, (array_agg(message order by raised_at desc))[1] as message, min(remedy) as remedy,
                   min(owner_role) as owner_role, min(severity) as severity,
                   count(*) filter (where status = 'open')::int as open,
                   count(*) filter (where status = 'open' and snoozed_until is not null)::int as snoozed,
                   count(*) filter (where status = 'open' and sla = 'breached')::int as breached,
                   count(*) filter (where status = 'open' and sla = 'dueSoon')::int as due_soon,
                   count(distinct contract_id) filter (where status = 'open')::int as engagements,
                   min(first_raised_at) as first_raised_at, max(raised_at) as last_raised_at,
                   min(first_raised_at) filter (where status = 'open') as oldest, min(due_at) filter (where status = 'open') as due_at
            from item group by group_id, cause_key) g
        left join held h on h.cause_key = g.cause_key
        left join lateral (
            select w.raised_at as first from q2c_read.work_item w where w.cause_key = g.cause_key order by w.raised_at limit 1) seen on true
        left join q2c_read.exception_case c on c.id = g.group_id
        """;

    private const string Totals =
        """
        select jsonb_build_object(
            'open', count(*), 'groups', count(distinct cause_key), 'engagements', count(distinct contract_id),
            'unassigned', count(*) filter (where assignee is null), 'due_soon', count(*) filter (where sla = 'dueSoon'),
            'breached', count(*) filter (where sla = 'breached'), 'snoozed', count(*) filter (where snoozed_until is not null),
            'held', (
                select jsonb_agg(jsonb_build_object('minor', minor, 'currency', currency) order by currency)
                from (
                    select currency, sum(minor)::bigint as minor
                    from (
                        select held_currency as currency, max(held_minor) as minor
                        from item where held_minor is not null group by held_currency, grain) each
                    group by currency) per))::text
        from item
        """;

    public async Task<IReadOnlyList<ExceptionGroup>> GetExceptionGroups(
        ExceptionFilter? filter, ExceptionGroupSort sort, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var order = sort switch
        {
            ExceptionGroupSort.Open => "g.open desc",
            ExceptionGroupSort.Held => "h.largest desc nulls last",
            ExceptionGroupSort.LastSeen => "g.last_raised_at desc",
            ExceptionGroupSort.Oldest => "g.oldest",
            _ => "g.breached > 0 desc, array_position(array['critical', 'high', 'normal', 'low'], g.severity), g.due_at nulls last",
        };
        return await Read(ExceptionFilter.Criteria(filter), $"order by {order}, g.group_id limit {MaxGroups}", cancel);
    }

    public async Task<ExceptionGroup?> GetExceptionGroup(string id, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return (await Find([id], cancel)).SingleOrDefault();
    }

    public async Task<ExceptionTotals> GetExceptionTotals(ExceptionFilter? filter, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var criteria = ExceptionFilter.Criteria(filter);
        var row = (await readModels.Query<TotalsRow>($"{Items(criteria)} {Totals}", cancel, [.. criteria.Values])).Single();
        return new(
            row.Open, row.Groups, row.Engagements, row.Unassigned, row.DueSoon, row.Breached, row.Snoozed,
            [.. (row.Held ?? []).Select(held => held.Money)]);
    }

    /// <summary>Groups that have or had something, open or not.</summary>
    internal Task<IReadOnlyList<ExceptionGroup>> Find(IReadOnlyList<string> ids, CancellationToken cancel) =>
        Read(new Criteria().OneOf("cause_key", [.. ids.Select(KeyOf)]), "", cancel);

    /// <summary>The part of a group's id that its exceptions carry; the text itself if it is no such id.</summary>
    internal static string KeyOf(string groupId) =>
        groupId.IndexOf(KindMark, StringComparison.Ordinal) is > 0 and var mark ? groupId[(mark + KindMark.Length)..] : groupId;

    private async Task<IReadOnlyList<ExceptionGroup>> Read(Criteria criteria, string order, CancellationToken cancel) =>
        [.. (await readModels.Query<ExceptionGroupRow>($"{Items(criteria)}, {Held} {Groups} {order}", cancel, [.. criteria.Values]))
            .Select(row => row.Node)];

    private static string Items(Criteria criteria) =>
        $"with item as (select * from q2c_read.exception t where {criteria.Sql})";

    private sealed record TotalsRow(
        int Open, int Groups, int Engagements, int Unassigned, int DueSoon, int Breached, int Snoozed, IReadOnlyList<HeldAmount>? Held);
}

public sealed class ExceptionGroupFields
{
    public async Task<IReadOnlyList<CaseEntry>> GetHistory([Parent] ExceptionGroup group, CaseHistories histories, CancellationToken cancel) =>
        await histories.LoadAsync(group.Id, cancel) ?? [];
}

/// <summary>Groups of a request, read together.</summary>
public sealed class ExceptionGroupById(ExceptionGroups groups, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, ExceptionGroup>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, ExceptionGroup>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await groups.Find(keys, cancellationToken)).ToDictionary(group => group.Id);
}
