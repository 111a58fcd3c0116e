import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { changesOfLines } from '../../src/application/importing/changes';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

const FOLDER = join(__dirname, '..', 'fixtures', 'histories');
const OWNER = 'owner@example.com';
const VIEW = `query ($appId: ID!, $asOf: AsOf, $filter: UserFilter, $after: String) { app(appId: $appId, asOf: $asOf) { licences { total used reserved } users(filter: $filter, first: 200, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } nodes { userId keapId kind role status joinedAt } } } }`;
const DIFF = `query ($appId: ID!, $from: AsOf!, $to: AsOf) { membershipDiff(appId: $appId, from: $from, to: $to) {
  joined { userId status } left { userId status } roleChanged { user { userId role } from to } between { user { userId } role from to began { position } ended { position } } from to } }`;
const PERIODS = `query ($appId: ID!, $from: DateTimeISO, $to: DateTimeISO, $after: String) { periodsOfAccess(appIds: [$appId], from: $from, to: $to, first: 200, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } nodes { keapId role kind from to began { position } ended { position } user { userId } } } }`;
const EVERYBODY = { statuses: ['INVITED', 'ACTIVE', 'EXPIRED', 'DECLINED', 'REVOKED', 'LEFT', 'REMOVED'] };

interface Member {
  readonly userId: string;
  readonly keapId: string;
  readonly kind: string;
  readonly role: string;
  readonly status: string;
  readonly joinedAt: string | null;
}

/** An app's people after these events, folded by nothing that the service has. */
function peopleAfter(events: readonly StoredEvent[]): Map<string, Member> {
  const people = new Map<string, Member>();
  const change = (userId: string, changes: Partial<Member>): void => {
    const before = people.get(userId) ?? { userId, keapId: '', kind: 'PARTNER', role: 'STANDARD', status: 'INVITED', joinedAt: null };
    people.set(userId, { ...before, ...changes });
  };
  for (const { type, data, occurredAt } of events) {
    const { userId, role, kind, to, person } = data as { userId: string; role: string; kind: string; to: string; person: { keapId: string } };
    if (type === 'OwnerAdded') change(userId, { keapId: person.keapId, kind: 'USER', role: 'ADMIN', status: 'ACTIVE', joinedAt: occurredAt });
    if (type === 'PartnerInvited') change(userId, { keapId: person.keapId, role, status: 'INVITED' });
    if (type === 'InvitationAccepted') change(userId, { keapId: person.keapId, kind, role, status: 'ACTIVE', joinedAt: occurredAt });
    if (type === 'UserRoleChanged') change(userId, { role: to });
    if (type === 'PartnerLeftApp') change(userId, { status: 'LEFT' });
    if (type === 'UserRemoved') change(userId, { status: 'REMOVED' });
  }
  return people;
}

describe.each(readdirSync(FOLDER).filter((file) => file.endsWith('.history.ndjson')).map((file) => file.slice(0, -'.history.ndjson'.length)))('the real history %s', (name) => {
  let service: TestService;
  let auditor: Person;
  let events: StoredEvent[];
  beforeAll(async () => {
    service = await TestService.start();
    const { historyImport, store, caughtUp } = service.running.membership;
    await historyImport.run({ appId: name, name, owner: OWNER, licences: 1 }, changesOfLines(() => createReadStream(join(FOLDER, `${name}.history.ndjson`))));
    events = [];
    for await (const event of store.readAll()) if (event.stream === `app-${name}`) events.push(event);
    expect(await caughtUp(30_000)).toBe(true);
    auditor = await service.as('auditor@example.com', 'auditor');
  }, 120_000);
  afterAll(() => service.close());

  const viewAt = async (asOf: object | null, filter: object): Promise<{ readonly licences: Json; readonly members: readonly Member[] }> => {
    const members: Member[] = [];
    for (let after: string | null = null; ; ) {
      const { app }: Json = await auditor.read(VIEW, { appId: name, asOf, filter, after });
      if (app === null) return { licences: null, members };
      members.push(...app.users.nodes);
      if (!app.users.pageInfo.hasNextPage) {
        expect(members).toHaveLength(app.users.totalCount);
        return { licences: app.licences, members };
      }
      after = app.users.pageInfo.endCursor;
    }
  };
  /** The periods of access in a time, page by page. */
  const periods = async (from: string | null = null, to: string | null = null): Promise<readonly Json[]> => {
    const found: Json[] = [];
    for (let after: string | null = null; ; ) {
      const { periodsOfAccess: { nodes, pageInfo, totalCount } }: Json = await auditor.read(PERIODS, { appId: name, from, to, after });
      found.push(...nodes);
      if (!pageInfo.hasNextPage) {
        expect(found).toHaveLength(totalCount);
        return found;
      }
      after = pageInfo.endCursor;
    }
  };
  const byId = (members: Iterable<Member>): Member[] => [...members].sort((a, b) => (a.userId < b.userId ? -1 : 1));
  const index = (): fc.Arbitrary<number> => fc.nat(events.length - 1);
  /** The moment of an event, and the events up to it: by position, or by time with all others of the same time. */
  const momentOf = (at: number, byTime: boolean): { readonly asOf: object; readonly until: readonly StoredEvent[] } => {
    const { position, occurredAt } = events[at]!;
    return byTime ? { asOf: { time: occurredAt }, until: events.filter((event) => event.occurredAt <= occurredAt) } : { asOf: { position }, until: events.slice(0, at + 1) };
  };

  it('shows at any moment the fold of its events up to that moment', async () => {
    await fc.assert(
      fc.asyncProperty(index(), fc.boolean(), async (at, byTime) => {
        const { asOf, until } = momentOf(at, byTime);
        const people = peopleAfter(until);
        const { licences, members } = await viewAt(asOf, EVERYBODY);
        expect(byId(members)).toEqual(byId(people.values()));
        expect(licences).toEqual({ total: 1, used: [...people.values()].filter(({ kind, status }) => kind === 'USER' && status === 'ACTIVE').length, reserved: 0 });
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it('differs between two moments by the difference of their rosters', async () => {
    await fc.assert(
      fc.asyncProperty(index(), index(), fc.boolean(), fc.boolean(), async (first, second, firstByTime, secondByTime) => {
        const [from, to] = [momentOf(first, firstByTime), momentOf(second, secondByTime)];
        const active = (until: readonly StoredEvent[]): Map<string, Member> => new Map([...peopleAfter(until)].filter(([, { status }]) => status === 'ACTIVE'));
        const [before, after] = [active(from.until), active(to.until)];
        const { membershipDiff: diff } = await auditor.read(DIFF, { appId: name, from: from.asOf, to: to.asOf });
        const ids = (users: readonly Json[]): string[] => users.map(({ userId }) => userId);
        expect(ids(diff.joined)).toEqual([...after.keys()].filter((userId) => !before.has(userId)).sort());
        expect(ids(diff.left)).toEqual([...before.keys()].filter((userId) => !after.has(userId)).sort());
        expect(new Set(diff.roleChanged.map((change: Json) => JSON.stringify([change.user.userId, change.from, change.to])))).toEqual(
          new Set([...before].flatMap(([userId, { role }]) => (after.has(userId) && after.get(userId)!.role !== role ? [JSON.stringify([userId, role, after.get(userId)!.role])] : []))),
        );
        const given = (await periods()).filter(({ ended }) => ended !== null).filter(({ began, ended, from: begin, to: end }) => {
          const [afterFirst, bySecond] = [firstByTime ? begin > events[first]!.occurredAt : began.position > events[first]!.position, secondByTime ? end <= events[second]!.occurredAt : ended.position <= events[second]!.position];
          return afterFirst && bySecond;
        });
        expect(diff.between.map(({ began, ended, ...period }: Json) => ({ ...period, began, ended }))).toEqual(given.map(({ keapId: _keapId, kind: _kind, ...period }: Json) => period));
        expect([diff.from, diff.to]).toEqual([from, to].map(({ until }) => until.at(-1)!.position));
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it('matches its recorded rosters, and differs from the present by later events', async () => {
    const samples: { readonly at: string; readonly users: Readonly<Record<string, string>> }[] = JSON.parse(readFileSync(join(FOLDER, `${name}.rosters.json`), 'utf8'));
    for (const { at, users } of samples.filter((_, number) => number % 5 === 0)) {
      const { members } = await viewAt({ time: at }, { statuses: ['ACTIVE'] });
      expect(Object.fromEntries(members.filter(({ keapId }) => keapId !== OWNER).map(({ keapId, role }) => [keapId, role]))).toEqual(users);
    }
    const { membershipDiff: since } = await auditor.read(DIFF, { appId: name, from: { position: events.at(-1)!.position } });
    expect([since.joined, since.left, since.roleChanged]).toEqual([[], [], []]);
  }, 120_000);

  it('has the periods of access in which its events gave a role until they took it', async () => {
    const expected: Json[] = [];
    const open = new Map<string, Json>();
    for (const [number, event] of events.entries()) {
      const { userId } = event.data as { userId?: string };
      if (userId === undefined) continue;
      const [before, after] = [events.slice(0, number), events.slice(0, number + 1)].map((until) => peopleAfter(until.filter(({ data }) => data['userId'] === userId)).get(userId));
      if (before?.status === after?.status && before?.role === after?.role) continue;
      const lasting = open.get(userId);
      if (lasting) Object.assign(lasting, { to: event.occurredAt, ended: { position: event.position } });
      open.delete(userId);
      if (after?.status !== 'ACTIVE') continue;
      const period = { keapId: after.keapId, role: after.role, kind: after.kind, from: event.occurredAt, to: null, began: { position: event.position }, ended: null, user: { userId } };
      open.set(userId, period);
      expected.push(period);
    }
    const found = await periods();
    expect(found).toEqual(expected.sort((a, b) => (a.from === b.from ? (a.began.position < b.began.position ? -1 : 1) : a.from < b.from ? -1 : 1)));
    expect(found.length).toBeGreaterThan(50);
  }, 120_000);

  it('has at each recorded moment the access of its roster', async () => {
    const samples: { readonly at: string; readonly users: Readonly<Record<string, string>> }[] = JSON.parse(readFileSync(join(FOLDER, `${name}.rosters.json`), 'utf8'));
    for (const { at, users } of samples) {
      const moment = new Date(at).toISOString();
      const then = (await periods(moment, new Date(Date.parse(at) + 1).toISOString())).filter(({ to }) => to === null || to > moment);
      expect(Object.fromEntries(then.filter(({ keapId }) => keapId !== OWNER).map(({ keapId, role }) => [keapId, role]))).toEqual(users);
    }
  }, 120_000);

  it('can be read page by page as it was recorded', async () => {
    const query = 'query ($appId: ID!, $after: String) { membershipEvents(filter: { appId: $appId }, first: 200, after: $after) { pageInfo { hasNextPage endCursor } nodes { position data hash } } }';
    const read: Json[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { membershipEvents: { nodes, pageInfo } }: Json = await auditor.read(query, { appId: name, after });
      read.push(...nodes);
      more = pageInfo.hasNextPage;
      after = pageInfo.endCursor;
    }
    const both: Json[] = [];
    for await (const event of service.running.membership.store.readAll()) if (event.stream === `app-${name}` || event.stream === `contacts-${name}`) both.push({ position: event.position, data: event.dataJson, hash: event.hash });
    expect(read).toEqual(both);
  }, 120_000);
});
