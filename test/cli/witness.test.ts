import { appendFileSync, cpSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseCountersigned } from '../../src/proofs/checkpoints/countersignature';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json } from '../support/person';
import { addressOf, TestService } from '../support/testService';
import { startWitness, type WitnessProcess } from '../support/witness';

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);

/** A witness in a process of its own, the services whose checkpoints it sees, and what `verify` says of their logs. */
describe('a witness', () => {
  let directory: TemporaryDirectory;
  let witness: WitnessProcess | undefined;
  const services = new Set<TestService>();
  const place = (name: string): string => join(directory.path, name);
  beforeEach(() => { directory = temporaryDirectory(); });
  afterEach(async () => {
    for (const service of services) await service.close();
    services.clear();
    await stopWitness('SIGTERM');
    directory.remove();
  });

  const runWitness = async (...args: readonly string[]): Promise<WitnessProcess> => (witness = await startWitness(place('witness'), ...args));
  const stopWitness = async (signal: NodeJS.Signals): Promise<Ended | undefined> => {
    witness?.program.kill(signal);
    const ended = await witness?.program.ended;
    witness = undefined;
    return ended;
  };
  const start = async (dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<TestService> => {
    const service = await TestService.start({ env: { DATA_DIR: place(dataDir), CHECKPOINT_EVERY_EVENTS: '1', ...env } });
    services.add(service);
    return service;
  };
  const stop = async (service: TestService): Promise<void> => {
    services.delete(service);
    await service.close();
  };
  const metrics = async (service: TestService): Promise<Json> => {
    const text = await (await fetch(`${service.url}/metrics`)).text();
    return Object.fromEntries([...text.matchAll(/^checkpoint_witness_(\w+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
  };
  const readiness = async (service: TestService): Promise<Json> => {
    const response = await fetch(`${service.url}/health/ready`);
    return { status: response.status, ...((await response.json()) as object) };
  };
  const until = async (condition: () => Promise<boolean>): Promise<void> => {
    while (!(await condition())) await pause(5);
  };
  /** Waits until the last event that was applied is signed, and every checkpoint is countersigned. */
  const untilWitnessed = (service: TestService): Promise<void> => until(async () => {
    const auditor = await service.as('auditor@example.com', 'auditor');
    const { latestCheckpoint, projectionDigests } = await auditor.read('{ latestCheckpoint { position } projectionDigests { position } }');
    const applied = Math.max(...projectionDigests.map(({ position }: Json) => Number(position)));
    return Number(latestCheckpoint?.position) >= applied && (await metrics(service)).waiting === 0;
  });
  const witnessLines = async (): Promise<string[]> => (await (await fetch(`${witness?.url}/checkpoints?limit=1000`)).text()).split('\n').slice(0, -1);
  const verify = (dataDir: string, target: string, ...args: readonly string[]): Promise<Ended> => cliProcess(['verify', place(target), ...args], { DATA_DIR: place(dataDir) }).ended;
  const kinds = ({ stdout }: Ended): string[] => [...new Set(stdout.split('\n').slice(0, -1).map((line) => line.split(':', 1)[0] ?? ''))];
  /** Compares what was printed with the row about it in docs/auditing.md. */
  const says = (what: string, target: string, options: readonly string[], { stdout, stderr, code }: Ended): void => {
    const seen = /saw the first (\d+) of (\d+) events/.exec(stderr);
    const words = [...kinds({ stdout } as Ended).map((kind) => `\`${kind}\``), ...(seen === null ? [] : [seen[1] === seen[2] ? '“saw the first *n* of *n* events”' : '“saw the first *m* of *n* events”'])];
    const row = `| ${what} | ${target.endsWith('.ndjson') ? 'bundle' : 'log'} | ${options.map((option) => `\`${option}\``).join(', ')} | ${code ?? ''} | ${words.join(', ')} |`;
    expect(readFileSync(join(__dirname, '../../docs/auditing.md'), 'utf8').split('\n')).toContain(row);
  };
  const exported = async (dataDir: string, file: string): Promise<void> => {
    expect(await cliProcess(['export', '--out', place(file)], { DATA_DIR: place(dataDir) }).ended).toMatchObject({ code: 0 });
  };
  const assign = async (service: TestService, appId: string, contacts: number, name: string): Promise<void> => {
    const owner = await service.as(addressOf(appId, 'owner'));
    const { app } = await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { userId } } } }', { appId });
    for (let number = 0; number < contacts; number += 1) await owner.mutate('assignContacts', { appId, userId: app.users.nodes[0].userId, contactIds: [`${name}-${number}`] });
  };
  const keyOf = (dataDir: string): string => parseCountersigned(linesOf(place(`${dataDir}/checkpoints/${readdirSync(place(`${dataDir}/checkpoints`)).find((name) => name.startsWith('countersigned-'))}`))[0] ?? '').keyId;

  it('countersigns checkpoints, which verify finds in logs and bundles without asking anybody', async () => {
    const { keyId, env } = await runWitness();
    const service = await start('log', env);
    const { appId } = await GivenApp.register(service);
    await assign(service, appId, 3, 'contact');
    await untilWitnessed(service);
    expect(await readiness(service)).not.toHaveProperty('witness');
    expect(await metrics(service)).toEqual({ waiting: 0, failing_seconds: 0, forked: 0 });
    const asked = await (await service.as('auditor@example.com', 'auditor')).read('{ latestCheckpoint { signature countersignatures { time keyId publicKey signature } timeStamp } }');
    const seen = (await witnessLines()).map((line) => parseCountersigned(line)).find(({ signature }) => signature === asked.latestCheckpoint.signature);
    expect(asked.latestCheckpoint).toMatchObject({ countersignatures: [{ ...seen?.countersignature, keyId }], timeStamp: null });
    await stop(service);
    await exported('log', 'bundle.ndjson');
    const logKey = keyOf('log');
    for (const target of ['log', 'bundle.ndjson']) {
      const { code, stdout, stderr } = await verify('log', target, '--key', logKey, '--witness-key', keyId);
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
      expect(stderr).toMatch(new RegExp(`; 0 findings\\. A witness with the key ${keyId} saw the first (\\d+) of \\1 events at \\d{4}-[^ ]+Z\\.\n$`));
      expect((await verify('log', target, '--key', logKey)).stderr).toContain('No key of a witness was named, so anybody may have countersigned: pass the id that you kept with --witness-key.');
      const other = await verify('log', target, '--key', logKey, '--witness-key', 'ab'.repeat(32));
      expect([other.code, other.stdout]).toEqual([1, `COUNTERSIGNATURE_MISSING: No witness that was named has countersigned a checkpoint ${target === 'log' ? 'of this log' : 'in the bundle'}. Another one has, with the key ${keyId}.\n`]);
    }
    expect((await verify('log', 'log', '--key', logKey, '--checkpoints', place('witness'))).code).toBe(0);
  });

  it('is believed only when its signature is right', async () => {
    const { keyId, env } = await runWitness();
    const service = await start('log', env);
    await GivenApp.register(service);
    await untilWitnessed(service);
    await stop(service);
    await exported('log', 'bundle.ndjson');
    const [end = ''] = linesOf(place('bundle.ndjson')).slice(-1);
    const [{ countersignature }] = JSON.parse(end).data.countersigned;
    const changed = (text: string): string => text.replace(countersignature.time, '2001-01-01T00:00:00.000Z');
    writeFileSync(place('changed.ndjson'), changed(readFileSync(place('bundle.ndjson'), 'utf8')));
    expect(kinds(await verify('log', 'changed.ndjson', '--witness-key', keyId))).toEqual(['COUNTERSIGNATURE_FORGED', 'COUNTERSIGNATURE_MISSING']);
    const file = readdirSync(place('log/checkpoints')).find((name) => name.startsWith('countersigned-')) ?? '';
    writeFileSync(place(`log/checkpoints/${file}`), changed(readFileSync(place(`log/checkpoints/${file}`), 'utf8')));
    expect(kinds(await verify('log', 'log'))).toEqual(['COUNTERSIGNATURE_FORGED']);
  });

  it('is waited for while it is away, across restarts, and then gets every checkpoint in order', async () => {
    const { port, env } = await runWitness();
    const service = await start('log', env);
    const { appId } = await GivenApp.register(service);
    await untilWitnessed(service);
    await stopWitness('SIGKILL');
    await assign(service, appId, 4, 'while away');
    await until(async () => (await metrics(service)).waiting >= 2 && 'witness' in (await readiness(service)));
    expect(await readiness(service)).toMatchObject({ status: 200, ready: true, witness: { what: 'AWAY', message: expect.stringMatching(/^The witness does not answer \(.*\)\.$/), since: expect.any(String), waiting: expect.any(Number) } });
    expect(await metrics(service)).toMatchObject({ failing_seconds: expect.any(Number), forked: 0 });
    await service.restart();
    await until(async () => 'witness' in (await readiness(service)));
    await runWitness('--port', String(port));
    await untilWitnessed(service);
    await until(async () => !('witness' in (await readiness(service))));
    const events = (await witnessLines()).map((line) => parseCountersigned(line).statement.events);
    expect(events).toEqual([...new Set(events)].sort((a, b) => a - b));
    const signed = linesOf(place(`log/checkpoints/${readdirSync(place('log/checkpoints')).find((name) => name.startsWith('checkpoints-'))}`)).map((line) => JSON.parse(line).statement.events);
    expect(events).toEqual(signed.slice(signed.indexOf(events[0])));
    await stop(service);
    expect(await verify('log', 'log')).toMatchObject({ code: 0, stdout: '' });
  });

  it('that stays away is no finding: verify says up to where it saw the log', async () => {
    const { keyId, env } = await runWitness();
    const service = await start('log', env);
    const { appId } = await GivenApp.register(service);
    await untilWitnessed(service);
    await stopWitness('SIGKILL');
    await assign(service, appId, 4, 'while away');
    await stop(service);
    await exported('log', 'bundle.ndjson');
    for (const target of ['log', 'bundle.ndjson']) says('the witness was away', target, ['--witness-key'], await verify('log', target, '--key', keyOf('log'), '--witness-key', keyId));
    const unseen = await start('unseen');
    await GivenApp.register(unseen);
    await stop(unseen);
    await exported('unseen', 'unseen.ndjson');
    for (const target of ['unseen', 'unseen.ndjson']) says('no witness has seen the log', target, ['--witness-key'], await verify('unseen', target, '--witness-key', keyId));
  });

  it('keeps what it has answered when it is killed, and goes on after a line that a crash left half written', async () => {
    const { env, keyId, port } = await runWitness();
    const service = await start('log', env);
    const { appId } = await GivenApp.register(service);
    await untilWitnessed(service);
    await stopWitness('SIGKILL');
    const file = place('witness/checkpoints.ndjson');
    const before = readFileSync(file, 'utf8');
    appendFileSync(file, before.slice(0, 100));
    expect((await runWitness('--port', String(port))).keyId).toBe(keyId);
    await assign(service, appId, 2, 'later');
    await untilWitnessed(service);
    expect(readFileSync(file, 'utf8').startsWith(before)).toBe(true);
    expect(statSync(place('witness/witness.key')).mode & 0o777).toBe(0o600);
    await stopWitness('SIGTERM');
    writeFileSync(file, before.replace('"events":', '"events":1'));
    const refused = await cliProcess(['witness', '--dir', place('witness'), '--port', '0']).ended;
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('is not what this witness wrote')]);
  });

  it('is not deceived by a log that was restored from a copy and continued', async () => {
    const { env, keyId } = await runWitness();
    const service = await start('log', env);
    const { appId } = await GivenApp.register(service);
    await untilWitnessed(service);
    await stop(service);
    // With the checkpoints of its time, so that nothing in the copy contradicts it.
    cpSync(place('log'), place('fork'), { recursive: true });
    const genuine = await start('log', env);
    await assign(genuine, appId, 4, 'genuine');
    await untilWitnessed(genuine);
    await stop(genuine);
    const fork = await start('fork', env);
    await assign(fork, appId, 7, 'forged');
    await until(async () => (await metrics(fork)).forked === 1);
    expect(await readiness(fork)).toMatchObject({ status: 200, ready: true, witness: { what: 'LOG_FORKED', message: expect.stringMatching(/^The witness holds a checkpoint of .*, with which this log does not begin: it was changed, or an older copy was restored and continued\.$/) } });
    await stop(fork);
    const ended = await stopWitness('SIGTERM');
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Nothing proves that the checkpoint over') });
    const logKey = keyOf('log');
    // The fork alone looks right, up to the last checkpoint that a witness has seen. What the witness holds contradicts it.
    const fromWitness = ['--checkpoints', place('witness')];
    await exported('fork', 'fork.ndjson');
    for (const target of ['fork', 'fork.ndjson']) {
      says('a fork was posted, and refused', target, ['--witness-key'], await verify('fork', target, '--key', logKey, '--witness-key', keyId));
      says('a fork was posted, and refused', target, ['--witness-key', '--checkpoints'], await verify('fork', target, '--key', logKey, '--witness-key', keyId, ...fromWitness));
    }
    expect(await verify('log', 'log', '--key', logKey, '--witness-key', keyId, '--checkpoints', place('witness'))).toMatchObject({ code: 0, stdout: '' });
  });

  it('notices a log that was cut, and another log that took its place', async () => {
    const { env } = await runWitness();
    const service = await start('log', env);
    const { appId } = await GivenApp.register(service);
    await untilWitnessed(service);
    await stop(service);
    cpSync(place('log'), place('copy'), { recursive: true });
    const longer = await start('log', env);
    await assign(longer, appId, 6, 'genuine');
    await untilWitnessed(longer);
    await stop(longer);
    const cut = await start('copy', env);
    await assign(cut, appId, 2, 'few');
    await until(async () => (await metrics(cut)).forked === 1);
    expect((await readiness(cut)).witness).toMatchObject({ what: 'LOG_FORKED', message: expect.stringContaining('where this log has no event: it was cut, or an older copy was restored.') });
    await stop(cut);
    const other = await start('other', { ...env, CHECKPOINT_KEY_FILE: place('log/checkpoint.key') });
    await GivenApp.register(other);
    await until(async () => (await metrics(other)).forked === 1);
    expect((await readiness(other)).witness).toMatchObject({ what: 'LOG_FORKED', message: expect.stringContaining('this log was put in its place.') });
  });

  it('follows the log to a key that the one before has introduced', async () => {
    const { env, keyId } = await runWitness();
    const service = await start('log', env);
    const { appId } = await GivenApp.register(service);
    await untilWitnessed(service);
    const before = keyOf('log');
    expect(await cliProcess(['rotate-key'], { DATA_DIR: place('log') }).ended).toMatchObject({ code: 0 });
    await assign(service, appId, 3, 'with the new key');
    await untilWitnessed(service);
    await stop(service);
    const keys = new Set((await witnessLines()).map((line) => parseCountersigned(line).keyId));
    expect([keys.size, keys.has(before)]).toEqual([2, true]);
    expect(readFileSync(place('witness/keys.ndjson'), 'utf8')).toBe(readFileSync(place('log/checkpoints/keys.ndjson'), 'utf8'));
    const { code, stdout } = await verify('log', 'log', '--key', before, '--witness-key', keyId, '--checkpoints', place('witness'));
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });

  it('follows the log to the one that was made of it to erase somebody, and nobody who goes on with the old one', async () => {
    const { env, keyId } = await runWitness();
    const service = await start('log', env);
    const { appId } = await GivenApp.register(service);
    const owner = await service.as(addressOf(appId, 'owner'));
    await owner.mutate('invitePartner', { appId, keapId: 'zoe@vanishing.example', role: 'STANDARD', name: 'Zoe Quux' });
    await owner.mutate('invitePartner', { appId, keapId: 'paul@stays.example', role: 'STANDARD', name: 'Paul', reason: 'Stands in for Zoe Quux until May' });
    await untilWitnessed(service);
    await stop(service);
    cpSync(place('log'), place('old'), { recursive: true });
    const erased = await cliProcess(['erase', '--keap-id', 'zoe@vanishing.example', '--rewrite', '--json'], { DATA_DIR: place('log') }).ended;
    expect([erased.code, JSON.parse(erased.stdout).rewrite]).toEqual([0, expect.objectContaining({ removed: { 'data.reason': 1 } })]);
    await exported('log', 'unseen.ndjson');
    const logKey = keyOf('log');
    for (const target of ['log', 'unseen.ndjson']) says('the log was written anew, and the witness has not seen it yet', target, ['--witness-key'], await verify('log', target, '--key', logKey, '--witness-key', keyId));

    const anew = await start('log', env);
    await assign(anew, appId, 3, 'after the erasure');
    await untilWitnessed(anew);
    expect(await readiness(anew)).not.toHaveProperty('witness');
    await stop(anew);
    const [statement = ''] = linesOf(place('log/checkpoints/rewrites.ndjson'));
    expect(linesOf(place('witness/rewrites.ndjson'))).toEqual([statement]);
    await exported('log', 'anew.ndjson');
    for (const target of ['log', 'anew.ndjson']) {
      says('the log was written anew, and the witness follows it', target, ['--witness-key'], await verify('log', target, '--key', logKey, '--witness-key', keyId));
      says('the log was written anew, and the witness follows it', target, ['--witness-key', '--checkpoints'], await verify('log', target, '--key', logKey, '--witness-key', keyId, '--checkpoints', place('witness')));
    }

    const old = await start('old', env);
    await assign(old, appId, 6, 'as if nothing had been erased');
    await until(async () => (await metrics(old)).forked === 1);
    expect((await readiness(old)).witness).toMatchObject({ what: 'LOG_FORKED', message: expect.stringContaining('of another log, ') });
    await stop(old);
    await exported('old', 'old.ndjson');
    for (const target of ['old', 'old.ndjson']) says('somebody goes on with the log of before it was written anew', target, ['--witness-key', '--checkpoints'], await verify('old', target, '--key', logKey, '--witness-key', keyId, '--checkpoints', place('witness')));
    // It knows all of this after a restart too.
    await stopWitness('SIGTERM');
    expect((await runWitness()).keyId).toBe(keyId);
    expect((await verify('log', 'log', '--key', logKey, '--witness-key', keyId)).code).toBe(0);
  });

  it('that cannot follow a log which was written anew says what to do', async () => {
    const { env, port } = await runWitness();
    const service = await start('log', env);
    const { appId } = await GivenApp.register(service);
    const owner = await service.as(addressOf(appId, 'owner'));
    await owner.mutate('invitePartner', { appId, keapId: 'zoe@vanishing.example', role: 'STANDARD', name: 'Zoe Quux' });
    await owner.mutate('invitePartner', { appId, keapId: 'ben@vanishing.example', role: 'STANDARD', name: 'Ben Quark', reason: 'Stands in for Zoe Quux until May' });
    await owner.mutate('invitePartner', { appId, keapId: 'paul@stays.example', role: 'STANDARD', name: 'Paul', reason: 'Stands in for Ben Quark until June' });
    await untilWitnessed(service);
    await stop(service);
    for (const name of ['zoe', 'ben']) expect((await cliProcess(['erase', '--keap-id', `${name}@vanishing.example`, '--rewrite'], { DATA_DIR: place('log') }).ended)).toMatchObject({ code: 0, stderr: expect.stringContaining('written anew') });
    const anew = await start('log', env);
    await until(async () => 'witness' in (await readiness(anew)));
    expect((await readiness(anew)).witness).toMatchObject({ what: 'REFUSED', message: expect.stringMatching(/written anew more than once .* move its checkpoints\.ndjson away, to keep it, and to start the witness again\.$/) });
    await stopWitness('SIGTERM');
    renameSync(place('witness/checkpoints.ndjson'), place('kept.ndjson'));
    await runWitness('--port', String(port));
    await untilWitnessed(anew);
    await stop(anew);
    expect(await verify('log', 'log', '--key', keyOf('log'), '--checkpoints', place('kept.ndjson'))).toMatchObject({ code: 0, stdout: '' });
  });

  it('takes only the keys that it was told, or the first one that came', async () => {
    const { env, port } = await runWitness('--log-key', 'ab'.repeat(32));
    const service = await start('log', env);
    await GivenApp.register(service);
    await until(async () => 'witness' in (await readiness(service)));
    expect((await readiness(service)).witness).toMatchObject({ what: 'REFUSED', message: expect.stringContaining('does not accept the key that signs checkpoints') });
    await stopWitness('SIGTERM');
    await runWitness('--port', String(port));
    await untilWitnessed(service);
    const other = await start('other', env);
    await GivenApp.register(other);
    await until(async () => 'witness' in (await readiness(other)));
    expect((await readiness(other)).witness).toMatchObject({ what: 'REFUSED' });
  });
});
