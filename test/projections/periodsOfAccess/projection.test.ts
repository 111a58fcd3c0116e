import fc from 'fast-check';
import type { Recorded, RosterEvent, UserKind, UserRole } from '../../../src/domain/events';
import { evolveRoster } from '../../../src/domain/roster/evolve';
import { emptyRoster, type RosterState } from '../../../src/domain/roster/state';
import { ReadModelDatabase } from '../../../src/projections/engine/database';
import { ProjectionRunner } from '../../../src/projections/engine/runner';
import { membershipEventsProjection } from '../../../src/projections/membershipEvents/projection';
import { FilterTooWide } from '../../../src/projections/membershipEvents/rows';
import type { PageArguments } from '../../../src/projections/paging/page';
import { DAYS_OF_CLASSES, periodsOfAccessProjection } from '../../../src/projections/periodsOfAccess/projection';
import { PeriodsOfAccessQueries } from '../../../src/projections/periodsOfAccess/queries';
import type { PeriodMoment, PeriodRow, PeriodsFilter } from '../../../src/projections/periodsOfAccess/rows';
import { RandomRoster, type Wish, wishes } from '../../domain/randomRoster';
import { APP_ID, at, EventLog } from '../eventLog';

const APPS = ['gx624', 'csi00', 'zz9'] as const;

/** A row as the roster tells it, which does not say who invited whom, nor why. */
type ToldRow = Omit<PeriodRow, 'invitedBy' | 'reason'>;

const told = ({ invitedBy: _by, reason: _why, ...row }: PeriodRow): ToldRow => row;

interface Period extends Omit<ToldRow, 'to' | 'endedRevision'> {
  to: string | null;
  endedRevision: number | null;
  endedPosition: string | null;
}

/** Follows the roster's own state from event to event, and notes when somebody's access or role begins and ends. */
class Followed {
  readonly periods: Period[] = [];
  readonly #states = new Map<string, RosterState>();

  follow(appId: string, event: Recorded<RosterEvent>): void {
    const state = this.#states.get(appId) ?? emptyRoster();
    this.#states.set(appId, state);
    const users = [...state.users].map(([userId]) => userId);
    evolveRoster(state, event);
    for (const gone of users.filter((userId) => !state.users.has(userId))) this.#rename(appId, gone, (event.data as { userId: string }).userId);
    const open = this.periods.filter((period) => period.appId === appId && period.to === null);
    for (const period of open) {
      const user = state.users.get(period.userId);
      if (user?.status === 'ACTIVE' && user.role === period.role) continue;
      Object.assign(period, { to: event.occurredAt, endedRevision: event.revision, endedPosition: event.position });
    }
    for (const { userId, status, kind, role } of state.users.values()) {
      if (status !== 'ACTIVE' || open.some((period) => period.userId === userId && period.to === null)) continue;
      this.periods.push({ appId, userId, kind, role, from: event.occurredAt, to: null, beganPosition: event.position, beganRevision: event.revision, endedRevision: null, endedPosition: null });
    }
  }

  #rename(appId: string, from: string, to: string): void {
    for (const period of this.periods.filter((one) => one.appId === appId && one.userId === from)) Object.assign(period, { userId: to });
  }
}

/** Lives of several apps in one log, whose times are spread by a factor, and what follows from them. */
class Lives {
  readonly log = new EventLog();
  readonly followed = new Followed();
  readonly database = ReadModelDatabase.open(':memory:');
  readonly queries = new PeriodsOfAccessQueries(this.database);

  constructor(lives: readonly (readonly Wish[])[], spread: number) {
    const events = lives.flatMap((life, app) => recordedOf(life).map((event) => ({ appId: APPS[app]!, event })));
    events.sort((a, b) => (a.event.occurredAt < b.event.occurredAt ? -1 : a.event.occurredAt > b.event.occurredAt ? 1 : 0));
    for (const { appId, event } of events) {
      const stored = this.log.roster(event.type, event.data, spreadTime(event.occurredAt, spread), appId);
      this.followed.follow(appId, { ...event, occurredAt: stored.occurredAt, position: stored.position, revision: stored.revision });
    }
    const [stopped] = new ProjectionRunner(this.database, [membershipEventsProjection, periodsOfAccessProjection], '').apply(this.log.events);
    if (stopped) throw new Error(stopped.error);
  }

  /** Every page of a list, forwards or backwards. */
  async all(filter: PeriodsFilter, size: number, backwards: boolean): Promise<readonly ToldRow[]> {
    const rows: ToldRow[] = [];
    for (let page: PageArguments = backwards ? { last: size } : { first: size }; ;) {
      const { nodes, pageInfo } = await this.queries.page(filter, page);
      rows.splice(backwards ? 0 : rows.length, 0, ...nodes.map(told));
      if (!(backwards ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return rows;
      page = backwards ? { last: size, before: pageInfo.startCursor } : { first: size, after: pageInfo.endCursor };
    }
  }
}

function recordedOf(life: readonly Wish[]): readonly Recorded<RosterEvent>[] {
  const roster = new RandomRoster(5);
  for (const wish of life) roster.grant(wish);
  return roster.recorded;
}

const BEGIN = Date.parse('2026-03-01T00:00:00.000Z');
const spreadTime = (time: string, spread: number): string => new Date(BEGIN + (Date.parse(time) - BEGIN) * spread).toISOString();

const shown = ({ endedPosition: _, ...period }: Period): ToldRow => period;
const inOrder = (a: ToldRow, b: ToldRow): number => ([a.from, a.beganPosition].join() < [b.from, b.beganPosition].join() ? -1 : 1);

function isWanted({ appId, role, kind, from, to }: Period, filter: PeriodsFilter): boolean {
  return (
    (filter.appIds == null || filter.appIds.includes(appId)) &&
    (filter.roles == null || filter.roles.includes(role)) &&
    (filter.kinds == null || filter.kinds.includes(kind)) &&
    (filter.to == null || from < filter.to) &&
    (filter.from == null || to === null || to > filter.from || from >= filter.from)
  );
}

const lives = fc.array(wishes, { minLength: 1, maxLength: APPS.length });
const spreads = fc.constantFrom(1, 30, 400);
/** A time of an event, or right before or after it. */
const moments = fc.tuple(fc.nat(), fc.constantFrom(-1, 0, 1));
const earlyMoments = fc.tuple(fc.nat(8), fc.constantFrom(-1, 0, 1));
const timeOf = ({ log }: Lives, [which, by]: readonly [number, number]): string => new Date(Date.parse(log.events[which % log.events.length]!.occurredAt) + by).toISOString();
const perhaps = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 1 });
const conditions = fc.record({
  appIds: perhaps(fc.subarray([...APPS, 'nowhere'])),
  roles: perhaps(fc.subarray<UserRole>(['ADMIN', 'STANDARD'], { minLength: 1 })),
  kinds: perhaps(fc.subarray<UserKind>(['USER', 'PARTNER'], { minLength: 1 })),
  from: perhaps(moments),
  to: perhaps(moments),
});

describe('the periods of access', () => {
  it('are those in which the roster says that somebody has access with a role, for any filter, in pages of any size', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(lives, spreads, conditions, fc.integer({ min: 1, max: 5 }), fc.boolean(), async (given, spread, { from, to, ...rest }, size, backwards) => {
        const one = new Lives(given, spread);
        const filter: PeriodsFilter = { ...rest, from: from && timeOf(one, from), to: to && timeOf(one, to) };
        const expected = one.followed.periods.filter((period) => isWanted(period, filter)).map(shown).sort(inOrder);
        expect(await one.all(filter, size, backwards)).toEqual(expected);
        expect(await one.queries.count(filter)).toBe(expected.length);
        found += expected.length;
        one.database.close();
      }),
      { numRuns: 150 },
    );
    expect(found).toBeGreaterThan(300);
  });

  it('within two moments are those that began after the first and had ended as of the second', async () => {
    let found = 0;
    const momentOf = (one: Lives, moment: readonly [number, number], isPosition: boolean): PeriodMoment =>
      (isPosition ? { position: String(moment[0] % (one.log.events.length + 1)).padStart(8, '0') } : { time: timeOf(one, moment) });
    await fc.assert(
      fc.asyncProperty(lives, spreads, earlyMoments, moments, fc.boolean(), fc.boolean(), async (given, spread, first, second, byPosition, untilPosition) => {
        const one = new Lives(given, spread);
        const [after, until] = [momentOf(one, first, byPosition), momentOf(one, second, untilPosition)];
        const expected = one.followed.periods.filter(({ appId, from, to, beganPosition, endedPosition }) =>
          appId === APPS[0] && to !== null && endedPosition !== null &&
          ('time' in after ? from > after.time : beganPosition > after.position) && ('time' in until ? to <= until.time : endedPosition <= until.position));
        expect((await one.queries.within(APPS[0], after, until, 1_000)).map(told)).toEqual(expected.map(shown).sort(inOrder));
        found += expected.length;
        one.database.close();
      }),
      { numRuns: 150 },
    );
    expect(found).toBeGreaterThan(10);
  });
});

describe('a period of access', () => {
  const tablesOf = (log: EventLog): PeriodsOfAccessQueries => {
    const database = ReadModelDatabase.open(':memory:');
    const [stopped] = new ProjectionRunner(database, [membershipEventsProjection, periodsOfAccessProjection], '').apply(log.events);
    if (stopped) throw new Error(stopped.error);
    return new PeriodsOfAccessQueries(database);
  };
  const rowsOf = async (queries: PeriodsOfAccessQueries, filter: PeriodsFilter = {}): Promise<readonly (readonly [string, string, string, string | null])[]> =>
    (await queries.page(filter, {})).nodes.map(({ userId, role, from, to }) => [userId, role, from, to]);

  it('without any length counts at its moment', async () => {
    const log = new EventLog();
    log.register();
    log.join('ann', { occurredAt: at(10) });
    log.roster('UserRemoved', { userId: 'ann', epoch: 1, leaveId: 'l', reason: null }, at(10));
    const queries = tablesOf(log);
    const ofAnn = async (from: string, to: string): Promise<number> => (await rowsOf(queries, { from, to })).filter(([userId]) => userId === 'ann').length;
    expect(await Promise.all([ofAnn(at(9), at(11)), ofAnn(at(10), at(11)), ofAnn(at(9), at(10)), ofAnn(at(11), at(12))])).toEqual([1, 1, 0, 0]);
    expect(await queries.within(APP_ID, { time: at(9) }, { time: at(10) }, 10)).toHaveLength(1);
  });

  it('is found until the moment of its end, however long it was', async () => {
    const log = new EventLog();
    log.register();
    const [begin, day] = [Date.parse(at(10)), 24 * 60 * 60 * 1_000];
    const lengths = [...DAYS_OF_CLASSES, 10_000].flatMap((days) => [-1, 0, 1].map((by) => days * day + by));
    const ends = lengths.map((length) => new Date(begin + length).toISOString());
    lengths.forEach((length) => { log.join(`for-${length}`, { occurredAt: at(10) }); });
    lengths.forEach((length, index) => { log.roster('UserRemoved', { userId: `for-${length}`, epoch: 1, leaveId: `l${index}`, reason: null }, ends[index]); });
    const queries = tablesOf(log);
    for (const [index, length] of lengths.entries()) {
      const foundFrom = async (from: string): Promise<boolean> => (await rowsOf(queries, { from, roles: ['STANDARD'] })).some(([userId]) => userId === `for-${length}`);
      expect([await foundFrom(new Date(begin + length - 1).toISOString()), await foundFrom(ends[index]!)]).toEqual([true, false]);
    }
  });

  it('belongs to the user whom its user became', async () => {
    const log = new EventLog();
    log.register();
    log.join('imported', { keapId: 'ann@home.example', personId: null });
    log.roster('PartnerLeftApp', { userId: 'imported', epoch: 1, leaveId: 'l1' });
    log.join('ann', { keapId: 'ann@work.example' });
    log.roster('PartnerLeftApp', { userId: 'ann', epoch: 1, leaveId: 'l2' });
    log.invite('imported', { keapId: 'ann@home.example', invitationId: 'second' });
    log.accept('ann', { invitationId: 'second', keapId: 'ann@home.example', epoch: 2 });
    expect((await rowsOf(tablesOf(log))).map(([userId]) => userId)).toEqual([`owner-${APP_ID}`, 'ann', 'ann', 'ann']);
  });

  it('of an invited user begins with the acceptance, and their change of role before it is none', async () => {
    const log = new EventLog();
    log.register();
    log.invite('ann');
    log.roster('UserRoleChanged', { userId: 'ann', from: 'STANDARD', to: 'ADMIN', reason: null });
    log.accept('ann', { role: 'ADMIN' });
    expect((await rowsOf(tablesOf(log))).map(([userId, role]) => [userId, role])).toEqual([[`owner-${APP_ID}`, 'ADMIN'], ['ann', 'ADMIN']]);
  });

  it('is found by every Keap ID of its user, in the apps that are named', async () => {
    const log = new EventLog();
    for (const appId of ['one', 'two']) {
      log.register(appId);
      log.join(`ann-${appId}`, { appId, keapId: 'ann@work.example' });
      log.roster('PersonUpdated', { userId: `ann-${appId}`, issuedAt: null, person: { keapId: 'ann@home.example', name: null } }, undefined, appId);
    }
    const queries = tablesOf(log);
    for (const keapIdNormalized of ['ann@work.example', 'ann@home.example']) {
      expect((await rowsOf(queries, { keapIdNormalized })).map(([userId]) => userId)).toEqual(['ann-one', 'ann-two']);
      expect((await rowsOf(queries, { keapIdNormalized, appIds: ['two'] })).map(([userId]) => userId)).toEqual(['ann-two']);
    }
    expect(await rowsOf(queries, { keapIdNormalized: 'nobody@work.example' })).toEqual([]);
  });

  it('is not looked for in more than 100 apps by a Keap ID', async () => {
    const log = new EventLog();
    for (let number = 0; number <= 100; number += 1) log.join(`ann-${number}`, { appId: `app${number}`, keapId: 'ann@work.example' });
    const queries = tablesOf(log);
    const filter = { keapIdNormalized: 'ann@work.example' };
    await expect(queries.page(filter, {})).rejects.toThrow(FilterTooWide);
    await expect(queries.count(filter)).rejects.toThrow(FilterTooWide);
    expect((await queries.page({ ...filter, appIds: ['app1', 'app2'] }, {})).nodes).toHaveLength(2);
  });
});
