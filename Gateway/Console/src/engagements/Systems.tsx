import { use } from 'react';
import { graphql } from '../api/generated';
import { SettingsContext } from '../access/settings';
import { useLive, useSees } from '../api/hooks';
import { differenceKinds } from '../connections/Reconciliation';
import { PlainTable } from '../design/table';
import { Ago, Failure, Foreign, Id, Link, Loading, ObjectLink, Panel, Status } from '../design/ui';
import * as format from '../text/format';

const EngagementSystems = graphql(`
  query EngagementSystems($id: ID!, $operations: Boolean!) {
    contract(id: $id) {
      activation { step status since }
      references { system type id }
      customer { references { system type id } }
      engagement { copies @include(if: $operations) { system record subject status externalId link since problem } }
    }
    connections @include(if: $operations) { name reconciliation { finishedAt differences { id kind subject record } } }
    effects(first: 100, filter: { contractId: $id }) @include(if: $operations) {
      nodes { id connection operation subject status attempts externalId message nextAttemptAt updatedAt }
    }
  }
`);

type Reference = { system: string; type: string; id: string };

/** A record in another system; a link where the installation says what its addresses look like. */
export function Record({ of }: { of: Reference }) {
  const address = use(SettingsContext).links[`${of.system}/${of.type}`]?.replace('{id}', encodeURIComponent(of.id));
  return address ? <a href={address} target="_blank" rel="noreferrer"><Foreign>{of.id}</Foreign></a> : <Id value={of.id} />;
}

export default function Systems({ contractId }: { contractId: string }) {
  const { data, error, loading, refresh } = useLive(EngagementSystems, { id: contractId, operations: useSees()('operations') }, { on: ['connections'], every: 8_000 });
  if (loading) return <Loading what="the systems" />;
  if (!data?.contract) return <Failure error={error ?? {}} retry={refresh} what="The systems" />;
  const { contract, effects, connections = [] } = data;
  const copies = contract.engagement?.copies ?? [];
  const differences = connections.flatMap(each => (each.reconciliation?.differences ?? []).map(one => ({ ...one, system: each.name })));
  const behind = copies.filter(copy => copy.status !== 'IN_STEP').length;
  const records = [
    ...(contract.customer?.references ?? []).map(each => ({ ...each, of: 'Customer' })),
    ...contract.references.map(each => ({ ...each, of: 'Contract' })),
  ];
  return (
    <div className="stack">
      <div className="columns even">
        <Panel title="Steps of the activation" id="steps">
          <ol className="step-list">
            {contract.activation.map(step => (
              <li key={step.step}><span>{stepNames[step.step] ?? format.words(step.step)}</span><span className="change"><span className="faint"><Ago at={step.since} /></span><Status value={step.status} /></span></li>
            ))}
          </ol>
        </Panel>
        <Panel title="Where it came from" id="records">
          <PlainTable of={records.filter(each => !copies.some(copy => copy.system === each.system && copy.externalId === each.id))} label="Records in other systems" rowKey={each => `${each.system} ${each.type} ${each.id}`} columns={[
            { head: 'System', cell: each => <Link to={`/connections/${each.system}`}>{each.system}</Link> },
            { head: 'Record', cell: each => <Foreign>{each.type}</Foreign> },
            { head: 'Of', room: 'medium', cell: each => each.of },
            { head: 'Id there', cell: each => <Record of={each} /> },
          ]} />
        </Panel>
      </div>
      {copies.length > 0 && (
        <Panel flush title="Copies in other systems" id="copies" aside={behind === 0 ? 'All are in step.' : `${behind} of ${copies.length} ${behind === 1 ? 'is' : 'are'} behind.`}>
          <PlainTable of={copies} label="Copies in other systems" rowKey={each => `${each.system} ${each.record} ${each.subject}`} columns={[
            { head: 'System', cell: each => <Link to={`/connections/${each.system}`}>{each.system}</Link> },
            { head: 'Record', cell: each => <><strong>{format.operation(each.record)}</strong> <ObjectLink id={each.subject} /></> },
            { head: 'Stands', cell: each => (
              <>
                <Status value={each.status} />
                {each.problem && each.status !== 'IN_STEP' && <span className="second"><Foreign>{each.problem}</Foreign></span>}
                {differences.filter(one => one.system === each.system && one.subject === each.subject && one.record.startsWith(each.record)).map(one => (
                  <span key={one.id} className="second bad-text">When compared: {differenceKinds[one.kind]}</span>
                ))}
              </>
            ) },
            { head: 'Id there', room: 'medium', cell: each => !each.externalId ? null
              : each.link ? <a href={each.link} target="_blank" rel="noreferrer"><Foreign>{each.externalId}</Foreign></a> : <Id value={each.externalId} /> },
            { head: 'Since', room: 'medium', cell: each => <Ago at={each.since} /> },
          ]} />
        </Panel>
      )}
      {effects && <Panel flush title="What was sent" id="effects">
        <PlainTable of={effects.nodes} label="Steps in other systems" rowKey={each => each.id} columns={[
          { head: 'Step', cell: each => <><strong>{format.operation(each.operation)}</strong><span className="second"><Foreign>{each.message}</Foreign></span></> },
          { head: 'System', cell: each => <Link to={`/connections/${each.connection}`}>{each.connection}</Link> },
          { head: 'State', cell: each => <Status value={each.status} /> },
          { head: 'Attempts', end: true, room: 'wide', cell: each => each.attempts },
          { head: 'Record there', room: 'medium', cell: each => each.externalId ? <Id value={each.externalId} /> : null },
          { head: 'When', room: 'medium', cell: each => <Ago at={each.updatedAt} /> },
        ]} />
      </Panel>}
    </div>
  );
}

const stepNames: Record<string, string> = {
  VALIDATION: 'Documents there and in agreement', ERP_CUSTOMER: 'Customer in the ERP', ERP_CONTRACT: 'Contract in the ERP', ERP_JOB: 'Job in the ERP',
  PSA_PROJECT: 'Project in the PSA', PSA_MILESTONES: 'Milestones in the PSA', PSA_TASKS: 'Tasks in the PSA', PSA_ROLES: 'Roles in the PSA',
  BILLING_SCHEDULE: 'Billing schedule', PUBLICATION: 'Everybody told',
};
