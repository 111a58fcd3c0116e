import { parse } from 'csv-parse/sync';
import { historyCsv } from '../../src/application/exports/history';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import { AccessQueries } from '../../src/projections/periodsOfAccess/queries';
import { exportedEvents } from '../../src/proofs/events';
import { GivenApp } from '../support/givenApp';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';

type Row = Record<string, string>;

describe('the history as a table', () => {
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start();
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    app = await GivenApp.register(service);
  });

  async function tableOf(appId: string | null): Promise<readonly Row[]> {
    const { store, readModels, database, caughtUp } = service.running.membership;
    expect(await caughtUp(10_000)).toBe(true);
    const events = async function* (): AsyncGenerator<StoredEvent, void, undefined> {
      for await (const { event } of exportedEvents(store, { appId, from: null, to: null })) yield event;
    };
    let text = '';
    for await (const part of historyCsv(events(), { ...readModels, access: new AccessQueries(database) })) text += part;
    expect(text.startsWith('\ufefftime (UTC),app,account name,event,summary,')).toBe(true);
    return parse<Row>(text, { bom: true, columns: true });
  }

  it('says in sentences and names who did what to whom, with the role before and after and the reason', async () => {
    const { appId, owner } = app;
    const invited: Json = await owner.mutate('invitePartner', { appId, keapId: `paula@${appId}.example`, role: 'STANDARD', name: 'Paula', reason: 'Ticket 7;=1+1' }, 'user { userId } invitation { developmentToken }');
    const { user: { userId }, invitation } = invited;
    await owner.mutate('changeUserRole', { appId, userId, role: 'ADMIN' });
    const paula = await service.as(`paula@${appId}.example`);
    await paula.mutate('acceptInvitation', { token: invitation.developmentToken });
    await owner.mutate('changeUserRole', { appId, userId, role: 'STANDARD', reason: 'Campaign is over' });
    await owner.mutate('assignContacts', { appId, userId, contactIds: ['c1', 'c2'] });
    const { userId: other } = await app.join('Paul');
    await owner.mutate('reassignContacts', { appId, fromUserId: userId, toUserId: other });
    await paula.mutate('leaveApp', { appId, confirmAppId: appId });
    const rows = await tableOf(appId);
    const told = rows.filter(({ event, subject }) => subject === 'Paula' || event === 'ContactsReassigned' || event === 'AppRegistered')
      .map((row) => [row['event'], row['summary'], row['actor'], row['acted as'], row['subject'], row['role before'], row['role after'], row['reason']]);
    expect(told).toEqual([
      ['AppRegistered', expect.stringContaining('registered the app Keap Pro Recording with 5 licences.'), 'operator@example.com', 'operator', `${appId} Keap Pro Recording`, '', '', ''],
      ['PartnerInvited', "Olivia Owner invited Paula as a partner with the role STANDARD, with the reason \"Ticket 7;'=1+1\".", 'Olivia Owner', 'member', 'Paula', '', 'STANDARD', "Ticket 7;'=1+1"],
      ['UserRoleChanged', 'Olivia Owner changed the role of Paula from STANDARD to ADMIN.', 'Olivia Owner', 'member', 'Paula', 'STANDARD', 'ADMIN', ''],
      ['InvitationAccepted', 'Paula joined as a partner with the role ADMIN.', 'Paula', 'member', 'Paula', '', 'ADMIN', ''],
      ['UserRoleChanged', 'Olivia Owner changed the role of Paula from ADMIN to STANDARD, with the reason "Campaign is over".', 'Olivia Owner', 'member', 'Paula', 'ADMIN', 'STANDARD', 'Campaign is over'],
      ['ContactsAssigned', 'Olivia Owner assigned 2 contacts to Paula.', 'Olivia Owner', 'member', 'Paula', '', '', ''],
      ['ContactsReassigned', 'Olivia Owner passed 2 contacts from Paula to Paul.', 'Olivia Owner', 'member', 'Paul', '', '', ''],
      ['AssigneeClosed', expect.any(String), 'Paula', 'member', 'Paula', '', '', ''],
      ['PartnerLeftApp', 'Paula left the app.', 'Paula', 'member', 'Paula', 'STANDARD', '', ''],
    ]);
    for (const row of rows) {
      expect(row['time (UTC)']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      expect([row['account name'], row['hash']?.length, row['subject'] === '']).toEqual([`${appId} Keap Pro Recording`, 64, false]);
    }
  });

  it('of the whole log holds what operators and auditors did outside of apps, and what only the service needs', async () => {
    const auditor = await service.as('auditor@example.com', 'auditor');
    await auditor.read('query ($appId: ID) { membershipEvents(filter: { appId: $appId }) { nodes { eventId } } }', { appId: app.appId });
    const rows = await tableOf(null);
    const positions: string[] = [];
    for await (const { position } of service.running.membership.store.readAll()) positions.push(position);
    expect(rows.map((row) => row['position'])).toEqual(positions);
    expect(rows.find(({ event }) => event === 'AuditorRead')).toMatchObject({ 'actor Keap ID': 'auditor@example.com', 'acted as': 'auditor', summary: `auditor@example.com read membershipEvents of ${app.appId}.` });
    expect(rows.find(({ event }) => event === 'KeapIdBound')).toMatchObject({ summary: 'The service kept this for itself.', subject: '' });
  });
});
