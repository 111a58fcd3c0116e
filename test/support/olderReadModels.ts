import { randomUUID } from 'node:crypto';
import { EmbeddedEventStore } from '../../src/eventstore/embeddedEventStore';
import type { EventStore, StoredEvent } from '../../src/eventstore/eventStore';
import type { Projection } from '../../src/projections/projection';
import { ProjectionRunner } from '../../src/projections/projectionRunner';
import { ReadModelDatabase } from '../../src/projections/readModelDatabase';
import { ReadModelFiles } from '../../src/projections/readModelFiles';

async function all(events: AsyncIterable<StoredEvent>): Promise<StoredEvent[]> {
  const found: StoredEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}

/** Applies the whole log. */
export async function applyAll(runner: ProjectionRunner, store: EventStore): Promise<void> {
  runner.apply(await all(store.readAll()));
}

/** Makes the log so long that filling read models takes a while: as many more contacts for the user to whom the last ones were assigned. */
export async function lengthen(dataDir: string, stream: string, count: number): Promise<void> {
  const store = EmbeddedEventStore.open(dataDir);
  for (let made = 0; made < count; made += 1000) {
    const [last] = await all(store.readStream(stream, { backwards: true, maxCount: 1 }));
    const events = Array.from({ length: 1000 }, (_, index) => ({ ...last!, id: randomUUID(), data: { ...last!.data, contactIds: [`m${made + index}`] } }));
    await store.append(stream, events, last!.revision);
  }
  await store.close();
}

/** Puts read models of another release in the place of those that a service left behind. */
export async function filledBy(dataDir: string, projections: readonly Projection[]): Promise<void> {
  const store = EmbeddedEventStore.open(dataDir);
  const database = ReadModelDatabase.open(new ReadModelFiles(dataDir).live);
  const runner = new ProjectionRunner(database, projections, store.storeId);
  await applyAll(runner, store);
  expect(runner.progress.filter(({ error }) => error !== undefined)).toEqual([]);
  database.close();
  await store.close();
}
