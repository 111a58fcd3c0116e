import fc from 'fast-check';
import { readModelsOver } from '../../../src/projections/readModels';
import { AppResultsCache } from '../../../src/projections/userList/cache';
import type { UserListQueries } from '../../../src/projections/userList/queries';
import type { UserFilter, UserOrder } from '../../../src/projections/userList/rows';
import { at, EventLog } from '../eventLog';
import { ProjectedTables } from '../projectedTables';

const APPS = ['alpha', 'bravo'] as const;
const PEOPLE = ['ann', 'bob', 'cid'] as const;
const BY_NAME: UserOrder = { field: 'NAME', direction: 'ASC' };
const FILTERS: readonly UserFilter[] = [{}, { statuses: ['EXPIRED', 'LEFT', 'REMOVED'] }, { roles: ['ADMIN'] }, { search: 'ann' }];

interface Step {
  readonly what: 'INVITE' | 'ACCEPT' | 'ROLE' | 'REMOVE' | 'EXPIRE' | 'BIND' | 'RELEASE' | 'LICENCES' | 'CLOCK' | 'READ' | 'EXCHANGE';
  readonly app: (typeof APPS)[number];
  readonly person: (typeof PEOPLE)[number];
  readonly number: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record<Step>({
    what: fc.constantFrom('INVITE', 'INVITE', 'ACCEPT', 'ROLE', 'REMOVE', 'EXPIRE', 'BIND', 'RELEASE', 'LICENCES', 'CLOCK', 'CLOCK', 'READ', 'EXCHANGE'),
    app: fc.constantFrom(...APPS),
    person: fc.constantFrom(...PEOPLE),
    number: fc.integer({ min: 0, max: 5 }),
  }),
  { minLength: 5, maxLength: 40, size: 'max' },
);

/** Appends what a step adds to the log. The projections accept any order of events, also one that no command would write. */
function append(log: EventLog, { what, app: appId, person: userId, number }: Step): void {
  const expiresAt = at(1_000 + number);
  switch (what) {
    case 'INVITE':
      log.invite(userId, { appId, expiresAt, name: `${userId} ${number}`, role: number % 2 ? 'ADMIN' : 'STANDARD', invitedBy: number % 3 ? `owner-${appId}` : 'bob' });
      break;
    case 'ACCEPT':
      log.accept(userId, { appId, role: number % 2 ? 'ADMIN' : 'STANDARD' });
      break;
    case 'ROLE':
      log.roster('UserRoleChanged', { userId, from: 'STANDARD', to: number % 2 ? 'ADMIN' : 'STANDARD' }, undefined, appId);
      break;
    case 'REMOVE':
      log.roster('UserRemoved', { userId, epoch: 1, leaveId: 'l' }, undefined, appId);
      break;
    case 'EXPIRE':
      log.roster('InvitationExpired', { userId, invitationId: `invitation-${userId}` }, undefined, appId);
      break;
    case 'BIND':
      log.bind(`${userId}@acme.com`, number % 2 ? `person-${userId}` : 'stranger');
      break;
    case 'RELEASE':
      log.release(`${userId}@acme.com`, `person-${userId}`);
      break;
    case 'LICENCES':
      log.roster('LicencesSet', { licences: 10 + number }, undefined, appId);
      break;
    default:
      break;
  }
}

/** Everything that several callers read of an app. */
const answers = async (userList: UserListQueries, appId: string): Promise<object> => ({
  app: userList.app(appId),
  pages: (await Promise.all(FILTERS.map(async (filter) => userList.usersPage(appId, filter, BY_NAME, { first: 2 })))).map(({ nodes, pageInfo }) => ({ nodes, pageInfo })),
  counts: await Promise.all(FILTERS.map(async (filter) => userList.statusCounts(appId, filter))),
  callers: [...PEOPLE, 'owner'].flatMap((name) => ['person', 'other'].map((kind) => userList.userOfPerson(appId, { personId: `${kind}-${name}`, keapIdNormalized: `${name}@acme.com` }))),
  known: PEOPLE.map((userId) => userList.knownUser({ appId, userId }) ?? userList.usersByIds([{ appId, userId }])[0]),
});

describe('cached results of queries about an app', () => {
  it('are those of queries without a cache, between any writes, at any time, and after an exchange of the read models', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const log = new EventLog();
        for (const appId of APPS) log.register(appId);
        const tables = ProjectedTables.of(log.events, at(999));
        const others: ProjectedTables[] = [];
        for (const step of taken) {
          const before = log.events.length;
          append(log, step);
          tables.apply(log.events.slice(before));
          if (step.what === 'CLOCK') tables.now = at(999 + step.number);
          if (step.what === 'EXCHANGE') {
            const other = ProjectedTables.of(log.events.slice(0, -step.number || undefined), tables.now);
            tables.database.exchangeWith(other.database);
            others.push(other);
          }
          // Both apps are read after each step, so that every later answer could be one of the cache.
          const fresh = readModelsOver(tables.database, () => tables.now).userList;
          for (const appId of APPS) expect(await answers(tables.readModels.userList, appId)).toEqual(await answers(fresh, appId));
          if (step.what === 'EXCHANGE') break;
        }
        for (const { database } of [tables, ...others]) database.close();
      }),
      { numRuns: 20 },
    );
  });

  it('need no statement until something changes in the app', () => {
    const log = new EventLog();
    for (const appId of APPS) log.register(appId);
    for (const person of PEOPLE) log.join(person, { appId: 'alpha', name: person });
    const tables = ProjectedTables.of(log.events, at(999));
    const { database, readModels } = tables;
    const apply = (from: number): void => { tables.apply(log.events.slice(from)); };
    const page = (): object => ({
      app: readModels.userList.app('alpha'),
      viewer: readModels.userList.userOfPerson('alpha', { personId: 'person-ann', keapIdNormalized: 'ann@acme.com' }),
      stranger: readModels.userList.userOfPerson('alpha', { personId: 'person-eve', keapIdNormalized: 'eve@acme.com' }),
      users: readModels.userList.usersPage('alpha', {}, BY_NAME, {}),
      inviter: readModels.userList.knownUser({ appId: 'alpha', userId: 'owner-alpha' }) ?? readModels.userList.usersByIds([{ appId: 'alpha', userId: 'owner-alpha' }])[0],
    });
    const statementsOf = (work: () => unknown): number => {
      const before = database.statementCount;
      work();
      return database.statementCount - before;
    };
    page();
    expect(statementsOf(page)).toBe(0);
    const inOtherApp = log.events.length;
    log.join('dan', { appId: 'bravo' });
    apply(inOtherApp);
    expect(statementsOf(page)).toBe(0);
    const here = log.events.length;
    log.roster('UserRoleChanged', { userId: 'ann', from: 'STANDARD', to: 'ADMIN' }, undefined, 'alpha');
    apply(here);
    expect(statementsOf(page)).toBeGreaterThan(0);
    expect(page()).toMatchObject({ viewer: { role: 'ADMIN' } });
    database.close();
  });

  it('are dropped when their size exceeds the bound', () => {
    const { database } = ProjectedTables.of([], at(0));
    const cache = new AppResultsCache(database, 10_000);
    const names = [...Array(100).keys()].map((number) => `user ${number}`);
    for (const name of names) cache.set('alpha', name, at(0), { name: 'x'.repeat(100) }, null);
    const kept = names.filter((name) => cache.get('alpha', name, at(0)) !== undefined);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(30);
    expect(kept.at(-1)).toBe('user 99');
    cache.set('alpha', 'large', at(0), { name: 'x'.repeat(10_000) }, null);
    expect(cache.get('alpha', 'large', at(0))).toBeUndefined();
    database.close();
  });
});
