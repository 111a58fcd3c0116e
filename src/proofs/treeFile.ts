import { hash } from 'node:crypto';
import type { ReadModelDatabase } from '../projections/engine/database';

/** Version of the tables. A file of another version is filled again. */
const FORMAT = 3;
/** Every row has a digest of its values, so that damage of the file is not taken for a change of the log. */
const SCHEMA = `
  DROP TABLE IF EXISTS tree;
  DROP TABLE IF EXISTS tiles;
  DROP TABLE IF EXISTS places;
  DROP TABLE IF EXISTS recent;
  CREATE TABLE tree (id INTEGER PRIMARY KEY CHECK (id = 1), store_id TEXT NOT NULL, size INTEGER NOT NULL, digest TEXT NOT NULL);
  CREATE TABLE tiles (level INTEGER NOT NULL, number INTEGER NOT NULL, hashes TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (level, number));
  CREATE TABLE places (number INTEGER PRIMARY KEY, first_position TEXT NOT NULL UNIQUE, positions TEXT NOT NULL, digest TEXT NOT NULL);
  CREATE TABLE recent (number INTEGER PRIMARY KEY, position TEXT NOT NULL, hash TEXT NOT NULL, digest TEXT NOT NULL);
  PRAGMA user_version = ${FORMAT};
`;

const DIGEST_DIGITS = 16;

/** Creates the empty tree of a log in the file, in place of any other. */
export function createTree(database: ReadModelDatabase, storeId: string): void {
  database.execute(SCHEMA);
  database.run('INSERT INTO tree (id, store_id, size, digest) VALUES (1, ?, 0, ?)', [storeId, digestOf(storeId, 0)]);
}

/** Whether the file holds the tree of a log, in tables of this version. */
export function isTreeOf(database: ReadModelDatabase, storeId: string): boolean {
  if (database.get<{ readonly user_version: number }>('PRAGMA user_version')?.user_version !== FORMAT) return false;
  return database.get<{ readonly storeId: string }>('SELECT store_id AS storeId FROM tree')?.storeId === storeId;
}

/** The digest of a row's values. */
export const digestOf = (...values: readonly (string | number)[]): string => hash('sha256', JSON.stringify(values), 'hex').slice(0, DIGEST_DIGITS);
