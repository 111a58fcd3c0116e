import fc from 'fast-check';
import type { StoredEvent } from '../../../src/eventstore/eventStore';
import { MAX_PAGE_SIZE } from '../../../src/projections/paging/page';
import { readModelsOver } from '../../../src/projections/readModels';
import { USER_KINDS, USER_ROLES, USER_STATUSES, type UserFilter, type UserOrder, type UserRow, type UserStatus } from '../../../src/projections/userList/rows';
import { APP_ID, at, EventLog } from '../eventLog';
import { ProjectedTables } from '../projectedTables';

const NOW = at(10_000);
const BY_NAME: UserOrder = { field: 'NAME', direction: 'ASC' };

interface Person {
  readonly name: string | null;
  readonly address: string;
  readonly kind: 'USER' | 'PARTNER';
  readonly role: 'ADMIN' | 'STANDARD';
  /** LAPSED has expired by the clock alone; the expiry of REOPENED was recorded while the clock was ahead. */
  readonly fate: UserStatus | 'LAPSED' | 'REOPENED';
  readonly invitedAt: number;
  readonly joinedAt: number;
}

const people: fc.Arbitrary<Person[]> = fc.array(
  fc.record<Person>({
    name: fc.option(fc.constantFrom('Ann', 'ann', 'ANN', 'Bo', 'bo%', 'b_o', 'Äse', 'äse', 'Zoë', 'ﬁne', 'Fine', '𝒜lice', '王', 'aNNa'), { nil: null, freq: 3 }),
    address: fc.constantFrom('ann', 'Bo', 'ÄSE', 'zoe', 'a_b', 'fin'),
    kind: fc.constantFrom(...USER_KINDS),
    role: fc.constantFrom(...USER_ROLES),
    fate: fc.constantFrom(...USER_STATUSES, 'LAPSED' as const, 'REOPENED' as const, 'ACTIVE' as const, 'INVITED' as const),
    invitedAt: fc.integer({ min: 10, max: 14 }),
    joinedAt: fc.integer({ min: 20, max: 24 }),
  }),
  { maxLength: 25, size: 'max' },
);

const some = <T>(values: readonly T[]): fc.Arbitrary<T[] | null | undefined> => fc.oneof(fc.subarray([...values]), fc.constant(null), fc.constant(undefined));

const filters: fc.Arbitrary<UserFilter> = fc.record({
  statuses: some(USER_STATUSES),
  kinds: some(USER_KINDS),
  roles: some(USER_ROLES),
  search: fc.option(fc.constantFrom('', ' ', 'a', ' ANN\t', 'zoe', 'ase', '%', '_', 'äSE', 'acme', 'FI', '@', 'nobody'), { nil: null, freq: 1 }),
});

const orders: fc.Arbitrary<UserOrder> = fc.record({
  field: fc.constantFrom('NAME', 'KEAP_ID', 'INVITED_AT', 'JOINED_AT'),
  direction: fc.constantFrom('ASC', 'DESC'),
});

/** The history of an app with these people, beside another app whose people must never be returned. */
function eventsOf(given: readonly Person[]): readonly StoredEvent[] {
  const log = new EventLog();
  log.register();
  log.register('other');
  log.invite('foreign', { appId: 'other', name: 'Ann' });
  given.forEach(({ name, address, kind, role, fate, invitedAt, joinedAt }, index) => {
    const userId = `user-${String((index * 7) % 25).padStart(2, '0')}`;
    const keapId = `${address}${index % 3}@acme.com`;
    log.invite(userId, { name, keapId, kind, role, occurredAt: at(invitedAt), expiresAt: fate === 'LAPSED' || fate === 'EXPIRED' ? NOW : at(10_001) });
    const invitation = { userId, invitationId: `invitation-${userId}` };
    if (fate === 'EXPIRED' || fate === 'REOPENED') log.roster('InvitationExpired', invitation);
    if (fate === 'REVOKED') log.roster('InvitationRevoked', invitation);
    if (fate === 'DECLINED') log.roster('InvitationDeclined', { ...invitation, personId: 'p' });
    if (fate === 'ACTIVE' || fate === 'LEFT' || fate === 'REMOVED') log.accept(userId, { name, keapId, kind, role, occurredAt: at(joinedAt) });
    if (fate === 'LEFT') log.roster('PartnerLeftApp', { userId, epoch: 1, leaveId: 'l' });
    if (fate === 'REMOVED') log.roster('UserRemoved', { userId, epoch: 1, leaveId: 'l' });
  });
  return log.events;
}

const tablesWith = (given: readonly Person[]): ProjectedTables => ProjectedTables.of(eventsOf(given), NOW);

const fold = (text: string): string => text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase();

/** The expected list: all rows, filtered and sorted in memory. */
function naive(everybody: readonly UserRow[], filter: UserFilter, { field, direction }: UserOrder): string[] {
  const search = fold(filter.search ?? '').trim();
  const keyOf = (user: UserRow): string | null =>
    ({ NAME: user.name === null ? null : fold(user.name), KEAP_ID: user.keapIdNormalized, INVITED_AT: user.invitedAt, JOINED_AT: user.joinedAt })[field];
  const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b)) * (direction === 'ASC' ? 1 : -1);
  return everybody
    .filter(({ status }) => (filter.statuses ?? ['ACTIVE', 'INVITED']).includes(status))
    .filter(({ kind, role }) => (filter.kinds ?? USER_KINDS).includes(kind) && (filter.roles ?? USER_ROLES).includes(role))
    .filter(({ name, keapId }) => fold(name ?? '').includes(search) || fold(keapId).includes(search))
    .sort((a, b) => {
      const [keyA, keyB] = [keyOf(a), keyOf(b)];
      if (keyA === null || keyB === null) return keyA === keyB ? compare(a.userId, b.userId) : keyA === null ? 1 : -1;
      return compare(keyA, keyB) || compare(a.userId, b.userId);
    })
    .map(({ userId }) => userId);
}

function everybodyIn(tables: ProjectedTables): readonly UserRow[] {
  const keys = [...Array(25).keys()].map((index) => ({ appId: APP_ID, userId: `user-${String(index).padStart(2, '0')}` }));
  return tables.readModels.userList.usersByIds([...keys, { appId: APP_ID, userId: `owner-${APP_ID}` }]);
}

const idsOf = (rows: readonly UserRow[]): string[] => rows.map(({ userId }) => userId);

const questions = fc.record({ filter: filters, order: orders, size: fc.nat(8), backwards: fc.boolean(), afterIndex: fc.nat(30), beforeIndex: fc.nat(30) });

async function expectPieceOfSortedList(tables: ProjectedTables, { filter, order, size, backwards, afterIndex, beforeIndex }: typeof questions extends fc.Arbitrary<infer Q> ? Q : never): Promise<void> {
  const { userList } = tables.readModels;
  const sorted = naive(everybodyIn(tables), filter, order);
  const { edges } = await userList.usersPage(APP_ID, filter, order, { first: MAX_PAGE_SIZE });
  expect(edges.map(({ node }) => node.userId)).toEqual(sorted);

  const [after, before] = [edges[afterIndex]?.cursor, edges[beforeIndex]?.cursor];
  const begin = after === undefined ? 0 : afterIndex + 1;
  const end = Math.max(begin, before === undefined ? sorted.length : beforeIndex);
  const [from, to] = backwards ? [Math.max(begin, end - size), end] : [begin, Math.min(end, begin + size)];
  const page = await userList.usersPage(APP_ID, filter, order, { after, before, ...(backwards ? { last: size } : { first: size }) });
  expect(idsOf(page.nodes)).toEqual(sorted.slice(from, to));
  if (after === undefined || before === undefined || afterIndex < beforeIndex) {
    expect(page.pageInfo).toMatchObject({ hasPreviousPage: from > 0, hasNextPage: to < sorted.length });
  }
}

describe('a page of users', () => {
  it('is a slice of the sorted list, for every filter, order, size, direction and pair of cursors', async () => {
    await fc.assert(
      fc.asyncProperty(people, fc.array(questions, { minLength: 5, maxLength: 5 }), async (given, asked) => {
        const tables = tablesWith(given);
        for (const question of asked) await expectPieceOfSortedList(tables, question);
        tables.close();
      }),
      { numRuns: 30 },
    );
  });

  it('has the counts of the whole list by status, whichever statuses are requested', async () => {
    await fc.assert(
      fc.asyncProperty(people, fc.array(filters, { minLength: 5, maxLength: 5 }), async (given, asked) => {
        const tables = tablesWith(given);
        const { userList } = tables.readModels;
        const everybody = everybodyIn(tables);
        for (const filter of asked) {
          const counted = USER_STATUSES.map((status) => ({ status, count: naive(everybody, { ...filter, statuses: [status] }, BY_NAME).length }));
          expect(await userList.statusCounts(APP_ID, filter)).toEqual(counted);
          expect(await userList.totalCount(APP_ID, filter)).toBe(naive(everybody, filter, BY_NAME).length);
        }
        tables.close();
      }),
      { numRuns: 20 },
    );
  });

  it('continues after its cursor when rows are added or removed between two pages', () => {
    const log = new EventLog();
    log.register();
    for (const name of ['b', 'd', 'f', 'h']) log.join(`user-${name}`, { name });
    const tables = ProjectedTables.of(log.events, NOW);
    const { userList } = tables.readModels;
    const first = userList.usersPage(APP_ID, {}, BY_NAME, { first: 2 });
    expect(idsOf(first.nodes)).toEqual(['user-b', 'user-d']);
    const before = log.events.length;
    log.roster('UserRemoved', { userId: 'user-d', epoch: 1, leaveId: 'l' });
    log.join('user-a', { name: 'a' });
    log.join('user-e', { name: 'e' });
    tables.apply(log.events.slice(before));
    const second = userList.usersPage(APP_ID, {}, BY_NAME, { first: 2, after: first.pageInfo.endCursor });
    expect(idsOf(second.nodes)).toEqual(['user-e', 'user-f']);
  });

  it('is up to date even if it was requested before', async () => {
    await fc.assert(
      fc.asyncProperty(people, fc.array(fc.record({ filter: filters, order: orders }), { minLength: 2, maxLength: 2 }), async (given, asked) => {
        const tables = ProjectedTables.of([], at(0));
        const { userList } = tables.readModels;
        const expectFresh = async (): Promise<void> => {
          const fresh = readModelsOver(tables.database, () => tables.now).userList;
          for (const { filter, order } of asked) {
            const [page, known] = await Promise.all([fresh, userList].map(async (list) => list.usersPage(APP_ID, filter, order, {})));
            expect([known?.nodes, known?.pageInfo]).toEqual([page?.nodes, page?.pageInfo]);
          }
        };
        for (const event of eventsOf(given)) {
          tables.apply([event]);
          await expectFresh();
        }
        for (const now of [NOW, at(10_001), at(0)]) {
          tables.now = now;
          await expectFresh();
        }
        tables.close();
      }),
      { numRuns: 15 },
    );
  });

  it('is read again after the read models were replaced', () => {
    const [before, after] = ['Old', 'New'].map((name) => {
      const log = new EventLog();
      log.register();
      log.join('ann', { name });
      return ProjectedTables.of(log.events, NOW);
    });
    if (!before || !after) throw new Error('There are two.');
    const names = (): (string | null)[] => before.readModels.userList.usersPage(APP_ID, {}, BY_NAME, {}).nodes.map(({ name }) => name);
    expect(names()).toContain('Old');
    before.database.exchangeWith(after.database);
    expect(names()).toContain('New');
  });

  it('changes an invitation from INVITED to EXPIRED by the clock alone', () => {
    const log = new EventLog();
    log.register();
    log.invite('ann', { expiresAt: at(50), kind: 'USER' });
    const tables = ProjectedTables.of(log.events, at(49));
    const { userList } = tables.readModels;
    const seen = () => ({
      invited: idsOf(userList.usersPage(APP_ID, { statuses: ['INVITED'] }, BY_NAME, {}).nodes),
      expired: idsOf(userList.usersPage(APP_ID, { statuses: ['EXPIRED'] }, BY_NAME, {}).nodes),
      licences: userList.licenceUsage([APP_ID])[0],
    });
    expect(seen()).toEqual({ invited: ['ann'], expired: [], licences: { appId: APP_ID, total: 10, used: 1, reserved: 1, available: 8 } });
    tables.now = at(50);
    expect(seen()).toEqual({ invited: [], expired: ['ann'], licences: { appId: APP_ID, total: 10, used: 1, reserved: 0, available: 9 } });
  });

  it('takes the same number of statements for any number of rows, at any depth', () => {
    const log = new EventLog();
    log.register();
    for (let index = 0; index < 190; index += 1) log.join(`user-${index}`, { name: index % 2 ? `Name ${index}` : null });
    const { database, readModels } = ProjectedTables.of(log.events, NOW);
    const statementsFor = (work: () => unknown): number => {
      const before = database.statementCount;
      work();
      return database.statementCount - before;
    };
    const { userList } = readModels;
    const deep = userList.usersPage(APP_ID, {}, BY_NAME, { first: 150 }).pageInfo.endCursor;
    expect(statementsFor(() => userList.usersPage(APP_ID, {}, BY_NAME, { first: 1 }))).toBe(2);
    expect(statementsFor(() => userList.usersPage(APP_ID, {}, BY_NAME, { first: 191 }))).toBe(2);
    expect(statementsFor(() => userList.usersPage(APP_ID, {}, BY_NAME, { first: 191 }))).toBe(0);
    expect(statementsFor(() => userList.usersPage(APP_ID, {}, BY_NAME, { first: 1, after: deep }))).toBe(3);
    expect(statementsFor(() => userList.usersPage(APP_ID, {}, BY_NAME, { first: 40, after: deep }))).toBe(3);
    const keys = [...Array(190).keys()].map((index) => ({ appId: APP_ID, userId: `user-${index}` }));
    expect(statementsFor(() => userList.usersByIds(keys))).toBe(1);
  });

  it('reads no more index entries than rows: no statement sorts or scans', () => {
    const { database, readModels } = tablesWith([]);
    const planned: string[] = [];
    const all = database.all.bind(database);
    jest.spyOn(database, 'all').mockImplementation((sql, parameters) => {
      planned.push(...all<{ readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, parameters).map(({ detail }) => detail));
      return all(sql, parameters);
    });
    readModels.userList.usersPage(APP_ID, {}, BY_NAME, {});
    const searches = planned.filter((detail) => detail.includes('users_by_name_key'));
    expect(searches).toHaveLength(16);
    for (const detail of searches) expect(detail).toMatch(/^SEARCH .*\(app_id=\? AND status=\? AND kind=\? AND role=\? AND name_key[>=]/);
    expect(planned.filter((detail) => detail.startsWith('SCAN user_list'))).toEqual([]);
    expect(planned.filter((detail) => detail.startsWith('USE TEMP B-TREE'))).toHaveLength(1);
  });

  it('lists apps by id', () => {
    const log = new EventLog();
    for (const appId of ['charlie', 'alpha', 'bravo']) log.register(appId);
    const { userList } = ProjectedTables.of(log.events, NOW).readModels;
    const first = userList.appsPage({ first: 2 });
    expect(first.nodes.map(({ appId }) => appId)).toEqual(['alpha', 'bravo']);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = userList.appsPage({ first: 2, after: first.pageInfo.endCursor });
    expect(second.nodes.map(({ appId }) => appId)).toEqual(['charlie']);
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(userList.appsByIds(['bravo', 'none', 'alpha', 'alpha']).map(({ appId }) => appId).sort()).toEqual(['alpha', 'bravo']);
  });
});
