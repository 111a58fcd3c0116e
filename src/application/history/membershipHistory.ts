import type { EventStore, JsonObject, LogPosition, StoredEvent } from '../../eventstore/eventStore';
import { type HistoryEntry, historyEntryOf, placeOfKey } from './entries';
import { keyOf, readEventsAt } from './eventsAt';
import type { DomainEvent } from '../../domain/events';
import { liftedEvent } from '../../domain/eventVersions';
import { appIdOfHistory, MAIL_PREFIX, rosterStream } from '../../domain/streams';
import type { MembershipEventsQueries } from '../../projections/membershipEvents/queries';
import type { LatestEventRow, MembershipEventsFilter } from '../../projections/membershipEvents/rows';
import { Page, type PageArguments } from '../../projections/paging/page';
import type { PersonKey, UserKey, UserRow } from '../../projections/userList/rows';
import { ProjectionBehind } from '../errors';
import { normalizeKeapId } from '../../domain/keapId';
import type { AppliedBatch, Projector } from '../../projections/live/projector';
import type { UserListQueries } from '../../projections/userList/queries';
import { Emitter } from '../../concurrency';

/** The place of an event in the roster of an app. */
export interface RosterPlace {
  readonly appId: string;
  readonly revision: number;
}

/** The events that explain a user's current state. */
export interface UserReasons {
  readonly status: HistoryEntry;
  readonly role: HistoryEntry;
  /** The event by which the user uses or reserves a licence; null when they do neither. */
  readonly licence: HistoryEntry | null;
}

/** The end of the history to read; all of it when both are absent. */
export type Until = Pick<MembershipEventsFilter, 'untilTime' | 'untilPosition'>;

const CLIENT_FIELDS = ['clientAddress', 'clientName', 'clientVersion'] as const;

/** What stands in an event of before people were encrypted in place of what the viewer may not see. */
const WITHHELD = 'withheld';

/** The event as others than its actor see it: the address and the client in the metadata of old events are withheld. Newer events have them encrypted. */
export function withoutClient(event: HistoryEntry['stored']): HistoryEntry['stored'] {
  const { metadata } = event;
  const withheld = CLIENT_FIELDS.filter((field) => metadata[field] !== undefined);
  return withheld.reduce((shown, field) => ({ ...shown, metadata: { ...shown.metadata, [field]: WITHHELD } }), event);
}

/** Returns the text whose SHA-256 is the hash of an event. */
type HashedText = (previousHash: string | null, event: HistoryEntry['stored']) => string;

/** The event as operators see it who may not see the people of its app: the person in the data of old events is withheld. Newer events have them encrypted. */
export function withoutPerson(event: HistoryEntry['stored']): HistoryEntry['stored'] {
  const data = JSON.parse(event.dataJson) as JsonObject;
  const { person = null } = data;
  if (typeof person !== 'object' || person === null || !('keapId' in person)) return event;
  return { ...event, dataJson: JSON.stringify({ ...data, person: WITHHELD }) };
}

/** The history of apps. Events are found in an index and read from the log. */
export class MembershipHistory {
  constructor(
    private readonly store: EventStore,
    private readonly index: MembershipEventsQueries,
    private readonly hashedText: HashedText,
  ) {}

  /**
   * Reads a page of the events that match the filter, in log order.
   * @throws InvalidPage, InvalidCursor, FilterTooWide, StoreUnavailable
   */
  async page(filter: MembershipEventsFilter, pageArguments: PageArguments): Promise<Page<HistoryEntry>> {
    const page = this.index.page(filter, pageArguments);
    const events = await readEventsAt(this.store, page.nodes);
    const cursors = new Map(page.edges.map(({ node, cursor }) => [node.position, cursor]));
    return new Page(events.map(historyEntryOf), page.pageInfo, ({ stored }) => cursors.get(stored.position) ?? '');
  }

  /**
   * Reads a page of a user's history.
   * @throws InvalidPage, InvalidCursor, StoreUnavailable
   */
  async pageOfUser(user: UserRow, until: Until, pageArguments: PageArguments): Promise<Page<HistoryEntry>> {
    return this.page({ appId: user.appId, userIds: this.index.idsOfUser(user), ...until }, pageArguments);
  }

  /**
   * Finds the events by which a user got their current status, role and licence.
   * @throws ProjectionBehind when the index does not have them yet.
   * @throws StoreUnavailable
   */
  async reasonsOf(user: UserRow, until: Until): Promise<UserReasons> {
    const latest = this.index.latestRosterEvents(this.index.idsOfUser(user), until);
    const status = requireReason(user, lastOf(latest, STATUS_EVENTS[user.status]));
    const role = requireReason(user, lastOf(latest, ROLE_EVENTS));
    const [latestEntry, roleEntry] = await this.#entriesOf(user.appId, [status, role]);
    const statusEntry = latestEntry && await this.#joiningEntry(user, latestEntry, latest);
    if (!statusEntry || !roleEntry) throw new Error(`The log lacks the events that explain the state of ${user.userId} of ${user.appId}.`);
    const hasLicence = user.kind === 'USER' && (user.status === 'ACTIVE' || user.status === 'INVITED');
    return { status: statusEntry, role: roleEntry, licence: hasLicence ? statusEntry : null };
  }

  /**
   * Returns the event of an app with this key (see `keyOfEvent`); null when there is none.
   * @throws StoreUnavailable
   */
  async entry(appId: string, key: string): Promise<HistoryEntry | null> {
    const place = placeOfKey(appId, key);
    if (!place) return null;
    for await (const event of this.store.readStream(place.stream, { fromRevision: place.revision, maxCount: 1 })) return appIdOfHistory(event) === appId ? historyEntryOf(event) : null;
    return null;
  }

  /**
   * Returns the events of these places, in their order.
   * @throws StoreUnavailable; Error when the log has no such event.
   */
  async rosterEvents(places: readonly RosterPlace[]): Promise<readonly HistoryEntry[]> {
    return (await readEventsAt(this.store, places.map(({ appId, revision }) => ({ stream: rosterStream(appId), revision })))).map(historyEntryOf);
  }

  /**
   * Returns the texts whose SHA-256 are the hashes of these events, in their order.
   * @throws StoreUnavailable
   */
  async hashedTexts(events: readonly HistoryEntry['stored'][]): Promise<readonly string[]> {
    const chained = events.filter(({ revision }) => revision > 0);
    const before = await readEventsAt(this.store, chained.map(({ stream, revision }) => ({ stream, revision: revision - 1 })));
    const previous = new Map(chained.map((event, index) => [keyOf(event), before[index]?.hash]));
    return events.map((event) => this.hashedText(previous.get(keyOf(event)) ?? null, event));
  }

  /** A member who was appointed as an admin had joined before. */
  async #joiningEntry(user: UserRow, entry: HistoryEntry, latest: readonly LatestEventRow[]): Promise<HistoryEntry> {
    const { event } = entry;
    const earlier = lastOf(latest, STATUS_EVENTS.ACTIVE.filter((type) => type !== 'AdminAppointed'));
    if (event?.type !== 'AdminAppointed' || !event.data.wasMember || !earlier) return entry;
    const [joining = entry] = await this.#entriesOf(user.appId, [earlier]);
    return joining;
  }

  async #entriesOf(appId: string, rows: readonly LatestEventRow[]): Promise<readonly HistoryEntry[]> {
    const stream = rosterStream(appId);
    const events = await readEventsAt(this.store, rows.map(({ revision }) => ({ stream, revision })));
    return events.map(historyEntryOf);
  }
}

const INVITING = ['PartnerInvited', 'UserInvited', 'InvitationResent', 'InvitationMoved'] as const;
const ROLE_EVENTS = ['OwnerAdded', 'PartnerInvited', 'UserInvited', 'InvitationMoved', 'UserRoleChanged', 'AdminAppointed'] as const;

/** The types of events that give a user a status. An invitation expires at its `expiresAt`, also when no `InvitationExpired` is recorded. */
const STATUS_EVENTS: Readonly<Record<UserRow['status'], readonly DomainEvent['type'][]>> = {
  INVITED: INVITING,
  ACTIVE: ['OwnerAdded', 'InvitationAccepted', 'AdminAppointed'],
  EXPIRED: [...INVITING, 'InvitationExpired'],
  DECLINED: ['InvitationDeclined'],
  REVOKED: ['InvitationRevoked', 'InvitationMoved'],
  LEFT: ['PartnerLeftApp'],
  REMOVED: ['UserRemoved'],
};

const lastOf = (latest: readonly LatestEventRow[], types: readonly string[]): LatestEventRow | undefined => latest.findLast(({ type }) => types.includes(type));

function requireReason({ appId, userId, status }: UserRow, reason: LatestEventRow | undefined): LatestEventRow {
  if (!reason) throw new ProjectionBehind(`The history of ${appId} does not show yet how ${userId} became ${status}. Try again in a moment.`);
  return reason;
}

/** A user whose row in the user list changed. */
export interface UserChanged {
  readonly userId: string;
  readonly position: LogPosition;
}

/** The users of one app that a batch of events changed, in log order, once per event. It may be empty. */
export type AppChanges = readonly UserChanged[];

const EVERY_APP = '*';

/**
 * Notifies listeners of events that the read models have just applied, so that a listener can read the new state at once. It has one
 * listener on the projector and looks up the users of an event once, however many listeners there are. It stores nothing.
 */
export class AppliedChanges {
  readonly #apps = new Emitter<AppChanges>();
  readonly #people = new Emitter<LogPosition>();

  /** @param userList finds the persons behind changed users and apps. */
  constructor(
    private readonly projector: Pick<Projector, 'onApplied' | 'position'>,
    private readonly userList: Pick<UserListQueries, 'usersByIds' | 'presentAmong'>,
  ) {
    this.projector.onApplied((batch) => { this.#tell(batch); });
  }

  /** Returns the log position up to which the read models have applied events. */
  position(): LogPosition {
    return this.projector.position();
  }

  /**
   * Calls the listener after each batch with events of the app, or of any app when null.
   * @returns a function that removes the listener.
   */
  onApp(appId: string | null, listener: (told: AppChanges) => void): () => void {
    return this.#apps.on(appId ?? EVERY_APP, listener);
  }

  /**
   * Calls the listener, with the latest position, after each batch that changed a user who is or may be this person.
   * @returns a function that removes the listener.
   */
  onPerson({ personId, keapIdNormalized }: PersonKey, listener: (position: LogPosition) => void): () => void {
    const ends = [this.#people.on(personKeyOf(personId), listener), this.#people.on(addressKeyOf(keapIdNormalized), listener)];
    return () => { for (const end of ends) end(); };
  }

  #tell({ events, position }: AppliedBatch): void {
    if (this.#apps.isEmpty && this.#people.isEmpty) return;
    const byApp = new Map<string, UserChanged[]>();
    const users = new Map<string, UserKey>();
    const people = new Set<string>();
    const shownAnew = new Set<string>();
    for (const stored of events) {
      const said = liftedEvent(stored);
      if (said?.type === 'AccountLabelSet') {
        // Labels are visible in Account Central only.
        const { appId, userId } = said.data;
        users.set(`${appId}/${userId}`, { appId, userId });
        continue;
      }
      const appId = appIdOf(stored);
      if (appId === undefined) {
        for (const key of said ? personKeysIn(said) : []) people.add(key);
        continue;
      }
      const changes = byApp.get(appId) ?? [];
      byApp.set(appId, changes);
      if (said?.type === 'AppRenamed' || said?.type === 'ImportFinished') shownAnew.add(appId);
      if (said?.type === 'UserRebound' && said.data.fromPersonId !== null) people.add(personKeyOf(said.data.fromPersonId));
      for (const userId of said ? usersIn(said) : []) {
        changes.push({ userId, position: stored.position });
        users.set(`${appId}/${userId}`, { appId, userId });
      }
    }
    if (!this.#people.isEmpty) {
      const listened = this.#people.keys;
      const shown = (appId: string): ReturnType<UserListQueries['presentAmong']> => this.userList.presentAmong(appId, valuesOf(listened, personKeyOf('')), valuesOf(listened, addressKeyOf('')));
      const concerned = [this.userList.usersByIds([...users.values()]), ...[...shownAnew].map(shown)].flat();
      for (const { personId, keapIdNormalized } of concerned) {
        if (personId !== null) people.add(personKeyOf(personId));
        people.add(addressKeyOf(keapIdNormalized));
      }
      for (const key of people) this.#people.emit(key, position);
    }
    for (const [appId, changes] of byApp) this.#apps.emit(appId, changes);
    if (byApp.size > 0) this.#apps.emit(EVERY_APP, []);
  }
}

const personKeyOf = (personId: string): string => `person ${personId}`;
/** What follows a prefix in those keys that have it. */
const valuesOf = (keys: readonly string[], prefix: string): readonly string[] => keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
const addressKeyOf = (keapIdNormalized: string): string => `address ${keapIdNormalized}`;

const appIdOf = (event: StoredEvent): string | undefined => (event.stream.startsWith(MAIL_PREFIX) ? event.stream.slice(MAIL_PREFIX.length) : appIdOfHistory(event));

/** Returns the users whose rows in the user list change. */
function usersIn(event: DomainEvent): readonly string[] {
  switch (event.type) {
    case 'OwnerAdded':
    case 'PartnerInvited':
    case 'UserInvited':
    case 'InvitationResent':
    case 'InvitationRevoked':
    case 'InvitationDeclined':
    case 'InvitationExpired':
    case 'InvitationAccepted':
    case 'UserRoleChanged':
    case 'PersonBound':
    case 'AdminAppointed':
    case 'UserRebound':
    case 'PersonUpdated':
    case 'PartnerLeftApp':
    case 'UserRemoved':
    case 'ContactsAssigned':
    case 'ContactsUnassigned':
    case 'InvitationEmailSent':
      return [event.data.userId];
    case 'InvitationMoved':
    case 'ContactsReassigned':
      return [event.data.fromUserId, event.data.userId];
    case 'InvitationEmailFailed':
      return event.data.retryAt === null ? [event.data.userId] : [];
    default:
      return [];
  }
}

/** Returns the keys of the person whose Keap ID was bound or released. */
function personKeysIn(event: DomainEvent): readonly string[] {
  switch (event.type) {
    case 'KeapIdBound':
      return [personKeyOf(event.data.personId), addressKeyOf(normalizeKeapId(event.data.person.keapId))];
    case 'KeapIdReleased':
      return [personKeyOf(event.data.personId)];
    default:
      return [];
  }
}
