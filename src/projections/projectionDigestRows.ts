import type { LogPosition } from '../eventstore/eventStore';

/** What a projection's rows are at a position, as one digest. */
export interface ProjectionDigestRow {
  readonly projection: string;
  readonly version: number;
  readonly position: LogPosition;
  /** number of rows. */
  readonly rows: number;
  /** hex SHA-256. */
  readonly digest: string;
}
