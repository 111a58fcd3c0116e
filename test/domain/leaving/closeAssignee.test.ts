import { contactsDecider } from '../../../src/domain/contacts/decide';
import { assign, close, reopen } from '../contactsCommands';
import { assigned, closed, reassigned, reopened, unassigned } from '../contactsHistory';
import { givenContacts } from '../given';

const users = ['user-ann', 'user-bob'];

describe('closing an assignee before leaving or removal', () => {
  it('succeeds once when no contact is assigned', () => {
    for (const reason of ['LEAVE', 'REMOVAL'] as const) givenContacts(users).when(close('ann', 1, reason)).then([closed('ann', 1, reason)]).when(close('ann', 1, reason)).then([]);
    givenContacts(users, assigned('bob', ['b1'])).when(close('ann')).then([closed('ann')]);
  });

  it('records why the user is removed', () => {
    givenContacts(users).when(close('ann', 1, 'REMOVAL', 'Has left the company')).then([closed('ann', 1, 'REMOVAL', 'Has left the company')]);
  });

  it('is refused while a contact is assigned, with the count, five ids and the position checked', () => {
    const contactIds = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'];
    givenContacts(users, assigned('ann', contactIds), unassigned('ann', ['c2']))
      .when(close('ann'))
      .thenRefuses('HAS_ASSIGNED_CONTACTS', { count: 6, sample: ['c1', 'c3', 'c4', 'c5', 'c6'], position: '0000000000000001' });
    givenContacts(users, assigned('ann', ['c1'])).when(close('ann', 1, 'REMOVAL')).thenRefuses('HAS_ASSIGNED_CONTACTS', { count: 1, sample: ['c1'], position: '0000000000000000' });
  });

  it('states the number of contacts and what to do', () => {
    const messageOf = (count: number, reason: 'LEAVE' | 'REMOVAL') => (): unknown =>
      contactsDecider.decide(close('ann', 1, reason), givenContacts(users, assigned('ann', Array.from({ length: count }, (_, index) => `c${index}`))).state());
    expect(messageOf(1, 'LEAVE')).toThrow('1 contact is assigned to this person. Ask an admin to reassign them first.');
    expect(messageOf(1200, 'REMOVAL')).toThrow('1,200 contacts are assigned to this person. Name an active member to take them over.');
  });

  it('counts contacts reassigned to the user, and none reassigned to others', () => {
    givenContacts(users, assigned('bob', ['b1']), reassigned('bob', 'ann', ['b1'])).when(close('ann')).thenRefuses('HAS_ASSIGNED_CONTACTS');
    givenContacts(users, assigned('ann', ['a1']), reassigned('ann', 'bob', ['a1'])).when(close('ann')).then([closed('ann')]);
  });

  it('succeeds after the last contact is gone', () => {
    givenContacts(users, assigned('ann', ['c1']), unassigned('ann', ['c1'])).when(close('ann')).then([closed('ann')]);
  });

  it('keeps the first closing', () => {
    givenContacts(users, closed('ann')).when({ ...close('ann', 1, 'REMOVAL'), leaveId: 'another' }).then([]);
  });

  it('closes a later membership, and never an earlier one, which would reopen the later one', () => {
    const story = givenContacts(users, closed('ann', 1), closed('ann', 2));
    story.when(close('ann', 1)).then([]);
    story.when({ ...close('ann', 1), leaveId: 'another' }).then([]).when(assign('ann', ['c1'], 2)).thenRefuses('ASSIGNEE_NOT_ACTIVE');
    story.when(close('ann', 3)).then([closed('ann', 3)]);
  });

  it('excludes a concurrent assignment: the first append wins', () => {
    givenContacts(users).when(close('ann')).then([closed('ann')]).when(assign('ann', ['c1'])).thenRefuses('ASSIGNEE_NOT_ACTIVE');
    givenContacts(users).when(assign('ann', ['c1'])).then([assigned('ann', ['c1'])]).when(close('ann')).thenRefuses('HAS_ASSIGNED_CONTACTS');
  });
});

describe('reopening an assignee', () => {
  it('happens once, for the named closing', () => {
    givenContacts(users, closed('ann')).when(reopen('ann')).then([reopened('ann')]).when(reopen('ann')).then([]);
  });

  it('changes nothing for another closing or without one', () => {
    givenContacts(users, closed('ann')).when({ ...reopen('ann'), leaveId: 'another' }).then([]);
    givenContacts(users, closed('ann', 2)).when({ ...reopen('ann', 1), leaveId: 'leave-ann-2' }).then([]);
    givenContacts(users).when(reopen('ann')).then([]);
    givenContacts(users, closed('ann', 2), reopened('ann', 1)).when(assign('ann', ['c1'], 2)).thenRefuses('ASSIGNEE_NOT_ACTIVE');
  });
});
