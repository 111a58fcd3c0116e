import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { openRawLogAt } from '../../src/eventstore/open';
import { verifyLog } from '../../src/proofs/verify/log';
import { GivenApp } from '../support/givenApp';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';

/** Overwrites the file with bytes that are not SQLite's. */
const overwrite = (file: string): void => { writeFileSync(file, Buffer.alloc(8_192, 0x5a)); };

/** Keeps the header and cuts the rest off. */
const cutOff = (file: string): void => { truncateSync(file, 5_000); };

/** Keeps the header and overwrites the page of the schema. */
function overwriteSchema(file: string): void {
  const bytes = readFileSync(file);
  bytes.fill(0x5a, 100, 4_096);
  writeFileSync(file, bytes);
}

const DAMAGES = [['overwritten', overwrite], ['cut off', cutOff], ['without its schema', overwriteSchema]] as const;

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => {
  directory.remove();
});

const at = (name: string): string => join(directory.path, name);
const start = (): Promise<TestService> => TestService.start({ env: { DATA_DIR: directory.path } });

/** A stopped service's directory, with one app in its log. */
async function givenLog(): Promise<{ readonly appId: string; readonly keapId: string }> {
  const service = await start();
  const app = await GivenApp.register(service);
  await app.invite('partner');
  await service.close();
  return { appId: app.appId, keapId: app.owner.keapId };
}

function run(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}

async function findings(): Promise<readonly string[]> {
  const log = await openRawLogAt({ dataDir: directory.path, eventStoreUrl: null });
  try {
    const { findings: found } = await verifyLog({ log, checkpointLines: [], tree: null, trustedKeyIds: null, onProgress: () => undefined });
    return found.map(({ what, message }) => `${what}: ${message}`);
  } finally {
    await log.close();
  }
}

describe('a file that can be filled from the log', () => {
  it.each(DAMAGES.flatMap(([how, damage]) => ['readmodels.db', 'proofs.db'].map((name) => [name, how, damage] as const)))('is replaced at the start when it is damaged: %s, %s', async (name, _how, damage) => {
    const { appId, keapId } = await givenLog();
    const file = existsSync(at(name)) ? at(name) : at('readmodels.next.db');
    damage(file);
    const service = await start();
    const owner = await service.as(keapId);
    expect(await owner.read('query ($appId: ID!) { app(appId: $appId) { users { totalCount } } }', { appId })).toEqual({ app: { users: { totalCount: 2 } } });
    await service.close();
    expect(await findings()).toEqual([]);
  });

  it('can be read by its owner only, also when it could be read by others before', async () => {
    await givenLog();
    const files = readdirSync(directory.path).filter((name) => name.endsWith('.db'));
    expect(files.map((name) => [name, statSync(at(name)).mode & 0o777])).toEqual(files.map((name) => [name, 0o600]));
    chmodSync(at('proofs.db'), 0o644);
    await (await start()).close();
    expect(statSync(at('proofs.db')).mode & 0o777).toBe(0o600);
  });
});

describe('a missing event log', () => {
  it.each(['keys.db', 'readmodels.db', 'proofs.db', 'checkpoints'])('ends the start when only %s is there', async (left) => {
    await givenLog();
    const kept = temporaryDirectory();
    const source = left === 'readmodels.db' && !existsSync(at(left)) ? 'readmodels.next.db' : left;
    renameSync(at(source), join(kept.path, left));
    directory.remove();
    directory = kept;
    await expect(start()).rejects.toThrow(new RegExp(`events\\.db, the event log, is missing, but .*${left} of a log is there\\. Restore events\\.db from a backup`));
    expect(existsSync(at('events.db'))).toBe(false);
    renameSync(at(left), at('moved-away'));
    await (await start()).close();
  });
});

describe('an event file to which somebody has added an object', () => {
  const REFUSED = 'has been changed by somebody: it has';

  it.each([
    ['a trigger that drops events', "CREATE TRIGGER swallow BEFORE INSERT ON events WHEN new.type = 'PartnerInvited' BEGIN SELECT RAISE(IGNORE); END", 'the trigger swallow on events'],
    ['a table', 'CREATE TABLE copies (data TEXT)', 'the table copies'],
    ['a view', 'CREATE VIEW names AS SELECT data FROM events', 'the view names'],
    ['an index', 'CREATE INDEX by_type ON events (type)', 'the index by_type on events'],
    ['a column', "ALTER TABLE events ADD COLUMN note TEXT DEFAULT ''", 'another definition of the table events'],
  ])('ends the start, and verify names it: %s', async (_what, sql, named) => {
    await givenLog();
    run(at('events.db'), sql);
    await expect(start()).rejects.toThrow(`${REFUSED} ${named}. Find out who did it`);
    expect(await findings()).toEqual([`FOREIGN_OBJECT: The file of the events has ${named}, which the service did not create.`]);
  });

  it('ends the start for the keys of people too', async () => {
    await givenLog();
    run(at('keys.db'), 'CREATE TRIGGER keep AFTER UPDATE ON keys BEGIN INSERT INTO meta VALUES (old.id, old.wrapped); END');
    await expect(start()).rejects.toThrow('the trigger keep on keys');
  });

  it('allows the statistics of ANALYZE', async () => {
    await givenLog();
    run(at('events.db'), 'ANALYZE');
    await (await start()).close();
  });

  it.each([
    ['drops', 'CREATE TRIGGER swallow BEFORE INSERT ON events BEGIN SELECT RAISE(IGNORE); END'],
    ['deletes', 'CREATE TRIGGER swallow AFTER INSERT ON events BEGIN DELETE FROM events WHERE id = new.id; END'],
    ['adds', "CREATE TRIGGER extra AFTER INSERT ON events WHEN new.stream NOT LIKE 'extra%' BEGIN INSERT INTO events SELECT NULL, new.id || 'x', 'extra' || new.id, 0, type, schema_version, occurred_at, data, metadata, hash FROM events WHERE id = new.id; END"],
  ])('acknowledges no append whose events it %s while the service runs', async (_what, sql) => {
    const service = await start();
    const app = await GivenApp.register(service);
    run(at('events.db'), sql);
    const refused = await app.owner.ask('mutation ($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename } }', { input: { appId: app.appId, keapId: 'p@partners.example', role: 'STANDARD' } });
    expect([refused.status, refused.errors[0]?.extensions.code]).toEqual([503, 'STORE_UNAVAILABLE']);
    run(at('events.db'), `DROP TRIGGER ${sql.split(' ')[2] ?? ''}`);
    await app.invite('partner');
    await service.close();
    expect(await findings()).toEqual([]);
  });
});

it('a copy of the files is a log like any other', async () => {
  const { appId, keapId } = await givenLog();
  const copy = temporaryDirectory();
  for (const name of ['events.db', 'keys.db', 'secret.key']) copyFileSync(at(name), join(copy.path, name));
  const service = await TestService.start({ env: { DATA_DIR: copy.path } });
  expect((await (await service.as(keapId)).read('query ($appId: ID!) { app(appId: $appId) { appId } }', { appId })).app.appId).toBe(appId);
  await service.close();
  copy.remove();
});

it('a departure whose second event was removed is named by verify', async () => {
  const clock = { now: () => new Date(Date.now() - 120_000).toISOString() };
  const service = await TestService.start({ env: { DATA_DIR: directory.path }, clock });
  const app = await GivenApp.register(service);
  const { person, userId } = await app.join('partner');
  expect(await person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId })).toMatchObject({ __typename: 'LeaveAppSuccess' });
  await service.close();
  expect(await findings()).toEqual([]);
  run(at('events.db'), "DELETE FROM events WHERE type = 'PartnerLeftApp'");
  expect(await findings()).toEqual([expect.stringMatching(new RegExp(`^DEPARTURE_MISSING: The contacts of the user ${userId} were closed at .+, and no departure of that user from ${app.appId} follows`))]);
});
