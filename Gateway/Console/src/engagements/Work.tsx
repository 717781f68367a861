import { useMemo, useState } from 'react';
import { graphql } from '../api/generated';
import type { BillableItemFilter, Disposition, EngagementWorkQuery, WorkItemsQuery } from '../api/generated/graphql';
import { useLive, useRows, useSees } from '../api/hooks';
import { Find } from '../design/fields';
import { DataTable, PlainTable, type Column } from '../design/table';
import { Day, Empty, Failure, Foreign, Link, Loading, Money, Panel, Status } from '../design/ui';
import * as format from '../text/format';

const EngagementWork = graphql(`
  query EngagementWork($id: ID!, $billing: Boolean!) {
    contract(id: $id) {
      engagement { whyNotBilled @include(if: $billing) { sentence items value { amount currency } oldest exceptionId } }
      project {
        id open
        workInProgress { disposition items value { amount currency } amount { amount currency } }
        milestones { milestone { id name amount { amount currency } due } status }
        resources { person role hours billableHours amount { amount currency } firstDay lastDay }
      }
    }
  }
`);

const WorkItems = graphql(`
  query WorkItems($project: ID!, $filter: BillableItemFilter, $first: Int, $after: String) {
    project(id: $project) {
      items(filter: $filter, first: $first, after: $after) {
        nodes {
          id sourceId sourceVersion kind date description person role quantity rate value { amount currency } amount { amount currency }
          disposition explanation rule status invoice { id number }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

type Item = NonNullable<WorkItemsQuery['project']>['items']['nodes'][number];
type Project = NonNullable<NonNullable<EngagementWorkQuery['contract']>['project']>;
type Answers = NonNullable<NonNullable<NonNullable<EngagementWorkQuery['contract']>['engagement']>['whyNotBilled']>;

export default function Work({ contractId }: { contractId: string }) {
  const { data, error, loading, refresh } = useLive(EngagementWork, { id: contractId, billing: useSees()('billing') }, { on: ['exceptions'], every: 10_000 });
  const [bucket, setBucket] = useState<Disposition | ''>('');
  if (loading) return <Loading what="the work" />;
  if (!data) return <Failure error={error!} retry={refresh} what="The work" />;
  const project = data.contract?.project;
  const why = data.contract?.engagement?.whyNotBilled;
  if (!project)
    return <Empty title="There is no project yet.">It is opened when the activation is done; the steps are on the tab Systems.</Empty>;
  return (
    <div className="stack">
      {why && <Panel title="Why is this not billed?" id="why"><Why answers={why} /></Panel>}
      <div className="buckets" role="group" aria-label="Work that is not invoiced, by what becomes of it">
        {project.workInProgress.map(each => (
          <button key={each.disposition} type="button" className="bucket" aria-pressed={bucket === each.disposition}
            onClick={() => setBucket(bucket === each.disposition ? '' : each.disposition)}>
            <span>{format.words(each.disposition)}</span>
            <strong><Money value={each.disposition === 'BILLABLE' ? each.amount : each.value} /></strong>
            <span>{format.plural(each.items, 'item')}{each.value.amount !== each.amount.amount && `, billed ${format.money(each.amount)}`}</span>
          </button>
        ))}
      </div>
      <Items key={bucket} project={project.id} bucket={bucket} />
      <div className="columns even">
        <Milestones project={project} />
        <People project={project} />
      </div>
    </div>
  );
}

/** The server's answer, a sentence for each reason. */
const Why = ({ answers }: { answers: Answers }) => answers.length === 0
  ? <p className="answer">Everything that was done is billed.</p>
  : (
    <ul className="answers">
      {answers.map(each => (
        <li key={each.sentence}>
          <p className="answer"><Foreign>{each.sentence}</Foreign></p>
          {each.items != null && <span className="faint">{format.plural(each.items, 'item')}{each.value && <>, worth <Money value={each.value} /></>}, the oldest of <Day on={each.oldest} /></span>}
          {each.exceptionId && <> <Link to={`/exceptions?id=${encodeURIComponent(each.exceptionId)}`}>See what to do</Link></>}
        </li>
      ))}
    </ul>
  );

const columns = (people: boolean): Column<Item>[] => [
  { id: 'date', header: 'Day', meta: { width: '8rem' }, cell: ({ row }) => <Day on={row.original.date} /> },
  {
    id: 'what', header: 'Work, and the rule behind it', cell: ({ row: { original } }) => (
      <>
        <strong><Foreign>{original.description}</Foreign></strong>
        <span className="second"><Foreign>{[people && original.person, original.role, original.explanation].filter(Boolean).join(' · ')}</Foreign></span>
        <span className="second"><code>{original.rule}</code></span>
      </>
    ),
  },
  { id: 'quantity', header: 'Quantity', meta: { end: true, room: 'medium' }, cell: ({ row }) => format.number(row.original.quantity) },
  { id: 'rate', header: 'Rate', meta: { end: true, room: 'wide' }, cell: ({ row }) => format.number(row.original.rate) },
  { id: 'amount', header: 'Billed', meta: { end: true }, cell: ({ row: { original } }) => (
    <><Money value={original.amount} />{original.value.amount !== original.amount.amount && <span className="second">of {format.money(original.value)}</span>}</>
  ) },
  { id: 'disposition', header: 'Becomes', meta: { room: 'medium' }, cell: ({ row }) => <Status value={row.original.disposition} tone={row.original.disposition === 'BILLABLE' ? 'plain' : undefined} /> },
  { id: 'status', header: 'Stands', cell: ({ row: { original } }) => original.invoice
    ? <Link to={`/invoices/${original.invoice.id}`}>{original.invoice.number ?? 'Invoice'}</Link>
    : <Status value={original.status} tone="plain" /> },
];

function Items({ project, bucket }: { project: string; bucket: Disposition | '' }) {
  const [search, setSearch] = useState('');
  const people = useSees()('people');
  const variables = useMemo(() => {
    const filter: BillableItemFilter = {
      ...(bucket && { disposition: [bucket], status: ['OPEN', 'RESERVED'] as const }), ...(search && { search }),
    };
    return { project, filter };
  }, [project, bucket, search]);
  const rows = useRows(WorkItems, variables, data => data.project?.items);
  const shown = useMemo(() => columns(people), [people]);
  return (
    <Panel flush title={bucket ? `${format.words(bucket)} work` : 'All work'} id="items" aside={<Find label="Find in work" value={search} onChange={setSearch} />}>
      <DataTable rows={rows} columns={shown} label="Work" what="Work" rowKey={item => item.id}
        empty={<Empty title={search || bucket ? 'No work is like this.' : 'No work was reported yet.'}>Approved time, expenses and milestones of the PSA come by themselves.</Empty>} />
    </Panel>
  );
}

const Milestones = ({ project }: { project: Project }) => (
  <Panel title="Milestones" id="milestones">
    {project.milestones.length === 0
      ? <p className="faint">The contract has none.</p>
      : <PlainTable of={project.milestones} label="Milestones" rowKey={each => each.milestone.id} columns={[
        { head: 'Milestone', cell: each => <strong><Foreign>{each.milestone.name}</Foreign></strong> },
        { head: 'Expected', room: 'medium', cell: each => <Day on={each.milestone.due} /> },
        { head: 'Amount', end: true, cell: each => <Money value={each.milestone.amount} /> },
        { head: 'State', cell: each => <Status value={each.status} tone={each.status === 'OPEN' ? 'plain' : undefined} /> },
      ]} />}
  </Panel>
);

const People = ({ project }: { project: Project }) => (
  <Panel title="People" id="people">
    {project.resources.length === 0
      ? <p className="faint">Nobody has reported time yet.</p>
      : <PlainTable of={project.resources} label="People" rowKey={each => `${each.person} ${each.role}`} columns={[
        { head: 'Who', cell: each => <><strong><Foreign>{each.person ?? each.role}</Foreign></strong>{each.person && <span className="second"><Foreign>{each.role}</Foreign></span>}</> },
        { head: 'Hours', end: true, cell: each => format.number(each.hours) },
        { head: 'Billable', end: true, room: 'medium', cell: each => format.number(each.billableHours) },
        { head: 'Amount', end: true, cell: each => <Money value={each.amount} /> },
      ]} />}
  </Panel>
);
