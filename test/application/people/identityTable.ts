import { randomBytes } from 'node:crypto';
import { newRun } from '../../../src/application/handling/append';
import { PersonBindings } from '../../../src/application/people/bindings';
import type { Caller } from '../../../src/application/commandTypes';
import { DomainError } from '../../../src/domain/domainError';
import type { Actor, RosterEvent } from '../../../src/domain/events';
import { rosterDecider } from '../../../src/domain/roster/decide';
import type { RosterState } from '../../../src/domain/roster/state';
import { DryRunEventStore } from '../../../src/eventstore/dryRunStore';
import type { EventStore } from '../../../src/eventstore/eventStore';
import { given } from '../../domain/given';
import { after, MINUTE } from '../../domain/moments';
import { olga, operator } from '../../domain/people';
import { accept, inviteUser } from '../../domain/rosterCommands';
import { appOf, joined, left, personUpdated } from '../../domain/rosterHistory';

// Every situation in which somebody, "the caller", accepts an invitation to the address X. The answers come from the rules themselves.

const X = 'desk@agency.example';
const ELSEWHERE = 'caller@elsewhere.example';

/** Who signed in with X before the invitation was sent. */
export const FORMER = { nobody: 'nobody', caller: 'the caller', other: 'somebody else' } as const;
/** What happened to X after the invitation was sent. */
export const LATER = { nothing: 'nothing', caller: 'the caller signed in with it', other: 'another person signed in with it', released: 'an operator released it' } as const;
/** What the token of the request states. */
export const TOKEN = { now: 'states X', before: 'states X, issued before that', elsewhere: 'states another address' } as const;
export const REFERENCE = { id: 'by id', link: 'by link' } as const;
/** Who is, or was, in the app under the address X, except for `elsewhere`. */
export const MEMBERSHIP = {
  none: 'nobody',
  otherApp: 'nobody; the caller is a member of another tenant\'s app under X',
  elsewhere: 'the caller is active, under another address',
  active: 'the caller is active',
  moved: 'the caller is active, and shown with another address since',
  left: 'the caller was active and left',
  otherActive: 'somebody else is active',
  otherLeft: 'somebody else was active and left',
} as const;

export interface Situation {
  readonly former: keyof typeof FORMER;
  readonly later: keyof typeof LATER;
  readonly token: keyof typeof TOKEN;
  readonly reference: keyof typeof REFERENCE;
  readonly membership: keyof typeof MEMBERSHIP;
}

const keysOf = <K extends string>(record: Readonly<Record<K, string>>): readonly K[] => Object.keys(record) as K[];

/** All combinations, except for a release of an address that nobody holds. */
export const situations: readonly Situation[] = keysOf(FORMER).flatMap((former) =>
  keysOf(LATER).filter((later) => former !== 'nobody' || later !== 'released').flatMap((later) =>
    keysOf(TOKEN).flatMap((token) => keysOf(REFERENCE).flatMap((reference) => keysOf(MEMBERSHIP).map((membership) => ({ former, later, token, reference, membership }))))));

/** What the caller gets. */
export const RESULTS = {
  joins: 'The caller joins, as the invited user.',
  returns: 'The caller joins again, as the user who they were before.',
  apart: 'The caller joins as a new user. The invitation moves to it, and the user who it was sent to keeps only their past.',
  member: '`ALREADY_MEMBER`, and the invitation is closed.',
  notFound: '`INVITATION_NOT_FOUND`, as for an invitation that does not exist.',
  wrongRecipient: '`WRONG_RECIPIENT`, and the invitation stays open.',
  notInvited: '`ALREADY_MEMBER` for the admin: there is no such invitation, because the app knows X as that of an active member who holds it.',
} as const;
export type Result = keyof typeof RESULTS;

const CALLER = 'person-caller';
const OTHER = 'person-other';
const moments = { former: after(60 * MINUTE), before: after(120 * MINUTE), later: after(180 * MINUTE), now: after(240 * MINUTE) };

function pastOf(membership: Situation['membership']): readonly RosterEvent[] {
  const at = (name: string, keapId: string): readonly RosterEvent[] => joined(name, 'PARTNER').map((event) => ('person' in event.data ? { ...event, data: { ...event.data, person: { keapId, name: null } } } : event) as RosterEvent);
  switch (membership) {
    case 'none':
    case 'otherApp':
      return [];
    case 'elsewhere':
      return at('caller', ELSEWHERE);
    case 'active':
      return at('caller', X);
    case 'moved':
      return [...at('caller', X), personUpdated('caller', { keapId: ELSEWHERE, name: null })];
    case 'left':
      return [...at('caller', X), left('caller')];
    case 'otherActive':
      return at('other', X);
    case 'otherLeft':
      return [...at('other', X), left('other')];
  }
}

/** Plays the situation with the rules and the holders of addresses as the service keeps them. */
export async function resultOf({ former, later, token, reference, membership }: Situation): Promise<Result> {
  let now: string = moments.former;
  const bindings = new PersonBindings(new DryRunEventStore(EMPTY), { now: () => now }, randomBytes(32));
  const claim = async (personId: string, issuedAt: string): Promise<string | null> => {
    const caller: Caller = { actor: { personId, keapId: X, scopes: [] }, keapId: X, name: null, issuedAt, request: { correlationId: 'c' } };
    return bindings.claim(caller, X, newRun(caller));
  };
  if (former !== 'nobody') await claim(former === 'caller' ? CALLER : OTHER, moments.former);
  const history = given(...appOf(9), ...pastOf(membership));
  const boundPersonId = await bindings.ownerOf(X);
  const invitation = decided(() => rosterDecider.decide(inviteUser('invited', { keapId: X, boundPersonId, newInvitationId: 'invitation-x', tokenHash: 'hash' }), history.state(), { actor: olga, now }));
  if (typeof invitation === 'string') return 'notInvited';
  now = moments.later;
  if (later === 'released') await bindings.release({ keapId: X }, newRun({ actor: operator, keapId: '', name: null, issuedAt: null, request: { correlationId: 'c' } }));
  else if (later !== 'nothing') await claim(later === 'caller' ? CALLER : 'person-third', now);
  now = moments.now;
  const states = token === 'elsewhere' ? ELSEWHERE : (await claim(CALLER, token === 'now' ? now : moments.before)) === CALLER ? X : null;
  const actor: Actor = { personId: CALLER, keapId: states, scopes: [] };
  const command = accept('x', { tokenHash: reference === 'id' ? null : 'hash', boundPersonId: await bindings.ownerOf(X), newUserId: 'user-new' });
  const before = history.and(...invitation);
  const answer = decided(() => rosterDecider.decide(command, before.state(), { actor, now }));
  if (answer === 'INVITATION_NOT_FOUND') return 'notFound';
  if (answer === 'WRONG_RECIPIENT') return 'wrongRecipient';
  if (typeof answer === 'string') throw new Error(`no situation has the answer ${answer}`);
  return acceptedAs(answer, before.state(), before.and(...answer).state());
}

/** Names what the events did, after checking that they took nothing from somebody else. */
function acceptedAs(events: readonly RosterEvent[], before: RosterState, after: RosterState): Result {
  for (const user of before.users.values()) {
    const kept = after.users.get(user.userId);
    if (user.personId !== null && user.personId !== CALLER && (kept?.personId !== user.personId || kept.epoch !== user.epoch)) throw new Error(`${user.userId} lost something`);
    if (user.personId === OTHER && (kept?.status === 'ACTIVE') !== (user.status === 'ACTIVE')) throw new Error(`${user.userId} has another access`);
  }
  const own = [...after.users.values()].filter(({ personId, status }) => personId === CALLER && status === 'ACTIVE');
  if (own.length !== 1) throw new Error('the caller has not one membership');
  const [last] = events.slice(-1);
  if (last?.type === 'InvitationDeclined') return 'member';
  if (events.some(({ type }) => type === 'InvitationMoved')) return 'apart';
  return own[0]?.epoch === 1 ? 'joins' : 'returns';
}

function decided(decide: () => readonly RosterEvent[]): readonly RosterEvent[] | string {
  try {
    return decide();
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}

/** A store without events, below a dry run's. */
export const EMPTY: EventStore = {
  append: () => Promise.reject(new Error('nothing is written below')),
  async *readStream() {
    // No event.
  },
  async *readAll() {
    // No event.
  },
  async *subscribeAll() {
    // No event.
  },
  close: () => Promise.resolve(),
};
