import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { inclusionPath, leafHash, nodeHash, rootOf as rootOfTree } from '../../../src/proofs/merkleTree';
import { hashOfText, isSigned, keyIdOf, rootOf } from '../../../web/src/console/pages/history/event/proof';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const changed = (text: string): string => (text.startsWith('0') ? '1' : '0') + text.slice(1);

/** The trees of growing size over these hashes. */
const events = Array.from({ length: 40 }, (_, index) => hash(`event ${index}`));
const subtree = (level: number, index: number): Buffer =>
  (level === 0 ? leafHash(Buffer.from(events[index] ?? '', 'hex')) : nodeHash(subtree(level - 1, 2 * index), subtree(level - 1, 2 * index + 1)));

describe('the proofs that the console checks', () => {
  it('hash a text as its UTF-8', async () => {
    expect(await hashOfText('Zoë 漢字')).toBe(hash('Zoë 漢字'));
  });

  it('lead from every leaf of a tree of any size to its root, and from no changed one', async () => {
    for (let treeSize = 1; treeSize <= events.length; treeSize += 1) {
      const root = rootOfTree(treeSize, subtree).toString('hex');
      for (let leafIndex = 0; leafIndex < treeSize; leafIndex += 1) {
        const path = inclusionPath(leafIndex, treeSize, subtree).map((one) => one.toString('hex'));
        const event = events[leafIndex] ?? '';
        expect(await rootOf(event, { leafIndex, treeSize, path })).toBe(root);
        expect(await rootOf(changed(event), { leafIndex, treeSize, path })).not.toBe(root);
        if (path.length === 0) continue;
        const at = leafIndex % path.length;
        expect(await rootOf(event, { leafIndex, treeSize, path: path.map((one, index) => (index === at ? changed(one) : one)) })).not.toBe(root);
        expect(await rootOf(event, { leafIndex, treeSize, path: path.slice(1) })).not.toBe(root);
        expect(await rootOf(event, { leafIndex, treeSize, path: [...path, event] })).not.toBe(root);
        expect(await rootOf(event, { leafIndex: leafIndex === 0 ? 1 : leafIndex - 1, treeSize, path })).not.toBe(root);
      }
    }
  });

  it('are none for a leaf beyond the tree, or for what is no hash', async () => {
    const [event = ''] = events;
    expect(await rootOf(event, { leafIndex: 1, treeSize: 1, path: [] })).toBeNull();
    expect(await rootOf(event, { leafIndex: -1, treeSize: 1, path: [] })).toBeNull();
    expect(await rootOf(event.toUpperCase(), { leafIndex: 0, treeSize: 1, path: [] })).toBeNull();
    expect(await rootOf(event, { leafIndex: 0, treeSize: 2, path: ['no hash'] })).toBeNull();
  });

  it('tell a right signature from a wrong one', async () => {
    const [{ privateKey, publicKey }, other] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const signed = { publicKey: spki.toString('base64'), signature: sign(null, Buffer.from('a statement'), privateKey).toString('base64') };
    expect(await isSigned('a statement', signed)).toBe(true);
    expect(await isSigned('another statement', signed)).toBe(false);
    expect(await isSigned('a statement', { ...signed, publicKey: other.publicKey.export({ type: 'spki', format: 'der' }).toString('base64') })).toBe(false);
    expect(await isSigned('a statement', { ...signed, signature: 'no base64!' })).toBe(false);
    expect(await isSigned('a statement', { ...signed, publicKey: 'AAAA' })).toBe(false);
    expect(await keyIdOf(signed)).toBe(createHash('sha256').update(spki).digest('hex'));
    expect(await keyIdOf({ publicKey: 'no base64!' })).toBeNull();
  });
});
