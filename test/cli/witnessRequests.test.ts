import { createConnection } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { CheckpointKey } from '../../src/proofs/checkpoints/privateKey';
import { CHECKPOINT_FORMAT, type SignedCheckpoint } from '../../src/proofs/checkpoints/statement';
import { postedBody } from '../../src/proofs/witness/protocol';
import { cliProcess } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json } from '../support/person';
import { startWitness, WITNESS_SECRET, type WitnessProcess } from '../support/witness';

describe('the server of a witness', () => {
  let directory: TemporaryDirectory;
  let witness: WitnessProcess;
  let key: CheckpointKey;
  beforeAll(async () => {
    directory = temporaryDirectory();
    key = CheckpointKey.loadOrCreate(join(directory.path, 'key'));
    witness = await startWitness(join(directory.path, 'witness'), '--log-key', key.keyId);
  });
  afterAll(async () => {
    witness.program.kill('SIGTERM');
    expect(await witness.program.ended).toMatchObject({ code: 0 });
    directory.remove();
  });

  const checkpointOf = (events: number, root = 'ab'.repeat(32), storeId = 'log'): SignedCheckpoint => key.sign({ format: CHECKPOINT_FORMAT, storeId, position: String(events).padStart(16, '0'), events, root, time: '2030-01-01T00:00:00.000Z' });
  const post = async (body: string, { secret = WITNESS_SECRET, at = new Date(), headers = {} }: { secret?: string; at?: Date; headers?: Record<string, string> } = {}): Promise<Json> => {
    const signature = new Webhook(secret).sign('id', at, body);
    const response = await fetch(`${witness.url}/checkpoints`, { method: 'POST', body, headers: { 'content-type': 'application/json', 'webhook-id': 'id', 'webhook-timestamp': String(Math.floor(at.getTime() / 1000)), 'webhook-signature': signature, ...headers } });
    return { status: response.status, ...((await response.json()) as object) };
  };
  const get = async (path: string): Promise<{ status: number; text: string; link: string | null }> => {
    const response = await fetch(`${witness.url}${path}`);
    return { status: response.status, text: await response.text(), link: response.headers.get('link') };
  };

  it('refuses, in words, what it cannot countersign, and stores nothing of it', async () => {
    const good = postedBody({ checkpoint: checkpointOf(3), proof: null, keys: [] });
    expect(await post(good, { secret: `whsec_${Buffer.alloc(32).toString('base64')}` })).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(await post(good, { at: new Date(Date.now() - 600_000) })).toMatchObject({ status: 401 });
    expect(await post('{')).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(await post(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    for (let time = 0; time < 10; time += 1) expect(await post('x'.repeat(9_000_000))).toMatchObject({ status: 413 });
    expect(await post(good, { headers: { 'content-type': 'text/plain' } })).toMatchObject({ status: 415 });
    expect(await post(good.replace('"events":3', '"events":4'))).toMatchObject({ status: 422, code: 'CHECKPOINT_FORGED' });
    expect(await get('/checkpoints')).toEqual({ status: 200, text: '', link: null });
    expect(await get('/elsewhere')).toMatchObject({ status: 404 });
  });

  it('shows what it holds, page by page, and to whoever sends a fork', async () => {
    expect(await post(postedBody({ checkpoint: checkpointOf(3), proof: null, keys: [] }))).toMatchObject({ status: 200, countersignature: { keyId: witness.keyId } });
    expect(await post(postedBody({ checkpoint: checkpointOf(3, 'cd'.repeat(32)), proof: null, keys: [] }))).toMatchObject({ status: 409, code: 'FORKED', message: expect.stringContaining('over 3 events of the log log'), holds: { statement: { events: 3 } } });
    expect(await post(postedBody({ checkpoint: checkpointOf(4), proof: null, keys: [] }))).toMatchObject({ status: 409, code: 'PROOF_NEEDED', holds: { statement: { events: 3 } } });
    expect(await post(postedBody({ checkpoint: checkpointOf(4, 'ab'.repeat(32), 'other'), proof: null, keys: [] }))).toMatchObject({ status: 409, code: 'ANOTHER_LOG' });
    // The same root once more, as a second process on the same log would sign it at another time.
    const again = key.sign({ ...checkpointOf(3).statement, time: '2030-01-01T01:00:00.000Z' });
    expect(await post(postedBody({ checkpoint: again, proof: null, keys: [] }))).toMatchObject({ status: 200 });
    const first = await get('/checkpoints?limit=1&log=log');
    expect(first).toMatchObject({ status: 200, link: '</checkpoints?log=log&after=1&limit=1>; rel="next"' });
    const second = await get('/checkpoints?log=log&after=1&limit=1');
    expect([first.text, second.text].map((text) => JSON.parse(text).statement.time)).toEqual(['2030-01-01T00:00:00.000Z', '2030-01-01T01:00:00.000Z']);
    expect(second.link).toBeNull();
    expect(JSON.parse((await get('/')).text)).toEqual({ keyId: witness.keyId, logs: [{ storeId: 'log', checkpoints: 2, latest: expect.objectContaining({ statement: expect.objectContaining({ events: 3 }) }) }] });
    for (const query of ['after=-1', 'after=x', 'limit=0', 'limit=1e3', 'log=a&log=b', `after=${'9'.repeat(30)}`]) expect(await get(`/checkpoints?${query}`)).toMatchObject({ status: 400 });
  });

  it('answers others while somebody sends half a request', async () => {
    const silent = createConnection(witness.port, '127.0.0.1');
    await once(silent, 'connect');
    silent.write('POST /checkpoints HTTP/1.1\r\nhost: witness\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{');
    expect((await get('/')).status).toBe(200);
    silent.destroy();
  });

  it('says what is wrong with its options', async () => {
    expect(await cliProcess(['witness']).ended).toMatchObject({ code: 2, stderr: expect.stringContaining("required option '--dir <dir>'") });
    expect(await cliProcess(['witness', '--dir', join(directory.path, 'x'), '--port', '70000']).ended).toMatchObject({ code: 2, stderr: expect.stringContaining('from 0 to 65535') });
    expect(await cliProcess(['witness', '--dir', join(directory.path, 'x'), '--secret', 'secret']).ended).toMatchObject({ code: 2, stderr: expect.stringContaining('whsec_') });
    expect(await cliProcess(['witness', '--dir', join(directory.path, 'x'), '--log-key', 'secret']).ended).toMatchObject({ code: 2, stderr: expect.stringContaining('64 hexadecimal digits') });
  });
});
