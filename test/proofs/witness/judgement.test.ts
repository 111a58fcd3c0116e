import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { isWhole, parseCountersigned } from '../../../src/proofs/checkpoints/countersignature';
import { CheckpointKey } from '../../../src/proofs/checkpoints/privateKey';
import { CHECKPOINT_FORMAT, type SignedCheckpoint } from '../../../src/proofs/checkpoints/statement';
import { KEY_FORMAT, signedBy, type SignedKeyStatement } from '../../../src/proofs/checkpoints/keyStatement';
import { REWRITE_FORMAT, type RewriteStatement, rewriteText, type SignedRewrite } from '../../../src/proofs/checkpoints/rewriteStatement';
import { consistencyPath, leafHash, rootOf, nodeHash, type SubtreeHashes } from '../../../src/proofs/merkleTree';
import { judged, type Judgement } from '../../../src/proofs/witness/judgement';
import { parsePosted, postedBody, type ContinuationProof } from '../../../src/proofs/witness/protocol';
import { WitnessRecord } from '../../../src/proofs/witness/record';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';

const MOST_EVENTS = 40;

/** A log whose events from `fork` on are others than those of the log 0. */
class SmallLog {
  readonly #leaves: Buffer[];

  constructor(private readonly key: CheckpointKey, number: number, fork: number, private readonly storeId = 'log') {
    this.#leaves = Array.from({ length: MOST_EVENTS }, (_, index) => leafHash(Buffer.from(`${index < fork ? 0 : number} ${index}`)));
  }

  readonly #subtree: SubtreeHashes = (level, index) => {
    if (level === 0) return this.#leaves[index]!;
    return nodeHash(this.#subtree(level - 1, 2 * index), this.#subtree(level - 1, 2 * index + 1));
  };

  checkpoint(events: number): SignedCheckpoint {
    const root = rootOf(events, this.#subtree).toString('hex');
    return this.key.sign({ format: CHECKPOINT_FORMAT, storeId: this.storeId, position: String(events).padStart(16, '0'), events, root, time: '2030-01-01T00:00:00.000Z' });
  }

  /** What a service proves to a witness that holds so many events. */
  proof(held: number, events: number): ContinuationProof {
    return { events: held, path: consistencyPath(Math.min(held, events), Math.max(held, events), this.#subtree) };
  }
}

describe('a witness', () => {
  let directory: TemporaryDirectory;
  let key: CheckpointKey;
  let other: CheckpointKey;
  let log: SmallLog;
  let record: WitnessRecord;
  let opened = 0;
  const open = async (accepted: readonly string[] | null = null): Promise<WitnessRecord> => WitnessRecord.open(join(directory.path, `witness ${(opened += 1)}`), accepted);
  beforeAll(async () => {
    directory = temporaryDirectory();
    key = CheckpointKey.loadOrCreate(join(directory.path, 'key'));
    other = CheckpointKey.loadOrCreate(join(directory.path, 'other'));
    log = new SmallLog(key, 0, 0);
  });
  beforeEach(async () => { record = await open(); });
  afterAll(() => { directory.remove(); });

  const decide = (checkpoint: SignedCheckpoint, proof: ContinuationProof | null = null, keys: readonly SignedKeyStatement[] = []): Judgement => judged({ checkpoint, proof, keys }, record);
  const accept = (checkpoint: SignedCheckpoint): void => void record.add(checkpoint, '2030-01-01T00:00:00.000Z');
  const codeOf = (judgement: Judgement): string => ('refused' in judgement ? judgement.refused : Object.keys(judgement)[0]!);

  it('accepts whatever is of the log that it holds, in any order, and nothing of a fork, for any sizes', () => {
    const size = fc.integer({ min: 1, max: MOST_EVENTS });
    fc.assert(fc.property(size, size, fc.nat({ max: MOST_EVENTS - 1 }), (held, events, fork) => {
      const holding = { accepts: () => true, rewrites: [], keysOf: () => [], find: () => undefined, latestOf: () => ({ ...log.checkpoint(held), countersignature: { time: '', keyId: '', publicKey: '', signature: '' } }), latestBy: () => undefined };
      const forked = new SmallLog(key, 1, fork);
      const decided = (source: SmallLog, proof: ContinuationProof | null): string => codeOf(judged({ checkpoint: source.checkpoint(events), proof, keys: [] }, holding));
      expect(decided(log, log.proof(held, events))).toBe('accepted');
      // A fork is one as soon as both logs have events behind it.
      const isSame = Math.min(held, events) <= fork;
      for (const proof of [forked.proof(held, events), log.proof(held, events), { events: held, path: [] }]) {
        const code = decided(forked, proof);
        if (!isSame) expect(code).toBe('FORKED');
      }
      if (held !== events) for (const proof of [null, log.proof(held === 1 ? 2 : held - 1, events)]) expect(decided(log, proof)).toBe('PROOF_NEEDED');
    }));
  });

  it('follows a log to the one that a statement makes of it, and only as that says', () => {
    const anew = new SmallLog(key, 1, 2, 'anew');
    accept(log.checkpoint(4));
    const statement = (changes: Partial<RewriteStatement> = {}, by = key): SignedRewrite => {
      const { events, position, root } = anew.checkpoint(6).statement;
      const said: RewriteStatement = {
        format: REWRITE_FORMAT, storeId: 'anew', events, position, root, previous: log.checkpoint(6), consistency: [{ events: 4, path: log.proof(4, 6).path.map((hash) => hash.toString('hex')).join(' ') }],
        removed: [{ field: 'data.reason', leaves: [2] }], person: 'erased person #1', time: '2030-01-01T00:00:00.000Z', ...changes,
      };
      return { statement: said, signature: by.signText(rewriteText(said)) };
    };
    const next = anew.checkpoint(7);
    const follow = (rewrite: SignedRewrite, proof: ContinuationProof | null = anew.proof(6, 7), checkpoint = next): string => codeOf(judged({ checkpoint, proof, keys: [], rewrite }, record));
    expect(codeOf(decide(next))).toBe('ANOTHER_LOG');
    expect(follow(statement())).toBe('accepted');
    const whole = statement();
    expect(follow({ ...whole, statement: { ...whole.statement, person: 'erased person #2' } })).toBe('ANOTHER_LOG');
    expect(follow(statement({ storeId: 'elsewhere' }))).toBe('ANOTHER_LOG');
    expect(follow(statement({}, other))).toBe('FORKED');
    expect(follow(statement({ consistency: [] }))).toBe('FORKED');
    expect(follow(statement({ previous: log.checkpoint(3), events: 3 }))).toBe('FORKED');
    expect(follow(statement({ root: log.checkpoint(6).statement.root }))).toBe('FORKED');
    for (const proof of [null, anew.proof(5, 7), { events: 6, path: [] }]) expect(follow(statement(), proof)).toBe('FORKED');
    record.add(next, '2030-01-01T00:00:00.000Z', [], whole);
    expect(codeOf(decide(anew.checkpoint(9), anew.proof(7, 9)))).toBe('accepted');
    expect(codeOf(decide(log.checkpoint(8), log.proof(4, 8)))).toBe('ANOTHER_LOG');
    expect(follow(statement({ storeId: 'second' }), null, new SmallLog(key, 3, 2, 'second').checkpoint(6))).toBe('ANOTHER_LOG');
  });

  it('answers a checkpoint that it has seen with what it answered then', () => {
    accept(log.checkpoint(3));
    accept(log.checkpoint(5));
    const judgement = decide(log.checkpoint(3));
    expect(judgement).toEqual({ known: expect.objectContaining({ statement: expect.objectContaining({ events: 3 }) }) });
  });

  it('refuses a wrong signature, a key that it does not accept, and a second log of a key', async () => {
    const checkpoint = log.checkpoint(3);
    expect(decide({ ...checkpoint, statement: { ...checkpoint.statement, events: 4 } })).toMatchObject({ refused: 'CHECKPOINT_FORGED' });
    accept(checkpoint);
    expect(decide(new SmallLog(other, 0, 0).checkpoint(4))).toMatchObject({ refused: 'KEY_NOT_ACCEPTED' });
    expect(decide(new SmallLog(key, 0, 0, 'another log').checkpoint(4))).toMatchObject({ refused: 'ANOTHER_LOG', message: expect.stringMatching(/This witness holds a checkpoint of 2030-.* over 3 events of the log log/), holds: expect.objectContaining(checkpoint) });
    record = await open([key.keyId, other.keyId]);
    accept(checkpoint);
    // Two processes on the same log have a key each.
    expect(codeOf(decide(new SmallLog(other, 0, 0).checkpoint(3)))).toBe('accepted');
    expect(codeOf(decide(new SmallLog(other, 0, 0).checkpoint(4), log.proof(3, 4)))).toBe('accepted');
    expect(codeOf(decide(new SmallLog(other, 1, 2).checkpoint(3)))).toBe('FORKED');
  });

  it('follows a key that an accepted key has introduced, for the same log, and accepts the old one no further', async () => {
    const place = join(directory.path, 'rotated');
    const third = CheckpointKey.loadOrCreate(join(directory.path, 'third'));
    record = await WitnessRecord.open(place, [key.keyId]);
    const rotated = (from: CheckpointKey, to: CheckpointKey, events: number, storeId = 'log'): SignedKeyStatement => {
      const { statement: { position, root } } = log.checkpoint(events);
      return signedBy([from, to], { format: KEY_FORMAT, change: 'ROTATED', storeId, keyId: to.keyId, publicKey: to.publicKey, previousKeyId: from.keyId, events, position, root, signedEvents: events, time: '2030-01-01T00:00:00.000Z', operator: null, reason: null });
    };
    const by = (signer: CheckpointKey, events: number, storeId = 'log'): SignedCheckpoint => new SmallLog(signer, 0, 0, storeId).checkpoint(events);
    accept(by(key, 3));
    const [first, second] = [rotated(key, other, 5), rotated(other, third, 9)];
    for (const wrong of [
      [], [rotated(third, other, 5)], [{ ...first, signatures: first.signatures.slice(0, 1) }], [{ ...first, statement: { ...first.statement, events: 4 } }], [rotated(key, other, 5, 'another log')],
      [signedBy([other], { ...first.statement, change: 'LOST' })], [second],
    ]) expect(decide(by(other, 7), log.proof(3, 7), wrong)).toMatchObject({ refused: 'KEY_NOT_ACCEPTED' });
    // Not even its successor signs another log.
    expect(decide(by(other, 7, 'another log'), null, [rotated(key, other, 5, 'another log')])).toMatchObject({ refused: 'ANOTHER_LOG', holds: { statement: { storeId: 'log' } } });
    // Two rotations while the witness was away.
    const followed = decide(by(third, 11), log.proof(3, 11), [first, second]);
    expect(followed).toEqual({ accepted: by(third, 11), introductions: [first, second], rewrite: null });
    record.add(by(third, 11), '2030-01-01T00:00:00.000Z', [first, second]);
    record = await WitnessRecord.open(place, [key.keyId]);
    expect(codeOf(decide(by(third, 13), log.proof(11, 13)))).toBe('accepted');
    expect(codeOf(decide(by(other, 8), log.proof(11, 8)))).toBe('accepted');
    expect(codeOf(decide(by(key, 4), log.proof(11, 4)))).toBe('accepted');
    expect(decide(by(key, 6), log.proof(11, 6))).toMatchObject({ refused: 'KEY_NOT_ACCEPTED', message: expect.stringContaining('has a copy of it') });
    const thief = CheckpointKey.loadOrCreate(join(directory.path, 'thief'));
    expect(decide(by(thief, 13), log.proof(11, 13), [rotated(key, thief, 12)])).toMatchObject({ refused: 'KEY_NOT_ACCEPTED' });
  });

  it('has written what it holds, countersigned, and holds the same when it is opened again', async () => {
    const place = join(directory.path, 'kept');
    record = await WitnessRecord.open(place, null);
    for (const events of [2, 7, 5]) accept(log.checkpoint(events));
    const lines = readFileSync(join(place, 'checkpoints.ndjson'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => isWhole(parseCountersigned(line)))).toEqual([true, true, true]);
    const again = await WitnessRecord.open(place, null);
    expect([again.logs, again.keyId]).toEqual([record.logs, record.keyId]);
    expect(again.latestOf('log')).toMatchObject({ statement: { events: 7 } });
    expect(again.accepts(other.keyId)).toBe(false);
    expect(again.page(0, 2, null)).toEqual({ lines: lines.slice(0, 2), last: 2, hasMore: true });
    expect(again.page(2, 2, 'log')).toEqual({ lines: lines.slice(2), last: 3, hasMore: false });
    expect(again.page(0, 2, 'none')).toEqual({ lines: [], last: 3, hasMore: false });
    expect(again.page(1_000_000, 2, null)).toEqual({ lines: [], last: 3, hasMore: false });
    // Of two witnesses on one directory, one would not know what the other has countersigned.
    accept(log.checkpoint(9));
    expect(() => again.add(log.checkpoint(11), '2030-01-01T00:00:00.000Z')).toThrow('was changed by another program');
  });

  it.each<[string, (body: { data: { checkpoint: { statement: Record<string, unknown> }; proof: unknown } }) => unknown]>([
    ['nothing', () => null],
    ['another type', (body) => ({ ...body, type: 'checkpoint' })],
    ['no data', () => ({ type: 'checkpoint.signed' })],
    ['no checkpoint', () => ({ type: 'checkpoint.signed', data: {} })],
    ['an id that is a path', (body) => { body.data.checkpoint.statement['storeId'] = '../../etc'; return body; }],
    ['a position with control characters', (body) => { body.data.checkpoint.statement['position'] = '\u001b[2J'; return body; }],
    ['a long root', (body) => { body.data.checkpoint.statement['root'] = 'ab'.repeat(1_000); return body; }],
    ['a time that is none', (body) => { body.data.checkpoint.statement['time'] = 'now'; return body; }],
    ['half an event', (body) => { body.data.checkpoint.statement['events'] = 1.5; return body; }],
    ['a proof without a path', (body) => { body.data.proof = { events: 1 }; return body; }],
    ['a proof that is too long', (body) => { body.data.proof = { events: 1, path: Array.from({ length: 129 }, () => 'ab'.repeat(32)) }; return body; }],
    ['a hash that is none', (body) => { body.data.proof = { events: 1, path: ['ab'] }; return body; }],
  ])('does not read %s', (_what, change) => {
    const body = postedBody({ checkpoint: log.checkpoint(3), proof: log.proof(2, 3), keys: [] });
    expect(parsePosted(body)).toEqual({ checkpoint: log.checkpoint(3), proof: log.proof(2, 3), keys: [] });
    expect(() => parsePosted(JSON.stringify(change(JSON.parse(body))))).toThrow(expect.objectContaining({ name: 'UnreadableCheckpoint' }));
  });
});
