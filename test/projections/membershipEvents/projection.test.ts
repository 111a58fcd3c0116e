import fc from 'fast-check';
import { normalizeKeapId } from '../../../src/domain/keapId';
import { appIdOfStream, contactsStream, rosterStream } from '../../../src/domain/streams';
import type { StoredEvent } from '../../../src/eventstore/eventStore';
import { membershipEventsProjection } from '../../../src/projections/membershipEvents/projection';
import { MembershipEventsQueries } from '../../../src/projections/membershipEvents/queries';
import type { MembershipEventsFilter } from '../../../src/projections/membershipEvents/rows';
import type { PageArguments } from '../../../src/projections/paging/page';
import { ProjectionRunner } from '../../../src/projections/engine/runner';
import { ReadModelDatabase } from '../../../src/projections/engine/database';
import { readModelProjections } from '../../../src/projections/allProjections';
import { APP_ID, at, EventLog } from '../eventLog';

/** The history of a log in memory. */
class Indexed {
  readonly database = ReadModelDatabase.open(':memory:');
  readonly queries = new MembershipEventsQueries(this.database);

  constructor(events: readonly StoredEvent[], projections = [membershipEventsProjection]) {
    const [stopped] = new ProjectionRunner(this.database, projections, '').apply(events);
    if (stopped) throw new Error(stopped.error);
  }

  positions(filter: MembershipEventsFilter, page: PageArguments = { first: 200 }): readonly string[] {
    return this.queries.page(filter, page).nodes.map(({ position }) => position);
  }

  close(): void {
    this.database.close();
  }
}

const APPS = [APP_ID, 'other', 'third'];
const PEOPLE = ['ann', 'bob', 'cleo'];
const ACTORS = ['actor-1', 'actor-2'];
const TYPES = ['PartnerInvited', 'InvitationAccepted', 'UserRoleChanged', 'ContactsAssigned', 'ContactsReassigned', 'PartnerLeftApp', 'SomethingNew'];

type Step = readonly [app: number, person: number, type: number, actor: number, minute: number];

/** A log of mixed apps, people, actors and types, in which times do not increase from stream to stream. */
function logOf(steps: readonly Step[]): StoredEvent[] {
  const log = new EventLog();
  const latest = new Map<string, number>();
  for (const [app, person, type, actor, minute] of steps) {
    const appId = APPS[app]!;
    const name = PEOPLE[person]!;
    const userId = `${name}-${appId}`;
    const eventType = TYPES[type]!;
    const stream = eventType.startsWith('Contacts') ? contactsStream(appId) : rosterStream(appId);
    const time = Math.max(latest.get(stream) ?? 0, minute);
    latest.set(stream, time);
    const other = `${PEOPLE[(person + 1) % PEOPLE.length]!}-${appId}`;
    log.add(stream, eventType, { userId, ...(eventType === 'ContactsReassigned' ? { fromUserId: other } : {}), ...(type < 2 ? { person: { keapId: `${name}@acme.com`, name: null } } : {}) }, at(time * 60), 1);
    const event = log.events.at(-1)!;
    log.events[log.events.length - 1] = { ...event, metadata: { ...event.metadata, actorId: ACTORS[actor]!, correlationId: `correlation-${minute % 4}` } };
    if (log.events.length % 5 === 0) log.bind(`${name}@acme.com`, `person-${name}`);
  }
  return log.events;
}

/** The expected result, computed by a scan of all events. */
function matching(events: readonly StoredEvent[], filter: MembershipEventsFilter): readonly string[] {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const idsOfKeapId = new Set(
    events.flatMap(({ data }) => {
      const { person } = data as { person?: { keapId: string } };
      return person && normalizeKeapId(person.keapId) === filter.keapIdNormalized ? [text(data['userId'])].filter((id) => id !== '') : [];
    }),
  );
  return events
    .filter(({ stream, type, data, metadata, occurredAt, position }) => {
      const appId = appIdOfStream(stream);
      const users = [text(data['userId']), text(data['fromUserId'])];
      return (
        appId !== undefined &&
        (filter.appId == null || filter.appId === appId) &&
        (filter.userIds == null || filter.userIds.some((id) => users.includes(id))) &&
        (filter.keapIdNormalized == null || users.some((id) => idsOfKeapId.has(id) && (filter.userIds == null || filter.userIds.includes(id)))) &&
        (filter.actorId == null || filter.actorId === metadata.actorId) &&
        (filter.types == null || filter.types.includes(type)) &&
        (filter.correlationId == null || filter.correlationId === metadata.correlationId) &&
        (filter.from == null || occurredAt >= filter.from) &&
        (filter.to == null || occurredAt < filter.to) &&
        (filter.untilTime == null || occurredAt <= filter.untilTime) &&
        (filter.afterPosition == null || position > filter.afterPosition) &&
        (filter.untilPosition == null || position <= filter.untilPosition)
      );
    })
    .map(({ position }) => position);
}

const minute = fc.integer({ min: 0, max: 30 });
const steps = fc.array(fc.tuple(fc.nat(APPS.length - 1), fc.nat(PEOPLE.length - 1), fc.nat(TYPES.length - 1), fc.nat(1), minute), { minLength: 1, maxLength: 60 });
const second = minute.map((value) => at(value * 60));
const position = fc.integer({ min: 0, max: 60 }).map((value) => String(value).padStart(8, '0'));
const conditions = {
  appId: fc.constantFrom(...APPS, 'nowhere'),
  userIds: fc.constantFrom(...PEOPLE).map((name) => [`${name}-${APP_ID}`]),
  keapIdNormalized: fc.constantFrom(...PEOPLE.map((name) => `${name}@acme.com`), 'nobody@acme.com'),
  actorId: fc.constantFrom(...ACTORS),
  types: fc.array(fc.constantFrom(...TYPES, 'NoSuchType'), { maxLength: 4 }),
  correlationId: fc.constantFrom('correlation-0', 'correlation-1'),
  from: second,
  to: second,
  untilTime: second,
  afterPosition: position,
  untilPosition: position,
};
/** None to three conditions; more would match hardly any event. */
const filters: fc.Arbitrary<MembershipEventsFilter> = fc
  .tuple(fc.record(conditions), fc.subarray(Object.keys(conditions), { maxLength: 3 }))
  .map(([all, kept]) => Object.fromEntries(Object.entries(all).filter(([name]) => kept.includes(name))));

describe('the history', () => {
  it('returns the same as a scan of all events, for any filter and page size, in both directions', () => {
    fc.assert(
      fc.property(steps, filters, fc.integer({ min: 1, max: 7 }), fc.boolean(), (given, filter, size, backwards) => {
        const events = logOf(given);
        const indexed = new Indexed(events);
        const pages: string[][] = [];
        let cursor: string | null = null;
        for (let more = true; more; ) {
          const page = indexed.queries.page(filter, backwards ? { last: size, before: cursor } : { first: size, after: cursor });
          pages.push(page.nodes.map(({ position }) => position));
          more = backwards ? page.pageInfo.hasPreviousPage : page.pageInfo.hasNextPage;
          expect(backwards ? page.pageInfo.hasNextPage : page.pageInfo.hasPreviousPage).toBe(cursor !== null);
          cursor = backwards ? page.pageInfo.startCursor : page.pageInfo.endCursor;
        }
        expect((backwards ? pages.reverse() : pages).flat()).toEqual(matching(events, filter));
        indexed.close();
      }),
      { numRuns: 300 },
    );
  });

  it('finds a time range over many blocks, even after an older history was imported', () => {
    const log = new EventLog();
    for (let index = 0; index < 3_000; index += 1) log.add(`app-${index % 3}x`, 'LicencesSet', { licences: index }, at(index));
    for (let index = 0; index < 1_500; index += 1) log.add('app-old', 'LicencesSet', { licences: index }, at(index - 5_000));
    for (let index = 3_000; index < 4_000; index += 1) log.add(`app-${index % 3}x`, 'LicencesSet', { licences: index }, at(index));
    const indexed = new Indexed(log.events);
    for (const filter of [
      { from: at(2_990), to: at(3_010) }, { to: at(-4_990) }, { from: at(-3_510), to: at(5) }, { from: at(1_020), to: at(1_030), appId: '1x' }, { from: at(3_995) },
      { from: at(99_999) }, { untilTime: at(-4_998) }, { from: at(-3_502), to: at(2), untilPosition: '00003000' },
    ]) {
      const expected = matching(log.events, filter);
      expect(indexed.positions(filter)).toEqual(expected);
      expect(indexed.positions(filter, { last: 200 })).toEqual(expected);
    }
    indexed.close();
  });

  it('does not sort, and reads no more than a page, whichever single filter is set', () => {
    interface Step {
      readonly parent: number;
      readonly detail: string;
    }
    const log = new EventLog();
    log.join('ann');
    const indexed = new Indexed(log.events);
    const plans: Step[] = [];
    const all = indexed.database.all.bind(indexed.database);
    indexed.database.all = <T extends object>(sql: string, parameters?: Parameters<typeof all>[1]): T[] => {
      if (!sql.startsWith('EXPLAIN')) plans.push(...all<Step>(`EXPLAIN QUERY PLAN ${sql}`, parameters));
      return all<T>(sql, parameters);
    };
    const alone: readonly MembershipEventsFilter[] = [
      {}, { appId: APP_ID }, { userIds: ['ann', 'bob'] }, { keapIdNormalized: 'ann@acme.com' }, { actorId: 'actor' }, { types: ['PartnerInvited', 'PartnerLeftApp'] },
      { correlationId: 'correlation' }, { afterPosition: '00000001' }, { appId: APP_ID, types: ['PartnerInvited', 'PartnerLeftApp'] },
    ];
    for (const filter of alone) {
      for (const page of [{ first: 1 }, { last: 1 }]) expect(indexed.positions(filter, page)).toHaveLength(1);
    }
    expect(plans.length).toBeGreaterThan(20);
    // The top level reads only the rows of the page; the levels below find them.
    expect(plans.filter(({ parent, detail }) => parent !== 0 && detail.includes('TEMP B-TREE'))).toEqual([]);
    expect(plans.filter(({ detail }) => detail.startsWith('SCAN membership'))).toEqual([]);
    indexed.close();
  });

  it('includes events of unknown types, and none of streams that belong to no app', () => {
    const log = new EventLog();
    log.bind('ann@acme.com', 'person-ann');
    log.label('ann', 'Mine');
    log.add(`app-${APP_ID}`, 'SomethingNew', { userId: 'ann', person: { keapId: 'ANN@acme.com', name: null } }, undefined, 1);
    log.add(`app-${APP_ID}`, 'PartnerInvited', { userId: 7, person: [] }, undefined, 99);
    const indexed = new Indexed(log.events);
    expect(indexed.queries.page({}, {}).nodes.map(({ stream, revision }) => [stream, revision])).toEqual([[`app-${APP_ID}`, 0], [`app-${APP_ID}`, 1]]);
    expect(indexed.positions({ keapIdNormalized: 'ann@acme.com' })).toEqual(['00000003']);
    expect(indexed.positions({ userIds: ['ann'] })).toEqual(['00000003']);
    indexed.close();
  });

  it('refuses a Keap ID with too many users, and finds those of one app', () => {
    const log = new EventLog();
    for (let index = 0; index < 101; index += 1) log.invite(`u${index}`, { appId: `app${index}`, keapId: 'Everywhere@acme.com' });
    const indexed = new Indexed(log.events);
    const filter = { keapIdNormalized: 'everywhere@acme.com' };
    expect(() => indexed.positions(filter)).toThrow('Add "appId" to the filter');
    expect(indexed.positions({ ...filter, appId: 'app7' })).toEqual(['00000008']);
    const fewer = new Indexed(log.events.slice(0, 100));
    expect(fewer.positions(filter)).toHaveLength(100);
    fewer.close();
    indexed.close();
  });

  it('returns the latest roster event of each type up to a moment', () => {
    const log = new EventLog();
    log.register();
    log.join('ann');
    log.roster('UserRoleChanged', { userId: 'ann', from: 'STANDARD', to: 'ADMIN' });
    log.contacts('ContactsAssigned', { userId: 'ann', epoch: 1, contactIds: ['c'] });
    log.roster('UserRoleChanged', { userId: 'ann', from: 'ADMIN', to: 'STANDARD' });
    const indexed = new Indexed(log.events);
    const latest = (filter: MembershipEventsFilter): unknown => indexed.queries.latestRosterEvents(['ann'], filter).map(({ type, revision, position }) => [type, revision, position]);
    expect(latest({})).toEqual([['PartnerInvited', 2, '00000003'], ['InvitationAccepted', 3, '00000004'], ['UserRoleChanged', 5, '00000007']]);
    expect(latest({ untilPosition: '00000006' })).toEqual([['PartnerInvited', 2, '00000003'], ['InvitationAccepted', 3, '00000004'], ['UserRoleChanged', 4, '00000005']]);
    expect(latest({ untilTime: at(3) })).toEqual([['PartnerInvited', 2, '00000003']]);
    indexed.close();
  });

  it('of a user who accepted under another Keap ID includes the events of that Keap ID', () => {
    const log = new EventLog();
    log.register();
    log.join('ann');
    log.invite('new', { keapId: 'Ann@elsewhere.com' });
    log.accept('ann', { keapId: 'Ann@elsewhere.com', invitationId: 'invitation-new', epoch: 2 });
    log.invite('zed');
    const indexed = new Indexed(log.events, [...readModelProjections, membershipEventsProjection]);
    expect(indexed.queries.idsOfUser({ appId: APP_ID, userId: 'ann', keapIdNormalized: 'ann@elsewhere.com' })).toEqual(['ann', 'new']);
    expect(indexed.queries.idsOfUser({ appId: APP_ID, userId: 'zed', keapIdNormalized: 'zed@acme.com' })).toEqual(['zed']);
    expect(indexed.positions({ userIds: ['ann', 'new'] })).toEqual(['00000003', '00000004', '00000005', '00000006']);
    indexed.close();
  });

  it('accepts cursors of the same filter only', () => {
    const log = new EventLog();
    log.join('ann');
    const indexed = new Indexed(log.events);
    const { pageInfo } = indexed.queries.page({ types: ['PartnerInvited', 'InvitationAccepted'] }, { first: 1 });
    expect(indexed.positions({ types: ['InvitationAccepted', 'PartnerInvited', 'PartnerInvited'] }, { after: pageInfo.endCursor })).toEqual(['00000002']);
    expect(() => indexed.positions({}, { after: pageInfo.endCursor })).toThrow('another list, filter or order');
    indexed.close();
  });
});
