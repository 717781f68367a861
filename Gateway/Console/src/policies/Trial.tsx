import { useState } from 'react';
import { useClient } from 'urql';
import { FlaskConical } from 'lucide-react';
import { graphql } from '../api/generated';
import type { PolicyTrialQuery, PolicyTrialInput } from '../api/generated/graphql';
import { PlainTable } from '../design/table';
import { At, Button, Foreign, Link, ObjectLink, Status, type Tone } from '../design/ui';
import { Changes } from '../exceptions/Planned';
import * as format from '../text/format';

const PolicyTrial = graphql(`
  query PolicyTrial($input: PolicyTrialInput!) {
    policyTrial(input: $input) {
      same different notTried problems { document line column message }
      records { connection subject at outcome message delivery { id } effect { id subject } differences { path before after } }
    }
  }
`);

type Result = PolicyTrialQuery['policyTrial'];

const tones: Record<string, Tone> = { DIFFERENT: 'wait', REFUSED: 'bad', ACCEPTED: 'good', NOT_TRIED: 'plain' };

/** What a text would make of what was recorded: asked for, as it takes a while. */
export function Trial({ of }: { of: Pick<PolicyTrialInput, 'document' | 'version' | 'text'> }) {
  const client = useClient();
  const [tried, setTried] = useState<{ of: string; result?: Result; failure?: string }>();
  const [busy, setBusy] = useState(false);
  const key = JSON.stringify(of);
  const run = async () => {
    setBusy(true);
    const answer = await client.query(PolicyTrial, { input: { ...of, last: 50 } }, { requestPolicy: 'network-only' }).toPromise();
    setBusy(false);
    setTried({ of: key, result: answer.data?.policyTrial, failure: answer.error && (answer.error.graphQLErrors[0]?.message ?? 'The gateway did not answer.') });
  };
  const current = tried?.of === key ? tried : undefined;
  return (
    <section className="stack" aria-label="Dry run">
      <div className="change">
        <Button small icon={<FlaskConical aria-hidden />} isPending={busy} onPress={() => void run()}>Try it on what was recorded</Button>
        {current?.failure && <span className="bad-text">{current.failure}</span>}
        {current?.result && current.result.problems.length === 0 && (
          <span role="status">{format.plural(current.result.same, 'record')} as before, <strong>{format.number(current.result.different, 0)} different</strong>{current.result.notTried > 0 && `, ${current.result.notTried} not tried`}.</span>
        )}
      </div>
      {current?.result && <Problems of={current.result.problems} />}
      {current?.result && current.result.records.length > 0 && (
        <PlainTable of={current.result.records} label="Records that differ" rowKey={each => `${each.connection} ${each.subject} ${each.at}`} columns={[
          { head: 'Record', cell: each => (
            <>
              {each.delivery ? <Link to={`/deliveries/${each.delivery.id}`}>Delivery <Foreign>{each.subject}</Foreign></Link> : <ObjectLink id={each.subject} />}
              <span className="second">{each.connection}, <At at={each.at} /></span>
            </>
          ) },
          { head: 'Comes out', cell: each => <><Status value={each.outcome} tone={tones[each.outcome]} />{each.message && <span className="second"><Foreign>{each.message}</Foreign></span>}</> },
          { head: 'What differs', cell: each => each.differences.length === 0 ? null : <Changes of={each.differences} /> },
        ]} />
      )}
    </section>
  );
}

/** What is wrong with a text, each with its place. */
export const Problems = ({ of }: { of: readonly { document: string; line: number; column: number; message: string }[] }) => of.length === 0 ? null : (
  <div className="note bad" role="alert">
    <ul>{of.map(each => <li key={`${each.document} ${each.line} ${each.column} ${each.message}`}><strong>Line {each.line}, column {each.column}:</strong> <Foreign>{each.message}</Foreign></li>)}</ul>
  </div>
);
