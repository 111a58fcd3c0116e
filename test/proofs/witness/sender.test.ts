import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { EmbeddedEventStore } from '../../../src/eventstore/embedded/store';
import { countersigned } from '../../../src/proofs/checkpoints/countersignature';
import { CountersignedCheckpoints } from '../../../src/proofs/checkpoints/countersigned';
import { CheckpointDirectory } from '../../../src/proofs/checkpoints/directory';
import { CheckpointKey } from '../../../src/proofs/checkpoints/privateKey';
import { CHECKPOINT_FORMAT, type SignedCheckpoint } from '../../../src/proofs/checkpoints/statement';
import { EventTree } from '../../../src/proofs/eventTree';
import { judged } from '../../../src/proofs/witness/judgement';
import { parsePosted } from '../../../src/proofs/witness/protocol';
import { WitnessRecord } from '../../../src/proofs/witness/record';
import { type PostToWitness, type WitnessProblem, WitnessSender } from '../../../src/proofs/witness/sender';
import { postToWitness } from '../../../src/server/outgoing/witness';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';

const NOW = '2030-01-01T00:00:00.000Z';

describe('what a service posts to a witness', () => {
  let directory: TemporaryDirectory;
  let store: EmbeddedEventStore;
  let tree: EventTree;
  let key: CheckpointKey;
  let stranger: CheckpointKey;
  let checkpoints: CheckpointDirectory;
  let reported: (WitnessProblem | null)[];
  let written = 0;
  const checkpointDir = (): string => join(directory.path, 'checkpoints');
  beforeEach(async () => {
    directory = temporaryDirectory();
    [reported, written] = [[], 0];
    store = EmbeddedEventStore.open(directory.path);
    tree = EventTree.open(':memory:', store.storeId);
    key = CheckpointKey.loadOrCreate(join(directory.path, 'key'));
    stranger = CheckpointKey.loadOrCreate(join(directory.path, 'stranger'));
    checkpoints = new CheckpointDirectory(checkpointDir(), store.storeId);
    for (const events of [2, 5]) await sign(events);
  });
  afterEach(async () => {
    tree.close();
    await store.close();
    directory.remove();
  });

  /** Lets the log have so many events and signs a checkpoint over them. */
  const sign = async (events: number): Promise<SignedCheckpoint> => {
    for (; written < events; written += 1) {
      const id = `00000000-0000-4000-8000-${String(written).padStart(12, '0')}`;
      await store.append(`stream-${written}`, [{ id, type: 'Happened', schemaVersion: 1, occurredAt: NOW, data: {}, metadata: { actorId: 'a', correlationId: id, causationId: id, commandId: id } }], -1);
    }
    for await (const event of store.readAll({ after: tree.position })) tree.append([event]);
    const signed = key.sign({ format: CHECKPOINT_FORMAT, storeId: store.storeId, position: tree.position, events, root: tree.root(events).toString('hex'), time: NOW });
    checkpoints.add(signed);
    return signed;
  };
  const senderTo = (post: PostToWitness): WitnessSender =>
    new WitnessSender({ store, storeId: store.storeId, tree, checkpoints, countersigned: new CountersignedCheckpoints(checkpointDir(), store.storeId, checkpoints), post, now: () => NOW, report: (problem) => reported.push(problem) });
  const work = (sender: WitnessSender): Promise<void> => sender.work(new AbortController().signal);
  const answering = (answer: object | string): PostToWitness => () => Promise.resolve({ status: 200, body: typeof answer === 'string' ? answer : JSON.stringify(answer) });
  /** A witness that keeps what it sees in a directory of its own. */
  const witness = async (name = 'witness'): Promise<{ readonly record: WitnessRecord; readonly post: PostToWitness; readonly posted: number[] }> => {
    const record = await WitnessRecord.open(join(directory.path, name), null);
    const posted: number[] = [];
    const post: PostToWitness = ({ body }) => {
      const given = parsePosted(body);
      posted.push(given.checkpoint.statement.events);
      const judgement = judged(given, record);
      if ('refused' in judgement) return Promise.resolve({ status: 409, body: JSON.stringify({ code: judgement.refused, message: judgement.message, holds: judgement.holds }) });
      const { countersignature } = 'known' in judgement ? judgement.known : record.add(judgement.accepted, NOW, judgement.introductions);
      return Promise.resolve({ status: 200, body: JSON.stringify({ countersignature }) });
    };
    return { record, post, posted };
  };
  const shown = (checkpoint: SignedCheckpoint): object => countersigned(checkpoint, stranger, NOW);

  it('begins with the latest checkpoint, then is each one, once', async () => {
    const { post, posted } = await witness();
    const sender = senderTo(post);
    expect(sender.state).toEqual({ waiting: 1, problem: null, since: null });
    await work(sender);
    for (const events of [7, 8, 12]) await sign(events);
    expect(sender.state.waiting).toBe(3);
    await work(sender);
    await work(sender);
    expect(posted).toEqual([5, 7, 8, 12]);
    // After a restart the files tell what was countersigned.
    await sign(13);
    await work(senderTo(post));
    expect(posted).toEqual([5, 7, 8, 12, 13]);
    expect(reported).toEqual([]);
  });

  it('has a proof for whatever the witness holds: more, less, or nothing', async () => {
    const first = await witness();
    const sender = senderTo(first.post);
    await work(sender);
    // Another process on the same log was faster.
    const late = await sign(9);
    const ahead = await sign(12);
    await work(senderTo(async (message, signal) => (parsePosted(message.body).checkpoint.signature === late.signature ? { status: 503, body: '' } : first.post(message, signal))));
    first.record.add(ahead, NOW);
    await work(senderTo(first.post));
    expect(first.record.logs[0]).toMatchObject({ checkpoints: 3, latest: { statement: { events: 12 } } });
    // A witness that was restored from an older copy of its own holds less, and one that is new nothing.
    const older = await witness('older');
    older.record.add(checkpoints.all()[0]!, NOW);
    const empty = await witness('empty');
    for (const [index, { post, record }] of [older, empty].entries()) {
      await sign(13 + index);
      await work(senderTo(post));
      expect(record.latestOf(store.storeId)?.statement.events).toBe(13 + index);
    }
  });

  it.each<[string, object | string, WitnessProblem['what'], RegExp]>([
    ['text', 'Welcome', 'AWAY', /with status 200 is no witness/],
    ['an unknown code', { code: 'OTHER', message: '\u001b[2J' }, 'AWAY', /is no witness/],
    ['nothing but a code', { code: 'FORKED' }, 'REFUSED', /shows no signed checkpoint/],
    ['a wrong countersignature', { countersignature: { time: NOW, keyId: 'a', publicKey: 'b', signature: 'c' } }, 'AWAY', /not one of this checkpoint/],
    ['that it cannot store', { code: 'NOT_STORED' }, 'AWAY', /cannot store/],
    ['that the signature is wrong', { code: 'UNAUTHENTICATED' }, 'REFUSED', /CHECKPOINT_WITNESS_SECRET/],
  ])('waits when the answer is %s', async (_what, answer, what, message) => {
    const sender = senderTo(answering(answer));
    await work(sender);
    expect(sender.state).toEqual({ waiting: 1, problem: { what, message: expect.stringMatching(message) }, since: NOW });
    expect(reported).toEqual([sender.state.problem]);
    expect(/\u001b/.test(JSON.stringify(sender.state.problem))).toBe(false);
  });

  it('is never called a fork because of something that anybody could have signed, or that is part of the log', async () => {
    const statement = { ...checkpoints.latest()!.statement, root: 'ab'.repeat(32) };
    const byStranger = senderTo(answering({ code: 'FORKED', message: '', holds: shown(stranger.sign(statement)) }));
    await work(byStranger);
    expect(byStranger.state.problem).toMatchObject({ what: 'REFUSED', message: expect.stringContaining('That key is not known here') });
    const genuine = senderTo(answering({ code: 'FORKED', message: '', holds: shown(checkpoints.all()[0]!) }));
    await work(genuine);
    expect(genuine.state.problem).toMatchObject({ what: 'REFUSED', message: expect.stringContaining('shows a checkpoint that is part of this log') });
    const endless = senderTo(answering({ code: 'PROOF_NEEDED', message: '', holds: shown(checkpoints.all()[0]!) }));
    await work(endless);
    expect(endless.state.problem).toMatchObject({ what: 'REFUSED' });
    const proved = senderTo(answering({ code: 'FORKED', message: '', holds: shown(key.sign(statement)) }));
    await work(proved);
    expect(proved.state.problem).toMatchObject({ what: 'LOG_FORKED' });
  });

  it('waits for the tree while it is filled again', async () => {
    const { post, record } = await witness();
    await work(senderTo(post));
    await sign(9);
    tree.clear();
    const sender = senderTo(post);
    await work(sender);
    expect(sender.state).toMatchObject({ waiting: 1, problem: { what: 'AWAY', message: expect.stringContaining('being read') } });
    for await (const event of store.readAll()) tree.append([event]);
    await work(senderTo(post));
    expect(record.latestOf(store.storeId)?.statement.events).toBe(9);
  });

  describe('over HTTP', () => {
    let server: Server;
    let answer: (end: (body?: string) => void) => void;
    let url = '';
    beforeEach(async () => {
      server = createServer((_request, response) => { answer((body) => response.end(body)); });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    });
    afterEach(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const problemOf = async (post: PostToWitness): Promise<string | undefined> => {
      const sender = senderTo(post);
      await work(sender);
      return sender.state.problem?.message;
    };

    it('does not wait for a witness that is slow, nor reads an endless answer', async () => {
      answer = () => undefined;
      expect(await problemOf(postToWitness({ url, secret, timeoutMs: 50 }))).toContain('there was no answer within 0.05 s');
      answer = (end) => { end('x'.repeat(100_000)); };
      expect(await problemOf(postToWitness({ url, secret }))).toContain('longer than 65,536 bytes');
    });

    it('is given up at once when the service stops', async () => {
      const stopping = new AbortController();
      answer = () => { stopping.abort(); };
      const sender = senderTo(postToWitness({ url, secret }));
      await sender.work(stopping.signal);
      expect(sender.state).toEqual({ waiting: 1, problem: null, since: null });
    });
  });
});
