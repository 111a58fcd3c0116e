import { join } from 'node:path';
import Database from 'libsql';
import { ChangedLog } from '../proofs/changedLogs';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';

describe('npm run cli -- replay, and projectionDigests', () => {
  let directory: TemporaryDirectory;
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    directory = temporaryDirectory();
    service = await TestService.start();
    app = await GivenApp.register(service);
    const partner = await app.join('partner');
    await app.assign(partner.userId, 'c1', 'c2');
    // Nobody has the role any more that the partner had for a while: a count of 0.
    for (const role of ['ADMIN', 'STANDARD']) await app.owner.mutate('changeUserRole', { appId: app.appId, userId: partner.userId, role }, 'position');
    await app.invite('open');
  });
  afterAll(async () => {
    await service.close();
    directory.remove();
  });

  const replay = (dataDir: string, ...args: readonly string[]): Promise<Ended> => cliProcess(['replay', ...args], { DATA_DIR: dataDir }).ended;
  const changed = (...statements: readonly string[]): string => {
    const copy = ChangedLog.copyOf(service.dataDir, join(directory.path, 'changed')).directory;
    const database = new Database(join(copy, 'readmodels.db'));
    for (const statement of statements) database.exec(statement);
    database.close();
    return copy;
  };

  it('finds every read model of the running service equal to the log, with the digest that the service reports', async () => {
    const operator = await service.as('operator@example.com', 'operator');
    const { projectionDigests } = await operator.read('{ projectionDigests { projection version position rows digest } }');
    const { code, stdout } = await replay(service.dataDir, '--json');
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result.equal).toBe(true);
    expect(result.projections.map(({ projection, version, position, live, replayed }: Json) => ({ projection, version, position, ...live, replayed }))).toEqual(
      projectionDigests.map(({ digest, rows, ...rest }: Json) => ({ ...rest, digest, rows, replayed: { digest, rows } })),
    );
    expect(projectionDigests.length).toBeGreaterThan(3);
    for (const { rows, digest } of projectionDigests) expect({ rows, digest }).toEqual({ rows: expect.any(Number), digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect((await app.owner.ask('{ projectionDigests { digest } }')).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('changes the digest of a read model with its rows, and of no other', async () => {
    const digests = async (): Promise<Map<string, string>> => {
      const operator = await service.as('operator@example.com', 'operator');
      const { projectionDigests } = await operator.read('{ projectionDigests { projection digest } }');
      return new Map(projectionDigests.map(({ projection, digest }: Json) => [projection, digest]));
    };
    const before = await digests();
    await app.owner.mutate('setAccountLabel', { appId: app.appId, label: 'My app' }, 'position');
    const after = await digests();
    expect(after.get('account_central')).not.toBe(before.get('account_central'));
    expect(after.get('assigned_contacts')).toBe(before.get('assigned_contacts'));
  });

  it('names every row that differs, and exits with 1', async () => {
    const dataDir = changed(
      `UPDATE user_list_v${versionOf('user_list')}_users SET role = 'ADMIN' WHERE role = 'STANDARD' AND status = 'ACTIVE'`,
      `DELETE FROM assigned_contacts_v${versionOf('assigned_contacts')}_contacts WHERE contact_id = 'c1'`,
    );
    const { code, stdout } = await replay(dataDir);
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`\n  user_list\\.users \\{"app_id":"${app.appId}","user_id":"[^"]+"\\}: role is "ADMIN" and should be "STANDARD"\n`));
    expect(stdout).toMatch(/\n {2}assigned_contacts\.contacts \{.*"contact_id":"c1".*\} is missing\n/);
    expect(stdout).toMatch(/^keap_id_bindings version \d+ at \d+: \d+ rows, equal, [0-9a-f]{64}$/m);
  });

  it('reports a read model of another version', async () => {
    const { code, stdout } = await replay(changed("UPDATE projection_checkpoints SET version = 99 WHERE projection = 'user_list'"));
    expect(code).toBe(1);
    expect(stdout).toContain('The live read models hold version 99; this program produces version');
  });

  it('compares nothing when there are no read models', async () => {
    const empty = temporaryDirectory();
    expect(await replay(empty.path)).toMatchObject({ code: 1, stderr: expect.stringContaining('There are no read models at') });
    empty.remove();
  });

  function versionOf(projection: string): number {
    const database = new Database(join(service.dataDir, 'readmodels.db'));
    const [row] = database.prepare('SELECT version FROM projection_checkpoints WHERE projection = ?').all(projection) as { version: number }[];
    database.close();
    return row!.version;
  }
});
