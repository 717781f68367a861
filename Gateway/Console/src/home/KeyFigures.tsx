import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis } from 'recharts';
import { graphql } from '../api/generated';
import { useLive } from '../api/hooks';
import { Failure, Link, Loading } from '../design/ui';
import * as format from '../text/format';

const Figures = graphql(`
  query KeyFigures($from: Date!, $to: Date!) {
    keyFigures(from: $from, to: $to, interval: MONTH) {
      quoteToProject { from count medianDays slowestTenthDays }
      invoiceLatency { from count medianDays slowestTenthDays }
      unbilledTime { from amount { amount currency } }
      exceptionRate { from of affected percent }
      daysSalesOutstanding { from receivable { amount currency } days }
      leakage { from amount { amount currency } }
    }
  }
`);

type Point = { from: string; value: number | null };

const monthsShown = 6;

function firstDay(): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - monthsShown + 1, 1)).toISOString().slice(0, 10);
}

const everyMonth = (from: string): string[] => Array.from({ length: monthsShown }, (_, i) => {
  const start = new Date(`${from}T00:00:00Z`);
  return new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + i, 1)).toISOString().slice(0, 10);
});

export default function KeyFigures() {
  const from = firstDay();
  const { data, error, loading, refresh } = useLive(Figures, { from, to: format.today() }, { every: 60_000 });
  if (loading) return <Loading what="key figures" />;
  if (!data) return <Failure error={error!} retry={refresh} what="Key figures" />;
  const { quoteToProject, invoiceLatency, unbilledTime, exceptionRate, daysSalesOutstanding, leakage } = data.keyFigures;
  const months = everyMonth(from);
  const days = (value: number) => format.span(value * 86_400);
  const spread = (values: readonly Point[]) => months.map(month => values.find(each => each.from === month) ?? { from: month, value: null });
  const byCurrency = <T extends { from: string }>(values: readonly T[], money: (value: T) => format.MoneyValue) => {
    const currency = values.map(money).sort((a, b) => b.amount - a.amount)[0]?.currency;
    return { currency, points: spread(values.filter(each => money(each).currency === currency).map(each => ({ from: each.from, value: money(each).amount }))) };
  };
  const unbilled = byCurrency(unbilledTime, each => each.amount);
  const leak = byCurrency(leakage, each => each.amount);
  const owed = byCurrency(daysSalesOutstanding, each => each.receivable);
  const amount = (currency: string | undefined) => (value: number) => currency ? format.shortMoney({ amount: value, currency }) : format.number(value);
  return (
    <section aria-labelledby="figures">
      <div className="section-head"><h2 id="figures">Key figures</h2><span className="faint">by month, the last {monthsShown}</span></div>
      <div className="figures">
        <Figure title="Quote to project" to="/engagements" unit={days} better="less" note="median, from submitted or accepted to running"
          points={spread(quoteToProject.map(each => ({ from: each.from, value: each.medianDays ?? null })))} />
        <Figure title="Work to invoice" to="/billing/invoices" unit={days} better="less" note="median, from the last day of work to issued"
          points={spread(invoiceLatency.map(each => ({ from: each.from, value: each.medianDays ?? null })))} />
        <Figure title="Unbilled approved time" to="/billing/unbilled" unit={amount(unbilled.currency)} better="less" note="at the end of the month" points={unbilled.points} />
        <Figure title="Exception rate" to="/exceptions" unit={format.percent} better="less" note="of contracts and invoices, a person was needed for"
          points={spread(exceptionRate.map(each => ({ from: each.from, value: each.percent ?? null })))} />
        <Figure title="Days sales outstanding" to="/billing/receivables" unit={value => `${format.number(value, 1)} days`} better="less" note="receivable at the end over billed in the month"
          points={spread(daysSalesOutstanding.filter(each => each.receivable.currency === owed.currency).map(each => ({ from: each.from, value: each.days ?? null })))} />
        <Figure title="Leakage" to="/billing/unbilled?disposition=capped" unit={amount(leak.currency)} better="less" note="value of work that a cap or a term cut off" points={leak.points} />
      </div>
    </section>
  );
}

function Figure({ title, to, points, unit, note, better }: {
  title: string; to: string; points: Point[]; unit: (value: number) => string; note: string; better: 'less' | 'more';
}) {
  const known = points.filter((each): each is { from: string; value: number } => each.value !== null);
  const now = known.at(-1);
  const before = known.at(-2);
  const change = now && before && before.value !== 0 ? (now.value - before.value) / Math.abs(before.value) * 100 : null;
  return (
    <article className="figure">
      <h3><Link to={to}>{title}</Link></h3>
      <p className="value">{now ? unit(now.value) : '–'}</p>
      <p className="note-line">
        {change !== null && Math.abs(change) >= 0.5
          ? <span className={(change < 0) === (better === 'less') ? 'good-text' : 'bad-text'}>{change < 0 ? '▼' : '▲'} {format.percent(Math.abs(change))} on the month before</span>
          : now ? note : 'Nothing to measure yet.'}
      </p>
      <div className="chart" role="img" aria-label={`${title} by month: ${points.map(each => `${format.month(each.from)} ${each.value === null ? 'none' : unit(each.value)}`).join(', ')}`}>
        <ResponsiveContainer width="100%" height="100%">
          <BarChart data={points} margin={{ top: 4, right: 0, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <XAxis dataKey="from" tickFormatter={format.month} axisLine={{ stroke: 'var(--line)' }} tickLine={false} interval={0} height={20}
              tick={{ fontSize: 11, fill: 'var(--ink-3)' }} ticks={[points[0]!.from, points.at(-1)!.from]} />
            <Tooltip cursor={{ fill: 'var(--sunken)' }} isAnimationActive={false} content={({ active, payload }) => active && payload?.[0]
              ? <div className="chart-tip">{format.month(String(payload[0].payload.from))}: {payload[0].value == null ? '–' : unit(Number(payload[0].value))}</div>
              : null} />
            <Bar dataKey="value" fill="var(--accent)" radius={[3, 3, 0, 0]} maxBarSize={28} isAnimationActive={false} minPointSize={2} />
          </BarChart>
        </ResponsiveContainer>
      </div>
    </article>
  );
}
