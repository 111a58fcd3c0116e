import { normalizeKeapId } from '../domain/keapId';
import type { Row, RowChange } from './engine/projection';

/** The columns of a person in a table of users. */
export const personColumns = ({ keapId, name }: { readonly keapId: string; readonly name: string | null }): Row => ({
  keap_id: keapId,
  keap_id_normalized: normalizeKeapId(keapId),
  name,
});

/** Row changes of a table of users and the table of invitations beside it, which several projections have. */
export class UserChanges {
  /** Both are full names of tables. */
  constructor(
    private readonly users: string,
    private readonly invitations: string,
  ) {}

  /** Sets columns of one user. */
  update(appId: string, userId: string, set: Row): RowChange {
    return { kind: 'update', table: this.users, where: { app_id: appId, user_id: userId }, set };
  }

  /** Unbinds the user of a person in an app, if there is one. */
  unbind(appId: string, personId: string): RowChange {
    return { kind: 'update', table: this.users, where: { app_id: appId, person_id: personId }, set: { person_id: null } };
  }

  /** Gives a user columns of one of their invitations. */
  copyInvitation(appId: string, userId: string, invitationId: string, columns: readonly string[]): RowChange {
    return {
      kind: 'copy',
      table: this.users,
      where: { app_id: appId, user_id: userId },
      from: { table: this.invitations, key: { app_id: appId, invitation_id: invitationId } },
      columns,
    };
  }

  /**
   * Replaces the user of an invitation by the one who accepted it. A person who returns keeps their earlier user even if
   * they were invited under another address; the user created for the invitation is removed and its invitations move over.
   */
  mergeInvited(appId: string, userId: string, invitationId: string): readonly RowChange[] {
    const like = { table: this.invitations, key: { app_id: appId, invitation_id: invitationId }, column: 'user_id' };
    return [
      { kind: 'delete', table: this.users, where: { app_id: appId }, like, unless: { user_id: userId } },
      { kind: 'update', table: this.invitations, where: { app_id: appId }, like, set: { user_id: userId } },
    ];
  }
}
