import { accessCsv, accessFileName } from '../application/exports/access';
import { CSV_TYPE } from '../application/exports/csv';
import { whenUnlocked } from '../projections/engine/locks';
import { AccessQueries } from '../projections/periodsOfAccess/queries';
import { RequestContext } from '../resolvers/context';
import { openAccessExport } from '../resolvers/period/export';
import type { ExportedFile, Exports } from '../server/exports/routes';
import type { Membership } from './membership';

/** The files that can be downloaded. Each is read from a snapshot of the read models, so that it is of one moment. */
export const exportsOver = ({ database }: Pick<Membership, 'database'>): Exports => ({
  async access(resources, { time, appIds }): Promise<ExportedFile> {
    if (!(resources instanceof RequestContext)) throw new Error('A file is exported for a request.');
    const readable = await openAccessExport(resources, time, appIds);
    const snapshot = await whenUnlocked(() => database.snapshot());
    if (snapshot === undefined) throw new Error('Read models in memory have no snapshots.');
    const texts = function* (): Generator<string, void, undefined> {
      for (const { text } of accessCsv(new AccessQueries(snapshot), readable.time, readable.appIds)) yield text;
    };
    return { name: accessFileName(readable.time), type: CSV_TYPE, parts: texts(), close: () => { snapshot.close(); } };
  },
});
