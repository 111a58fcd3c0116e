import { createReadStream, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { hashedTextOf } from '../../src/eventstore/eventHash';
import { openPerson } from '../../src/eventstore/people/envelope';
import { bundleLines, sealedBy, sealedText } from '../../src/proofs/bundle';
import { countersignedText, isWhole as isCountersignedWhole, parseCountersigned } from '../../src/proofs/checkpoints/countersignature';
import { isWhole, keyStatementOf, keyText } from '../../src/proofs/checkpoints/keyStatement';
import { fitsPrevious, isWholeRewrite, rewriteOf, rewriteText } from '../../src/proofs/checkpoints/rewriteStatement';
import { isSigned, parseCheckpoint, statementText } from '../../src/proofs/checkpoints/statement';
import { GrowingTree, isConsistent, isIncluded, leafHash } from '../../src/proofs/merkleTree';
import { certificatesIn, checkedTimeStamp } from '../../src/proofs/timestamps/token';
import { verifyBundle } from '../../src/proofs/verify/bundle';
import { TOP } from '../support/snippets';
import type { Json } from '../support/person';

const FOLDER = join(TOP, 'docs/vectors');
const vectors = (name: string): Json => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the test vectors of docs/verifier.md', () => {
  it('have the hashed texts and hashes of events', () => {
    const events = vectors('events.json');
    expect(events.length).toBeGreaterThan(2);
    events.forEach(({ hashedText, hash, ...event }: Json, index: number) => {
      expect(hashedText).toBe(hashedTextOf(events[index - 1]?.hash ?? null, { ...event, dataJson: JSON.stringify(sorted(event.data)) }));
      expect(hash).toBe(sha256(hashedText));
    });
  });

  it('have people who are opened by the keys of their events', () => {
    const people = vectors('people.json');
    expect([...new Set(people.map(({ place }: Json) => place))]).toEqual(['person', 'actor', 'reason', 'removal.reason', 'label', 'remark']);
    for (const { id, place, sealed, eventKey, content } of people) expect(openPerson(sealed, Buffer.from(eventKey, 'base64url'), id, place)).toEqual(content);
  });

  it('have roots and proofs of a tree', () => {
    const { leaves, roots, inclusion, consistency } = vectors('tree.json');
    const tree = new GrowingTree();
    leaves.forEach((leaf: string, index: number) => {
      tree.add(leafHash(bytes(leaf)));
      expect(tree.root().toString('hex')).toBe(roots[index]);
    });
    expect(inclusion.map(({ leafIndex }: Json) => leafIndex)).toEqual([...leaves.keys()]);
    for (const { leafIndex, size, path } of inclusion) expect(isIncluded(leafHash(bytes(leaves[leafIndex])), leafIndex, size, path.map(bytes), bytes(roots[size - 1]))).toBe(true);
    const treeOf = (size: number): { size: number; root: Buffer } => ({ size, root: bytes(roots[size - 1]) });
    expect(consistency).toHaveLength(leaves.length);
    for (const { from, to, path } of consistency) expect(isConsistent(treeOf(from), treeOf(to), path.map(bytes))).toBe(true);
  });

  it('have signed checkpoints', () => {
    const checkpoints = vectors('checkpoints.json');
    expect(checkpoints.length).toBeGreaterThan(1);
    for (const { signedText, checkpoint } of checkpoints) {
      const parsed = parseCheckpoint(JSON.stringify(checkpoint));
      expect(isSigned(parsed)).toBe(true);
      expect(statementText(parsed.statement)).toBe(signedText);
    }
  });

  it('have time stamps of an authority over what checkpoints sign', () => {
    const stamped = vectors('stamped.json');
    expect(stamped.length).toBeGreaterThan(1);
    for (const { signedText, timeStamp, time, authority, authorities } of stamped) {
      expect(JSON.parse(signedText)).toMatchObject({ format: 'partner-access checkpoint 1' });
      const token = Buffer.from(timeStamp, 'base64');
      expect(checkedTimeStamp(token, signedText, certificatesIn(authorities))).toEqual({ time, authority, isTrusted: true });
      expect(() => checkedTimeStamp(token, `${signedText} `, null)).toThrow('it is about something else');
    }
  });

  it('have a statement about a log that was written anew', () => {
    const [{ signedText, rewrite }] = vectors('rewrites.json');
    const parsed = rewriteOf(rewrite);
    expect([isWholeRewrite(parsed), rewriteText(parsed.statement)]).toEqual([true, signedText]);
    const checkpoints = vectors('checkpoints.json').map(({ checkpoint }: Json) => checkpoint.statement);
    expect(parsed.statement.previous.statement).toEqual(checkpoints.at(-1));
    expect(parsed.statement.removed).toEqual([{ field: 'data.reason', leaves: expect.any(Array) }]);
    expect(checkpoints.map((statement: Json) => fitsPrevious(parsed.statement, statement))).toEqual(checkpoints.map(() => true));
    expect(fitsPrevious(parsed.statement, { ...checkpoints[0], root: checkpoints.at(-1).root })).toBe(false);
    expect(isWholeRewrite({ ...parsed, statement: { ...parsed.statement, person: 'erased person #2' } })).toBe(false);
  });

  it('have a statement about keys that the old key and the new one have signed', () => {
    const [{ signedText, keyStatement }] = vectors('keys.json');
    const parsed = keyStatementOf(keyStatement);
    expect(isWhole(parsed)).toBe(true);
    expect(parsed.signatures).toHaveLength(2);
    expect(keyText(parsed.statement)).toBe(signedText);
  });

  it('have countersigned checkpoints', () => {
    const countersigned = vectors('countersigned.json');
    expect(countersigned).toHaveLength(2);
    for (const { signedText, checkpoint } of countersigned) {
      const parsed = parseCountersigned(JSON.stringify(checkpoint));
      expect(isCountersignedWhole(parsed)).toBe(true);
      expect(countersignedText(parsed, parsed.countersignature.time)).toBe(signedText);
    }
  });

  it('have a bundle of the log that was written anew, in which an event has another hash only where the statement or an event before it in its stream says so', async () => {
    const linesOf = (name: string): Json[] => readFileSync(join(FOLDER, name), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
    const [{ checkpoint: { keyId } }] = vectors('checkpoints.json');
    const [{ rewrite }] = vectors('rewrites.json');
    expect(await verifyBundle(bundleLines(createReadStream(join(FOLDER, 'rewritten.ndjson'))), [keyId])).toMatchObject({ findings: [], rewrites: [rewrite], storeId: rewrite.statement.storeId });
    const before = linesOf('bundle.ndjson').slice(1, -1);
    const after = linesOf('rewritten.ndjson').slice(1, -1);
    const named = new Set(rewrite.statement.removed.flatMap(({ leaves }: Json) => leaves));
    const changed = new Set<string>();
    let removed = 0;
    for (const [index, event] of before.entries()) {
      const now = after[index]!;
      const isNamed = named.has(event.leafindex);
      removed += Number(isNamed);
      if (isNamed) changed.add(event.subject);
      expect([now.position, JSON.stringify(now.data) !== JSON.stringify(event.data), now.hash !== event.hash]).toEqual([event.position, isNamed, changed.has(event.subject)]);
    }
    expect(removed).toBeGreaterThan(1);
    expect(JSON.stringify(after)).not.toContain('Paul Partner');
  });

  it('have a bundle without findings, and what its seal signs', async () => {
    const file = join(FOLDER, 'bundle.ndjson');
    const [{ checkpoint: { keyId } }] = vectors('checkpoints.json');
    expect(await verifyBundle(bundleLines(createReadStream(file)), [keyId])).toMatchObject({ sealedBy: keyId, findings: [] });
    const { seal, ...end } = JSON.parse(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '').data;
    const { signedText, seal: expected } = vectors('seal.json');
    const { statement } = end.checkpoint;
    expect(seal).toEqual(expected);
    expect(signedText).toBe(sealedText(statement.storeId, end));
    expect(sealedBy(seal, statement.storeId, end)).toBe(keyId);
  });
});

const sorted = (value: Json): Json => (value === null || typeof value !== 'object' || Array.isArray(value) ? value : Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])])));
