import type { Page } from 'playwright-core';
import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import { importedHistory, OWNER } from './importedHistory';

describe('the users of an app at a moment', () => {
  const given = new GivenConsole();
  const { appId, samples, owner } = importedHistory(given);
  const now = samples.at(-1)?.users ?? {};
  /** A tab in which the whole list is in sight. */
  const tab = (options: Parameters<GivenConsole['tab']>[0] = {}): Promise<ConsolePage> => given.tab({ viewport: { width: 1280, height: 6000 }, ...options });
  const addressOf = (at: string): string => `/history?app=${appId}&view=users&at=${encodeURIComponent(at)}`;
  const iso = (time: string): string => new Date(time).toISOString();

  /** Waits until the list is that of a moment and compared with now. */
  const untilAt = (page: Page, at: string): Promise<void> => page.locator(`[data-at="${at}"][data-compared]`).waitFor();
  async function roster(page: Page): Promise<Readonly<Record<string, string>>> {
    const rows = await page.locator('[data-user]').evaluateAll((elements: readonly { readonly dataset: Record<string, string> }[]) => elements.map(({ dataset: { user = '', role = '' } }) => [user, role] as const));
    return Object.fromEntries(rows.filter(([keapId]) => keapId !== OWNER));
  }
  const marked = async (page: Page, since: string): Promise<readonly (string | null)[]> => {
    const rows = page.locator('[data-user]').filter({ has: page.locator(`[data-since="${since}"]`) });
    return (await rows.evaluateAll((elements: readonly { readonly dataset: Record<string, string> }[]) => elements.map(({ dataset: { user = '' } }) => user))).sort();
  };

  it('are those of the real history, with who joined, left and changed roles since', async () => {
    const console = await tab();
    const page = await console.signInAs(OWNER, addressOf(samples[0]?.at ?? ''));
    for (const index of [0, 7, 15, samples.length - 1]) {
      const { at, users } = samples[index] ?? { at: '', users: {} };
      const field = page.getByLabel('Exactly');
      // The zone of the tab is UTC.
      await field.fill(iso(at).slice(0, 19));
      await field.press('Enter');
      await untilAt(page, iso(at));
      expect(await roster(page)).toEqual(users);
      expect(await marked(page, 'left')).toEqual(Object.keys(users).filter((keapId) => !(keapId in now)).sort());
      expect(await marked(page, 'role')).toEqual(Object.keys(users).filter((keapId) => keapId in now && now[keapId] !== users[keapId]).sort());
      const joined = page.locator('[data-person]');
      expect((await joined.evaluateAll((elements: readonly { readonly dataset: Record<string, string> }[]) => elements.map(({ dataset: { person: keapId = '' } }) => keapId))).sort())
        .toEqual(Object.keys(now).filter((keapId) => !(keapId in users)).sort());
      if (index === 7) expect(await console.violations()).toEqual([]);
    }
    expect(new URL(page.url()).searchParams.get('at')).toBe(iso(samples.at(-1)?.at ?? ''));
    // Until the comparison with another moment is there, nobody is marked.
    const [middle, first] = [iso(samples[7]?.at ?? ''), iso(samples[0]?.at ?? '')];
    let letGo = (): void => undefined;
    const free = new Promise<void>((resolve) => { letGo = resolve; });
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes(`"from":{"time":"${first}"}`) === true) await free;
      await route.continue().catch(() => undefined);
    });
    for (const at of [middle, first]) {
      await page.getByLabel('Exactly').fill(at.slice(0, 19));
      await page.getByLabel('Exactly').press('Enter');
      await (at === middle ? untilAt(page, at) : page.locator(`[data-at="${at}"]`).waitFor());
    }
    expect(await page.locator('[data-since]').count()).toBe(0);
    letGo();
    await untilAt(page, first);
    expect(await page.locator('[data-since]').count()).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Now' }).click();
    await untilAt(page, 'now');
    expect(await roster(page)).toEqual(now);
    expect(await page.locator('[data-since]').count()).toBe(0);
  });

  it('are chosen with a slider, from change to change, and by role, and a link leads to the same', async () => {
    const console = await tab();
    const page = await console.signInAs(OWNER, `/history?app=${appId}`);
    await page.getByRole('link', { name: 'Users at a moment' }).click();
    await untilAt(page, 'now');
    const slider = page.getByRole('slider', { name: 'Moment' });
    await slider.focus();
    await page.keyboard.press('Home');
    const first = iso(samples[0]?.at ?? '');
    await untilAt(page, first);
    expect(await slider.getAttribute('aria-valuetext')).toContain('August 23, 2018');
    expect(await roster(page)).toEqual(samples[0]?.users);
    await page.getByRole('button', { name: 'Change before' }).click();
    await page.getByText('Nothing changed before that.').waitFor();
    await page.getByRole('button', { name: 'Change after' }).click();
    await page.locator(`[data-compared]:not([data-at="${first}"])`).waitFor();
    const second = new URL(page.url()).searchParams.get('at') ?? '';
    const { membershipEvents: { nodes: [change] } } = await owner().read(
      'query ($filter: MembershipEventFilter) { membershipEvents(filter: $filter, first: 1) { nodes { occurredAt } } }',
      { filter: { appId, from: new Date(Date.parse(first) + 1).toISOString(), types: ['InvitationAccepted', 'UserRoleChanged', 'PartnerLeftApp', 'UserRemoved'] } },
    );
    expect(second).toBe(change.occurredAt);
    await page.getByLabel('Role at that moment').selectOption('Admin');
    await page.locator('[data-user][data-role="STANDARD"]').first().waitFor({ state: 'detached' });
    await untilAt(page, second);
    const admins = await roster(page);
    expect(Object.keys(admins).length).toBeGreaterThan(0);
    const shared = await (await tab()).signInAs(OWNER, page.url().slice(given.service.url.length));
    await untilAt(shared, second);
    expect(await roster(shared)).toEqual(admins);
    // By keyboard, part by part.
    await shared.getByRole('button', { name: 'Now' }).click();
    await untilAt(shared, 'now');
    await shared.getByLabel('Exactly').focus();
    await shared.keyboard.type('03152021');
    await shared.keyboard.press('Tab');
    await shared.keyboard.type('101500A');
    await shared.keyboard.press('Enter');
    await untilAt(shared, '2021-03-15T10:15:00.000Z');
    await shared.getByLabel('Exactly').fill('2001-01-01T00:00:00');
    await shared.getByLabel('Exactly').press('Enter');
    await shared.getByText('The app did not exist at that moment.').waitFor();
  });

  it('are compared anew when somebody joins, and can be reached from an event, on a phone', async () => {
    const console = await given.tab({ viewport: { width: 320, height: 640 } });
    const page = await console.signInAs(OWNER, `/history?app=${appId}`);
    await page.getByRole('list', { name: 'What happened, newest first' }).getByRole('link').first().click();
    await page.getByRole('dialog').getByRole('link', { name: 'Users at that moment' }).click();
    await page.locator('[data-compared]').waitFor();
    expect(await console.isTooWide()).toBe(false);
    expect(await console.violations()).toEqual([]);
    const { invitation } = await owner().mutate('invitePartner', { appId, keapId: 'late@partners.example', role: 'STANDARD' }, 'invitation { invitationId }');
    await (await given.service.as('late@partners.example')).mutate('acceptInvitation', { appId, invitationId: invitation.invitationId });
    await page.locator('[data-person="late@partners.example"]').waitFor();
    await page.getByText('Since then 1 joined, 0 lost access, and 0 changed roles.').waitFor();
  });
});
