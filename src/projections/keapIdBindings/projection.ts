import { normalizeKeapId } from '../../domain/keapId';
import { PERSON_PREFIX } from '../../domain/streams';
import { domainEventOf, type Projection, versionedTable } from '../engine/projection';

const NAME = 'keap_id_bindings';
const VERSION = 4;

/** Full name of the table of bindings, which maps a Keap ID to the person who holds it, or held it last. */
export const KEAP_ID_BINDINGS_TABLE = versionedTable(NAME, VERSION, 'bindings');

/** Full name of the table of people, which maps a person to the Keap ID and the name that their sign-in stated last. */
export const SIGN_INS_TABLE = versionedTable(NAME, VERSION, 'sign_ins');

/** Keap IDs and the people who hold them. A released Keap ID keeps a row without a person, and the person the Keap ID by which they are known. */
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
    {
      name: SIGN_INS_TABLE,
      columns: {
        person_id: 'TEXT NOT NULL',
        keap_id: 'TEXT NOT NULL',
        keap_id_normalized: 'TEXT NOT NULL',
        name: 'TEXT',
        /** When the token was issued that said so. */
        stated_at: 'TEXT',
      },
      primaryKey: ['person_id'],
      withoutRowId: true,
      also: [`CREATE INDEX ${SIGN_INS_TABLE}_by_keap_id ON ${SIGN_INS_TABLE} (keap_id_normalized)`],
    },
  ],
  streamPrefixes: [PERSON_PREFIX],
  apply(event) {
    const domainEvent = domainEventOf(event);
    switch (domainEvent?.type) {
      case 'KeapIdBound': {
        const { personId: person_id, issuedAt: stated_at, person: { keapId: keap_id, name } } = domainEvent.data;
        const keap_id_normalized = normalizeKeapId(keap_id);
        return [
          { kind: 'upsert', table: KEAP_ID_BINDINGS_TABLE, row: { keap_id_normalized, person_id, stream: event.stream } },
          { kind: 'upsert', table: SIGN_INS_TABLE, row: { person_id, keap_id, keap_id_normalized, name, stated_at } },
        ];
      }
      // A release does not name its Keap ID.
      case 'KeapIdReleased':
        return [{ kind: 'update', table: KEAP_ID_BINDINGS_TABLE, where: { stream: event.stream }, set: { person_id: null } }];
      default:
        return [];
    }
  },
};
