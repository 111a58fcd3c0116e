import { EmbeddedEventStore } from '../../src/eventstore/embedded/store';

/**
 * A program for tests: opens the store in the directory of its first argument (`readOnly` as second argument: beside the
 * writer) and prints how many events there are, or why it could not.
 */
async function main(): Promise<void> {
  try {
    const store = EmbeddedEventStore.open(process.argv[2] ?? '', { readOnly: process.argv[3] === 'readOnly' });
    let events = 0;
    for await (const event of store.readAll()) events += event.revision >= 0 ? 1 : 0;
    await store.close();
    process.stdout.write(`${events} events\n`);
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.message : 'failed strangely'}\n`);
  }
}

void main();
