import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'libsql';
import { GivenApp } from '../support/givenApp';
import { MovableClock } from '../support/movableClock';
import { type ServiceProcess, startServiceProcess } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { type Json, type Person, TestService } from '../support/testService';
import { execFileSync } from 'node:child_process';

/** The whole tables take a minute. Without SOAK, the rows that start few services are compared with the document. */
const SOAK = process.env['SOAK'] !== undefined || process.env['UPDATE_DOCS'] === '1';
const DOCUMENT = join(__dirname, '../../docs/operations.md');
const UPDATE_COMMAND = 'UPDATE_DOCS=1 npx jest test/composition/faults';

let whole: TemporaryDirectory;
let owner: string;
let appId: string;
const clock = new MovableClock();

beforeAll(async () => {
  whole = temporaryDirectory();
  const service = await TestService.start({ env: { DATA_DIR: whole.path } });
  const app = await GivenApp.register(service, { licences: 1_000 });
  [appId, owner] = [app.appId, app.owner.keapId];
  await app.invite('first');
  await service.close();
});
afterAll(() => { whole.remove(); });

interface Running {
  readonly url: string;
  as(keapId: string): Promise<Person>;
}

async function ready({ url }: Running): Promise<string> {
  const response = await fetch(`${url}/health/ready`);
  const { writes, checkpoints, readModels } = (await response.json()) as Json;
  const reason = writes ?? checkpoints ?? readModels;
  return reason === undefined ? String(response.status) : `${response.status} \`${reason.what}\``;
}

let invited = 0;
async function write(service: Running): Promise<string> {
  const { status, errors, data } = await (await service.as(owner)).ask('mutation ($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename } }', { input: { appId, keapId: `new${++invited}@partners.example`, role: 'STANDARD' } });
  return errors.length > 0 ? `${status} \`${errors[0]?.extensions.code ?? ''}\`: ${errors[0]?.message.split(/[,.] /)[0] ?? ''}` : data.invitePartner.__typename === 'InvitePartnerSuccess' ? 'is written' : data.invitePartner.__typename;
}

async function query(service: Running): Promise<string> {
  const { errors, data } = await (await service.as(owner)).ask('query ($appId: ID!) { app(appId: $appId) { users { totalCount } } }', { appId });
  return errors.length > 0 ? `\`${errors[0]?.extensions.code ?? ''}\`` : data.app?.users.totalCount >= 2 ? 'is answered' : 'is answered wrongly';
}

const rowOf = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The rows of a table in the document, by their first two cells. */
function documented(): ReadonlyMap<string, string> {
  const rows = readFileSync(DOCUMENT, 'utf8').split('\n').filter((line) => line.startsWith('| '));
  return new Map(rows.map((row) => [row.split(' | ').slice(0, 2).join(' | '), row]));
}

/** Compares rows with those of the document, or writes all of them there. */
function check(name: string, head: readonly string[], rows: readonly string[]): void {
  if (process.env['UPDATE_DOCS'] === '1') {
    const [begin, end] = [`<!-- ${name}: written by ${UPDATE_COMMAND} -->`, `<!-- end of ${name} -->`];
    const text = readFileSync(DOCUMENT, 'utf8');
    const table = [rowOf(...head), `|${'---|'.repeat(head.length)}`, ...rows].join('\n');
    writeFileSync(DOCUMENT, `${text.slice(0, text.indexOf(begin) + begin.length)}\n\n${table}\n\n${text.slice(text.indexOf(end))}`);
  }
  const known = documented();
  const outdated = rows.filter((row) => known.get(row.split(' | ').slice(0, 2).join(' | ')) !== row);
  if (outdated.length > 0) throw new Error(`docs/operations.md is outdated. Run: ${UPDATE_COMMAND}\n${outdated.join('\n')}`);
}

/** Inverts a byte of the header of a database, or of another file. */
function flipByte(file: string): void {
  const bytes = readFileSync(file);
  const at = Math.min(bytes.length - 2, 110);
  bytes.writeUInt8((bytes[at] ?? 0) ^ 0xff, at);
  writeFileSync(file, bytes);
}

describe('the document of operations says what happens', () => {
  it('while the service runs', async () => {
    const directory = temporaryDirectory();
    cpSync(whole.path, directory.path, { recursive: true });
    const service = await TestService.start({ env: { DATA_DIR: directory.path }, clock });
    try {
      const at = (name: string): string => join(directory.path, name);
      const { store, readModelsHealth } = service.running.membership;
      const connection = (): Database.Database => Reflect.get(service.running.membership.store.inner, 'database') as Database.Database;
      const gone = (name: string) => ({ damage: () => { renameSync(at(name), at('away')); }, mend: () => { rmSync(at(name), { force: true, recursive: true }); renameSync(at('away'), at(name)); } });
      const replaced = (name: string) => ({ ...gone(name), damage: () => { renameSync(at(name), at('away')); copyFileSync(at('away'), at(name)); } });
      const nothing = { mend: () => undefined };
      const live = service.running.membership.database.file.slice(directory.path.length + 1);
      const faults: readonly (readonly [file: string, what: string, fault: { damage(): void; mend(): void }])[] = [
        ['`events.db`', 'deleted', gone('events.db')],
        ['`events.db`', 'replaced by a copy', replaced('events.db')],
        ['`events.db-wal`', 'deleted', gone('events.db-wal')],
        ['`events.db-wal`', 'replaced by a copy', replaced('events.db-wal')],
        ['`keys.db`', 'deleted', gone('keys.db')],
        ['`keys.db`', 'replaced by a copy', replaced('keys.db')],
        ['`secret.key`', 'deleted', gone('secret.key')],
        ['`checkpoint.key`', 'deleted', gone('checkpoint.key')],
        ['`checkpoints/`', 'deleted', gone('checkpoints')],
        ['`proofs.db`', 'deleted', gone('proofs.db')],
        ['the disk', 'read-only', { damage: () => { connection().pragma('query_only = ON'); }, mend: () => { connection().pragma('query_only = OFF'); } }],
        ['the clock', '30 days ahead, then right again', { damage: () => { clock.pass(30 * 86_400_000); }, mend: () => { clock.pass(-30 * 86_400_000); } }],
        ['the read models', 'deleted', { ...nothing, damage: () => { rmSync(at(live)); readModelsHealth.probe(); } }],
      ];
      const rows: string[] = [];
      await write(service);
      for (const [file, what, { damage, mend }] of faults) {
        damage();
        const written = await write(service);
        const cells = [written, await query(service), await ready(service)];
        mend();
        store.inner.probe();
        while (cells[2]?.includes('READ_MODELS') === true && (await ready(service)) !== '200') await new Promise((resolve) => setImmediate(resolve));
        const after = [await write(service), await ready(service)];
        rows.push(rowOf(file, what, ...cells, after.join() === 'is written,200' ? (cells[2] === '200' ? 'nothing to heal' : file === 'the read models' ? 'by itself' : 'when it is mended') : `${after[0] ?? ''}, ${after[1] ?? ''}`));
      }
      check('faults while it runs', ['What', 'Fault', 'A write', 'A query', '`/health/ready`', 'Heals'], SOAK ? [...rows, ...await limited()] : rows);
    } finally {
      await service.close();
      directory.remove();
    }
  }, 120_000);

  it('when it starts', async () => {
    const files = ['events.db', 'keys.db', 'secret.key', 'checkpoint.key', 'checkpoints', 'proofs.db', 'readmodels.db'];
    const faults: readonly (readonly [string, (file: string) => void])[] = [
      ['deleted', (file) => { rmSync(file, { recursive: true }); }],
      ['cut off', (file) => { truncateSync(file, Math.min(5_000, Math.floor(statSync(file).size / 2))); }],
      ['one byte flipped', flipByte],
      ['unreadable: a directory in its place', (file) => { rmSync(file); mkdirSync(file); }],
    ];
    const rows: string[] = [];
    for (const name of SOAK ? files : files.slice(0, 3)) {
      for (const [what, damage] of faults) {
        if (name === 'checkpoints' && what !== 'deleted') continue;
        const directory = temporaryDirectory();
        cpSync(whole.path, directory.path, { recursive: true });
        const file = name === 'readmodels.db' && !existsSync(join(directory.path, name)) ? 'readmodels.next.db' : name;
        damage(join(directory.path, file));
        rows.push(rowOf(`\`${name}\``, `${what} before the start`, ...(await started(directory.path))));
        directory.remove();
      }
    }
    check('faults before the start', ['File', 'Fault', 'The start', 'Then'], rows);
  }, 240_000);
});

/** How a start ends, and what the service answers then. */
async function started(path: string): Promise<readonly [string, string]> {
  let service: TestService;
  try {
    service = await TestService.start({ env: { DATA_DIR: path } });
  } catch (error) {
    const [said = ''] = String(error instanceof Error ? error.message : error).replaceAll(`${path}/`, '').replaceAll(path, 'DATA_DIR').split(/(?<=[a-z0-9)])\. (?=[A-Z])/);
    return ['is refused', said.replace(/\.$/, '').replaceAll('|', '\\|')];
  }
  try {
    const giveUpAt = performance.now() + 20_000;
    while ((await ready(service)) !== '200' && performance.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 20));
    return ['succeeds', `a write ${await write(service)}, a query ${await query(service)}, ready ${await ready(service)}`];
  } finally {
    await service.close();
  }
}

/** Faults that need limits of the operating system on a process. */
async function limited(): Promise<readonly string[]> {
  const directory = temporaryDirectory();
  cpSync(whole.path, directory.path, { recursive: true });
  const service = await startServiceProcess(directory.path);
  const limit = (text: string): void => { execFileSync('prlimit', ['--pid', String(service.program.pid), text], { stdio: 'ignore' }); };
  const settled = async (from: ServiceProcess, wanted: (state: string) => boolean): Promise<string> => {
    for (;;) {
      const state = await ready(from);
      if (wanted(state)) return state;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await write(service);
  limit('--fsize=4096:');
  const full = [await write(service), await query(service), await settled(service, (state) => state !== '200')];
  limit('--fsize=unlimited:');
  await settled(service, (state) => state === '200');
  const after = await write(service);
  service.program.kill('SIGTERM');
  await service.program.ended;
  directory.remove();
  return [rowOf('the disk', 'full', ...full, after === 'is written' ? 'by itself when there is space' : after)];
}
