import type { MailEvent } from '../domain/events';
import type { MailToDoQueries } from '../projections/mailToDoQueries';
import type { UserListQueries } from '../projections/userListQueries';
import { derivedId } from './commandRun';
import { isSettled, type MailLog } from './mailLog';

/** Writes down that a message came back. */
export class MailBounces {
  constructor(
    private readonly toDo: MailToDoQueries,
    private readonly userList: UserListQueries,
    private readonly log: MailLog,
  ) {}

  /**
   * Notes that the message with that Message-ID was not delivered after all. Telling it twice writes nothing more.
   * @returns whether this service has sent such a message. @throws StoreUnavailable
   */
  async record(messageId: string): Promise<boolean> {
    const message = this.toDo.messageOf(messageId);
    if (!message) return false;
    const { appId, invitationId, userId, sendCount } = message;
    const [invitation] = this.userList.invitationsByIds([{ appId, invitationId }]);
    if (invitation?.sendCount === sendCount && invitation.delivery === 'FAILED') return true;
    const failed: MailEvent = { type: 'InvitationEmailFailed', data: { userId, invitationId, sendCount, reason: 'BOUNCED', retryAt: null } };
    const commandId = derivedId(invitationId, `bounce ${sendCount}`);
    await this.log.record(message, message.head, failed, { commandId, causationId: commandId }, (newer) => isSettled(newer) && newer.type === 'InvitationEmailFailed');
    return true;
  }
}
