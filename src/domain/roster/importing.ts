import { mayDo, relationsOfScopes } from '../access';
import { DomainError } from '../domainError';
import type { Actor, RosterEvent, UserKind, UserRole } from '../events';
import { appNotFound, type DecisionContext, invitationNotFound } from './guards';
import { invite, type Invite } from './inviting';
import type { RosterState } from './state';

/** The actor of imports. */
export const IMPORTER = 'import';

/** Whether the app's history is being imported and the actor is not the import. */
export const isClosedForImport = (state: RosterState, actor: Actor): boolean => state.importing && !(actor.system && actor.personId === IMPORTER);

/**
 * Decides a command on an app that is being imported. Signing in and the clock change nothing.
 * @throws DomainError for every other command: operators and auditors learn that the app is being imported, and to anybody else it does
 * not exist.
 */
export function decideDuringImport(type: string, state: RosterState, actor: Actor): RosterEvent[] {
  switch (type) {
    case 'BindPerson':
    case 'UpdatePerson':
    case 'ExpireInvitation':
      return [];
    case 'AcceptInvitation':
    case 'DeclineInvitation':
      throw invitationNotFound();
    case 'RegisterApp':
      throw new DomainError('APP_ID_TAKEN', `The app id ${state.appId} is taken. Choose another one.`, { field: 'appId' });
    default:
      if (!mayDo('seeApp', relationsOfScopes(actor.scopes))) throw appNotFound(state.appId);
      throw new DomainError('FORBIDDEN', `The history of ${state.appId} is being imported. Finish the import first.`);
  }
}

export interface JoinApp {
  readonly type: 'JoinApp';
  readonly keapId: string;
  readonly kind: UserKind;
  readonly role: UserRole;
  readonly name: string | null;
  /** The person who holds the address, or held it last; null when nobody does. */
  readonly boundPersonId: string | null;
  readonly newUserId: string;
  readonly newInvitationId: string;
  readonly expiresAt: string;
}

/**
 * Invites a person and accepts the invitation in one step, for imported histories. The rules of inviting apply; no message is sent,
 * and no send limit applies.
 */
export function joinApp(command: JoinApp, state: RosterState, context: DecisionContext): RosterEvent[] {
  const { kind } = command;
  const wish: Invite = { ...command, type: 'Invite', knownPartner: true, reason: null, tokenHash: null, limits: null };
  return invite(wish, state, context).flatMap((event): RosterEvent[] => {
    if (event.type !== 'PartnerInvited' && event.type !== 'UserInvited') return [event];
    const { userId, invitationId, role, person } = event.data;
    const known = state.users.get(userId);
    const personId = known?.personId ?? null;
    return [event, { type: 'InvitationAccepted', data: { userId, invitationId, personId, epoch: (known?.epoch ?? 0) + 1, kind, role, person } }];
  });
}

export interface FinishImport {
  readonly type: 'FinishImport';
  /** Number of changes in the imported file. */
  readonly changes: number;
}

/** Shows the imported app to its members. Changes nothing when no import is under way. */
export const finishImport = ({ changes }: FinishImport, state: RosterState): RosterEvent[] => (state.importing ? [{ type: 'ImportFinished', data: { changes } }] : []);
