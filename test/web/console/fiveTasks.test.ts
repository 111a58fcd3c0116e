import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GivenConsole } from '../../support/consolePage';
import { Hands } from '../../support/hands';
import type { Person } from '../../support/person';
import { importedHistory, OWNER } from './importedHistory';

const TOP = join(__dirname, '../../..');
const OLIVIA = 'olivia@keap.example';

/** The table of docs/console.md: what each task takes at most. */
const documented = new Map(
  readFileSync(join(TOP, 'docs/console.md'), 'utf8').split('\n')
    .map((line) => /^\| ([A-Z][^|]+) \| [^|]+ \| (\d+) \| (\d+) \| (\d+) \| /.exec(line))
    .flatMap((row) => (row === null ? [] : [[row[1] ?? '', { clicks: Number(row[2]), keys: Number(row[3]), pages: Number(row[4]) }] as const])),
);

describe('five tasks of somebody who sees the pages for the first time', () => {
  const given = new GivenConsole();
  const { appId, samples } = importedHistory(given);
  let owner: Person;
  let operator: Person;
  beforeAll(async () => {
    [owner, operator] = await Promise.all([given.service.as(OLIVIA), given.service.as('operator@keap.example', 'operator')]);
    // Olivia has a second app, so that every task is about one of several.
    await operator.mutate('registerApp', { appId: 'spring1', name: 'Spring Campaign', licences: 5, ownerKeapId: OLIVIA, ownerName: 'Olivia Owner' });
  });

  function takesAtMost(task: string, hands: Hands): void {
    const { clicks, keys, pages } = hands.effort;
    expect({ task, clicks, keys, pages: pages.length }).toEqual({ task, ...documented.get(task) });
  }

  it('invite a coach', async () => {
    const hands = new Hands();
    const tab = await given.tab();
    const { page } = tab;
    await hands.begin(tab, given.service.url);
    await hands.click(page.getByRole('button', { name: 'Olivia Owner' }));
    await hands.sees(page, 'Account Central');
    await hands.click(page.getByRole('link', { name: 'Users of spring1 Spring Campaign' }));
    await hands.sees(page, 'Users');
    await hands.click(page.getByRole('button', { name: 'Add Partner' }));
    await page.getByLabel('Keap ID').and(page.locator(':focus')).waitFor();
    await hands.type(page, 'carla@coach.example');
    await hands.click(page.getByRole('button', { name: 'Send Email Invitation' }));
    await page.getByText('carla@coach.example is invited. The e-mail is on its way.').first().waitFor();
    takesAtMost('Invite a coach', hands);
  });

  it('find why somebody has access', async () => {
    const { user, invitation } = await owner.mutate('invitePartner', { appId: 'spring1', keapId: 'cleo@coach.example', role: 'STANDARD', name: 'Cleo Coach', reason: 'Runs the campaign' }, 'user { userId } invitation { invitationId }');
    await (await given.service.as('cleo@coach.example')).mutate('acceptInvitation', { appId: 'spring1', invitationId: invitation.invitationId });
    const hands = new Hands();
    const tab = await given.tab();
    const { page } = tab;
    await hands.begin(tab, given.service.url);
    await hands.click(page.getByRole('button', { name: 'Olivia Owner' }));
    await hands.sees(page, 'Account Central');
    await hands.click(page.getByRole('link', { name: 'Users of spring1 Spring Campaign' }));
    await hands.sees(page, 'Users');
    await hands.click(page.getByRole('link', { name: 'Cleo Coach' }));
    await hands.sees(page, 'Cleo Coach');
    const why = page.getByRole('region', { name: 'Why Cleo Coach has access' });
    await why.getByText('Olivia Owner invited Cleo Coach as a partner with the role Standard.').waitFor();
    await why.getByText('Reason: Runs the campaign').waitFor();
    takesAtMost('Find why somebody has access', hands);
    // Each sentence leads to the event itself.
    await why.getByRole('link', { name: 'Olivia Owner invited Cleo Coach' }).click();
    await page.getByRole('dialog', { name: 'Event' }).getByText('Runs the campaign', { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('app')).toBe('spring1');
    await page.getByRole('link', { name: 'Their page' }).click();
    await tab.heading('Cleo Coach').waitFor();
    expect(page.url()).toBe(`${given.service.url}/users/${user.userId}?app=spring1`);
  });

  it('leave an app with contacts', async () => {
    const hands = new Hands();
    const [tab, admins] = [await given.tab(), await given.tab()];
    const { page } = tab;
    await hands.begin(tab, given.service.url);
    await hands.click(page.getByRole('button', { name: 'Paul Coach' }));
    await hands.sees(page, 'Account Central');
    await hands.click(page.getByRole('link', { name: 'Configure gx624' }));
    await hands.sees(page, 'gx624 Keap Pro Recording');
    await page.getByText('3 contacts are assigned to you in this app.').waitFor();
    await page.getByText('Ask Anna Agency or Olivia Owner to take them over; then you can leave.').waitFor();
    const message = new URL(await hands.leaveBy(page.getByRole('link', { name: 'Write to Anna Agency and Olivia Owner' })));
    expect([message.protocol, decodeURIComponent(message.pathname), message.searchParams.get('subject')]).toEqual(['mailto:', 'anna@agency.example,olivia@keap.example', 'My contacts in gx624 Keap Pro Recording']);
    // What the admin does: the message has the address of the page where it is done.
    const [link = ''] = /http\S+/.exec(message.searchParams.get('body') ?? '') ?? [];
    const other = admins.page;
    await hands.begin(admins, link);
    await hands.click(other.getByRole('button', { name: 'Olivia Owner' }));
    await hands.sees(other, 'Paul Coach');
    expect(await admins.violations()).toEqual([]);
    await hands.click(other.getByRole('button', { name: 'Give them over' }));
    await other.getByText('3 contacts went to Olivia Owner.').first().waitFor();
    await other.getByText('No contact is assigned to Paul Coach.').waitFor();
    // And the partner, whose page knows.
    await page.locator('[data-assigned]').waitFor({ state: 'detached' });
    await hands.click(page.getByRole('button', { name: 'Leave Account' }));
    await page.getByLabel('Type gx624 to confirm').and(page.locator(':focus')).waitFor();
    await hands.type(page, 'gx624');
    await hands.click(page.getByRole('dialog').getByRole('button', { name: 'Leave Account' }));
    await page.getByText('You left gx624 Keap Pro Recording.').first().waitFor();
    await hands.sees(page, 'Account Central');
    takesAtMost('Leave an app with contacts', hands);
  });

  it('see who was admin in March', async () => {
    const hands = new Hands();
    const tab = await given.tab();
    const { page } = tab;
    await hands.begin(tab, given.service.url);
    await hands.click(page.getByLabel('Keap ID'));
    await hands.type(page, OWNER);
    await hands.press(page, 'Enter');
    await hands.sees(page, 'Account Central');
    await hands.click(page.getByRole('link', { name: `Users of ${appId} CSI` }));
    await hands.sees(page, 'Users');
    await hands.click(page.getByRole('link', { name: 'Who had access at another time?' }));
    await hands.sees(page, 'History');
    await hands.choose(page.getByLabel('Role at that moment'), 'Admin');
    await hands.click(page.getByLabel('Exactly'));
    await hands.type(page, '03152021');
    await hands.press(page, 'Tab');
    await hands.type(page, '090000AM');
    await page.locator('[data-at="2021-03-15T09:00:00.000Z"][data-compared]').waitFor();
    const found = await page.locator('[data-user]').evaluateAll((rows: readonly { readonly dataset: Record<string, string> }[]) => rows.map(({ dataset: { user = '' } }) => user));
    const known = Object.entries(samples.find(({ at }) => at.startsWith('2021-02'))?.users ?? {}).filter(([, role]) => role === 'ADMIN').map(([keapId]) => keapId);
    expect(found.sort()).toEqual([...known, OWNER].sort());
    takesAtMost('See who was admin in March', hands);
  });

  it('hand an auditor the proof', async () => {
    // A checkpoint is signed when the service stops.
    await given.stop();
    await given.startAgain();
    const hands = new Hands();
    const [tab, auditors] = [await given.tab({ permissions: ['clipboard-read', 'clipboard-write'] }), await given.tab()];
    const { page } = tab;
    await hands.begin(tab, given.service.url);
    await hands.click(page.getByRole('button', { name: 'Olivia Owner' }));
    await hands.sees(page, 'Account Central');
    await hands.click(page.getByRole('link', { name: 'Users of gx624 Keap Pro Recording' }));
    await hands.sees(page, 'Users');
    await hands.click(page.getByRole('link', { name: 'Anna Agency' }));
    await hands.sees(page, 'Anna Agency');
    await hands.click(page.getByRole('region', { name: /^Why/ }).getByRole('link', { name: 'Anna Agency joined as a partner' }));
    await hands.sees(page, 'History');
    const dialog = page.getByRole('dialog', { name: 'Event' });
    await hands.click(dialog.getByRole('button', { name: 'Copy the link' }));
    await dialog.getByRole('button', { name: 'Copied' }).waitFor();
    const { page: other } = auditors;
    await hands.begin(auditors, await page.evaluate<string>('navigator.clipboard.readText()'));
    await hands.click(other.getByRole('button', { name: 'Ada Auditor' }));
    await hands.sees(other, 'History');
    await other.locator('[data-verdict="right"]').getByText('Checked in this browser: everything fits').waitFor();
    await other.getByText('The Merkle path leads from the hash to the root of the latest checkpoint').waitFor();
    takesAtMost('Hand an auditor the proof', hands);
  });
});
