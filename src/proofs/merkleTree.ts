import { hash } from 'node:crypto';

/** The hash tree of RFC 9162, section 2.1, with SHA-256. Hashes are 32 bytes. */

/** The hash of the complete subtree of 2^level leaves whose first leaf is number index * 2^level, from 0. */
export type SubtreeHashes = (level: number, index: number) => Buffer;

const LEAF = Buffer.of(0x00);
const NODE = Buffer.of(0x01);

/** The root of the tree without leaves. */
export const EMPTY_ROOT = hash('sha256', '', 'buffer');

/** The hash of a leaf. */
export const leafHash = (data: Buffer): Buffer => hash('sha256', Buffer.concat([LEAF, data]), 'buffer');

/** The hash of a node over its two children. */
export const nodeHash = (left: Buffer, right: Buffer): Buffer => hash('sha256', Buffer.concat([NODE, left, right]), 'buffer');

/** The root of the first `size` leaves. */
export const rootOf = (size: number, subtree: SubtreeHashes): Buffer => (size === 0 ? EMPTY_ROOT : rangeHash(0, size, subtree));

/**
 * The proof that leaf number `leaf` is in the tree of the first `size` leaves (PATH), from the leaf upwards.
 * @throws RangeError when the tree has no such leaf.
 */
export function inclusionPath(leaf: number, size: number, subtree: SubtreeHashes): Buffer[] {
  if (leaf < 0 || leaf >= size) throw new RangeError(`A tree of ${size} leaves has no leaf number ${leaf}; they count from 0.`);
  const path = (begin: number, end: number): Buffer[] => {
    if (end - begin === 1) return [];
    const middle = begin + splitOf(end - begin);
    return leaf < middle ? [...path(begin, middle), rangeHash(middle, end, subtree)] : [...path(middle, end), rangeHash(begin, middle, subtree)];
  };
  return path(0, size);
}

/**
 * The proof that the tree of `to` leaves begins with the tree of `from` leaves (PROOF).
 * @throws RangeError unless 0 < from <= to.
 */
export function consistencyPath(from: number, to: number, subtree: SubtreeHashes): Buffer[] {
  if (from < 1 || from > to) throw new RangeError(`A tree of ${to} leaves does not begin with one of ${from}; sizes are from 1 to ${to}.`);
  const path = (begin: number, end: number, isWhole: boolean): Buffer[] => {
    if (end === from) return isWhole ? [] : [rangeHash(begin, end, subtree)];
    const middle = begin + splitOf(end - begin);
    return from <= middle ? [...path(begin, middle, isWhole), rangeHash(middle, end, subtree)] : [...path(middle, end, false), rangeHash(begin, middle, subtree)];
  };
  return path(0, to, true);
}

/** Tells whether the path proves that the leaf is in the tree with that root (RFC 9162, section 2.1.3.2). */
export function isIncluded(leafHashed: Buffer, leaf: number, size: number, path: readonly Buffer[], root: Buffer): boolean {
  if (leaf < 0 || leaf >= size) return false;
  let [at, last, reached] = [leaf, size - 1, leafHashed];
  for (const sibling of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      reached = nodeHash(sibling, reached);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      reached = nodeHash(reached, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && reached.equals(root);
}

/** Tells whether the path proves that the tree `to` begins with the tree `from` (RFC 9162, section 2.1.4.2). */
export function isConsistent(from: Tree, to: Tree, path: readonly Buffer[]): boolean {
  if (from.size < 1 || from.size > to.size) return false;
  if (from.size === to.size) return path.length === 0 && from.root.equals(to.root);
  const [first, ...rest] = isPowerOfTwo(from.size) ? [from.root, ...path] : path;
  if (first === undefined) return false;
  let [at, last] = [from.size - 1, to.size - 1];
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  let [before, after] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      [before, after] = [nodeHash(sibling, before), nodeHash(sibling, after)];
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      after = nodeHash(after, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && before.equals(from.root) && after.equals(to.root);
}

export interface Tree {
  /** Number of leaves. */
  readonly size: number;
  readonly root: Buffer;
}

/** A tree to which leaves are added one by one. It keeps only the roots of its complete subtrees. */
export class GrowingTree {
  /** Roots of the complete subtrees from left to right, each smaller than the one before it. */
  readonly #peaks: Buffer[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds the hash of the next leaf. */
  add(leafHashed: Buffer): void {
    let grown = leafHashed;
    for (let rest = this.#size; rest % 2 === 1; rest = half(rest)) grown = nodeHash(this.#peaks.pop() ?? EMPTY_ROOT, grown);
    this.#peaks.push(grown);
    this.#size += 1;
  }

  root(): Buffer {
    const [last, ...others] = this.#peaks.toReversed();
    return last === undefined ? EMPTY_ROOT : others.reduce((right, left) => nodeHash(left, right), last);
  }
}

/** The hash over the leaves from `begin` (inclusive) to `end` (exclusive), for which the tree must have a node. */
function rangeHash(begin: number, end: number, subtree: SubtreeHashes): Buffer {
  const size = end - begin;
  if (isPowerOfTwo(size)) return subtree(Math.log2(size), begin / size);
  const middle = begin + splitOf(size);
  return nodeHash(rangeHash(begin, middle, subtree), rangeHash(middle, end, subtree));
}

/** The largest power of two below `size`, which is at least 2. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

const half = (number: number): number => Math.floor(number / 2);

/** Tells whether a number is a power of two, also beyond the 32 bits of bit operators. */
const isPowerOfTwo = (number: number): boolean => Number.isInteger(Math.log2(number)) && 2 ** Math.log2(number) === number;

/** The hashes of a proof as bundles write them: in hex, separated by single spaces; an empty text is no hash. Null for any other text. */
export function hashesIn(path: string): readonly Buffer[] | null {
  if (path === '') return [];
  return /^[0-9a-f]{64}(?: [0-9a-f]{64})*$/.test(path) ? path.split(' ').map((hash) => Buffer.from(hash, 'hex')) : null;
}

/** The node over these nodes, whose number is a power of two. */
export function reduced(nodes: readonly Buffer[]): Buffer {
  const [first, second] = nodes;
  if (first === undefined) throw new RangeError('A node stands over at least one leaf.');
  if (second === undefined) return first;
  const middle = nodes.length / 2;
  return nodeHash(reduced(nodes.slice(0, middle)), reduced(nodes.slice(middle)));
}
