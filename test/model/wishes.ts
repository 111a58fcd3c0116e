import fc from 'fast-check';
import { PEOPLE, type Model, type Name, type Wish } from './membershipModel';

/** A request before its people and invitations are known. Numbers are indices into the existing ones. */
interface Draft {
  readonly what: Wish['what'];
  readonly who: number;
  readonly whom: number;
  readonly third: number;
  /** Whether the sender is permitted and the subject exists. */
  readonly rightly: boolean;
  readonly pick: number;
  readonly kind: 'USER' | 'PARTNER';
  readonly role: 'ADMIN' | 'STANDARD';
  readonly way: 'id' | 'newest link' | 'first link';
  readonly contacts: readonly string[];
  readonly some: boolean;
  readonly licences: number;
}

/** The next step of a sequence. */
export type Step =
  | { readonly kind: 'alone'; readonly draft: Draft }
  | { readonly kind: 'together'; readonly drafts: readonly Draft[] }
  | { readonly kind: 'expiry' }
  | {
      /** The store fails at one of the appends of the request, before or after writing it, and at all that follow. */
      readonly kind: 'trouble';
      readonly draft: Draft;
      readonly failingAppend: number;
      readonly written: boolean;
      readonly restart: boolean;
      readonly repeat: boolean;
    };

const CONTACTS = ['c1', 'c2', 'c3', 'c4'];

const drafts: fc.Arbitrary<Draft> = fc.record({
  what: fc.constantFrom<Wish['what'][]>(
    'invite', 'invite', 'invite', 'accept', 'accept', 'accept', 'accept', 'decline', 'resend', 'revoke', 'role', 'role', 'remove', 'remove', 'leave', 'leave', 'assign', 'assign', 'assign', 'unassign', 'unassign', 'reassign', 'licences',
  ),
  who: fc.nat(PEOPLE.length - 1),
  whom: fc.nat(PEOPLE.length - 1),
  third: fc.nat(PEOPLE.length - 1),
  rightly: fc.constantFrom(true, true, true, true, false),
  pick: fc.constantFrom(0, 0, 0, 1, 2),
  kind: fc.constantFrom('USER', 'PARTNER', 'PARTNER'),
  role: fc.constantFrom('ADMIN', 'ADMIN', 'STANDARD'),
  way: fc.constantFrom('id', 'id', 'newest link', 'newest link', 'first link'),
  contacts: fc.subarray(CONTACTS, { minLength: 1 }),
  some: fc.boolean(),
  licences: fc.integer({ min: 1, max: 4 }),
});

const troubles = fc.record({
  kind: fc.constant('trouble' as const),
  draft: drafts,
  failingAppend: fc.integer({ min: 1, max: 4 }),
  written: fc.boolean(),
  restart: fc.constantFrom(true, false, false, false),
  repeat: fc.boolean(),
});

/** Generates sequences with at most this number of steps. */
export const livesOf = (maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 12, arbitrary: fc.record({ kind: fc.constant('alone' as const), draft: drafts }) },
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('together' as const), drafts: fc.array(drafts, { minLength: 2, maxLength: 4 }) }) },
      { weight: 3, arbitrary: troubles },
      { weight: 1, arbitrary: fc.constant({ kind: 'expiry' as const }) },
    ),
    { minLength: 1, maxLength, size: 'max' },
  );

const nameAt = (index: number): Name => PEOPLE[index % PEOPLE.length] ?? 'owner';

/** The start of every sequence: a user and two partners have joined, one of each with the role ADMIN, with contacts. */
export const BEGINNING: readonly Wish[] = [
  { what: 'invite', by: 'owner', of: 'anna', kind: 'USER', role: 'ADMIN' },
  { what: 'accept', by: 'anna', invitation: '1.0', link: null },
  { what: 'invite', by: 'anna', of: 'ben', kind: 'PARTNER', role: 'ADMIN' },
  { what: 'accept', by: 'ben', invitation: '3.0', link: 1 },
  { what: 'invite', by: 'ben', of: 'carl', kind: 'PARTNER', role: 'STANDARD' },
  { what: 'accept', by: 'carl', invitation: '5.0', link: null },
  { what: 'assign', by: 'anna', of: 'carl', contacts: ['c1', 'c2'], known: true },
];

/** Resolves a draft to a request in this app. Invitations are counted from the latest one. */
export function wishOf(draft: Draft, model: Model, knowsUser: (name: Name) => boolean): Wish {
  const { rightly, contacts, role, kind } = draft;
  const [who, of, third] = [nameAt(draft.who), nameAt(draft.whom), nameAt(draft.third)];
  const admins = PEOPLE.filter((name) => model.members.get(name)?.status === 'ACTIVE' && model.members.get(name)?.role === 'ADMIN');
  const by = rightly ? (admins[draft.who % admins.length] ?? who) : who;
  const partners = PEOPLE.filter((name) => model.members.get(name)?.status === 'ACTIVE' && model.members.get(name)?.kind === 'PARTNER');
  const invitations = [...model.invitations.keys()].reverse();
  const open = invitations.filter((key) => model.invitations.get(key)?.status === 'OPEN');
  const invitation = (rightly && draft.what !== 'resend' && open.length > 0 ? open[draft.pick % open.length] : invitations[draft.pick]) ?? null;
  const sent = invitation === null ? undefined : model.invitations.get(invitation);
  const [known, toKnown] = [knowsUser(of), knowsUser(third)];
  switch (draft.what) {
    case 'invite':
      return { what: 'invite', by, of: rightly && of === by ? third : of, kind, role };
    case 'resend':
    case 'revoke':
      return { what: draft.what, by, invitation };
    case 'accept':
    case 'decline':
      return { what: draft.what, by: rightly && sent ? sent.of : who, invitation, link: draft.way === 'id' ? null : draft.way === 'first link' ? 1 : (sent?.sends ?? 1) };
    case 'role':
      return { what: 'role', by, of, role, known };
    case 'remove':
      return { what: 'remove', by, of, to: draft.some ? third : null, known, toKnown };
    case 'leave':
      return { what: 'leave', by: rightly ? (partners[draft.who % partners.length] ?? who) : who, confirms: draft.kind === 'PARTNER' || rightly };
    case 'assign':
      return { what: 'assign', by, of, contacts, known };
    case 'unassign':
      return { what: 'unassign', by, contacts };
    case 'reassign':
      return { what: 'reassign', by, from: of, to: third, contacts: draft.some ? contacts : null, known, toKnown };
    case 'licences':
      return { what: 'licences', by: rightly ? 'operator' : who, licences: draft.licences };
  }
}

/** A removal with a reassignment changes contacts and roster in two steps. Concurrent requests may see the state between them, so that no sequential order explains it. */
export const alongsideOthers = (wish: Wish): Wish => (wish.what === 'remove' ? { ...wish, to: null } : wish);
