import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { Page } from 'playwright-core';
import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import type { Json, Person } from '../../support/person';

const OWNER = 'olivia@keap.example';
/** More than one page of an export. */
const INVITED = 210;
const AT_ONCE = 14;

describe('exports of the history, and the checkpoint', () => {
  const given = new GivenConsole({ OVERLOAD_DELAY_MS: '0' });
  const appId = 'exported';
  let owner: Person;
  beforeAll(async () => {
    const operator = await given.service.as('operator@keap.example', 'operator');
    owner = await given.service.as(OWNER);
    await operator.mutate('registerApp', { appId, name: 'Exported', licences: 5, ownerKeapId: OWNER, ownerName: 'Olivia Owner' });
    await owner.mutate('invitePartner', { appId, keapId: 'formula@coach.example', name: '=1+1, "x"', role: 'ADMIN' });
    for (let first = 0; first < INVITED; first += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => owner.mutate('invitePartner', { appId, keapId: `p${first + index}@coach.example`, role: 'STANDARD' })));
    }
    const { userId } = await userOf('formula@coach.example');
    await owner.mutate('changeUserRole', { appId, userId, role: 'STANDARD' });
  });
  const userOf = async (search: string): Promise<Json> =>
    (await owner.read('query ($appId: ID!, $search: String) { app(appId: $appId) { users(filter: { search: $search }) { nodes { userId } } } }', { appId, search })).app.users.nodes[0];
  const tab = (options?: Parameters<GivenConsole['tab']>[0]): Promise<ConsolePage> => given.tab(options);

  async function exported(page: Page, format: string): Promise<{ readonly name: string; readonly text: string }> {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: format }).click()]);
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
  }

  it('are a table for spreadsheets and everything that is stored, for what the filters ask', async () => {
    const console = await tab();
    const page = await console.signInAs('Olivia Owner', `/history?app=${appId}`);
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByText(`npm run cli -- export --app ${appId}`).waitFor();
    expect(await console.violations()).toEqual([]);
    const ndjson = await exported(page, 'Everything stored (NDJSON)');
    await page.getByText('events are exported.').first().waitFor();
    const events: readonly Json[] = ndjson.text.trimEnd().split('\n').map((line) => JSON.parse(line));
    expect(ndjson.name).toBe(`${appId}-history.ndjson`);
    // The app, its owner, their first sign-in, and the change of a role.
    expect(events).toHaveLength(INVITED + 1 + 4);
    let previous = '0'.repeat(64);
    for (const { hash, hashedText, data } of events) {
      expect(createHash('sha256').update(hashedText).digest('hex')).toBe(hash);
      expect(hashedText.startsWith(`${previous}{"data":${data},`)).toBe(true);
      previous = hash;
    }

    const table = await exported(page, 'Table (CSV)');
    expect([table.name, table.text.charCodeAt(0)]).toEqual([`${appId}-history.csv`, 0xfeff]);
    const [head, ...rows]: readonly (readonly string[])[] = parse(table.text, { bom: true });
    expect(head).toEqual(['Time (UTC)', 'Type', 'What happened', 'Done by', 'Done by (Keap ID)', 'About', 'About (Keap ID)', 'Role before', 'Role after', 'Reason', 'Position', 'Event ID', 'Hash']);
    expect(rows.map((row) => row.at(-1))).toEqual(events.map(({ hash }) => hash));
    const change = events.at(-1);
    expect(rows.at(-1)).toEqual([
      change.occurredAt.slice(0, 19).replace('T', ' '), 'UserRoleChanged', 'Olivia Owner changed the role of =1+1, "x" from Admin to Standard.', 'Olivia Owner', OWNER,
      '\'=1+1, "x"', 'formula@coach.example', 'Admin', 'Standard', '', change.position, change.eventId, change.hash,
    ]);

    await page.keyboard.press('Escape');
    await page.getByLabel('Kind of event').selectOption('Role changed');
    await page.getByRole('listitem').nth(1).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Export' }).click();
    expect(parse((await exported(page, 'Table (CSV)')).text, { bom: true })).toHaveLength(2);
  });

  it('can be cancelled, and say why they failed', async () => {
    const console = await tab();
    console.expect(/Failed to load resource/);
    const page = await console.signInAs('Olivia Owner', `/history?app=${appId}`);
    await page.getByRole('listitem').first().waitFor();
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => { letGo = resolve; });
    await page.route('**/graphql', async (route) => {
      await held;
      await route.fulfill({ status: 500, json: { errors: [{ message: 'The log cannot be read.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] } }).catch(() => undefined);
    });
    await page.getByRole('button', { name: 'Export' }).click();
    const start = page.getByRole('button', { name: 'Everything stored (NDJSON)' });
    await start.click();
    await page.getByText('0 events so far').waitFor();
    expect(await start.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('0 events so far').waitFor({ state: 'detached' });
    await start.click();
    letGo();
    await page.getByText('The export was not finished, and nothing was saved. The log cannot be read.').waitFor();
    expect(await console.violations()).toEqual([]);
  });

  it('tell auditors what the latest checkpoint covers, and what not yet', async () => {
    const console = await tab({ viewport: { width: 320, height: 640 } });
    console.expect(/Failed to load resource|WebSocket/);
    const page = await console.signInAs('Ada Auditor', `/history?app=${appId}`);
    const status = page.getByRole('region', { name: 'Latest checkpoint' });
    await status.getByText('More than 200 events of this app came after it.').waitFor();
    const auditor = await given.service.as('auditor@keap.example', 'auditor');
    const { latestCheckpoint: { keyId } } = await auditor.read('{ latestCheckpoint { keyId } }');
    await status.getByText(keyId).waitFor();
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('button', { name: 'Table (CSV)' }).waitFor();
    expect(await console.isTooWide()).toBe(false);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Table (CSV)' }).waitFor({ state: 'detached' });
    expect(await console.violations()).toEqual([]);
    // The service signs what is not signed yet when it stops.
    await given.stop();
    await given.startAgain();
    owner = await given.service.as(OWNER);
    await status.getByRole('button', { name: 'Read again' }).click();
    await status.getByText('It covers everything that happened in this app.').waitFor();
    await owner.mutate('changeUserRole', { appId, userId: (await userOf('formula@coach.example')).userId, role: 'ADMIN' });
    await status.getByRole('button', { name: 'Read again' }).click();
    await status.getByText('1 event of this app came after it.').waitFor();
  });
});
