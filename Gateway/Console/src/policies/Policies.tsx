import { graphql } from '../api/generated';
import { useLive } from '../api/hooks';
import { ConnectionTabs } from '../connections/ConnectionTabs';
import { PlainTable } from '../design/table';
import { Ago, Empty, Failure, Foreign, Link, Loading, PageHead, Panel, Status } from '../design/ui';
import { words } from '../text/format';

const PolicyList = graphql(`
  query PolicyList {
    policies { id document kind connection inForce { number holdsFrom proposedBy } open { id number status proposedBy } scheduled { id number holdsFrom } }
  }
`);

/** Every document that says what differs between firms. */
export default function Policies() {
  const { data, error, loading, refresh } = useLive(PolicyList, {}, { every: 10_000 });
  return (
    <>
      <PageHead title="Connections" lead="Rules of the firm, and how each system’s records become ours and ours theirs." />
      <ConnectionTabs />
      <Panel flush>
        {loading ? <Loading what="policies" /> : !data ? <Failure error={error!} retry={refresh} what="Policies" />
          : data.policies.length === 0 ? <Empty title="There is no policy document." />
            : <PlainTable of={data.policies} label="Policies" rowKey={each => each.id} columns={[
              { head: 'Document', cell: each => <><Link className="title" to={`/connections/policies/${each.document}`}>{each.document}</Link><span className="second">{words(each.kind)}{each.connection && ` of ${each.connection}`}</span></> },
              { head: 'In force', cell: each => each.inForce ? <>version {each.inForce.number}<span className="second"><Ago at={each.inForce.holdsFrom} /></span></> : <span className="faint">as it comes with Q2C</span> },
              { head: 'Under way', cell: each => each.open.length + each.scheduled.length === 0 ? <span className="none">–</span> : (
                <span className="change">
                  {each.open.map(version => <span key={version.id} className="change"><Status value={version.status} /> <Foreign>{version.proposedBy}</Foreign></span>)}
                  {each.scheduled.map(version => <span key={version.id}>version {version.number} from <Ago at={version.holdsFrom} /></span>)}
                </span>
              ) },
            ]} />}
      </Panel>
    </>
  );
}
