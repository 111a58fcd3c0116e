import { USER_LIST_TABLES } from './userListTables';

/** The columns of a `UserRow` from the users' table under the name `u`; `now` is the placeholder of the present moment. */
export const userColumns = (now: string): string => `u.app_id AS appId, u.user_id AS userId, u.person_id AS personId, u.keap_id AS keapId,
  u.keap_id_normalized AS keapIdNormalized, u.name, u.kind, u.role,
  CASE WHEN u.status = 'INVITED' AND u.expires_at <= ${now} THEN 'EXPIRED' ELSE u.status END AS status,
  u.epoch, u.invited_at AS invitedAt, u.invited_by AS invitedBy, u.joined_at AS joinedAt, u.ended_at AS endedAt,
  u.invitation_id AS invitationId, u.expires_at AS expiresAt`;

/** The columns of an `InvitationRow` from the tables under the names `i` and `u`. While it is open, the user's role is the one that it grants. */
export const invitationColumns = (now: string): string => `i.app_id AS appId, i.invitation_id AS invitationId, i.user_id AS userId,
  CASE WHEN i.status = 'OPEN' AND i.expires_at <= ${now} THEN 'EXPIRED' ELSE i.status END AS status,
  i.expires_at AS expiresAt, i.send_count AS sendCount, i.delivery, i.kind,
  CASE WHEN i.status = 'OPEN' AND u.invitation_id = i.invitation_id THEN u.role ELSE i.role END AS role,
  i.invited_by AS invitedBy, i.invited_at AS invitedAt`;

/** Joins the invitation `i` with its user `u`. */
export const JOIN_INVITED_USER = `LEFT JOIN ${USER_LIST_TABLES.users} u ON u.app_id = i.app_id AND u.user_id = i.user_id`;
