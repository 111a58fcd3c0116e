import fc from 'fast-check';
import {
  consistencyPath, EMPTY_ROOT, GrowingTree, inclusionPath, isIncluded, leafHash, nodeHash, rootOf, type SubtreeHashes, isConsistent
} from '../../src/proofs/merkleTree';

/** The leaves and roots of the reference implementations of RFC 6962 and RFC 9162. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const INCLUSION: readonly (readonly [leaf: number, size: number, path: readonly string[]])[] = [
  [0, 1, []],
  [0, 8, ['96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7', '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e', '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4']],
  [5, 8, ['bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b', 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7']],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [1, 5, ['6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d', '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e', 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b']],
];

const CONSISTENCY: readonly (readonly [from: number, to: number, path: readonly string[]])[] = [
  [1, 1, []],
  [1, 8, ['96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7', '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e', '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4']],
  [6, 8, ['0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a', 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7']],
  [2, 5, ['5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e', 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b']],
];

const hex = (hashes: readonly Buffer[]): string[] => hashes.map((one) => one.toString('hex'));
const bytes = (text: string): Buffer => Buffer.from(text, 'hex');

/** Complete subtrees, computed from the definition. */
const over = (leaves: readonly Buffer[]): SubtreeHashes => {
  const subtree: SubtreeHashes = (level, index) => (level === 0 ? leafHash(leaves[index]!) : nodeHash(subtree(level - 1, index * 2), subtree(level - 1, index * 2 + 1)));
  return subtree;
};

/** MTH of RFC 9162, word by word. */
function mth(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leafHash(leaves[0]!);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

describe('the hash tree of RFC 9162', () => {
  const reference = LEAVES.map(bytes);

  it('has the known roots', () => {
    expect(EMPTY_ROOT.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(hex(ROOTS.map((_, index) => rootOf(index + 1, over(reference))))).toEqual(ROOTS);
  });

  it.each(INCLUSION)('has the known proof that leaf %i is among %i', (leaf, size, path) => {
    expect(hex(inclusionPath(leaf, size, over(reference)))).toEqual(path);
    expect(isIncluded(leafHash(reference[leaf]!), leaf, size, path.map(bytes), bytes(ROOTS[size - 1]!))).toBe(true);
  });

  it.each(CONSISTENCY)('has the known proof that %i leaves grew to %i', (from, to, path) => {
    expect(hex(consistencyPath(from, to, over(reference)))).toEqual(path);
    expect(isConsistent({ size: from, root: bytes(ROOTS[from - 1]!) }, { size: to, root: bytes(ROOTS[to - 1]!) }, path.map(bytes))).toBe(true);
  });

  it('proves what is true, at any size, and nothing else', () => {
    const sizes = fc.integer({ min: 1, max: 70 }).chain((to) => fc.record({ to: fc.constant(to), from: fc.integer({ min: 1, max: to }), leaf: fc.nat(to - 1), flip: fc.nat() }));
    fc.assert(fc.property(sizes, ({ to, from, leaf, flip }) => {
      const leaves = Array.from({ length: to }, (_, index) => Buffer.of(index));
      const subtree = over(leaves);
      const [root, fromRoot] = [rootOf(to, subtree), rootOf(from, subtree)];
      expect(root).toEqual(mth(leaves));
      const inclusion = inclusionPath(leaf, to, subtree);
      const consistency = consistencyPath(from, to, subtree);
      const [older, newer] = [{ size: from, root: fromRoot }, { size: to, root }];
      expect(isIncluded(leafHash(leaves[leaf]!), leaf, to, inclusion, root)).toBe(true);
      expect(isConsistent(older, newer, consistency)).toBe(true);
      expect(isIncluded(leafHash(Buffer.of(200)), leaf, to, inclusion, root)).toBe(false);
      expect(isIncluded(leafHash(leaves[leaf]!), leaf, to, [...inclusion, root], root)).toBe(false);
      expect(isConsistent(older, newer, [...consistency, root])).toBe(false);
      expect(isConsistent({ ...older, root: leafHash(root) }, newer, consistency)).toBe(false);
      const spoiled = (path: readonly Buffer[]): Buffer[] => path.map((one, index) => (index === flip % path.length ? leafHash(one) : one));
      if (inclusion.length > 0) expect(isIncluded(leafHash(leaves[leaf]!), leaf, to, spoiled(inclusion), root)).toBe(false);
      if (consistency.length > 0) expect(isConsistent(older, newer, spoiled(consistency))).toBe(false);
    }));
  });

  it('grows leaf by leaf to the same roots', () => {
    const growing = new GrowingTree();
    const leaves = Array.from({ length: 300 }, (_, index) => Buffer.from(String(index)));
    expect(growing.root()).toEqual(EMPTY_ROOT);
    for (const [index, leaf] of leaves.entries()) {
      growing.add(leafHash(leaf));
      if (index % 7 === 0) expect(growing.root()).toEqual(mth(leaves.slice(0, index + 1)));
    }
    expect(growing.size).toBe(300);
  });

  it('refuses sizes and indexes that no tree has', () => {
    const subtree = over(reference);
    expect(() => inclusionPath(8, 8, subtree)).toThrow('A tree of 8 leaves has no leaf number 8');
    expect(() => consistencyPath(9, 8, subtree)).toThrow('does not begin with one of 9');
    expect(isIncluded(leafHash(reference[0]!), 1, 1, [], rootOf(1, subtree))).toBe(false);
  });
});
