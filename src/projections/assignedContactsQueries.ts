import type { AssignedContactRow, ClosureRow, ContactCountRow, ContactsSlice, ContactsSliceRequest } from './assignedContactsRows';
import type { Page } from './page';
import type { PageArguments } from './pageArguments';
import type { ReadModelDatabase } from './readModelDatabase';
import type { UserKey } from './userListRows';

/** Signatures first; the bodies follow. */
export declare class AssignedContactsQueries {
  constructor(database: ReadModelDatabase);
  counts(keys: readonly UserKey[]): readonly ContactCountRow[];
  contactsPage(appId: string, userId: string, page: PageArguments): Page<AssignedContactRow>;
  contactsSlice(appId: string, request: ContactsSliceRequest): ContactsSlice;
  contactIdsOf(appId: string, userId: string, limit: number): readonly string[];
  openClosures(limit: number): readonly ClosureRow[];
}
