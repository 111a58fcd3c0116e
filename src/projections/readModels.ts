import { AccountCentralQueries } from './accountCentralQueries';
import { AppPeopleQueries } from './appPeopleQueries';
import { AssignedContactsQueries } from './assignedContactsQueries';
import type { ReadModelDatabase } from './readModelDatabase';
import { UserListQueries } from './userListQueries';

/** Everything that queries read, over one database and one clock. */
export interface ReadModels {
  readonly userList: UserListQueries;
  readonly accountCentral: AccountCentralQueries;
  readonly assignedContacts: AssignedContactsQueries;
  readonly people: AppPeopleQueries;
  /** the moment at which what the clock decides is decided; ISO 8601 in UTC with milliseconds. */
  readonly now: () => string;
}

/** The queries over `database`, with `now` as their clock. */
export function readModelsOver(database: ReadModelDatabase, now: () => string): ReadModels {
  return {
    userList: new UserListQueries(database, now),
    accountCentral: new AccountCentralQueries(database, now),
    assignedContacts: new AssignedContactsQueries(database),
    people: new AppPeopleQueries(database),
    now,
  };
}
