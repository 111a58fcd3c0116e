import { ACCOUNT_CENTRAL_TABLES, ACCOUNT_ORDER } from './accountCentralProjection';
import type { AccountRow, ReceivedInvitationRow } from './accountCentralRows';
import { comparisonKey } from './comparisonKey';
import { KEAP_ID_BINDINGS_TABLE } from './keapIdBindingsProjection';
import { keysetPage, walkConditions, walkOrder } from './keysetPage';
import type { Page } from './page';
import type { PageArguments } from './pageArguments';
import { queryDigest } from './pageCursor';
import type { ReadModelDatabase } from './readModelDatabase';
import { SqlParameters } from './sqlParameters';
import type { PersonKey } from './userListRows';

const { accounts, apps } = ACCOUNT_CENTRAL_TABLES;

const BY_PERSON = `${accounts}_by_person`;
const BY_ADDRESS = `${accounts}_by_address`;

const ORDER = { columns: [ACCOUNT_ORDER, 'app_id'], ascending: true } as const;
const PLACES = { columns: ['place_key', 'place_id'], ascending: true } as const;

/** One person is shown at most so many open invitations, those that expire first. */
const MAX_RECEIVED = 1_000;

const ACCOUNT_COLUMNS = `a.app_id AS appId, a.user_id AS userId, coalesce(a.label, a.account_name) AS label, a.account_name AS accountName,
  a.url, a.role, a.kind, a.joined_at AS joinedAt`;

/** What a signed-in person finds in their Account Central; what the clock decides is decided by `now`. */
export class AccountCentralQueries {
  constructor(
    private readonly database: ReadModelDatabase,
    private readonly now: () => string,
  ) {}

  /** A page of the apps in which the person is active, by label in any case, then by app id. @throws InvalidPage, InvalidCursor */
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

  /** In how many apps the person is active. */
  accountCount(person: PersonKey): number {
    const parameters = new SqlParameters();
    const parts = activeParts(person, parameters).map(({ index, conditions }) => `(SELECT count(*) FROM ${accounts} INDEXED BY ${index} WHERE ${conditions})`);
    return this.database.get<{ readonly count: number }>(`SELECT ${parts.join(' + ')} AS count`, parameters.values)?.count ?? 0;
  }

  /** The person's account of one app; undefined unless they are active in it. */
  account(person: PersonKey, appId: string): AccountRow | undefined {
    const parameters = new SqlParameters();
    const app = parameters.add(appId);
    const parts = activeParts(person, parameters).map(({ conditions }) => `(${conditions})`);
    return this.database.get<AccountRow>(
      `SELECT ${ACCOUNT_COLUMNS} FROM ${accounts} a WHERE a.app_id = ${app} AND (${parts.join(' OR ')}) ORDER BY person_id IS NULL LIMIT 1`,
      parameters.values,
    );
  }

  /**
   * Invitations that are open now and addressed to the person: those of a user of theirs; else those to an address that is
   * bound to them, or to their own while it is nobody's. At most 1,000, the first to expire first.
   */
  receivedInvitations({ personId, keapIdNormalized }: PersonKey): readonly ReceivedInvitationRow[] {
    return this.database.all<ReceivedInvitationRow>(
      `WITH addresses AS (
          SELECT keap_id_normalized AS address FROM ${KEAP_ID_BINDINGS_TABLE} WHERE person_id = ?1
          UNION SELECT ?2 WHERE NOT EXISTS (SELECT 1 FROM ${KEAP_ID_BINDINGS_TABLE} WHERE keap_id_normalized = ?2 AND person_id <> ?1)
        ), open_ones AS (
          SELECT * FROM ${accounts} WHERE person_id = ?1 AND status = 'INVITED' AND expires_at > ?3
          UNION ALL
          SELECT i.* FROM addresses CROSS JOIN ${accounts} i ON i.keap_id_normalized = addresses.address WHERE i.person_id IS NULL AND i.status = 'INVITED' AND i.expires_at > ?3
        )
        SELECT o.app_id AS appId, o.invitation_id AS invitationId, o.user_id AS userId, apps.account_name AS accountName, o.role, o.kind,
          coalesce(inviter.name, inviter.keap_id) AS invitedBy, o.expires_at AS expiresAt
        FROM open_ones o JOIN ${apps} apps ON apps.app_id = o.app_id LEFT JOIN ${accounts} inviter ON inviter.app_id = o.app_id AND inviter.user_id = o.invited_by
        ORDER BY o.expires_at, o.app_id LIMIT ${MAX_RECEIVED}`,
      [personId, keapIdNormalized, this.now()],
    );
  }
}

interface Part {
  readonly index: string;
  readonly conditions: string;
}

/** The rows of the person's active users: those bound to them, and those of their own address that nobody is bound to. */
function activeParts({ personId, keapIdNormalized }: PersonKey, parameters: SqlParameters): readonly Part[] {
  const person = parameters.add(personId);
  const address = parameters.add(keapIdNormalized);
  return [
    { index: BY_PERSON, conditions: `person_id = ${person} AND status = 'ACTIVE'` },
    {
      index: BY_ADDRESS,
      conditions: `person_id IS NULL AND keap_id_normalized = ${address} AND status = 'ACTIVE'
        AND NOT EXISTS (SELECT 1 FROM ${KEAP_ID_BINDINGS_TABLE} b WHERE b.keap_id_normalized = ${address} AND b.person_id <> ${person})`,
    },
  ];
}
