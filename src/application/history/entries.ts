import { type ActOutside, isActOutside, isAdministrative } from '../../domain/administration';
import type { AppEvent, DomainEvent } from '../../domain/events';
import { liftedEvent } from '../../domain/eventVersions';
import { reasonGiven } from '../../domain/reasons';
import type { AccessReviewReminder } from '../../domain/reviews/events';
import { appIdOfHistory, appIdOfStream, contactsStream, NO_APP, rosterStream } from '../../domain/streams';
import type { StoredEvent } from '../../eventstore/eventStore';
import type { EventPlace } from './eventsAt';

/** An event of an app's history: one of its streams, or a reminder of one of its access reviews. */
type EventOfApp = AppEvent | AccessReviewReminder;

/** An event that the history shows: one of an app, or an act of an operator or auditor outside of an app's streams. */
export type HistoryEvent = EventOfApp | ActOutside;

/** An event of the history, as stored and as this program understands it. */
export interface HistoryEntry {
  /** The app that it belongs to; `-` for an act that belongs to no app. */
  readonly appId: string;
  readonly stored: Omit<StoredEvent, 'data'>;
  /** The event in the current version; null for a type or version that this program does not know. */
  readonly event: HistoryEvent | null;
  /** Why somebody did it, in their words; null where no reason was given. */
  readonly reason: string | null;
}

/** Groups: the stream of an app and the revision in it; the revision in another stream, and its name. */
const EVENT_KEY = /^(?:([rc])(0|[1-9]\d{0,14})|e(0|[1-9]\d{0,14})-([a-z0-9-]{1,100}))$/;

/** Returns the key of an event within its app: the place in one of the app's two streams, or in another stream. */
export function keyOfEvent({ appId, stream, revision }: { readonly appId: string; readonly stream: string; readonly revision: string }): string {
  if (stream === rosterStream(appId)) return `r${revision}`;
  return stream === contactsStream(appId) ? `c${revision}` : `e${revision}-${stream}`;
}

/** Returns the place of the event with this key (see `keyOfEvent`); null for another text, or for an event of an app's streams under another key. */
export function placeOfKey(appId: string, key: string): EventPlace | null {
  const [, prefix, inApp, elsewhere, stream] = EVENT_KEY.exec(key) ?? [];
  if (inApp !== undefined) return { stream: prefix === 'r' ? rosterStream(appId) : contactsStream(appId), revision: Number(inApp) };
  return stream === undefined || appIdOfStream(stream) !== undefined ? null : { stream, revision: Number(elsewhere) };
}

/**
 * Converts a stored event of an app's history to an entry.
 * @throws Error for any other event.
 */
export function historyEntryOf(stored: StoredEvent): HistoryEntry {
  const appId = appIdOfHistory(stored);
  if (appId === undefined) throw new Error(`${stored.type} of the stream ${stored.stream} is in the history of no app.`);
  const event = liftedEvent(stored);
  const known = event && isOfApp(event) ? event : null;
  return { appId, stored, event: known, reason: known && reasonGiven(known) };
}

/** Converts a stored act of an operator or auditor to a history entry. Returns null for any other event. */
export function administrativeEntryOf(stored: StoredEvent): HistoryEntry | null {
  const event = liftedEvent(stored);
  if (!event || !isAdministrative(event)) return null;
  if (appIdOfStream(stored.stream) !== undefined) return historyEntryOf(stored);
  if (!isActOutside(event)) return null;
  const { data } = event;
  return { appId: 'appId' in data && typeof data.appId === 'string' ? data.appId : NO_APP, stored, event, reason: null };
}

const OF_APPS: Readonly<Record<EventOfApp['type'], true>> = {
  AppRegistered: true, OwnerAdded: true, LicencesSet: true, AppRenamed: true, ImportStarted: true, ImportFinished: true, PartnerInvited: true, UserInvited: true, InvitationResent: true, InvitationRevoked: true,
  InvitationDeclined: true, InvitationExpired: true, InvitationAccepted: true, InvitationMoved: true, UserRoleChanged: true, PersonBound: true, PersonUpdated: true,
  AdminAppointed: true, UserRebound: true, PartnerLeftApp: true, UserRemoved: true,
  ContactsAssigned: true, ContactsReassigned: true, ContactsUnassigned: true, AssigneeClosed: true, AssigneeReopened: true, ReassignmentStarted: true, ReassignmentFinished: true,
  AccessReviewReminded: true,
};

/** The types of events in an app's history. */
export const APP_EVENT_TYPES: readonly string[] = Object.keys(OF_APPS);

const isOfApp = (event: DomainEvent): event is EventOfApp => Object.hasOwn(OF_APPS, event.type);
