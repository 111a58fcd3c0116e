import { tablePrefix, type Projection, type RowChange } from '../../src/projections/engine/projection';

const VERSION = 0;

/** The projection as in an older release: tables of the same schema under another version, with other rows. */
export function olderVersion(projection: Projection, change: (changes: readonly RowChange[]) => readonly RowChange[] = (changes) => changes): Projection {
  const { name, version } = projection;
  const renamed = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll(tablePrefix(name, version), tablePrefix(name, VERSION))) as T;
  return { ...projection, version: VERSION, tables: renamed(projection.tables), apply: (event) => renamed(change(projection.apply(event))) };
}
