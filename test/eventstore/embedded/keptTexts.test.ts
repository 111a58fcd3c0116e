import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EmbeddedEventStore } from '../../../src/eventstore/embedded/store';
import { NO_STREAM } from '../../../src/eventstore/eventStore';
import { temporaryDirectory } from '../../support/temporaryDirectory';

const EVENTS = 2_000;
const BYTES = 20_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use after a garbage collection. */
function inUse(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

describe('what a reader keeps of events', () => {
  it('holds no other text of the log in memory', async () => {
    const directory = temporaryDirectory();
    const store = EmbeddedEventStore.open(directory.path);
    const metadata = { actorId: 'a', correlationId: 'c', causationId: 'c', commandId: 'd' };
    await Promise.all(Array.from({ length: EVENTS }, (_, number) => store.append(`app-${number}`, [{ id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`, type: 'AppRenamed', schemaVersion: 1, occurredAt: '2030-01-01T00:00:00.000Z', data: { name: 'x'.repeat(BYTES) }, metadata }], NO_STREAM)));
    const before = inUse();
    const kept: string[] = [];
    for await (const { id, stream, position, occurredAt, hash } of store.readAll()) kept.push(id, stream, position, occurredAt, hash);
    expect(kept).toHaveLength(EVENTS * 5);
    expect(inUse() - before).toBeLessThan((EVENTS * BYTES) / 10);
    expect(kept).toHaveLength(EVENTS * 5);
    await store.close();
    directory.remove();
  });
});
