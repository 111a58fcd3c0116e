import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import type { Person } from '../../support/person';

const OWNER = 'olivia@keap.example';

describe('the pages of operators', () => {
  const given = new GivenConsole();
  let operator: Person;
  beforeAll(async () => {
    operator = await given.service.as('operator@keap.example', 'operator');
  });

  let apps = 0;
  async function app(name = 'Site', licences = 3): Promise<string> {
    apps += 1;
    const appId = `site${apps}`;
    await operator.mutate('registerApp', { appId, name, licences, ownerKeapId: OWNER, ownerName: 'Olivia Owner' });
    return appId;
  }
  const fill = async (console: ConsolePage, within: string, values: Readonly<Record<string, string>>): Promise<void> => {
    for (const [label, value] of Object.entries(values)) await console.page.getByRole('dialog', { name: within }).getByLabel(label, { exact: true }).fill(value);
  };

  it('register an app, with each mistake at its field, and find it by its name', async () => {
    const console = await given.tab();
    const page = await console.signInAs('Otis Operator');
    await page.getByRole('link', { name: 'Operators' }).click();
    await page.locator('[data-app="gx624"]').getByText('1 of').waitFor();
    await page.getByText('The service is ready.').waitFor();
    expect(await page.getByRole('link', { name: 'Users' }).count()).toBe(0);
    expect(await console.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Register an app' }).click();
    const dialog = page.getByRole('dialog', { name: 'Register an app' });
    await dialog.getByRole('button', { name: 'Register an app' }).click();
    expect(await dialog.getByText('Fill this in.').count()).toBe(4);
    await fill(console, 'Register an app', { 'App ID': 'gx624', Name: 'Second', Licences: 'two', 'Keap ID of the owner': 'new@owner.example' });
    await dialog.getByRole('button', { name: 'Register an app' }).click();
    await dialog.getByText('Enter a whole number.').waitFor();
    await dialog.getByLabel('Licences', { exact: true }).fill('2');
    await dialog.getByRole('button', { name: 'Register an app' }).click();
    await dialog.getByLabel('App ID').and(page.locator('[aria-invalid="true"]')).waitFor();
    expect(await console.violations()).toEqual([]);
    await dialog.getByLabel('App ID').fill('second-shop');
    await dialog.getByRole('button', { name: 'Register an app' }).click();
    await page.getByText('second-shop Second is registered.').first().waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('shop sec');
    await page.locator('[data-found="1"]').waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('no such app');
    await page.getByText('No app has this in its name or id.').waitFor();
    expect(await console.violations()).toEqual([]);
  });

  it('rename an app and set its licences, and say when licences are in use', async () => {
    const appId = await app();
    const owner = await given.service.as(OWNER);
    await owner.mutate('inviteUser', { appId, keapId: 'clerk@client.example', role: 'STANDARD' });
    const console = await given.tab();
    const page = await console.signInAs('Otis Operator', '/operators');
    await page.getByRole('searchbox', { name: 'Search' }).fill(appId);
    await page.getByRole('link', { name: `${appId} Site` }).click();
    await console.heading(`${appId} Site`).waitFor();
    await page.locator('h1:focus').waitFor();
    const licences = page.getByRole('region', { name: 'Licences' });
    await licences.getByLabel('Licences').fill('1');
    await licences.getByRole('button', { name: 'Save' }).click();
    await licences.getByLabel('Licences').and(page.locator('[aria-invalid="true"]')).or(licences.getByRole('alert')).waitFor();
    expect(await console.violations()).toEqual([]);
    await licences.getByLabel('Licences').fill('9');
    await licences.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The app has 9 licences now.').first().waitFor();
    await page.getByText('2 of 9 licences in use').waitFor();
    const naming = page.getByRole('region', { name: 'Name and address' });
    await naming.getByLabel('Name', { exact: true }).fill('Renamed');
    await naming.getByRole('button', { name: 'Save' }).click();
    await console.heading(`${appId} Renamed`).waitFor();
  });

  it('appoint an admin, and give a membership to another sign-in, with a reason', async () => {
    const appId = await app('Lost', 1);
    const console = await given.tab();
    const page = await console.signInAs('Otis Operator', `/operators/apps/${appId}`);
    await page.getByRole('button', { name: 'Appoint an admin' }).click();
    const appointing = page.getByRole('dialog', { name: 'Appoint an admin' });
    await appointing.getByRole('button', { name: 'Appoint an admin' }).click();
    expect(await appointing.getByText('Fill this in.').count()).toBe(2);
    await fill(console, 'Appoint an admin', { 'Keap ID': 'ada@client.example', 'Name (optional)': 'Ada Client', Reason: 'Ticket 4711' });
    await appointing.getByRole('button', { name: 'Appoint an admin' }).click();
    await appointing.getByRole('alert').getByText('licence').waitFor();
    expect(await console.violations()).toEqual([]);
    await operator.mutate('setLicences', { appId, licences: 2 });
    await appointing.getByRole('button', { name: 'Appoint an admin' }).click();
    await page.getByText('Ada Client is an admin of the app now.').first().waitFor();
    const auditor = await given.service.as('auditor@keap.example', 'auditor');
    const { app: { users: { nodes } } } = await auditor.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { userId name } } } }', { appId });
    const { userId } = nodes.find(({ name }: { readonly name: string }) => name === 'Olivia Owner');
    await page.getByRole('button', { name: 'Give a membership to another sign-in' }).click();
    const rebinding = page.getByRole('dialog');
    await rebinding.getByText('The sign-in before loses access at once').waitFor();
    expect(await console.violations()).toEqual([]);
    await fill(console, 'Give a membership to another sign-in', { 'User ID': userId, 'Keap ID from now on': 'olivia@new.example', Reason: 'Ticket 4712' });
    await rebinding.getByRole('button', { name: 'Give the membership' }).click();
    await page.getByText('The next sign-in with olivia@new.example is the member.').first().waitFor();
    const { membershipEvents } = await auditor.read('query ($appId: ID!) { membershipEvents(filter: { appId: $appId, types: ["UserRebound", "AdminAppointed"] }) { nodes { type reason } } }', { appId });
    expect(membershipEvents.nodes).toEqual([{ type: 'AdminAppointed', reason: 'Ticket 4711' }, { type: 'UserRebound', reason: 'Ticket 4712' }]);
  });

  it('see the health and the figures of the service', async () => {
    const console = await given.tab();
    const page = await console.signInAs('Otis Operator', '/operators');
    await page.getByRole('link', { name: 'Health and figures' }).click();
    await console.heading('Health and figures').waitFor();
    await page.locator('[data-part="store"][data-works="true"]').waitFor();
    await page.locator('[data-projection="user_list"]').getByText('running').waitFor();
    expect(Number((await page.locator('[data-figure="connections"] dd').textContent())?.replaceAll(',', ''))).toBeGreaterThan(0);
    expect(await console.violations()).toEqual([]);
  });

  it('see what is wrong with it, in the words of the service, and that the figures are for others', async () => {
    const console = await given.tab();
    console.expect(/Failed to load resource/);
    await console.page.route('**/health/ready', (route) => route.fulfill({ status: 503, json: { ready: false, store: 'open', writes: { what: 'READ_ONLY', message: 'The disk is read-only.' }, caughtUp: false, projections: [{ name: 'user_list', state: 'STOPPED', position: '7' }] } }));
    await console.page.route('**/metrics', (route) => route.fulfill({ status: 401, json: {} }));
    const page = await console.signInAs('Otis Operator', '/operators/health');
    await page.locator('[data-ready="false"]').getByText('The service is not ready.').waitFor();
    await page.locator('[data-part="writes"][data-works="false"]').getByText('READ_ONLY: The disk is read-only.').waitFor();
    await page.locator('[data-part="readModels"]').getByText('is still catching up').waitFor();
    await page.getByText('The figures are for clients that send METRICS_TOKEN').waitFor();
    await page.locator('[data-projection="user_list"]').getByText('stopped').waitFor();
    expect(await console.violations()).toEqual([]);
    await console.page.route('**/health/ready', (route) => route.abort());
    await page.getByText('It is not known whether the service is ready').waitFor();
    expect(await console.violations()).toEqual([]);
  });

  it('see how far the history is, while it is being filled', async () => {
    const console = await given.tab();
    await console.page.route('**/health/ready', (route) => route.fulfill({ json: { ready: true, store: 'open', caughtUp: true, projections: [], filling: { projections: ['membership_events'], percentRead: 43, remainingSeconds: 9 } } }));
    const page = await console.signInAs('Otis Operator', '/operators/health');
    await page.locator('[data-part="readModels"]').getByText('works; the history is still being filled from the log, of which 43 % has been read').waitFor();
    expect(await console.violations()).toEqual([]);
  });

  it('are for operators only, and say when there is no such app', async () => {
    const auditor = await given.tab();
    const page = await auditor.signInAs('Ada Auditor', '/operators');
    await auditor.heading('You may not see this').waitFor();
    expect(await page.getByRole('link', { name: 'Operators' }).count()).toBe(0);
    const console = await given.tab();
    await console.signInAs('Otis Operator', '/operators/apps/nowhere');
    await console.heading('There is no such app').waitFor();
    expect(await console.violations()).toEqual([]);
  });

  it('say what went wrong, and read again', async () => {
    const console = await given.tab();
    let isBroken = true;
    await console.page.route('**/graphql', (route) => (isBroken && route.request().postData()?.includes('query Apps(') === true
      ? route.fulfill({ json: { errors: [{ message: 'The service has a fault. Try again later.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] } })
      : route.continue()));
    const page = await console.signInAs('Otis Operator', '/operators');
    await page.getByText('The service has a fault.').waitFor();
    expect(await console.violations()).toEqual([]);
    isBroken = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[data-app="gx624"]').waitFor();
  });

  it('can be used by keyboard alone, on a phone of 320 pixels', async () => {
    const appId = await app();
    const console = await given.tab({ viewport: { width: 320, height: 640 } });
    const page = await console.signInAs('Otis Operator', '/operators');
    const link = page.getByRole('link', { name: `${appId} Site` });
    await link.waitFor();
    expect(await console.isTooWide()).toBe(false);
    await console.tabTo(link);
    await page.keyboard.press('Enter');
    await console.heading(`${appId} Site`).waitFor();
    expect(await console.isTooWide()).toBe(false);
    expect(await console.violations()).toEqual([]);
    await console.tabTo(page.getByRole('button', { name: 'Give a membership to another sign-in' }));
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByLabel('User ID').and(page.locator(':focus')).waitFor();
    expect(await console.isTooWide()).toBe(false);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.goto(`${given.service.url}/operators/health`);
    await page.getByRole('button', { name: 'Otis Operator' }).click();
    await page.locator('[data-projection="user_list"]').waitFor();
    expect(await console.isTooWide()).toBe(false);
  });
});
