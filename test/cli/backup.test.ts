import { copyFileSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ChangedLog } from '../proofs/changedLogs';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';

describe('npm run cli -- backup', () => {
  let directory: TemporaryDirectory;
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    directory = temporaryDirectory();
    service = await TestService.start();
    app = await GivenApp.register(service);
    await app.join('partner');
  });
  afterAll(async () => {
    await service.close();
    directory.remove();
  });

  const backup = (out: string, dataDir = service.dataDir): Promise<Ended> => cliProcess(['backup', '--out', out, '--json'], { DATA_DIR: dataDir }).ended;

  it('copies the log of the running service, while it is written, and proves the copy; a service starts from it', async () => {
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
    expect(readdirSync(out).sort()).toEqual(['checkpoints', 'events.db', 'secret.key']);
    expect(readFileSync(join(out, 'secret.key'))).toEqual(readFileSync(join(service.dataDir, 'secret.key')));
    expect([statSync(join(out, 'events.db')).mode & 0o077, statSync(join(out, 'secret.key')).mode & 0o077]).toEqual([0, 0]);

    const restored = await TestService.start({ env: { DATA_DIR: out } });
    const owner = await restored.as(app.owner.keapId);
    const { app: answered } = await owner.read('query ($appId: ID!) { app(appId: $appId) { users { totalCount } } }', { appId: app.appId }, { 'x-min-position': String(copy.length).padStart(16, '0') });
    expect(answered.users.totalCount).toBe(2);
    await restored.close();
  });

  it('put back beside read models that have seen more, is what is answered from, and can be written on', async () => {
    const out = join(directory.path, 'earlier');
    expect(await backup(out)).toMatchObject({ code: 0 });
    const { position } = await app.assign(app.ownerUserId, 'after the backup');
    await service.running.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(service.dataDir, `events.db${suffix}`), { force: true });
    copyFileSync(join(out, 'events.db'), join(service.dataDir, 'events.db'));
    await service.restart();
    const owner = await service.as(app.owner.keapId);
    const contacts = async (seen: string): Promise<string> =>
      JSON.stringify(await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { assignedContacts(last: 100) { nodes { contactId } } } } } }', { appId: app.appId }, { 'x-min-position': seen }));
    expect(await contacts(String(ChangedLog.at(out).rows().length).padStart(16, '0'))).not.toContain('after the backup');
    const answer = await owner.mutate('assignContacts', { appId: app.appId, userId: app.ownerUserId, contactIds: ['z, after it was put back'] }, 'position');
    expect(answer.position <= position).toBe(true);
    expect(await contacts(answer.position)).toContain('z, after it was put back');
  });

  it('says what is wrong with what it has copied', async () => {
    const changed = ChangedLog.copyOf(service.dataDir, join(directory.path, 'changed'));
    changed.run("UPDATE events SET data = replace(data, 'STANDARD', 'ADMIN') WHERE type = 'PartnerInvited'");
    const { code, stderr } = await backup(join(directory.path, 'bad'), changed.directory);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^EVENT_EDITED: /);
  });

  it('overwrites nothing, and needs a log', async () => {
    expect(await backup(service.dataDir)).toMatchObject({ code: 1, stderr: expect.stringContaining('is not empty') });
    expect(await backup(join(directory.path, 'none'), join(directory.path, 'nowhere'))).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no event store at') });
  });
});
