import { randomUUID } from 'node:crypto';
import { openNames } from '../../src/composition/stores';
import { parseConfig } from '../../src/config';
import { EmbeddedEventStore } from '../../src/eventstore/embedded/store';
import type { EventStore, StoredEvent } from '../../src/eventstore/eventStore';
import type { Projection } from '../../src/projections/engine/projection';
import { ProjectionRunner } from '../../src/projections/engine/runner';
import { ReadModelDatabase } from '../../src/projections/engine/database';
import { ReadModelFiles } from '../../src/projections/engine/files';

async function all(events: AsyncIterable<StoredEvent>): Promise<StoredEvent[]> {
  const found: StoredEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}

/** Applies the whole log. */
export async function applyAll(runner: ProjectionRunner, store: EventStore): Promise<void> {
  runner.apply(await all(store.readAll()));
}

/** Extends the log, so that filling read models takes a while: assigns this many more contacts to the user who got the last ones. */
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
  const store = EmbeddedEventStore.open(dataDir, { readOnly: true });
  const names = await openNames(store, parseConfig({ DATA_DIR: dataDir }));
  const database = ReadModelDatabase.open(new ReadModelFiles(dataDir).live);
  const runner = new ProjectionRunner(database, projections, store.storeId);
  await applyAll(runner, names);
  expect(runner.progress.filter(({ error }) => error !== undefined)).toEqual([]);
  database.close();
  await names.close();
  await store.close();
}
