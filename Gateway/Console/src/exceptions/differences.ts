import { diffLines } from 'diff';

export type DifferentLine = { kind: 'same' | 'added' | 'removed'; text: string };

const context = 2;

/** Line by line what was taken away and what was added, with a little of what stands around it. */
export function differences(before: string, after: string): DifferentLine[] {
  const lines = diffLines(before, after).flatMap(part => {
    const kind = part.added ? 'added' as const : part.removed ? 'removed' as const : 'same' as const;
    return part.value.replace(/\n$/, '').split('\n').map(text => ({ kind, text }));
  });
  const near = (at: number) => lines.slice(Math.max(0, at - context), at + context + 1).some(line => line.kind !== 'same');
  return lines.filter((_, at) => near(at));
}
