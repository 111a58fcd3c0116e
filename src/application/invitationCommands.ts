import { DomainError } from '../domain/domainError';
import type { UserKind } from '../domain/events';
import { isAppId } from '../domain/fieldRules';
import { parseKeapId } from '../domain/keapId';
import type { InvitationReference } from '../domain/roster/invitationAddressee';
import { invitationNotFound } from '../domain/roster/invitationRefusals';
import { rosterDecider, type RosterCommand } from '../domain/roster/rosterDecider';
import type { RosterState } from '../domain/roster/rosterState';
import type { SendLimits } from '../domain/roster/sendLimits';
import { requireAppId } from './appCommands';
import { addMilliseconds } from './clock';
import type { CommandPorts, CommandSettings } from './commandPorts';
import { derivedId, type CommandRun } from './commandRun';
import type { AnswerInvitationInput, InvitationInput, InvitationOutcome, InviteInput } from './commandTypes';
import { hashOfToken } from './linkTokens';
import type { RosterResult } from './rosterHandler';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The commands of an invitation's life: sent, sent again, taken back, accepted, declined. */
export class InvitationCommands {
  constructor(
    private readonly ports: CommandPorts,
    private readonly settings: CommandSettings,
  ) {}

  /** Invites a person to an app, as a user or a partner. */
  async invite(kind: UserKind, { appId, keapId: raw, role, name }: InviteInput, run: CommandRun): Promise<InvitationOutcome> {
    const keapId = parseKeapId(raw);
    requireAppId(appId);
    const boundPersonId = await this.ports.bindings.ownerOf(keapId.normalized);
    const newInvitationId = derivedId(run.commandId, 'invitation');
    return this.#send(appId, keapId.normalized, run, (limits, expiresAt) => ({
      type: 'Invite',
      kind,
      keapId: raw,
      role,
      name: name ?? null,
      boundPersonId,
      knownPartner: kind === 'USER' || this.ports.partnerPolicy.isKnown(keapId.normalized),
      newUserId: derivedId(run.commandId, 'user'),
      newInvitationId,
      expiresAt,
      tokenHash: this.ports.linkTokens.hashOf(newInvitationId, 1),
      limits,
    }));
  }

  /** Sends an invitation once more, with a new link. */
  async resend({ appId, invitationId }: InvitationInput, run: CommandRun): Promise<InvitationOutcome> {
    requireAppId(appId);
    const recipient = (await this.ports.rosters.load(appId)).invitations.get(invitationId)?.keapIdNormalized ?? '';
    return this.#send(appId, recipient, run, (limits, expiresAt) => ({
      type: 'ResendInvitation',
      invitationId,
      expiresAt,
      tokenHashOf: (sendCount) => this.ports.linkTokens.hashOf(invitationId, sendCount),
      limits,
    }));
  }

  /** Takes an open invitation back. */
  async revoke({ appId, invitationId }: InvitationInput, run: CommandRun): Promise<InvitationOutcome> {
    requireAppId(appId);
    return this.#outcome(appId, invitationId, await this.ports.rosters.handle(appId, { type: 'RevokeInvitation', invitationId }, run));
  }

  /** The addressed person joins. The first acceptance binds the address to their sign-in. */
  async accept(input: AnswerInvitationInput, run: CommandRun): Promise<InvitationOutcome> {
    const { appId, invitationId, tokenHash } = await this.#find(input);
    const commandFor = (boundPersonId: string | null): RosterCommand => ({ type: 'AcceptInvitation', invitationId, tokenHash, boundPersonId, name: run.caller.name });
    const state = await this.ports.rosters.load(appId);
    let boundPersonId = await this.#ownerOfAddress(state, invitationId);
    if (boundPersonId === null && rosterDecider.decide(commandFor(null), state, this.ports.rosters.contextOf(state, run)).length > 0) {
      const invited = state.invitations.get(invitationId);
      if (!invited) throw invitationNotFound();
      boundPersonId = await this.ports.bindings.bind({ display: invited.keapId, normalized: invited.keapIdNormalized }, { ...run, commandId: derivedId(run.commandId, 'binding') });
    }
    return this.#outcome(appId, invitationId, await this.ports.rosters.handle(appId, commandFor(boundPersonId), run));
  }

  /** The addressed person says no. */
  async decline(input: AnswerInvitationInput, run: CommandRun): Promise<InvitationOutcome> {
    const { appId, invitationId, tokenHash } = await this.#find(input);
    const boundPersonId = await this.#ownerOfAddress(await this.ports.rosters.load(appId), invitationId);
    return this.#outcome(appId, invitationId, await this.ports.rosters.handle(appId, { type: 'DeclineInvitation', invitationId, tokenHash, boundPersonId }, run));
  }

  async #send(appId: string, recipient: string, run: CommandRun, commandWith: (limits: SendLimits, expiresAt: string) => RosterCommand): Promise<InvitationOutcome> {
    const { recipientSends, rosters, clock } = this.ports;
    return recipientSends.inTurn(recipient, async () => {
      const now = run.at ?? clock.now();
      const limits: SendLimits = {
        perAppPerDay: this.settings.invitationsPerAppPerDay,
        perRecipientPerDay: this.settings.invitationsPerRecipientPerDay,
        recipientSentAt: recipientSends.sentAt(recipient, addMilliseconds(now, -DAY_MS)),
      };
      const result = await rosters.handle(appId, commandWith(limits, addMilliseconds(now, this.settings.invitationTtlMs)), run);
      const sent = result.events.at(-1);
      if (sent && 'invitationId' in sent.data && result.position !== null) {
        recipientSends.note(recipient, now, result.position);
        const { userId, invitationId } = sent.data;
        return { appId, userId, invitationId, position: result.position, sendCount: 'sendCount' in sent.data ? sent.data.sendCount : 0 };
      }
      return this.#outcome(appId, result.earlier?.invitationId ?? '', result);
    });
  }

  /** What an invitation's command answers, also where nothing had to be written. */
  #outcome(appId: string, invitationId: string, { position, events, state }: RosterResult): InvitationOutcome {
    const invitation = state.invitations.get(invitationId);
    if (!invitation) throw invitationNotFound();
    const written = events.at(-1)?.data;
    const userId = written && 'userId' in written ? written.userId : invitation.userId;
    return { appId, userId, invitationId, sendCount: invitation.sendCount, position: position ?? invitation.statusPosition };
  }

  async #ownerOfAddress(state: RosterState, invitationId: string): Promise<string | null> {
    const invitation = state.invitations.get(invitationId);
    return invitation ? this.ports.bindings.ownerOf(invitation.keapIdNormalized) : null;
  }

  async #find({ token, appId, invitationId }: AnswerInvitationInput): Promise<Omit<InvitationReference, 'boundPersonId'> & { readonly appId: string }> {
    if (typeof token === 'string' && appId == null && invitationId == null) {
      const tokenHash = hashOfToken(token);
      const found = this.ports.userList.invitationByTokenHash(tokenHash) ?? ((await this.ports.readModelsCaughtUp()) ? this.ports.userList.invitationByTokenHash(tokenHash) : undefined);
      if (!found) throw invitationNotFound();
      return { appId: found.invitation.appId, invitationId: found.invitation.invitationId, tokenHash };
    }
    if (token == null && typeof appId === 'string' && typeof invitationId === 'string') {
      if (!isAppId(appId)) throw invitationNotFound();
      return { appId, invitationId, tokenHash: null };
    }
    throw new DomainError('INVALID_INPUT', 'Give either the token of the link, or appId together with invitationId.', { field: 'token' });
  }
}
