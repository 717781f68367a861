import { useEffect, useRef, useState } from 'react';
import { graphql } from '../api/generated';
import type { InstallationPageQuery } from '../api/generated/graphql';
import { useDecision } from '../api/decide';
import { useMay } from '../api/hooks';
import { Decision } from '../design/Decision';
import { PlainTable } from '../design/table';
import { Ago, Button, Chip, Facts, Foreign, Meter, Panel } from '../design/ui';
import * as format from '../text/format';

export type Installation = NonNullable<InstallationPageQuery['installation']>;

const Rebuild = graphql(`mutation RebuildLists($input: RebuildListsInput!) { rebuildLists(input: $input) { errors { ... on UserError { code message remedy } } } }`);

const samples = 40;

/** Rows a second, from one look to the next. */
function useRate({ at, shards }: Installation): number[] {
  const rows = shards.reduce((sum, shard) => sum + shard.rows, 0);
  const last = useRef<{ at: number; rows: number }>(undefined);
  const [rates, setRates] = useState<number[]>([]);
  useEffect(() => {
    const now = Date.parse(at);
    if (last.current && now > last.current.at) {
      const rate = (rows - last.current.rows) / ((now - last.current.at) / 1000);
      setRates(known => [...known, rate].slice(-samples));
    }
    last.current = { at: now, rows };
  }, [at, rows]);
  return rates;
}

/** The journal: how much there is, how fast it grows, and how far its readers are. */
export function Journal({ of }: { of: Installation }) {
  const rates = useRate(of);
  const most = Math.max(1, ...rates);
  return (
    <Panel flush title="Journal" id="journal" aside={<>
      <span>{format.number(of.shards.reduce((sum, shard) => sum + shard.rows, 0), 0)} rows</span>
      {rates.length > 0 && <span>{format.number(rates.at(-1), 1)} a second</span>}
      <svg className="spark" viewBox={`0 0 ${samples} 20`} preserveAspectRatio="none" role="img" aria-label={`Rows a second, at most ${format.number(most, 1)} while you watched`}>
        <polyline points={rates.map((rate, i) => `${samples - rates.length + i},${20 - rate / most * 19}`).join(' ')} />
      </svg>
    </>}>
      <PlainTable of={of.shards} label="Shards of the journal" rowKey={shard => String(shard.number)} columns={[
        { head: 'Shard', cell: shard => <strong>{shard.number}</strong> },
        { head: 'Rows', end: true, cell: shard => format.number(shard.rows, 0) },
        { head: 'Lists behind', end: true, cell: shard => format.number(shard.listsBehind, 0) },
        { head: 'Dispatch behind', end: true, cell: shard => format.number(shard.dispatchBehind, 0) },
        { head: 'Oldest waits since', room: 'medium', cell: shard => shard.behindSince ? <Ago at={shard.behindSince} /> : <Chip tone="good">level</Chip> },
        { head: 'Followed by', room: 'wide', cell: shard => {
          const silo = of.silos.find(each => each.leases.includes(`pump/${shard.number}`));
          return silo ? `${silo.machine}, process ${silo.process}` : <Chip tone="bad">nobody</Chip>;
        } },
      ]} />
    </Panel>
  );
}

const duties: readonly [RegExp, (names: string[]) => string][] = [
  [/^pump\//, names => `follows ${format.plural(names.length, 'shard')}`],
  [/^connection\//, names => `talks to ${names.join(', ')}`],
  [/^watch\//, names => `looks after ${format.plural(names.length, 'system')}`],
];

/** What a process does, in words; leases of one kind together. */
function work(leases: readonly string[]): string {
  const known = duties.flatMap(([kind, told]) => {
    const names = leases.filter(each => kind.test(each)).map(each => each.replace(kind, ''));
    return names.length > 0 ? [told(names)] : [];
  });
  const rest = leases.filter(each => !duties.some(([kind]) => kind.test(each)));
  return [...known, ...rest.map(each => format.words(each.replaceAll(/[-/]/g, ' ')).toLowerCase())].join('; ');
}

export const Silos = ({ of }: { of: Installation }) => (
  <Panel flush title="Processes" id="silos">
    <PlainTable of={of.silos} label="Processes that do the work" rowKey={silo => `${silo.machine} ${silo.process} ${silo.leases[0]}`} columns={[
      { head: 'Machine', cell: silo => <><strong><Foreign>{silo.machine}</Foreign></strong><span className="second">process {silo.process}</span></> },
      { head: 'Does', cell: silo => <span className="soft">{work(silo.leases)}</span> },
    ]} />
  </Panel>
);

/** All lists, made anew from the journal when one is wrong. */
export function Lists({ of: { rebuild, shards }, changed }: { of: Installation; changed: () => void }) {
  const may = useMay();
  const { way, start, close, send } = useDecision<'rebuild'>(changed);
  const running = rebuild != null && rebuild.finishedAt == null;
  const behind = shards.reduce((sum, shard) => sum + shard.listsBehind, 0);
  return (
    <Panel title="Lists" id="lists" aside={!running && may('rebuildLists') && <Button small onPress={() => start('rebuild')}>Rebuild the lists</Button>}>
      <div className="stack">
        {running
          ? <><Meter label="Rows taken" done={rebuild.done ?? 0} of={rebuild.total ?? 1} /><p className="note wait">The lists are being made anew: {format.number(rebuild.done ?? 0, 0)} of {format.number(rebuild.total ?? 0, 0)} rows. Until then pages lack what is not taken yet.</p></>
          : <p>{behind === 0 ? 'Every list has all that the journal has.' : `${format.plural(behind, 'row')} of the journal are on their way to the lists.`}</p>}
        {rebuild && <Facts of={[
          ['Last asked for', <span key="a"><Ago at={rebuild.askedAt} /> by <Foreign>{rebuild.askedBy}</Foreign></span>],
          ['Why', <Foreign key="w">{rebuild.reason}</Foreign>],
          rebuild.finishedAt && rebuild.startedAt ? ['Took', format.span((Date.parse(rebuild.finishedAt) - Date.parse(rebuild.startedAt)) / 1000)] : null,
        ]} />}
      </div>
      {way && (
        <Decision title="Rebuild the lists" verb="Rebuild" danger close={close} act={reason => send(Rebuild, { reason })}>
          <p>All lists are emptied and filled again from the journal, {format.plural(shards.reduce((sum, shard) => sum + shard.rows, 0), 'row')}. Until that is done they lack what is not taken yet. Nothing else is disturbed.</p>
        </Decision>
      )}
    </Panel>
  );
}
