import fc from 'fast-check';
import { foldReadModels } from '../../../src/projections/past/asOf';
import type { ReadModels } from '../../../src/projections/readModels';
import { USER_STATUSES } from '../../../src/projections/userList/rows';
import { APP_ID, at, EventLog } from '../eventLog';
import { ProjectedTables } from '../projectedTables';
import { ScriptedEventStore } from '../scriptedEventStore';

const NOW = at(10_000);

/** Two interleaved apps, with every kind of event that the read models apply. */
function story(): EventLog {
  const log = new EventLog();
  log.register();
  log.register('other');
  log.invite('ann', { expiresAt: at(12), kind: 'USER' });
  log.invite('bob', { name: 'Bob' });
  log.accept('bob', { name: 'Bob' });
  log.join('eve', { appId: 'other' });
  log.contacts('ContactsAssigned', { userId: 'bob', epoch: 1, contactIds: ['c1', 'c2'] });
  log.label('bob', 'Mine');
  log.contacts('ContactsAssigned', { userId: 'eve', epoch: 1, contactIds: ['c9'] }, undefined, 'other');
  log.contacts('ContactsUnassigned', { userId: 'bob', contactIds: ['c1', 'c2'] });
  log.contacts('AssigneeClosed', { userId: 'bob', epoch: 1, leaveId: 'l', reason: 'LEAVE', removalReason: null });
  log.roster('PartnerLeftApp', { userId: 'bob', epoch: 1, leaveId: 'l' });
  return log;
}

const BOB = { personId: 'person-bob', keapIdNormalized: 'bob@acme.com' };

function seenOf({ userList, accountCentral, assignedContacts }: ReadModels): object {
  return {
    app: userList.app(APP_ID),
    users: userList.usersPage(APP_ID, { statuses: USER_STATUSES }, { field: 'NAME', direction: 'ASC' }, {}).nodes,
    licences: userList.licenceUsage([APP_ID]),
    account: accountCentral.account(BOB, APP_ID),
    received: accountCentral.receivedInvitations({ personId: 'person-ann', keapIdNormalized: 'ann@acme.com' }),
    contacts: assignedContacts.contactsSlice(APP_ID, { contactIds: ['c1', 'c2'], userIds: ['bob'] }),
    open: assignedContacts.openClosures(10),
  };
}

describe('read models as of a moment', () => {
  it('equal a replay of the log up to that moment, by position and by time', async () => {
    const log = story();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: log.events.length }), fc.boolean(), async (count, byTime) => {
        const last = log.events[count - 1]!;
        const own = log.events.slice(0, count).filter(({ stream }) => stream.endsWith(APP_ID) || stream.startsWith('account-'));
        const asOf = byTime ? { time: last.occurredAt } : { position: last.position };
        const past = await foldReadModels({ store: new ScriptedEventStore(log.events), appIds: [APP_ID], labelUserIds: ['bob'], asOf, now: NOW });
        const replayed = ProjectedTables.of(own, past.time);
        expect(seenOf(past.readModels)).toEqual(seenOf(replayed.readModels));
        expect(past.position).toBe(own.at(-1)!.position);
        expect(past.time).toBe(byTime ? last.occurredAt : own.at(-1)!.occurredAt);
        past.close();
        replayed.close();
      }),
      { numRuns: 60 },
    );
  });

  it('read no stream beyond the requested moment', async () => {
    const log = story();
    const store = new ScriptedEventStore(log.events);
    const past = await foldReadModels({ store, appIds: [APP_ID], asOf: { position: '00000002' }, now: NOW });
    expect(past.readModels.userList.usersByIds([{ appId: APP_ID, userId: `owner-${APP_ID}` }])).toHaveLength(1);
    expect(store.eventsRead).toBe(4);
    past.close();
  });

  it('use the clock of that moment: an invitation that has expired since is open', async () => {
    const log = story();
    const statusAt = async (asOf: { readonly time: string } | { readonly position: string }): Promise<string | undefined> => {
      const past = await foldReadModels({ store: new ScriptedEventStore(log.events), appIds: [APP_ID], asOf, now: NOW });
      const [ann] = past.readModels.userList.usersByIds([{ appId: APP_ID, userId: 'ann' }]);
      past.close();
      return ann?.status;
    };
    expect(await statusAt({ time: at(4) })).toBeUndefined();
    expect(await statusAt({ time: at(11) })).toBe('INVITED');
    expect(await statusAt({ time: at(12) })).toBe('EXPIRED');
    expect(await statusAt({ position: '00000010' })).toBe('INVITED');
    expect(await statusAt({ position: '00000015' })).toBe('EXPIRED');
  });

  it('of a future time are those of now', async () => {
    const log = story();
    const future = await foldReadModels({ store: new ScriptedEventStore(log.events), appIds: [APP_ID], asOf: { time: at(99_999) }, now: at(11) });
    expect(future.time).toBe(at(11));
    expect(future.readModels.now()).toBe(at(11));
    expect(future.readModels.userList.usersByIds([{ appId: APP_ID, userId: 'ann' }])[0]?.status).toBe('INVITED');
    future.close();
  });

  it('are empty before the app was registered', async () => {
    const past = await foldReadModels({ store: new ScriptedEventStore(story().events), appIds: [APP_ID], asOf: { position: '' }, now: NOW });
    expect(past.readModels.userList.app(APP_ID)).toBeUndefined();
    expect([past.position, past.time]).toEqual(['', NOW]);
    past.close();
  });

  it('are refused when an event cannot be applied', async () => {
    const log = story();
    log.add('app-gx624', 'LicencesSet', { licences: 1 }, undefined, 99);
    const folding = foldReadModels({ store: new ScriptedEventStore(log.events), appIds: [APP_ID], asOf: { time: NOW }, now: NOW });
    await expect(folding).rejects.toThrow(/The past cannot be read.*LicencesSet at revision 6 of app-gx624/);
  });
});
