import { Webhook } from 'standardwebhooks';
import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import type { Person } from '../../support/person';
import { WebhookReceiver } from '../../support/webhookReceiver';

const APP = 'gx624';

describe('the page of webhooks', () => {
  const given = new GivenConsole({ WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8', WEBHOOK_TRIES: '2', WEBHOOK_RETRY_SECONDS: '1' });
  let operator: Person;
  let receiver: WebhookReceiver;
  beforeAll(async () => {
    operator = await given.service.as('operator@keap.example', 'operator');
  });
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
  });
  afterEach(async () => {
    const { webhooks } = await operator.read('{ webhooks(first: 200) { webhookId } }');
    for (const { webhookId } of webhooks) await operator.mutate('removeWebhook', { webhookId });
    await receiver.close();
  });

  let licences = 5;
  /** Something happens in the app, of which webhooks are told. */
  const happen = async (): Promise<void> => {
    await operator.mutate('setLicences', { appId: APP, licences: (licences += 1) });
  };
  const register = (url: string): Promise<unknown> => operator.mutate('registerWebhook', { url });
  async function act(console: ConsolePage, url: string, action: string): Promise<void> {
    await console.page.getByRole('button', { name: `Actions for ${url}`, exact: true }).click();
    await console.page.getByRole('menuitem', { name: action }).click();
  }

  it('registers one, and shows the secret once, with which its requests are verified', async () => {
    const console = await given.tab({ permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await console.signInAs('Otis Operator');
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByText('No webhook is registered.').waitFor();
    expect(await console.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Register a webhook' }).click();
    const dialog = page.getByRole('dialog', { name: 'Register a webhook' });
    await dialog.getByRole('button', { name: 'Register a webhook' }).click();
    await dialog.getByText('Enter the address of the receiver.').waitFor();
    await dialog.getByLabel('Address').fill('ftp://nowhere.example');
    await dialog.getByRole('button', { name: 'Register a webhook' }).click();
    await dialog.getByLabel('Address').and(page.locator('[aria-invalid="true"]')).waitFor();
    await dialog.getByLabel('Address').fill(receiver.url);
    await dialog.getByRole('combobox', { name: 'Apps' }).fill('keap pro');
    await page.getByRole('option', { name: 'gx624 Keap Pro Recording' }).click();
    await dialog.getByRole('combobox', { name: 'Types of events' }).fill('LicencesSet');
    await page.getByRole('option', { name: 'LicencesSet' }).click();
    await page.keyboard.press('Escape');
    await dialog.getByRole('checkbox', { name: 'Send names and Keap IDs' }).check();
    expect(await console.violations()).toEqual([]);
    await dialog.getByRole('button', { name: 'Register a webhook' }).click();
    const shown = page.getByRole('dialog', { name: 'The secret of the webhook' });
    const secret = await shown.getByLabel('Secret', { exact: true }).inputValue();
    await page.keyboard.press('Escape');
    await shown.getByRole('button', { name: 'Copy the secret' }).click();
    await shown.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret);
    expect(await console.violations()).toEqual([]);
    await shown.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByText(`The webhook to ${receiver.url} is registered.`).first().waitFor();
    expect(await page.content()).not.toContain(secret);
    const card = page.locator(`[data-webhook="${receiver.url}"]`);
    await card.getByText('Events of gx624, only LicencesSet, with names and Keap IDs').waitFor();
    await happen();
    await receiver.until((arrived) => arrived.length > 0);
    const [first] = receiver.arrived;
    expect(new Webhook(secret).verify(first!.body, first!.headers as Record<string, string>)).toBeTruthy();
  });

  it('shows by itself that deliveries fail and what was given up, and sends it again', async () => {
    receiver.answer = () => 503;
    await register(receiver.url);
    const console = await given.tab();
    const page = await console.signInAs('Otis Operator', '/webhooks');
    const card = page.locator(`[data-webhook="${receiver.url}"]`);
    await card.getByText('Delivering').waitFor();
    await happen();
    await happen();
    await card.locator('[data-dead-letters="2"]').waitFor();
    await page.getByText('1 webhook, 0 are failing, 2 dead letters.').waitFor();
    await card.getByText('2 dead letters').click();
    await card.getByText('Given up after 2 attempts: the receiver answered with the status 503.').first().waitFor();
    expect(await console.violations()).toEqual([]);
    receiver.answer = () => 204;
    await card.getByRole('button', { name: 'Send events again' }).click();
    const dialog = page.getByRole('dialog', { name: 'Send events again?' });
    await dialog.getByRole('radio', { name: 'The dead letters', checked: true }).waitFor();
    expect(await console.violations()).toEqual([]);
    await dialog.getByRole('button', { name: 'Send events again' }).click();
    await card.locator('[data-dead-letters]').waitFor({ state: 'detached' });
    const ids = receiver.arrived.map(({ id }) => id);
    expect(new Set(ids.slice(-2))).toEqual(new Set(ids.slice(0, -2)));
    await act(console, receiver.url, 'Send events again');
    await page.getByRole('dialog').getByRole('radio', { name: 'Everything from the beginning' }).check();
    await page.getByRole('dialog').getByRole('button', { name: 'Send events again' }).click();
    await receiver.until((arrived) => arrived.some(({ json }) => json.type === 'AppRegistered'));
  });

  it('says while the next event waits for another attempt', async () => {
    let answer = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => { answer = resolve; });
    receiver.answer = async ({ id }) => {
      if (receiver.arrived.filter((one) => one.id === id).length > 1) await isAsked;
      return 500;
    };
    await register(receiver.url);
    await happen();
    const console = await given.tab();
    const page = await console.signInAs('Otis Operator', '/webhooks');
    await page.locator(`[data-webhook="${receiver.url}"][data-failing="true"]`).getByText('The next event failed in 1 attempt.').waitFor();
    expect(await console.violations()).toEqual([]);
    answer();
  });

  it('exchanges a secret with a copy, and deletes the old one', async () => {
    await register(receiver.url);
    const console = await given.tab();
    const page = await console.signInAs('Otis Operator', '/webhooks');
    await act(console, receiver.url, 'Register a copy');
    const dialog = page.getByRole('dialog', { name: 'Register a copy' });
    expect(await dialog.getByLabel('Address').inputValue()).toBe(receiver.url);
    await dialog.getByText('A webhook is not edited.').waitFor();
    await dialog.getByLabel('Address').fill(`${receiver.url}/new`);
    await dialog.getByRole('button', { name: 'Register a webhook' }).click();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.locator('[data-webhooks="2"]').waitFor();
    await act(console, receiver.url, 'Delete');
    expect(await console.violations()).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.locator('[data-webhooks="1"]').waitFor();
    await page.locator(`[data-webhook="${receiver.url}/new"]`).waitFor();
  });

  it('is for operators only', async () => {
    const console = await given.tab();
    const page = await console.signInAs('Ada Auditor', '/webhooks');
    await console.heading('You may not see this').waitFor();
    expect(await page.getByRole('link', { name: 'Webhooks' }).count()).toBe(0);
    expect(await console.violations()).toEqual([]);
  });

  it('says what went wrong, and reads again', async () => {
    const console = await given.tab();
    let isBroken = true;
    await console.page.route('**/graphql', (route) => (isBroken && route.request().postData()?.includes('query Webhooks(') === true
      ? route.fulfill({ json: { errors: [{ message: 'The service has a fault. Try again later.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] } })
      : route.continue()));
    const page = await console.signInAs('Otis Operator', '/webhooks');
    await page.getByText('The service has a fault.').waitFor();
    expect(await console.violations()).toEqual([]);
    isBroken = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No webhook is registered.').waitFor();
  });

  it('can be used with 100 webhooks, by keyboard alone, on a phone of 320 pixels', async () => {
    for (let index = 0; index < 100; index += 1) await register(`${receiver.url}/${index}`);
    const console = await given.tab({ viewport: { width: 320, height: 640 } });
    const page = await console.signInAs('Otis Operator', '/webhooks');
    await page.getByText('There can be 100 webhooks.').waitFor();
    expect(await page.getByRole('button', { name: 'Register a webhook' }).isDisabled()).toBe(true);
    expect(await console.isTooWide()).toBe(false);
    await console.tabTo(page.getByRole('searchbox', { name: 'Search' }));
    await page.keyboard.type('nothing like it');
    await page.getByText('No webhook has this').waitFor();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('/99');
    await page.locator('[data-webhook]').nth(1).waitFor({ state: 'detached' });
    expect(await console.violations()).toEqual([]);
    await console.tabTo(page.getByRole('button', { name: 'Actions for' }));
    await page.keyboard.press('Enter');
    await console.arrowTo(page.getByRole('menuitem', { name: 'Delete' }));
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    expect(await console.isTooWide()).toBe(false);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});
