import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { EventTree, type TreeEvent } from '../../src/proofs/eventTree';
import { GrowingTree, isIncluded, leafHash, isConsistent } from '../../src/proofs/merkleTree';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';

const COUNT = 66_500;

const hashOf = (index: number): string => createHash('sha256').update(`event ${index}`).digest('hex');
const events: readonly TreeEvent[] = Array.from({ length: COUNT }, (_, index) => ({ position: String(3 * index).padStart(8, '0'), hash: hashOf(index) }));

/** Roots by size, from a tree that keeps nothing but its peaks. */
const roots = new Map<number, Buffer>();
const growing = new GrowingTree();
for (const { hash } of events) {
  growing.add(leafHash(Buffer.from(hash, 'hex')));
  if (growing.size % 97 === 0 || growing.size % 256 < 2 || growing.size > COUNT - 2) roots.set(growing.size, growing.root());
}

describe('the tree over a log', () => {
  let directory: TemporaryDirectory;
  beforeAll(() => { directory = temporaryDirectory(); });
  afterAll(() => directory.remove());

  it('has the roots and proofs of the definition, over three levels of tiles, also when it is reopened in between', () => {
    const file = join(directory.path, 'tree.db');
    let tree = EventTree.open(file, 'log');
    let taken = 0;
    for (const size of [0, 1, 100, 255, 256, 257, 512, 1_000, 65_535, 65_536, 65_537, COUNT]) {
      tree.append(events.slice(taken, size));
      taken = size;
      tree.close();
      tree = EventTree.open(file, 'log');
      expect(tree.size).toBe(size);
      expect(tree.position).toBe(size === 0 ? '' : events[size - 1]!.position);
    }
    const checked = [...roots].filter(([size], index) => index % 40 === 0 || size > COUNT - 2 || (size > 65_000 && size < 66_000));
    for (const [size, root] of checked) {
      expect(tree.root(size)).toEqual(root);
      const index = (size * 7) % size === 0 ? Math.floor(size / 3) : 0;
      expect(isIncluded(leafHash(Buffer.from(hashOf(index), 'hex')), index, size, tree.inclusionPath(index, size), root)).toBe(true);
      expect(isConsistent({ size, root }, { size: COUNT, root: growing.root() }, tree.consistencyPath(size, COUNT))).toBe(true);
    }
    expect(checked.length).toBeGreaterThan(20);
    tree.close();
  });

  it('finds events by position and by number', () => {
    const tree = EventTree.open(':memory:', 'log');
    tree.append(events.slice(0, 700));
    for (const index of [0, 255, 256, 511, 512, 699]) {
      expect(tree.eventAt(index)).toEqual(events[index]);
      expect(tree.indexOf(events[index]!.position)).toBe(index);
    }
    expect(tree.indexOf('')).toBeUndefined();
    expect(tree.indexOf('00000001')).toBeUndefined();
    expect(tree.indexOf('99999999')).toBeUndefined();
    expect(() => tree.eventAt(700)).toThrow('has 700 events and none number 700');
    tree.close();
  });

  it('starts empty for another log', () => {
    const file = join(directory.path, 'another.db');
    const tree = EventTree.open(file, 'one log');
    tree.append(events.slice(0, 300));
    tree.close();
    const other = EventTree.open(file, 'another log');
    expect(other.size).toBe(0);
    other.append(events.slice(0, 97));
    expect(other.root(97)).toEqual(roots.get(97));
    other.clear();
    expect([other.size, other.position]).toEqual([0, '']);
    other.close();
  });

  it('adds all events of a call or none', () => {
    const tree = EventTree.open(':memory:', 'log');
    tree.append(events.slice(0, 10));
    expect(() => tree.append([...events.slice(10, 600), events[0]!])).toThrow('takes events in log order');
    expect(tree.size).toBe(10);
    tree.append(events.slice(10, 97));
    expect(tree.root(97)).toEqual(roots.get(97));
    tree.close();
  });
});
