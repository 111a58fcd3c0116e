import fc from 'fast-check';
import type { Recorded, RosterEvent } from '../../../src/domain/events';
import { rosterDecider } from '../../../src/domain/roster/decide';
import { forkedRoster, isLastAdmin, licenceUsage, type RosterState, statusAt } from '../../../src/domain/roster/state';
import { OverlayTable } from '../../../src/domain/roster/tables';
import { after, DAY } from '../moments';
import { plainRoster } from '../plainRoster';
import { RandomRoster, wishes } from '../randomRoster';

const folded = (events: readonly Recorded<RosterEvent>[], state: RosterState): RosterState => events.reduce((one, event) => rosterDecider.evolve(one, event), state);

describe('an overlay', () => {
  it('shows what a copy of the table below would, and leaves that one as it is', () => {
    const change = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), value: fc.option(fc.nat(3), { nil: null }) });
    fc.assert(
      fc.property(fc.array(change), fc.array(change), (first, second) => {
        const below = new Map<string, number>();
        for (const { key, value } of first) {
          if (value === null) below.delete(key);
          else below.set(key, value);
        }
        const before = new Map(below);
        const copy = new Map(below);
        const overlay = new OverlayTable(below);
        for (const { key, value } of second) {
          if (value === null) expect(overlay.delete(key)).toBe(copy.delete(key));
          else {
            overlay.set(key, value);
            copy.set(key, value);
          }
        }
        expect(new Map(overlay)).toEqual(copy);
        expect(overlay.size).toBe(copy.size);
        expect([...overlay.values()].sort()).toEqual([...copy.values()].sort());
        for (const key of 'abcde') expect([overlay.get(key), overlay.has(key)]).toEqual([copy.get(key), copy.has(key)]);
        expect(below).toEqual(before);
      }),
    );
  });

  it('of a roster becomes what the roster would, which stays as it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), wishes, fc.nat(), (licences, life, cut) => {
        const roster = new RandomRoster(licences);
        for (const wish of life) roster.grant(wish);
        const { recorded } = roster;
        const until = cut % (recorded.length + 1);
        const below = folded(recorded.slice(0, until), { ...rosterDecider.initialState(), appId: roster.state.appId });
        const before = plainRoster(below);
        const fork = folded(recorded.slice(until), forkedRoster(below));
        expect(plainRoster(fork)).toEqual(plainRoster(roster.state));
        expect(plainRoster(below)).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the sums of a roster', () => {
  it('are those of its users, at any time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), wishes, (licences, life) => {
        const roster = new RandomRoster(licences);
        for (const wish of life) roster.grant(wish);
        const { state } = roster;
        const users = [...state.users.values()];
        const admins = users.filter(({ kind, role, status }) => kind === 'USER' && role === 'ADMIN' && status === 'ACTIVE');
        expect(users.filter((user) => isLastAdmin(state, user))).toEqual(admins.length === 1 ? admins : []);
        for (const now of [-9 * DAY, -7 * DAY, -1, 0, 1, 3 * DAY, 7 * DAY, 8 * DAY].map((ms) => after(ms, roster.now))) {
          const counted = (status: string): number => users.filter((user) => user.kind === 'USER' && statusAt(state, user, now) === status).length;
          expect(licenceUsage(state, now)).toMatchObject({ used: counted('ACTIVE'), reserved: counted('INVITED') });
        }
      }),
      { numRuns: 60 },
    );
  });
});
