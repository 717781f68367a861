import { useMemo } from 'react';
import { diffLines } from 'diff';
import '../exceptions/exceptions.css';

type Line = { kind: 'same' | 'added' | 'removed'; text: string };

const context = 2;

/** Line by line what was taken away and what was added, with a little of what stands around it. */
export function differences(before: string, after: string): Line[] {
  const lines = diffLines(before, after).flatMap(part => {
    const kind = part.added ? 'added' as const : part.removed ? 'removed' as const : 'same' as const;
    return part.value.replace(/\n$/, '').split('\n').map(text => ({ kind, text }));
  });
  const near = (at: number) => lines.slice(Math.max(0, at - context), at + context + 1).some(line => line.kind !== 'same');
  return lines.filter((_, at) => near(at));
}

export function TextDifferences({ before, after, label }: { before: string; after: string; label: string }) {
  const lines = useMemo(() => differences(before, after), [before, after]);
  return (
    <div className="diff" role="region" aria-label={label} tabIndex={0}>
      {lines.length === 0
        ? <div>Nothing yet.</div>
        : lines.map((line, i) => (
          <div key={i} className={line.kind}>
            <span aria-hidden>{line.kind === 'added' ? '+ ' : line.kind === 'removed' ? '− ' : '  '}</span>
            {line.kind !== 'same' && <span className="visually-hidden">{line.kind}: </span>}
            {line.text}
          </div>
        ))}
    </div>
  );
}
