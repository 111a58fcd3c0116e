import type { Projection } from './projection';
import { digestOf } from './projectionDigest';
import type { ProjectionDigestRow } from './projectionDigestRows';
import type { ReadModelDatabase } from './readModelDatabase';
import { checkpointsOf } from './readModelTables';

/** Digests of the live rows. Who asks while they are being made gets the same ones, so that they are made once at a time. */
export class ProjectionDigestQueries {
  #asked: Promise<readonly ProjectionDigestRow[]> | null = null;

  /** @param openSnapshot opens the live read models as they stand now. */
  constructor(
    private readonly openSnapshot: () => ReadModelDatabase,
    private readonly projections: readonly Projection[],
  ) {}

  /** The digest of each projection, of which the database holds this version. */
  all(): Promise<readonly ProjectionDigestRow[]> {
    this.#asked ??= this.#make().finally(() => { this.#asked = null; });
    return this.#asked;
  }

  async #make(): Promise<readonly ProjectionDigestRow[]> {
    const snapshot = this.openSnapshot();
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
