import type { Row, TableDefinition } from './projection';
import type { ReadModelDatabase } from './readModelDatabase';
import { SqlParameters } from './sqlParameters';

const PAGE_SIZE = 500;

/** Every row of a table in the order of its key, page by page, so that none of the pages is long. */
export function* walkedRows(database: ReadModelDatabase, { name, columns, primaryKey }: TableDefinition): Generator<readonly Row[], void, undefined> {
  const key = primaryKey.join(', ');
  let last: Row | undefined;
  for (;;) {
    const parameters = new SqlParameters();
    const after = last;
    const where = after ? ` WHERE (${key}) > (${primaryKey.map((column) => parameters.add(after[column] ?? null)).join(', ')})` : '';
    const page: readonly Row[] = database.all<Row>(`SELECT ${Object.keys(columns).join(', ')} FROM ${name}${where} ORDER BY ${key} LIMIT ${PAGE_SIZE}`, parameters.values);
    if (page.length > 0) yield page;
    last = page.at(-1);
    if (page.length < PAGE_SIZE) return;
  }
}
