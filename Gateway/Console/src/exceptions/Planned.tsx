import { PlainTable } from '../design/table';
import { Chip, Foreign, ObjectLink, Status } from '../design/ui';
import * as format from '../text/format';

type Change = { path: string; before?: string | null; after?: string | null };

/** What differs between two JSON bodies, value by value. */
export const Changes = ({ of }: { of: readonly Change[] }) => of.length === 0 ? <p className="faint">Nothing differs.</p> : (
  <div className="diff" role="region" aria-label="What differs" tabIndex={0}>
    {of.map(each => (
      <div key={each.path}>
        <strong>{each.path || 'the whole'}</strong>
        {each.before != null && <div className="removed"><span aria-hidden>− </span><span className="visually-hidden">before: </span><Foreign>{each.before}</Foreign></div>}
        {each.after != null && <div className="added"><span aria-hidden>+ </span><span className="visually-hidden">after: </span><Foreign>{each.after}</Foreign></div>}
      </div>
    ))}
  </div>
);

type Command = {
  objectId: string; command: string; movesMoney: boolean; outcome: string;
  problems: readonly { message: string; remedy: string }[]; effects: readonly { connection: string; operation: string; count: number }[];
};

/** The commands that would follow, and what each would bring. */
export const Planned = ({ of }: { of: readonly Command[] }) => of.length === 0 ? <p className="faint">No command would follow.</p> : (
  <PlainTable of={of} label="What would come of it" rowKey={each => `${each.objectId} ${each.command}`} columns={[
    { head: 'Command', cell: each => (
      <>
        <strong>{format.operation(each.command)}</strong> <ObjectLink id={each.objectId} />{each.movesMoney && <> <Chip tone="wait">moves money</Chip></>}
        {each.problems.map(problem => <span key={problem.message} className="second bad-text"><Foreign>{problem.message}</Foreign> <Foreign>{problem.remedy}</Foreign></span>)}
      </>
    ) },
    { head: 'Comes to', cell: each => <Status value={each.outcome} tone={each.outcome === 'CHANGED' ? 'good' : undefined} /> },
    { head: 'Asks of others', room: 'medium', cell: each => each.effects.length === 0 ? <span className="none">nothing</span>
      : each.effects.map(effect => `${effect.connection}: ${format.operation(effect.operation)}${effect.count > 1 ? ` × ${effect.count}` : ''}`).join('; ') },
  ]} />
);
