import { copyFileSync, existsSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'libsql';
import { GivenApp } from '../support/givenApp';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';

let directory: TemporaryDirectory;
let service: TestService;
let app: GivenApp;

beforeAll(async () => {
  directory = temporaryDirectory();
  service = await TestService.start({ env: { DATA_DIR: directory.path } });
  app = await GivenApp.register(service);
});
afterAll(async () => {
  await service.close();
  directory.remove();
});

const at = (name: string): string => join(directory.path, name);

async function ready(): Promise<{ readonly status: number; readonly body: Json }> {
  const response = await fetch(`${service.url}/health/ready`);
  return { status: response.status, body: await response.json() };
}

const INVITE = 'mutation ($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename } }';
let invited = 0;

/** What a mutation is answered that needs a new key and a new event. */
async function write(headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const owner = await service.as(app.owner.keapId);
  const { status, errors, data } = await owner.ask(INVITE, { input: { appId: app.appId, keapId: `new${++invited}@partners.example`, role: 'STANDARD' } }, headers);
  return errors.length > 0 ? `${status} ${errors[0]?.extensions.code ?? ''}: ${errors[0]?.message ?? ''}` : data.invitePartner.__typename;
}

const users = async (): Promise<number> => (await (await service.as(app.owner.keapId)).read('query ($appId: ID!) { app(appId: $appId) { users { totalCount } } }', { appId: app.appId })).app.users.totalCount;

/** The service's own connection to its log. */
const connection = (): Database.Database => Reflect.get(service.running.membership.store.inner, 'database') as Database.Database;

const LOST = '503 STORE_UNAVAILABLE: A file of the event store was deleted or changed while the service was running. Nothing is written until an operator has restored it.';

describe('a file that is taken away while the service runs', () => {
  const CASES = ['events.db', 'events.db-wal', 'keys.db', 'keys.db-wal'].flatMap((name) => [[name, 'was deleted'], [name, 'was replaced by another file']] as const);

  it.each(CASES)('ends writes and readiness, with the reason, while queries go on, until it is put back: %s %s', async (name, what) => {
    expect([await write(), (await ready()).status]).toEqual(['InvitePartnerSuccess', 200]);
    renameSync(at(name), at('away'));
    if (what !== 'was deleted') copyFileSync(at('away'), at(name));
    expect(await ready()).toMatchObject({ status: 503, body: { ready: false, writes: { what: 'FILE_LOST', message: expect.stringContaining(`${name} ${what} while the service was running.`) } } });
    expect(await write()).toBe(LOST);
    expect(await users()).toBeGreaterThan(1);
    expect(await (await fetch(`${service.url}/metrics`)).text()).toContain('\nevent_store_writable 0\n');
    renameSync(at('away'), at(name));
    expect([(await ready()).status, await write()]).toEqual([200, 'InvitePartnerSuccess']);
  });

  it.each(['events.db-wal', 'keys.db-wal'])('loses nothing when it is %s: a restart goes on with everything that was acknowledged', async (name) => {
    await write();
    const before = await users();
    rmSync(at(name));
    expect(await write()).toBe(LOST);
    await service.restart();
    expect([(await ready()).status, await write()]).toEqual([200, 'InvitePartnerSuccess']);
    expect(await users()).toBe(before + 1);
  });
});

describe('a disk that cannot be written', () => {
  it('is told to clients and in readiness until a write succeeds, which the service tries itself', async () => {
    connection().pragma('query_only = ON');
    expect(await write()).toBe('503 STORE_UNAVAILABLE: The disk of the event store is read-only, so nothing was written. Send the same request again when it can be written.');
    const { inner } = service.running.membership.store;
    inner.probe();
    expect(await ready()).toMatchObject({ status: 503, body: { ready: false, store: 'open', writes: { what: 'READ_ONLY', message: expect.stringContaining('events.db cannot be used') } } });
    expect(await users()).toBeGreaterThan(0);
    connection().pragma('query_only = OFF');
    inner.probe();
    expect([(await ready()).status, await write()]).toEqual([200, 'InvitePartnerSuccess']);
  });
});

it('a lock of another program is waited for while other requests are answered', async () => {
  const other = new Database(at('events.db'));
  other.exec('BEGIN IMMEDIATE');
  const waiting = write();
  expect(await users()).toBeGreaterThan(0);
  other.exec('ROLLBACK');
  other.close();
  expect(await waiting).toBe('InvitePartnerSuccess');
});

it('a lock of the read models by another program is waited for by dry runs, while other requests are answered', async () => {
  const { database } = service.running.membership;
  const other = new Database(database.file);
  // Otherwise the service may have a transaction open, in which it commits some changes together.
  database.settle();
  other.exec('BEGIN IMMEDIATE');
  const waiting = write({ 'x-dry-run': 'true' });
  expect(await users()).toBeGreaterThan(0);
  other.exec('ROLLBACK');
  other.close();
  expect(await waiting).toBe('InvitePartnerSuccess');
});

describe('a file that is missing or short at the end', () => {
  it('ends readiness when the log was cut off', async () => {
    await service.restart();
    copyFileSync(at('events.db'), at('away'));
    truncateSync(at('events.db'), 100);
    expect(await ready()).toMatchObject({ status: 503, body: { writes: { what: 'FILE_LOST', message: expect.stringContaining('events.db was cut off') } } });
    copyFileSync(at('away'), at('events.db'));
  });

  it('ends the start without a secret key, and creates no other one', async () => {
    await service.running.close();
    renameSync(at('secret.key'), at('away'));
    await expect(service.restart()).rejects.toThrow(/secret\.key is missing, and .*events\.db was written with it\. Restore it from a backup, or set SECRET_KEY to the key/);
    expect(existsSync(at('secret.key'))).toBe(false);
    renameSync(at('away'), at('secret.key'));
    await service.restart();
  });
});

it('a log that contradicts its signed checkpoints is named in readiness and metrics, and is not written any more', async () => {
  await service.restart();
  await service.running.close();
  copyFileSync(at('events.db'), at('older'));
  await service.restart();
  await write();
  await service.running.close();
  copyFileSync(at('older'), at('events.db'));
  await service.restart();
  while ((await ready()).body.checkpoints === undefined) await pause(5);
  expect(await ready()).toMatchObject({ status: 503, body: { ready: false, checkpoints: { what: 'LOG_CONTRADICTED', message: expect.stringMatching(/^The log ends before position \d+, of which a checkpoint was signed/) } } });
  expect(await write()).toBe('503 STORE_UNAVAILABLE: The event log contradicts its signed checkpoints. Nothing is written until an operator has checked it.');
  expect(await users()).toBeGreaterThan(0);
  expect(await (await fetch(`${service.url}/metrics`)).text()).toContain('\ncheckpoint_contradiction 1\n');
  const operator = await service.as('operator@keap.example', 'operator');
  const { latestCheckpoint } = await operator.read('{ latestCheckpoint { contradiction } }');
  expect(latestCheckpoint.contradiction).toMatch(/^The log ends before position \d+/);
});
