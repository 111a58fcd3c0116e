import fc from 'fast-check';
import type { Actor, Recorded, RosterEvent, UserKind, UserRole } from '../../src/domain/events';
import { normalizeKeapId } from '../../src/domain/keapId';
import { DomainError } from '../../src/domain/domainError';
import { rosterDecider, type RosterCommand } from '../../src/domain/roster/decide';
import type { RosterInvitation, RosterState, RosterUser } from '../../src/domain/roster/state';
import type { Table } from '../../src/domain/roster/tables';
import { after, DAY, START } from './moments';
import { APP_ID, importer, operator } from './people';

/** A random command: its sender, its subject and the time that passes before it. */
export interface Wish {
  readonly what: 'inviteUser' | 'invitePartner' | 'resend' | 'revoke' | 'expire' | 'accept' | 'decline' | 'changeRole' | 'leave' | 'remove' | 'setLicences' | 'signIn' | 'update' | 'join' | 'appoint' | 'rebind';
  /** The sender, as an index into the existing people. */
  readonly who: number;
  /** Whether the sender is permitted: an admin, or the invited person. */
  readonly rightly: boolean;
  /** The person or invitation concerned. */
  readonly whom: number;
  /** Which of a person's two addresses is used. */
  readonly otherAddress: boolean;
  readonly role: UserRole;
  /** Of an invitation, a change of role or a removal. */
  readonly reason: string | null;
  readonly pause: number;
}

const PEOPLE = ['olga', 'ann', 'bob', 'eve', 'pia', 'sam'] as const;
const LIFETIME = 7 * DAY;

export const wishes: fc.Arbitrary<Wish[]> = fc.array(
  fc.record<Wish>({
    what: fc.constantFrom(
      'inviteUser', 'inviteUser', 'invitePartner', 'invitePartner', 'accept', 'accept', 'accept', 'resend', 'revoke', 'expire', 'decline', 'changeRole', 'leave', 'remove', 'setLicences', 'signIn', 'update', 'update', 'join', 'appoint', 'rebind',
    ),
    who: fc.nat(PEOPLE.length - 1),
    rightly: fc.constantFrom(true, true, true, false),
    whom: fc.nat(30),
    otherAddress: fc.boolean(),
    role: fc.constantFrom('ADMIN', 'STANDARD'),
    reason: fc.constantFrom(null, 'Ticket 4713'),
    pause: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, DAY, LIFETIME - 1, LIFETIME),
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
);

/** The result of one command. */
export interface Step {
  readonly command: RosterCommand;
  readonly actor: Actor;
  readonly now: string;
  readonly events: readonly RosterEvent[];
}

/** An app that executes random commands, and the sign-ins that addresses are bound to. */
export class RandomRoster {
  readonly state: RosterState = { ...rosterDecider.initialState(), appId: APP_ID };
  /** The events, in order. */
  readonly recorded: Recorded<RosterEvent>[] = [];
  readonly #owners = new Map<string, string>();
  #now = START;
  #recorded = 0;
  #ids = 0;

  constructor(licences: number) {
    const register: RosterCommand = {
      type: 'RegisterApp', appId: APP_ID, name: 'Keap', url: 'https://keap.example', licences, ownerKeapId: addressOf('olga', false), ownerName: null, newUserId: this.#id('user'),
    };
    this.#record(this.decide(register, operator), register, operator);
  }

  get now(): string {
    return this.#now;
  }

  /** Decides the command and applies its events. Does nothing when there is no subject or when a rule refuses it. */
  grant(wish: Wish): Step | null {
    this.#now = after(wish.pause, this.#now);
    const actor = this.#actorOf(wish);
    const command = this.#commandOf(wish, actor);
    if (!command) return null;
    const by = ['SetLicences', 'AppointAdmin', 'RebindUser'].includes(command.type) ? operator : command.type === 'JoinApp' ? importer : actor;
    const events = this.decideOrRefuse(command, by);
    if (events === null) return null;
    this.#record(events, command, by);
    return { command, actor: by, now: this.#now, events };
  }

  decide(command: RosterCommand, actor: Actor): RosterEvent[] {
    return rosterDecider.decide(command, this.state, { actor, now: this.#now });
  }

  /** Returns null for a refusal by a rule and rethrows every other error. */
  decideOrRefuse(command: RosterCommand, actor: Actor): RosterEvent[] | null {
    try {
      return this.decide(command, actor);
    } catch (error) {
      if (error instanceof DomainError) return null;
      throw error;
    }
  }

  /** A person who signs in holds the Keap ID of the sign-in. */
  #actorOf(wish: Wish): Actor {
    const { personId, keapId } = (wish.rightly ? this.#entitledTo(wish) : undefined) ?? signInOf(addressOf(PEOPLE[wish.who]!, wish.otherAddress));
    this.#owners.set(keapId, personId);
    return { personId, keapId, scopes: [] };
  }

  #entitledTo({ what, who, whom }: Wish): SignIn | undefined {
    if (what === 'accept' || what === 'decline') {
      const invitation = nth(this.state.invitations, whom);
      return invitation && signInOf(invitation.keapIdNormalized);
    }
    const admins = [...this.state.users.values()].filter(({ status, role }) => status === 'ACTIVE' && role === 'ADMIN');
    const admin = admins[who % admins.length];
    return admin && signInOf(admin.keapIdNormalized);
  }

  #ownerOf(keapId: string): string | null {
    return this.#owners.get(normalizeKeapId(keapId)) ?? null;
  }

  #commandOf(wish: Wish, actor: Actor): RosterCommand | null {
    const keapId = addressOf(PEOPLE[wish.whom % PEOPLE.length]!, wish.otherAddress);
    const user = nth<RosterUser>(this.state.users, wish.whom);
    const invitation = nth<RosterInvitation>(this.state.invitations, wish.whom);
    const expiresAt = after(LIFETIME, this.#now);
    switch (wish.what) {
      case 'inviteUser':
      case 'invitePartner':
        return this.#invite(wish.what === 'inviteUser' ? 'USER' : 'PARTNER', keapId, wish, expiresAt);
      case 'join':
        return { type: 'JoinApp', keapId, kind: 'PARTNER', role: wish.role, name: null, boundPersonId: this.#ownerOf(keapId), newUserId: this.#id('user'), newInvitationId: this.#id('invitation'), expiresAt };
      case 'resend':
        return invitation ? { type: 'ResendInvitation', invitationId: invitation.invitationId, expiresAt, tokenHashOf: (count) => `hash-${count}`, limits: null } : null;
      case 'revoke':
        return invitation ? { type: 'RevokeInvitation', invitationId: invitation.invitationId } : null;
      case 'expire':
        return invitation ? { type: 'ExpireInvitation', invitationId: invitation.invitationId } : null;
      case 'accept':
      case 'decline':
        return invitation ? this.#answer(wish.what === 'accept' ? 'AcceptInvitation' : 'DeclineInvitation', invitation) : null;
      case 'changeRole':
        return user ? { type: 'ChangeUserRole', userId: user.userId, role: wish.role, reason: wish.reason } : null;
      case 'leave':
        return user ? { type: 'LeaveApp', userId: user.userId, epoch: user.epoch, leaveId: this.#id('leave') } : null;
      case 'remove':
        return user ? { type: 'RemoveUser', userId: user.userId, epoch: user.epoch, leaveId: this.#id('leave'), reason: wish.reason } : null;
      case 'setLicences':
        return { type: 'SetLicences', licences: 1 + (wish.whom % 6) };
      case 'signIn':
        return actor.keapId === null ? null : { type: 'BindPerson', keapId: actor.keapId, personId: actor.personId };
      case 'update':
        return this.#update(wish);
      case 'appoint':
        return { type: 'AppointAdmin', keapId, name: null, reason: 'Ticket 4711', boundPersonId: this.#ownerOf(keapId), newUserId: this.#id('user') };
      case 'rebind':
        return user ? { type: 'RebindUser', userId: user.userId, keapId, reason: 'Ticket 4712' } : null;
    }
  }

  #invite(kind: UserKind, keapId: string, { role, reason }: Wish, expiresAt: string): RosterCommand {
    const ids = { newUserId: this.#id('user'), newInvitationId: this.#id('invitation') };
    return { type: 'Invite', kind, keapId, role, name: null, boundPersonId: this.#ownerOf(keapId), knownPartner: true, ...ids, expiresAt, reason, tokenHash: 'hash', limits: null };
  }

  #answer(type: 'AcceptInvitation' | 'DeclineInvitation', { invitationId, tokenHash, keapIdNormalized }: RosterInvitation): RosterCommand {
    const reference = { invitationId, tokenHash, boundPersonId: this.#ownerOf(keapIdNormalized) };
    return type === 'AcceptInvitation' ? { type, ...reference, signedInAs: null, name: null, newUserId: this.#id('user') } : { type, ...reference };
  }

  /** A member signs in with one of their two addresses. */
  #update({ whom, otherAddress }: Wish): RosterCommand | null {
    const members = [...this.state.users.values()].flatMap(({ personId, status }) => (personId !== null && status === 'ACTIVE' ? [personId] : []));
    const personId = members[whom % Math.max(1, members.length)];
    return personId === undefined ? null : { type: 'UpdatePerson', personId, keapId: addressOf(personId.slice('person-'.length), otherAddress), name: null, issuedAt: this.#now };
  }

  #record(events: readonly RosterEvent[], command: RosterCommand, { personId: actorId }: Actor): void {
    for (const event of events) {
      this.#recorded += 1;
      const recorded: Recorded<RosterEvent> = { ...event, occurredAt: this.#now, decidedAt: this.#now, position: String(this.#recorded).padStart(16, '0'), revision: this.#recorded, commandId: command.type, actorId, keyed: false };
      rosterDecider.evolve(this.state, recorded);
      this.recorded.push(recorded);
    }
  }

  #id(what: string): string {
    this.#ids += 1;
    return `${what}-${this.#ids}`;
  }
}

interface SignIn {
  readonly personId: string;
  readonly keapId: string;
}

/** The sign-in of the person with this address. */
const signInOf = (keapId: string): SignIn => ({ keapId, personId: `person-${keapId.slice(0, keapId.indexOf('@'))}` });

const addressOf = (name: string, other: boolean): string => `${name}@${other ? 'home' : 'work'}.example`;

function nth<T>(things: Table<T>, index: number): T | undefined {
  return [...things.values()][index % Math.max(1, things.size)];
}
