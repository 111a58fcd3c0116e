import { LRUCache } from 'lru-cache';
import { holderOf } from '../engine/changeSubjects';
import type { ReadModelDatabase } from '../engine/database';
import { inChunks } from '../engine/query';
import { KEAP_ID_BINDINGS_TABLE, SIGN_INS_TABLE } from './projection';

/** What a person's sign-in stated last. */
export interface SignInRow {
  readonly personId: string;
  readonly keapId: string;
  readonly name: string | null;
  /** When the token was issued that said so, in ISO 8601, UTC; null when it did not say. */
  readonly statedAt: string | null;
}

/** Keap IDs whose holders are remembered. Each request asks for that of its sender. */
const MAX_REMEMBERED = 10_000;

/** Queries for the holders of Keap IDs. */
export class KeapIdBindingsQueries {
  /** Holders, each with the version that it was read from (`ReadModelDatabase.versionOf`). Made when it is needed: it takes its whole space at once, and views of the past need none. */
  #holders: LRUCache<string, { readonly personId: string | null | undefined; readonly version: number }> | undefined;

  constructor(private readonly database: ReadModelDatabase) {}

  /** Returns the person who holds a Keap ID, or held it last; null when it was released, undefined when nobody has held it. */
  holderOf(keapIdNormalized: string): string | null | undefined {
    const version = this.database.versionOf(holderOf(keapIdNormalized));
    this.#holders ??= new LRUCache({ max: MAX_REMEMBERED });
    const known = this.#holders.get(keapIdNormalized);
    if (known?.version === version) return known.personId;
    const personId = this.database.get<{ readonly personId: string | null }>(`SELECT person_id AS personId FROM ${KEAP_ID_BINDINGS_TABLE} WHERE keap_id_normalized = ?`, [keapIdNormalized])?.personId;
    this.#holders.set(keapIdNormalized, { personId, version });
    return personId;
  }

  /** Returns what the sign-ins of these people stated last. People who never signed in are left out. */
  signIns(personIds: readonly string[]): readonly SignInRow[] {
    return inChunks(personIds, (ids) => this.database.all<SignInRow>(
      `SELECT s.person_id AS personId, s.keap_id AS keapId, s.name, s.stated_at AS statedAt FROM json_each(?1) k CROSS JOIN ${SIGN_INS_TABLE} s ON s.person_id = k.value`,
      [ids],
    ));
  }
}
