import { AccessReviewsQueries } from './accessReviews/queries';
import { AccountCentralQueries } from './accountCentral/queries';
import { AssignedContactsQueries } from './assignedContacts/queries';
import type { ReadModelDatabase } from './engine/database';
import { KeapIdBindingsQueries } from './keapIdBindings/queries';
import type { StoredEvent } from '../eventstore/eventStore';
import { AppPeopleQueries, UserListQueries } from './userList/queries';

/** The queries of one database and one clock. */
export interface ReadModels {
  readonly userList: UserListQueries;
  readonly accountCentral: AccountCentralQueries;
  readonly assignedContacts: AssignedContactsQueries;
  readonly people: AppPeopleQueries;
  readonly keapIds: KeapIdBindingsQueries;
  readonly accessReviews: AccessReviewsQueries;
  /** The time at which expiry is decided; ISO 8601 in UTC with milliseconds. */
  readonly now: () => string;
}

/** The live read models as they would be after the events of a dry run. Close it after use. */
export interface DryRunView {
  readonly readModels: ReadModels;
  /** Shows these events, which begin with those shown before. Resolves when they are applied; many of them are applied in steps. */
  show(events: readonly StoredEvent[]): Promise<void>;
  close(): void;
}

/** Creates the queries of `database`, with `now` as their clock. */
export function readModelsOver(database: ReadModelDatabase, now: () => string): ReadModels {
  return {
    userList: new UserListQueries(database, now),
    accountCentral: new AccountCentralQueries(database, now),
    assignedContacts: new AssignedContactsQueries(database),
    people: new AppPeopleQueries(database),
    keapIds: new KeapIdBindingsQueries(database),
    accessReviews: new AccessReviewsQueries(database),
    now,
  };
}
