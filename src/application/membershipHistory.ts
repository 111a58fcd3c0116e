import type { AppEvent, DomainEvent } from '../domain/events';
import { liftedEvent } from '../domain/eventVersions';
import { appIdOfStream, rosterStream } from '../domain/streamNames';
import type { EventStore, StoredEvent } from '../eventstore/eventStore';
import type { MembershipEventsQueries } from '../projections/membershipEventsQueries';
import type { LatestEventRow, MembershipEventsFilter } from '../projections/membershipEventsRows';
import { Page } from '../projections/page';
import type { PageArguments } from '../projections/pageArguments';
import type { UserRow } from '../projections/userListRows';
import { ProjectionBehind } from './projectionBehind';
import { readEventsAt } from './storedEventsAt';

/** An event of an app as it stands in the log. */
export interface HistoryEntry {
  readonly appId: string;
  readonly stored: Omit<StoredEvent, 'data'>;
  /** what it says, in the shape of today; null for a type or version that this program does not know. */
  readonly event: AppEvent | null;
}

/** The events that made a user what they are. */
export interface UserReasons {
  readonly status: HistoryEntry;
  readonly role: HistoryEntry;
  /** null where they neither use nor reserve a licence. */
  readonly licence: HistoryEntry | null;
}

/** Up to where the past is looked at; all when both are absent. */
export type Until = Pick<MembershipEventsFilter, 'untilTime' | 'untilPosition'>;

/** What happened in apps: found in the index, read from the log. */
export class MembershipHistory {
  constructor(
    private readonly store: EventStore,
    private readonly index: MembershipEventsQueries,
  ) {}

  /**
   * A page of the events that the filter lets through, in log order.
   * @throws InvalidPage, InvalidCursor; FilterTooWide; StoreUnavailable.
   */
  async page(filter: MembershipEventsFilter, pageArguments: PageArguments): Promise<Page<HistoryEntry>> {
    const page = this.index.page(filter, pageArguments);
    const events = await readEventsAt(this.store, page.nodes);
    const cursors = new Map(page.edges.map(({ node, cursor }) => [node.position, cursor]));
    return new Page(events.map(historyEntryOf), page.pageInfo, ({ stored }) => cursors.get(stored.position) ?? '');
  }

  /** A page of what happened to a user. @throws InvalidPage, InvalidCursor; StoreUnavailable. */
  async pageOfUser(user: UserRow, until: Until, pageArguments: PageArguments): Promise<Page<HistoryEntry>> {
    return this.page({ appId: user.appId, userIds: this.index.idsOfUser(user), ...until }, pageArguments);
  }

  /** Why a user has the status, the role and the licence that the row has. @throws ProjectionBehind when the index has not seen it yet; StoreUnavailable. */
  async reasonsOf(user: UserRow, until: Until): Promise<UserReasons> {
    const latest = this.index.latestRosterEvents(this.index.idsOfUser(user), until);
    const status = requireReason(user, lastOf(latest, STATUS_EVENTS[user.status]));
    const role = requireReason(user, lastOf(latest, ROLE_EVENTS));
    const [statusEntry, roleEntry] = await this.#entriesOf(user.appId, [status, role]);
    if (!statusEntry || !roleEntry) throw new Error(`What made ${user.userId} of ${user.appId} what they are is missing.`);
    const hasLicence = user.kind === 'USER' && (user.status === 'ACTIVE' || user.status === 'INVITED');
    return { status: statusEntry, role: roleEntry, licence: hasLicence ? statusEntry : null };
  }

  async #entriesOf(appId: string, rows: readonly LatestEventRow[]): Promise<readonly HistoryEntry[]> {
    const stream = rosterStream(appId);
    const events = await readEventsAt(this.store, rows.map(({ revision }) => ({ stream, revision })));
    return events.map(historyEntryOf);
  }
}

const INVITING = ['PartnerInvited', 'UserInvited', 'InvitationResent'] as const;
const ROLE_EVENTS = ['OwnerAdded', 'PartnerInvited', 'UserInvited', 'UserRoleChanged'] as const;

/** The types of which the latest event gave a user that status. An invitation expires by its own words, whether that was written down or not. */
const STATUS_EVENTS: Readonly<Record<UserRow['status'], readonly DomainEvent['type'][]>> = {
  INVITED: INVITING,
  ACTIVE: ['OwnerAdded', 'InvitationAccepted'],
  EXPIRED: [...INVITING, 'InvitationExpired'],
  DECLINED: ['InvitationDeclined'],
  REVOKED: ['InvitationRevoked'],
  LEFT: ['PartnerLeftApp'],
  REMOVED: ['UserRemoved'],
};

const lastOf = (latest: readonly LatestEventRow[], types: readonly string[]): LatestEventRow | undefined => latest.findLast(({ type }) => types.includes(type));

function requireReason({ appId, userId, status }: UserRow, reason: LatestEventRow | undefined): LatestEventRow {
  if (!reason) throw new ProjectionBehind(`The history of ${appId} does not tell yet how ${userId} became ${status}.`);
  return reason;
}

/** What a stored event of an app says. @throws Error for an event of another stream. */
export function historyEntryOf(stored: StoredEvent): HistoryEntry {
  const appId = appIdOfStream(stored.stream);
  if (appId === undefined) throw new Error(`${stored.type} stands in the stream ${stored.stream}, which belongs to no app.`);
  const event = liftedEvent(stored);
  return { appId, stored, event: event && isOfApp(event) ? event : null };
}

const OF_APPS: Readonly<Record<AppEvent['type'], true>> = {
  AppRegistered: true, OwnerAdded: true, LicencesSet: true, PartnerInvited: true, UserInvited: true, InvitationResent: true, InvitationRevoked: true,
  InvitationDeclined: true, InvitationExpired: true, InvitationAccepted: true, UserRoleChanged: true, PersonBound: true, PartnerLeftApp: true, UserRemoved: true,
  ContactsAssigned: true, ContactsReassigned: true, ContactsUnassigned: true, AssigneeClosed: true, AssigneeReopened: true, ReassignmentStarted: true, ReassignmentFinished: true,
};

/** Every type of event that an app's history can hold. */
export const APP_EVENT_TYPES: readonly string[] = Object.keys(OF_APPS);

const isOfApp = (event: DomainEvent): event is AppEvent => Object.hasOwn(OF_APPS, event.type);
