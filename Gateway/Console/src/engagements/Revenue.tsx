import { graphql } from '../api/generated';
import { useLive } from '../api/hooks';
import { PlainTable } from '../design/table';
import { Empty, Failure, Loading, Money, Panel } from '../design/ui';
import * as format from '../text/format';

const EngagementRevenue = graphql(`
  query EngagementRevenue($id: ID!, $today: Date!) {
    revenueWaterfall(contractId: $id) {
      month billed { amount currency } recognised { amount currency } deferred { amount currency } unbilled { amount currency }
    }
    ledgerBalances(contractId: $id, asOf: $today) { legalEntity account balance { amount currency } }
  }
`);

export default function Revenue({ contractId }: { contractId: string }) {
  const { data, error, loading, refresh } = useLive(EngagementRevenue, { id: contractId, today: format.today() }, { every: 30_000 });
  if (loading) return <Loading what="the revenue" />;
  if (!data) return <Failure error={error!} retry={refresh} what="The revenue" />;
  return (
    <div className="columns">
      <Panel flush title="From bills to revenue" id="waterfall">
        {data.revenueWaterfall.length === 0
          ? <Empty title="Nothing is in the books yet.">Revenue follows work and bills, month by month.</Empty>
          : <PlainTable of={data.revenueWaterfall} label="Revenue by month" rowKey={each => `${each.month} ${each.billed.currency}`} columns={[
            { head: 'Month', cell: each => format.month(each.month) },
            { head: 'Billed', end: true, cell: each => <Money value={each.billed} /> },
            { head: 'Recognised', end: true, cell: each => <Money value={each.recognised} /> },
            { head: 'Deferred', end: true, room: 'medium', cell: each => <Money value={each.deferred} /> },
            { head: 'Unbilled', end: true, room: 'medium', cell: each => <Money value={each.unbilled} /> },
          ]} />}
      </Panel>
      <Panel flush title="Balances" id="balances">
        {data.ledgerBalances.length === 0
          ? <Empty title="No account has a balance." />
          : <PlainTable of={data.ledgerBalances} label="Balances" rowKey={each => `${each.legalEntity} ${each.account} ${each.balance.currency}`} columns={[
            { head: 'Account', cell: each => format.words(each.account) },
            { head: 'Balance', end: true, cell: each => <Money value={each.balance} /> },
          ]} />}
      </Panel>
    </div>
  );
}
