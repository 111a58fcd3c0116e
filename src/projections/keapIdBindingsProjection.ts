import { normalizeKeapId } from '../domain/keapId';
import { PERSON_PREFIX } from '../domain/streamNames';
import { domainEventOf } from './projectedEvent';
import { versionedTable, type Projection } from './projection';

const NAME = 'keap_id_bindings';
const VERSION = 1;

/** Full name of the table of bindings: whose sign-in a Keap ID belongs to. */
export const KEAP_ID_BINDINGS_TABLE = versionedTable(NAME, VERSION, 'bindings');

/** Which Keap IDs belong to whose sign-in. The release of one names no address, so rows are found by their stream. */
export const keapIdBindingsProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: [
    {
      name: KEAP_ID_BINDINGS_TABLE,
      columns: { stream: 'TEXT NOT NULL', keap_id_normalized: 'TEXT NOT NULL', person_id: 'TEXT NOT NULL' },
      primaryKey: ['stream'],
      withoutRowId: true,
      also: [
        `CREATE INDEX ${KEAP_ID_BINDINGS_TABLE}_by_address ON ${KEAP_ID_BINDINGS_TABLE} (keap_id_normalized, person_id)`,
        `CREATE INDEX ${KEAP_ID_BINDINGS_TABLE}_by_person ON ${KEAP_ID_BINDINGS_TABLE} (person_id, keap_id_normalized)`,
      ],
    },
  ],
  streamPrefixes: [PERSON_PREFIX],
  apply(event) {
    const domainEvent = domainEventOf(event);
    switch (domainEvent?.type) {
      case 'KeapIdBound': {
        const { personId, person } = domainEvent.data;
        return [{ kind: 'upsert', table: KEAP_ID_BINDINGS_TABLE, row: { stream: event.stream, keap_id_normalized: normalizeKeapId(person.keapId), person_id: personId } }];
      }
      case 'KeapIdReleased':
        return [{ kind: 'delete', table: KEAP_ID_BINDINGS_TABLE, where: { stream: event.stream } }];
      default:
        return [];
    }
  },
};
