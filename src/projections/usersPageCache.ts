import { LRUCache } from 'lru-cache';
import type { Page } from './page';
import type { UserRow } from './userListRows';

/** Two moments with the same state have the same users in the same statuses. */
export interface UsersState {
  /** of the app's roster; every change of its users raises it. */
  readonly revision: number;
  /** when the next of the app's invitations expires; null when none will. */
  readonly nextExpiry: string | null;
}

/** Everything that decides what a page shows. */
export interface UsersPageKey extends UsersState {
  readonly appId: string;
  /** which tables are read. */
  readonly generation: number;
  readonly asked: readonly unknown[];
}

/** So many rows are kept, and pages without rows count as one; rows are what fills memory. */
const MAX_ROWS = 20_000;

/** Pages of users that were asked for before, exact at every moment. A page is shared by all who get it and never changed. */
export class UsersPageCache {
  readonly #pages = new LRUCache<string, Page<UserRow>>({ maxSize: MAX_ROWS, sizeCalculation: ({ nodes }) => Math.max(1, nodes.length) });

  /** The page, read if it is not known. @throws what `read` throws, and nothing is kept then. */
  page({ appId, revision, nextExpiry, generation, asked }: UsersPageKey, read: () => Page<UserRow>): Page<UserRow> {
    const key = JSON.stringify([appId, revision, nextExpiry, generation, asked]);
    const known = this.#pages.get(key);
    if (known) return known;
    const page = read();
    this.#pages.set(key, page);
    return page;
  }
}
