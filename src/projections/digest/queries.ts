import type { LogPosition } from '../../eventstore/eventStore';
import type { Projection } from '../engine/projection';
import { digestOf } from '../engine/differences';
import type { ReadModelDatabase } from '../engine/database';
import { checkpointsOf } from '../engine/files';
import { whenUnlocked } from '../engine/locks';

/** Digest of a projection's rows at a position. */
export interface ProjectionDigestRow {
  readonly projection: string;
  readonly version: number;
  readonly position: LogPosition;
  /** Number of rows. */
  readonly rows: number;
  /** SHA-256 in hex. */
  readonly digest: string;
}

/** Digests of the live rows. Concurrent callers share one computation. */
export class ProjectionDigestQueries {
  #running: Promise<readonly ProjectionDigestRow[]> | null = null;

  /** @param openSnapshot opens a snapshot of the live read models. */
  constructor(
    private readonly openSnapshot: () => ReadModelDatabase,
    private readonly projections: readonly Projection[],
  ) {}

  /** Computes the digest of each projection whose current version is in the database. */
  all(): Promise<readonly ProjectionDigestRow[]> {
    this.#running ??= this.#compute().finally(() => { this.#running = null; });
    return this.#running;
  }

  async #compute(): Promise<readonly ProjectionDigestRow[]> {
    const snapshot = await whenUnlocked(this.openSnapshot);
    try {
      const checkpoints = checkpointsOf(snapshot);
      const rows: ProjectionDigestRow[] = [];
      for (const projection of this.projections) {
        const checkpoint = checkpoints.get(projection.name);
        const { name, version } = projection;
        if (checkpoint?.version === version) rows.push({ projection: name, version, position: checkpoint.position, ...(await digestOf(snapshot, projection)) });
      }
      return rows;
    } finally {
      snapshot.close();
    }
  }
}
