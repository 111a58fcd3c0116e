import type { ReadModelDatabase } from '../engine/database';
import { KEAP_ID_BINDINGS_TABLE } from './projection';

/** Queries for the holders of Keap IDs. */
export class KeapIdBindingsQueries {
  constructor(private readonly database: ReadModelDatabase) {}

  /** Returns the person who holds a Keap ID, or held it last; null when it was released, undefined when nobody has held it. */
  holderOf(keapIdNormalized: string): string | null | undefined {
    return this.database.get<{ readonly personId: string | null }>(`SELECT person_id AS personId FROM ${KEAP_ID_BINDINGS_TABLE} WHERE keap_id_normalized = ?`, [keapIdNormalized])?.personId;
  }
}
