import { graphql } from '../api/generated';
import { useFilters, useLive } from '../api/hooks';
import { Choose } from '../design/fields';
import { PlainTable } from '../design/table';
import { Amounts, Day, Empty, Failure, Foreign, Link, Loading, Money, PageHead, Panel, Status } from '../design/ui';
import * as format from '../text/format';
import { BillingTabs } from './BillingTabs';

const UnbilledPage = graphql(`
  query UnbilledPage($asOf: Date!, $olderThanDays: Int!) {
    unbilledWork(asOf: $asOf, olderThanDays: $olderThanDays) {
      projectId disposition reason items value { amount currency } amount { amount currency } oldestDate ageInDays
    }
    projects(first: 100) { nodes { id name customer { name } contract { id } } }
  }
`);

const ages = [['30', 'older than 30 days'], ['60', 'older than 60 days'], ['90', 'older than 90 days']] as const;
const dispositions = ['billable', 'deferred', 'capped', 'excluded', 'writtenOff'];
const upper = (name: string) => name.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase();

export default function Unbilled() {
  const [{ age, disposition }, set] = useFilters('age', 'disposition');
  const { data, error, loading, refresh } = useLive(UnbilledPage, { asOf: format.today(), olderThanDays: Number(age || 0) }, { every: 30_000 });
  const rows = (data?.unbilledWork ?? []).filter(each => !disposition || each.disposition === disposition);
  const known = new Map(data?.projects.nodes.map(project => [project.id, project]));
  return (
    <>
      <PageHead title="Billing" lead={rows.length > 0 ? <span><Amounts values={format.sums(rows.map(each => each.amount))} /> of work is on no invoice.</span> : 'Work that is on no invoice, and why.'} />
      <BillingTabs />
      <div className="bar">
        <Choose label="Age" value={age} onChange={value => set('age', value)} all="All" options={ages} />
        <Choose label="What becomes of it" value={disposition} onChange={value => set('disposition', value)} all="All" options={dispositions.map(each => [each, format.words(upper(each))] as const)} />
      </div>
      <Panel flush>
        {loading ? <Loading what="unbilled work" /> : !data ? <Failure error={error!} retry={refresh} what="Unbilled work" />
          : rows.length === 0 ? <Empty good title="Everything that was done is billed." />
            : <PlainTable of={rows} label="Unbilled work" rowKey={each => `${each.projectId} ${each.disposition} ${each.reason} ${each.amount.currency}`} columns={[
              { head: 'Project', cell: each => {
                const project = known.get(each.projectId);
                return project
                  ? <><Link className="title" to={`/engagements/${project.contract.id}/work`}><Foreign>{project.name}</Foreign></Link><span className="second"><Foreign>{project.customer?.name}</Foreign></span></>
                  : <code>{each.projectId}</code>;
              } },
              { head: 'Becomes', cell: each => <><Status value={upper(each.disposition)} />{each.reason && <span className="second"><Foreign>{each.reason}</Foreign></span>}</> },
              { head: 'Items', end: true, room: 'medium', cell: each => format.number(each.items, 0) },
              { head: 'Oldest', room: 'medium', cell: each => <><Day on={each.oldestDate} /><span className="second">{format.plural(each.ageInDays, 'day')}</span></> },
              { head: 'Worth', end: true, room: 'medium', cell: each => <Money value={each.value} /> },
              { head: 'To be billed', end: true, cell: each => <Money value={each.amount} /> },
            ]} />}
      </Panel>
    </>
  );
}
