import { liftedEvent } from '../domain/eventVersions';
import { normalizeKeapId } from '../domain/keapId';
import { CONTACTS_PREFIX, ROSTER_PREFIX } from '../domain/streamNames';
import { appIdOfEvent } from './projectedEvent';
import { versionedTable, type Projection, type RowChange, type TableDefinition } from './projection';

const NAME = 'membership_events';
const VERSION = 1;

/** Full names of the history's tables. */
export const MEMBERSHIP_EVENTS_TABLES = {
  entries: versionedTable(NAME, VERSION, 'entries'),
  blocks: versionedTable(NAME, VERSION, 'blocks'),
  addresses: versionedTable(NAME, VERSION, 'addresses'),
} as const;

const { entries, blocks, addresses } = MEMBERSHIP_EVENTS_TABLES;

/** So many entries, by the power of two, share a block: 1,024. */
export const BLOCK_BITS = 10;

/** Indexes of the entries. Each ends with the entry's number, so that what it finds stands in log order. */
export const ENTRY_INDEXES = {
  app: `${entries}_by_app`,
  appAndType: `${entries}_by_app_and_type`,
  type: `${entries}_by_type`,
  actor: `${entries}_by_actor`,
  correlation: `${entries}_by_correlation`,
  user: `${entries}_by_user`,
  otherUser: `${entries}_by_other_user`,
} as const;

/**
 * One row for each event of an app, in log order: what it can be found by, and where it stands in the log, which keeps
 * the event itself. Rows are only ever added, so that their numbers (rowid) have the order of the positions.
 */
const entriesTable: TableDefinition = {
  name: entries,
  columns: {
    position: 'TEXT NOT NULL',
    app_id: 'TEXT NOT NULL',
    /** which of the app's two streams: its name is this and the app id. */
    stream_prefix: 'TEXT NOT NULL',
    revision: 'INTEGER NOT NULL',
    type: 'TEXT NOT NULL',
    occurred_at: 'TEXT NOT NULL',
    actor_id: 'TEXT NOT NULL',
    correlation_id: 'TEXT NOT NULL',
    user_id: 'TEXT',
    /** the user whom something was taken from. */
    other_user_id: 'TEXT',
  },
  primaryKey: ['position'],
  also: [
    `CREATE INDEX ${ENTRY_INDEXES.app} ON ${entries} (app_id)`,
    `CREATE INDEX ${ENTRY_INDEXES.appAndType} ON ${entries} (app_id, type)`,
    `CREATE INDEX ${ENTRY_INDEXES.type} ON ${entries} (type)`,
    `CREATE INDEX ${ENTRY_INDEXES.actor} ON ${entries} (actor_id)`,
    `CREATE INDEX ${ENTRY_INDEXES.correlation} ON ${entries} (correlation_id)`,
    `CREATE INDEX ${ENTRY_INDEXES.user} ON ${entries} (user_id, stream_prefix) WHERE user_id IS NOT NULL`,
    `CREATE INDEX ${ENTRY_INDEXES.otherUser} ON ${entries} (other_user_id) WHERE other_user_id IS NOT NULL`,
  ],
  summary: {
    triggers: [
      `CREATE TRIGGER ${entries}_added AFTER INSERT ON ${entries} BEGIN
        INSERT INTO ${blocks} (number, earliest, latest) VALUES (new.rowid >> ${BLOCK_BITS}, new.occurred_at, new.occurred_at)
        ON CONFLICT (number) DO UPDATE SET earliest = min(earliest, excluded.earliest), latest = max(latest, excluded.latest);
      END`,
    ],
    atOnce: `INSERT INTO ${blocks} (number, earliest, latest) SELECT rowid >> ${BLOCK_BITS}, min(occurred_at), max(occurred_at) FROM ${entries} GROUP BY 1`,
  },
};

/**
 * From when to when the events of a block were. Time does not go back within a stream, but it does within the log, where
 * a history was imported; blocks without a wanted time are passed over. Kept by the trigger of the entries.
 */
const blocksTable: TableDefinition = {
  name: blocks,
  columns: { number: 'INTEGER NOT NULL', earliest: 'TEXT NOT NULL', latest: 'TEXT NOT NULL' },
  primaryKey: ['number'],
};

/** Under which Keap IDs a user was ever invited or joined. */
const addressesTable: TableDefinition = {
  name: addresses,
  columns: { keap_id_normalized: 'TEXT NOT NULL', app_id: 'TEXT NOT NULL', user_id: 'TEXT NOT NULL' },
  primaryKey: ['keap_id_normalized', 'app_id', 'user_id'],
  withoutRowId: true,
};

/** An index of everything that happened in apps. It takes events of any type and version, also those that this program does not know. */
export const membershipEventsProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: [blocksTable, entriesTable, addressesTable],
  streamPrefixes: [ROSTER_PREFIX, CONTACTS_PREFIX],
  apply(event) {
    const { data } = liftedEvent(event) ?? event;
    const appId = appIdOfEvent(event);
    const userId = textIn(data, 'userId');
    const entry: RowChange = {
      kind: 'upsert',
      table: entries,
      row: {
        position: event.position, app_id: appId, stream_prefix: event.stream.slice(0, -appId.length), revision: event.revision, type: event.type,
        occurred_at: event.occurredAt, actor_id: event.metadata.actorId, correlation_id: event.metadata.correlationId,
        user_id: userId, other_user_id: textIn(data, 'fromUserId'),
      },
    };
    const keapId = userId === null ? null : textIn(fieldIn(data, 'person'), 'keapId');
    if (userId === null || keapId === null) return [entry];
    return [entry, { kind: 'upsert', table: addresses, row: { keap_id_normalized: normalizeKeapId(keapId), app_id: appId, user_id: userId } }];
  },
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

const fieldIn = (data: unknown, field: string): unknown => (isObject(data) ? data[field] : undefined);

function textIn(data: unknown, field: string): string | null {
  const value = fieldIn(data, field);
  return typeof value === 'string' ? value : null;
}
