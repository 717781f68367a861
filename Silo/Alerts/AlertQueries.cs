using Npgsql;
using NpgsqlTypes;
using Q2C.Alerts;
using Q2C.Policies;

namespace Q2C.Silo.Alerts;

/// <summary>Something that is over its threshold now.</summary>
internal sealed record Finding(AlertRule Rule, string Subject, string Title, string Text, string? ContractId);

/// <summary>One statement for each rule: subject, title, text and contract of what is over the threshold.</summary>
internal sealed class AlertQueries(NpgsqlDataSource database, TimeProvider clock)
{
    /// <summary>Of one rule; beyond that one alert more or less says nothing new.</summary>
    private const int MaxFindings = 500;

    /// <summary>Codes of deliveries whose shape is not what the mapping expects.</summary>
    private static readonly string[] Drift =
    [
        "MEMBER_MISSING", "MAPPING_VALUE_MISSING", "MAPPING_LIST_MISSING", "MAPPING_VALUE_INVALID", "MAPPING_INCOMPLETE", "BODY_NOT_JSON",
        "BODY_NOT_XML", "MALFORMED_JSON", "MALFORMED_XML", "DELIVERY_UNREADABLE",
    ];

    /// <summary>Of the parameters $1, the moment before which it is late, $2, how many there have to be, $3, the codes of drift, and $4, the most.</summary>
    private static string Sql(AlertRule rule) => rule switch
    {
        AlertRule.ProjectNotCreated =>
            """
            select c.id, format('%s: %s has no running project', c.customer_name, c.name),
                   format('Accepted %s UTC, status %s.', to_char(c.accepted_at at time zone 'utc', 'YYYY-MM-DD HH24:MI'), c.status), c.id
            from q2c_read.contract c
            where c.status in ('activating', 'paused') and c.activated_at is null and c.accepted_at < $1
            order by c.accepted_at limit $4
            """,
        AlertRule.UnbilledTime =>
            """
            select p.id, format('%s has approved time that is not billed', p.name),
                   format('%s entries, the oldest of %s.', count(*), min(b.date)), p.contract_id
            from q2c_read.billable_item b join q2c_read.project p on p.id = b.project_id
            where b.kind = 'time' and b.status = 'open' and b.disposition = 'billable' and b.date < ($1 at time zone 'utc')::date
            group by p.id, p.name, p.contract_id having count(*) >= $2 order by min(b.date) limit $4
            """,
        AlertRule.InvoiceNotPosted =>
            """
            select i.id, format('Invoice for %s is not in the books', i.customer_name),
                   format('Drafted %s UTC, status %s.', to_char(i.drafted_at at time zone 'utc', 'YYYY-MM-DD HH24:MI'), i.status), i.contract_id
            from q2c_read.invoice i
            where i.status in ('draft', 'taxing', 'posting') and i.issued_at is null and i.drafted_at < $1
            order by i.drafted_at limit $4
            """,
        AlertRule.ConnectionLag =>
            """
            select 'connection/' || connection, format('%s is behind', connection),
                   format('%s wait, the oldest since %s UTC.', count(*), to_char(min(since) at time zone 'utc', 'YYYY-MM-DD HH24:MI')), null
            from (
                select connection, created_at as since from q2c.effect where settled_at is null
                union all select connection, received_at from q2c.inbox where status = 'received') waiting
            group by connection having min(since) < $1 and count(*) >= $2 order by min(since) limit $4
            """,
        AlertRule.ProjectionLag =>
            """
            select c.name || '/' || h.shard, format('%s of shard %s are behind', c.name, h.shard),
                   format('%s rows, the oldest of %s UTC.', h.seq - c.seq, to_char(j.record_time at time zone 'utc', 'YYYY-MM-DD HH24:MI')), null
            from q2c.shard_head h join q2c.cursor c using (shard) join q2c.journal j on j.shard = h.shard and j.seq = c.seq + 1
            where j.record_time < $1 and h.seq - c.seq >= $2 order by j.record_time limit $4
            """,
        AlertRule.SlaBreached =>
            """
            select e.group_id, format('%s: exceptions are late', min(e.step)),
                   format('%s of the cause %s, due %s UTC. %s', count(*), min(e.code), to_char(min(e.due_at) at time zone 'utc', 'YYYY-MM-DD HH24:MI'), min(e.remedy)),
                   null
            from q2c_read.exception e
            where e.status = 'open' and e.due_at < $1 and e.snoozed_until is null and e.step <> 'Notification'
            group by e.group_id having count(*) >= $2 order by min(e.due_at) limit $4
            """,
        AlertRule.SchemaDrift =>
            """
            select 'connection/' || e.connection, format('%s delivers in another shape', e.connection),
                   format('%s deliveries cannot be mapped, for example: %s', count(*), (array_agg(e.message order by e.raised_at desc))[1]), null
            from q2c_read.exception e
            where e.status = 'open' and e.delivery_id is not null and e.code = any($3) and e.raised_at <= $1
            group by e.connection having count(*) >= $2 order by e.connection limit $4
            """,
        AlertRule.ExceptionRate =>
            """
            select 'exceptions/' || e.category, format('Many exceptions: %s', e.category),
                   format('%s since %s UTC, of %s causes.', count(*), to_char($1 at time zone 'utc', 'YYYY-MM-DD HH24:MI'), count(distinct e.cause_key)), null
            from q2c_read.exception e
            where e.raised_at >= $1 and e.step <> 'Notification'
            group by e.category having count(*) >= $2 order by e.category limit $4
            """,
        AlertRule.ReceivablesOverdue =>
            """
            select i.customer_id, format('%s owes invoices that are overdue', min(i.customer_name)),
                   format('%s invoices, the oldest due %s.', count(*), min(i.due_date)), null
            from q2c_read.invoice i
            where i.outstanding_minor > 0 and i.due_date < ($1 at time zone 'utc')::date
            group by i.customer_id having count(*) >= $2 order by min(i.due_date) limit $4
            """,
        AlertRule.SchemaNotice =>
            """
            select format('payload/%s/%s/%s', f.connection, f.object, f.field),
                   case f.state
                       when 'new' then format('%s: %s has a new field %s', f.connection, f.object, f.field)
                       else format('%s: %s comes without %s', f.connection, f.object, f.field) end,
                   format('Since %s UTC. %s', to_char(f.noticed_at at time zone 'utc', 'YYYY-MM-DD HH24:MI'),
                          case f.state
                              when 'new' then 'Map it if it matters; accept it if not.'
                              else 'A mapping reads it: ask the vendor, change the mapping, or accept that it is not always there.' end), null
            from q2c.payload_field f
            where f.state <> 'known' and f.noticed_at <= $1 order by f.noticed_at, f.field limit $4
            """,
        _ => throw new ArgumentOutOfRangeException(nameof(rule)),
    };

    public async Task<IReadOnlyList<Finding>> Over(AlertRule rule, AlertPolicy policy, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(Sql(rule));
        command.Parameters.Add(new() { Value = (clock.GetUtcNow() - policy.After).UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = policy.AtLeast });
        command.Parameters.Add(new() { Value = Drift });
        command.Parameters.Add(new() { Value = MaxFindings });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var findings = new List<Finding>();
        while (await reader.ReadAsync(cancel))
            findings.Add(new(rule, reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3)));
        return findings;
    }

    /// <summary>Alerts that are not cleared, as far as the lists know.</summary>
    public async Task<IReadOnlyList<(string Id, AlertRule Rule)>> Standing(CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select id, rule from q2c_read.alert where status <> 'cleared'");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var standing = new List<(string, AlertRule)>();
        while (await reader.ReadAsync(cancel)) standing.Add((reader.GetString(0), Enum.Parse<AlertRule>(reader.GetString(1), ignoreCase: true)));
        return standing;
    }
}
