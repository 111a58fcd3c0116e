import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ChangedLog } from '../proofs/changedLogs';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

describe('npm run cli -- backup', () => {
  let directory: TemporaryDirectory;
  let service: TestService;
  let app: GivenApp;
  let partner: { person: Person };
  beforeAll(async () => {
    directory = temporaryDirectory();
    service = await TestService.start();
    app = await GivenApp.register(service);
    partner = await app.join('partner');
  });
  afterAll(async () => {
    await service.close();
    directory.remove();
  });

  const backup = (out: string, dataDir = service.dataDir): Promise<Ended> => cliProcess(['backup', '--out', out, '--json'], { DATA_DIR: dataDir }).ended;

  it('copies and verifies the log of a service that is writing to it; another service starts from the copy', async () => {
    const out = join(directory.path, 'copy');
    const copying = backup(out);
    const copied = new AbortController();
    const writing = (async () => {
      for (let number = 0; !copied.signal.aborted; number += 1) await app.assign(app.ownerUserId, `c${number}`);
    })();
    const { code, stdout, stderr } = await copying;
    copied.abort();
    await writing;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const copy = ChangedLog.at(out).rows();
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, events: copy.length, findings: [] });
    expect(ChangedLog.at(service.dataDir).rows().slice(0, copy.length)).toEqual(copy);
    expect(readdirSync(out).sort()).toEqual(['checkpoints', 'events.db', 'keys.db', 'secret.key']);
    expect(readFileSync(join(out, 'secret.key'))).toEqual(readFileSync(join(service.dataDir, 'secret.key')));
    expect(['events.db', 'keys.db', 'secret.key'].map((file) => statSync(join(out, file)).mode & 0o077)).toEqual([0, 0, 0]);

    // The key that signs is kept apart from the copy.
    await expect(TestService.start({ env: { DATA_DIR: out } })).rejects.toThrow(/checkpoint\.key is missing.* After restoring a backup, run "npm run cli -- restore"/);
    const restored = await TestService.start({ env: { DATA_DIR: out, CHECKPOINT_KEY_FILE: join(service.dataDir, 'checkpoint.key') } });
    while ((await fetch(`${restored.url}/health/ready`)).status !== 200) await pause(20);
    const owner = await restored.as(app.owner.keapId);
    const { app: answered } = await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { keapId } } } }', { appId: app.appId }, { 'x-min-position': String(copy.length).padStart(16, '0') });
    expect(answered.users.nodes.map(({ keapId }: Json) => keapId).sort()).toEqual([app.owner.keapId, partner.person.keapId].sort());
    await restored.close();
  });

  it('says that the signing key is kept apart', async () => {
    const { code, stdout } = await cliProcess(['backup', '--out', join(directory.path, 'without the key')], { DATA_DIR: service.dataDir }).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/, verified\.\nThe key that signs checkpoints \(CHECKPOINT_KEY_FILE\) is not in it\./) });
    expect(readdirSync(join(directory.path, 'without the key'))).not.toContain('checkpoint.key');
  });

  it('can be restored beside read models that are ahead of it; the service answers from the backup and appends to it', async () => {
    const out = join(directory.path, 'earlier');
    expect(await backup(out)).toMatchObject({ code: 0 });
    const { position } = await app.assign(app.ownerUserId, 'after the backup');
    await service.running.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(service.dataDir, `events.db${suffix}`), { force: true });
    copyFileSync(join(out, 'events.db'), join(service.dataDir, 'events.db'));
    // Otherwise the log contradicts its checkpoints, and nothing is written.
    renameSync(join(service.dataDir, 'checkpoints'), join(directory.path, 'checkpoints of the lost log'));
    rmSync(join(service.dataDir, 'proofs.db'));
    await service.restart();
    const owner = await service.as(app.owner.keapId);
    const contacts = async (seen: string): Promise<string> =>
      JSON.stringify(await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { assignedContacts(last: 100) { nodes { contactId } } } } } }', { appId: app.appId }, { 'x-min-position': seen }));
    expect(await contacts(String(ChangedLog.at(out).rows().length).padStart(16, '0'))).not.toContain('after the backup');
    const answer = await owner.mutate('assignContacts', { appId: app.appId, userId: app.ownerUserId, contactIds: ['z, after it was put back'] }, 'position');
    expect(answer.position <= position).toBe(true);
    expect(await contacts(answer.position)).toContain('z, after it was put back');
  });

  it('reports each problem of the log that it has copied', async () => {
    const changed = ChangedLog.copyOf(service.dataDir, join(directory.path, 'changed'));
    changed.run("UPDATE events SET data = replace(data, 'STANDARD', 'ADMIN') WHERE type = 'PartnerInvited'");
    const { code, stderr } = await backup(join(directory.path, 'bad'), changed.directory);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^EVENT_EDITED: /);
  });

  it('overwrites no file, and fails without a log', async () => {
    expect(await backup(service.dataDir)).toMatchObject({ code: 2, stderr: expect.stringContaining('is not empty') });
    expect(await backup(join(directory.path, 'none'), join(directory.path, 'nowhere'))).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no event store at') });
  });
});
