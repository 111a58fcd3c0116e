import { closeSync, cpSync, fstatSync, mkdirSync, openSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'libsql';
import { GivenApp } from '../support/givenApp';
import { lengthen } from '../support/olderReadModels';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';

let whole: TemporaryDirectory;
let directory: TemporaryDirectory;
let app: GivenApp;
let service: TestService;

/** A stopped service's directory, whose log is longer than a tile of its tree. */
beforeAll(async () => {
  whole = temporaryDirectory();
  const first = await TestService.start({ env: { DATA_DIR: whole.path } });
  app = await GivenApp.register(first);
  const { userId } = await app.join('partner');
  await app.assign(userId, 'c1');
  await first.close();
  await lengthen(whole.path, `contacts-${app.appId}`, 1_000);
  await (await TestService.start({ env: { DATA_DIR: whole.path } })).close();
});
beforeEach(() => {
  directory = temporaryDirectory();
  cpSync(whole.path, directory.path, { recursive: true });
});
afterEach(async () => {
  await service.close();
  directory.remove();
});
afterAll(() => { whole.remove(); });

const at = (name: string): string => join(directory.path, name);
const start = async (): Promise<void> => { service = await TestService.start({ env: { DATA_DIR: directory.path } }); };

/** Changes one byte of a stored value. */
function flip(table: 'tiles' | 'places', column: string): void {
  const database = new Database(at('proofs.db'));
  database.exec(`UPDATE ${table} SET ${column} = CASE substr(${column}, 10, 1) WHEN '1' THEN substr(${column}, 1, 9) || '2' || substr(${column}, 11) ELSE substr(${column}, 1, 9) || '1' || substr(${column}, 11) END`);
  database.close();
}

/** How the proof of the first event is answered. */
async function proof(): Promise<string> {
  const auditor = await service.as('auditor@example.com', 'auditor');
  const { latestCheckpoint } = await auditor.read('{ latestCheckpoint { position } }');
  const { membershipEvents } = await auditor.read('query ($appId: ID!) { membershipEvents(filter: { appId: $appId }, first: 1) { nodes { position hash } } }', { appId: app.appId });
  const [{ position, hash }] = membershipEvents.nodes;
  const answer = await auditor.ask('query ($position: LogPosition!, $checkpoint: LogPosition!) { inclusionProof(position: $position, checkpoint: $checkpoint) { eventHash path } }', { position, checkpoint: latestCheckpoint.position });
  return answer.errors[0]?.message ?? String(answer.data.inclusionProof.eventHash === hash && answer.data.inclusionProof.path.length > 0);
}

const ready = async (): Promise<Json> => (await fetch(`${service.url}/health/ready`)).json();

async function untilProved(): Promise<void> {
  while ((await proof()) !== 'true') await pause(5);
}

const DAMAGES: readonly (readonly [string, () => void])[] = [
  ['with one byte of its hashes flipped', () => { flip('tiles', 'hashes'); }],
  ['with one byte of its positions flipped', () => { flip('places', 'positions'); }],
];

it.each(DAMAGES)('%s is filled again at the start, and is not taken for a contradiction', async (_what, damage) => {
  damage();
  await start();
  await untilProved();
  expect(await ready()).toMatchObject({ ready: true });
});

it.each(DAMAGES)('%s is filled again while the service runs; until then proofs say so', async (_what, damage) => {
  await start();
  damage();
  expect(await proof()).toBe('This cannot be proved now: the tree over the log is damaged, and is being filled again. Ask again.');
  await untilProved();
  expect(await ready()).toMatchObject({ ready: true });
});

it.each<readonly [string, () => void]>([
  ['deleted', () => { rmSync(at('proofs.db')); }],
  ['cut off', () => { truncateSync(at('proofs.db'), statSync(at('proofs.db')).size / 2); }],
  ['replaced by a directory', () => { rmSync(at('proofs.db')); mkdirSync(at('proofs.db')); }],
])('is made anew when its file is %s while the service runs', async (_what, damage) => {
  await start();
  await untilProved();
  // While it is open here, no other file gets its number.
  const opened = openSync(at('proofs.db'), 'r');
  const { ino } = fstatSync(opened);
  damage();
  while (statSync(at('proofs.db'), { throwIfNoEntry: false })?.isFile() !== true || statSync(at('proofs.db')).ino === ino) await new Promise((resolve) => setTimeout(resolve, 10));
  closeSync(opened);
  await untilProved();
  expect(await ready()).toMatchObject({ ready: true });
});
