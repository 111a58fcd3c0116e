import DataLoader from 'dataloader';
import type { PersonInAppKey, PersonInAppRow } from '../projections/appPeopleRows';
import type { MembershipEventsFilter } from '../projections/membershipEventsRows';
import type { ReadModels } from '../projections/readModels';
import type { AppRow, InvitationKey, InvitationRow, LicenceUsageRow, UserFilter, UserKey, UserRow } from '../projections/userListRows';

/** So many keys go into one statement at most. */
const MAX_BATCH = 500;

const ADMINS: UserFilter = { statuses: ['ACTIVE'], kinds: ['USER'], roles: ['ADMIN'] };

/** Loads values by key in batches, each key once. */
export type Loader<K, V> = Pick<DataLoader<K, V, string>, 'load'>;

const userKey = ({ appId, userId }: UserKey): string => `${appId}/${userId}`;
const personKey = ({ appId, personId }: PersonInAppKey): string => `${appId}/${personId}`;
const invitationKey = ({ appId, invitationId }: InvitationKey): string => `${appId}/${invitationId}`;

function loader<K, V, R>(keyOf: (key: K) => string, read: (keys: readonly K[]) => readonly V[], keyOfRow: (row: V) => string, orElse: R): Loader<K, V | R> {
  return new DataLoader<K, V | R, string>(
    (keys) => {
      const found = new Map(read(keys).map((row) => [keyOfRow(row), row]));
      return Promise.resolve(keys.map((key) => found.get(keyOf(key)) ?? orElse));
    },
    { cacheKeyFn: keyOf, maxBatchSize: MAX_BATCH },
  );
}

/**
 * Where a query reads from: the live read models, or those of a moment in the past. Everything that hangs on a row is
 * read from the row's own source. Its loaders live as long as one request, and their keys carry the app.
 */
export class ReadSource {
  readonly apps: Loader<string, AppRow | undefined>;
  readonly users: Loader<UserKey, UserRow | undefined>;
  readonly invitations: Loader<InvitationKey, InvitationRow | undefined>;
  readonly licences: Loader<string, LicenceUsageRow | undefined>;
  /** signed-in people as users of an app. */
  readonly people: Loader<PersonInAppKey, PersonInAppRow | undefined>;
  /** number of contacts assigned to a user. */
  readonly contactCounts: Loader<UserKey, number>;
  /** number of active admins of kind USER of an app. */
  readonly adminCounts: Loader<string, number>;

  /**
   * @param position what `models` have seen, as of the moment it is called.
   * @param until the moment in the past, as far as the history is to be read.
   */
  constructor(
    readonly models: ReadModels,
    readonly position: () => string,
    readonly until: Pick<MembershipEventsFilter, 'untilTime' | 'untilPosition'> = {},
  ) {
    const { userList, assignedContacts, people } = models;
    const same = (appId: string): string => appId;
    const appIdOf = ({ appId }: { readonly appId: string }): string => appId;
    this.apps = loader(same, (appIds) => userList.appsByIds(appIds), appIdOf, undefined);
    this.users = loader(userKey, (keys) => userList.usersByIds(keys), userKey, undefined);
    this.people = loader(personKey, (keys) => people.peopleInApps(keys), personKey, undefined);
    this.invitations = loader(invitationKey, (keys) => userList.invitationsByIds(keys), invitationKey, undefined);
    this.licences = loader(same, (appIds) => userList.licenceUsage(appIds), appIdOf, undefined);
    const counts = loader(userKey, (keys) => assignedContacts.counts(keys), userKey, undefined);
    this.contactCounts = { load: async (key) => (await counts.load(key))?.count ?? 0 };
    this.adminCounts = new DataLoader((appIds) => Promise.resolve(appIds.map((appId) => userList.totalCount(appId, ADMINS))), { maxBatchSize: MAX_BATCH });
  }
}
