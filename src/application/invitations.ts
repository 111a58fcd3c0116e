import { DomainError } from '../domain/domainError';
import type { UserKind } from '../domain/events';
import { isAppId } from '../domain/fields';
import { parseKeapId } from '../domain/keapId';
import { type InvitationReference, refuseSecondMembership } from '../domain/roster/answering';
import { invitationNotFound } from '../domain/roster/guards';
import type { RosterCommand } from '../domain/roster/decide';
import type { Invite, RevokeInvitation, SendLimits } from '../domain/roster/inviting';
import { requireAppId } from './apps';
import { addMilliseconds, type InApp, type InvitationOutcome, systemCaller } from './commandTypes';
import type { CommandPorts } from './commandPorts';
import { type CommandRun, derivedId } from './handling/append';
import { hashOfToken } from './linkTokens';
import type { RosterHandler } from './handling/roster';
import type { RosterResult } from './handling/rosterRound';
import type { UserListQueries } from '../projections/userList/queries';

export type InviteInput = InApp<Pick<Invite, 'keapId' | 'role'>> & { readonly name?: string | null; readonly reason?: string | null };

/** Invites a person to an app, as a user or a partner. */
export async function invite(ports: CommandPorts, kind: UserKind, { appId, keapId: raw, role, name, reason }: InviteInput, run: CommandRun): Promise<InvitationOutcome> {
  const keapId = parseKeapId(raw);
  requireAppId(appId);
  const boundPersonId = await ports.bindings.ownerOf(keapId.normalized);
  const newInvitationId = derivedId(run.commandId, 'invitation');
  return send(ports, appId, run, (limits, expiresAt) => ({
    type: 'Invite',
    kind,
    keapId: raw,
    role,
    name: name ?? null,
    boundPersonId,
    knownPartner: kind === 'USER' || ports.partnerPolicy.isKnown(keapId.normalized),
    newUserId: derivedId(run.commandId, 'user'),
    newInvitationId,
    expiresAt,
    reason: reason ?? null,
    tokenHash: ports.linkTokens.hashOf(newInvitationId, 1),
    limits,
  }));
}

/** Sends an invitation again, with a new link. */
export async function resendInvitation(ports: CommandPorts, { appId, invitationId }: InApp<RevokeInvitation>, run: CommandRun): Promise<InvitationOutcome> {
  requireAppId(appId);
  return send(ports, appId, run, (limits, expiresAt) => ({
    type: 'ResendInvitation',
    invitationId,
    expiresAt,
    tokenHashOf: (sendCount) => ports.linkTokens.hashOf(invitationId, sendCount),
    limits,
  }));
}

/** Revokes an open invitation. */
export async function revokeInvitation({ rosters }: CommandPorts, { appId, invitationId }: InApp<RevokeInvitation>, run: CommandRun): Promise<InvitationOutcome> {
  requireAppId(appId);
  return outcomeOf(appId, invitationId, await rosters.handle(appId, { type: 'RevokeInvitation', invitationId }, run));
}

/** An invitation: either `token`, or `appId` with `invitationId`. */
interface AnswerInvitationInput {
  readonly token?: string | null;
  readonly appId?: string | null;
  readonly invitationId?: string | null;
}

/** Adds the invited person to the app. When they are in it under another address, the invitation is closed and the answer is `ALREADY_MEMBER`. */
export async function acceptInvitation(ports: CommandPorts, input: AnswerInvitationInput, run: CommandRun): Promise<InvitationOutcome> {
  const { reference, answering } = await answerOf(ports, input, run);
  const { appId, invitationId } = reference;
  const { keapId, name, actor } = answering.caller;
  const signedInAs = actor.keapId === null ? null : keapId;
  const command: RosterCommand = { ...reference, type: 'AcceptInvitation', signedInAs, name, newUserId: derivedId(run.commandId, 'user') };
  const result = await ports.rosters.handle(appId, command, answering);
  // An earlier run of the same request may have closed the invitation.
  if (result.earlier && result.state.invitations.get(invitationId)?.status === 'DECLINED') return refuseSecondMembership(result.state, actor);
  if (result.events.at(-1)?.type === 'InvitationDeclined') return refuseSecondMembership(result.state, actor);
  return outcomeOf(appId, invitationId, result);
}

/** Declines an invitation on behalf of the person it is addressed to. */
export async function declineInvitation(ports: CommandPorts, input: AnswerInvitationInput, run: CommandRun): Promise<InvitationOutcome> {
  const { reference, answering } = await answerOf(ports, input, run);
  const { appId, invitationId } = reference;
  return outcomeOf(appId, invitationId, await ports.rosters.handle(appId, { ...reference, type: 'DeclineInvitation' }, answering));
}

/**
 * Finds the invitation, and who holds its address. A caller whose token states the address holds it only if the store says so at this
 * moment, since another sign-in may have stated it later.
 */
async function answerOf(ports: CommandPorts, input: AnswerInvitationInput, run: CommandRun): Promise<{ readonly reference: InvitationReference & { readonly appId: string }; readonly answering: CommandRun }> {
  const { bindings, rosters } = ports;
  const found = await findInvitation(ports, input);
  const address = (await rosters.load(found.appId)).invitations.get(found.invitationId)?.keapIdNormalized;
  const { caller } = run;
  const { actor } = caller;
  if (address === undefined || actor.system) return { reference: { ...found, boundPersonId: null }, answering: run };
  if (actor.keapId !== address) {
    // By its id an invitation is only for who states its address: no lookup may tell a stranger that there is such an invitation.
    const boundPersonId = found.tokenHash === null ? null : await bindings.ownerOf(address);
    return { reference: { ...found, boundPersonId }, answering: run };
  }
  const boundPersonId = await bindings.claim(caller, address, { ...run, commandId: derivedId(run.commandId, 'binding') });
  const answering = boundPersonId === actor.personId ? run : { ...run, caller: { ...caller, actor: { ...actor, keapId: null } } };
  return { reference: { ...found, boundPersonId }, answering };
}

async function send({ rosters, clock, settings }: CommandPorts, appId: string, run: CommandRun, commandWith: (limits: SendLimits, expiresAt: string) => RosterCommand): Promise<InvitationOutcome> {
  const limits: SendLimits = { perAppPerDay: settings.invitationsPerAppPerDay, perRecipientPerDay: settings.invitationsPerRecipientPerDay };
  const result = await rosters.handle(appId, commandWith(limits, addMilliseconds(run.at ?? clock.now(), settings.invitationTtlMs)), run);
  const sent = result.events.at(-1);
  if (sent && 'invitationId' in sent.data && result.position !== null) {
    const { userId, invitationId } = sent.data;
    return { appId, userId, invitationId, position: result.position, sendCount: 'sendCount' in sent.data ? sent.data.sendCount : 0 };
  }
  return outcomeOf(appId, result.earlier?.invitationId ?? '', result);
}

/** The outcome of a command on an invitation, also when nothing had to be written. */
function outcomeOf(appId: string, invitationId: string, { position, events, state }: RosterResult): InvitationOutcome {
  const invitation = state.invitations.get(invitationId);
  if (!invitation) throw invitationNotFound();
  const written = events.at(-1)?.data;
  const userId = written && 'userId' in written ? written.userId : invitation.userId;
  return { appId, userId, invitationId, sendCount: invitation.sendCount, position: position ?? invitation.statusPosition };
}

async function findInvitation({ userList, readModelsCaughtUp }: CommandPorts, { token, appId, invitationId }: AnswerInvitationInput): Promise<Omit<InvitationReference, 'boundPersonId'> & { readonly appId: string }> {
  if (typeof token === 'string' && appId == null && invitationId == null) {
    const tokenHash = hashOfToken(token);
    const found = userList.invitationByTokenHash(tokenHash) ?? ((await readModelsCaughtUp()) ? userList.invitationByTokenHash(tokenHash) : undefined);
    if (!found) throw invitationNotFound();
    return { appId: found.invitation.appId, invitationId: found.invitation.invitationId, tokenHash };
  }
  if (token == null && typeof appId === 'string' && typeof invitationId === 'string') {
    if (!isAppId(appId)) throw invitationNotFound();
    return { appId, invitationId, tokenHash: null };
  }
  throw new DomainError('INVALID_INPUT', 'Give either the token of the link, or appId together with invitationId.', { field: 'token' });
}

/** Invitations handled by one call; the next call handles the rest. */
const MAX_INVITATIONS = 200;

/**
 * Records `InvitationExpired` for expired invitations, once each, however many replicas do it. The event is for the record only:
 * every rule and query computes expiry from the clock.
 * @returns the number of invitations handled.
 */
export async function recordExpiredInvitations(userList: UserListQueries, rosters: RosterHandler): Promise<number> {
  const expired = userList.expiredInvitations(MAX_INVITATIONS);
  for (const { appId, invitationId, expiresAt } of expired) {
    const commandId = derivedId(invitationId, `expired ${expiresAt}`);
    await rosters.handle(appId, { type: 'ExpireInvitation', invitationId }, { caller: systemCaller('expiry'), commandId, keyed: false, causationId: commandId });
  }
  return expired.length;
}
