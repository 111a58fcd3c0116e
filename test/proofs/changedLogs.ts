import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { eventHash, FIRST_PREVIOUS_HASH } from '../../src/eventstore/eventHash';
import { openRawLog } from '../../src/eventstore/rawEvents';
import { readCheckpointLines } from '../../src/proofs/checkpoints/directory';
import { EventTree } from '../../src/proofs/eventTree';
import type { Finding } from '../../src/proofs/verify/findings';
import { type LogToVerify, verifyLog, type LogVerification } from '../../src/proofs/verify/log';

/** A row of the table of events, as SQL sees it. */
export interface Row {
  position: number;
  id: string;
  stream: string;
  revision: number;
  type: string;
  schema_version: number;
  occurred_at: string;
  data: string;
  metadata: string;
  hash: string;
}

/** A data directory whose log is changed by hand. */
export class ChangedLog {
  #isUnconstrained = false;

  private constructor(readonly directory: string) {}

  /** Copies `directory` to `target`, which is replaced. */
  static copyOf(directory: string, target: string): ChangedLog {
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    cpSync(directory, target, { recursive: true });
    return new ChangedLog(target);
  }

  /** The directory itself. */
  static at(directory: string): ChangedLog {
    return new ChangedLog(directory);
  }

  get file(): string {
    return join(this.directory, 'events.db');
  }

  rows(): Row[] {
    return this.#with((database) => database.prepare('SELECT * FROM events ORDER BY position').all() as Row[]);
  }

  run(sql: string, ...parameters: readonly (string | number)[]): void {
    this.#with((database) => database.prepare(sql).run(...parameters));
  }

  /** Puts other rows in the place of all, in this order, with positions from 1 where they have none of their own. Rows that the table's constraints refuse take them away. */
  replaceAll(rows: readonly Row[], keepPositions = false): void {
    this.#with((database) => {
      const { sql } = database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'events'").get() as { readonly sql: string };
      const unconstrained = 'CREATE TABLE events (position INTEGER PRIMARY KEY, id TEXT, stream TEXT, revision INTEGER, type TEXT, schema_version INTEGER, occurred_at TEXT, data TEXT, metadata TEXT, hash TEXT)';
      const replace = (definition: string): void => {
        database.exec(`DROP TABLE events; ${definition}`);
        const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
        for (const [index, row] of rows.entries()) {
          insert.run(keepPositions ? row.position : index + 1, row.id, row.stream, row.revision, row.type, row.schema_version, row.occurred_at, row.data, row.metadata, row.hash);
        }
      };
      try {
        replace(sql);
      } catch {
        replace(unconstrained);
        this.#isUnconstrained = true;
      }
    });
  }

  /** Takes the tree away that the service kept beside the log. */
  withoutTree(): this {
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(this.directory, `proofs.db${suffix}`), { force: true });
    return this;
  }

  /** @param checkpointDir where signed checkpoints are; beside the log when nothing is said. */
  async verify(checkpointDir = join(this.directory, 'checkpoints'), trustedKeyIds: readonly string[] | null = null, bounds: Pick<LogToVerify, 'maxCompared'> = {}): Promise<LogVerification> {
    const log = openRawLog(this.directory);
    const tree = EventTree.openToRead(join(this.directory, 'proofs.db'), log.storeId);
    try {
      return await verifyLog({ log, checkpointLines: readCheckpointLines(checkpointDir), tree, trustedKeyIds, onProgress: () => undefined, ...bounds });
    } finally {
      tree?.close();
      await log.close();
    }
  }

  async findings(): Promise<string[]> {
    const { findings } = await this.verify();
    const definition = findings.filter(({ what, message }) => what === 'FOREIGN_OBJECT' && message.includes('another definition of the table events'));
    if (definition.length !== (this.#isUnconstrained ? 1 : 0)) throw new Error('A table without its constraints is a finding.');
    return findings.filter((finding) => !definition.includes(finding)).map(shortly);
  }

  #with<T>(work: (database: Database.Database) => T): T {
    const database = new Database(this.file);
    try {
      return work(database);
    } finally {
      database.close();
    }
  }
}

/** A finding as a line: `WHAT stream revision` or `WHAT position`. */
export const shortly = ({ what, stream, revision, position }: Finding): string => (stream === undefined ? `${what} ${position ?? ''}` : `${what} ${stream} ${revision ?? ''}`).trim();

/** Computes the hashes of a stream again, so that they form a chain. */
export function rehashed(rows: readonly Row[], stream: string): Row[] {
  let before = FIRST_PREVIOUS_HASH;
  return rows.map((row) => {
    if (row.stream !== stream) return row;
    before = hashAfter(before, row);
    return { ...row, hash: before };
  });
}

/** The hash that a row has after another one. */
export const hashAfter = (before: string, row: Row): string =>
  eventHash(before, { id: row.id, type: row.type, schemaVersion: row.schema_version, occurredAt: row.occurred_at, stream: row.stream, revision: row.revision, dataJson: row.data, metadataJson: row.metadata });
