import { GivenConsole } from '../../support/consolePage';

const OWNER = 'olivia@keap.example';

describe('with more apps than a page of them', () => {
  const given = new GivenConsole();
  beforeAll(async () => {
    const operator = await given.service.as('operator@keap.example', 'operator');
    for (let index = 0; index < 210; index += 1) await operator.mutate('registerApp', { appId: `z${String(index).padStart(3, '0')}`, name: index === 209 ? 'Last Shop' : 'Shop', licences: 1, ownerKeapId: OWNER });
  });

  it('auditors get to the users and the history of any app, found by any part of its name among more than a page of apps', async () => {
    const console = await given.tab();
    const page = await console.signInAs('Ada Auditor', '/users');
    const switcher = page.getByRole('combobox', { name: 'App' });
    await switcher.fill('last');
    await page.getByRole('option', { name: 'z209 Last Shop' }).click();
    await page.locator(`[data-user="${OWNER}"]`).waitFor();
    expect(new URL(page.url()).search).toBe('?app=z209');
    expect(await console.violations()).toEqual([]);
    await page.getByRole('link', { name: 'History' }).click();
    await page.locator('[data-event]').first().waitFor();
    await switcher.fill('keap pro');
    await page.getByRole('option', { name: 'gx624 Keap Pro Recording' }).click();
    await page.waitForURL(/app=gx624/);
    await page.locator('[data-event]').first().waitFor();
  });

  it('operators look at further apps', async () => {
    const console = await given.tab();
    const page = await console.signInAs('Otis Operator', '/operators');
    await page.locator('[data-found="200"]').waitFor();
    await page.getByText('200 apps so far. There are more.').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.locator('[data-found="211"]').waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('last');
    await page.locator('[data-found="1"]').waitFor();
  });
});
