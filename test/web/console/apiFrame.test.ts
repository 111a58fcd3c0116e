import { GivenConsole } from '../../support/consolePage';

describe('the page for front-end teams, in the frame of the console', () => {
  const given = new GivenConsole();

  it('is led to from the console, and leads back to its pages', async () => {
    const console = await given.tab();
    const page = await console.signInAs('Olivia Owner');
    await page.getByRole('link', { name: 'API' }).click();
    await console.heading('API').waitFor();
    expect(new URL(page.url()).pathname).toBe('/api');
    const navigation = page.getByRole('navigation', { name: 'Pages' });
    await navigation.getByRole('link', { name: 'API' }).and(page.locator('[aria-current="page"]')).waitFor();
    expect(await navigation.getByRole('link').allTextContents()).toEqual(['Account Central', 'Users', 'History', 'Periods of access', 'Access reviews', 'Verify evidence', 'API']);
    await page.getByLabel('Signed in as').selectOption('operator@keap.example');
    await navigation.getByRole('link', { name: 'Webhooks' }).waitFor();
    await navigation.getByRole('link', { name: 'Users' }).click();
    await page.getByRole('button', { name: 'Olivia Owner' }).click();
    await console.heading('Users').waitFor();
    await page.goto(`${given.service.url}/api`);
    await page.getByRole('link', { name: 'Partner access' }).click();
    await console.heading('Who are you today?').waitFor();
  });

  it('has the theme and the language of the console', async () => {
    const console = await given.tab();
    const { page } = console;
    await page.goto(`${given.service.url}/api`);
    await page.getByRole('button', { name: 'Settings', exact: true }).click();
    await page.getByRole('radio', { name: 'Dark' }).check();
    await page.locator('body.graphiql-dark').waitFor();
    await page.getByLabel('Language').selectOption('Deutsch');
    await page.getByRole('link', { name: 'Geschichte' }).waitFor();
    await page.getByLabel('Gespeicherte Operationen').waitFor();
    await page.goto(given.service.url);
    await console.heading('Wer sind Sie heute?').waitFor();
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
  });

  it('can be used by keyboard, and on a phone of 320 pixels', async () => {
    const console = await given.tab({ viewport: { width: 320, height: 640 } });
    const { page } = console;
    await page.goto(`${given.service.url}/api`);
    await page.getByLabel('Saved operations').waitFor();
    await page.locator('.graphiql-execute-button').waitFor();
    expect(await console.isTooWide()).toBe(false);
    // A tab of GraphiQL holds a button.
    expect(await console.violations('.graphiql-tabs')).toEqual([]);
    await console.tabTo(page.getByRole('link', { name: 'Skip to the content' }));
    await page.keyboard.press('Enter');
    await page.locator('main:focus').waitFor();
    await console.tabTo(page.getByLabel('Signed in as'));
  });
});
