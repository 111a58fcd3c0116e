import { liftedEvent } from '../../domain/eventVersions';
import { normalizeKeapId } from '../../domain/keapId';
import { appIdOfHistory, CONTACTS_PREFIX, REVIEW_PREFIX, ROSTER_PREFIX } from '../../domain/streams';
import { type Projection, type RowChange, type TableDefinition, versionedTable } from '../engine/projection';
import { entryDefinitions, entryTables, type EventIndex } from './entries';

const NAME = 'membership_events';
const VERSION = 3;

const { entries, blocks, indexes } = entryTables(NAME, VERSION);

/** Full names of the tables of the history. */
export const MEMBERSHIP_EVENTS_TABLES = {
  entries,
  blocks,
  addresses: versionedTable(NAME, VERSION, 'addresses'),
} as const;

const { addresses } = MEMBERSHIP_EVENTS_TABLES;

/** Names of the entries' indexes. Each ends with the entry's rowid, so that it returns entries in log order. */
export const ENTRY_INDEXES = { ...indexes, otherUser: `${entries}_by_other_user` } as const;

/** The index of the history: one entry per event of an app, with the columns to filter by and the event's place in the log. The event itself is read from the log. */
export const MEMBERSHIP_EVENTS_INDEX: EventIndex = {
  list: 'membershipEvents', entries, blocks, indexes,
  stream: "iif(e.stream_prefix LIKE '%-', e.stream_prefix || e.app_id, e.stream_prefix)",
  ofUser: {
    columns: ['user_id', 'other_user_id'],
    paths: (user) => [
      { from: `${entries} INDEXED BY ${ENTRY_INDEXES.user}`, conditions: `user_id = ${user} AND stream_prefix = '${ROSTER_PREFIX}'` },
      { from: `${entries} INDEXED BY ${ENTRY_INDEXES.user}`, conditions: `user_id = ${user} AND stream_prefix = '${CONTACTS_PREFIX}'` },
      { from: `${entries} INDEXED BY ${ENTRY_INDEXES.otherUser}`, conditions: `other_user_id = ${user}` },
    ],
  },
};

const [blocksTable, entriesTable] = entryDefinitions({ entries, blocks, indexes }, {
  /** Name of the event's stream without the app id; the whole name for a stream that is not named after its app. */
  place: { stream_prefix: 'TEXT NOT NULL' },
  /** The user that the event is about, and the one from whom it took something. */
  users: { user_id: 'TEXT', other_user_id: 'TEXT' },
  also: [
    `CREATE INDEX ${ENTRY_INDEXES.user} ON ${entries} (user_id, stream_prefix) WHERE user_id IS NOT NULL`,
    `CREATE INDEX ${ENTRY_INDEXES.otherUser} ON ${entries} (other_user_id) WHERE other_user_id IS NOT NULL`,
  ],
});

/** The Keap IDs under which a user was ever invited or joined. */
const addressesTable: TableDefinition = {
  name: addresses,
  columns: { keap_id_normalized: 'TEXT NOT NULL', app_id: 'TEXT NOT NULL', user_id: 'TEXT NOT NULL' },
  primaryKey: ['keap_id_normalized', 'app_id', 'user_id'],
  withoutRowId: true,
};

/** An index of all events of apps, including types and versions that this program does not know, and of the reminders of their access reviews. */
export const membershipEventsProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: [blocksTable, entriesTable, addressesTable],
  streamPrefixes: [ROSTER_PREFIX, CONTACTS_PREFIX, REVIEW_PREFIX],
  apply(event) {
    const appId = appIdOfHistory(event);
    if (appId === undefined) return [];
    const { data } = liftedEvent(event) ?? event;
    const userId = textIn(data, 'userId');
    const entry: RowChange = {
      kind: 'upsert',
      table: entries,
      row: {
        position: event.position, app_id: appId, stream_prefix: event.stream.startsWith(REVIEW_PREFIX) ? event.stream : event.stream.slice(0, -appId.length), revision: event.revision, type: event.type,
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
