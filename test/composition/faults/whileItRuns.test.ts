import { closeSync, copyFileSync, cpSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type Database from 'libsql';
import { MovableClock } from '../../support/movableClock';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';
import type { Json } from '../../support/person';
import { TestService } from '../../support/testService';
import { flipInRow, flipText, type GivenDirectory, givenDirectory, history, nextTurn, past, proof, query, ready, restoreRows, UNLIMITED, waitingMessages, write } from './given';
import { faultsOfProcesses } from './processes';
import { checkTable, rowOf, SOAK } from './table';

const MONTH_MS = 30 * 86_400_000;
const HEALTHY = ['is written', '200'];

let given: GivenDirectory;
beforeAll(async () => { given = await givenDirectory(); });
afterAll(() => { given.directory.remove(); });

/** A running service, and what is done to its files. */
class World {
  readonly clock = new MovableClock();
  readonly #directory: TemporaryDirectory = temporaryDirectory();
  #service: TestService | null = null;
  positions: readonly string[] = [];

  async start(): Promise<this> {
    cpSync(given.directory.path, this.#directory.path, { recursive: true });
    this.#service = await TestService.start({ env: { ...UNLIMITED, DATA_DIR: this.#directory.path }, clock: this.clock, sends: ['mail'] });
    const { membershipEvents } = await (await this.service.as('auditor@example.com', 'auditor')).read('query ($appId: ID!) { membershipEvents(filter: { appId: $appId }, last: 40) { nodes { position } } }', { appId: given.appId });
    this.positions = membershipEvents.nodes.map(({ position }: Json) => position);
    return this;
  }

  async close(): Promise<void> {
    await this.#service?.close();
    this.#directory.remove();
  }

  get service(): TestService {
    if (this.#service === null) throw new Error('The service was not started.');
    return this.#service;
  }

  at(name: string): string {
    return join(this.#directory.path, name);
  }

  get readModels(): string {
    return basename(this.service.running.membership.database.file);
  }

  get connection(): Database.Database {
    return Reflect.get(this.service.running.membership.store.inner, 'database') as Database.Database;
  }

  /** Lets the service check its files now, rather than within two seconds. */
  probe(): void {
    const { store, keys, readModelsHealth } = this.service.running.membership;
    store.inner.probe();
    keys.probe();
    readModelsHealth.probe();
  }
}

interface Fault {
  readonly what: string;
  readonly how: string;
  readonly damage: (world: World) => void | Promise<void>;
  /** Puts things right again; absent where the service does. */
  readonly mend?: (world: World) => void | Promise<void>;
  /** What else is asked than users. */
  readonly ask?: (world: World) => Promise<string>;
  /** Whether the service has put things right, where that is not seen in its answers. */
  readonly isMended?: (world: World) => boolean;
  /** Takes a service of its own, which is started again after the repair. */
  readonly restarts?: true;
  /** Whether read models are filled again meanwhile. */
  readonly refills?: true;
}

const shown = (name: string): string => `\`${name}\``;
const away = (name: string, damage: (world: World) => void): Pick<Fault, 'damage' | 'mend'> => ({
  damage: (world) => {
    renameSync(world.at(name), world.at('away'));
    damage(world);
  },
  mend: (world) => {
    rmSync(world.at(name), { force: true, recursive: true });
    renameSync(world.at('away'), world.at(name));
  },
});
const inPlace = (name: string, damage: (file: string, world: World) => void): Pick<Fault, 'damage' | 'mend'> => ({
  damage: (world) => {
    copyFileSync(world.at(name), world.at('copy'));
    damage(world.at(name), world);
  },
  mend: (world) => { copyFileSync(world.at('copy'), world.at(name)); },
});
const deleted = (name: string, more: Partial<Fault> = {}): Fault => ({ what: shown(name), how: 'deleted', ...away(name, () => undefined), ...more });
const replaced = (name: string): Fault => ({ what: shown(name), how: 'replaced by a copy', ...away(name, (world) => { copyFileSync(world.at('away'), world.at(name)); }) });
const unreadable = (name: string, more: Partial<Fault> = {}): Fault => ({ what: shown(name), how: 'unreadable: a directory in its place', ...away(name, (world) => { mkdirSync(world.at(name)); }), ...more });
const cutOff = (name: string, more: Partial<Fault> = {}): Fault => ({ what: shown(name), how: 'cut off', ...inPlace(name, (file) => { truncateSync(file, Math.floor(statSync(file).size / 2)); }), ...more });
/** A directory in which every file is damaged, or in whose place there is something else. */
const inFiles = (name: string, how: string, damage: (file: string) => void, more: Partial<Fault> = {}): Fault => ({
  what: shown(`${name}/`),
  how,
  damage: (world) => {
    for (const file of readdirSync(world.at(name))) damage(join(world.at(name), file));
  },
  ...more,
});
const ofDirectory = (name: string, more: Partial<Fault> = {}): readonly Fault[] => [
  { ...deleted(name, more), what: shown(`${name}/`) },
  inFiles(name, 'its files cut off', (file) => { truncateSync(file, Math.floor(statSync(file).size / 2)); }, more),
  inFiles(name, 'one byte of each file flipped', (file) => { flipText(file, given.owner); }, more),
  { ...unreadable(name, more), what: shown(`${name}/`), how: 'unreadable: a file in its place', ...away(name, (world) => { writeFileSync(world.at(name), ''); }) },
];

const inThePast = { ask: ({ service, positions }: World) => past(service, given, [positions.at(-30) ?? '', positions.at(-1) ?? '']) };
/** The tree of the proofs, which the service makes anew. While the old file is open here, no other one gets its number. */
function ofTree(how: string, damage: (file: string) => void): Fault {
  let opened = 0;
  return {
    what: '`proofs.db`',
    how,
    damage: (world) => {
      opened = openSync(world.at('proofs.db'), 'r');
      damage(world.at('proofs.db'));
    },
    ask: ({ service }) => proof(service, given),
    isMended(world) {
      const now = statSync(world.at('proofs.db'), { throwIfNoEntry: false });
      if (now?.isFile() !== true || now.ino === fstatSync(opened).ino) return false;
      closeSync(opened);
      return true;
    },
  };
}
const inRows = (name: string, how: string, { table, key, column, where }: { readonly table: string; readonly key: string; readonly column: string; readonly where: string }): Fault => ({
  what: shown(name),
  how,
  damage: (world) => {
    copyFileSync(world.at(name), world.at('copy'));
    flipInRow(world.at(name), table, column, where);
  },
  mend: (world) => { restoreRows(world.at(name), world.at('copy'), table, key, column); },
  ask: ({ service }) => history(service, given),
  restarts: true,
});
/** Read models that the service fills again. What requests meet depends on how far it is. */
const ofReadModels = (how: string, damage: (file: string) => void): Fault => ({
  what: 'the read models',
  how,
  damage: (world) => {
    // Nobody else may write the file while the service has a transaction open, in which it commits some changes together.
    world.service.running.membership.database.settle();
    damage(world.at(world.readModels));
  },
  refills: true,
});
/** Whether a message of the last invitation has come into the outbox. */
const sent = {
  async ask(world: World): Promise<string> {
    for (;;) {
      if ((await waitingMessages(world.service)) === 0) return 'messages are sent';
      if (statSync(world.at('outbox'), { throwIfNoEntry: false })?.isFile() === true) return 'messages wait';
      await nextTurn();
    }
  },
};

const FAULTS: readonly Fault[] = [
  ...['events.db', 'events.db-wal', 'keys.db', 'keys.db-wal'].flatMap((name) => [deleted(name), replaced(name), unreadable(name)]),
  cutOff('events.db'),
  cutOff('keys.db'),
  ...['secret.key', 'checkpoint.key'].flatMap((name) => [deleted(name), cutOff(name), { ...cutOff(name), how: 'one byte flipped', ...inPlace(name, (file) => { flipText(file, 'e'); }) }, unreadable(name)]),
  ...ofDirectory('checkpoints'),
  ofTree('deleted', (file) => { rmSync(file); }),
  ofTree('cut off', (file) => { truncateSync(file, Math.floor(statSync(file).size / 2)); }),
  ofTree('one byte of each row flipped', (file) => { flipInRow(file, 'tiles', 'hashes', 'true'); }),
  ofTree('unreadable: a directory in its place', (file) => { rmSync(file); mkdirSync(file); }),
  ...ofDirectory('past', inThePast),
  ...ofDirectory('rosters'),
  ...ofDirectory('outbox', sent),
  { what: 'the disk', how: 'read-only', damage: ({ connection }) => { connection.pragma('query_only = ON'); }, mend: ({ connection }) => { connection.pragma('query_only = OFF'); } },
  { what: 'the clock', how: '30 days ahead, then right again', damage: ({ clock }) => { clock.pass(MONTH_MS); }, mend: ({ clock }) => { clock.pass(-MONTH_MS); } },
  { what: 'the clock', how: '30 days back, then right again', damage: ({ clock }) => { clock.pass(-MONTH_MS); }, mend: ({ clock }) => { clock.pass(MONTH_MS); } },
  { what: 'the clock', how: '30 days ahead at a restart, right again at the next one', damage: async ({ clock, service }) => { clock.pass(MONTH_MS); await service.restart(); }, mend: async ({ clock, service }) => { clock.pass(-MONTH_MS); await service.restart(); } },
  { what: 'the clock', how: '30 days back at a restart, right again at the next one', damage: async ({ clock, service }) => { clock.pass(-MONTH_MS); await service.restart(); }, mend: async ({ clock, service }) => { clock.pass(MONTH_MS); await service.restart(); } },
  ofReadModels('deleted', (file) => { rmSync(file); }),
  ofReadModels('cut off', (file) => { truncateSync(file, Math.floor(statSync(file).size / 2)); }),
  ofReadModels('one byte of each user flipped', (file) => { flipInRow(file, 'user_list_v*_users', 'keap_id', 'true'); }),
  ofReadModels('unreadable: a directory in its place', (file) => { rmSync(file); mkdirSync(file); }),
];

/** Damage that stays until the service is started on files that are whole. */
const LASTING: readonly Fault[] = [
  cutOff('events.db-wal', { restarts: true }),
  inRows('events.db', 'one byte of an event flipped', { table: 'events', key: 'position', column: 'data', where: "position = (SELECT min(position) FROM events WHERE type = 'PartnerInvited')" }),
  inRows('keys.db', 'one byte of each key flipped', { table: 'keys', key: 'id', column: 'wrapped', where: 'wrapped IS NOT NULL' }),
];

const WRITTEN = /^(?:is written|503 `PROJECTION_BEHIND`.*|500 `INTERNAL_SERVER_ERROR`.*)$/;
const ANSWERED = /^(?:is answered|503 `PROJECTION_BEHIND`.*|500 `INTERNAL_SERVER_ERROR`.*)$/;

/** Damages read models, and waits until they are filled again. */
async function rowForReadModels(fault: Fault, world: World): Promise<string> {
  const { service } = world;
  const { readModelsHealth } = service.running.membership;
  const before = world.readModels;
  await fault.damage(world);
  world.probe();
  const asked = [await query(service, given), await write(service, given)];
  if (readModelsHealth.problem !== null) expect(await ready(service)).toMatch(/^(?:200|503 `READ_MODELS_DAMAGED`)$/);
  while (world.readModels === before || (await ready(service)) !== '200') await nextTurn();
  expect(asked).toEqual([expect.stringMatching(ANSWERED), expect.stringMatching(WRITTEN)]);
  expect([await write(service, given), await query(service, given)]).toEqual(['is written', 'is answered']);
  return rowOf(fault.what, fault.how, 'is written; the answer may be 500, or 503 `PROJECTION_BEHIND`, until new ones are filled', 'is answered, or 500 until new ones are filled', '503 `READ_MODELS_DAMAGED` until then', 'by itself');
}

/** Damages, asks, repairs and asks again. */
async function rowFor(fault: Fault, world: World): Promise<string> {
  if (fault.refills) return rowForReadModels(fault, world);
  const { service } = world;
  const asked = async (): Promise<readonly [string, string]> => {
    const answered = [await query(service, given), ...(fault.ask ? [await fault.ask(world)] : [])].join('; ');
    world.probe();
    return [answered, await ready(service)];
  };
  // Until then, a message is on its way into the outbox.
  while (fault.ask === sent.ask && (await waitingMessages(service)) > 0) await nextTurn();
  await fault.damage(world);
  world.probe();
  const written = await write(service, given);
  const [answered, state] = await asked();
  const isWell = (now: readonly [string, string]): boolean => now[1] === '200' && now[0].split('; ').every((answer) => /(?:is answered|are sent)$/.test(answer));
  let heals = written === 'is written' && isWell([answered, state]) ? 'nothing to heal' : 'when it is mended';
  if (fault.mend) {
    await fault.mend(world);
    if (fault.restarts) {
      heals = 'at the next start with a whole file';
      await service.restart();
    }
    world.probe();
  } else {
    while (fault.isMended?.(world) === false) await nextTurn();
    while (!isWell(await asked())) await nextTurn();
    if (heals !== 'nothing to heal' || fault.isMended) heals = 'by itself';
  }
  const after = [await write(service, given), await ready(service)];
  if (after.join() !== HEALTHY.join()) heals = `not: ${after.join(', ')}`;
  for (const name of ['away', 'copy']) rmSync(world.at(name), { force: true, recursive: true });
  return rowOf(fault.what, fault.how, written, fault.isMended ? answered.replace(/a proof is (?:answered|refused)$/, 'a proof is answered, or refused until the tree is filled again') : answered, state, heals);
}

it('the document of operations says what a fault does while the service runs', async () => {
  const rows: string[] = [];
  const world = await new World().start();
  try {
    for (const fault of FAULTS) rows.push(await rowFor(fault, world));
  } finally {
    await world.close();
  }
  for (const fault of SOAK ? LASTING : []) {
    const own = await new World().start();
    try {
      rows.push(await rowFor(fault, own));
    } finally {
      await own.close();
    }
  }
  if (SOAK) rows.push(...await faultsOfProcesses(given));
  checkTable('faults while it runs', ['What', 'Fault', 'A write', 'A query', '`/health/ready`', 'Heals'], rows);
}, 300_000);
