import Database from 'libsql';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fillThreadsOver } from '../src/composition/filling/fillThread';
import { EmbeddedEventStore } from '../src/eventstore/embedded/store';
import { headOf } from '../src/eventstore/eventStore';
import { LiveReadModels } from '../src/projections/live/liveReadModels';
import { Projector } from '../src/projections/live/projector';
import { ReadModelDatabase } from '../src/projections/engine/database';
import { ReadModelFiles } from '../src/projections/engine/files';
import { liveProjections } from '../src/projections/allProjections';
import { generateLog } from './generatedLog';
import { interleaved, median, medians, perSecond, ROUNDS, withDirectory, type BenchOptions } from './measure';
import type { ResultRow, ResultTable } from './resultTable';

const SHORT_LOG = 10_000;
const LONG_LOG = 1_000_000;
/** As many rows as the store reads at once. */
const PAGE_ROWS = 500;
const FILLED_WITHIN_MS = 30 * 60_000;
/** How often the bench looks whether everything is filled, in milliseconds. */
const LOOK_MS = 20;

/**
 * Reading the log, and filling the read models from it, beside reading and parsing the same rows without any of the program.
 * The read models of the long log are filled once only, and not event by event: that takes many minutes.
 */
export async function replayBench({ quick, progress }: BenchOptions): Promise<readonly ResultTable[]> {
  const tables: ResultTable[] = [];
  for (const events of quick ? [SHORT_LOG] : [SHORT_LOG, LONG_LOG]) {
    tables.push(await withDirectory((directory) => replay(directory, events, progress)));
  }
  return tables;
}

async function replay(directory: string, wanted: number, progress: (text: string) => void): Promise<ResultTable> {
  const events = await generateLog(directory, wanted, progress);
  const store = EmbeddedEventStore.open(directory);
  try {
    const reading = await interleaved(
      [
        { name: 'rows', run: () => perSecond(events, () => { parseAllRows(join(directory, 'events.db'), events); }) },
        { name: 'readAll', run: () => perSecond(events, () => readAll(store, events)) },
      ],
      ROUNDS,
      progress,
    );
    const isLong = wanted > SHORT_LOG;
    const readyRates: number[] = [];
    const filled = { name: 'filled', run: async () => (await fillAll(directory, store, events, 1)).all };
    const filledByThreads = {
      name: 'filled by threads',
      run: async () => {
        const { ready, all } = await fillAll(directory, store, events, 2);
        readyRates.push(ready);
        return all;
      },
    };
    const projected = { name: 'projected', run: () => projectAll(directory, store, events) };
    const filling = await interleaved(isLong ? [filled, filledByThreads] : [filled, projected], isLong ? 1 : ROUNDS, progress);
    const rates = medians(new Map([...reading, ...filling]));
    const [rows = NaN, read = NaN] = ['rows', 'readAll'].map((name) => rates.get(name));
    const row = (name: string, rate: number | undefined): readonly ResultRow[] => (rate === undefined ? [] : [{ name, values: [rate, rate / rows, rate / read] }]);
    return {
      title: `Replay of ${wanted.toLocaleString('en')} events`,
      columns: ['events/s', 'of the limit', 'of readAll'],
      rows: [
        { name: 'limit: the rows of the file, with JSON.parse', values: [rows, 1, null] },
        ...row('readAll', read),
        ...row('all read models from nothing, by one thread', rates.get('filled')),
        ...row('users, Account Central, contacts and bindings from nothing, by two threads: ready', readyRates.length === 0 ? undefined : median(readyRates)),
        ...row('all read models from nothing, by two threads and two more behind', rates.get('filled by threads')),
        ...row('all read models, event by event', rates.get('projected')),
      ],
    };
  } finally {
    await store.close();
  }
}

/** Reads and parses everything, and throws it away. */
function parseAllRows(file: string, events: number): void {
  const database = new Database(file);
  try {
    const page = database.prepare('SELECT position, id, stream, revision, type, schema_version, occurred_at, data, metadata, hash FROM events WHERE position > ? ORDER BY position LIMIT ?').raw(true);
    let position = 0;
    let seen = 0;
    for (;;) {
      const rows: readonly unknown[] = page.all(position, PAGE_ROWS);
      for (const row of rows) {
        if (!Array.isArray(row)) throw new TypeError('A row was asked for as a list of columns.');
        position = Number(row[0]);
        JSON.parse(String(row[7]));
        JSON.parse(String(row[8]));
        seen += 1;
      }
      if (rows.length < PAGE_ROWS) break;
    }
    requireAll(seen, events);
  } finally {
    database.close();
  }
}

async function readAll(store: EmbeddedEventStore, events: number): Promise<void> {
  let seen = 0;
  for await (const { data } of store.readAll()) if (typeof data === 'object') seen += 1;
  requireAll(seen, events);
}

/** As a service does that has no read models. @returns at which rate it became ready, and had all of them. */
async function fillAll(directory: string, store: EmbeddedEventStore, events: number, threads: 1 | 2): Promise<{ readonly ready: number; readonly all: number }> {
  const place = mkdtempSync(join(directory, 'readmodels-'));
  const files = new ReadModelFiles(place);
  const database = ReadModelDatabase.open(files.live);
  const problems: string[] = [];
  const { storeId } = store;
  const fillThreads = threads === 1 ? null : fillThreadsOver({ dataDir: directory, eventStoreUrl: null, secretKey: null, secretKeyPrevious: null }, (error) => { problems.push(String(error)); });
  const live = await LiveReadModels.open({
    store, storeId, isReachable: true, database, projections: liveProjections, files, threads: fillThreads, tell: () => undefined, report: ({ message }) => { problems.push(message); },
  });
  try {
    const head = await headOf(store);
    let ready = NaN;
    const all = await perSecond(events, async () => {
      ready = await perSecond(events, async () => {
        live.start();
        await live.projector.waitFor(head, FILLED_WITHIN_MS);
      });
      while (live.filling !== null && problems.length === 0) await pause(LOOK_MS);
      if (live.projector.position() < head || problems.length > 0) throw new Error(`The read models were not filled: ${problems.join('; ')}`);
    });
    return { ready, all };
  } finally {
    await live.stop();
    database.close();
    rmSync(place, { recursive: true, force: true });
  }
}

/** As a service does that follows the log. */
async function projectAll(directory: string, store: EmbeddedEventStore, events: number): Promise<number> {
  const place = mkdtempSync(join(directory, 'readmodels-'));
  const database = ReadModelDatabase.open(join(place, 'readmodels.db'));
  const problems: string[] = [];
  const projector = new Projector({ store, storeId: store.storeId, database, projections: liveProjections, report: ({ message }) => { problems.push(message); } });
  try {
    const head = await headOf(store);
    return await perSecond(events, async () => {
      projector.start();
      if (!(await projector.waitFor(head, FILLED_WITHIN_MS))) throw new Error(`The read models were not filled: ${problems.join('; ')}`);
    });
  } finally {
    await projector.stop();
    database.close();
    rmSync(place, { recursive: true, force: true });
  }
}

function requireAll(seen: number, events: number): void {
  if (seen !== events) throw new Error(`The log has ${events} events; ${seen} were read.`);
}
