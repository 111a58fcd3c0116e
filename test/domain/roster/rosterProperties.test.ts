import fc from 'fast-check';
import type { RosterEvent, UserKind } from '../../../src/domain/events';
import { reasonGiven } from '../../../src/domain/reasons';
import { decideRoster, type RosterCommand } from '../../../src/domain/roster/decide';
import { isAdminUser } from '../../../src/domain/roster/guards';
import { isOpen, licenceUsage, type RosterState, statusAt } from '../../../src/domain/roster/state';
import { RandomRoster, wishes, type Step } from '../randomRoster';

type Observer = (roster: RandomRoster, step: Step) => void;

/** Runs many random sequences of commands. Calls `before` before each command and `observe` after each one that succeeded. */
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

/** The parts of users and invitations that `kindOf` needs, copied before a step, which may delete them. */
const kindsOf = (state: RosterState): { readonly users: ReadonlyMap<string, UserKind>; readonly invitations: ReadonlyMap<string, UserKind> } => ({
  users: new Map([...state.users].map(([userId, { kind }]) => [userId, kind])),
  invitations: new Map([...state.invitations].map(([invitationId, { kind }]) => [invitationId, kind])),
});

function kindOf(event: RosterEvent, { users, invitations }: ReturnType<typeof kindsOf>): UserKind | undefined {
  switch (event.type) {
    case 'PartnerInvited':
      return 'PARTNER';
    case 'UserInvited':
    case 'AdminAppointed':
      return 'USER';
    case 'InvitationAccepted':
    case 'InvitationMoved':
      return event.data.kind;
    case 'InvitationResent':
    case 'InvitationRevoked':
    case 'InvitationDeclined':
    case 'InvitationExpired':
      return invitations.get(event.data.invitationId);
    case 'UserRoleChanged':
    case 'PersonBound':
    case 'UserRebound':
    case 'PersonUpdated':
    case 'PartnerLeftApp':
    case 'UserRemoved':
      return users.get(event.data.userId);
    case 'AppRegistered':
    case 'OwnerAdded':
    case 'LicencesSet':
    case 'AppRenamed':
    case 'ImportStarted':
    case 'ImportFinished':
      return undefined;
  }
}

describe('for any sequence of commands on an app', () => {
  it('available licences never go below zero, also as time passes', () => {
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

  it('a user and an address have at most one open invitation, and an active user has none', () => {
    always(({ state, now }) => {
      const open = [...state.invitations.values()].filter((invitation) => isOpen(invitation, now));
      expect(new Set(open.map(({ userId }) => userId)).size).toBe(open.length);
      expect(new Set(open.map(({ keapIdNormalized }) => keapIdNormalized)).size).toBe(open.length);
      for (const { userId } of open) expect(state.users.get(userId)?.status).toBe('INVITED');
    });
  });

  it('partners never change the licence usage', () => {
    inEveryLife(
      ({ state }) => ({ kinds: kindsOf(state), usageAt: fixedUsage(state) }),
      ({ state, now }, { events }, { kinds, usageAt }) => {
        if (events.every((event) => kindOf(event, kinds) === 'PARTNER')) expect(licenceUsage(state, now)).toEqual(usageAt(now));
      },
    );
  });

  it('no member joins again, and epochs count up', () => {
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

  it('a person has at most one active user', () => {
    always(({ state }) => {
      const active = [...state.users.values()].filter(({ status, personId }) => status === 'ACTIVE' && personId !== null);
      expect(new Set(active.map(({ personId }) => personId)).size).toBe(active.length);
    });
  });

  it('every invitation has a user', () => {
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

  it('no command of a partner changes who is an admin of kind USER, or is invited to be one', () => {
    const userAdmins = (state: RosterState, now: string): readonly string[] =>
      [...state.users.values()].filter((user) => isAdminUser(user) && ['ACTIVE', 'INVITED'].includes(statusAt(state, user, now))).map(({ userId, status }) => `${userId} ${status}`);
    const partnersOf = (state: RosterState): ReadonlySet<string> => new Set([...state.users.values()].flatMap(({ kind, status, personId }) => (kind === 'PARTNER' && status === 'ACTIVE' && personId !== null ? [personId] : [])));
    let tried = 0;
    inEveryLife(
      ({ state }) => structuredClone(state),
      ({ state }, { command, actor, now }, before) => {
        if (!partnersOf(before).has(actor.personId) || !['Invite', 'ResendInvitation', 'RevokeInvitation', 'ChangeUserRole', 'RemoveUser'].includes(command.type)) return;
        tried += 1;
        expect(userAdmins(state, now)).toEqual(userAdmins(before, now));
      },
    );
    expect(tried).toBeGreaterThan(5);
  });

  it('a reason is recorded as it was given, and nothing else goes by it', () => {
    let given = 0;
    inEveryLife(
      ({ state }) => structuredClone(state),
      (_, { command, actor, now, events }, before) => {
        if (!('reason' in command) || !['Invite', 'ChangeUserRole', 'RemoveUser'].includes(command.type)) return;
        const reasons = events.flatMap((event) => reasonGiven(event) ?? []);
        const withoutReason = (event: RosterEvent): object => ('reason' in event.data ? { ...event, data: { ...event.data, reason: null } } : event);
        expect(decideRoster({ ...command, reason: null } as RosterCommand, before, { actor, now })).toEqual(events.map(withoutReason));
        expect(reasons).toEqual(command.reason === null || events.length === 0 ? [] : [command.reason]);
        given += reasons.length;
      },
    );
    expect(given).toBeGreaterThan(100);
  });

  it('repeating the last command changes nothing', () => {
    const repeatable: readonly string[] = ['AcceptInvitation', 'DeclineInvitation', 'RevokeInvitation', 'ExpireInvitation', 'LeaveApp', 'RemoveUser', 'SetLicences', 'BindPerson', 'UpdatePerson', 'RebindUser'];
    always((roster, { command, actor, events }) => {
      // Closing an invitation of somebody who is in the app already is answered with a refusal.
      const isRefused = command.type === 'AcceptInvitation' && events.at(-1)?.type === 'InvitationDeclined';
      if (repeatable.includes(command.type)) expect(roster.decideOrRefuse(command, actor)).toEqual(isRefused ? null : []);
    });
  });

  it('the random sequences meet every rule', () => {
    const seen = new Map<string, number>();
    always((_, { events }) => events.forEach(({ type }) => seen.set(type, (seen.get(type) ?? 0) + 1)));
    const everything: RosterEvent['type'][] = [
      'UserInvited', 'PartnerInvited', 'InvitationResent', 'InvitationRevoked', 'InvitationDeclined', 'InvitationExpired', 'InvitationAccepted', 'UserRoleChanged', 'PersonBound', 'PersonUpdated', 'PartnerLeftApp', 'UserRemoved', 'LicencesSet', 'AdminAppointed', 'UserRebound',
    ];
    expect(everything.filter((type) => (seen.get(type) ?? 0) < 10)).toEqual([]);
  });
});

/** The licences of an earlier state, computed for a later time. */
function fixedUsage(state: RosterState): (now: string) => ReturnType<typeof licenceUsage> {
  const copy = structuredClone(state);
  return (now) => licenceUsage(copy, now);
}
