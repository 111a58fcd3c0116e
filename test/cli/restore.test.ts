import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointKey } from '../../src/proofs/checkpoints/privateKey';
import { ChangedLog } from '../proofs/changedLogs';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { addressOf, TestService } from '../support/testService';

const kinds = ({ stdout }: Ended): string[] => [...new Set(stdout.trimEnd().split('\n').map((line) => line.split(':', 1)[0] ?? ''))];
const keyIdOf = (file: string): string => CheckpointKey.load(file)?.keyId ?? '';
const STATED = ['--operator', 'Operations', '--reason', 'The disk died'];

/** A log, a backup of it, and what an auditor kept of the events that came after the backup. */
describe('restore', () => {
  let directory: TemporaryDirectory;
  let appId: string;
  let first: string;
  let events: number;
  const place = (name: string): string => join(directory.path, name);
  const cli = (dataDir: string, ...args: readonly string[]): Promise<Ended> => cliProcess(args, { DATA_DIR: place(dataDir) }).ended;

  const goOn = async (dataDir: string, contacts: number, name: string): Promise<void> => {
    const service = await TestService.start({ env: { DATA_DIR: place(dataDir) } });
    const owner = await service.as(addressOf(appId, 'owner'));
    const { app } = await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { userId } } } }', { appId });
    for (let number = 0; number < contacts; number += 1) await owner.mutate('assignContacts', { appId, userId: app.users.nodes[0].userId, contactIds: [`${name}-${number}`] });
    await service.close();
  };

  beforeAll(async () => {
    directory = temporaryDirectory();
    const service = await TestService.start({ env: { DATA_DIR: place('log') } });
    const app = await GivenApp.register(service);
    ({ appId } = app);
    await app.join('partner');
    await service.close();
    const backup = await cli('log', 'backup', '--out', place('backup'), '--json');
    ({ events } = JSON.parse(backup.stdout));
    await goOn('log', 3, 'given up');
    first = keyIdOf(join(place('log'), 'checkpoint.key'));
    expect(await cli('log', 'export', '--app', appId, '--out', place('given up.ndjson'))).toMatchObject({ code: 0 });
    cpSync(join(place('log'), 'checkpoints'), place('kept'), { recursive: true });
  }, 120_000);
  afterAll(() => { directory.remove(); });

  it('goes on with the key that is given; what auditors kept of later events is told from a forgery', async () => {
    cpSync(place('log'), place('same key'), { recursive: true });
    const { code, stdout, stderr } = await cli('same key', 'restore', '--from', place('backup'), ...STATED);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Restored at event ${events} on .*, with the same key, says Operations \\(The disk died\\)\\. Checkpoints vouch for \\d+ later events, which are given up\\.\nWhat was there before is in .*before-restore-`));
    await goOn('same key', 5, 'fork');
    expect(await cli('same key', 'export', '--app', appId, '--out', place('fork.ndjson'))).toMatchObject({ code: 0 });
    const fork = await cli('same key', 'verify', place('fork.ndjson'), '--key', first);
    expect(fork).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining(`Restored at event ${events} on`) });
    for (const target of [[place('same key')], [place('fork.ndjson'), '--checkpoints', place('kept')], [place('fork.ndjson'), '--previous', place('given up.ndjson')], [place('given up.ndjson'), '--checkpoints', join(place('same key'), 'checkpoints')]]) {
      const found = await cli('same key', 'verify', ...target, '--key', first);
      expect([target, found.code, kinds(found)]).toEqual([target, 1, ['LOG_RESTORED']]);
      expect(found.stdout).toContain(`says Operations (The disk died) in a statement of`);
      expect(found.stdout).toContain(`it is a fork from event ${events + 1} on, and the key ${first} signs on. After event ${events}, what the checkpoints up to event`);
      expect(await cli('same key', 'verify', ...target, '--key', first, '--restored', String(events))).toMatchObject({ code: 0, stdout: '' });
      expect(await cli('same key', 'verify', ...target, '--key', first, '--restored', String(events + 1))).toMatchObject({ code: 1 });
    }
    const asJson = JSON.parse((await cli('same key', 'verify', place('same key'), '--key', first, '--json')).stdout);
    expect(asJson).toMatchObject({ ok: false, findings: [{ what: 'LOG_RESTORED' }], keyChanges: [{ change: 'RESTORED', events, keyId: first, previousKeyId: first, operator: 'Operations' }] });
    expect(await cli('same key', 'backup', '--out', place('backup of the fork'))).toMatchObject({ code: 0 });
    expect(await cli('same key', 'rotate-key')).toMatchObject({ code: 0 });
  }, 240_000);

  it('a fork without a statement stays one', async () => {
    cpSync(place('backup'), place('silent'), { recursive: true });
    cpSync(join(place('log'), 'checkpoint.key'), join(place('silent'), 'checkpoint.key'));
    await goOn('silent', 5, 'silent');
    const ofLog = await cli('silent', 'verify', place('silent'), '--key', first, '--checkpoints', place('kept'));
    expect([ofLog.code, kinds(ofLog)]).toEqual([1, ['FORKED_RESTORE']]);
  }, 60_000);

  it('begins a new key where it is lost, which is a finding until it is named', async () => {
    mkdirSync(place('new machine'));
    expect(await cli('new machine', 'restore', '--from', place('backup'), ...STATED)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/checkpoint\.key is missing.*--key.*--new-key/) });
    expect(readdirSync(place('new machine'))).toEqual(['events.lock']);
    const restored = await cli('new machine', 'restore', '--from', place('backup'), ...STATED, '--new-key');
    const second = keyIdOf(join(place('new machine'), 'checkpoint.key'));
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining(`Tell the auditors the id of the new key, ${second}`) });
    await goOn('new machine', 5, 'other');
    const byFirst = await cli('new machine', 'verify', '--key', first);
    expect([byFirst.code, kinds(byFirst)]).toEqual([1, ['LOG_RESTORED']]);
    expect(byFirst.stdout).toContain(`the key ${second} signs in the place of ${first}`);
    expect(byFirst.stdout).toContain('No key that was named confirms this statement');
    expect(await cli('new machine', 'verify', '--key', first, '--restored', String(events))).toMatchObject({ code: 1 });
    expect(await cli('new machine', 'verify', '--key', second)).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining(`with the new key ${second} in the place of ${first}`) });
    const withKept = await cli('new machine', 'verify', '--key', first, '--key', second, '--checkpoints', place('kept'));
    // The statement is beside the log, and not in the copy of before.
    expect([withKept.code, kinds(withKept)]).toEqual([1, ['LOG_RESTORED']]);
    expect(withKept.stdout).toContain('what the checkpoints up to event');
  }, 120_000);

  it('changes nothing when the backup is damaged, the key is another one, or the service runs', async () => {
    cpSync(place('log'), place('refused'), { recursive: true });
    const before = ChangedLog.at(place('refused')).rows();
    const changed = ChangedLog.copyOf(place('backup'), place('damaged'));
    changed.run("UPDATE events SET data = replace(data, 'STANDARD', 'ADMIN') WHERE type = 'PartnerInvited'");
    const damaged = await cli('refused', 'restore', '--from', place('damaged'), ...STATED);
    expect(damaged).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^EVENT_EDITED: [^]*nothing was changed/) });
    CheckpointKey.loadOrCreate(place('foreign.key'));
    expect(await cli('refused', 'restore', '--from', place('backup'), ...STATED, '--key', place('foreign.key'))).toMatchObject({ code: 1, stderr: expect.stringContaining('has signed none of the checkpoints of this log') });
    expect(await cli('refused', 'restore', '--from', place('nowhere'), ...STATED)).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no directory') });
    expect(await cli('refused', 'restore', '--from', place('backup'), '--operator', 'Operations')).toMatchObject({ code: 2 });
    const service = await TestService.start({ env: { DATA_DIR: place('refused') } });
    expect(await cli('refused', 'restore', '--from', place('backup'), ...STATED)).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use by another process') });
    await service.close();
    expect(ChangedLog.at(place('refused')).rows().slice(0, before.length)).toEqual(before);
    expect(readdirSync(place('refused')).filter((name) => /restor/.test(name))).toEqual([]);
    expect(existsSync(join(place('refused'), 'checkpoints', 'keys.ndjson'))).toBe(false);
  }, 120_000);

  it('keeps the service from starting while it is interrupted, and is completed by restoring again', async () => {
    cpSync(place('log'), place('interrupted'), { recursive: true });
    mkdirSync(join(place('interrupted'), 'restoring'));
    for (const name of readdirSync(place('interrupted')).filter((file) => file.startsWith('events.db'))) rmSync(join(place('interrupted'), name));
    await expect(TestService.start({ env: { DATA_DIR: place('interrupted') } })).rejects.toThrow('was not finished. Run "npm run cli -- restore" again');
    expect(await cli('interrupted', 'restore', '--from', place('damaged'), ...STATED)).toMatchObject({ code: 1 });
    expect(existsSync(join(place('interrupted'), 'restoring'))).toBe(true);
    expect(await cli('interrupted', 'restore', '--from', place('backup'), ...STATED)).toMatchObject({ code: 0 });
    expect(existsSync(join(place('interrupted'), 'restoring'))).toBe(false);
    expect(['events.db', 'keys.db', 'secret.key', 'checkpoint.key'].map((file) => statSync(join(place('interrupted'), file)).mode & 0o077)).toEqual([0, 0, 0, 0]);
    await goOn('interrupted', 1, 'again');
    expect(readFileSync(join(place('interrupted'), 'checkpoints', 'keys.ndjson'), 'utf8').trim().split('\n')).toHaveLength(1);
  }, 120_000);
});
