import fc from 'fast-check';
import { contactsDecider, type ContactsCommand } from '../../../src/domain/contacts/decide';
import type { ContactsState } from '../../../src/domain/contacts/state';
import { DomainError } from '../../../src/domain/domainError';
import type { ContactsEvent } from '../../../src/domain/events';
import { assign, close, reassign, reopen, unassign } from '../contactsCommands';
import { START } from '../moments';
import { userIdOf } from '../people';

const NAMES = ['ann', 'bob', 'eve'];

const name = fc.constantFrom(...NAMES);
const epoch = fc.integer({ min: 1, max: 3 });
const contactIds = fc.uniqueArray(fc.constantFrom('c1', 'c2', 'c3', 'c4', 'c5', 'c6'), { minLength: 1 });
const command: fc.Arbitrary<ContactsCommand> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(name, contactIds, epoch).map(([who, ids, join]) => assign(who, ids, join)) },
  { weight: 3, arbitrary: fc.tuple(name, name, contactIds, epoch).map(([from, to, ids, join]) => reassign(from, to, ids, join)) },
  { weight: 4, arbitrary: contactIds.map(unassign) },
  { weight: 2, arbitrary: fc.tuple(name, epoch).map(([who, join]) => close(who, join)) },
  { weight: 1, arbitrary: fc.tuple(name, epoch).map(([who, join]) => reopen(who, join)) },
);

/** Returns no events for a refusal by a rule. */
function decide(wish: ContactsCommand, state: ContactsState): ContactsEvent[] {
  try {
    return contactsDecider.decide(wish, state);
  } catch (error) {
    if (error instanceof DomainError) return [];
    throw error;
  }
}

/** Calls `observe` with each event and the state before it, then with the state after the step. */
function inEveryLife(observe: (event: ContactsEvent, before: ContactsState) => void, after: (state: ContactsState, wish: ContactsCommand) => void = () => undefined): void {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40, size: 'max' }), (life) => {
      const state = contactsDecider.initialState(NAMES.map(userIdOf), userIdOf('ann'));
      let revision = 0;
      for (const wish of life) {
        for (const event of decide(wish, state)) {
          observe(event, state);
          contactsDecider.evolve(state, { ...event, occurredAt: START, decidedAt: START, position: String(revision).padStart(16, '0'), revision, commandId: 'command', actorId: 'actor', keyed: false });
          revision += 1;
        }
        after(state, wish);
      }
    }),
    { numRuns: 200 },
  );
}

describe('for any sequence of commands on the contacts of an app', () => {
  it('the counts and the sample match the assignees', () => {
    inEveryLife(
      () => undefined,
      ({ assignees, counts, sample }) => {
        for (const userId of NAMES.map(userIdOf)) {
          const theirs = [...assignees].filter(([, assignee]) => assignee === userId).map(([contactId]) => contactId);
          expect(counts.get(userId)).toBe(theirs.length);
          if (sample?.userId === userId) expect([...sample.contactIds].sort()).toEqual(theirs.sort());
        }
      },
    );
  });

  it('a contact is assigned only when it has no assignee, and removed only from its assignee', () => {
    inEveryLife((event, { assignees }) => {
      if (event.type === 'ContactsAssigned') expect(event.data.contactIds.filter((id) => assignees.has(id))).toEqual([]);
      if (event.type === 'ContactsUnassigned') expect(event.data.contactIds.filter((id) => assignees.get(id) !== event.data.userId)).toEqual([]);
      if (event.type !== 'ContactsReassigned') return;
      expect(event.data.contactIds.filter((id) => assignees.get(id) !== event.data.fromUserId)).toEqual([]);
      expect(event.data.fromUserId).not.toBe(event.data.userId);
    });
  });

  it('no contact is assigned to a closed membership', () => {
    inEveryLife((event, { closures }) => {
      if (event.type === 'ContactsAssigned' || event.type === 'ContactsReassigned') expect(event.data.epoch).toBeGreaterThan(closures.get(event.data.userId)?.epoch ?? 0);
    });
  });

  it('a membership is closed only when no contact is assigned, and closings move to later epochs only', () => {
    inEveryLife((event, { counts, closures }) => {
      if (event.type !== 'AssigneeClosed') return;
      expect(counts.get(event.data.userId)).toBe(0);
      expect(event.data.epoch).toBeGreaterThan(closures.get(event.data.userId)?.epoch ?? 0);
    });
  });

  it('every event changes something', () => {
    inEveryLife((event) => {
      if ('contactIds' in event.data) expect(event.data.contactIds.length).toBeGreaterThan(0);
    });
  });

  it('repeating the last command changes nothing', () => {
    inEveryLife(
      () => undefined,
      (state, wish) => expect(decide(wish, state)).toEqual([]),
    );
  });
});
