import type { Page } from 'playwright-core';
import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import { importedHistory, OWNER, type Role } from './importedHistory';

describe('an app over time', () => {
  const given = new GivenConsole();
  const { appId, samples, changes, owner } = importedHistory(given);
  const tab = (options?: Parameters<GivenConsole['tab']>[0]): Promise<ConsolePage> => given.tab(options);
  const iso = (time: string): string => new Date(time).toISOString();

  /** How many people the recorded history has at a time. The owner is the app's only user. */
  function recordedAt(time: string): { readonly users: string; readonly partners: string; readonly admins: string } {
    const roles = new Map<string, Role>();
    for (const { at, keapId, change, role } of changes) {
      if (Date.parse(at) > Date.parse(time)) break;
      if (change === 'left') roles.delete(keapId);
      else roles.set(keapId, role ?? 'STANDARD');
    }
    return { users: '1', partners: String(roles.size), admins: String([...roles.values()].filter((role) => role === 'ADMIN').length + 1) };
  }
  const countsIn = async (page: Page): Promise<readonly { readonly at: string; readonly counts: object }[]> => {
    const rows = await page.locator('tr[data-at]').all();
    return Promise.all(rows.map(async (row) => ({
      at: await row.getAttribute('data-at') ?? '',
      counts: Object.fromEntries(await Promise.all(['users', 'partners', 'admins'].map(async (one) => [one, await row.locator(`[data-count="${one}"]`).textContent()] as const))),
    })));
  };

  it('has charts of people by kind and of admins, with a table that says the same and leads to each moment', async () => {
    const console = await tab();
    const page = await console.signInAs(OWNER, `/history?app=${appId}&view=charts`);
    await page.locator('[data-complete="true"]').waitFor();
    const last = recordedAt('9999-01-01');
    const first = recordedAt(samples[0]?.at ?? '');
    const people = await page.getByRole('img', { name: 'People with access.' }).getAttribute('aria-label');
    expect(people).toContain('Users: 1 at first, at most 1, 1 at the end.');
    expect(people).toMatch(new RegExp(`Partners: \\d+ at first, at most \\d+, ${last.partners} at the end\\.`));
    const admins = await page.getByRole('img', { name: 'Admins.' }).getAttribute('aria-label');
    expect(admins).toMatch(new RegExp(`Admins: \\d+ at first, at most \\d+, ${last.admins} at the end\\.`));
    await page.getByText('As a table').click();
    const rows = await countsIn(page);
    expect(rows.length).toBeGreaterThan(4);
    for (const { at, counts } of rows) expect({ at, counts }).toEqual({ at, counts: recordedAt(at) });
    expect(rows[0]?.counts).toEqual(first);
    expect(await console.violations()).toEqual([]);

    // Who joins is counted at once.
    const { invitation } = await owner().mutate('invitePartner', { appId, keapId: 'late@partners.example', role: 'STANDARD' }, 'invitation { invitationId }');
    await (await given.service.as('late@partners.example')).mutate('acceptInvitation', { appId, invitationId: invitation.invitationId });
    await page.getByRole('img', { name: `${Number(last.partners) + 1} at the end.` }).first().waitFor();

    const { at } = rows[2] ?? { at: '' };
    await page.locator(`tr[data-at="${at}"]`).getByRole('link').click();
    await page.locator(`[data-at="${at}"][data-compared]`).waitFor();
    await page.getByText(`${Number(recordedAt(at).partners) + 1} people on`).waitFor();
  });

  it('compares two moments of the real history', async () => {
    const console = await tab();
    const [before, after] = [samples[3], samples[18]];
    const [from, to] = [before?.users ?? {}, after?.users ?? {}];
    const address = `/history?app=${appId}&view=compare&since=${iso(before?.at ?? '')}&until=${iso(after?.at ?? '')}`;
    const page = await console.signInAs(OWNER, address);
    await page.locator(`[data-compared="${iso(before?.at ?? '')} ${iso(after?.at ?? '')}"]`).waitFor();
    const group = async (name: string): Promise<readonly string[]> =>
      (await page.locator(`[data-group="${name}"] [data-person]`).evaluateAll((elements: readonly { readonly dataset: Record<string, string> }[]) => elements.map(({ dataset: { person = '' } }) => person))).sort();
    expect(await group('joined')).toEqual(Object.keys(to).filter((keapId) => !(keapId in from)).sort());
    expect(await group('left')).toEqual(Object.keys(from).filter((keapId) => !(keapId in to)).sort());
    const changed = Object.keys(from).filter((keapId) => keapId in to && to[keapId] !== from[keapId]).sort();
    expect(await group('roles')).toEqual(changed);
    expect((await group('joined')).length + (await group('left')).length).toBeGreaterThan(5);
    expect(await console.violations()).toEqual([]);

    const until = page.getByLabel('To (empty: now)');
    await until.fill(iso(before?.at ?? '').slice(0, 19));
    await until.press('Enter');
    await page.getByText('The same people had access at both moments, with the same roles.').waitFor();
    await until.fill('2001-01-01T00:00:00');
    await until.press('Enter');
    await page.getByText('The second moment is before the first one.').waitFor();
    await until.fill('');
    await until.press('Enter');
    await page.locator(`[data-compared="${iso(before?.at ?? '')} now"]`).waitFor();
    expect(new URL(page.url()).searchParams.get('until')).toBeNull();
  });

  it('can be read on a phone of 320 pixels', async () => {
    const console = await tab({ viewport: { width: 320, height: 640 } });
    const page = await console.signInAs(OWNER, `/history?app=${appId}&view=charts`);
    await page.locator('[data-complete="true"]').waitFor();
    await page.getByText('As a table').click();
    expect(await console.isTooWide()).toBe(false);
    await page.getByRole('link', { name: 'Compare' }).click();
    await page.locator('[data-compared]').waitFor();
    expect(await console.isTooWide()).toBe(false);
    expect(await console.violations()).toEqual([]);
  });
});
