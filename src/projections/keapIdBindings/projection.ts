import { normalizeKeapId } from '../../domain/keapId';
import { PERSON_PREFIX } from '../../domain/streams';
import { domainEventOf, type Projection, versionedTable } from '../engine/projection';

const NAME = 'keap_id_bindings';
const VERSION = 3;

/** Full name of the table of bindings, which maps a Keap ID to the person who holds it, or held it last. */
export const KEAP_ID_BINDINGS_TABLE = versionedTable(NAME, VERSION, 'bindings');

/** Keap IDs and the people who hold them. A released Keap ID keeps a row without a person. */
export const keapIdBindingsProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: [
    {
      name: KEAP_ID_BINDINGS_TABLE,
      columns: { keap_id_normalized: 'TEXT NOT NULL', person_id: 'TEXT', stream: 'TEXT NOT NULL' },
      primaryKey: ['keap_id_normalized'],
      withoutRowId: true,
      also: [`CREATE INDEX ${KEAP_ID_BINDINGS_TABLE}_by_stream ON ${KEAP_ID_BINDINGS_TABLE} (stream)`],
    },
  ],
  streamPrefixes: [PERSON_PREFIX],
  apply(event) {
    const domainEvent = domainEventOf(event);
    switch (domainEvent?.type) {
      case 'KeapIdBound': {
        const { personId, person } = domainEvent.data;
        return [{ kind: 'upsert', table: KEAP_ID_BINDINGS_TABLE, row: { keap_id_normalized: normalizeKeapId(person.keapId), person_id: personId, stream: event.stream } }];
      }
      // A release does not name its Keap ID.
      case 'KeapIdReleased':
        return [{ kind: 'update', table: KEAP_ID_BINDINGS_TABLE, where: { stream: event.stream }, set: { person_id: null } }];
      default:
        return [];
    }
  },
};
