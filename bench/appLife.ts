import { createHash } from 'node:crypto';
import { derivedId, type CommandRun, toAppend } from '../src/application/handling/append';
import type { Actor, DomainEvent, Recorded, UserRole } from '../src/domain/events';
import { decideContacts, type ContactsCommand } from '../src/domain/contacts/decide';
import { emptyContacts, evolveContacts } from '../src/domain/contacts/state';
import { decideRoster, type RosterCommand } from '../src/domain/roster/decide';
import { evolveRoster } from '../src/domain/roster/evolve';
import { emptyRoster } from '../src/domain/roster/state';
import { accountStream, contactsStream, personStream, rosterStream } from '../src/domain/streams';
import { NO_STREAM, type EventToAppend } from '../src/eventstore/eventStore';
import { Dice } from './dice';
import { keapIdOf, nameOf } from './people';

/** One append, ready for the store. */
export interface PlannedAppend {
  readonly stream: string;
  readonly events: readonly EventToAppend[];
  readonly expectedRevision: number;
}

export interface AppLifeOptions {
  /** ms since 1970. */
  readonly begin: number;
  readonly minutesBetweenSteps: number;
  /** how often each thing happens, in proportion; `EVERYDAY` when absent. */
  readonly mix?: Mix;
  /** which part of the people are users, who need a licence, and not partners; a tenth when absent. */
  readonly userShare?: number;
}

type Step = 'invite' | 'answer' | 'changeRole' | 'assign' | 'unassign' | 'label' | 'resend' | 'revoke' | 'leave';
export type Mix = Readonly<Record<Step, number>>;

/** What an app's day is made of. */
const EVERYDAY: Mix = { invite: 24, answer: 22, changeRole: 8, assign: 22, unassign: 6, label: 6, resend: 2, revoke: 2, leave: 5 };

/** People come, and little else happens. */
export const GROWTH: Mix = { invite: 60, answer: 55, changeRole: 0, assign: 0, unassign: 0, label: 0, resend: 1, revoke: 1, leave: 2 };

const MINUTE_MS = 60_000;
const INVITATION_VALID_MS = 7 * 24 * 60 * MINUTE_MS;
const NAMESPACE = '6d0cbd0d-6f5c-4d1f-9a3c-0b7a1f3e52c8';
const LICENCES = 1_000_000;

/**
 * The life of an app, made up: who was invited, joined, got contacts and left. Everything goes through the deciders, so
 * that the log is one that the service could have written. The same options make the same life.
 */
export class AppLife {
  readonly ownerKeapId: string;
  readonly ownerUserId: string;
  readonly #roster = emptyRoster();
  readonly #contacts = emptyContacts();
  readonly #revisions = new Map<string, number>();
  readonly #dice: Dice;
  readonly #steps: readonly Step[];
  readonly #open: string[] = [];
  readonly #active: string[] = [];
  readonly #assigned: string[] = [];
  readonly #owner: Actor;
  #now: number;
  #commands = 0;
  #people = 0;

  constructor(
    readonly appId: string,
    private readonly options: AppLifeOptions,
  ) {
    this.#now = options.begin;
    this.#dice = new Dice(appId);
    this.#roster.appId = appId;
    const mix = options.mix ?? EVERYDAY;
    const chances: readonly [Step, number][] = [
      ['invite', mix.invite], ['answer', mix.answer], ['changeRole', mix.changeRole], ['assign', mix.assign], ['unassign', mix.unassign],
      ['label', mix.label], ['resend', mix.resend], ['revoke', mix.revoke], ['leave', mix.leave],
    ];
    this.#steps = chances.flatMap(([step, times]) => Array<Step>(times).fill(step));
    this.ownerKeapId = `owner@${appId}.example`;
    this.ownerUserId = derivedId(NAMESPACE, `${appId} owner`);
    this.#owner = { personId: this.#personId(this.ownerKeapId), keapId: this.ownerKeapId, scopes: ['operator'] };
  }

  /** The moment of the last thing that happened; ISO 8601. */
  get now(): string {
    return new Date(this.#now).toISOString();
  }

  /** How many are in the app or have an open invitation. */
  get memberCount(): number {
    return this.#active.length + this.#open.length;
  }

  /** User ids of those who joined by invitation and have not left. */
  get activeUserIds(): readonly string[] {
    return this.#active;
  }

  /** The app's first events. */
  register(): readonly PlannedAppend[] {
    const { appId } = this;
    return [
      this.#decideRoster(this.#owner, {
        type: 'RegisterApp', appId, name: `Keap Pro ${appId}`, url: `https://${appId}.example`, licences: LICENCES,
        ownerKeapId: this.ownerKeapId, ownerName: 'Olivia Owner', newUserId: this.ownerUserId,
      }),
    ];
  }

  /** The next thing that happens: one append or two. */
  step(): readonly PlannedAppend[] {
    return this.#next(() => this.#dice.oneOf(this.#steps) ?? 'invite');
  }

  /** Whether somebody is invited who has not answered. */
  get isAwaited(): boolean {
    return this.#open.length > 0;
  }

  /** An invitation is answered, if any is open; or one expires. */
  answer(): readonly PlannedAppend[] {
    return this.#next(() => 'answer');
  }

  #next(chosen: () => Step): readonly PlannedAppend[] {
    this.#now += this.options.minutesBetweenSteps * MINUTE_MS;
    const oldest = this.#open[0];
    const expiry = oldest === undefined ? undefined : this.#roster.invitations.get(oldest)?.expiresAt;
    if (oldest !== undefined && expiry !== undefined && expiry <= this.now) {
      this.#open.shift();
      return [this.#decideRoster(this.#owner, { type: 'ExpireInvitation', invitationId: oldest })];
    }
    return this.#happen(chosen());
  }

  #happen(step: Step): readonly PlannedAppend[] {
    switch (step) {
      case 'answer':
        return this.#answer(this.#dice.takeOne(this.#open));
      case 'revoke':
        return this.#withInvitation(this.#dice.takeOne(this.#open), (invitationId) => ({ type: 'RevokeInvitation', invitationId }));
      case 'resend':
        return this.#resend(this.#dice.takeOne(this.#open));
      case 'changeRole':
        return this.#changeRole(this.#dice.oneOf(this.#active));
      case 'assign':
        return this.#assign(this.#dice.oneOf(this.#active));
      case 'unassign':
        return this.#unassign();
      case 'label':
        return this.#label(this.#dice.oneOf(this.#active));
      case 'leave':
        return this.#leave();
      case 'invite':
        return this.#invite();
    }
  }

  #invite(): readonly PlannedAppend[] {
    this.#people += 1;
    const number = this.#people;
    const newInvitationId = derivedId(NAMESPACE, `${this.appId} invitation ${number}`);
    this.#open.push(newInvitationId);
    return [
      this.#decideRoster(this.#owner, {
        type: 'Invite', kind: this.#dice.chance(this.options.userShare ?? 0.1) ? 'USER' : 'PARTNER', role: this.#dice.chance(0.1) ? 'ADMIN' : 'STANDARD',
        keapId: keapIdOf(this.appId, number), name: this.#dice.chance(0.05) ? null : nameOf(this.#dice),
        boundPersonId: null, knownPartner: true, newUserId: derivedId(NAMESPACE, `${this.appId} user ${number}`), newInvitationId,
        expiresAt: this.#expiry(), reason: null, tokenHash: tokenHashOf(newInvitationId, 1), limits: null,
      }),
    ];
  }

  #answer(invitationId: string | undefined): readonly PlannedAppend[] {
    const invitation = invitationId === undefined ? undefined : this.#roster.invitations.get(invitationId);
    if (invitationId === undefined || !invitation) return this.#invite();
    const { keapId, keapIdNormalized, userId } = invitation;
    const actor: Actor = { personId: this.#personId(keapIdNormalized), keapId: keapIdNormalized, scopes: [] };
    const reference = { invitationId, tokenHash: null, boundPersonId: null };
    if (this.#dice.chance(0.06)) return [this.#decideRoster(actor, { type: 'DeclineInvitation', ...reference })];
    const bound = this.#append(personStream(hashOf(keapIdNormalized).slice(0, 32)), [{ type: 'KeapIdBound', data: { personId: actor.personId, issuedAt: null, person: { keapId, name: null } } }], this.#run(actor));
    this.#active.push(userId);
    this.#contacts.counts.set(userId, 0);
    return [bound, this.#decideRoster(actor, { type: 'AcceptInvitation', ...reference, boundPersonId: actor.personId, signedInAs: null, name: null, newUserId: userId })];
  }

  #resend(invitationId: string | undefined): readonly PlannedAppend[] {
    if (invitationId !== undefined) this.#open.push(invitationId);
    const expiresAt = this.#expiry();
    return this.#withInvitation(invitationId, (id) => ({ type: 'ResendInvitation', invitationId: id, expiresAt, tokenHashOf: (sendCount) => tokenHashOf(id, sendCount), limits: null }));
  }

  #withInvitation(invitationId: string | undefined, commandOf: (invitationId: string) => RosterCommand): readonly PlannedAppend[] {
    return invitationId === undefined ? this.#invite() : [this.#decideRoster(this.#owner, commandOf(invitationId))];
  }

  #changeRole(userId: string | undefined): readonly PlannedAppend[] {
    const user = userId === undefined ? undefined : this.#roster.users.get(userId);
    if (!user) return this.#invite();
    const role: UserRole = user.role === 'ADMIN' ? 'STANDARD' : 'ADMIN';
    return [this.#decideRoster(this.#owner, { type: 'ChangeUserRole', userId: user.userId, role, reason: null })];
  }

  #assign(userId: string | undefined): readonly PlannedAppend[] {
    const user = userId === undefined ? undefined : this.#roster.users.get(userId);
    if (!user) return this.#invite();
    const contactIds = Array.from({ length: 1 + this.#dice.below(4) }, (_, index) => String(1_000_000 + this.#commands * 10 + index));
    this.#assigned.push(...contactIds);
    return [this.#decideContacts(this.#owner, { type: 'AssignContacts', userId: user.userId, epoch: user.epoch, contactIds })];
  }

  #unassign(): readonly PlannedAppend[] {
    const contactIds = this.#assigned.splice(0, 1 + this.#dice.below(3));
    return contactIds.length === 0 ? this.#invite() : [this.#decideContacts(this.#owner, { type: 'UnassignContacts', contactIds })];
  }

  #label(userId: string | undefined): readonly PlannedAppend[] {
    const user = userId === undefined ? undefined : this.#roster.users.get(userId);
    if (!user) return this.#invite();
    const { appId } = this;
    const actor: Actor = { personId: user.personId ?? '', keapId: user.keapIdNormalized, scopes: [] };
    return [this.#append(accountStream(user.userId), [{ type: 'AccountLabelSet', data: { appId, userId: user.userId, label: `${nameOf(this.#dice)}'s clients` } }], this.#run(actor))];
  }

  /** A partner without contacts leaves. */
  #leave(): readonly PlannedAppend[] {
    const user = this.#roster.users.get(this.#dice.oneOf(this.#active) ?? '');
    if (user?.kind !== 'PARTNER' || this.#contacts.counts.get(user.userId) !== 0) return this.#invite();
    this.#active.splice(this.#active.indexOf(user.userId), 1);
    const { userId, epoch } = user;
    const actor: Actor = { personId: user.personId ?? '', keapId: user.keapIdNormalized, scopes: [] };
    const leaveId = derivedId(NAMESPACE, `${userId} leave ${epoch}`);
    return [
      this.#decideContacts(actor, { type: 'CloseAssignee', userId, epoch, leaveId, reason: 'LEAVE', removalReason: null }),
      this.#decideRoster(actor, { type: 'LeaveApp', userId, epoch, leaveId }),
    ];
  }

  #decideRoster(actor: Actor, command: RosterCommand): PlannedAppend {
    const run = this.#run(actor);
    const events = decideRoster(command, this.#roster, { now: this.now, actor });
    for (const event of events) evolveRoster(this.#roster, { ...event, ...this.#recording(run) });
    return this.#append(rosterStream(this.appId), events, run);
  }

  #decideContacts(actor: Actor, command: ContactsCommand): PlannedAppend {
    const run = this.#run(actor);
    const events = decideContacts(command, this.#contacts);
    for (const event of events) evolveContacts(this.#contacts, { ...event, ...this.#recording(run) });
    return this.#append(contactsStream(this.appId), events, run);
  }

  #recording({ commandId, caller }: CommandRun): Recorded<object> {
    return { occurredAt: this.now, decidedAt: this.now, position: '', revision: 0, commandId, actorId: caller.actor.personId, keyed: false };
  }

  #append(stream: string, events: readonly DomainEvent[], run: CommandRun): PlannedAppend {
    if (events.length === 0) throw new Error(`Nothing happened in ${stream}, which was not meant.`);
    const expectedRevision = this.#revisions.get(stream) ?? NO_STREAM;
    this.#revisions.set(stream, expectedRevision + events.length);
    return { stream, events: toAppend(events, run, { decidedAt: this.now, occurredAt: this.now }, (userId) => this.#roster.users.get(userId)?.keapIdNormalized), expectedRevision };
  }

  #run(actor: Actor): CommandRun {
    this.#commands += 1;
    const commandId = derivedId(NAMESPACE, `${this.appId} ${this.#commands}`);
    const request = { correlationId: derivedId(commandId, 'request'), clientAddress: '203.0.113.7', clientName: 'account-central', clientVersion: '4.2.0' };
    return { caller: { actor, keapId: actor.keapId ?? '', name: null, issuedAt: null, request }, commandId, keyed: false, causationId: commandId };
  }

  #expiry(): string {
    return new Date(this.#now + INVITATION_VALID_MS).toISOString();
  }

  #personId(keapId: string): string {
    return derivedId(NAMESPACE, `person ${keapId}`);
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const tokenHashOf = (invitationId: string, sendCount: number): string => hashOf(`${invitationId} ${sendCount}`);
