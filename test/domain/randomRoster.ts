import fc from 'fast-check';
import type { Actor } from '../../src/domain/actor';
import type { Recorded, RosterEvent, UserKind, UserRole } from '../../src/domain/events';
import { normalizeKeapId } from '../../src/domain/keapId';
import { DomainError } from '../../src/domain/domainError';
import { rosterDecider, type RosterCommand } from '../../src/domain/roster/rosterDecider';
import type { RosterInvitation, RosterState, RosterUser } from '../../src/domain/roster/rosterState';
import { after, DAY, START } from './moments';
import { APP_ID, importer, operator } from './people';

/** Random lives of an app: who wishes what, of whom, and how much time passes before it. */
export interface Wish {
  readonly what: 'inviteUser' | 'invitePartner' | 'resend' | 'revoke' | 'expire' | 'accept' | 'decline' | 'changeRole' | 'leave' | 'remove' | 'setLicences' | 'signIn' | 'join';
  /** who wishes; a number that is taken as an index into those there are. */
  readonly who: number;
  /** whether it is wished by somebody who may: an admin, or the addressed person. */
  readonly rightly: boolean;
  /** whom or which invitation it is about. */
  readonly whom: number;
  /** which of the two addresses that everybody has is used. */
  readonly otherAddress: boolean;
  readonly role: UserRole;
  readonly pause: number;
}

const PEOPLE = ['olga', 'ann', 'bob', 'eve', 'pia', 'sam'] as const;
const LIFETIME = 7 * DAY;

export const wishes: fc.Arbitrary<Wish[]> = fc.array(
  fc.record<Wish>({
    what: fc.constantFrom(
      'inviteUser', 'inviteUser', 'invitePartner', 'invitePartner', 'accept', 'accept', 'accept', 'resend', 'revoke', 'expire', 'decline', 'changeRole', 'leave', 'remove', 'setLicences', 'signIn', 'join',
    ),
    who: fc.nat(PEOPLE.length - 1),
    rightly: fc.constantFrom(true, true, true, false),
    whom: fc.nat(30),
    otherAddress: fc.boolean(),
    role: fc.constantFrom('ADMIN', 'STANDARD'),
    pause: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, DAY, LIFETIME - 1, LIFETIME),
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
);

/** What one wish led to. */
export interface Step {
  readonly command: RosterCommand;
  readonly actor: Actor;
  readonly now: string;
  readonly events: readonly RosterEvent[];
}

/** An app in which wishes come true or are refused, beside the sign-ins to which addresses get bound. */
export class RandomRoster {
  readonly state: RosterState = { ...rosterDecider.initialState(), appId: APP_ID };
  readonly #owners = new Map<string, string>();
  #now = START;
  #recorded = 0;
  #ids = 0;

  constructor(licences: number) {
    const register: RosterCommand = {
      type: 'RegisterApp', appId: APP_ID, name: 'Keap', url: 'https://keap.example', licences, ownerKeapId: addressOf('olga', false), ownerName: null, newUserId: this.#id('user'), boundPersonId: null,
    };
    this.#record(this.decide(register, operator), register);
  }

  get now(): string {
    return this.#now;
  }

  /** Lets the wish be decided, and what follows happen. Nothing when there is nobody or nothing to be about, or when it is refused. */
  grant(wish: Wish): Step | null {
    this.#now = after(wish.pause, this.#now);
    const actor = this.#actorOf(wish);
    const command = this.#commandOf(wish, actor);
    if (!command) return null;
    const by = command.type === 'SetLicences' ? operator : command.type === 'JoinApp' ? importer : actor;
    const events = this.decideOrRefuse(command, by);
    if (events === null) return null;
    this.#record(events, command);
    if (command.type === 'AcceptInvitation' && by.keapId !== null) this.#owners.set(by.keapId, by.personId);
    return { command, actor: by, now: this.#now, events };
  }

  decide(command: RosterCommand, actor: Actor): RosterEvent[] {
    return rosterDecider.decide(command, this.state, { actor, now: this.#now });
  }

  /** Null for a refusal by rule; every other error goes on. */
  decideOrRefuse(command: RosterCommand, actor: Actor): RosterEvent[] | null {
    try {
      return this.decide(command, actor);
    } catch (error) {
      if (error instanceof DomainError) return null;
      throw error;
    }
  }

  /** Somebody holds the Keap ID under which they signed in unless it is bound to another sign-in. */
  #actorOf(wish: Wish): Actor {
    const { personId, keapId } = (wish.rightly ? this.#entitledTo(wish) : undefined) ?? signInOf(addressOf(PEOPLE[wish.who]!, wish.otherAddress));
    return { personId, keapId: (this.#owners.get(keapId) ?? personId) === personId ? keapId : null, scopes: [] };
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
        return this.#invite(wish.what === 'inviteUser' ? 'USER' : 'PARTNER', keapId, wish.role, expiresAt);
      case 'join':
        return { type: 'JoinApp', keapId, role: wish.role, boundPersonId: this.#ownerOf(keapId), newUserId: this.#id('user'), newInvitationId: this.#id('invitation'), expiresAt };
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
        return user ? { type: 'ChangeUserRole', userId: user.userId, role: wish.role } : null;
      case 'leave':
        return user ? { type: 'LeaveApp', userId: user.userId, epoch: user.epoch, leaveId: this.#id('leave') } : null;
      case 'remove':
        return user ? { type: 'RemoveUser', userId: user.userId, epoch: user.epoch, leaveId: this.#id('leave') } : null;
      case 'setLicences':
        return { type: 'SetLicences', licences: 1 + (wish.whom % 6) };
      case 'signIn':
        return this.#signIn(actor);
    }
  }

  #invite(kind: UserKind, keapId: string, role: UserRole, expiresAt: string): RosterCommand {
    const ids = { newUserId: this.#id('user'), newInvitationId: this.#id('invitation') };
    return { type: 'Invite', kind, keapId, role, name: null, boundPersonId: this.#ownerOf(keapId), knownPartner: true, ...ids, expiresAt, tokenHash: 'hash', limits: null };
  }

  #answer(type: 'AcceptInvitation' | 'DeclineInvitation', { invitationId, tokenHash, keapIdNormalized }: RosterInvitation): RosterCommand {
    const reference = { invitationId, tokenHash, boundPersonId: this.#ownerOf(keapIdNormalized) };
    return type === 'AcceptInvitation' ? { type, ...reference, name: null } : { type, ...reference };
  }

  #signIn(actor: Actor): RosterCommand | null {
    if (actor.keapId === null) return null;
    const waits = [...this.state.users.values()].some((user) => user.keapIdNormalized === actor.keapId && user.personId === null && user.status === 'ACTIVE');
    if (waits) this.#owners.set(actor.keapId, actor.personId);
    return { type: 'BindPerson', keapId: actor.keapId, personId: actor.personId };
  }

  #record(events: readonly RosterEvent[], command: RosterCommand): void {
    for (const event of events) {
      this.#recorded += 1;
      const recorded: Recorded<RosterEvent> = { ...event, occurredAt: this.#now, position: String(this.#recorded).padStart(16, '0'), revision: this.#recorded, commandId: command.type, keyed: false };
      rosterDecider.evolve(this.state, recorded);
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

/** The sign-in of whoever has that address. */
const signInOf = (keapId: string): SignIn => ({ keapId, personId: `person-${keapId.slice(0, keapId.indexOf('@'))}` });

const addressOf = (name: string, other: boolean): string => `${name}@${other ? 'home' : 'work'}.example`;

function nth<T>(things: ReadonlyMap<string, T>, index: number): T | undefined {
  return [...things.values()][index % Math.max(1, things.size)];
}
