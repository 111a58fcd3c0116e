import type { UserRole } from '../domain/events';
import type { ReadModelDatabase } from './readModelDatabase';
import { inChunks } from './sqlChunks';
import type { PersonInAppKey, PersonInAppRow } from './appPeopleRows';
import { USER_LIST_TABLES } from './userListTables';

const { users } = USER_LIST_TABLES;

/** Who is who in an app. */
export class AppPeopleQueries {
  constructor(private readonly database: ReadModelDatabase) {}

  /** The roles of everybody who is active in the app, by user id. */
  activeRoles(appId: string): ReadonlyMap<string, UserRole> {
    const rows = this.database.all<{ readonly userId: string; readonly role: UserRole }>(`SELECT user_id AS userId, role FROM ${users} WHERE app_id = ? AND status = 'ACTIVE'`, [appId]);
    return new Map(rows.map(({ userId, role }) => [userId, role]));
  }

  /** Signed-in people as users of apps, in no particular order; those who are none are absent. */
  peopleInApps(keys: readonly PersonInAppKey[]): readonly PersonInAppRow[] {
    return inChunks(keys.map(({ appId, personId }) => [appId, personId]), (pairs) =>
      this.database.all<PersonInAppRow>(
        `SELECT u.app_id AS appId, u.person_id AS personId, u.keap_id AS keapId, u.name FROM json_each(?1) k
          CROSS JOIN ${users} u ON u.app_id = k.value ->> 0 AND u.person_id = k.value ->> 1`,
        [pairs],
      ));
  }
}
