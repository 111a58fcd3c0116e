import { ACCOUNT_PREFIX, appIdOfStream } from '../../domain/streams';
import type { Caller } from '../commandTypes';
import type { JsonObject, JsonValue, LogPosition, StoredEvent } from '../../eventstore/eventStore';

/** The events that a dry run appended on top of the log, and nowhere else. */
export interface DryRun {
  readonly appended: () => readonly StoredEvent[];
  /** Position of the log's last event when the first of them was appended. */
  readonly base: () => Promise<LogPosition>;
}

/** An event that the request would have written. */
export interface DryRunEvent {
  readonly stream: string;
  readonly type: string;
  readonly data: StoredEvent['data'];
}

/** Fields that name a sign-in. */
const PERSON_IDS: readonly string[] = ['personId', 'fromPersonId', 'toPersonId'];
/** Fields that tell what somebody was in the app before. */
const WITHHELD: readonly string[] = ['wasMember', 'revokedInvitationId'];

const withoutForeignName = (person: JsonValue, own: string | null): JsonValue =>
  typeof person === 'object' && person !== null && !Array.isArray(person) && (person as JsonObject)['name'] !== own ? { ...(person as JsonObject), name: null } : person;

/**
 * Returns the events that a dry run appended after the first `count`, as far as the caller may read them. To somebody who does not see an app's users,
 * an event tells no name that the app's admins entered, and nothing about who signs in with an address.
 * @param seesUsers whether the caller sees the users of an app.
 */
export function eventsShown({ appended }: DryRun, count: number, { actor, name }: Caller, seesUsers: (appId: string) => boolean): readonly DryRunEvent[] {
  return appended().slice(count).flatMap((event): DryRunEvent[] => {
    const { stream, type, data } = event;
    const appId = appIdOf(event);
    if (appId !== undefined && seesUsers(appId)) return [{ stream, type, data }];
    if (type === 'PersonBound' && data['personId'] !== actor.personId) return [];
    const shown = Object.entries(data).map(([field, value]): [string, JsonValue] => {
      if (PERSON_IDS.includes(field)) return [field, value === actor.personId ? value : null];
      if (WITHHELD.includes(field)) return [field, null];
      return [field, field === 'person' && type !== 'OwnerAdded' ? withoutForeignName(value, name) : value];
    });
    return [{ stream, type, data: Object.fromEntries(shown) }];
  });
}

function appIdOf({ stream, data }: StoredEvent): string | undefined {
  const { appId } = data;
  return stream.startsWith(ACCOUNT_PREFIX) && typeof appId === 'string' ? appId : appIdOfStream(stream);
}
