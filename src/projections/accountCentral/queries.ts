import type { UserKind, UserRole } from '../../domain/events';
import { ACCOUNT_CENTRAL_TABLES, ACCOUNT_ORDER } from './projection';
import { comparisonKey } from '../comparisonKey';
import { KEAP_ID_BINDINGS_TABLE } from '../keapIdBindings/projection';
import { isImported } from '../imports/projection';
import { keysetPage, walkConditions, walkOrder } from '../paging/keyset';
import { type Page, type PageArguments, queryDigest } from '../paging/page';
import type { ReadModelDatabase } from '../engine/database';
import { SqlParameters } from '../engine/query';
import { USER_LIST_TABLES } from '../userList/tables';
import type { PersonKey } from '../userList/rows';

/** An app in which a person is active. */
export interface AccountRow {
  readonly appId: string;
  readonly userId: string;
  /** Label that the person has set, or the account name without one. */
  readonly label: string;
  readonly accountName: string;
  readonly url: string;
  readonly role: UserRole;
  readonly kind: UserKind;
  readonly joinedAt: string;
}

/** An open invitation addressed to a person. */
export interface ReceivedInvitationRow {
  readonly appId: string;
  readonly invitationId: string;
  readonly userId: string;
  readonly accountName: string;
  readonly role: UserRole;
  readonly kind: UserKind;
  /** Name of the inviter, or their Keap ID without a name; null for an imported invitation. */
  readonly invitedBy: string | null;
  readonly expiresAt: string;
}

const { accounts, apps } = ACCOUNT_CENTRAL_TABLES;

const BY_PERSON = `${accounts}_by_person`;
const BY_ADDRESS = `${accounts}_by_address`;

const ORDER = { columns: [ACCOUNT_ORDER, 'app_id'], ascending: true } as const;
const PLACES = { columns: ['place_key', 'place_id'], ascending: true } as const;

/** Maximum number of open invitations that one person gets; those that expire last are left out. */
const MAX_RECEIVED = 1_000;

const ACCOUNT_COLUMNS = `a.app_id AS appId, a.user_id AS userId, coalesce(a.label, a.account_name) AS label, a.account_name AS accountName,
  a.url, a.role, a.kind, a.joined_at AS joinedAt`;

/** Queries for the Account Central of a signed-in person. Expiry is decided at the time `now`. */
export class AccountCentralQueries {
  constructor(
    private readonly database: ReadModelDatabase,
    private readonly now: () => string,
  ) {}

  /** Returns a page of the apps in which the person is active, by label (without regard to case and accents), then by app id. @throws InvalidPage; InvalidCursor */
  accountsPage(person: PersonKey, page: PageArguments): Page<AccountRow> {
    return keysetPage<AccountRow>(
      {
        digest: queryDigest('accounts', person.personId),
        placeOf: ({ label, appId }) => ({ key: comparisonKey(label), id: appId }),
        rows: (walk) => {
          const parameters = new SqlParameters();
          const bounds = walkConditions(ORDER, walk, ({ key, id }) => [key, id], parameters);
          const parts = activeParts(person, parameters).map(
            ({ index, conditions }) => `SELECT ${ACCOUNT_ORDER} AS place_key, app_id AS place_id, user_id FROM ${accounts} INDEXED BY ${index} WHERE ${conditions}${bounds}`,
          );
          return this.database.all<AccountRow>(
            `SELECT ${ACCOUNT_COLUMNS} FROM (${parts.join(' UNION ALL ')} ORDER BY ${walkOrder(PLACES, walk)} LIMIT ${parameters.add(walk.limit)}) p
              CROSS JOIN ${accounts} a ON a.app_id = p.place_id AND a.user_id = p.user_id ORDER BY ${walkOrder(PLACES, walk)}`,
            parameters.values,
          );
        },
      },
      page,
    );
  }

  /** Counts the apps in which the person is active. */
  accountCount(person: PersonKey): number {
    const parameters = new SqlParameters();
    const parts = activeParts(person, parameters).map(({ index, conditions }) => `(SELECT count(*) FROM ${accounts} INDEXED BY ${index} WHERE ${conditions})`);
    return this.database.get<{ readonly count: number }>(`SELECT ${parts.join(' + ')} AS count`, parameters.values)?.count ?? 0;
  }

  /** Returns the ids of the apps of which the person is an active admin: at most `most`, in no particular order. */
  appIdsOfAdmin(person: PersonKey, most: number): readonly string[] {
    const parameters = new SqlParameters();
    const parts = activeParts(person, parameters).map(({ index, conditions }) => `SELECT app_id FROM ${accounts} INDEXED BY ${index} WHERE ${conditions} AND role = 'ADMIN'`);
    return this.database.all<{ readonly appId: string }>(`SELECT app_id AS appId FROM (${parts.join(' UNION ')}) LIMIT ${parameters.add(most)}`, parameters.values).map(({ appId }) => appId);
  }

  /** Returns the person's account of an app; undefined unless they are active in it. */
  account(person: PersonKey, appId: string): AccountRow | undefined {
    const parameters = new SqlParameters();
    const app = parameters.add(appId);
    // Without INDEXED BY, SQLite would read all accounts of the app.
    const parts = activeParts(person, parameters).map(({ index, conditions }) => `SELECT app_id, user_id, person_id FROM ${accounts} INDEXED BY ${index} WHERE ${conditions} AND app_id = ${app}`);
    return this.database.get<AccountRow>(
      `SELECT ${ACCOUNT_COLUMNS} FROM (${parts.join(' UNION ALL ')}) p CROSS JOIN ${accounts} a ON a.app_id = p.app_id AND a.user_id = p.user_id ORDER BY p.person_id IS NULL LIMIT 1`,
      parameters.values,
    );
  }

  /** Returns the invitations that are open now and were sent to the person's Keap ID, unless somebody else holds it: at most 1,000, by expiry. */
  receivedInvitations({ personId, keapIdNormalized }: PersonKey): readonly ReceivedInvitationRow[] {
    return this.database.all<ReceivedInvitationRow>(
      `SELECT o.app_id AS appId, o.invitation_id AS invitationId, o.user_id AS userId, apps.account_name AS accountName, o.role, o.kind,
          coalesce(inviter.name, inviter.keap_id) AS invitedBy, o.expires_at AS expiresAt
        FROM ${accounts} o INDEXED BY ${accounts}_invited JOIN ${apps} apps ON apps.app_id = o.app_id
          LEFT JOIN ${accounts} inviter ON inviter.app_id = o.app_id AND inviter.user_id = o.invited_by
        WHERE o.status = 'INVITED' AND o.invited_as = ?2 AND o.expires_at > ?3 AND ${isImported('o.app_id')}
          AND NOT EXISTS (SELECT 1 FROM ${KEAP_ID_BINDINGS_TABLE} b WHERE b.keap_id_normalized = ?2 AND b.person_id <> ?1)
        ORDER BY o.expires_at, o.app_id LIMIT ${MAX_RECEIVED}`,
      [personId, keapIdNormalized, this.now()],
    );
  }
}

interface Part {
  readonly index: string;
  readonly conditions: string;
}

/** Conditions for the person's active users: those bound to them, and unbound ones under their own Keap ID. */
function activeParts({ personId, keapIdNormalized }: PersonKey, parameters: SqlParameters): readonly Part[] {
  const person = parameters.add(personId);
  const address = parameters.add(keapIdNormalized);
  return [
    { index: BY_PERSON, conditions: `person_id = ${person} AND status = 'ACTIVE' AND ${isImported('app_id')}` },
    {
      index: BY_ADDRESS,
      conditions: `person_id IS NULL AND keap_id_normalized = ${address} AND status = 'ACTIVE' AND ${isImported('app_id')}
        AND NOT EXISTS (SELECT 1 FROM ${KEAP_ID_BINDINGS_TABLE} b WHERE b.keap_id_normalized = ${address} AND b.person_id <> ${person})
        AND (app_id, user_id) NOT IN (SELECT r.app_id, r.user_id FROM ${USER_LIST_TABLES.formerSignIns} r WHERE r.person_id = ${person} AND r.excluded = 1)`,
    },
  ];
}
