import type { Page } from 'playwright-core';
import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import type { Person } from '../../support/person';

const OLIVIA = 'olivia@keap.example';

describe('the two procedures', () => {
  const given = new GivenConsole();

  let partners = 0;
  /** Somebody who is a partner in the demonstration's app, with or without contacts. */
  async function partner(contactIds: readonly string[] = []): Promise<Person> {
    partners += 1;
    const keapId = `partner${partners}@coach.example`;
    const [owner, person] = [await given.service.as(OLIVIA), await given.service.as(keapId)];
    const { user, invitation } = await owner.mutate('invitePartner', { appId: 'gx624', keapId, role: 'STANDARD' }, 'user { userId } invitation { invitationId }');
    await person.mutate('acceptInvitation', { appId: 'gx624', invitationId: invitation.invitationId });
    if (contactIds.length > 0) await owner.mutate('assignContacts', { appId: 'gx624', userId: user.userId, contactIds });
    return person;
  }
  const away = (page: Page): ReturnType<Page['getByText']> => page.getByText('The server cannot be reached. What you typed is kept');
  const unknown = (page: Page): ReturnType<Page['getByText']> => page.getByText('it is not known whether this was done');
  /** Collects what a screen reader is told from now on. */
  const listen = ({ page }: ConsolePage): Promise<unknown> => page.evaluate(`told = []; new MutationObserver(() => {
    const text = document.querySelector('[data-announcer]').textContent;
    if (text !== '' && told.at(-1) !== text) told.push(text);
  }).observe(document.querySelector('[data-announcer]'), { childList: true, characterData: true, subtree: true })`);
  const told = ({ page }: ConsolePage): Promise<readonly string[]> => page.evaluate<readonly string[]>('told');
  // Asked from outside of the page, whose policy lets nothing be evaluated in it.
  const isTold = async (tab: ConsolePage, text: string): Promise<void> => {
    while (!(await told(tab)).includes(text));
  };

  it('add a partner while the server is restarted in the middle', async () => {
    const tab = await given.tab();
    tab.expect(/Failed to load resource|WebSocket/);
    const page = await tab.signInAs('Olivia Owner');
    await page.getByRole('navigation').getByRole('link', { name: 'Users' }).click();
    await page.getByRole('button', { name: 'Add Partner' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add Partner' });
    await dialog.getByLabel('Keap ID').fill('restarted@coach.example');
    await dialog.getByRole('radio', { name: 'Admin' }).check();
    await listen(tab);
    await given.stop();
    await away(page).waitFor();
    await dialog.getByRole('button', { name: 'Send Email Invitation' }).click();
    await unknown(page).waitFor();
    expect([await dialog.getByLabel('Keap ID').inputValue(), await dialog.getByRole('radio', { name: 'Admin' }).isChecked()]).toEqual(['restarted@coach.example', true]);
    await given.startAgain();
    await away(page).waitFor({ state: 'detached' });
    await isTold(tab, 'The server is there again.');
    await dialog.getByRole('button', { name: 'Send Email Invitation' }).click();
    await page.locator('[data-user="restarted@coach.example"]').getByText('Invited', { exact: true }).waitFor();
    await isTold(tab, 'restarted@coach.example is invited. The e-mail is on its way.');
  });

  it.each([['without contacts', []], ['with contacts', ['r1', 'r2']]])('leave an app %s while the server is restarted in the middle', async (_name, contactIds) => {
    const { keapId } = await partner(contactIds);
    const tab = await given.tab();
    tab.expect(/Failed to load resource|WebSocket/);
    const page = await tab.signInAs(keapId, '/account-central/gx624');
    await page.getByRole('button', { name: 'Leave Account' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Type gx624 to confirm').fill('gx624');
    await listen(tab);
    await given.stop();
    await away(page).waitFor();
    await dialog.getByRole('button', { name: 'Leave Account' }).click();
    await unknown(page).waitFor();
    expect(await dialog.getByLabel('Type gx624 to confirm').inputValue()).toBe('gx624');
    await given.startAgain();
    await away(page).waitFor({ state: 'detached' });
    await dialog.getByRole('button', { name: 'Leave Account' }).click();
    if (contactIds.length > 0) {
      await dialog.locator('[data-assigned="2"]').waitFor();
      const owner = await given.service.as(OLIVIA);
      await owner.mutate('unassignContacts', { appId: 'gx624', contactIds });
      await dialog.getByRole('button', { name: 'Leave Account' }).click();
    }
    await page.getByText('You left gx624 Keap Pro Recording.').first().waitFor();
    await isTold(tab, 'You left gx624 Keap Pro Recording. If somebody invites you again, the invitation appears here.');
  });

  it('add a partner by keyboard alone, from the sign-in on', async () => {
    const tab = await given.tab();
    const { page } = tab;
    await page.goto(`${given.service.url}/`);
    await tab.heading('Who are you today?').waitFor();
    const press = async (target: Parameters<ConsolePage['tabTo']>[0]): Promise<void> => {
      await tab.tabTo(target);
      await page.keyboard.press('Enter');
    };
    await press(page.getByRole('button', { name: 'Olivia Owner' }));
    await tab.heading('Account Central').waitFor();
    await press(page.getByRole('link', { name: 'Users of gx624' }));
    await page.locator('h1:focus').getByText('Users').waitFor();
    await press(page.getByRole('button', { name: 'Add Partner' }));
    const dialog = page.getByRole('dialog', { name: 'Add Partner' });
    await dialog.getByLabel('Keap ID').and(page.locator(':focus')).waitFor();
    await page.keyboard.type('keyboard@coach.example');
    await tab.tabTo(dialog.getByRole('radio', { name: 'Standard' }));
    await page.keyboard.press('ArrowRight');
    expect(await dialog.getByRole('radio', { name: 'Admin' }).isChecked()).toBe(true);
    await press(dialog.getByRole('button', { name: 'Send Email Invitation' }));
    await dialog.waitFor({ state: 'detached' });
    await page.locator('[data-user="keyboard@coach.example"]').getByText('Admin', { exact: true }).waitFor();
    // The focus is back where the dialog was opened.
    await page.getByRole('button', { name: 'Add Partner' }).and(page.locator(':focus')).waitFor();
  });

  it('are told to people who use a screen reader, with what others change', async () => {
    const { keapId } = await partner();
    const tab = await given.tab();
    await tab.signInAs(keapId);
    await listen(tab);
    const [operator, owner] = [await given.service.as('operator@keap.example', 'operator'), await given.service.as(OLIVIA)];
    await operator.mutate('registerApp', { appId: 'heard1', name: 'Heard', licences: 1, ownerKeapId: OLIVIA });
    await owner.mutate('invitePartner', { appId: 'heard1', keapId, role: 'STANDARD' });
    await isTold(tab, 'There is an invitation to heard1 Heard.');
    const { app: { users: { nodes } } } = await owner.read('query ($search: String) { app(appId: "gx624") { users(filter: { search: $search }) { nodes { userId } } } }', { search: keapId });
    await owner.mutate('removeUser', { appId: 'gx624', userId: nodes[0].userId });
    await isTold(tab, 'You have no access to gx624 Keap Pro Recording any more.');
    expect(await told(tab)).toEqual(['There is an invitation to heard1 Heard.', 'You have no access to gx624 Keap Pro Recording any more.']);
  });
});
