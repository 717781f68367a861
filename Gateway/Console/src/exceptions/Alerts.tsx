import { useMemo } from 'react';
import { BellRing } from 'lucide-react';
import { graphql } from '../api/generated';
import type { AlertListQuery, AlertRule, AlertStatus } from '../api/generated/graphql';
import { useDecision } from '../api/decide';
import { useFilters, useMay, useRows } from '../api/hooks';
import { Decision } from '../design/Decision';
import { Choose } from '../design/fields';
import { DataTable, type Column } from '../design/table';
import { Ago, Button, Chip, Empty, Foreign, Link, ObjectLink, PageHead, Panel, Status } from '../design/ui';
import { plural, words } from '../text/format';
import { ExceptionTabs } from './ExceptionTabs';
import { severityTones } from './Groups';

const AlertList = graphql(`
  query AlertList($filter: AlertFilter, $first: Int, $after: String) {
    alerts(filter: $filter, first: $first, after: $after) {
      nodes {
        id rule subject title text severity status raised raisedAt acknowledgedBy acknowledgedAt note clearedAt told channels
        contract { id name customerName }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

const Acknowledge = graphql(`
  mutation AcknowledgeAlert($input: AcknowledgeAlertInput!) { acknowledgeAlert(input: $input) { errors { ... on UserError { code message remedy } } } }
`);

type Alert = AlertListQuery['alerts']['nodes'][number];

const rules: AlertRule[] = ['PROJECT_NOT_CREATED', 'UNBILLED_TIME', 'INVOICE_NOT_POSTED', 'CONNECTION_LAG', 'PROJECTION_LAG', 'SLA_BREACHED', 'SCHEMA_DRIFT', 'EXCEPTION_RATE', 'RECEIVABLES_OVERDUE'];

/** Where somebody looks who wants to know more. */
export function Subject({ of: { contract, subject, rule } }: { of: Pick<Alert, 'contract' | 'subject' | 'rule'> }) {
  if (contract) return <Link to={`/engagements/${contract.id}`}><Foreign>{`${contract.customerName}: ${contract.name}`}</Foreign></Link>;
  if (rule === 'SLA_BREACHED') return <Link to={`/exceptions/all?group=${encodeURIComponent(subject)}`}>the exceptions of this cause</Link>;
  if (rule === 'PROJECTION_LAG') return <Link to="/system">how far the lists are</Link>;
  return <ObjectLink id={subject} />;
}

export default function Alerts() {
  const may = useMay();
  const [{ state, rule }, set] = useFilters('state', 'rule');
  const variables = useMemo(() => ({ filter: {
    status: state ? [state as AlertStatus] : ['OPEN' as const, 'ACKNOWLEDGED' as const], ...(rule && { rule: [rule as AlertRule] }),
  } }), [state, rule]);
  const rows = useRows(AlertList, variables, data => data.alerts, { on: ['alerts'], every: 10_000 });
  const { way: seeing, start, close, send } = useDecision<Alert>(rows.refresh);
  const columns = useMemo((): Column<Alert>[] => [
    { id: 'what', header: 'Alert', meta: { width: '46%' }, cell: ({ row: { original } }) => (
      <>
        <strong><Foreign>{original.title}</Foreign></strong>
        <span className="second"><Foreign>{original.text}</Foreign></span>
        <span className="second"><Subject of={original} /></span>
      </>
    ) },
    { id: 'severity', header: 'Severity', meta: { room: 'medium' }, cell: ({ row: { original } }) => <Chip tone={severityTones[original.severity]}>{words(original.severity)}</Chip> },
    { id: 'state', header: 'State', cell: ({ row: { original } }) => (
      <span className="change">
        <Status value={original.status} />
        {original.acknowledgedBy && <span className="second"><Foreign>{original.acknowledgedBy}</Foreign>: <Foreign>{original.note}</Foreign></span>}
        {original.status === 'OPEN' && may('acknowledgeAlert') && <> <Button small onPress={() => start(original)}>Acknowledge</Button></>}
      </span>
    ) },
    { id: 'raised', header: 'Raised', meta: { room: 'medium' }, cell: ({ row: { original } }) => (
      <><Ago at={original.raisedAt} /><span className="second">{original.raised > 1 && `${plural(original.raised, 'time')}, `}{original.told > 0 ? `told ${plural(original.told, 'time')}` : original.channels.length > 0 ? 'not told yet' : 'told here alone'}</span></>
    ) },
  ], [may, start]);
  return (
    <>
      <PageHead title="Exceptions" lead="What crossed a threshold, by itself raised and by itself over." />
      <ExceptionTabs />
      <div className="bar">
        <Choose label="State" value={state} onChange={value => set('state', value)} all="Not over" options={[['OPEN', 'Not seen'], ['ACKNOWLEDGED', 'Acknowledged'], ['CLEARED', 'Over']]} />
        <Choose label="What is watched" value={rule} onChange={value => set('rule', value)} all="All" options={rules.map(each => [each, words(each)] as const)} />
      </div>
      <Panel flush>
        <DataTable rows={rows} columns={columns} label="Alerts" what="Alerts" rowKey={each => each.id} tall
          empty={<Empty good title={state || rule ? 'No alert is like this.' : 'Nothing is over its threshold.'}>Thresholds stand in the policies; docs/operations.md says how.</Empty>} />
      </Panel>
      {seeing && (
        <Decision title="Acknowledge this alert" verb="Acknowledge" label="Note" close={close} act={note => send(Acknowledge, { alertId: seeing.id, note })}>
          <p><BellRing aria-hidden className="inline" /> <Foreign>{seeing.title}</Foreign></p>
          <p className="soft">Say what you do about it. Nobody is told again unless it gets over and comes back.</p>
        </Decision>
      )}
    </>
  );
}
