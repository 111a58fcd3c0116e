import { NO_STREAM } from '../../src/eventstore/eventStore';
import { EmbeddedEventStore } from '../../src/eventstore/embedded/store';
import { newStream, sampleEvents } from './sampleEvents';

/**
 * A program for tests: appends to the store in the directory of its first argument, from 16 writers, until it is killed or the
 * store fails. Prints `ID REVISION STREAM` for each event whose append was answered, `failed NAME` for each writer's end.
 */
async function main(): Promise<void> {
  const store = EmbeddedEventStore.open(process.argv[2] ?? '');
  await Promise.all(Array.from({ length: 16 }, () => write(store)));
  await store.close();
}

async function write(store: EmbeddedEventStore): Promise<void> {
  const stream = newStream();
  let revision = NO_STREAM;
  for (;;) {
    const events = sampleEvents(2);
    try {
      ({ revision } = await store.append(stream, events, revision));
    } catch (error) {
      process.stdout.write(`failed ${error instanceof Error ? error.name : 'strangely'}\n`);
      return;
    }
    process.stdout.write(events.map((event, index) => `${event.id} ${revision - 1 + index} ${stream}\n`).join(''));
  }
}

void main();
