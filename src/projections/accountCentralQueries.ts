import type { AccountRow, ReceivedInvitationRow } from './accountCentralRows';
import type { Page } from './page';
import type { PageArguments } from './pageArguments';
import type { ReadModelDatabase } from './readModelDatabase';
import type { PersonKey } from './userListRows';

/** Signatures first; the bodies follow. */
export declare class AccountCentralQueries {
  constructor(database: ReadModelDatabase, now: () => string);
  accountsPage(person: PersonKey, page: PageArguments): Page<AccountRow>;
  accountCount(person: PersonKey): number;
  account(person: PersonKey, appId: string): AccountRow | undefined;
  receivedInvitations(keapIdNormalized: string): readonly ReceivedInvitationRow[];
}
