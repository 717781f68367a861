using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

public enum Interval { Day, Week, Month, Quarter, Year }

/// <summary>Figures over a span of days, in parts. Each is read when it is asked for, by one statement for all parts.</summary>
public sealed record KeyFigures(DateOnly From, DateOnly To, Interval Interval, string? LegalEntity);

public sealed record CycleTime(DateOnly From, DateOnly To, long Count, decimal? MedianDays, decimal? SlowestTenthDays);

public sealed record Share(DateOnly From, DateOnly To, long Of, long Affected)
{
    public decimal? Percent => Of == 0 ? null : decimal.Round(100m * Affected / Of, 2);
}

public sealed record AmountFigure(DateOnly From, DateOnly To, string Currency, long Minor)
{
    public Money Amount => new(Minor, Currency);
}

public sealed record SalesOutstanding(
    DateOnly From, DateOnly To, string Currency, long ReceivableMinor, long BilledMinor)
{
    public Money Receivable => new(ReceivableMinor, Currency);

    public Money Billed => new(BilledMinor, Currency);

    /// <summary>Null when nothing was billed.</summary>
    public decimal? Days => BilledMinor <= 0 ? null : decimal.Round((decimal)ReceivableMinor / BilledMinor * (To.DayNumber - From.DayNumber + 1), 1);
}

public sealed class KeyFigureQueries(ReadModels readModels)
{
    private const int MaxParts = 400;

    public async Task<KeyFigures> GetKeyFigures(
        DateOnly from, DateOnly to, Interval interval, string? legalEntity, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var days = to.DayNumber - from.DayNumber + 1;
        if (days < 1) throw Failures.BadInput($"The span ends on {to:yyyy-MM-dd}, before it begins on {from:yyyy-MM-dd}.");
        var shortest = interval switch { Interval.Day => 1, Interval.Week => 7, Interval.Month => 28, Interval.Quarter => 90, _ => 365 };
        if (days / shortest > MaxParts) throw Failures.BadInput($"At most {MaxParts} parts are possible; ask for a longer interval.");
        return new(from, to, interval, legalEntity);
    }
}

/// <summary>Instants count on their day in UTC. Amounts of different currencies are never added.</summary>
public sealed class KeyFigureFields(ReadModels readModels)
{
    /// <summary>The parts: whole intervals of the calendar, cut at the ends of the span.</summary>
    private const string Parts =
        """
        with part as (
            select greatest(s::date, $1) as "from", least((s + step)::date - 1, $2) as "to"
            from (select case $3 when 'quarter' then interval '3 months' else ('1 ' || $3)::interval end as step) length,
                 generate_series(date_trunc($3, $1::timestamp), $2::timestamp, step) s
        )
        """;

    private const string QuoteToProjectSql =
        """
        select jsonb_build_object('from', part."from", 'to', part."to", 'count', count(d.days),
            'median_days', trim_scale(round((percentile_cont(0.5) within group (order by d.days))::numeric, 2)),
            'slowest_tenth_days', trim_scale(round((percentile_cont(0.9) within group (order by d.days))::numeric, 2)))::text
        from part left join lateral (
            select extract(epoch from c.activated_at - coalesce(q.submitted_at, c.accepted_at)) / 86400 as days
            from q2c_read.contract c left join q2c_read.offer q on q.contract_id = c.id and q.quote_id = c.quote_id
            where (c.activated_at at time zone 'utc')::date between part."from" and part."to" and ($4 = '' or c.legal_entity = $4)) d on true
        group by part."from", part."to" order by part."from"
        """;

    private const string InvoiceLatencySql =
        """
        select jsonb_build_object('from', part."from", 'to', part."to", 'count', count(d.days),
            'median_days', trim_scale(round((percentile_cont(0.5) within group (order by d.days))::numeric, 2)),
            'slowest_tenth_days', trim_scale(round((percentile_cont(0.9) within group (order by d.days))::numeric, 2)))::text
        from part left join lateral (
            select (i.issued_at at time zone 'utc')::date - (
                select max(b.date) from q2c_read.billable_item b where b.invoice_id = i.id) as days
            from q2c_read.invoice i
            where (i.issued_at at time zone 'utc')::date between part."from" and part."to" and ($4 = '' or i.legal_entity = $4)) d on true
        group by part."from", part."to" order by part."from"
        """;

    private const string UnbilledTimeSql =
        """
        select jsonb_build_object('from', part."from", 'to', part."to", 'currency', b.currency, 'minor', sum(b.amount_minor))::text
        from part
        join q2c_read.billable_item b on b.date <= part."to" and b.kind = 'time' and b.status in ('open', 'reserved', 'invoiced')
        join q2c_read.project p on p.id = b.project_id and ($4 = '' or p.legal_entity = $4)
        left join q2c_read.invoice i on i.id = b.invoice_id
        where b.disposition = 'billable' and (i.issued_at is null or (i.issued_at at time zone 'utc')::date > part."to")
        group by part."from", part."to", b.currency having sum(b.amount_minor) <> 0 order by part."from", b.currency
        """;

    private const string LeakageSql =
        """
        select jsonb_build_object('from', part."from", 'to', part."to", 'currency', b.currency,
            'minor', sum(b.value_minor - b.amount_minor - coalesce(rest.value_minor, 0)))::text
        from part
        join q2c_read.billable_item b on b.date between part."from" and part."to" and b.status in ('open', 'reserved', 'invoiced')
        left join q2c_read.billable_item rest on rest.id = b.id || '/rest' and rest.status in ('open', 'reserved', 'invoiced')
        join q2c_read.project p on p.id = b.project_id and ($4 = '' or p.legal_entity = $4)
        where b.disposition in ('capped', 'excluded') and not exists (select from q2c_read.billable_item r where r.id = b.id || '/reversal')
        group by part."from", part."to", b.currency having sum(b.value_minor - b.amount_minor - coalesce(rest.value_minor, 0)) <> 0 order by part."from", b.currency
        """;

    private const string ExceptionRateSql =
        """
        select jsonb_build_object('from', part."from", 'to', part."to", 'of', count(o.id),
            'affected', count(o.id) filter (where exists (
                select from q2c_read.work_item w where w.grain = o.id and w.item_id not like '%/waiting')))::text
        from part left join lateral (
            select c.id from q2c_read.contract c
            where (c.accepted_at at time zone 'utc')::date between part."from" and part."to" and ($4 = '' or c.legal_entity = $4)
            union all
            select i.id from q2c_read.invoice i
            where (i.drafted_at at time zone 'utc')::date between part."from" and part."to" and ($4 = '' or i.legal_entity = $4)) o on true
        group by part."from", part."to" order by part."from"
        """;

    private const string SalesOutstandingSql =
        """
        select jsonb_build_object('from', part."from", 'to', part."to", 'currency', i.currency,
            'receivable_minor', coalesce(sum(owed.minor), 0),
            'billed_minor', coalesce(sum(i.total_minor) filter (where (i.issued_at at time zone 'utc')::date >= part."from"), 0))::text
        from part
        join q2c_read.invoice i on (i.issued_at at time zone 'utc')::date <= part."to" and ($4 = '' or i.legal_entity = $4)
        left join lateral (
            select r.outstanding_minor as minor from q2c_read.receivable r
            where r.customer_id = i.customer_id and r.invoice_id = i.id and (r.at at time zone 'utc')::date <= part."to"
            order by r.version desc limit 1) owed on true
        group by part."from", part."to", i.currency order by part."from", i.currency
        """;

    public Task<IReadOnlyList<CycleTime>> GetQuoteToProject([Parent] KeyFigures figures, CancellationToken cancel) =>
        Read<CycleTime>(QuoteToProjectSql, figures, cancel);

    public Task<IReadOnlyList<CycleTime>> GetInvoiceLatency([Parent] KeyFigures figures, CancellationToken cancel) =>
        Read<CycleTime>(InvoiceLatencySql, figures, cancel);

    public Task<IReadOnlyList<AmountFigure>> GetUnbilledTime([Parent] KeyFigures figures, CancellationToken cancel) =>
        Read<AmountFigure>(UnbilledTimeSql, figures, cancel);

    public Task<IReadOnlyList<AmountFigure>> GetLeakage([Parent] KeyFigures figures, CancellationToken cancel) =>
        Read<AmountFigure>(LeakageSql, figures, cancel);

    public Task<IReadOnlyList<Share>> GetExceptionRate([Parent] KeyFigures figures, CancellationToken cancel) =>
        Read<Share>(ExceptionRateSql, figures, cancel);

    public Task<IReadOnlyList<SalesOutstanding>> GetDaysSalesOutstanding([Parent] KeyFigures figures, CancellationToken cancel) =>
        Read<SalesOutstanding>(SalesOutstandingSql, figures, cancel);

    private Task<IReadOnlyList<T>> Read<T>(string sql, KeyFigures figures, CancellationToken cancel) => readModels.Query<T>(
        $"{Parts} {sql}", cancel, figures.From, figures.To, Rows.Name(figures.Interval), figures.LegalEntity ?? "");
}
