using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

public sealed record LedgerBalanceNode(string LegalEntity, string Account, Money Balance);

public sealed record RevenueMonthNode(DateOnly Month, Money Billed, Money Recognised, Money Deferred, Money Unbilled);

public sealed record UnbilledWorkNode(
    string ProjectId, string Disposition, string? Reason, int Items, Money Value, Money Amount, DateOnly OldestDate, int AgeInDays);

public sealed record ReceivablesAgeNode(
    string CustomerId, Money NotDue, Money UpTo30, Money UpTo60, Money UpTo90, Money Older, Money Total);

public sealed record ProjectMarginNode(
    string ProjectId, Money Revenue, Money Cost, Money? Margin, decimal? MarginPercent, decimal HoursWithoutCost,
    Money WorkInProgress, decimal Hours, decimal? UtilisationPercent);

public sealed record ForecastMonthNode(
    DateOnly Month, Money ExpectedRevenue, Money ActualRevenue, Money ExpectedBilling, Money ActualBilling, Money ExpectedCash,
    Money ActualCash, bool IsOver)
{
    public decimal? RevenueErrorPercent => Error(ExpectedRevenue, ActualRevenue);

    public decimal? BillingErrorPercent => Error(ExpectedBilling, ActualBilling);

    public decimal? CashErrorPercent => Error(ExpectedCash, ActualCash);

    private decimal? Error(Money expected, Money actual) =>
        IsOver && !expected.IsZero ? decimal.Round(100m * (actual.Minor - expected.Minor) / expected.Minor, 2) : null;
}

/// <summary>Reports over the ledger and the work behind it: one statement each.</summary>
public sealed class RevenueQueries(ReadModels readModels, TimeProvider clock)
{
    private const string InEntity = "($1 = '' or legal_entity = $1)";

    public async Task<IReadOnlyList<LedgerBalanceNode>> GetLedgerBalances(
        DateOnly asOf, DateTimeOffset? knownAt, string? legalEntity, string? contractId, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var rows = await readModels.Query<BalanceRow>(
            $"""
            select jsonb_build_object('legal_entity', legal_entity, 'account', account, 'currency', currency, 'minor', sum(amount_minor))::text
            from q2c_read.ledger_line
            where {InEntity} and ($2 = '' or contract_id = $2) and date <= $3 and known_at <= $4
            group by legal_entity, account, currency having sum(amount_minor) <> 0
            order by legal_entity, account, currency
            """, cancel, legalEntity ?? "", contractId ?? "", asOf, Known(knownAt));
        return [.. rows.Select(row => new LedgerBalanceNode(row.LegalEntity, row.Account, new(row.Minor, row.Currency)))];
    }

    public async Task<IReadOnlyList<RevenueMonthNode>> GetRevenueWaterfall(
        DateTimeOffset? knownAt, string? legalEntity, string? contractId, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var rows = await readModels.Query<MonthRow>(
            $"""
            select jsonb_build_object(
                'month', month, 'currency', currency, 'billed', billed, 'recognised', recognised,
                'deferred', sum(deferred) over so_far, 'unbilled', sum(unbilled) over so_far)::text
            from (
                select (date_trunc('month', date) + interval '1 month - 1 day')::date as month, currency,
                    coalesce(-sum(amount_minor) filter (where account = 'revenue' and cause = 'document'), 0) as billed,
                    coalesce(-sum(amount_minor) filter (where account = 'revenue'), 0) as recognised,
                    coalesce(-sum(amount_minor) filter (where account = 'deferred_revenue'), 0) as deferred,
                    coalesce(sum(amount_minor) filter (where account in ('unbilled_receivable', 'contract_asset')), 0) as unbilled
                from q2c_read.ledger_line
                where {InEntity} and ($2 = '' or contract_id = $2) and known_at <= $3
                group by 1, 2) months
            window so_far as (partition by currency order by month)
            order by currency, month
            """, cancel, legalEntity ?? "", contractId ?? "", Known(knownAt));
        return
        [
            .. rows.Select(row => new RevenueMonthNode(
                row.Month, new(row.Billed, row.Currency), new(row.Recognised, row.Currency), new(row.Deferred, row.Currency),
                new(row.Unbilled, row.Currency))),
        ];
    }

    public async Task<IReadOnlyList<UnbilledWorkNode>> GetUnbilledWork(
        DateOnly asOf, string? legalEntity, int olderThanDays, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var rows = await readModels.Query<UnbilledRow>(
            $"""
            select jsonb_build_object(
                'project_id', i.project_id, 'disposition', i.disposition, 'reason', min(i.rule), 'currency', i.currency, 'items', count(*),
                'value', sum(i.value_minor), 'amount', sum(i.amount_minor), 'oldest', min(i.date))::text
            from q2c_read.billable_item i join q2c_read.project p on p.id = i.project_id
            where {InEntity} and i.status in ('open', 'reserved') and i.date <= $2::date - $3
            group by i.project_id, i.disposition, i.currency, case when i.disposition <> 'billable' then i.rule end
            order by min(i.date), i.project_id, i.disposition, min(i.rule)
            """, cancel, legalEntity ?? "", asOf, olderThanDays);
        return
        [
            .. rows.Select(row => new UnbilledWorkNode(
                row.ProjectId, row.Disposition, row.Disposition == "billable" ? null : row.Reason, row.Items, new(row.Value, row.Currency),
                new(row.Amount, row.Currency), row.Oldest, asOf.DayNumber - row.Oldest.DayNumber)),
        ];
    }

    public async Task<IReadOnlyList<ReceivablesAgeNode>> GetReceivablesAgeing(
        DateOnly asOf, string? legalEntity, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var rows = await readModels.Query<AgeRow>(
            $"""
            with owed as (
                select i.customer_id, i.currency, i.due_date, case when $3 then i.outstanding_minor else (
                    select r.outstanding_minor from q2c_read.receivable r
                    where r.invoice_id = i.id and r.at < ($2::date + 1)::timestamp at time zone 'utc'
                    order by r.version desc limit 1) end as outstanding_minor
                from q2c_read.invoice i where {InEntity} and i.date <= $2)
            select jsonb_build_object(
                'customer_id', customer_id, 'currency', currency, 'total', sum(outstanding_minor),
                'not_due', coalesce(sum(outstanding_minor) filter (where $2::date <= due_date), 0),
                'd30', coalesce(sum(outstanding_minor) filter (where $2::date - due_date between 1 and 30), 0),
                'd60', coalesce(sum(outstanding_minor) filter (where $2::date - due_date between 31 and 60), 0),
                'd90', coalesce(sum(outstanding_minor) filter (where $2::date - due_date between 61 and 90), 0),
                'older', coalesce(sum(outstanding_minor) filter (where $2::date - due_date > 90), 0))::text
            from owed where outstanding_minor <> 0
            group by customer_id, currency
            order by sum(outstanding_minor) desc, customer_id
            """, cancel, legalEntity ?? "", asOf, asOf >= Today);
        return
        [
            .. rows.Select(row => new ReceivablesAgeNode(
                row.CustomerId, row.Of(row.NotDue), row.Of(row.D30), row.Of(row.D60), row.Of(row.D90), row.Of(row.Older), row.Of(row.Total))),
        ];
    }

    public async Task<IReadOnlyList<ProjectMarginNode>> GetProjectMargins(
        DateOnly asOf, string? legalEntity, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var rows = await readModels.Query<MarginRow>(
            $"""
            select jsonb_build_object(
                'project_id', p.id, 'currency', p.currency, 'cost_currency', coalesce(l.cost_currency, p.currency),
                'revenue', coalesce(l.revenue, 0), 'cost', coalesce(l.cost, 0), 'progress', coalesce(l.progress, 0),
                'hours', coalesce(w.hours, 0), 'billable_hours', coalesce(w.billable_hours, 0), 'hours_without_cost', coalesce(w.without_cost, 0))::text
            from q2c_read.project p
            left join lateral (
                select -sum(amount_minor) filter (where account = 'revenue') as revenue,
                    sum(amount_minor) filter (where account = 'cost_of_revenue') as cost,
                    sum(amount_minor) filter (where account = 'work_in_progress') as progress,
                    min(currency) filter (where account in ('cost_of_revenue', 'work_in_progress')) as cost_currency
                from q2c_read.ledger_line l where l.contract_id = p.contract_id and l.date <= $2) l on true
            left join lateral (
                select sum(hours) as hours, sum(hours) filter (where disposition in ('billable', 'capped')) as billable_hours,
                    sum(hours) filter (where cost_minor is null) as without_cost
                from q2c_read.billable_item i
                where i.project_id = p.id and i.kind = 'time' and i.status in ('open', 'reserved', 'invoiced') and i.date <= $2
                    and not exists (select from q2c_read.billable_item r where r.id = i.id || '/reversal')) w on true
            where ($1 = '' or p.legal_entity = $1)
            order by p.id
            """, cancel, legalEntity ?? "", asOf);
        return [.. rows.Select(row => row.Node)];
    }

    public async Task<IReadOnlyList<ForecastMonthNode>> GetForecast(
        DateOnly madeAt, string? legalEntity, string? contractId, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var rows = await readModels.Query<ForecastRow>(
            """
            select jsonb_build_object(
                'month', e.month, 'currency', e.currency, 'revenue', sum(e.revenue_minor), 'billing', sum(e.billing_minor),
                'cash', sum(e.cash_minor) + coalesce(sum(due.minor), 0), 'actual_revenue', coalesce(sum(l.revenue), 0), 'actual_billing', coalesce(sum(l.billing), 0),
                'actual_cash', coalesce(sum(l.cash), 0))::text
            from q2c_read.expected_month e
            join q2c_read.contract c on c.id = e.contract_id
            left join lateral (
                select -sum(amount_minor) filter (where account = 'revenue') as revenue,
                    -sum(amount_minor) filter (where account = 'revenue' and cause = 'document') as billing,
                    sum(amount_minor) filter (where account = 'cash') as cash
                from q2c_read.ledger_line l
                where l.contract_id = e.contract_id and l.currency = e.currency
                    and l.date between date_trunc('month', e.month)::date and e.month) l on true
            left join lateral (
                select sum(owed.minor) as minor from q2c_read.invoice i
                join lateral (
                    select r.outstanding_minor as minor from q2c_read.receivable r
                    where r.invoice_id = i.id and r.at < ($3::date + 1)::timestamp at time zone 'utc'
                    order by r.version desc limit 1) owed on true
                where i.contract_id = e.contract_id and i.currency = e.currency
                    and greatest(i.due_date, $3::date + 1) between date_trunc('month', e.month)::date and e.month) due on true
            where ($1 = '' or c.legal_entity = $1) and ($2 = '' or e.contract_id = $2) and e.made_at = $3
            group by e.month, e.currency
            order by e.currency, e.month
            """, cancel, legalEntity ?? "", contractId ?? "", madeAt);
        return [.. rows.Select(row => row.Node(isOver: row.Month < Today))];
    }

    private DateOnly Today => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    /// <summary>What is not recorded yet is not known: an answer for a moment in the future could change.</summary>
    private DateTimeOffset Known(DateTimeOffset? knownAt) => knownAt is not { } at ? clock.GetUtcNow()
        : at <= clock.GetUtcNow() ? at.ToUniversalTime()
        : throw Failures.BadInput("knownAt is in the future: give a moment that has passed, or leave it out for now.");

    private sealed record BalanceRow(string LegalEntity, string Account, string Currency, long Minor);

    private sealed record MonthRow(DateOnly Month, string Currency, long Billed, long Recognised, long Deferred, long Unbilled);

    private sealed record UnbilledRow(
        string ProjectId, string Disposition, string Reason, string Currency, int Items, long Value, long Amount, DateOnly Oldest);

    private sealed record AgeRow(
        string CustomerId, string Currency, long Total, long NotDue, long D30, long D60, long D90, long Older)
    {
        public Money Of(long minor) => new(minor, Currency);
    }

    private sealed record MarginRow(
        string ProjectId, string Currency, string CostCurrency, long Revenue, long Cost, long Progress, decimal Hours,
        decimal BillableHours, decimal HoursWithoutCost)
    {
        // Across currencies there is no margin without a recorded rate, and without a cost there is none at all.
        private bool HasMargin => Currency == CostCurrency && HoursWithoutCost == 0;

        public ProjectMarginNode Node => new(
            ProjectId, new(Revenue, Currency), new(Cost, CostCurrency), HasMargin ? new Money(Revenue - Cost, Currency) : null,
            HasMargin && Revenue != 0 ? decimal.Round(100m * (Revenue - Cost) / Revenue, 2) : null,
            HoursWithoutCost, new(Progress, CostCurrency), Hours,
            Hours == 0 ? null : decimal.Round(100 * BillableHours / Hours, 2));
    }

    private sealed record ForecastRow(
        DateOnly Month, string Currency, long Revenue, long Billing, long Cash, long ActualRevenue, long ActualBilling, long ActualCash)
    {
        public ForecastMonthNode Node(bool isOver) => new(
            Month, new(Revenue, Currency), new(ActualRevenue, Currency), new(Billing, Currency), new(ActualBilling, Currency),
            new(Cash, Currency), new(ActualCash, Currency), isOver);
    }
}
