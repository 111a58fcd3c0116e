import fc from 'fast-check';
import type { RosterEvent, UserKind } from '../../../src/domain/events';
import { isOpen, licenceUsage, type RosterState } from '../../../src/domain/roster/rosterState';
import { RandomRoster, wishes, type Step } from '../randomRoster';

type Observer = (roster: RandomRoster, step: Step) => void;

/** Lives many random lives; `observe` is called after each wish that was granted, `before` ahead of each wish. */
function inEveryLife<B>(before: (roster: RandomRoster) => B, observe: (roster: RandomRoster, step: Step, seen: B) => void): void {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), wishes, (licences, life) => {
      const roster = new RandomRoster(licences);
      for (const wish of life) {
        const seen = before(roster);
        const step = roster.grant(wish);
        if (step) observe(roster, step, seen);
      }
    }),
    { numRuns: 200 },
  );
}

const always = (observe: Observer): void => inEveryLife(() => null, observe);

/** What `kindOf` needs of the users and invitations before a step, after which they may be gone. */
const kindsOf = (state: RosterState): { readonly users: ReadonlyMap<string, UserKind>; readonly invitations: ReadonlyMap<string, UserKind> } => ({
  users: new Map([...state.users].map(([userId, { kind }]) => [userId, kind])),
  invitations: new Map([...state.invitations].map(([invitationId, { kind }]) => [invitationId, kind])),
});

function kindOf(event: RosterEvent, { users, invitations }: ReturnType<typeof kindsOf>): UserKind | undefined {
  switch (event.type) {
    case 'PartnerInvited':
      return 'PARTNER';
    case 'UserInvited':
      return 'USER';
    case 'InvitationAccepted':
      return event.data.kind;
    case 'InvitationResent':
    case 'InvitationRevoked':
    case 'InvitationDeclined':
    case 'InvitationExpired':
      return invitations.get(event.data.invitationId);
    case 'UserRoleChanged':
    case 'PersonBound':
    case 'PartnerLeftApp':
    case 'UserRemoved':
      return users.get(event.data.userId);
    case 'AppRegistered':
    case 'OwnerAdded':
    case 'LicencesSet':
      return undefined;
  }
}

describe('whatever happens in an app', () => {
  it('licences never go below zero, as time passes too', () => {
    const licencesLeft = (roster: RandomRoster): void => {
      const { total, used, reserved, available } = licenceUsage(roster.state, roster.now);
      expect(available).toBe(total - used - reserved);
      expect(available).toBeGreaterThanOrEqual(0);
    };
    inEveryLife(licencesLeft, licencesLeft);
  });

  it('there is an active admin of kind USER', () => {
    always(({ state }) => {
      expect([...state.users.values()].some(({ kind, role, status }) => kind === 'USER' && role === 'ADMIN' && status === 'ACTIVE')).toBe(true);
    });
  });

  it('a user, and an address, has one open invitation at most, and an active user has none', () => {
    always(({ state, now }) => {
      const open = [...state.invitations.values()].filter((invitation) => isOpen(invitation, now));
      expect(new Set(open.map(({ userId }) => userId)).size).toBe(open.length);
      expect(new Set(open.map(({ keapIdNormalized }) => keapIdNormalized)).size).toBe(open.length);
      for (const { userId } of open) expect(state.users.get(userId)?.status).toBe('INVITED');
    });
  });

  it('partners never change a licence number', () => {
    inEveryLife(
      ({ state }) => ({ kinds: kindsOf(state), usageAt: fixedUsage(state) }),
      ({ state, now }, { events }, { kinds, usageAt }) => {
        if (events.every((event) => kindOf(event, kinds) === 'PARTNER')) expect(licenceUsage(state, now)).toEqual(usageAt(now));
      },
    );
  });

  it('nobody joins who is in already, and joins are counted up', () => {
    inEveryLife(
      ({ state }) => new Map([...state.users].map(([userId, { status, epoch }]) => [userId, { status, epoch }])),
      (_, { events }, before) => {
        for (const event of events) {
          if (event.type !== 'InvitationAccepted') continue;
          const { userId, epoch } = event.data;
          expect(before.get(userId)?.status).not.toBe('ACTIVE');
          expect(epoch).toBe((before.get(userId)?.epoch ?? 0) + 1);
        }
      },
    );
  });

  it('a person is one active user at most', () => {
    always(({ state }) => {
      const active = [...state.users.values()].filter(({ status, personId }) => status === 'ACTIVE' && personId !== null);
      expect(new Set(active.map(({ personId }) => personId)).size).toBe(active.length);
    });
  });

  it('every invitation has its user', () => {
    always(({ state }) => {
      for (const { userId } of state.invitations.values()) expect(state.users.has(userId)).toBe(true);
    });
  });

  it('only active admins invite, resend, revoke and change roles', () => {
    const adminsOf = ({ state }: RandomRoster): ReadonlySet<string> =>
      new Set([...state.users.values()].filter(({ status, role }) => status === 'ACTIVE' && role === 'ADMIN').flatMap(({ personId, keapIdNormalized }) => personId ?? keapIdNormalized));
    inEveryLife(adminsOf, (_, { command, actor, events }, admins) => {
      if (events.length === 0 || !['Invite', 'ResendInvitation', 'RevokeInvitation', 'ChangeUserRole'].includes(command.type)) return;
      expect(admins.has(actor.personId) || admins.has(actor.keapId ?? '')).toBe(true);
    });
  });

  it('deciding once more what was just decided leads to nothing more', () => {
    const repeatable: readonly string[] = ['AcceptInvitation', 'DeclineInvitation', 'RevokeInvitation', 'ExpireInvitation', 'LeaveApp', 'RemoveUser', 'SetLicences', 'BindPerson'];
    always((roster, { command, actor }) => {
      if (repeatable.includes(command.type)) expect(roster.decide(command, actor)).toEqual([]);
    });
  });

  it('and every rule is met along the way: the lives are lively', () => {
    const seen = new Map<string, number>();
    always((_, { events }) => events.forEach(({ type }) => seen.set(type, (seen.get(type) ?? 0) + 1)));
    const everything: RosterEvent['type'][] = [
      'UserInvited', 'PartnerInvited', 'InvitationResent', 'InvitationRevoked', 'InvitationDeclined', 'InvitationExpired', 'InvitationAccepted', 'UserRoleChanged', 'PersonBound', 'PartnerLeftApp', 'UserRemoved', 'LicencesSet',
    ];
    expect(everything.filter((type) => (seen.get(type) ?? 0) < 10)).toEqual([]);
  });
});

/** The licences as they were, to be computed for a later moment. */
function fixedUsage(state: RosterState): (now: string) => ReturnType<typeof licenceUsage> {
  const copy = structuredClone(state);
  return (now) => licenceUsage(copy, now);
}
