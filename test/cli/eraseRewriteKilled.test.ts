import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedEventStore } from '../../src/eventstore/embedded/store';
import { copyInPlainText } from '../support/plainLog';
import { cliProcess, type Ended, ProgramProcess } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';
import { tracesBelow } from '../support/tracesInFiles';

const KEAP_ID = 'Zoe.Quux@vanishing.example';
const NAME = 'Zoe Quux';
const TRACES = [KEAP_ID, KEAP_ID.toLowerCase(), NAME];
const ERASE = ['erase', '--keap-id', KEAP_ID, '--rewrite', '--json'];

/** `erase --rewrite` is killed at each change that it makes to files, and run again. */
describe('npm run cli -- erase --rewrite, killed', () => {
  let directory: TemporaryDirectory;
  let before: readonly string[];
  const place = (name: string): string => join(directory.path, name);
  const cli = (...args: readonly string[]): Promise<Ended> => cliProcess(args, { DATA_DIR: place('data') }).ended;
  const killedBefore = (change: number): Promise<Ended> => new ProgramProcess('test/support/dyingErase.cjs', ERASE, { DATA_DIR: place('data'), KILL_BEFORE: String(change), LOG_LEVEL: 'error' }).ended;
  /** The identity of the log, and its events as they are stored. */
  const logIn = async (dataDir: string): Promise<readonly string[]> => {
    const store = EmbeddedEventStore.open(dataDir, { readOnly: true });
    const found = [store.storeId];
    for await (const event of store.readAll()) found.push(JSON.stringify(event));
    await store.close();
    return found;
  };
  const refill = (): void => {
    rmSync(place('data'), { recursive: true, force: true });
    cpSync(place('old'), place('data'), { recursive: true });
  };

  beforeAll(async () => {
    directory = temporaryDirectory();
    const service = await TestService.start({ env: { DATA_DIR: place('sealed') } });
    await (await service.as('operator@stays.example', 'operator')).mutate('registerApp', { appId: 'acme', name: 'Acme', licences: 5, ownerKeapId: 'owner@stays.example', ownerName: 'Olivia' });
    const owner = await service.as('owner@stays.example');
    await owner.mutate('inviteUser', { appId: 'acme', keapId: KEAP_ID, role: 'STANDARD', name: NAME, reason: 'Runs the books alone' });
    await owner.mutate('invitePartner', { appId: 'acme', keapId: 'paul@stays.example', role: 'STANDARD', name: 'Paul', reason: `Stands in for ${NAME} until May` });
    await service.close();
    await copyInPlainText(place('sealed'), place('old'));
    // What is said from now on is encrypted, and the name of somebody is in the envelope of somebody else.
    const later = await TestService.start({ env: { DATA_DIR: place('old') } });
    await (await later.as('owner@stays.example')).mutate('invitePartner', { appId: 'acme', keapId: 'pia@stays.example', role: 'STANDARD', name: 'Pia', reason: `After ${NAME}` });
    await later.close();
    before = await logIn(place('old'));
  }, 60_000);
  afterAll(() => { directory.remove(); });

  it('loses nothing: the old log stays as it was until the new one is whole, and the next run finishes', async () => {
    refill();
    const whole = await killedBefore(0);
    expect(whole.code).toBe(0);
    const changes = Number(/changes: (\d+)/.exec(whole.stderr)?.[1]);
    expect(changes).toBeGreaterThan(15);
    const after = await logIn(place('data'));
    const seen = new Set<string>();
    for (let change = 1; change <= changes; change += 1) {
      refill();
      const killed = await killedBefore(change);
      expect([change, killed.signal, killed.stdout]).toEqual([change, 'SIGKILL', '']);
      const [storeId, ...events] = await logIn(place('data'));
      const isOld = storeId === before[0];
      // The address may have been unbound before the copy began, which is one more event.
      if (isOld) expect([change, events.slice(0, before.length - 1)]).toEqual([change, before.slice(1)]);
      else expect([change, events.length]).toEqual([change, after.length - 1]);
      const isWhole = existsSync(place('data/rewritten'));
      seen.add(`${isOld ? 'old' : 'new'} log, ${isWhole ? 'to be finished' : 'nothing begun'}`);
      if (isWhole) await expect(TestService.start({ env: { DATA_DIR: place('data') } })).rejects.toThrow(/Run "npm run cli -- erase --rewrite" again, with the same Keap ID/);
      if (isOld && !isWhole) expect([change, await cli('verify')]).toEqual([change, expect.objectContaining({ code: 0, stdout: '' })]);

      const again = await cli(...ERASE);
      expect([change, again.code, again.stderr]).toEqual([change, 0, expect.stringContaining(storeId === before[0] || isWhole ? 'The log was written anew' : '')]);
      expect(JSON.parse(again.stdout)).toMatchObject({ number: 1, plainEvents: 0 });
      expect([change, tracesBelow(place('data'), TRACES)]).toEqual([change, []]);
      expect([change, ['rewrite', 'rewritten'].filter((name) => existsSync(place(`data/${name}`)))]).toEqual([change, []]);
      expect([change, (await logIn(place('data'))).length]).toEqual([change, after.length]);
      expect([change, await cli('verify')]).toEqual([change, expect.objectContaining({ code: 0, stdout: '', stderr: expect.stringContaining('Written anew at') })]);
      expect([change, readFileSync(place('data/checkpoints/rewrites.ndjson'), 'utf8').trimEnd().split('\n').length]).toEqual([change, 1]);
    }
    expect([...seen].sort()).toEqual(['new log, nothing begun', 'new log, to be finished', 'old log, nothing begun', 'old log, to be finished']);
  }, 600_000);
});
