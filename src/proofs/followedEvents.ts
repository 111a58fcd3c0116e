import { setTimeout as pause } from 'node:timers/promises';
import { FIRST_PREVIOUS_HASH } from '../eventstore/eventHash';
import type { EventStore, LogPosition, StoredEvent } from '../eventstore/eventStore';
import type { DisclosedPerson } from '../eventstore/personEnvelope';
import { eventLine } from './cloudEvent';
import { isOfApp } from './exportedEvents';

export interface FollowedLog {
  /** as it is stored. */
  readonly store: EventStore;
  readonly storeId: string;
  /** who is sealed in an event; null where nobody is or nobody can tell. */
  readonly disclose: (event: StoredEvent) => Promise<DisclosedPerson | null>;
}

/** A log that another process writes says nothing of it, so it is asked so often. */
const ASK_EVERY_MS = 250;

/** The log's events as CloudEvents, from `after` on and then as they happen, until the signal aborts. @throws StoreUnavailable */
export async function* followedEvents({ store, storeId, disclose }: FollowedLog, { appId, after }: { readonly appId: string | null; readonly after: LogPosition }, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  let position = after;
  const isStopped = (): boolean => signal.aborted;
  while (!isStopped()) {
    for await (const event of store.readAll({ after: position })) {
      position = event.position;
      if (isOfApp(event.stream, appId)) yield eventLine(storeId, event, await hashBefore(store, event), { person: await disclose(event), proof: null });
      if (isStopped()) return;
    }
    await pause(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function hashBefore(store: EventStore, { stream, revision }: StoredEvent): Promise<string> {
  if (revision === 0) return FIRST_PREVIOUS_HASH;
  for await (const { hash } of store.readStream(stream, { fromRevision: revision - 1, maxCount: 1 })) return hash;
  throw new Error(`${stream} has lost revision ${revision - 1}.`);
}
