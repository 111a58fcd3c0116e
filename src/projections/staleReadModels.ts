import { tablePrefix, type Projection } from './projection';
import { ReadModelDatabase } from './readModelDatabase';
import { checkpointsOf, prepareTables } from './readModelTables';

/** Read models that were filled by another version of this program. */
export interface StaleReadModels {
  /** Whether queries of this version can read their tables meanwhile, because these look the same. */
  readonly readable: boolean;
  /** Projections as the file holds them, to be kept up until there are new ones: today's, under the versions found. */
  readonly standIns: readonly Projection[];
  /** What names of tables and indexes of this version begin with, and those in the file. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** What is to be rebuilt, because a projection is new or of another version; null where nothing is, or nothing is there to be read meanwhile. */
export function staleReadModels(database: ReadModelDatabase, projections: readonly Projection[], storeId: string): StaleReadModels | null {
  const checkpoints = checkpointsOf(database);
  const foundOf = ({ name }: Projection): number | undefined => (checkpoints.get(name)?.storeId === storeId ? checkpoints.get(name)?.version : undefined);
  const stale = projections.filter((projection) => foundOf(projection) !== projection.version);
  if (stale.length === 0 || projections.every((projection) => foundOf(projection) === undefined)) return null;
  const readable = stale.every((projection) => looksTheSame(database, projection, foundOf(projection)));
  return {
    readable,
    standIns: projections.map((projection) => ({ ...projection, version: foundOf(projection) ?? projection.version })),
    aliases: new Map(stale.map((projection) => [tablePrefix(projection.name, projection.version), tablePrefix(projection.name, foundOf(projection) ?? projection.version)])),
  };
}

function looksTheSame(database: ReadModelDatabase, projection: Projection, found: number | undefined): boolean {
  if (found === undefined) return false;
  const today = ReadModelDatabase.open(':memory:');
  try {
    prepareTables(today, [projection], '');
    return looksOf(database, projection, found) === looksOf(today, projection, projection.version);
  } finally {
    today.close();
  }
}

/** The statements that made a projection's tables, indexes and triggers, without its version. */
function looksOf(database: ReadModelDatabase, { name }: Projection, version: number): string {
  const prefix = tablePrefix(name, version);
  const statements = database.all<{ readonly sql: string }>('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND substr(tbl_name, 1, length(?1)) = ?1', [prefix]);
  return statements.map(({ sql }) => sql.replaceAll(prefix, `${name} `).replace(/\s+/g, ' ')).sort().join('\n');
}
