import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { isWhole, parseCountersigned } from '../../../src/proofs/checkpoints/countersignature';
import { CHECKPOINT_FORMAT, CheckpointKey, type SignedCheckpoint } from '../../../src/proofs/checkpoints/statement';
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

  const decide = (checkpoint: SignedCheckpoint, proof: ContinuationProof | null = null): Judgement => judged({ checkpoint, proof }, record);
  const accept = (checkpoint: SignedCheckpoint): void => void record.add(checkpoint, '2030-01-01T00:00:00.000Z');
  const codeOf = (judgement: Judgement): string => ('refused' in judgement ? judgement.refused : Object.keys(judgement)[0]!);

  it('accepts whatever is of the log that it holds, in any order, and nothing of a fork, for any sizes', () => {
    const size = fc.integer({ min: 1, max: MOST_EVENTS });
    fc.assert(fc.property(size, size, fc.nat({ max: MOST_EVENTS - 1 }), (held, events, fork) => {
      const holding = { accepts: () => true, find: () => undefined, latestOf: () => ({ ...log.checkpoint(held), countersignature: { time: '', keyId: '', publicKey: '', signature: '' } }), latestBy: () => undefined };
      const forked = new SmallLog(key, 1, fork);
      const decided = (source: SmallLog, proof: ContinuationProof | null): string => codeOf(judged({ checkpoint: source.checkpoint(events), proof }, holding));
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
    const body = postedBody({ checkpoint: log.checkpoint(3), proof: log.proof(2, 3) });
    expect(parsePosted(body)).toEqual({ checkpoint: log.checkpoint(3), proof: log.proof(2, 3) });
    expect(() => parsePosted(JSON.stringify(change(JSON.parse(body))))).toThrow(expect.objectContaining({ name: 'UnreadableCheckpoint' }));
  });
});
