using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

/// <summary>Amounts of different currencies are never added.</summary>
/// <param name="AmountsMinor">By currency.</param>
/// <param name="HeldMinor">By currency.</param>
public sealed record PipelineStage(
    Stage Stage, int Count, IReadOnlyDictionary<string, long>? AmountsMinor, decimal? MedianDays, int Blocked,
    IReadOnlyDictionary<string, long>? HeldMinor)
{
    public IReadOnlyList<Money> Amounts => Read(AmountsMinor);

    public IReadOnlyList<Money> Held => Read(HeldMinor);

    private static IReadOnlyList<Money> Read(IReadOnlyDictionary<string, long>? minor) =>
        [.. (minor ?? new Dictionary<string, long>()).Where(one => one.Value != 0).OrderBy(one => one.Key, StringComparer.Ordinal)
            .Select(one => new Money(one.Value, one.Key))];
}

/// <summary>What lies between quote and cash, by one statement.</summary>
public sealed class PipelineQueries(ReadModels readModels)
{
    private const int MedianDays = 90;

    private const string Sql =
        """
        with inside as (
            select 'quote' as stage, null::text as currency, null::bigint as minor, 1 as one from q2c_read.offer o
            where o.status = 'submitted' and ($1 = '' or o.legal_entity = $1)
            union all
            select 'activation', null, null, 1 from q2c_read.contract c
            where c.status in ('activating', 'paused', 'compensating') and ($1 = '' or c.legal_entity = $1)
            union all
            select 'delivery', null, null, 1 from q2c_read.project p where p.open and ($1 = '' or p.legal_entity = $1)
            union all
            select 'delivery', b.currency, b.amount_minor, 0
            from q2c_read.billable_item b join q2c_read.project p on p.id = b.project_id
            where b.status = 'open' and b.disposition = 'billable' and ($1 = '' or p.legal_entity = $1)
            union all
            select case when i.issued_at is null then 'billing' else 'cash' end, i.currency,
                case when i.issued_at is null then i.net_minor else i.outstanding_minor end, 1
            from q2c_read.invoice i
            where i.status in ('draft', 'taxing', 'awaitingApproval', 'posting', 'issued', 'partiallyPaid')
                and ($1 = '' or i.legal_entity = $1)
        ), passed as (
            select 'quote' as stage, extract(epoch from o.decided_at - o.submitted_at) / 86400 as days
            from q2c_read.offer o where o.decided_at > now() - make_interval(days => $2) and ($1 = '' or o.legal_entity = $1)
            union all
            select 'activation', extract(epoch from c.activated_at - c.accepted_at) / 86400
            from q2c_read.contract c where c.activated_at > now() - make_interval(days => $2) and ($1 = '' or c.legal_entity = $1)
            union all
            select 'delivery', (i.issued_at at time zone 'utc')::date - (
                select max(b.date) from q2c_read.billable_item b where b.invoice_id = i.id)
            from q2c_read.invoice i where i.issued_at > now() - make_interval(days => $2) and ($1 = '' or i.legal_entity = $1)
            union all
            select 'billing', extract(epoch from i.issued_at - i.drafted_at) / 86400
            from q2c_read.invoice i where i.issued_at > now() - make_interval(days => $2) and ($1 = '' or i.legal_entity = $1)
            union all
            select 'cash', extract(epoch from i.updated_at - i.issued_at) / 86400
            from q2c_read.invoice i
            where i.status = 'paid' and i.updated_at > now() - make_interval(days => $2) and ($1 = '' or i.legal_entity = $1)
        ), stuck as (
            select case split_part(w.grain, '_', 2)
                    when 'qt' then 'quote' when 'ct' then 'activation' when 'pr' then 'delivery' when 'run' then 'billing'
                    when 'inv' then case when i.issued_at is null then 'billing' else 'cash' end
                    else 'cash' end as stage,
                w.held_currency as currency, w.held_minor as minor
            from q2c_read.work_item w
            left join q2c_read.contract c on c.id = w.contract_id
            left join q2c_read.invoice i on i.id = w.grain
            where w.status = 'open' and ($1 = '' or c.legal_entity = $1)
        )
        select jsonb_build_object('stage', stage,
            'count', (select coalesce(sum(n.one), 0) from inside n where n.stage = stages.stage),
            'amounts_minor', (select jsonb_object_agg(sum.currency, sum.minor) from (
                select n.currency, sum(n.minor) as minor from inside n
                where n.stage = stages.stage and n.minor is not null group by n.currency) sum),
            'median_days', (select trim_scale(round((percentile_cont(0.5) within group (order by p.days))::numeric, 6))
                from passed p where p.stage = stages.stage),
            'blocked', (select count(*) from stuck s where s.stage = stages.stage),
            'held_minor', (select jsonb_object_agg(sum.currency, sum.minor) from (
                select s.currency, sum(s.minor) as minor from stuck s
                where s.stage = stages.stage and s.minor is not null group by s.currency) sum))::text
        from unnest(array['quote', 'activation', 'delivery', 'billing', 'cash']) with ordinality as stages(stage, place)
        order by place
        """;

    public async Task<IReadOnlyList<PipelineStage>> GetPipeline(string? legalEntity, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return await readModels.Query<PipelineStage>(Sql, cancel, legalEntity ?? "", MedianDays);
    }
}
