import fc from 'fast-check';
import type { RawEvent } from '../../../src/eventstore/rawEvents';
import type { EventTree, TreeEvent } from '../../../src/proofs/eventTree';
import { type Compared, MAX_COMPARED, TreeComparison } from '../../../src/proofs/verify/comparison';

const positionOf = (index: number): string => String(index + 1).padStart(16, '0');
const leaf = (hash: string, index: number): RawEvent => ({
  hash, position: positionOf(index), stream: 'app-gx624', revision: index, id: hash, type: 'ContactsAssigned', schemaVersion: 1, occurredAt: '2030-01-01T00:00:00.000Z', dataJson: '{}', metadataJson: '{}',
});

/** A tree of these hashes, which is read in the same way. */
const treeOf = (hashes: readonly string[]): EventTree =>
  ({ size: hashes.length, events: (from = 0) => hashes.map((hash, index): TreeEvent => ({ hash, position: positionOf(index) })).slice(from)[Symbol.iterator]() }) as unknown as EventTree;

function compared(known: readonly string[], log: readonly string[], maxCompared = MAX_COMPARED): Compared {
  const from = known.findIndex((hash, index) => hash !== log[index]);
  const comparison = new TreeComparison(treeOf(known), from < 0 ? known.length : from, maxCompared);
  log.forEach((hash, index) => { if (index >= comparison.from) comparison.take(leaf(hash, index)); });
  return comparison.result();
}

const kindsOf = ({ difference, further }: Compared): readonly string[] =>
  [...(['changed', 'inserted', 'reordered', 'removed', 'lostTail'] as const).filter((kind) => difference[kind].length > 0), ...further.map(({ position }) => `further from ${Number(position)}`)];

const hashes = (count: number): string[] => Array.from({ length: count }, (_, index) => `h${index}`);

describe('a log beside the tree that was kept of it', () => {
  const known = hashes(40);
  const changes: Readonly<Record<string, (log: string[]) => void>> = {
    changed: (log) => { log[5] = 'x'; },
    inserted: (log) => { log.splice(5, 0, 'x'); },
    removed: (log) => { log.splice(5, 1); },
    reordered: (log) => { log.splice(6, 2, 'h7', 'h6'); },
  };

  it.each(Object.entries(changes))('has the one event named that was %s, in however few events are compared one by one', (kind, change) => {
    const log = [...known];
    change(log);
    for (const maxCompared of [undefined, 5]) expect(kindsOf(compared(known, log, maxCompared))).toEqual([kind]);
    expect(kindsOf(compared(known, [...log, 'newer'], 5))).toEqual([kind]);
  });

  it.each(Object.entries(changes))('says where it goes on differing, after an event was %s', (kind, change) => {
    const log = [...known];
    change(log);
    const place = log.indexOf('h30');
    expect(kindsOf(compared(known, log.map((hash) => (hash === 'h30' ? 'y' : hash)), 5))).toEqual([kind, `further from ${place + 1}`]);
    expect(kindsOf(compared(known, log.slice(0, place), 5))).toEqual([kind, 'further from 31']);
  });

  it('has all events counted that were cut off', () => {
    const result = compared(known, known.slice(0, 3), 5);
    expect([kindsOf(result), result.difference.lostTail.length + result.unreached]).toEqual([['lostTail'], 37]);
  });

  it('differs whatever is done to it, and holds few events in memory', () => {
    fc.assert(fc.property(fc.shuffledSubarray(hashes(30), { minLength: 1 }), fc.integer({ min: 1, max: 40 }), (log, maxCompared) => {
      const all = hashes(30);
      const result = compared(all, log, maxCompared);
      expect(result.known.length).toBeLessThanOrEqual(2 * maxCompared);
      expect(kindsOf(result).length > 0).toBe(log.some((hash, index) => hash !== all[index]) || log.length < all.length);
    }), { numRuns: 500 });
  });
});
