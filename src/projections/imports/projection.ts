import { ROSTER_PREFIX } from '../../domain/streams';
import { appIdOfEvent, domainEventOf, type Projection, versionedTable } from '../engine/projection';

const NAME = 'imports';
const VERSION = 1;

/** Full name of the table of apps whose import is not finished. Their members do not see them. */
export const IMPORTING_APPS_TABLE = versionedTable(NAME, VERSION, 'unfinished');

/** SQL condition for apps that their members may see. `appId` is a column or placeholder. */
export const isImported = (appId: string): string => `${appId} NOT IN (SELECT app_id FROM ${IMPORTING_APPS_TABLE})`;

/** Apps whose history is being imported. */
export const importsProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: [{ name: IMPORTING_APPS_TABLE, columns: { app_id: 'TEXT NOT NULL' }, primaryKey: ['app_id'], withoutRowId: true }],
  streamPrefixes: [ROSTER_PREFIX],
  apply(event) {
    const type = domainEventOf(event)?.type;
    if (type === 'ImportStarted') return [{ kind: 'upsert', table: IMPORTING_APPS_TABLE, row: { app_id: appIdOfEvent(event) } }];
    if (type === 'ImportFinished') return [{ kind: 'delete', table: IMPORTING_APPS_TABLE, where: { app_id: appIdOfEvent(event) } }];
    return [];
  },
};
