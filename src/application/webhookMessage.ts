import type { StoredEvent } from '../eventstore/eventStore';
import { historyEntryOf } from './membershipHistory';
import { summaryWithNames, summaryWithoutNames, type KnownPeople } from './summaryNames';

/** Nothing that a link could be recognised by leaves the house. */
const KEPT_BACK = ['tokenHash'];
/** Where all that is personal of an event stands. */
const PERSONAL = 'person';

/**
 * The body that other systems get of an event of an app, as JSON. It is the same whenever it is sent, but for names.
 * @param people whose names may be told; null where nothing personal may.
 */
export async function webhookBodyOf(stored: StoredEvent, people: KnownPeople | null): Promise<string> {
  const { id, type, occurredAt, position, stream, revision, metadata: { actorId, correlationId } } = stored;
  const { appId, event } = historyEntryOf(stored);
  const keptBack = people ? KEPT_BACK : [...KEPT_BACK, PERSONAL];
  const told: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(event?.data ?? stored.data).filter(([field]) => !keptBack.includes(field)));
  const summarized = { appId, actorId, type, event };
  return JSON.stringify({
    type,
    timestamp: occurredAt,
    data: {
      eventId: id, position, appId, stream, revision, type, occurredAt, actorId, correlationId, userId: told['userId'] ?? null,
      summary: people ? await summaryWithNames(summarized, people) : summaryWithoutNames(summarized), data: told,
    },
  });
}
