import Database from 'libsql';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedEventStore } from '../src/eventstore/embeddedEventStore';
import { START } from '../src/eventstore/eventStore';
import { Projector } from '../src/projections/projector';
import { ReadModelDatabase } from '../src/projections/readModelDatabase';
import { readModelProjections } from '../src/projections/readModelProjections';
import { generateLog } from './generatedLog';
import { interleaved, medians, perSecond, ROUNDS, withDirectory, type BenchOptions } from './measure';
import type { ResultTable } from './resultTable';

const SHORT_LOG = 10_000;
const LONG_LOG = 1_000_000;
/** As many rows as the store reads at once. */
const PAGE_ROWS = 500;
const FILLED_WITHIN_MS = 30 * 60_000;

/**
 * Reading the log, and filling the read models from it, beside reading and parsing the same rows without any of the program.
 * The read models of the long log are filled once only: it takes minutes.
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
    const filling = await interleaved([{ name: 'projections', run: () => projectAll(directory, store, events) }], wanted > SHORT_LOG ? 1 : ROUNDS, progress);
    const rates = medians(new Map([...reading, ...filling]));
    const [rows = NaN, read = NaN, projected = NaN] = ['rows', 'readAll', 'projections'].map((name) => rates.get(name));
    return {
      title: `Replay of ${wanted.toLocaleString('en')} events`,
      columns: ['events/s', 'of the limit', 'of readAll'],
      rows: [
        { name: 'limit: the rows of the file, with JSON.parse', values: [rows, 1, null] },
        { name: 'readAll', values: [read, read / rows, 1] },
        { name: 'all read models from nothing', values: [projected, projected / rows, projected / read] },
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

async function projectAll(directory: string, store: EmbeddedEventStore, events: number): Promise<number> {
  const place = mkdtempSync(join(directory, 'readmodels-'));
  const database = ReadModelDatabase.open(join(place, 'readmodels.db'));
  const problems: string[] = [];
  const projector = new Projector({ store, storeId: store.storeId, database, projections: readModelProjections, report: ({ message }) => { problems.push(message); } });
  try {
    let head = START;
    for await (const { position } of store.readAll({ backwards: true, maxCount: 1 })) head = position;
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
