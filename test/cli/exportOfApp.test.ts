import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChangedLog } from '../proofs/changedLogs';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';

/** Proofs come from a copy of the tree that the service keeps, so that the bundle of an app does not cost reading the whole log. */
describe('the bundle of an app', () => {
  let directory: TemporaryDirectory;
  let app: GivenApp;
  let other: GivenApp;
  let bundle: string;
  const place = (name: string): string => join(directory.path, name);
  const exported = (dataDir: string): Promise<Ended> => cliProcess(['export', '--app', app.appId], { DATA_DIR: dataDir, TMPDIR: place('temporary') }).ended;
  const copy = (name: string): ChangedLog => ChangedLog.copyOf(place('log'), place(name));
  /** Writes another hash where one was signed. */
  const edit = (log: ChangedLog, { appId }: GivenApp): void => { log.run("UPDATE events SET hash = replace(hash, substr(hash, 1, 8), '00000000') WHERE stream = ? AND type = 'PartnerInvited'", `app-${appId}`); };
  const withoutTree = ({ directory: of }: ChangedLog): void => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(of, `proofs.db${suffix}`), { force: true });
  };

  beforeAll(async () => {
    directory = temporaryDirectory();
    const service = await TestService.start({ env: { DATA_DIR: place('log'), CHECKPOINT_EVERY_EVENTS: '5' } });
    [app, other] = [await GivenApp.register(service), await GivenApp.register(service)];
    for (let number = 0; number < 5; number += 1) for (const one of [app, other]) await one.join(`member ${number}`, 'STANDARD', 'PARTNER');
    await service.close();
    mkdirSync(place('temporary'));
    const { code, stdout } = await exported(place('log'));
    expect(code).toBe(0);
    bundle = stdout;
  }, 60_000);
  afterAll(() => { directory.remove(); });

  it('is the same where the service has left no tree, or a damaged one, and leaves no copy behind', async () => {
    const missing = copy('missing');
    withoutTree(missing);
    const damaged = copy('damaged');
    withoutTree(damaged);
    writeFileSync(join(damaged.directory, 'proofs.db'), 'no database');
    for (const log of [missing, damaged]) expect(await exported(log.directory)).toMatchObject({ code: 0, stdout: bundle });
    expect(readdirSync(place('temporary'))).toEqual([]);
  });

  it('needs nothing of other apps', async () => {
    const changed = copy('other');
    edit(changed, other);
    expect(await exported(changed.directory)).toMatchObject({ code: 0, stdout: bundle });
    withoutTree(changed);
    expect(await exported(changed.directory)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('The log is not the one of which a checkpoint') });
  });

  it('is not made of an event that is another one than was signed', async () => {
    const changed = copy('own');
    edit(changed, app);
    const { code, stdout, stderr } = await exported(changed.directory);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^Revision \d+ of app-\S+ is not the event that was signed\. Run "verify", which names what was changed\.$/m)]);
    expect(stdout).not.toContain('partner-access.checkpoint');
  });
});
