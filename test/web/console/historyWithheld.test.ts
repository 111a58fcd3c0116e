import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import { copyInPlainText } from '../../support/plainLog';
import { cliProcess } from '../../support/serviceProcess';
import { temporaryDirectory } from '../../support/temporaryDirectory';
import type { Json, Person } from '../../support/person';

const OWNER = 'olivia@keap.example';
const SECOND = 'sam@client.example';
const ERASED = 'erna@coach.example';
const IMPORTED = 'owner@partners.example';
const APP = 'withheld';
const HISTORY = join(__dirname, '../../fixtures/histories/csi00.history.ndjson');

describe('an event of the history of which something is withheld', () => {
  const given = new GivenConsole({ CHECKPOINT_EVERY_EVENTS: '1' });
  const copy = temporaryDirectory();
  let auditor: Person;
  beforeAll(async () => {
    const [owner, second, operator] = await Promise.all([given.service.as(OWNER), given.service.as(SECOND), given.service.as('operator@keap.example', 'operator')]);
    await operator.mutate('registerApp', { appId: APP, name: 'Withheld', licences: 5, ownerKeapId: OWNER, ownerName: 'Olivia Owner' });
    await operator.mutate('appointAdmin', { appId: APP, keapId: SECOND, name: 'Sam Second', reason: 'Ticket 1' });
    await (await given.service.as('other.operator@keap.example', 'operator')).mutate('renameApp', { appId: APP, name: 'Kept back' });
    await second.mutate('invitePartner', { appId: APP, keapId: 'before@coach.example', role: 'STANDARD' });
    await owner.mutate('invitePartner', { appId: APP, keapId: 'own@coach.example', role: 'STANDARD' });
    // From here on the log is one that began before the address and the client of who acted were encrypted.
    await given.stop();
    await command('import', '--app', 'early', '--name', 'Early', '--owner', IMPORTED, HISTORY);
    const old = join(copy.path, 'old');
    await copyInPlainText(given.dataDir, old);
    rmSync(given.dataDir, { recursive: true });
    cpSync(old, given.dataDir, { recursive: true });
    await given.startAgain();
    await (await given.service.as(OWNER)).mutate('invitePartner', { appId: APP, keapId: ERASED, name: 'Erna Erased', role: 'STANDARD' });
    await given.stop();
    await command('erase', '--keap-id', ERASED);
    await command('import', '--app', 'csi00', '--name', 'CSI', '--owner', IMPORTED, HISTORY);
    await given.startAgain();
    auditor = await given.service.as('auditor@keap.example', 'auditor');
  });
  afterAll(() => { copy.remove(); });

  async function command(...args: readonly string[]): Promise<void> {
    const { code, stderr } = await cliProcess(args, { DATA_DIR: given.dataDir }).ended;
    if (code !== 0) throw new Error(stderr);
  }

  /** Checkpoints are signed in the background. */
  async function isSigned(position: string): Promise<void> {
    while (((await auditor.read('{ latestCheckpoint { position } }')).latestCheckpoint?.position ?? '') < position);
  }
  async function eventOf(type: string, index = 0): Promise<Json> {
    const { membershipEvents: { nodes } } = await auditor.read('query ($filter: MembershipEventFilter) { membershipEvents(filter: $filter) { nodes { id position } } }', { filter: { appId: APP, types: [type] } });
    await isSigned(nodes[index].position);
    return nodes[index];
  }
  async function open(person: string, page: 'history' | 'administration', { id }: Json): Promise<{ readonly tab: ConsolePage; readonly page: Page }> {
    const tab = await given.tab();
    await tab.signInAs(person, `/${page}?${new URLSearchParams({ ...(page === 'history' ? { app: APP } : {}), event: id }).toString()}`);
    return { tab, page: tab.page };
  }
  const results = (page: Page, result: 'right' | 'wrong' | 'open'): Promise<string[]> => page.locator(`[data-result="${result}"] > :last-child`).allTextContents();
  const ADDRESS = 'Not checked. This event was stored before the address and the client of who acted were encrypted. The service withholds them from you, so the hash cannot be computed here. An auditor can check it.';

  it('says to another admin that the address and the client are withheld, and checks what else can be checked', async () => {
    const { tab, page } = await open('Olivia Owner', 'history', await eventOf('PartnerInvited'));
    await page.locator('[data-verdict="partly"]').waitFor();
    await page.getByRole('dialog').getByText('Sam Second invited before@coach.example as a partner').waitFor();
    expect(await results(page, 'open')).toEqual([ADDRESS, expect.stringContaining('only auditors and operators may read proofs')]);
    expect(await results(page, 'right')).toEqual([expect.stringContaining('are those of the stored text'), expect.stringContaining('The previous hash is the hash of event')]);
    expect(await page.content()).not.toContain('clientAddress');
    expect(await tab.violations()).toEqual([]);
  });

  it('has the hash checked by whoever acted themselves, and the hash and the proof by an auditor', async () => {
    const { page: own } = await open('Olivia Owner', 'history', await eventOf('PartnerInvited', 1));
    await own.locator('[data-verdict="partly"]').waitFor();
    expect(await results(own, 'right')).toContainEqual('Fits. The SHA-256 of the stored text is the hash of the event.');
    expect(await results(own, 'open')).toHaveLength(1);
    const { page } = await open('Ada Auditor', 'history', await eventOf('PartnerInvited'));
    await page.locator('[data-verdict="right"]').waitFor();
    expect(await results(page, 'right')).toHaveLength(6);
  });

  it('has its inclusion proof checked by an operator, from whom the same is withheld, in German too', async () => {
    const { id } = await eventOf('AppRenamed');
    const tab = await given.tab({ locale: 'de-DE' });
    const { page } = tab;
    await page.goto(`${given.service.url}/administration?event=${encodeURIComponent(id)}`);
    await page.getByRole('button', { name: 'Otis Operator' }).click();
    await page.locator('[data-verdict="partly"]').waitFor();
    expect(await results(page, 'open')).toEqual([expect.stringContaining('bevor Adresse und Programm des Handelnden verschlüsselt wurden')]);
    expect(await results(page, 'right')).toHaveLength(5);
    expect(await results(page, 'right')).toContainEqual(expect.stringContaining('Der Merkle-Pfad führt'));
    expect(await tab.violations()).toEqual([]);
  });

  it('names nobody to an operator whom no operator named, and the hash and the proof fit', async () => {
    const { administrativeEvents: { nodes } } = await auditor.read('{ administrativeEvents(filter: { appId: "csi00", types: ["OwnerAdded"] }) { nodes { id position } } }');
    await isSigned(nodes[0].position);
    const { tab, page } = await open('Otis Operator', 'administration', nodes[0]);
    const dialog = page.getByRole('dialog', { name: 'Event' });
    await dialog.locator('[data-verdict="right"]').waitFor();
    await dialog.getByText('Somebody became the owner of the app.').waitFor();
    expect(await page.content()).not.toContain(IMPORTED);
    expect(await tab.violations()).toEqual([]);
  });

  it('says to an operator that the person is withheld, where the event was stored before people were encrypted', async () => {
    const { administrativeEvents: { nodes } } = await auditor.read('{ administrativeEvents(filter: { appId: "early", types: ["OwnerAdded"] }) { nodes { id position } } }');
    await isSigned(nodes[0].position);
    const { tab, page } = await open('Otis Operator', 'administration', nodes[0]);
    await page.locator('[data-verdict="partly"]').waitFor();
    expect(await results(page, 'open')).toEqual(['Not checked. This event was stored before people were encrypted. The service withholds the person from you, so the hash cannot be computed here. An auditor can check it.']);
    expect(await results(page, 'wrong')).toEqual([]);
    expect(await page.content()).not.toContain(IMPORTED);
    expect(await tab.violations()).toEqual([]);
  });

  it('says that somebody was erased, and the hash and the proof fit all the same', async () => {
    const event = await eventOf('PartnerInvited', 2);
    for (const [person, verdict, right] of [['Ada Auditor', 'right', 6], ['Olivia Owner', 'partly', 3]] as const) {
      const { tab, page } = await open(person, 'history', event);
      const dialog = page.getByRole('dialog', { name: 'Event' });
      await dialog.locator(`[data-verdict="${verdict}"]`).waitFor();
      await dialog.getByText('Olivia Owner invited erased person #1 as a partner with the role Standard.').waitFor();
      await dialog.getByText('Somebody in this event was erased: the key is destroyed').waitFor();
      expect(await results(page, 'right')).toHaveLength(right);
      expect(await results(page, 'wrong')).toEqual([]);
      expect(await page.content()).not.toMatch(/erna/i);
      expect(await tab.violations()).toEqual([]);
    }
  });
});
