import Database from 'libsql';

interface SchemaObject {
  readonly type: string;
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

/** Indexes of unique columns, and the statistics that `ANALYZE` stores, which SQLite itself creates. */
const OF_SQLITE = /^(?:index sqlite_autoindex_|table sqlite_stat)/;

/**
 * Returns what a file's schema has that the statements which created it do not explain, one phrase each: an added trigger, view, table or
 * index, or a table whose definition was changed. Empty for a file that nobody has changed.
 */
export function foreignObjects(database: Database.Database, create: string): readonly string[] {
  const expected = expectedObjects(create);
  return objectsOf(database).flatMap(({ type, name, table, sql }) => {
    const own = expected.find((object) => object.name === name);
    if (own === undefined) return [type === 'trigger' || type === 'index' ? `the ${type} ${name} on ${table}` : `the ${type} ${name}`];
    return own.type === type && own.sql === sql ? [] : [`another definition of the ${type} ${name}`];
  });
}

/** @throws Error that names the foreign objects of a file and says what to do. */
export function requireOwnObjects(database: Database.Database, create: string, file: string): void {
  const foreign = foreignObjects(database, create);
  if (foreign.length === 0) return;
  throw new Error(`${file} has been changed by somebody: it has ${foreign.join(', ')}. Find out who did it, run "verify", and restore the file from a backup.`);
}

function expectedObjects(create: string): readonly SchemaObject[] {
  const database = new Database(':memory:');
  try {
    database.exec(create);
    return objectsOf(database);
  } finally {
    database.close();
  }
}

function objectsOf(database: Database.Database): readonly SchemaObject[] {
  const rows = database.prepare('SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB) FROM sqlite_schema').raw(true).all();
  const objects = rows.filter((row) => Array.isArray(row)).map(([type, name, table, sql]: readonly unknown[]) => ({ type: String(type), name: String(name), table: String(table), sql: String(sql).replace(/\s+/g, ' ') }));
  return objects.filter(({ type, name }) => !OF_SQLITE.test(`${type} ${name}`));
}
