import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import type { Person } from '../../support/person';

const OWNER = 'olivia@keap.example';
const COACH = 'coach@partner.example';

describe('the page of a person', () => {
  const given = new GivenConsole();
  let owner: Person;
  let operator: Person;
  beforeAll(async () => {
    [owner, operator] = await Promise.all([given.service.as(OWNER), given.service.as('operator@keap.example', 'operator')]);
  });

  let apps = 0;
  /** An app of its own with a partner who was invited, and joined unless that is not wanted. */
  async function partner(isJoined = true): Promise<{ readonly appId: string; readonly userId: string; readonly path: string }> {
    apps += 1;
    const appId = `group${apps}`;
    await operator.mutate('registerApp', { appId, name: 'Group', licences: 5, ownerKeapId: OWNER, ownerName: 'Olivia Owner' });
    const { user: { userId } } = await owner.mutate('invitePartner', { appId, keapId: COACH, name: 'Carla Coach', role: 'STANDARD' }, 'user { userId }');
    if (isJoined) await join(appId);
    return { appId, userId, path: `/users/${userId}?app=${appId}` };
  }
  async function join(appId: string): Promise<void> {
    const coach = await given.service.as(COACH);
    const { accountCentral: { invitations } } = await coach.read('{ accountCentral { invitations { appId invitationId } } }');
    const { invitationId } = invitations.find((invitation: { readonly appId: string }) => invitation.appId === appId);
    await coach.mutate('acceptInvitation', { appId, invitationId });
  }
  const sentences = (console: ConsolePage, block: string | RegExp): Promise<readonly string[]> =>
    console.page.getByRole('region', { name: block }).locator('[data-told]').allTextContents();

  it('says why somebody has access, when they had it, and what happened', async () => {
    const { appId, userId } = await partner();
    await (await given.service.as(COACH)).mutate('leaveApp', { appId, confirmAppId: appId });
    await owner.mutate('invitePartner', { appId, keapId: COACH, role: 'STANDARD' });
    await join(appId);
    await owner.mutate('changeUserRole', { appId, userId, role: 'ADMIN' });
    await owner.mutate('assignContacts', { appId, userId, contactIds: ['c1', 'c2'] });
    const console = await given.tab();
    const page = await console.signInAs('Olivia Owner', `/users?app=${appId}`);
    await page.getByRole('link', { name: 'Carla Coach' }).click();
    await console.heading('Carla Coach').waitFor();
    await page.locator('h1:focus').waitFor();
    const why = page.getByRole('region', { name: 'Why Carla Coach has access' });
    await why.locator('[data-event="UserRoleChanged"]').getByText('Role: Admin').waitFor();
    await why.locator('[data-event="InvitationAccepted"]').getByText('Status: Active').waitFor();
    expect(await sentences(console, /^Why/)).toEqual([
      'Olivia Owner invited Carla Coach as a partner with the role Standard.',
      'Carla Coach joined as a partner with the role Standard.',
      'Olivia Owner changed the role of Carla Coach from Standard to Admin.',
    ]);
    await page.locator('[data-periods="3"]').waitFor();
    const periods = await page.getByRole('region', { name: 'Periods of access' }).getByRole('listitem').allTextContents();
    expect(periods.map((text) => text.replace(/^.*: /, ''))).toEqual(['Partner, Admin', 'Partner, Standard', 'Partner, Standard']);
    expect(periods[0]).toContain('Since ');
    await page.locator('[data-contacts="2"]').waitFor();
    await page.getByRole('list', { name: 'Assigned contacts' }).getByText('c2').waitFor();
    await page.getByRole('region', { name: 'History' }).locator('[data-event="ContactsAssigned"]').waitFor();
    expect(await sentences(console, 'History')).toEqual([
      'Olivia Owner assigned 2 contacts to Carla Coach.',
      'Olivia Owner changed the role of Carla Coach from Standard to Admin.',
      'Carla Coach joined as a partner with the role Standard.',
      'Olivia Owner invited Carla Coach as a partner with the role Standard.',
      'Carla Coach left the app.',
      'Carla Coach can be assigned no more contacts, since they are leaving.',
      'Carla Coach joined as a partner with the role Standard.',
      'Olivia Owner invited Carla Coach as a partner with the role Standard.',
    ]);
    expect(await console.violations()).toEqual([]);
  });

  it('has the same actions as the list, and follows what others do', async () => {
    const { appId, userId, path } = await partner(false);
    const [console, other] = [await given.tab(), await given.tab()];
    const page = await console.signInAs('Olivia Owner', path);
    await other.signInAs('Olivia Owner', path);
    const act = async (action: string): Promise<void> => {
      await page.getByRole('button', { name: 'Actions for' }).click();
      await page.getByRole('menuitem', { name: action }).click();
    };
    await page.getByText('Partners never count').waitFor();
    expect(await page.getByText('Reserved by the invitation').count()).toBe(0);
    await act('Send the invitation again');
    await page.getByText('sent 2 times').waitFor();
    await act('Revoke the invitation');
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke the invitation' }).click();
    for (const each of [page, other.page]) await each.locator('[data-status="REVOKED"]').waitFor();
    await other.page.getByRole('region', { name: 'History' }).getByText('revoked the invitation of Carla Coach').waitFor();
    await other.heading('Carla Coach').waitFor();
    await owner.mutate('invitePartner', { appId, keapId: COACH, role: 'STANDARD' });
    await join(appId);
    for (const each of [page, other.page]) await each.locator('[data-status="ACTIVE"]').waitFor();
    await other.page.locator('[data-announcer]').getByText('has changed: Active.').waitFor({ state: 'attached' });
    await act('Make an admin');
    await page.getByRole('dialog').getByRole('button', { name: 'Make an admin' }).click();
    await other.page.getByRole('region', { name: /^Why/ }).getByText('from Standard to Admin').waitFor();
    await owner.mutate('assignContacts', { appId, userId, contactIds: ['c1'] });
    await page.locator('[data-contacts="1"]').waitFor();
    await act('Remove from the app');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox').click();
    await page.getByRole('option', { name: 'Olivia Owner' }).click();
    expect(await console.violations()).toEqual([]);
    await dialog.getByRole('button', { name: 'Remove' }).click();
    for (const each of [page, other.page]) await each.locator('[data-status="REMOVED"]').waitFor();
    await page.getByRole('region', { name: 'Why Carla Coach has no access' }).getByText('removed Carla Coach from the app').waitFor();
    await page.getByRole('region', { name: 'History' }).getByText('passed 1 contact from Carla Coach to Olivia Owner').waitFor();
    expect(await page.getByRole('button', { name: 'Actions for' }).count()).toBe(0);
    expect(await console.violations()).toEqual([]);
  });

  it('shows further contacts and earlier events on demand', async () => {
    const { appId, userId, path } = await partner();
    for (let turn = 0; turn < 12; turn += 1) {
      await owner.mutate('assignContacts', { appId, userId, contactIds: Array.from({ length: 5 }, (_, index) => `c${turn}-${index}`) });
      await owner.mutate('changeUserRole', { appId, userId, role: turn % 2 === 0 ? 'ADMIN' : 'STANDARD' });
    }
    const console = await given.tab();
    const page = await console.signInAs('Olivia Owner', path);
    const contacts = page.getByRole('list', { name: 'Assigned contacts' }).getByRole('listitem');
    const events = page.getByRole('region', { name: 'History' }).locator('[data-event]');
    await contacts.nth(49).waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await contacts.nth(59).waitFor();
    await events.nth(19).waitFor();
    expect(await events.count()).toBe(20);
    await page.getByRole('region', { name: 'History' }).getByRole('button', { name: 'Show earlier' }).click();
    await events.nth(25).waitFor();
    expect(await events.last().getAttribute('data-event')).toBe('PartnerInvited');
    await page.locator('[data-periods="13"]').waitFor();
  });

  it('tells events in the language of the person', async () => {
    const { path } = await partner();
    const console = await given.tab({ locale: 'de-AT' });
    await console.page.goto(`${given.service.url}${path}`);
    await console.page.getByRole('button', { name: 'Olivia Owner' }).click();
    await console.page.getByRole('region', { name: 'Warum Carla Coach Zugang hat' }).getByText('Olivia Owner hat Carla Coach als Partner eingeladen, mit der Rolle Standard.').waitFor();
  });

  it('shows the facts to people who may not read the history, and nothing to strangers and operators', async () => {
    const { path } = await partner();
    const [member, stranger, otis] = [await given.tab(), await given.tab(), await given.tab()];
    const page = await member.signInAs(COACH, path);
    await page.getByText('Only admins of the app and auditors see what happened').waitFor();
    expect(await page.locator('[data-event]').count()).toBe(0);
    expect(await member.violations()).toEqual([]);
    await stranger.signInAs('Paul Coach', path);
    await stranger.heading('You may not see this').waitFor();
    await otis.signInAs('Otis Operator', path);
    await otis.heading('You may not see this').waitFor();
    expect(await otis.violations()).toEqual([]);
  });

  it('is shown to auditors, and says when there is no such person', async () => {
    const { appId, path } = await partner();
    const console = await given.tab();
    const page = await console.signInAs('Ada Auditor', path);
    await page.getByRole('region', { name: /^Why/ }).locator('[data-event="InvitationAccepted"]').waitFor();
    expect(await page.getByRole('button', { name: 'Actions for' }).count()).toBe(0);
    const lost = await given.tab();
    await lost.signInAs('Ada Auditor', `/users/nobody?app=${appId}`);
    await lost.heading('There is no such person in this app').waitFor();
    expect(await lost.violations()).toEqual([]);
    await lost.page.getByRole('link', { name: `Users of ${appId} Group` }).click();
    await lost.heading('Users').waitFor();
  });

  it('says what went wrong, and reads again', async () => {
    const { path } = await partner();
    const console = await given.tab();
    let isBroken = true;
    await console.page.route('**/graphql', (route) => (isBroken && route.request().postData()?.includes('query User(') === true
      ? route.fulfill({ json: { errors: [{ message: 'The service has a fault. Try again later.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] } })
      : route.continue()));
    const page = await console.signInAs('Olivia Owner', path);
    await page.getByText('The service has a fault.').waitFor();
    expect(await console.violations()).toEqual([]);
    isBroken = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await console.heading('Carla Coach').waitFor();
  });

  it('can be used by keyboard alone, on a phone of 320 pixels', async () => {
    const { path } = await partner();
    const console = await given.tab({ viewport: { width: 320, height: 640 } });
    const page = await console.signInAs('Olivia Owner', path);
    await page.getByRole('region', { name: 'History' }).locator('[data-event]').first().waitFor();
    expect(await console.isTooWide()).toBe(false);
    expect(await console.violations()).toEqual([]);
    await console.tabTo(page.getByRole('button', { name: 'Actions for' }));
    await page.keyboard.press('Enter');
    await console.arrowTo(page.getByRole('menuitem', { name: 'Make an admin' }));
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Make Carla Coach an admin?' });
    await console.tabTo(dialog.getByLabel('Reason'));
    await page.keyboard.type('Leads the campaign');
    expect(await console.isTooWide()).toBe(false);
    await console.tabTo(dialog.getByRole('button', { name: 'Make an admin' }));
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'History' }).getByText('from Standard to Admin').waitFor();
    await page.getByRole('region', { name: 'History' }).getByText('Reason: Leads the campaign').waitFor();
  });

  it('shows what happened while the server was away, once it is back', async () => {
    const { appId, userId, path } = await partner();
    const console = await given.tab();
    console.expect(/Failed to load resource|WebSocket/);
    const page = await console.signInAs('Olivia Owner', path);
    await page.getByRole('region', { name: 'History' }).locator('[data-event]').first().waitFor();
    await given.stop();
    await page.getByText('The server cannot be reached.').waitFor();
    await given.startAgain();
    const [again] = await Promise.all([given.service.as(OWNER), page.getByText('The server cannot be reached.').waitFor({ state: 'detached' })]);
    await again.mutate('changeUserRole', { appId, userId, role: 'ADMIN' });
    await page.getByRole('region', { name: 'History' }).getByText('from Standard to Admin').waitFor();

    // What happens after the server is back, and before the subscription is, is told by no subscription.
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => { release = resolve; });
    await page.routeWebSocket('**/graphql', async (socket) => {
      await released;
      socket.connectToServer();
    });
    await given.stop();
    await page.getByText('The server cannot be reached.').waitFor();
    await given.startAgain();
    const readAgain = page.waitForResponse((response) => response.request().postData()?.includes('query User(') === true);
    const [later] = await Promise.all([given.service.as(OWNER), page.getByText('The server cannot be reached.').waitFor({ state: 'detached' }), readAgain]);
    await later.mutate('changeUserRole', { appId, userId, role: 'STANDARD' });
    release();
    await page.getByRole('region', { name: 'History' }).getByText('from Admin to Standard').waitFor();
  });
});
