import { randomUUID } from 'node:crypto';
import type { EventStore, EventToAppend, JsonObject, LogPosition, StoredEvent } from '../../src/eventstore/eventStore';

/** A valid event with a new id. */
export function sampleEvent(data: JsonObject = { appId: 'acme' }, changes: Partial<EventToAppend> = {}): EventToAppend {
  return {
    id: randomUUID(),
    type: 'SampleHappened',
    schemaVersion: 1,
    occurredAt: '2030-01-31T12:00:00.000Z',
    data,
    metadata: { actorId: 'someone', correlationId: randomUUID(), causationId: randomUUID(), commandId: randomUUID() },
    ...changes,
  };
}

export function sampleEvents(count: number): EventToAppend[] {
  return Array.from({ length: count }, (_, index) => sampleEvent({ index }));
}

/** A name that no other test uses. */
export const newStream = (): string => `test-${randomUUID()}`;

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export async function idsOf(events: AsyncIterable<StoredEvent>): Promise<string[]> {
  return (await collect(events)).map((event) => event.id);
}

/** Where the log ends now; undefined when it is empty. */
export async function endOf(store: EventStore): Promise<LogPosition | undefined> {
  return (await collect(store.readAll({ backwards: true, maxCount: 1 })))[0]?.position;
}

/** What a promise is rejected with; fails when it is not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => ({ rejected: false as const }),
    (error: unknown) => ({ rejected: true as const, error }),
  );
  if (!outcome.rejected) throw new Error('expected a rejection, and it was fulfilled');
  return outcome.error;
}
