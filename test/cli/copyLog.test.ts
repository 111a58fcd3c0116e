import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedEventStore } from '../../src/eventstore/embedded/store';
import { NO_STREAM, type EventStore, type StoredEvent } from '../../src/eventstore/eventStore';
import { EventStoreDbEventStore } from '../../src/eventstore/eventStoreDb/store';
import { collect, sampleEvent } from '../eventstore/sampleEvents';
import { EsdbServer } from '../support/esdb/esdbServer';
import { cliProcess, type ProgramProcess } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';

const STREAMS = 7;
const ROUNDS = 20;

describe('npm run cli -- copy', () => {
  let server: EsdbServer;
  let directory: TemporaryDirectory;
  beforeEach(async () => {
    server = await EsdbServer.start();
    directory = temporaryDirectory();
  });
  afterEach(async () => {
    await server.stop();
    directory.remove();
  });

  const copying = (to = server.url, from = directory.path): ProgramProcess => cliProcess(['copy', '--from', from, '--to', to, '--json']);
  const source = async <T>(use: (store: EmbeddedEventStore) => Promise<T>): Promise<T> => {
    const store = EmbeddedEventStore.open(directory.path);
    return use(store).finally(() => store.close());
  };
  const target = async <T>(use: (store: EventStoreDbEventStore) => Promise<T>): Promise<T> => {
    const store = new EventStoreDbEventStore({ url: server.url });
    return use(store).finally(() => store.close());
  };
  const factsIn = async (store: EventStore): Promise<Omit<StoredEvent, 'position'>[]> => (await collect(store.readAll())).map(({ position: _, ...facts }) => facts);

  /** Streams that grow in turn, by one or several events. */
  const fill = async (store: EventStore): Promise<number> => {
    let count = 0;
    const revisions = Array.from({ length: STREAMS }, () => NO_STREAM);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let stream = 0; stream < STREAMS; stream += 1) {
        const events = Array.from({ length: 1 + ((round * stream) % 3) }, () => sampleEvent({ round, '10': 'é', '9': null, text: 'x'.repeat(round * 30) }, { occurredAt: new Date(1_900_000_000_000 + count * 1_000).toISOString() }));
        revisions[stream] = (await store.append(`stream-${stream}`, events, revisions[stream] ?? NO_STREAM)).revision;
        count += events.length;
      }
    }
    return count;
  };

  it('copies every event with its id, order, bytes, time and hash', async () => {
    const count = await source(fill);
    const ended = await copying().ended;
    expect(ended.code).toBe(0);
    // A slow machine prints how far it is.
    const told = ended.stderr.split('\n').slice(0, -1).map((line) => Number(/^(\d+) events$/.exec(line)?.[1]));
    expect(told).toEqual(told.filter((events, index) => events > (told[index - 1] ?? 0) && events <= count));
    expect(JSON.parse(ended.stdout)).toEqual({ events: count, alreadyThere: 0 });
    expect(await target(factsIn)).toEqual(await source(factsIn));
  }, 60_000);

  it('copies the remaining events when it is run again after it was killed', async () => {
    const count = await source(fill);
    for (const appends of [1, 20, 80]) {
      const program = copying();
      while (server.calls.append < appends) await new Promise((resolve) => setImmediate(resolve));
      program.kill('SIGKILL');
      await program.ended;
    }
    const { code, stdout } = await copying().ended;
    expect(code).toBe(0);
    const report: { events: number; alreadyThere: number } = JSON.parse(stdout);
    expect(report.events).toBe(count);
    expect(report.alreadyThere).toBeGreaterThan(0);
    expect(await target(factsIn)).toEqual(await source(factsIn));
    expect(JSON.parse((await copying().ended).stdout)).toEqual({ events: count, alreadyThere: count });
  }, 60_000);

  it('copies events that were appended after the last run', async () => {
    const count = await source(fill);
    await copying().ended;
    await source((store) => store.append('later', [sampleEvent()], NO_STREAM));
    expect(JSON.parse((await copying().ended).stdout)).toEqual({ events: count + 1, alreadyThere: count });
  }, 60_000);

  it('refuses a server that holds another log, and writes nothing to it', async () => {
    await source(fill);
    await target((store) => store.append('stream-0', [sampleEvent()], NO_STREAM));
    const { code, stderr, stdout } = await copying().ended;
    expect([code, JSON.parse(stdout).code]).toEqual([1, 'FAILED']);
    expect(stderr).toContain('event 1 of the target (SampleHappened, revision 0 of stream-0) is not event 1 of the source');
    expect(await target(factsIn)).toHaveLength(1);
  });

  it('refuses a directory that another process uses, and one without events', async () => {
    const held = EmbeddedEventStore.open(directory.path);
    expect(await copying().ended).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use by another process') });
    await held.close();
    const empty = temporaryDirectory();
    expect(await copying(server.url, empty.path).ended).toMatchObject({ code: 2, stderr: expect.stringContaining('contains no file events.db') });
    empty.remove();
  });

  it('says that the key must be moved as well', async () => {
    await source(fill);
    writeFileSync(join(directory.path, 'secret.key'), 'a key');
    expect((await copying().ended).stderr).toContain('SECRET_KEY');
  }, 60_000);

  it('refuses wrong arguments, and prints its usage with --help', async () => {
    expect(await copying('http://127.0.0.1:2113').ended).toMatchObject({ code: 2, stderr: expect.stringContaining('esdb://') });
    expect(await cliProcess(['copy', '--help']).ended).toMatchObject({ code: 0, stdout: expect.stringContaining('--from <directory>') });
  });
});
