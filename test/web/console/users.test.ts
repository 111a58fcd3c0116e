import type { Locator, Page } from 'playwright-core';
import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import type { Person } from '../../support/person';

const OWNER = 'olivia@keap.example';

describe('the page of users', () => {
  const given = new GivenConsole();
  let owner: Person;
  let operator: Person;
  beforeAll(async () => {
    [owner, operator] = await Promise.all([given.service.as(OWNER), given.service.as('operator@keap.example', 'operator')]);
  });
  const tab = (options?: Parameters<GivenConsole['tab']>[0]): Promise<ConsolePage> => given.tab(options);

  let apps = 0;
  /** An app of its own, whose owner is Olivia. */
  async function app(licences = 5): Promise<string> {
    apps += 1;
    const appId = `team${apps}`;
    await operator.mutate('registerApp', { appId, name: 'Team', licences, ownerKeapId: OWNER, ownerName: 'Olivia Owner' });
    return appId;
  }
  const invite = async (appId: string, keapId: string, role = 'STANDARD'): Promise<{ userId: string; invitationId: string }> => {
    const { user, invitation } = await owner.mutate('invitePartner', { appId, keapId, role }, 'user { userId } invitation { invitationId }');
    return { userId: user.userId, invitationId: invitation.invitationId };
  };
  async function join(appId: string, keapId: string): Promise<string> {
    const { userId, invitationId } = await invite(appId, keapId);
    await (await given.service.as(keapId)).mutate('acceptInvitation', { appId, invitationId });
    return userId;
  }
  const rowOf = (page: Page, keapId: string): Locator => page.locator(`[data-user="${keapId}"]`);
  async function act(page: Page, keapId: string, action: string): Promise<void> {
    await rowOf(page, keapId).getByRole('button', { name: 'Actions for' }).click();
    await page.getByRole('menuitem', { name: action }).click();
  }

  it('adds a partner in five steps', async () => {
    const appId = await app();
    const console = await tab();
    const page = await console.signInAs('Olivia Owner');
    await page.getByRole('link', { name: 'Users', exact: true }).click();                                            // 1. Users
    await console.heading('Users').waitFor();
    await page.getByRole('combobox', { name: 'App' }).fill(appId);
    await page.getByRole('option', { name: `${appId} Team` }).click();
    await page.getByRole('button', { name: 'Add Partner' }).click();                                    // 2. Add Partner
    const dialog = page.getByRole('dialog', { name: 'Add Partner' });
    await dialog.getByText('Unlike normal users, partners do not count against your available user licences').waitFor();
    await dialog.getByRole('button', { name: 'Send Email Invitation' }).click();
    await dialog.getByText('Enter an e-mail address.').waitFor();
    await dialog.getByLabel('Keap ID').fill('new@coach.example');                                       // 3. the Keap ID
    await dialog.getByRole('radio', { name: 'Admin' }).check();                                         // 4. Admin or standard
    await dialog.getByLabel('Reason').fill('Runs the spring campaign');
    expect(await console.violations()).toEqual([]);
    await dialog.getByRole('button', { name: 'Send Email Invitation' }).click();                        // 5. Send Email Invitation
    await page.getByText('new@coach.example is invited.').first().waitFor();
    const row = rowOf(page, 'new@coach.example');
    await row.getByText('Invited', { exact: true }).waitFor();
    await row.getByText('Partner', { exact: true }).waitFor();
    await row.getByText('Admin', { exact: true }).waitFor();
    await page.getByText('1 user, 0 open invitations; partners never count.').waitFor();
    expect(await page.getByLabel('Status').locator('option:checked').textContent()).toBe('Active or Invited (2)');
    expect(await console.violations()).toEqual([]);
  });

  it('answers each of several addresses, and keeps those that were not invited', async () => {
    const appId = await app(2);
    const console = await tab();
    const page = await console.signInAs('Olivia Owner', `/users?app=${appId}`);
    await page.getByRole('button', { name: 'Add Users' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add Users' });
    await dialog.getByLabel('Keap IDs').fill('clerk@team.example, no address\nlate@team.example');
    await dialog.getByRole('button', { name: 'Send Email Invitations' }).click();
    await dialog.getByText('late@team.example: ').waitFor();
    expect(await dialog.locator('[data-invited="true"]').allTextContents()).toEqual(['clerk@team.example: invited']);
    expect(await dialog.locator('[data-invited="false"]').count()).toBe(3);
    await dialog.locator('textarea:not([readonly])').waitFor();
    expect(await dialog.getByLabel('Keap IDs').inputValue()).toBe('no\naddress\nlate@team.example');
    expect(await console.violations()).toEqual([]);
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.getByText('1 user, 1 open invitation; partners never count.').waitFor();
    await page.getByText('No licence is free.').waitFor();
  });

  it('shows at once what another admin does, and marks it', async () => {
    const appId = await app();
    const [one, two] = [await tab(), await tab()];
    const [page, other] = [await one.signInAs('Olivia Owner', `/users?app=${appId}`), await two.signInAs('Olivia Owner', `/users?app=${appId}`)];
    await Promise.all([page, other].map((each) => rowOf(each, OWNER).waitFor()));
    const marked = rowOf(other, 'seen@coach.example').and(other.locator('[data-changed]')).waitFor();
    await page.getByRole('button', { name: 'Add Partner' }).click();
    await page.getByRole('dialog').getByLabel('Keap ID').fill('seen@coach.example');
    await page.keyboard.press('Enter');
    await marked;
    expect(await two.violations()).toEqual([]);
    const { app: { users: { nodes } } } = await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { keapId invitation { invitationId } } } } }', { appId });
    const { invitation } = nodes.find(({ keapId }: { readonly keapId: string }) => keapId === 'seen@coach.example');
    await (await given.service.as('seen@coach.example')).mutate('acceptInvitation', { appId, invitationId: invitation.invitationId });
    await Promise.all([page, other].map((each) => rowOf(each, 'seen@coach.example').getByText('Active', { exact: true }).waitFor()));
    await other.locator('[data-announcer]').getByText('has changed: Active.').waitFor({ state: 'attached' });
  });

  it('sends again, revokes, changes roles and removes, with the contacts given to somebody', async () => {
    const appId = await app();
    await invite(appId, 'open@coach.example');
    const leaver = await join(appId, 'leaver@coach.example');
    await join(appId, 'heir@coach.example');
    await owner.mutate('assignContacts', { appId, userId: leaver, contactIds: ['c1', 'c2'] });
    const console = await tab();
    const page = await console.signInAs('Olivia Owner', `/users?app=${appId}`);
    await act(page, 'open@coach.example', 'Send the invitation again');
    await rowOf(page, 'open@coach.example').getByText('sent 2 times').waitFor();
    await act(page, 'open@coach.example', 'Revoke the invitation');
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke the invitation' }).click();
    await rowOf(page, 'open@coach.example').waitFor({ state: 'detached' });
    await act(page, 'heir@coach.example', 'Make an admin');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('Leads the campaign');
    expect(await console.violations()).toEqual([]);
    await dialog.getByRole('button', { name: 'Make an admin' }).click();
    await rowOf(page, 'heir@coach.example').getByText('Admin', { exact: true }).waitFor();
    await act(page, 'leaver@coach.example', 'Remove from the app');
    await dialog.getByText('2 contacts are assigned to').waitFor();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await dialog.getByText('Choose who takes the contacts over.').waitFor();
    await dialog.getByRole('combobox', { name: 'Give the contacts to' }).fill('heir');
    await page.getByRole('option', { name: 'heir@coach.example' }).click();
    await dialog.getByLabel('Reason').fill('  Has left the company ');
    expect(await console.violations()).toEqual([]);
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await rowOf(page, 'leaver@coach.example').waitFor({ state: 'detached' });
    const { membershipEvents } = await owner.read('query ($filter: MembershipEventFilter) { membershipEvents(filter: $filter) { nodes { type reason } } }', { filter: { appId, types: ['UserRoleChanged', 'UserRemoved'] } });
    expect(membershipEvents.nodes).toEqual([{ type: 'UserRoleChanged', reason: 'Leads the campaign' }, { type: 'UserRemoved', reason: 'Has left the company' }]);
    await act(page, OWNER, 'Make standard');
    await dialog.getByRole('button', { name: 'Make standard' }).click();
    await dialog.getByRole('alert').waitFor();
    expect(await console.violations()).toEqual([]);
  });

  it('filters with counts, searches as one types, and orders', async () => {
    const appId = await app();
    const { invitationId } = await invite(appId, 'gone@coach.example');
    await owner.mutate('revokeInvitation', { appId, invitationId });
    for (const name of ['amber', 'berta', 'zoe']) await invite(appId, `${name}@coach.example`);
    const console = await tab();
    const page = await console.signInAs('Olivia Owner', `/users?app=${appId}`);
    await page.locator('[data-found="4"]').waitFor();
    await page.getByLabel('Order').selectOption('Last sent, latest first');
    await page.locator('[role="row"][data-index="0"][data-user="zoe@coach.example"]').waitFor();
    let held = true;
    let letGo = (): void => undefined;
    const free = new Promise<void>((resolve) => { letGo = resolve; });
    await page.route('**/graphql', async (route) => {
      // The answer to the first letters comes after that to the whole word.
      if (held && route.request().postData()?.includes('"search":"be"') === true) {
        held = false;
        await free;
      }
      await route.continue().catch(() => undefined);
    });
    const search = page.getByRole('searchbox', { name: 'Search' });
    const asked = page.waitForRequest((request) => request.postData()?.includes('"search":"be"') === true);
    await search.fill('be');
    await asked;
    await search.fill('amber');
    await page.locator('[data-found="1"]').waitFor();
    const late = page.waitForResponse((response) => response.request().postData()?.includes('"search":"be"') === true);
    letGo();
    await late;
    expect(await page.locator('[data-user]').count()).toBe(1);
    await rowOf(page, 'amber@coach.example').waitFor();
    await search.fill('nobody of that name');
    await page.getByText('Nobody matches.').waitFor();
    expect(await console.violations()).toEqual([]);
    await search.fill('');
    await page.locator('[data-found="4"]').waitFor();
    await page.getByLabel('Status').selectOption('Revoked (1)');
    await rowOf(page, 'gone@coach.example').waitFor();
    expect(await page.locator('[data-user]').count()).toBe(1);
  });

  it('reads further pages as one scrolls, and keeps only the rows in sight', async () => {
    const appId = await app();
    for (let first = 0; first < 130; first += 26) {
      await Promise.all(Array.from({ length: 26 }, (_, index) => invite(appId, `p${String(first + index).padStart(3, '0')}@coach.example`)));
    }
    const console = await tab();
    const page = await console.signInAs('Olivia Owner', `/users?app=${appId}`);
    await page.getByLabel('Order').selectOption('Keap ID');
    await rowOf(page, 'p000@coach.example').waitFor();
    const last = rowOf(page, 'p129@coach.example');
    while ((await last.count()) === 0) await page.evaluate('new Promise((done) => { window.scrollTo(0, document.documentElement.scrollHeight); requestAnimationFrame(done); })');
    await last.waitFor();
    expect(await page.locator('[data-user]').count()).toBeLessThan(60);
    expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe('132');
  });

  it('shows the list to people who may do nothing, and nothing to strangers', async () => {
    const appId = await app();
    await join(appId, 'reader@coach.example');
    const [reader, stranger] = [await tab(), await tab()];
    const page = await reader.signInAs('reader@coach.example', `/users?app=${appId}`);
    await rowOf(page, 'reader@coach.example').waitFor();
    expect(await page.getByRole('button', { name: /Add |Actions for/ }).count()).toBe(0);
    expect(await reader.violations()).toEqual([]);
    await stranger.signInAs('Paul Coach', `/users?app=${appId}`);
    await stranger.heading('You may not see this').waitFor();
    expect(await stranger.violations()).toEqual([]);
  });

  it('can be used by keyboard alone, on a phone of 320 pixels', async () => {
    const appId = await app();
    await invite(appId, 'keys@coach.example');
    const console = await tab({ viewport: { width: 320, height: 640 } });
    const page = await console.signInAs('Olivia Owner', `/users?app=${appId}`);
    const actions = rowOf(page, 'keys@coach.example').getByRole('button', { name: 'Actions for' });
    await actions.waitFor();
    expect(await console.isTooWide()).toBe(false);
    expect(await console.violations()).toEqual([]);
    await console.tabTo(actions);
    await page.keyboard.press('Enter');
    await page.locator('[role="menu"]:focus-within').waitFor();
    await page.keyboard.press('Escape');
    await actions.and(page.locator(':focus')).and(page.locator('[aria-expanded="false"]')).waitFor();
    await page.keyboard.press('Enter');
    await console.arrowTo(page.getByRole('menuitem', { name: 'Send the invitation again' }));
    await page.keyboard.press('Enter');
    await rowOf(page, 'keys@coach.example').getByText('sent 2 times').waitFor();
    await page.getByRole('button', { name: 'Add Partner' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    expect(await console.isTooWide()).toBe(false);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});
