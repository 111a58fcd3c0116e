import { AccountCentralQueries } from '../../src/projections/accountCentral/queries';
import { AdministrativeEventsQueries } from '../../src/projections/administrativeEvents/queries';
import { AssignedContactsQueries } from '../../src/projections/assignedContacts/queries';
import { liveProjections } from '../../src/projections/allProjections';
import { ReadModelDatabase } from '../../src/projections/engine/database';
import { ProjectionRunner } from '../../src/projections/engine/runner';
import { KeapIdBindingsQueries } from '../../src/projections/keapIdBindings/queries';
import { MailToDoQueries } from '../../src/projections/mailToDo/queries';
import { MembershipEventsQueries } from '../../src/projections/membershipEvents/queries';
import { PeriodsOfAccessQueries } from '../../src/projections/periodsOfAccess/queries';
import { AppPeopleQueries, UserListQueries } from '../../src/projections/userList/queries';
import type { UserOrder } from '../../src/projections/userList/rows';
import type { PeriodsFilter } from '../../src/projections/periodsOfAccess/rows';
import { WebhooksQueries } from '../../src/projections/webhooks/queries';
import { APP_ID, at, EventLog } from './eventLog';

const NOW = at(1_000);
const ANN = { personId: 'person-ann', keapIdNormalized: 'ann@acme.com' };
const KEY = { appId: APP_ID, userId: 'ann' };
const PAGES = [{ first: 2 }, { last: 2 }];
const PERIODS: readonly PeriodsFilter[] = [{}, { appIds: [APP_ID] }, { appIds: [APP_ID, 'b'], roles: ['ADMIN'], kinds: ['USER'] }, { from: at(5) }, { to: at(5) }, { appIds: [APP_ID], from: at(5), to: at(9) }, { keapIdNormalized: 'ann@acme.com', from: at(5) }];
const ORDERS: readonly UserOrder[] = (['NAME', 'KEAP_ID', 'INVITED_AT', 'JOINED_AT'] as const).flatMap((field) => (['ASC', 'DESC'] as const).map((direction) => ({ field, direction })));

/** Reads that walk a list from a place, whose plan has no condition on the place before the first page. */
const WALKS_IN_ORDER = /^SCAN (?:user_list_v\d+_apps|(?:membership|administrative)_events_v\d+_entries)(?: USING .*)?$/;
/** What a process or an operator has to do, in order, and not what an app has. */
const TO_DO = /^SCAN \w+_(?:webhooks|dead_letters)\b|USING (?:COVERING )?INDEX (?:assigned_contacts_v\d+_(?:closures_open|reassignments_by_age)|mail_to_do_v\d+_to_do_\w+|webhooks_v\d+_\w+)$|^SEARCH \w+_reassignments\b/;
/** An index whose entries are counted up to a limit, to choose between two. */
const COUNTED = /^SEARCH administrative_events_v\d+_entries USING COVERING INDEX \w+_by_app \(app_id=\?\)$/;
/** What a statement brings with it, such as a list of keys, or has read before. */
const OWN = /^SCAN (?:\(subquery-\d+\)|(?:\d+ )?CONSTANT ROWS?|(?:k|p|n|first_stretch|second_stretch)\b)|VIRTUAL TABLE/;
/** Conditions that leave as many rows as an app has users, or as a person has apps. */
const WHOLE_APP = /^SEARCH \w+ USING (?:COVERING )?INDEX \w+ \(app_id=\?\)$/;

type Calls<T> = { readonly [K in keyof T]: (queries: T) => unknown };

/** The plans of all statements, by the method that runs them. */
async function plansOf<T extends object>(database: ReadModelDatabase, queries: T, calls: Calls<T>): Promise<readonly string[]> {
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(queries)).filter((name) => name !== 'constructor');
  expect(Object.keys(calls).sort()).toEqual(methods.sort());
  const plans: string[] = [];
  const all = database.all.bind(database);
  const spy = jest.spyOn(database, 'all').mockImplementation((sql, parameters) => {
    plans.push(...all<{ readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, parameters).map(({ detail }) => detail));
    return all(sql, parameters);
  });
  for (const call of Object.values<(of: T) => unknown>(calls)) await call(queries);
  spy.mockRestore();
  expect(plans).not.toEqual([]);
  return plans;
}

const isBad = (detail: string): boolean => !TO_DO.test(detail) && !COUNTED.test(detail) && ((detail.startsWith('SCAN') && !OWN.test(detail) && !WALKS_IN_ORDER.test(detail)) || WHOLE_APP.test(detail));

describe('no statement that a request runs', () => {
  let database: ReadModelDatabase;
  beforeAll(() => {
    const log = new EventLog();
    log.register();
    for (const name of ['ann', 'bob', 'cid']) log.join(name, { name });
    log.contacts('ContactsAssigned', { userId: 'ann', epoch: 1, contactIds: ['c1', 'c2'] });
    database = ReadModelDatabase.open(':memory:');
    new ProjectionRunner(database, liveProjections, '').apply(log.events);
  });
  afterAll(() => { database.close(); });

  it('reads a whole table of users, accounts or apps for the user list', async () => {
    const plans = await plansOf(database, new UserListQueries(database, () => NOW), {
      app: (list) => list.app(APP_ID),
      appIdsOfPerson: (list) => list.appIdsOfPerson(ANN.personId),
      appsByIds: (list) => list.appsByIds([APP_ID]),
      nextExpiry: (list) => list.nextExpiry(APP_ID),
      appsPage: (list) => PAGES.map((page) => list.appsPage({ ...page, after: list.appsPage({ first: 1 }).pageInfo.endCursor })),
      usersByIds: (list) => list.usersByIds([KEY]),
      namesOf: (list) => list.namesOf([KEY]),
      presentAmong: (list) => list.presentAmong(APP_ID, [ANN.personId], [ANN.keapIdNormalized]),
      knownUser: (list) => list.knownUser(KEY),
      userOfPerson: (list) => list.userOfPerson(APP_ID, { personId: 'nobody', keapIdNormalized: 'nobody@acme.com' }),
      unboundUsers: (list) => list.unboundUsers(ANN.keapIdNormalized),
      outdatedApps: (list) => list.outdatedApps({ ...ANN, name: 'Ann', issuedAt: NOW }),
      invitationsByIds: (list) => list.invitationsByIds([{ appId: APP_ID, invitationId: 'invitation-ann' }]),
      invitationByTokenHash: (list) => list.invitationByTokenHash('none'),
      licenceUsage: (list) => list.licenceUsage([APP_ID]),
      async usersPage(list) {
        for (const order of ORDERS) {
          for (const filter of [{}, { statuses: ['INVITED' as const] }, { statuses: ['EXPIRED' as const] }, { search: 'ann' }]) {
            for (const page of PAGES) {
              const { pageInfo: { startCursor, endCursor } } = await list.usersPage(APP_ID, filter, order, page);
              await list.usersPage(APP_ID, filter, order, 'first' in page ? { ...page, after: endCursor } : { ...page, before: startCursor });
            }
          }
        }
      },
      statusCounts: async (list) => [list.statusCounts(APP_ID, {}), await list.statusCounts(APP_ID, { search: 'bo' })],
      totalCount: async (list) => [list.totalCount(APP_ID, { roles: ['ADMIN'] }), await list.totalCount(APP_ID, { search: 'b' })],
      expiredInvitations: (list) => list.expiredInvitations(10),
    });
    expect(plans.filter(isBad)).toEqual([]);
  });

  it('reads a whole table for people, Keap IDs, accounts or contacts', async () => {
    const plans = [
      ...await plansOf(database, new AppPeopleQueries(database), {
        activeRoles: (people) => people.activeRoles(APP_ID),
        peopleInApps: (people) => people.peopleInApps([{ appId: APP_ID, personId: ANN.personId }]),
      }),
      ...await plansOf(database, new KeapIdBindingsQueries(database), { holderOf: (bindings) => bindings.holderOf(ANN.keapIdNormalized), signIns: (bindings) => bindings.signIns([ANN.personId]) }),
      ...await plansOf(database, new AccountCentralQueries(database, () => NOW), {
        accountsPage: (central) => PAGES.map((page) => central.accountsPage(ANN, { ...page, after: central.accountsPage(ANN, { first: 1 }).pageInfo.endCursor })),
        accountCount: (central) => central.accountCount(ANN),
        appIdsOfAdmin: (central) => central.appIdsOfAdmin(ANN, 10),
        account: (central) => central.account(ANN, APP_ID),
        receivedInvitations: (central) => central.receivedInvitations(ANN),
      }),
      ...await plansOf(database, new AssignedContactsQueries(database), {
        counts: (contacts) => contacts.counts([KEY]),
        contactsPage: (contacts) => PAGES.map((page) => contacts.contactsPage(APP_ID, 'ann', { ...page, after: contacts.contactsPage(APP_ID, 'ann', { first: 1 }).pageInfo.endCursor })),
        contactsSlice: (contacts) => contacts.contactsSlice(APP_ID, { contactIds: ['c1'], userIds: ['ann'], sampleUserId: 'ann' }),
        contactIdsOf: (contacts) => contacts.contactIdsOf(APP_ID, 'ann', 5),
        openClosures: (contacts) => contacts.openClosures(5),
        openReassignmentIds: (contacts) => contacts.openReassignmentIds(APP_ID),
        openReassignments: (contacts) => contacts.openReassignments(5),
      }),
    ];
    expect(plans.filter(isBad)).toEqual([]);
  });

  it('reads a whole table for the history, periods of access, webhooks or mail', async () => {
    const limit = { places: 20, since: at(0), until: NOW };
    const plans = [
      ...await plansOf(database, new MembershipEventsQueries(database), {
        page: (history) => [{}, { appId: APP_ID }, { appId: APP_ID, types: ['AppRegistered', 'UserRemoved'] }, { userIds: ['ann'] }, { keapIdNormalized: 'ann@acme.com' }, { actorKeapIdNormalized: 'ann@acme.com' }, { actorId: 'x' }, { correlationId: 'x' }, { from: at(5), to: at(9) }, { appIds: [APP_ID, 'b'] }]
          .flatMap((filter) => PAGES.map((page) => history.page(filter, { ...page, after: history.page(filter, { first: 1 }).pageInfo.endCursor }))),
        count: (history) => history.count({ appId: APP_ID }, 10),
        latestRosterEvents: (history) => history.latestRosterEvents(['ann'], {}),
        idsOfUser: (history) => history.idsOfUser({ ...KEY, keapIdNormalized: 'ann@acme.com' }),
      }),
      ...await plansOf(database, new AdministrativeEventsQueries(database), {
        page: (administration) => [{}, { appId: APP_ID }, { types: ['AppRegistered', 'AuditorRead'] }, { userIds: ['ann'] }, { keapIdNormalized: 'ann@acme.com' }, { actorKeapIdNormalized: 'ann@acme.com' }, { actorId: 'x' }, { correlationId: 'x' }, { from: at(5), to: at(9) }, { appIds: [APP_ID, '-'] }]
          .flatMap((filter) => [true, false].flatMap((withReads) => PAGES.map((page) => administration.page(filter, withReads, { ...page, after: administration.page(filter, withReads, { first: 1 }).pageInfo.endCursor })))),
      }),
      ...await plansOf(database, new PeriodsOfAccessQueries(database), {
        async page(periods) {
          for (const filter of PERIODS) for (const page of PAGES) await periods.page(filter, { ...page, after: (await periods.page(filter, { first: 1 })).pageInfo.endCursor });
        },
        count: (periods) => Promise.all(PERIODS.map((filter) => periods.count(filter))),
        within: (periods) => Promise.all([{ time: at(1) }, { position: '1' }].flatMap((after) => [{ time: NOW }, { position: '9' }].map((until) => periods.within(APP_ID, after, until, 10)))),
      }),
      ...await plansOf(database, new WebhooksQueries(database), {
        all: (webhooks) => webhooks.all(),
        byId: (webhooks) => webhooks.byId('x'),
        deadLetters: (webhooks) => webhooks.deadLetters('x', 5),
        deadLettersToSend: (webhooks) => webhooks.deadLettersToSend('x', 5),
        deadAmong: (webhooks) => webhooks.deadAmong('x', ['1']),
        deadLetterCount: (webhooks) => [webhooks.deadLetterCount(), webhooks.deadLetterCount('x')],
      }),
      ...await plansOf(database, new MailToDoQueries(database), {
        due: (mail) => mail.due(NOW, NOW, 5, limit),
        begun: (mail) => mail.begun(5, limit),
        isOverLimit: (mail) => mail.isOverLimit('m', limit),
        waiting: (mail) => mail.waiting(),
        messageOf: (mail) => mail.messageOf('m'),
      }),
    ];
    expect(plans.filter(isBad)).toEqual([]);
  });

  it('sorts or reads more than the periods in question, for a page of those of all apps or of one', async () => {
    const periods = new PeriodsOfAccessQueries(database);
    const all = database.all.bind(database);
    const plans: string[] = [];
    const spy = jest.spyOn(database, 'all').mockImplementation((sql, parameters) => {
      plans.push(...all<{ readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, parameters).map(({ detail }) => detail));
      return all(sql, parameters);
    });
    for (const filter of [{ from: at(5), to: at(9) }, { appIds: [APP_ID], from: at(5), to: at(9), roles: ['ADMIN' as const] }]) for (const page of PAGES) await periods.page(filter, page);
    spy.mockRestore();
    expect(plans.filter((detail) => detail.includes('TEMP B-TREE'))).toEqual([]);
    const searches = plans.filter((detail) => /periods_of_access_v\d+_periods_by/.test(detail));
    // One for each class of lengths; of the longest and of those that last, however long ago they began.
    expect(searches.length).toBe(4 * 9);
    expect(searches.filter((detail) => !/COVERING INDEX \w+ \((?:app_id=\? AND )?<expr>=\? AND (?:from_at>\? AND )?from_at<\?\)$/.test(detail))).toEqual([]);
    expect(searches.filter((detail) => detail.includes('from_at>?')).length).toBe(4 * 7);
  });
});
