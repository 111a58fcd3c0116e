import { appendFileSync, chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../../src/eventstore/eventHash';
import { EmbeddedEventStore } from '../../../src/eventstore/embedded/store';
import type { EventToAppend } from '../../../src/eventstore/eventStore';
import { CheckpointDirectory, readCheckpointLines } from '../../../src/proofs/checkpoints/directory';
import { CheckpointKey } from '../../../src/proofs/checkpoints/privateKey';
import { checkpointLine, isSigned, parseCheckpoint, type SignedCheckpoint } from '../../../src/proofs/checkpoints/statement';
import { Checkpointer, type CheckpointProblem } from '../../../src/proofs/checkpoints/checkpointer';
import { EventTree } from '../../../src/proofs/eventTree';
import { GrowingTree, leafHash } from '../../../src/proofs/merkleTree';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';

const eventNumber = (number: number): EventToAppend => ({
  id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  type: 'SomethingHappened',
  schemaVersion: 1,
  occurredAt: '2030-01-01T00:00:00.000Z',
  data: { number },
  metadata: { actorId: 'a', correlationId: 'c', causationId: 'c', commandId: 'd' },
});

describe('a checkpoint', () => {
  let directory: TemporaryDirectory;
  let now = '2030-01-01T00:00:00.000Z';
  let written = 0;
  beforeEach(() => {
    directory = temporaryDirectory();
    written = 0;
    now = '2030-01-01T00:00:00.000Z';
  });
  afterEach(() => directory.remove());

  const keyFile = (): string => join(directory.path, 'checkpoint.key');
  const checkpointDir = (): string => join(directory.path, 'checkpoints');
  const add = async (store: EmbeddedEventStore, count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 1) {
      written += 1;
      await store.append(`stream-${written}`, [eventNumber(written)], -1);
    }
  };

  interface Running {
    readonly checkpointer: Checkpointer;
    readonly checkpoints: CheckpointDirectory;
    readonly problems: CheckpointProblem[];
    readonly tree: EventTree;
  }
  const over = (store: EmbeddedEventStore, everyEvents = 1_000, everyMs = 3_600_000): Running => {
    const problems: CheckpointProblem[] = [];
    const tree = EventTree.open(join(directory.path, 'proofs.db'), store.storeId);
    const checkpoints = new CheckpointDirectory(checkpointDir(), store.storeId);
    const key = CheckpointKey.loadOrCreate(keyFile());
    const checkpointer = new Checkpointer({ store, storeId: store.storeId, tree, checkpoints, key, now: () => now, everyEvents, everyMs, report: (problem) => problems.push(problem) });
    return { checkpointer, checkpoints, problems, tree };
  };
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  };
  const sizes = (checkpoints: CheckpointDirectory): number[] => checkpoints.all().map(({ statement }) => statement.events);
  const rootOfLog = async (store: EmbeddedEventStore, size: number): Promise<string> => {
    const tree = new GrowingTree();
    for await (const { hash } of store.readAll({ maxCount: size })) tree.add(leafHash(Buffer.from(hash, 'hex')));
    return tree.root().toString('hex');
  };

  it('states the log, its number of events and the root, signed by a key that was created once and only its owner may read', async () => {
    const store = EmbeddedEventStore.open(directory.path);
    await add(store, 3);
    const { checkpointer, tree } = over(store);
    const signed = await checkpointer.signAll();
    expect(signed?.statement).toEqual({ format: 'partner-access checkpoint 1', storeId: store.storeId, position: '0000000000000003', events: 3, root: await rootOfLog(store, 3), time: now });
    expect(isSigned(signed!)).toBe(true);
    expect(await checkpointer.signAll()).toEqual(signed);
    expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
    expect(readFileSync(keyFile(), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(CheckpointKey.loadOrCreate(keyFile()).keyId).toBe(signed?.keyId);
    const [file = ''] = readdirSync(checkpointDir());
    expect(readFileSync(join(checkpointDir(), file), 'utf8')).toBe(`${canonicalJson(signed!)}\n`);
    tree.close();
    await store.close();
  });

  it.each<[string, (checkpoint: SignedCheckpoint) => SignedCheckpoint]>([
    ['another number', (checkpoint) => ({ ...checkpoint, statement: { ...checkpoint.statement, events: 2 } })],
    ['another root', (checkpoint) => ({ ...checkpoint, statement: { ...checkpoint.statement, root: '0'.repeat(64) } })],
    ['another key id', (checkpoint) => ({ ...checkpoint, keyId: '0'.repeat(64) })],
    ['another signature', (checkpoint) => ({ ...checkpoint, signature: Buffer.alloc(64).toString('base64') })],
    ['no key', (checkpoint) => ({ ...checkpoint, publicKey: 'none' })],
  ])('with %s is not signed', (_what, change) => {
    const signed = CheckpointKey.loadOrCreate(keyFile()).sign({ format: 'partner-access checkpoint 1', storeId: 's', position: '1', events: 1, root: 'ab', time: now });
    expect(isSigned(parseCheckpoint(checkpointLine(signed)))).toBe(true);
    expect(isSigned(change(signed))).toBe(false);
  });

  it('is not signed with a key that others may read, or with an invalid one', () => {
    CheckpointKey.loadOrCreate(keyFile());
    chmodSync(keyFile(), 0o644);
    expect(() => CheckpointKey.loadOrCreate(keyFile())).toThrow('is accessible to other users (mode 644)');
    writeFileSync(keyFile(), 'nothing', { mode: 0o600 });
    chmodSync(keyFile(), 0o600);
    expect(() => CheckpointKey.loadOrCreate(keyFile())).toThrow('does not hold a private key');
  });

  it('is signed for the first events, after a number of events, after a time, and at shutdown', async () => {
    const store = EmbeddedEventStore.open(directory.path);
    const { checkpointer, checkpoints, tree, problems } = over(store, 10);
    await add(store, 1);
    checkpointer.start();
    await until(() => sizes(checkpoints).length === 1);
    await add(store, 25);
    await until(() => tree.size === 26);
    expect(sizes(checkpoints)).toEqual([1, 11, 21]);
    now = '2030-01-01T01:00:00.000Z';
    await add(store, 1);
    await until(() => tree.size === 27);
    await until(() => sizes(checkpoints).includes(27));
    await add(store, 2);
    await until(() => tree.size === 29);
    await checkpointer.stop();
    expect(sizes(checkpoints)).toEqual([1, 11, 21, 27, 29]);
    expect(checkpoints.all().map(({ statement }) => statement.root)).toEqual(await Promise.all([1, 11, 21, 27, 29].map((size) => rootOfLog(store, size))));
    expect(problems).toEqual([]);
    tree.close();
    await store.close();
  });

  it('is left to the next start without a word when the store is too slow at the end', async () => {
    const store = EmbeddedEventStore.open(directory.path);
    await add(store, 2);
    let release = (): void => undefined;
    let holds = false;
    let isRead = (): void => undefined;
    const read = new Promise<void>((resolve) => { isRead = resolve; });
    const readAll = store.readAll.bind(store);
    store.readAll = async function* (options) {
      if (holds) await new Promise<void>((resolve) => { release = resolve; });
      yield* readAll(options);
      if (holds) isRead();
    };
    const { checkpointer, checkpoints, problems, tree } = over(store);
    checkpointer.start();
    await until(() => tree.size === 2);
    holds = true;
    await checkpointer.stop();
    tree.close();
    await add(store, 1);
    release();
    await read;
    await new Promise((resolve) => setImmediate(resolve));
    expect([problems, sizes(checkpoints)]).toEqual([[], [2]]);
    await store.close();
  });

  it('is the same when it is computed again from the log after the tree was lost', async () => {
    const store = EmbeddedEventStore.open(directory.path);
    await add(store, 25);
    const first = over(store, 10);
    const signed = await first.checkpointer.signAll();
    first.tree.close();
    rmSync(join(directory.path, 'proofs.db'));
    await add(store, 2);
    const second = over(store, 10);
    second.checkpointer.start();
    await until(() => second.tree.size === 27);
    await second.checkpointer.stop();
    expect(second.problems).toEqual([]);
    expect(second.checkpoints.all()).toContainEqual(signed);
    expect(second.checkpoints.latest()?.statement.events).toBe(27);
    second.tree.close();
    await store.close();
  });

  it.each(['with its tree', 'without its tree'])('is never signed again over a log that was replaced, %s', async (what) => {
    const store = EmbeddedEventStore.open(directory.path);
    await add(store, 5);
    const first = over(store);
    await first.checkpointer.signAll();
    first.tree.close();
    if (what === 'without its tree') rmSync(join(directory.path, 'proofs.db'));
    const other = temporaryDirectory();
    const changed = EmbeddedEventStore.open(other.path);
    written = 100;
    await add(changed, 8);
    Object.defineProperty(changed, 'storeId', { value: store.storeId });
    const second = over(changed);
    second.checkpointer.start();
    await until(() => second.problems.length > 0);
    await second.checkpointer.stop();
    expect(second.problems).toEqual([{ what: 'CONTRADICTION', message: expect.stringMatching(/log/i) }]);
    expect(second.checkpointer.contradiction).toBeDefined();
    expect(sizes(second.checkpoints)).toEqual([5]);
    await expect(over(changed).checkpointer.signAll()).rejects.toThrow(/log/i);
    second.tree.close();
    await changed.close();
    other.remove();
    await store.close();
  });

  it('is never signed when it contradicts an earlier one', async () => {
    const store = EmbeddedEventStore.open(directory.path);
    await add(store, 3);
    const { checkpointer, checkpoints, tree } = over(store);
    const signed = (await checkpointer.signAll())!;
    await add(store, 1);
    await checkpointer.takeAll();
    checkpoints.add(CheckpointKey.loadOrCreate(keyFile()).sign({ ...signed.statement, root: '0'.repeat(64), time: '2030-01-02T00:00:00.000Z' }));
    expect(() => checkpointer.sign()).toThrow('The log is not the one of which a checkpoint over 3 events was signed at 2030-01-02');
    expect(sizes(checkpoints)).toEqual([3, 3]);
    tree.close();
    await store.close();
  });

  it('is never signed over a log that was cut', async () => {
    const store = EmbeddedEventStore.open(directory.path);
    await add(store, 5);
    const { checkpointer, tree } = over(store);
    await checkpointer.signAll();
    tree.close();
    rmSync(join(directory.path, 'proofs.db'));
    const other = temporaryDirectory();
    const cut = EmbeddedEventStore.open(other.path);
    written = 0;
    await add(cut, 4);
    Object.defineProperty(cut, 'storeId', { value: store.storeId });
    await expect(over(cut).checkpointer.signAll()).rejects.toThrow('The log ends before position 0000000000000005');
    await cut.close();
    other.remove();
    await store.close();
  });

  it('is dropped when a crash left it half written; other invalid lines are reported', () => {
    const key = CheckpointKey.loadOrCreate(keyFile());
    const signed = (events: number): SignedCheckpoint => key.sign({ format: 'partner-access checkpoint 1', storeId: 'log', position: String(events), events, root: 'ab', time: now });
    const checkpoints = new CheckpointDirectory(checkpointDir(), 'log');
    checkpoints.add(signed(1));
    const [file = ''] = readdirSync(checkpointDir());
    appendFileSync(join(checkpointDir(), file), checkpointLine(signed(2)).slice(0, 50));
    expect(sizes(checkpoints)).toEqual([1]);
    checkpoints.add(signed(3));
    expect(sizes(new CheckpointDirectory(checkpointDir(), 'log'))).toEqual([1, 3]);
    appendFileSync(join(checkpointDir(), file), 'nothing\n{"statement":{}}\n');
    expect(readCheckpointLines(checkpointDir()).map(({ line, problem }) => [line, problem])).toEqual([[1, ''], [2, ''], [3, 'it is not JSON'], [4, 'its format is not "partner-access checkpoint 1"']]);
    expect(sizes(new CheckpointDirectory(checkpointDir(), 'another log'))).toEqual([]);
  });
});
