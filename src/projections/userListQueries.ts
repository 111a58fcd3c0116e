import type { Page } from './page';
import type { PageArguments } from './pageArguments';
import type { ReadModelDatabase } from './readModelDatabase';
import type {
  AppRow, ExpiredInvitation, InvitationKey, InvitationOfToken, InvitationRow, LicenceUsageRow, PersonKey, StatusCountRow, UserFilter, UserKey, UserOrder, UserRow,
} from './userListRows';

/** Signatures first; the bodies follow. */
export declare class UserListQueries {
  constructor(database: ReadModelDatabase, now: () => string);
  app(appId: string): AppRow | undefined;
  /** by app id; those that do not exist are absent. */
  appsByIds(appIds: readonly string[]): readonly AppRow[];
  appsPage(page: PageArguments): Page<AppRow>;
  usersByIds(keys: readonly UserKey[]): readonly UserRow[];
  userOfPerson(appId: string, person: PersonKey): UserRow | undefined;
  unboundUsers(keapIdNormalized: string): readonly UserRow[];
  invitationsByIds(keys: readonly InvitationKey[]): readonly InvitationRow[];
  invitationByTokenHash(tokenHash: string): InvitationOfToken | undefined;
  licenceUsage(appIds: readonly string[]): readonly LicenceUsageRow[];
  usersPage(appId: string, filter: UserFilter, order: UserOrder, page: PageArguments): Page<UserRow>;
  statusCounts(appId: string, filter: UserFilter): readonly StatusCountRow[];
  totalCount(appId: string, filter: UserFilter): number;
  expiredInvitations(limit: number): readonly ExpiredInvitation[];
}
