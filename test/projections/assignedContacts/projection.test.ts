import fc from 'fast-check';
import { emptyContacts, evolveContacts } from '../../../src/domain/contacts/state';
import type { ContactsEvent } from '../../../src/domain/events';
import { contactsDecider, type ContactsCommand } from '../../../src/domain/contacts/decide';
import { DomainError } from '../../../src/domain/domainError';
import { APP_ID, at, EventLog } from '../eventLog';
import { ProjectedTables } from '../projectedTables';

const USERS = ['ann', 'bob', 'eve'];
const CONTACTS = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'];

const commands: fc.Arbitrary<ContactsCommand> = fc.oneof(
  fc.record({ type: fc.constant('AssignContacts' as const), userId: fc.constantFrom(...USERS), epoch: fc.integer({ min: 1, max: 3 }), contactIds: fc.subarray(CONTACTS, { minLength: 1 }) }),
  fc.record({ type: fc.constant('UnassignContacts' as const), contactIds: fc.subarray(CONTACTS, { minLength: 1 }) }),
  fc.record({ type: fc.constant('ReassignContacts' as const), fromUserId: fc.constantFrom(...USERS), userId: fc.constantFrom(...USERS), epoch: fc.integer({ min: 1, max: 3 }), contactIds: fc.subarray(CONTACTS, { minLength: 1 }) }),
  fc.record({ type: fc.constant('CloseAssignee' as const), userId: fc.constantFrom(...USERS), epoch: fc.integer({ min: 1, max: 3 }), leaveId: fc.constantFrom('l1', 'l2'), reason: fc.constant('REMOVAL' as const), removalReason: fc.constantFrom(null, 'Ticket 4713') }),
  fc.record({ type: fc.constant('ReopenAssignee' as const), userId: fc.constantFrom(...USERS), epoch: fc.integer({ min: 1, max: 3 }), leaveId: fc.constantFrom('l1', 'l2') }),
);

const project = (log: EventLog) => ProjectedTables.of(log.events, at(500)).readModels.assignedContacts;
const slice = { contactIds: CONTACTS, userIds: USERS, sampleUserId: 'ann', sampleSize: 3 };

describe('assigned contacts', () => {
  it('equal the state of the contacts stream at every revision, for any history', () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 40, size: 'max' }), (history) => {
        const log = new EventLog();
        const state = emptyContacts(USERS, 'ann');
        const closings = new Map<string, string>();
        for (const command of history) {
          for (const event of decideOrRefuse(command, state)) {
            const { position, revision, occurredAt } = log.contacts(event.type, event.data);
            evolveContacts(state, { ...event, position, revision, occurredAt, decidedAt: occurredAt, commandId: 'c', actorId: 'a', keyed: false });
            if (event.type === 'AssigneeClosed') closings.set(`${event.data.userId} ${event.data.epoch}`, event.data.leaveId);
            if (event.type === 'AssigneeReopened') closings.delete(`${event.data.userId} ${event.data.epoch}`);
          }
        }
        const tables = ProjectedTables.of(log.events, at(500));
        const { assignedContacts } = tables.readModels;
        const seen = assignedContacts.contactsSlice(APP_ID, slice);
        expect([seen.revision, seen.position, seen.occurredAt ?? '']).toEqual([state.revision, state.position, state.lastOccurredAt]);
        expect(seen.assignees).toEqual(state.assignees);
        expect(seen.counts).toEqual(state.counts);
        expect(seen.sample).toEqual([...state.sample!.contactIds].sort().slice(0, 3));
        expect(new Map(seen.closures.map(({ userId, epoch, leaveId }) => [`${userId} ${epoch}`, leaveId]))).toEqual(closings);
        for (const userId of USERS) {
          expect(assignedContacts.contactsPage(APP_ID, userId, { first: 200 }).nodes).toHaveLength(state.counts.get(userId)!);
        }
        tables.close();
      }),
      { numRuns: 200 },
    );
  });

  it('are at revision -1 before the first contacts event', () => {
    expect(project(new EventLog()).contactsSlice(APP_ID, { contactIds: ['c1'], userIds: ['ann'] })).toEqual({
      revision: -1, position: '', occurredAt: null, assignees: new Map(), closures: [], counts: new Map([['ann', 0]]), sample: [],
    });
  });

  it('are separate per app, and counted per user', () => {
    const log = new EventLog();
    log.contacts('ContactsAssigned', { userId: 'ann', epoch: 1, contactIds: ['c1', 'c2'] });
    log.contacts('ContactsAssigned', { userId: 'ann', epoch: 1, contactIds: ['c1'] }, undefined, 'other');
    const contacts = project(log);
    expect(contacts.counts([{ appId: APP_ID, userId: 'ann' }, { appId: 'other', userId: 'ann' }, { appId: APP_ID, userId: 'bob' }])).toEqual([
      { appId: APP_ID, userId: 'ann', count: 2 },
      { appId: 'other', userId: 'ann', count: 1 },
    ]);
    expect(contacts.contactIdsOf(APP_ID, 'ann', 1)).toEqual(['c1']);
    expect(contacts.contactsSlice('other', slice).assignees).toEqual(new Map([['c1', 'ann']]));
  });

  it('are listed in pages by id, with the time of the current assignment', () => {
    const log = new EventLog();
    log.contacts('ContactsAssigned', { userId: 'ann', epoch: 1, contactIds: ['c3', 'c1', 'c2'] });
    log.contacts('ContactsAssigned', { userId: 'bob', epoch: 1, contactIds: ['c4'] });
    log.contacts('ContactsReassigned', { fromUserId: 'bob', userId: 'ann', epoch: 1, contactIds: ['c4'] });
    const contacts = project(log);
    const first = contacts.contactsPage(APP_ID, 'ann', { first: 3 });
    expect(first.nodes).toEqual(['c1', 'c2', 'c3'].map((contactId) => ({ contactId, assignedAt: at(1) })));
    expect(first.pageInfo.hasNextPage).toBe(true);
    expect(contacts.contactsPage(APP_ID, 'ann', { first: 3, after: first.pageInfo.endCursor }).nodes).toEqual([{ contactId: 'c4', assignedAt: at(3) }]);
    expect(contacts.contactsPage(APP_ID, 'ann', { last: 1 }).nodes).toEqual([{ contactId: 'c4', assignedAt: at(3) }]);
  });

  it('can be looked up by more ids than one statement takes', () => {
    const log = new EventLog();
    const contactIds = [...Array(1_200).keys()].map((index) => `contact ${index}`);
    log.contacts('ContactsAssigned', { userId: 'ann', epoch: 1, contactIds: contactIds.slice(0, 1_000) });
    expect(project(log).contactsSlice(APP_ID, { contactIds, userIds: [] }).assignees.size).toBe(1_000);
  });
});

describe('closings', () => {
  const closed = (log: EventLog, userId: string, leaveId: string, removalReason: string | null = null) =>
    log.contacts('AssigneeClosed', { userId, epoch: 1, leaveId, reason: removalReason === null ? 'LEAVE' : 'REMOVAL', removalReason });

  it('are open until the roster holds their departure', () => {
    const log = new EventLog();
    const event = closed(log, 'ann', 'l1', 'Ticket 4713');
    closed(log, 'bob', 'l2');
    closed(log, 'eve', 'l3');
    log.contacts('AssigneeReopened', { userId: 'bob', epoch: 1, leaveId: 'l2' });
    expect(project(log).openClosures(10).map(({ userId }) => userId)).toEqual(['ann', 'eve']);
    expect(project(log).openClosures(1)).toEqual([
      { appId: APP_ID, userId: 'ann', epoch: 1, leaveId: 'l1', reason: 'REMOVAL', removalReason: 'Ticket 4713', actorId: 'actor', correlationId: 'correlation', commandId: 'command 1', eventId: event.id, closedAt: at(1) },
    ]);
    log.roster('PartnerLeftApp', { userId: 'ann', epoch: 1, leaveId: 'l1' });
    log.roster('UserRemoved', { userId: 'eve', epoch: 1, leaveId: 'another' });
    expect(project(log).openClosures(10).map(({ userId }) => userId)).toEqual(['eve']);
    expect(project(log).contactsSlice(APP_ID, { contactIds: [], userIds: ['ann'] }).closures).toHaveLength(1);
  });
});

describe('reassignments of all contacts', () => {
  it('are open from their start to their end', () => {
    const log = new EventLog();
    const started = log.contacts('ReassignmentStarted', { reassignmentId: 'r1', fromUserId: 'ann', userId: 'bob', epoch: 2, removal: { epoch: 1, leaveId: 'l1', reason: 'Ticket 4713' } });
    log.contacts('ReassignmentStarted', { reassignmentId: 'r2', fromUserId: 'eve', userId: 'bob', epoch: 2, removal: null });
    expect(project(log).openReassignmentIds(APP_ID)).toEqual(['r1', 'r2']);
    expect(project(log).openReassignments(10)).toEqual([
      { appId: APP_ID, reassignmentId: 'r1', fromUserId: 'ann', userId: 'bob', epoch: 2, removal: { epoch: 1, leaveId: 'l1', reason: 'Ticket 4713' }, actorId: 'actor', correlationId: 'correlation', eventId: started.id, startedAt: at(1) },
      expect.objectContaining({ reassignmentId: 'r2', removal: null }),
    ]);
    log.contacts('ReassignmentFinished', { reassignmentId: 'r1', complete: true });
    expect(project(log).openReassignments(10).map(({ reassignmentId }) => reassignmentId)).toEqual(['r2']);
    expect(project(log).openReassignmentIds('other')).toEqual([]);
  });
});

function decideOrRefuse(command: ContactsCommand, state: ReturnType<typeof emptyContacts>): ContactsEvent[] {
  try {
    return contactsDecider.decide(command, state);
  } catch (error) {
    if (error instanceof DomainError) return [];
    throw error;
  }
}
