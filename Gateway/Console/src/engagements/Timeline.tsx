import { useEffect, useMemo, useRef, useState } from 'react';
import type { CombinedError } from '@urql/core';
import { useClient } from 'urql';
import { graphql } from '../api/generated';
import type { StoryPageQuery } from '../api/generated/graphql';
import { useSees } from '../api/hooks';
import { Choose, Find } from '../design/fields';
import { Empty, Failure, Foreign, Id, Link, Loading, Money } from '../design/ui';
import * as format from '../text/format';

const StoryPage = graphql(`
  query StoryPage($id: ID!, $after: String) {
    engagement(contractId: $id) {
      timeline(first: 100, after: $after) {
        nodes { cursor at stage title detail system amount { amount currency } actor subjectId event correlation }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

const StoryGoesOn = graphql(`
  subscription StoryGoesOn($id: ID!, $after: String) {
    engagementTimeline(contractId: $id, after: $after) {
      cursor at stage title detail system amount { amount currency } actor subjectId event correlation
    }
  }
`);

type Entry = NonNullable<StoryPageQuery['engagement']>['timeline']['nodes'][number];

const gather = 120;

/** The whole story so far, and what is added to it as it happens. */
function useStory(id: string) {
  const client = useClient();
  const [story, setStory] = useState<{ id: string; entries: Entry[]; told: boolean }>({ id, entries: [], told: false });
  const [error, setError] = useState<CombinedError>();
  const [attempt, setAttempt] = useState(0);
  const seen = useRef<{ id: string; cursor: string | null }>({ id, cursor: null });
  useEffect(() => {
    let over = false, live: { unsubscribe: () => void } | undefined, timer = 0;
    const waiting: Entry[] = [];
    if (seen.current.id !== id) seen.current = { id, cursor: null };
    const add = (more: Entry[], told: boolean) => {
      seen.current.cursor = more.at(-1)?.cursor ?? seen.current.cursor;
      setStory(current => {
        const entries = current.id === id ? current.entries : [];
        const known = new Set(entries.slice(-more.length - 200).map(entry => entry.cursor));
        return { id, entries: [...entries, ...more.filter(entry => !known.has(entry.cursor))], told };
      });
    };
    const read = async () => {
      for (;;) {
        const answer = await client.query(StoryPage, { id, after: seen.current.cursor }, { requestPolicy: 'network-only' }).toPromise();
        if (over) return;
        const page = answer.data?.engagement?.timeline;
        if (!page) return setError(answer.error);
        setError(undefined);
        add(page.nodes, !page.pageInfo.hasNextPage);
        if (!page.pageInfo.hasNextPage) break;
      }
      live = client.subscription(StoryGoesOn, { id, after: seen.current.cursor }).subscribe(event => {
        if (!event.data) return;
        waiting.push(event.data.engagementTimeline);
        timer ||= window.setTimeout(() => { timer = 0; add(waiting.splice(0), true); }, gather);
      });
    };
    void read();
    return () => {
      over = true;
      clearTimeout(timer);
      live?.unsubscribe();
    };
  }, [client, id, attempt]);
  return { entries: story.id === id ? story.entries : [], told: story.id === id && story.told, error, retry: () => setAttempt(n => n + 1) };
}

const stages = ['QUOTE', 'ACTIVATION', 'DELIVERY', 'BILLING', 'CASH'] as const;

export function Timeline({ contractId }: { contractId: string }) {
  const { entries, told, error, retry } = useStory(contractId);
  const [stage, setStage] = useState('');
  const [system, setSystem] = useState('');
  const [search, setSearch] = useState('');
  const systems = useMemo(() => [...new Set(entries.flatMap(entry => entry.system ?? []))].sort(), [entries]);
  const days = useMemo(() => {
    const words = search.toLowerCase();
    const shown = entries.filter(entry => (!stage || entry.stage === stage) && (!system || entry.system === system)
      && (!words || `${entry.title} ${entry.detail ?? ''} ${entry.actor}`.toLowerCase().includes(words)));
    return [...Map.groupBy(shown, entry => new Date(entry.at).toDateString())];
  }, [entries, stage, system, search]);
  if (entries.length === 0) {
    if (error) return <Failure error={error} retry={retry} what="The timeline" />;
    return told ? <Empty title="Nothing has happened yet." /> : <Loading what="the timeline" />;
  }
  return (
    <div className="timeline">
      <div className="bar">
        <Find label="Find in the story" value={search} onChange={setSearch} />
        <Choose label="Stage" value={stage} onChange={setStage} all="All" options={stages.map(each => [each, format.words(each)] as const)} />
        <Choose label="System" value={system} onChange={setSystem} all="All" options={systems.map(each => [each, each] as const)} />
        <span className="grow" />
        <span className="faint" role="status">{told ? `${format.plural(entries.length, 'event')}, live` : 'reading …'}</span>
      </div>
      {days.length === 0 && <Empty title="Nothing in this story is like that." />}
      {days.map(([day, of]) => (
        <section key={day} aria-label={day}>
          <h3 className="story-day">{format.day(of[0]!.at.slice(0, 10))}</h3>
          <ol className="story">{of.map((entry, i) => <Event key={entry.cursor} entry={entry} before={of[i - 1]} />)}</ol>
        </section>
      ))}
    </div>
  );
}

function Event({ entry, before }: { entry: Entry; before: Entry | undefined }) {
  const [open, setOpen] = useState(false);
  const audit = useSees()('audit');
  const pause = before ? (Date.parse(entry.at) - Date.parse(before.at)) / 1000 : 0;
  return (
    <li className={`event ${entry.stage.toLowerCase()}`}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <time dateTime={entry.at}>{format.time(entry.at)}{pause >= 1 && <small>+{format.span(pause)}</small>}</time>
        <i aria-hidden />
        <span className="what">
          <strong>{entry.title}</strong>
          {entry.detail && <span className="second"><Foreign>{entry.detail}</Foreign></span>}
        </span>
        <span className="system">{entry.system}</span>
        <span className="amount">{entry.amount && <Money value={entry.amount} />}</span>
      </button>
      {open && (
        <dl className="more">
          <div><dt>Stage</dt><dd>{format.words(entry.stage)}</dd></div>
          <div><dt>By</dt><dd><Foreign>{entry.actor}</Foreign></dd></div>
          <div><dt>When</dt><dd>{format.exactInstant(entry.at)}</dd></div>
          <div><dt>Event</dt><dd><code>{entry.event}</code></dd></div>
          <div><dt>Happened to</dt><dd><Subject id={entry.subjectId} /></dd></div>
          <div><dt>Set off by</dt><dd><Id value={entry.correlation} />{audit && <Link to={`/system/audit?correlation=${encodeURIComponent(entry.correlation)}`}>all that it set off</Link>}</dd></div>
        </dl>
      )}
    </li>
  );
}

const Subject = ({ id }: { id: string }) => id.includes('_inv_') ? <Link to={`/invoices/${id}`}><code>{id}</code></Link> : <Id value={id} />;
