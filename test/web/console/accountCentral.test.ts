import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import type { Person } from '../../support/person';

describe('Account Central', () => {
  const given = new GivenConsole();
  let owner: Person;
  beforeAll(async () => {
    owner = await given.service.as('olivia@keap.example');
  });
  const tab = (options?: Parameters<GivenConsole['tab']>[0]): Promise<ConsolePage> => given.tab(options);

  /** A partner who was invited, and by default has accepted. */
  async function partner(keapId: string, accepts = true): Promise<{ readonly person: Person; readonly userId: string }> {
    const { user, invitation } = await owner.mutate('invitePartner', { appId: 'gx624', keapId, role: 'STANDARD' }, 'user { userId } invitation { invitationId }');
    const person = await given.service.as(keapId);
    if (accepts) await person.mutate('acceptInvitation', { appId: 'gx624', invitationId: invitation.invitationId });
    return { person, userId: user.userId };
  }

  it('lists the apps, with Configure and Open app', async () => {
    const console = await tab();
    const page = await console.signInAs('Paul Coach');
    await console.heading('Account Central').waitFor();
    expect(await page.title()).toBe('Account Central · Partner access');
    const row = page.locator('[data-app="gx624"]');
    await row.getByText('Standard').waitFor();
    expect(await row.getByRole('heading').textContent()).toBe('gx624 Keap Pro Recording');
    expect(await row.getByRole('link', { name: 'Open app gx624' }).getAttribute('href')).toBe('https://gx624.infusionsoft.com');
    expect(await console.violations()).toEqual([]);
    await row.getByRole('link', { name: 'Configure' }).click();
    await console.heading('gx624 Keap Pro Recording').waitFor();
    expect(new URL(page.url()).pathname).toBe('/account-central/gx624');
    expect(await console.violations()).toEqual([]);
  });

  it('keeps the address of a page over the sign-in', async () => {
    const console = await tab();
    await console.signInAs('Anna Agency', '/account-central/gx624');
    await console.heading('gx624 Keap Pro Recording').waitFor();
  });

  it('opens an app beyond the first page of a hundred by its address', async () => {
    const [operator, many] = [await given.service.as('operator@keap.example', 'operator'), 'many@client.example'];
    const ids = Array.from({ length: 102 }, (_, index) => `many${index + 100}`);
    for (let first = 0; first < ids.length; first += 17) {
      await Promise.all(ids.slice(first, first + 17).map((appId) => operator.mutate('registerApp', { appId, name: 'Many', licences: 1, ownerKeapId: many })));
    }
    const console = await tab();
    const page = await console.signInAs(many, '/account-central/many201');
    await console.heading('many201 Many').waitFor();
    await page.goto(`${given.service.url}/account-central/gx624`);
    await page.getByLabel('Keap ID').fill(many);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('You have no access to this app').waitFor();
  });

  it('names an account, in every open tab', async () => {
    await partner('labels@partner.example');
    const [one, two] = [await tab(), await tab()];
    const other = await two.signInAs('labels@partner.example');
    const page = await one.signInAs('labels@partner.example', '/account-central/gx624');
    const label = page.getByLabel('Account Label').and(page.getByRole('textbox'));
    await label.fill(' ');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Enter a label of 1 to 100 characters.').waitFor();
    await label.fill('My best client');
    await page.getByRole('button', { name: 'Save' }).click();
    await one.heading('My best client').waitFor();
    await other.getByRole('heading', { name: 'My best client' }).waitFor();
  });

  it('accepts and declines invitations', async () => {
    await partner('guest@partner.example', false);
    const operator = await given.service.as('operator@keap.example', 'operator');
    await operator.mutate('registerApp', { appId: 'other1', name: 'Other', licences: 1, ownerKeapId: owner.keapId });
    await owner.mutate('invitePartner', { appId: 'other1', keapId: 'guest@partner.example', role: 'ADMIN' });
    const console = await tab();
    const page = await console.signInAs('guest@partner.example');
    await page.getByText('You have no access to an app yet.').waitFor();
    await page.getByText('invites you to gx624 Keap Pro Recording as Partner, Standard.').waitFor();
    expect(await console.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Decline the invitation to other1' }).click();
    await page.getByText('You declined the invitation to other1 Other.').first().waitFor();
    await page.getByRole('button', { name: 'Accept the invitation to gx624' }).click();
    await page.getByRole('link', { name: 'Configure gx624' }).waitFor();
    expect(await page.locator('[data-invitation]').count()).toBe(0);
  });

  it('leaves an app in seven steps, and is gone in every open tab', async () => {
    await partner('leaver@partner.example');
    const [console, second] = [await tab(), await tab()];
    const elsewhere = await second.signInAs('leaver@partner.example', '/account-central/gx624');
    const page = await console.signInAs('leaver@partner.example');                                        // 1. sign in
    await console.heading('Account Central').waitFor();                                                   // 2. Account Central
    await page.getByRole('link', { name: 'Configure gx624' }).click();                                    // 3. Configure
    await page.getByRole('button', { name: 'Leave Account' }).click();                                    // 4. Leave Account
    const dialog = page.getByRole('dialog', { name: 'Leave gx624 Keap Pro Recording?' });
    const confirmation = dialog.getByLabel('Type gx624 to confirm');
    await confirmation.fill('gx625');
    await dialog.getByRole('button', { name: 'Leave Account' }).click();
    await dialog.getByText('Type gx624 exactly.').waitFor();
    expect(await console.violations()).toEqual([]);
    await confirmation.fill('gx624');                                                                     // 5. type the app's id
    await dialog.getByRole('button', { name: 'Leave Account' }).click();                                  // 6. confirm
    await page.getByText('You left gx624 Keap Pro Recording.').first().waitFor();                                 // 7. the app is gone
    expect(await page.locator('[data-app]').count()).toBe(0);
    await elsewhere.getByText('You have no access to this app').waitFor();
  });

  it('keeps the dialog until the answer is there, and never leaves twice', async () => {
    await partner('patient@partner.example');
    const console = await tab();
    const page = await console.signInAs('patient@partner.example', '/account-central/gx624');
    let sent = 0;
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => { answer = resolve; });
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('leaveApp') === true) {
        sent += 1;
        await held;
      }
      await route.continue();
    });
    await page.getByRole('button', { name: 'Leave Account' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Type gx624 to confirm').fill('gx624');
    await dialog.getByRole('button', { name: 'Leave Account' }).dblclick();
    await dialog.locator('button[data-loading]').waitFor();
    await page.keyboard.press('Escape');
    expect(await dialog.isVisible()).toBe(true);
    answer();
    await page.getByText('You left gx624 Keap Pro Recording.').first().waitFor();
    expect(sent).toBe(1);
  });

  it('says with assigned contacts how many there are, five of them, and whom to ask', async () => {
    const { userId } = await partner('busy@partner.example');
    await owner.mutate('assignContacts', { appId: 'gx624', userId, contactIds: ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7'] });
    const console = await tab();
    const page = await console.signInAs('busy@partner.example', '/account-central/gx624');
    await page.getByRole('button', { name: 'Leave Account' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Type gx624 to confirm').fill('gx624');
    await dialog.getByRole('button', { name: 'Leave Account' }).click();
    const found = dialog.locator('[data-assigned="7"]');
    await found.getByText('7 contacts are assigned to you in this app. Among them: k1, k2, k3, k4, and k5.').waitFor();
    await found.getByText('Ask Anna Agency or Olivia Owner to take them over; then you can leave.').waitFor();
    expect(await console.violations()).toEqual([]);
    await owner.mutate('unassignContacts', { appId: 'gx624', contactIds: ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7'] });
    await dialog.getByRole('button', { name: 'Leave Account' }).click();
    await page.getByText('You left gx624 Keap Pro Recording.').first().waitFor();
  });

  it('lets an admin give the contacts away, then leave', async () => {
    const { person, userId } = await partner('boss@partner.example');
    await owner.mutate('changeUserRole', { appId: 'gx624', userId, role: 'ADMIN' });
    await owner.mutate('assignContacts', { appId: 'gx624', userId, contactIds: ['b1'] });
    const console = await tab();
    const page = await console.signInAs(person.keapId, '/account-central/gx624');
    await page.getByText('1 contact is assigned to you in this app. It is b1.').waitFor();
    const heir = page.getByRole('combobox', { name: 'Give them to' });
    await heir.click();
    await heir.fill('paul');
    await page.getByRole('option', { name: 'Paul Coach' }).click();
    await page.getByRole('button', { name: 'Give them over' }).click();
    await page.locator('[data-assigned]').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Leave Account' }).click();
    await page.getByLabel('Type gx624 to confirm').fill('gx624');
    await page.getByRole('dialog').getByRole('button', { name: 'Leave Account' }).click();
    await page.getByText('You left gx624 Keap Pro Recording.').first().waitFor();
  });

  it('tells a user of the app why they cannot leave', async () => {
    const console = await tab();
    const page = await console.signInAs('Olivia Owner', '/account-central/gx624');
    await page.getByText('Only partners can leave an app.').waitFor();
    expect(await page.getByRole('button', { name: 'Leave Account' }).count()).toBe(0);
  });

  it('can be used by keyboard alone', async () => {
    await partner('keys@partner.example');
    const console = await tab();
    const { page } = console;
    await page.goto(`${given.service.url}/`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await console.tabTo(page.getByLabel('Keap ID'));
    await page.keyboard.type('keys@partner.example');
    await page.keyboard.press('Enter');
    const configure = page.getByRole('link', { name: 'Configure gx624' });
    await configure.waitFor();
    await console.tabTo(configure);
    await page.keyboard.press('Enter');
    await page.locator('h1:focus').getByText('gx624 Keap Pro Recording').waitFor();
    await console.tabTo(page.getByRole('button', { name: 'Leave Account' }));
    await page.keyboard.press('Enter');
    await page.getByLabel('Type gx624 to confirm').and(page.locator(':focus')).waitFor();
    await page.keyboard.type('gx624');
    await page.keyboard.press('Enter');
    await page.getByText('You left gx624 Keap Pro Recording.').first().waitFor();
    await page.locator('h1:focus').waitFor();
  });

  it('fits a phone of 320 pixels', async () => {
    const console = await tab({ viewport: { width: 320, height: 640 } });
    const page = await console.signInAs('Paul Coach');
    expect(await console.isTooWide()).toBe(false);
    await page.getByRole('link', { name: 'Configure gx624' }).click();
    await page.getByRole('button', { name: 'Leave Account' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await console.isTooWide()).toBe(false);
    expect(await console.violations()).toEqual([]);
  });
});
