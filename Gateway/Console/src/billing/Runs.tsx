import { useState } from 'react';
import { Play } from 'lucide-react';
import { graphql } from '../api/generated';
import type { RunListQuery } from '../api/generated/graphql';
import { useMay, useRows } from '../api/hooks';
import { DataTable, type Column } from '../design/table';
import { At, Button, Chip, Day, Empty, Foreign, Link, PageHead, Panel } from '../design/ui';
import * as format from '../text/format';
import { BillingTabs } from './BillingTabs';
import { NewRun } from './NewRun';

const RunList = graphql(`
  query RunList($first: Int, $after: String) {
    billingRuns(first: $first, after: $after) {
      nodes { id legalEntity cutOff invoiceDate startedBy startedAt completed projectsAsked projectsAnswered issued rejected invoices { id } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Run = RunListQuery['billingRuns']['nodes'][number];

/** What a run is busy with, or what came of it. */
export const RunState = ({ of }: { of: { completed: boolean; projectsAsked: number; projectsAnswered: number; issued: number; rejected: number; invoices: readonly unknown[] } }) => {
  if (of.projectsAnswered < of.projectsAsked) return <Chip tone="run">{`${of.projectsAnswered} of ${of.projectsAsked} projects`}</Chip>;
  if (!of.completed) return <Chip tone="wait">{`${of.issued + of.rejected} of ${of.invoices.length} invoices settled`}</Chip>;
  return of.rejected > 0 ? <Chip tone="bad">{`${of.rejected} rejected`}</Chip> : <Chip tone="good">Complete</Chip>;
};

const columns: Column<Run>[] = [
  { id: 'cutOff', header: 'Work until', cell: ({ row: { original } }) => <Link className="title" to={`/billing/runs/${original.id}`}><Day on={original.cutOff} /></Link> },
  { id: 'entity', header: 'Company', cell: ({ row }) => row.original.legalEntity },
  { id: 'state', header: 'State', cell: ({ row }) => <RunState of={row.original} /> },
  { id: 'invoices', header: 'Invoices', meta: { end: true }, cell: ({ row }) => format.number(row.original.invoices.length, 0) },
  { id: 'issued', header: 'Issued', meta: { end: true, room: 'medium' }, cell: ({ row }) => format.number(row.original.issued, 0) },
  { id: 'by', header: 'Started by', meta: { room: 'medium' }, cell: ({ row }) => <Foreign>{row.original.startedBy}</Foreign> },
  { id: 'at', header: 'Started', meta: { room: 'wide' }, cell: ({ row }) => <At at={row.original.startedAt} /> },
];

const nothing = {};

export default function Runs() {
  const may = useMay();
  const [starting, setStarting] = useState(false);
  const rows = useRows(RunList, nothing, data => data.billingRuns, { every: 5_000 });
  return (
    <>
      <PageHead title="Billing" lead="From approved work to invoices in the ERP."
        actions={may('runBilling') && <Button kind="primary" icon={<Play aria-hidden />} onPress={() => setStarting(true)}>New billing run</Button>} />
      <BillingTabs />
      <Panel flush>
        <DataTable rows={rows} columns={columns} label="Billing runs" what="Billing runs" rowKey={run => run.id} tall
          empty={<Empty title="Nothing was billed yet.">{may('runBilling') ? 'A new billing run shows first what it would bill.' : 'Finance starts billing runs.'}</Empty>} />
      </Panel>
      {starting && <NewRun close={() => { setStarting(false); rows.refresh(); }} />}
    </>
  );
}
