import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../support/temporaryDirectory';
import { TestService } from '../../support/testService';
import { flipByte, flipInRow, type GivenDirectory, givenDirectory, nextTurn, query, ready, UNLIMITED, write } from './given';
import { unreadableAtTheStart } from './processes';
import { checkTable, rowOf, SOAK } from './table';

let given: GivenDirectory;
beforeAll(async () => { given = await givenDirectory(); });
afterAll(() => { given.directory.remove(); });

const FILES = ['events.db', 'keys.db', 'secret.key', 'checkpoint.key', 'proofs.db', 'readmodels.db'];
const DIRECTORIES = ['checkpoints', 'past', 'rosters', 'outbox'];

/** The rows that are compared in every run: the files without which nothing goes. */
const ALWAYS = ['events.db', 'keys.db', 'secret.key'];

type Damage = readonly [how: string, damage: (path: string) => void];

const cutOff = (file: string): void => { truncateSync(file, Math.min(5_000, Math.floor(statSync(file).size / 2))); };
const eachIn = (directory: string, damage: (file: string) => void): void => { for (const name of readdirSync(directory)) damage(join(directory, name)); };

const OF_FILES: readonly Damage[] = [
  ['deleted', (file) => { rmSync(file); }],
  ['cut off', cutOff],
  ['one byte flipped', flipByte],
  ['unreadable: a directory in its place', (file) => { rmSync(file); mkdirSync(file); }],
];
const OF_DIRECTORIES: readonly Damage[] = [
  ['deleted', (directory) => { rmSync(directory, { recursive: true }); }],
  ['its files cut off', (directory) => { eachIn(directory, cutOff); }],
  ['one byte of each file flipped', (directory) => { eachIn(directory, (file) => { flipByte(file, statSync(file).size >> 1); }); }],
  ['unreadable: a file in its place', (directory) => { rmSync(directory, { recursive: true }); writeFileSync(directory, ''); }],
];
const OF_ROWS: readonly (readonly [name: string, ...Damage])[] = [
  ['events.db', 'one byte of the last event flipped', (file) => { flipInRow(file, 'events', 'data', 'position = (SELECT max(position) FROM events)'); }],
  ['events.db', 'one byte of another event flipped', (file) => { flipInRow(file, 'events', 'data', "position = (SELECT min(position) FROM events WHERE type = 'PartnerInvited')"); }],
  ['keys.db', 'one byte of each key flipped', (file) => { flipInRow(file, 'keys', 'wrapped', 'wrapped IS NOT NULL'); }],
  ['proofs.db', 'one byte of each row flipped', (file) => { flipInRow(file, 'recent', 'hash', 'true'); }],
  ['readmodels.db', 'one byte of each user flipped', (file) => { flipInRow(file, 'user_list_v*_users', 'keap_id', 'true'); }],
  ['checkpoints/', 'one digit of the number of events in each line changed', (directory) => { eachIn(directory, (file) => { writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/"events":\d/g, '"events":9')); }); }],
];

/** How the service starts with a damaged copy of the directory, and what it answers then. */
async function started(name: string, damage: (path: string) => void): Promise<readonly [string, string]> {
  const directory = temporaryDirectory();
  cpSync(given.directory.path, directory.path, { recursive: true });
  const path = join(directory.path, name);
  if (name === 'past') mkdirSync(path, { recursive: true });
  damage(name === 'readmodels.db' && !existsSync(path) ? join(directory.path, 'readmodels.next.db') : path);
  let service: TestService | null = null;
  try {
    service = await TestService.start({ env: { ...UNLIMITED, DATA_DIR: directory.path }, sends: ['mail'] });
    const giveUpAt = performance.now() + 20_000;
    const answers = [await write(service, given), await query(service, given)];
    while ((await ready(service)) !== '200' && performance.now() < giveUpAt && !(await ready(service)).includes('FILE_DAMAGED')) await nextTurn();
    const meanwhile = answers.some((answer) => answer.startsWith('500')) ? ' until new ones are filled' : '';
    return ['succeeds', `a write ${answers[0] ?? ''}, a query ${answers[1] ?? ''}${meanwhile}, ready ${await ready(service)}`];
  } catch (error) {
    if (service !== null) throw error;
    const [said = ''] = String(error instanceof Error ? error.message : error).replaceAll(`${directory.path}/`, '').replaceAll(directory.path, 'DATA_DIR').replaceAll(/position \d+/g, 'position …').replaceAll(/\(app\w*-\w+, revision \d+\)/g, '(…)').split(/(?<=[a-z0-9)])\. (?=[A-Z])/);
    return ['is refused', said.replace(/\.$/, '').replaceAll('|', '\\|')];
  } finally {
    await service?.close();
    directory.remove();
  }
}

it('the document of operations says what a fault does when the service starts', async () => {
  const cases = [
    ...FILES.flatMap((name) => OF_FILES.map(([how, damage]) => [name, how, damage] as const)),
    ...DIRECTORIES.flatMap((name) => OF_DIRECTORIES.map(([how, damage]) => [`${name}/`, how, damage] as const)),
    ...OF_ROWS,
  ];
  const rows: string[] = [];
  for (const [name, how, damage] of cases) {
    if (SOAK || (ALWAYS.includes(name) && !OF_ROWS.some((row) => row[1] === how))) rows.push(rowOf(`\`${name}\``, how, ...(await started(name.replace('/', ''), damage))));
  }
  if (SOAK) rows.push(...await unreadableAtTheStart(given, [...FILES, ...DIRECTORIES.map((name) => `${name}/`)]));
  checkTable('faults before the start', ['File', 'Fault before the start', 'The start', 'Then'], rows);
}, 300_000);
