import { cpSync, existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'libsql';
import { openRawLogAt } from '../../src/eventstore/open';
import { verifyLog } from '../../src/proofs/verify/log';
import { GivenApp } from '../support/givenApp';
import { cliProcess, ProgramProcess } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';

let directory: TemporaryDirectory;
let whole: TemporaryDirectory;
let app: GivenApp;
let service: TestService | null = null;

/** A stopped service's directory, which every test gets a copy of. */
beforeAll(async () => {
  whole = temporaryDirectory();
  const first = await TestService.start({ env: { DATA_DIR: whole.path } });
  app = await GivenApp.register(first);
  for (const name of ['first', 'second', 'third']) await app.invite(name);
  await first.close();
});
beforeEach(() => {
  directory = temporaryDirectory();
  cpSync(whole.path, directory.path, { recursive: true });
});
afterEach(async () => {
  await service?.close();
  service = null;
  directory.remove();
});
afterAll(() => { whole.remove(); });

/** Replaces the middle byte of a text by one that is no UTF-8. */
function damage(file: string, table: string, column: string, where: string): void {
  const database = new Database(join(directory.path, file));
  const bytes = `CAST(${column} AS BLOB)`;
  database.exec(`UPDATE ${table} SET ${column} = CAST(substr(${bytes}, 1, length(${bytes}) / 2) || x'ff' || substr(${bytes}, length(${bytes}) / 2 + 2) AS TEXT) WHERE ${where}`);
  database.close();
}

async function findings(): Promise<readonly Json[]> {
  const log = await openRawLogAt({ dataDir: directory.path, eventStoreUrl: null });
  try {
    return (await verifyLog({ log, checkpointLines: [], tree: null, trustedKeyIds: null, onProgress: () => undefined })).findings;
  } finally {
    await log.close();
  }
}

const INVITED = "position = (SELECT min(position) FROM events WHERE type = 'PartnerInvited')";
const ready = async ({ url }: TestService): Promise<{ readonly status: number; readonly body: Json }> => {
  const response = await fetch(`${url}/health/ready`);
  return { status: response.status, body: await response.json() };
};

describe('a byte of the log that is no UTF-8', () => {
  it.each(['data', 'metadata', 'id', 'type', 'occurred_at', 'hash', 'stream'])('is named by verify, in %s', async (column) => {
    damage('events.db', 'events', column, INVITED);
    expect(await findings()).toEqual(expect.arrayContaining([expect.objectContaining({ what: 'EVENT_EDITED' })]));
  });

  it('fails the requests that need it and readiness, and nothing else', async () => {
    damage('events.db', 'events', 'data', INVITED);
    service = await TestService.start({ env: { DATA_DIR: directory.path } });
    const owner = await service.as(app.owner.keapId);
    const auditor = await service.as('auditor@example.com', 'auditor');
    expect((await owner.read('query ($appId: ID!) { app(appId: $appId) { users { totalCount } } }', { appId: app.appId })).app.users.totalCount).toBe(4);
    const history = await auditor.ask('query ($appId: ID!) { membershipEvents(filter: { appId: $appId }, first: 10) { nodes { __typename } } }', { appId: app.appId });
    expect([history.status, history.errors[0]?.message]).toEqual([503, 'A file of the event store is damaged. An operator has to restore it.']);
    expect(await ready(service)).toMatchObject({ status: 503, body: { ready: false, writes: { what: 'FILE_DAMAGED', message: expect.stringMatching(/^events\.db cannot be used \(.+ is not what was written\)\. Stop the service, run "verify"/) } } });
    const other = await GivenApp.register(service);
    expect((await other.invite('somebody')).userId).not.toBe('');
  });

  it('ends the start with what is wrong and what to do, when it is in the last event', async () => {
    damage('events.db', 'events', 'data', 'position = (SELECT max(position) FROM events)');
    const { code, stdout, stderr } = await new ProgramProcess('dist/main.js', [], { DATA_DIR: directory.path, PORT: '0', LOG_LEVEL: 'error' }).ended;
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^partner-access did not start: .+\/events\.db is damaged at its end: the event at position \d+ \(app-\w+, revision \d+\) cannot be read: its data is not what was written\. Nothing can be written after it\. Run "npm run cli -- verify", which names everything that is damaged, and restore the file from a backup without its -wal and -shm files\.\n$/);
    expect(await findings()).toEqual([expect.objectContaining({ what: 'EVENT_EDITED' })]);
  });

  it('ends no command without a sentence', async () => {
    damage('events.db', 'events', 'data', INVITED);
    const out = temporaryDirectory();
    const env = { DATA_DIR: directory.path };
    const runs = await Promise.all([['verify'], ['replay'], ['export', '--app', app.appId, '--out', join(out.path, 'bundle')], ['backup', '--out', join(out.path, 'backup')]].map(async (args) => {
      const { code, signal, stdout, stderr } = await cliProcess(args, env).ended;
      return { command: args[0], code, signal, said: /app-\w+, revision 3\b/.test(stdout + stderr) };
    }));
    out.remove();
    expect(runs).toEqual(['verify', 'replay', 'export', 'backup'].map((command) => ({ command, code: expect.any(Number), signal: null, said: true })));
    expect(runs.filter(({ code }) => code === 0)).toEqual([]);
  });
});

describe('read models', () => {
  const users = async (): Promise<string> => {
    const owner = await service?.as(app.owner.keapId);
    const answer = await owner?.ask('query ($appId: ID!) { app(appId: $appId) { users { nodes { keapId } } } }', { appId: app.appId });
    return `${answer?.status ?? 0} ${answer?.data?.app?.users.nodes.length ?? answer?.errors[0]?.extensions.code ?? ''}`;
  };
  const live = (): string => basename(service?.running.membership.database.file ?? '');

  it('with a byte that is no UTF-8 fail one request and readiness, and are filled again by themselves', async () => {
    service = await TestService.start({ env: { DATA_DIR: directory.path } });
    const before = live();
    const tables = new Database(join(directory.path, before));
    const [table] = tables.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'user_list_v*_users'").raw(true).all().map(String);
    tables.close();
    damage(before, table ?? '', 'keap_id', 'true');
    expect(await users()).toBe('500 INTERNAL_SERVER_ERROR');
    expect(await ready(service)).toMatchObject({ status: 503, body: { ready: false, readModels: { what: 'READ_MODELS_DAMAGED', message: expect.stringContaining(`${before} is damaged`) } } });
    while ((await ready(service)).status !== 200) await pause(5);
    expect(await users()).toBe('200 4');
    expect(live()).not.toBe(before);
  });

  it('that are deleted while the service runs are filled again', async () => {
    service = await TestService.start({ env: { DATA_DIR: directory.path } });
    rmSync(join(directory.path, live()));
    service.running.membership.readModelsHealth.probe();
    expect((await ready(service)).status).toBe(503);
    while ((await ready(service)).status !== 200) await pause(5);
    expect(await users()).toBe('200 4');
    expect(existsSync(join(directory.path, live()))).toBe(true);
  });
});
