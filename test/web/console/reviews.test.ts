import type { Locator } from 'playwright-core';
import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import type { Person } from '../../support/person';

const OWNER = 'olivia@keap.example';
const SECOND = 'second@keap.example';

interface Reviewed {
  readonly appId: string;
  readonly second: Person;
}

describe('the pages of access reviews', () => {
  const given = new GivenConsole();
  let owner: Person;
  let operator: Person;
  beforeAll(async () => {
    [owner, operator] = await Promise.all([given.service.as(OWNER), given.service.as('operator@keap.example', 'operator')]);
  });

  let apps = 0;
  async function join(appId: string, mutation: string, keapId: string, name: string, role: string): Promise<Person> {
    await owner.mutate(mutation, { appId, keapId, name, role });
    const person = await given.service.as(keapId);
    const { accountCentral: { invitations } } = await person.read('{ accountCentral { invitations { appId invitationId } } }');
    const { invitationId } = invitations.find((invitation: { readonly appId: string }) => invitation.appId === appId);
    await person.mutate('acceptInvitation', { appId, invitationId });
    return person;
  }
  /** An app with its owner, a second admin and partners. */
  async function app(partners: number): Promise<Reviewed> {
    apps += 1;
    const appId = `reviewed${apps}`;
    await operator.mutate('registerApp', { appId, name: 'Reviewed', licences: 5, ownerKeapId: OWNER, ownerName: 'Olivia Owner' });
    const second = await join(appId, 'inviteUser', SECOND, 'Selma Second', 'ADMIN');
    for (let partner = 1; partner <= partners; partner += 1) await join(appId, 'invitePartner', `p${partner}@partner.example`, `Partner ${partner}`, 'STANDARD');
    return { appId, second };
  }
  async function review(appId: string): Promise<{ readonly reviewId: string; readonly path: string; readonly userIds: ReadonlyMap<string, string> }> {
    const { review: { reviewId } } = await owner.mutate('startAccessReview', { appId, note: 'Quarter 1' }, 'review { reviewId }');
    const { accessReview: { items: { nodes } } } = await owner.read('query ($reviewId: ID!) { accessReview(reviewId: $reviewId) { items { nodes { user { userId keapId } } } } }', { reviewId });
    return { reviewId, path: `/reviews/${reviewId}`, userIds: new Map(nodes.map(({ user }: { readonly user: { readonly userId: string; readonly keapId: string } }) => [user.keapId, user.userId])) };
  }
  const decided = async (reviewId: string): Promise<readonly (readonly [string, string | null, string | null])[]> => {
    const { accessReview: { items: { nodes } } } = await owner.read('query ($reviewId: ID!) { accessReview(reviewId: $reviewId) { items { nodes { user { keapId } decision remark } } } }', { reviewId });
    return nodes.map(({ user, decision, remark }: { readonly user: { readonly keapId: string }; readonly decision: string | null; readonly remark: string | null }) => [user.keapId, decision, remark]);
  };
  const row = ({ page }: ConsolePage, keapId: string): Locator => page.locator(`[data-user="${keapId}"]`);

  it('says what a review is for, starts one, decides, and signs it off', async () => {
    const { appId, second } = await app(2);
    const tab = await given.tab();
    const page = await tab.signInAs('Olivia Owner', `/reviews?app=${appId}`);
    await page.getByText('There is no access review of this app yet.').waitFor();
    expect(await tab.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Start review' }).click();
    const dialog = page.getByRole('dialog', { name: 'Start an access review?' });
    await dialog.getByText(`${appId} Reviewed`).waitFor();
    await dialog.getByLabel('Note').fill('Quarter 2');
    await dialog.getByLabel('To be finished by').fill('2001-01-01');
    await dialog.getByRole('button', { name: 'Start review' }).click();
    await dialog.getByText('Choose today or a later day.').waitFor();
    expect(await tab.violations()).toEqual([]);
    await dialog.getByLabel('To be finished by').fill('2999-01-01');
    await dialog.getByRole('button', { name: 'Start review' }).click();
    await tab.heading('Quarter 2').waitFor();
    await page.getByText('Due January 1, 2999').waitFor();
    await page.locator('[data-decided="0"][data-total="4"]').waitFor();
    const reviewId = new URL(page.url()).pathname.split('/').at(-1)!;

    const self = row(tab, OWNER);
    await self.getByText('This is you. Nobody decides on their own access').waitFor();
    expect(await self.getByRole('button').count()).toBe(0);
    await page.getByLabel('Remark with the next decision').fill('The project has ended');
    await row(tab, 'p1@partner.example').getByRole('button', { name: 'Remove Partner 1' }).click();
    const removed = page.locator('[data-user="p1@partner.example"][data-decision="REMOVE"]');
    await removed.getByText('The project has ended').waitFor();
    await removed.getByText(/^by Olivia Owner, /).waitFor();
    expect(await page.getByLabel('Remark with the next decision').inputValue()).toBe('');
    await page.locator('[data-decided="1"]').waitFor();
    await page.getByRole('button', { name: 'Finish review' }).click();
    const missing = page.getByRole('dialog', { name: 'The review is not complete' });
    await missing.getByText('3 people are not decided on yet.').waitFor();
    expect(await tab.violations()).toEqual([]);
    await missing.getByRole('button', { name: 'Show who is undecided' }).click();
    await page.locator('[data-found="3"]').waitFor();
    await page.getByRole('button', { name: 'Select undecided people' }).click();
    await page.locator('[data-selected="2"]').waitFor();
    expect(await tab.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Keep selected' }).click();
    await page.locator('[data-found="1"]').waitFor();
    const userId = (await owner.read('query ($appId: ID!) { app(appId: $appId) { viewer { user { userId } } } }', { appId })).app.viewer.user.userId;
    await second.mutate('decideAccess', { reviewId, userIds: [userId], decision: 'KEEP' });
    // The decision of the other admin arrives by itself.
    await page.getByText('Everybody is decided on.').waitFor();
    await page.getByRole('button', { name: 'Show everybody' }).click();
    expect(await decided(reviewId)).toEqual([[OWNER, 'KEEP', null], [SECOND, 'KEEP', null], ['p1@partner.example', 'REMOVE', 'The project has ended'], ['p2@partner.example', 'KEEP', null]]);

    await page.getByRole('button', { name: 'Finish review' }).click();
    const finish = page.getByRole('dialog', { name: 'Finish the review?' });
    expect(await tab.violations()).toEqual([]);
    await finish.getByRole('button', { name: 'Finish review' }).click();
    await page.getByText(/^Olivia Owner signed this review off on /).waitFor();
    expect(await page.getByRole('button', { name: /^(Keep|Remove|Finish)/ }).count()).toBe(0);
    expect(await tab.violations()).toEqual([]);
    await page.getByRole('link', { name: 'Not removed yet: open Partner 1 and choose Remove' }).click();
    await tab.heading('Partner 1').waitFor();
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Partner 1 has no access any more.').first().waitFor();
    await page.goBack();
    await row(tab, 'p1@partner.example').locator('[data-changed-since]').waitFor();
    await row(tab, 'p1@partner.example').getByText('Removed', { exact: true }).waitFor();
    await page.getByRole('link', { name: `All reviews of ${appId} Reviewed` }).click();
    await page.getByRole('list', { name: 'Access reviews of the app' }).getByText('Finished').waitFor();
    expect(await tab.violations()).toEqual([]);
  });

  it('is used by keyboard alone', async () => {
    const { appId } = await app(3);
    const { reviewId, path } = await review(appId);
    const tab = await given.tab();
    const page = await tab.signInAs('Olivia Owner', path);
    await page.getByText('In the list: arrow keys move').waitFor();
    await row(tab, OWNER).waitFor();
    await tab.tabTo(page.locator('[data-active="true"]'));
    await page.keyboard.press('k');
    await page.locator('[data-announcer]').getByText('This is you. Nobody decides on their own access').waitFor();
    await page.keyboard.press('ArrowDown');
    await row(tab, SECOND).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('k');
    await row(tab, 'p1@partner.example').and(page.locator(':focus')).waitFor();
    await page.keyboard.press('m');
    // The keys are letters like others outside of the list.
    await page.keyboard.type('kr kept');
    await page.keyboard.press('Enter');
    await row(tab, 'p1@partner.example').and(page.locator(':focus')).waitFor();
    await page.keyboard.press('r');
    await row(tab, 'p2@partner.example').and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Space');
    await page.keyboard.press('End');
    await row(tab, 'p3@partner.example').and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Space');
    await page.locator('[data-selected="2"]').waitFor();
    await page.keyboard.press('R');
    await page.locator('[data-decided="4"]').waitFor();
    await row(tab, 'p3@partner.example').and(page.locator(':focus')).waitFor();
    expect(await decided(reviewId)).toEqual([[OWNER, null, null], [SECOND, 'KEEP', null], ['p1@partner.example', 'REMOVE', 'kr kept'], ['p2@partner.example', 'REMOVE', null], ['p3@partner.example', 'REMOVE', null]]);
  });

  it('keeps the focus in a list from which the decided ones go, and fits a phone', async () => {
    const { appId, second } = await app(2);
    const { reviewId, path, userIds } = await review(appId);
    await second.mutate('decideAccess', { reviewId, userIds: [userIds.get(OWNER)], decision: 'KEEP' });
    const tab = await given.tab({ viewport: { width: 320, height: 640 } });
    const page = await tab.signInAs('Olivia Owner', path);
    await row(tab, OWNER).waitFor();
    expect(await tab.isTooWide()).toBe(false);
    expect(await tab.violations()).toEqual([]);
    await page.getByRole('switch', { name: 'Undecided only' }).check();
    await page.locator('[data-found="3"]').waitFor();
    await row(tab, SECOND).focus();
    for (const next of ['p1@partner.example', 'p2@partner.example']) {
      await page.keyboard.press('k');
      await row(tab, next).and(page.locator(':focus')).waitFor();
    }
    await page.keyboard.press('k');
    await page.locator('[data-found="0"]:focus').waitFor();
    await page.getByText('Everybody is decided on.').waitFor();
    expect(await tab.isTooWide()).toBe(false);
    await page.getByRole('link', { name: `All reviews of ${appId} Reviewed` }).click();
    await page.getByRole('list', { name: 'Access reviews of the app' }).waitFor();
    expect(await tab.isTooWide()).toBe(false);
    await page.getByRole('button', { name: 'Start review' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await tab.isTooWide()).toBe(false);
  });

  it('says why a decision or a sign-off is refused', async () => {
    const { appId, second } = await app(1);
    const { reviewId, path, userIds } = await review(appId);
    const tab = await given.tab();
    const page = await tab.signInAs('Olivia Owner', path);
    await page.locator('[data-decided="0"]').waitFor();
    const others = [...userIds].filter(([keapId]) => keapId !== OWNER).map(([, userId]) => userId);
    await owner.mutate('decideAccess', { reviewId, userIds: others, decision: 'KEEP' });
    await second.mutate('decideAccess', { reviewId, userIds: [userIds.get(OWNER)], decision: 'KEEP' });
    await row(tab, 'p1@partner.example').waitFor();
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('mutation DecideAccess') === true) await second.mutate('finishAccessReview', { reviewId });
      await route.continue();
    });
    await row(tab, 'p1@partner.example').getByRole('button', { name: 'Remove Partner 1' }).click();
    await page.getByRole('alert').getByText('This access review is finished').waitFor();
  });

  it('lets auditors start and read, and operators start and follow without people', async () => {
    const { appId } = await app(1);
    const { path } = await review(appId);
    const audit = await given.tab();
    const page = await audit.signInAs('Ada Auditor', path);
    await row(audit, OWNER).waitFor();
    await page.getByText('Admins of the app decide.').waitFor();
    expect(await page.getByRole('button', { name: /^(Keep|Remove|Finish)/ }).count()).toBe(0);
    expect(await audit.violations()).toEqual([]);
    const operating = await given.tab();
    const other = await operating.signInAs('Otis Operator', path);
    await other.getByText('The list of people is for admins of the app and auditors.').waitFor();
    await other.locator('[data-total="3"]').waitFor();
    expect(await other.locator('[data-user]').count()).toBe(0);
    expect(await operating.violations()).toEqual([]);
    await other.getByRole('link', { name: 'Access reviews' }).click();
    await operating.heading('Access reviews').waitFor();
    const switcher = other.getByRole('combobox', { name: 'App', exact: true });
    await switcher.fill(appId);
    await other.getByRole('option', { name: `${appId} Reviewed` }).click();
    await other.getByRole('list', { name: 'Access reviews of the app' }).getByText('Quarter 1').waitFor();
    await other.getByRole('button', { name: 'Start review' }).click();
    await other.getByRole('dialog').getByLabel('Note').fill('Asked by an operator');
    await other.getByRole('dialog').getByRole('button', { name: 'Start review' }).click();
    await operating.heading('Asked by an operator').waitFor();
    await other.getByText(/by operator@keap\.example$/).waitFor();
    expect(await operating.violations()).toEqual([]);
    await page.getByRole('link', { name: `All reviews of ${appId} Reviewed` }).click();
    await page.getByRole('link', { name: 'Asked by an operator' }).waitFor();
    await page.getByRole('button', { name: 'Start review' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Start review' }).click();
    await audit.heading(/^Review of /).waitFor();
    await page.getByText(/by auditor@keap\.example$/).waitFor();
  });

  it('is nothing for others', async () => {
    const { appId } = await app(1);
    const { path } = await review(appId);
    const tab = await given.tab();
    const page = await tab.signInAs('p1@partner.example', path);
    await tab.heading('There is no such review').waitFor();
    expect(await page.getByRole('link', { name: 'Access reviews' }).count()).toBe(0);
    expect(await tab.violations()).toEqual([]);
    await tab.signInAs('p1@partner.example', `/reviews?app=${appId}`);
    await tab.heading('You may not see this').waitFor();
  });

  it('prints everybody, without what is for the screen', async () => {
    const { appId } = await app(2);
    const { path } = await review(appId);
    const tab = await given.tab({ colorScheme: 'dark' });
    await tab.page.addInitScript('window.print = () => { document.documentElement.dataset.printed = "yes"; }');
    const page = await tab.signInAs('Olivia Owner', path);
    await row(tab, OWNER).waitFor();
    await page.getByRole('button', { name: 'Print' }).click();
    await page.locator('html[data-printed="yes"]').waitFor();
    await page.emulateMedia({ media: 'print' });
    await page.getByRole('table').waitFor();
    expect(await page.getByRole('table').getByRole('row').count()).toBe(5);
    expect(await page.getByRole('grid').count()).toBe(0);
    expect(await page.getByRole('navigation').count()).toBe(0);
    await tab.heading('Quarter 1').waitFor();
    expect(await page.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('light');
    await page.emulateMedia({ media: 'screen' });
    await page.evaluate('dispatchEvent(new Event("afterprint"))');
    await page.locator('table').waitFor({ state: 'detached' });
  });

  it('shows the differences to the last one, and gives the sealed file and the report when it is signed off', async () => {
    const { appId, second } = await app(2);
    const first = await review(appId);
    const finish = async ({ reviewId, userIds }: typeof first): Promise<void> => {
      const decide = (by: Person, keapIds: readonly string[], decision: string): Promise<unknown> => by.mutate('decideAccess', { reviewId, userIds: keapIds.map((keapId) => userIds.get(keapId)), decision });
      await decide(second, [OWNER], 'KEEP');
      await decide(owner, [...userIds.keys()].filter((keapId) => keapId !== OWNER), 'KEEP');
      if (userIds.has('p1@partner.example')) await decide(owner, ['p1@partner.example'], 'REMOVE');
      await owner.mutate('finishAccessReview', { reviewId });
    };
    await finish(first);
    await owner.mutate('removeUser', { appId, userId: first.userIds.get('p2@partner.example') });
    await owner.mutate('changeUserRole', { appId, userId: first.userIds.get('p1@partner.example'), role: 'ADMIN' });
    await join(appId, 'invitePartner', 'new@partner.example', 'Nora New', 'STANDARD');
    const later = await review(appId);
    const tab = await given.tab();
    const page = await tab.signInAs('Olivia Owner', later.path);
    await page.getByRole('heading', { name: 'Differences to the last review', level: 2 }).waitFor();
    for (const [change, count] of [['NEW', 1], ['GONE', 1], ['ROLE_CHANGED', 1], ['NOT_REMOVED', 1]] as const) await page.locator(`[data-change="${change}"][data-count="${count}"]`).waitFor();
    expect(await page.getByRole('button', { name: 'Download sealed file' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Show who' }).click();
    await page.locator('[data-different="p1@partner.example"][data-changes="ROLE_CHANGED NOT_REMOVED"]').getByText('Standard then, Admin now').waitFor();
    await page.locator('[data-different="p2@partner.example"][data-changes="GONE"]').waitFor();
    await page.locator('[data-different="new@partner.example"][data-changes="NEW"]').waitFor();
    expect(await tab.violations()).toEqual([]);
    await page.getByRole('link', { name: 'Quarter 1', exact: true }).click();
    await page.getByRole('button', { name: 'Download sealed file' }).waitFor();
    expect(await page.getByRole('heading', { name: 'Differences to the last review' }).count()).toBe(0);
    for (const [button, ending] of [['Download sealed file', 'ndjson'], ['Download report to print', 'html']] as const) {
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()]);
      expect(file.suggestedFilename()).toMatch(new RegExp(`^access-review-${appId}-.*\\.${ending}$`));
      await page.locator('[data-announcer]').getByText('The file is downloaded.').waitFor();
    }
    expect(await tab.violations()).toEqual([]);
    tab.expect(/Failed to load resource/);
    await page.route('**/export/review.*', (route) => route.fulfill({ status: 503, json: { error: { code: 'STORE_UNAVAILABLE', message: 'Come again.' } } }));
    await page.getByRole('button', { name: 'Download sealed file' }).click();
    await page.getByRole('alert').getByText('The file was not downloaded: Come again.').waitFor();
  });
});
