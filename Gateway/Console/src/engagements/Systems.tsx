import { use } from 'react';
import { graphql } from '../api/generated';
import { SettingsContext } from '../access/settings';
import { useLive } from '../api/hooks';
import { PlainTable } from '../design/table';
import { Ago, Failure, Foreign, Id, Link, Loading, Panel, Status } from '../design/ui';
import { words } from '../text/format';

const EngagementSystems = graphql(`
  query EngagementSystems($id: ID!) {
    contract(id: $id) {
      activation { step status since }
      references { system type id }
      customer { references { system type id } }
    }
    effects(first: 100, filter: { contractId: $id }) {
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
  const { data, error, loading, refresh } = useLive(EngagementSystems, { id: contractId }, { on: ['connections'], every: 8_000 });
  if (loading) return <Loading what="the systems" />;
  if (!data?.contract) return <Failure error={error ?? {}} retry={refresh} what="The systems" />;
  const { contract, effects } = data;
  const records = [
    ...(contract.customer?.references ?? []).map(each => ({ ...each, of: 'Customer' })),
    ...contract.references.map(each => ({ ...each, of: 'Contract' })),
  ];
  const behind = effects.nodes.filter(effect => effect.status !== 'ACCEPTED');
  return (
    <div className="stack">
      <div className="columns even">
        <Panel title="Steps of the activation" id="steps">
          <ol className="step-list">
            {contract.activation.map(step => (
              <li key={step.step}><span>{stepNames[step.step] ?? words(step.step)}</span><span className="change"><span className="faint"><Ago at={step.since} /></span><Status value={step.status} /></span></li>
            ))}
          </ol>
        </Panel>
        <Panel title="Copies in other systems" id="copies">
          <PlainTable of={records} label="Records in other systems" rowKey={each => `${each.system} ${each.type} ${each.id}`} columns={[
            { head: 'System', cell: each => <Link to={`/connections/${each.system}`}>{each.system}</Link> },
            { head: 'Record', cell: each => <Foreign>{each.type}</Foreign> },
            { head: 'Of', room: 'medium', cell: each => each.of },
            { head: 'Id there', cell: each => <Record of={each} /> },
          ]} />
          <p className={behind.length === 0 ? 'faint' : 'note wait'}>
            {behind.length === 0 ? 'Every change was taken by every system.' : `${behind.length} of the last changes ${behind.length === 1 ? 'is' : 'are'} not in the other system yet; they are marked below.`}
          </p>
        </Panel>
      </div>
      <Panel flush title="What was sent" id="effects">
        <PlainTable of={effects.nodes} label="Steps in other systems" rowKey={each => each.id} columns={[
          { head: 'Step', cell: each => <><strong>{words(each.operation.replace(/\.v\d+$/, '').replaceAll(/[.\-]/g, ' '))}</strong><span className="second"><Foreign>{each.message}</Foreign></span></> },
          { head: 'System', cell: each => <Link to={`/connections/${each.connection}`}>{each.connection}</Link> },
          { head: 'State', cell: each => <Status value={each.status} /> },
          { head: 'Attempts', end: true, room: 'wide', cell: each => each.attempts },
          { head: 'Record there', room: 'medium', cell: each => each.externalId ? <Id value={each.externalId} /> : null },
          { head: 'When', room: 'medium', cell: each => <Ago at={each.updatedAt} /> },
        ]} />
      </Panel>
    </div>
  );
}

const stepNames: Record<string, string> = {
  VALIDATION: 'Documents there and in agreement', ERP_CUSTOMER: 'Customer in the ERP', ERP_CONTRACT: 'Contract in the ERP', ERP_JOB: 'Job in the ERP',
  PSA_PROJECT: 'Project in the PSA', PSA_MILESTONES: 'Milestones in the PSA', PSA_TASKS: 'Tasks in the PSA', PSA_ROLES: 'Roles in the PSA',
  BILLING_SCHEDULE: 'Billing schedule', PUBLICATION: 'Everybody told',
};
