import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { systemCaller } from '../../../src/application/commandTypes';
import { newRun, toAppend } from '../../../src/application/handling/append';
import { RosterCache } from '../../../src/application/handling/rosterCache';
import { RosterSnapshots } from '../../../src/application/handling/rosterSnapshots';
import { openSnapshot, writeSnapshot } from '../../../src/application/handling/snapshotFile';
import type { RosterEvent } from '../../../src/domain/events';
import { rosterDecider } from '../../../src/domain/roster/decide';
import { ROSTER_VERSION } from '../../../src/domain/roster/state';
import { rosterStream } from '../../../src/domain/streams';
import { EmbeddedEventStore } from '../../../src/eventstore/embedded/store';
import { plainRoster } from '../../domain/plainRoster';
import { RandomRoster, wishes } from '../../domain/randomRoster';
import { appendBigApp } from '../../../bench/bigApp';
import { temporaryDirectory } from '../../support/temporaryDirectory';

const MEMBERS = 120;
const MIN_EVENTS = 100;
const SECRET = Buffer.alloc(32, 1);
const NEVER = new AbortController().signal;

const directory = temporaryDirectory();
const log = EmbeddedEventStore.open(join(directory.path, 'log'));
let revision = 0;
let directories = 0;

interface Given {
  readonly path?: string;
  readonly secret?: Buffer;
  readonly erasures?: number;
  readonly maxBytes?: number;
  readonly store?: EmbeddedEventStore;
}

const newPath = (): string => join(directory.path, `rosters${++directories}`);

/** A cache after a start, with snapshots in a directory. */
function started({ path = newPath(), secret = SECRET, erasures = 0, maxBytes, store = log }: Given = {}): { readonly path: string; readonly rosters: RosterCache; readonly snapshots: RosterSnapshots; readonly errors: readonly unknown[] } {
  const errors: unknown[] = [];
  const snapshots = new RosterSnapshots({ directory: path, secret: () => secret, erasures: () => Promise.resolve(erasures), onError: (error) => { errors.push(error); }, minEvents: MIN_EVENTS, ...(maxBytes === undefined ? {} : { maxBytes }) });
  return { path, snapshots, rosters: new RosterCache(store, snapshots), errors };
}

/** A directory with the snapshot of the app, as a run of the service leaves it. */
async function withSnapshot(given: Given = {}): Promise<string> {
  const { path, rosters, snapshots } = started(given);
  await rosters.load('big');
  await snapshots.written();
  return path;
}

async function append(event: RosterEvent): Promise<void> {
  const at = new Date().toISOString();
  ({ revision } = await log.append(rosterStream('big'), toAppend([event], newRun(systemCaller('test')), { occurredAt: at, decidedAt: at }), revision));
}

const filesIn = (path: string): readonly string[] => readdirSync(path).map((name) => join(path, name));
const onlyFileIn = (path: string): string => {
  const [file, ...others] = filesIn(path);
  if (file === undefined || others.length > 0) throw new Error('There is not exactly one file.');
  return file;
};

/** The roster as a fold of the log gives it. */
const folded = async (): Promise<object> => plainRoster((await new RosterCache(log).load('big')).state);

beforeAll(async () => {
  const { members } = await appendBigApp(log, { appId: 'big', members: MEMBERS, kind: 'USER' });
  await appendBigApp(log, { appId: 'other', members: MEMBERS });
  revision = 2 * MEMBERS + 1;
  for (const { userId } of members.slice(0, 3)) await append({ type: 'UserRoleChanged', data: { userId, from: 'STANDARD', to: 'ADMIN', reason: null } });
});

afterAll(async () => {
  await log.close();
  directory.remove();
});

describe('a snapshot of a roster', () => {
  it('spares the fold after a start, and the roster is the same', async () => {
    const path = await withSnapshot();
    const { rosters } = started({ path });
    expect(plainRoster((await rosters.load('big')).state)).toEqual(await folded());
    expect(rosters.statistics).toMatchObject({ fromSnapshots: 1, folds: 0 });
  });

  it('is of any roster, whose later events go on from it', async () => {
    const path = newPath();
    started({ path });
    let files = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), wishes, fc.nat(), async (licences, life, cut) => {
        const roster = new RandomRoster(licences);
        for (const wish of life) roster.grant(wish);
        const until = cut % (roster.recorded.length + 1);
        const state = roster.recorded.slice(0, until).reduce((one, event) => rosterDecider.evolve(one, event), { ...rosterDecider.initialState(), appId: roster.state.appId });
        const file = join(path, `any${++files}`);
        await writeSnapshot(file, SECRET, { appId: 'any', version: ROSTER_VERSION, erasures: 0 }, { state, revision: until - 1, hash: 'hash' }, NEVER);
        const opened = await openSnapshot(file, SECRET);
        expect(plainRoster(opened.state)).toEqual(plainRoster(state));
        expect(plainRoster(roster.recorded.slice(until).reduce((one, event) => rosterDecider.evolve(one, event), opened.state))).toEqual(plainRoster(roster.state));
      }),
      { numRuns: 30 },
    );
  });

  it('is read with the events after it, and written again when many are newer', async () => {
    const path = await withSnapshot();
    const before = readFileSync(onlyFileIn(path));
    await append({ type: 'LicencesSet', data: { licences: 4_711 } });
    const second = started({ path });
    expect((await second.rosters.load('big')).state.licences).toBe(4_711);
    await second.snapshots.written();
    expect(readFileSync(onlyFileIn(path)).equals(before)).toBe(true);
    for (let licences = 5_000; licences < 5_000 + MIN_EVENTS; licences += 1) await append({ type: 'LicencesSet', data: { licences } });
    const third = started({ path });
    await third.rosters.load('big');
    await third.snapshots.written();
    expect(readFileSync(onlyFileIn(path)).equals(before)).toBe(false);
    expect(plainRoster((await third.rosters.load('big')).state)).toEqual(await folded());
  });

  it('is written while the roster goes on', async () => {
    const { rosters, snapshots } = started();
    await rosters.load('big');
    for (let licences = 1; licences <= 5; licences += 1) {
      await append({ type: 'LicencesSet', data: { licences } });
      expect((await rosters.load('big')).state.licences).toBe(licences);
    }
    await snapshots.written();
    await append({ type: 'LicencesSet', data: { licences: 9_000 } });
    expect(plainRoster((await rosters.load('big')).state)).toEqual(await folded());
  });

  it('takes far less memory than the roster', async () => {
    const { rosters, snapshots } = started();
    await rosters.load('big');
    const { bytes } = rosters.statistics;
    await snapshots.written();
    await rosters.load('big');
    expect(rosters.statistics.bytes).toBeLessThan(bytes / 2);
  });
});

describe('a snapshot that is not what the log says', () => {
  const discarded = async (path: string, given: Given = {}): Promise<void> => {
    const { rosters, snapshots, errors } = started({ ...given, path });
    expect(plainRoster((await rosters.load('big')).state)).toEqual(await folded());
    expect(rosters.statistics).toMatchObject({ fromSnapshots: 0, folds: 1 });
    // It was written anew.
    await snapshots.written();
    expect(errors).toEqual([]);
    const again = started({ ...given, path });
    await again.rosters.load('big');
    expect(again.rosters.statistics).toMatchObject({ fromSnapshots: 1, folds: 0 });
  };

  it('is thrown away when a byte of it differs, or when it is cut short', async () => {
    const path = await withSnapshot();
    const bytes = readFileSync(onlyFileIn(path));
    for (const place of [0, Math.floor(bytes.length / 2), bytes.length - 40, bytes.length - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[place] = (damaged[place] ?? 0) ^ 1;
      writeFileSync(onlyFileIn(path), damaged);
      await discarded(path);
    }
    for (const length of [0, 10, Math.floor(bytes.length / 2)]) {
      writeFileSync(onlyFileIn(path), bytes.subarray(0, length));
      await discarded(path);
    }
  });

  it('is thrown away when it was written with another secret, or before a person was erased', async () => {
    await discarded(await withSnapshot(), { secret: Buffer.alloc(32, 2) });
    await discarded(await withSnapshot(), { erasures: 1 });
  });

  it('is thrown away when it is of another app', async () => {
    const path = await withSnapshot();
    const { rosters, snapshots } = started({ path });
    await rosters.load('other');
    await snapshots.written();
    const [first = '', second = ''] = filesIn(path);
    const [one, other] = [readFileSync(first), readFileSync(second)];
    writeFileSync(first, other);
    writeFileSync(second, one);
    await discarded(path);
  });

  it('is thrown away when the log has another event at its revision, or none', async () => {
    const path = await withSnapshot();
    for (const members of [MEMBERS + 200, 100]) {
      const another = EmbeddedEventStore.open(join(directory.path, `another${members}`));
      await appendBigApp(another, { appId: 'big', members });
      const { rosters } = started({ path, store: another });
      expect((await rosters.load('big')).state.users.size).toBe(members + 1);
      expect(rosters.statistics).toMatchObject({ fromSnapshots: 0, folds: 1 });
      await another.close();
    }
  });
});

describe('the directory of snapshots', () => {
  it('has files that only their owner can read, of large rosters', async () => {
    const path = await withSnapshot();
    expect(statSync(onlyFileIn(path)).mode & 0o777).toBe(0o600);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    await appendBigApp(log, { appId: 'small', members: 3 });
    const { rosters, snapshots } = started();
    await rosters.load('small');
    await snapshots.written();
    expect(rosters.statistics.folds).toBe(1);
  });

  it('is bounded, least recently used first', async () => {
    const path = await withSnapshot();
    const { size } = statSync(onlyFileIn(path));
    const bounded = started({ path, maxBytes: size + 1_000 });
    await bounded.rosters.load('other');
    await bounded.snapshots.written();
    expect(filesIn(path)).toHaveLength(1);
    const next = started({ path });
    await next.rosters.load('other');
    expect(next.rosters.statistics.fromSnapshots).toBe(1);
    const tiny = started({ maxBytes: 1_000 });
    await tiny.rosters.load('big');
    await tiny.snapshots.written();
    expect(filesIn(tiny.path)).toEqual([]);
  });

  it('loses what an interrupted write has left', async () => {
    const path = await withSnapshot();
    writeFileSync(join(path, 'left.roster.draft'), 'x');
    started({ path });
    expect(existsSync(join(path, 'left.roster.draft'))).toBe(false);
  });

  it('may be removed while the service runs: the error is told once, and rosters go on', async () => {
    const { path, rosters, snapshots, errors } = started();
    rmSync(path, { recursive: true });
    await rosters.load('big');
    await snapshots.written();
    for (let round = 0; round < 3; round += 1) await rosters.load('big');
    await snapshots.written();
    expect(errors).toHaveLength(1);
    expect(plainRoster((await rosters.load('big')).state)).toEqual(await folded());
  });

  it('gets nothing more after a stop', async () => {
    const { path, rosters, snapshots } = started();
    const loading = rosters.load('big');
    await snapshots.stop();
    await loading;
    await snapshots.written();
    expect(filesIn(path)).toEqual([]);
  });
});
