import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { canonicalJson } from '../../../src/eventstore/eventHash';
import { CheckpointKey } from '../../../src/proofs/checkpoints/privateKey';
import { parseCheckpoint } from '../../../src/proofs/checkpoints/statement';
import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import { GivenApp } from '../../support/givenApp';
import { cliProcess } from '../../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';
import { TestService } from '../../support/testService';

interface Found {
  readonly what: string;
  readonly message: string;
}

/** A bundle that is large enough to be cancelled, in bytes. */
const LARGE = 60_000_000;

describe('the page that verifies evidence in the browser', () => {
  const given = new GivenConsole();
  let directory: TemporaryDirectory;
  let keyId: string;
  const place = (name: string): string => join(directory.path, name);
  const linesOf = (name: string): string[] => readFileSync(place(name), 'utf8').trimEnd().split('\n');
  const write = (name: string, lines: readonly string[]): string => {
    writeFileSync(place(name), `${lines.join('\n')}\n`);
    return place(name);
  };
  const run = async (dataDir: string, ...args: readonly string[]): Promise<void> => {
    expect(await cliProcess(args, { DATA_DIR: dataDir }).ended).toMatchObject({ code: 0 });
  };
  /** What the command finds in the same file. */
  const foundByVerify = async (...args: readonly string[]): Promise<readonly Found[]> => {
    const { stdout } = await cliProcess(['verify', ...args, '--json'], { DATA_DIR: place('elsewhere') }).ended;
    return (JSON.parse(stdout) as { readonly findings: readonly Found[] }).findings.map(({ what, message }) => ({ what, message }));
  };

  const goOn = async (dataDir: string, appId: string, contacts: number): Promise<void> => {
    const service = await TestService.start({ env: { DATA_DIR: dataDir } });
    const owner = await service.as('owner@verified.example');
    const { app } = await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { userId } } } }', { appId });
    for (let number = 0; number < contacts; number += 1) await owner.mutate('assignContacts', { appId, userId: app.users.nodes[0].userId, contactIds: [`contact-${number}`] });
    await service.close();
  };
  beforeAll(async () => {
    directory = temporaryDirectory();
    mkdirSync(place('elsewhere'));
    const service = await TestService.start({ env: { DATA_DIR: place('log') } });
    const operator = await service.as('operator@verified.example', 'operator');
    const appId = 'verified';
    await operator.mutate('registerApp', { appId, name: 'Verified', licences: 5, ownerKeapId: 'owner@verified.example', ownerName: 'Olivia Owner' });
    const app = await GivenApp.register(service);
    const coach = await app.join('coach');
    const reviewId = (await app.owner.mutate('startAccessReview', { appId: app.appId, note: 'Quarter 1' }, 'review { reviewId }')).review.reviewId;
    await app.owner.mutate('decideAccess', { reviewId, userIds: [coach.userId], decision: 'REMOVE', remark: 'The project has ended' });
    const second = await app.join('second', 'ADMIN', 'USER');
    await second.person.mutate('decideAccess', { reviewId, userIds: [app.ownerUserId], decision: 'KEEP' });
    await app.owner.mutate('finishAccessReview', { reviewId });
    await service.close();
    await run(place('log'), 'export', '--out', place('old.ndjson'));
    for (const format of ['ndjson', 'html']) await run(place('log'), 'export', '--review', reviewId, '--format', format, '--out', place(`review.${format}`));
    cpSync(place('log'), place('fork'), { recursive: true });
    await goOn(place('log'), appId, 2);
    await goOn(place('fork'), appId, 3);
    for (const log of ['log', 'fork']) await run(place(log), 'export', '--out', place(`${log}.ndjson`));
    cpSync(join(place('log'), 'checkpoints'), place('kept'), { recursive: true });
    const [file = ''] = readdirSync(place('kept'));
    ({ keyId } = parseCheckpoint(readFileSync(join(place('kept'), file), 'utf8').split('\n')[0] ?? ''));
  }, 180_000);
  afterAll(() => { directory.remove(); });

  /** Opens the page as somebody who has no account. */
  const open = async (options?: Parameters<GivenConsole['tab']>[0]): Promise<ConsolePage> => {
    const tab = await given.tab(options);
    await tab.page.goto(`${given.service.url}/verify`);
    await tab.page.locator('[data-presence="ready"]').waitFor();
    return tab;
  };
  const choose = (page: Page, field: string, ...files: readonly string[]): Promise<void> => page.locator(`[data-field="${field}"] input`).setInputFiles([...files]);
  const start = (page: Page): Promise<void> => page.getByRole('button', { name: 'Verify', exact: true }).click();
  const keyField = (page: Page): ReturnType<Page['getByLabel']> => page.getByLabel('Ids of the keys that may sign');
  const foundOn = (page: Page): Promise<readonly Found[]> =>
    page.evaluate<Found[]>('[...document.querySelectorAll("[data-finding]")].map((row) => ({ what: row.cells[0].textContent, message: row.cells[1].textContent }))');
  const verifyOn = async (page: Page, file: string, key = keyId): Promise<readonly Found[]> => {
    await choose(page, 'bundle', file);
    await keyField(page).fill(key);
    await start(page);
    await page.locator('[data-check="good"], [data-check="found"]').waitFor();
    return foundOn(page);
  };
  const listOn = (page: Page, name: string): Promise<readonly string[]> => page.locator(`[data-list="${name}"] li`).allTextContents();

  it('finds nothing in a bundle as it was exported, says what was checked and what was not, and needs no sign-in', async () => {
    const tab = await open();
    const { page } = tab;
    expect(await tab.violations()).toEqual([]);
    expect(await verifyOn(page, place('log.ndjson'))).toEqual([]);
    await page.getByText('Nothing was found that was changed.').first().waitFor();
    const events = linesOf('log.ndjson').length - 2;
    expect(await listOn(page, 'checked')).toEqual(expect.arrayContaining([
      `${events} events: their hashes and their places in their streams`, expect.stringContaining(`${events} events are proved to be in the log`), `The checkpoint was signed by the key ${keyId}`, `The file was sealed as a whole by the key ${keyId}`,
    ]));
    expect(await listOn(page, 'open')).toEqual([expect.stringContaining('no checkpoints and no older bundle were given')]);
    expect(await tab.violations()).toEqual([]);
    // Another key than the one that signed, and none.
    await keyField(page).fill('');
    expect(await page.locator('[data-check]').count()).toBe(0);
    await start(page);
    await page.locator('[data-check="good"]').waitFor();
    expect((await listOn(page, 'open'))[0]).toContain('no key was named, so anybody may have signed');
  });

  it('finds what the command finds, in the same words', async () => {
    const { page } = await open();
    const lines = linesOf('log.ndjson');
    const other = CheckpointKey.create().keyId;
    const changedLine = (at: number, change: (line: Record<string, unknown>) => void): string[] => lines.map((text, index) => {
      if (index !== at) return text;
      const line = JSON.parse(text) as Record<string, unknown>;
      change(line);
      return canonicalJson(line);
    });
    const cases: Readonly<Record<string, readonly string[]>> = {
      'edited.ndjson': changedLine(3, (line) => { line['data'] = { ...(line['data'] as object), edited: true }; }),
      'renamed.ndjson': lines.map((line) => line.replaceAll('Olivia Owner', 'Olga Other')),
      'moved.ndjson': [...lines.slice(0, 2), lines[3]!, lines[2]!, ...lines.slice(4)],
      'removed.ndjson': lines.filter((_, index) => index !== 4),
      'twice.ndjson': [...lines.slice(0, 3), lines[2]!, ...lines.slice(3)],
      'unproved.ndjson': changedLine(2, (line) => { line['inclusionproof'] = '0'.repeat(64); }),
      'cut.ndjson': lines.slice(0, -1),
      'longer.ndjson': [...lines, 'more'],
      'forged.ndjson': lines.map((line, index) => (index === lines.length - 1 ? line.replace(/"signature":"..../, '"signature":"AAAA') : line)),
      'text.ndjson': ['This is no bundle.'],
      'review.changed.ndjson': linesOf('review.ndjson').map((line) => (line.includes('partner-access.reviewed-person') ? line.replaceAll('The project has ended', 'Is still needed') : line)),
      'page.changed.html': readFileSync(place('review.html'), 'utf8').trimEnd().replace('The project has ended', 'Is still needed').split('\n'),
    };
    for (const [name, changed] of Object.entries(cases)) {
      const file = write(name, changed);
      const expected = await foundByVerify(file, '--key', keyId);
      expect(expected).not.toEqual([]);
      expect({ name, found: await verifyOn(page, file) }).toEqual({ name, found: expected });
    }
    const expected = await foundByVerify(place('log.ndjson'), '--key', other);
    expect(expected.map(({ what }) => what)).toContain('CHECKPOINT_KEY_UNKNOWN');
    expect(await verifyOn(page, place('log.ndjson'), other)).toEqual(expected);
    expect(await verifyOn(page, place('log.ndjson'), `${other}, ${keyId.toUpperCase()}`)).toEqual([]);
    for (const file of ['review.ndjson', 'review.html']) {
      expect(await verifyOn(page, place(file))).toEqual([]);
      expect((await listOn(page, 'checked')).join('\n')).toMatch(/The access review of \S+: 3 people|The access review of \S+: 2 people/);
    }
    // The vectors hold what a bundle can hold.
    const vectors = join(__dirname, '../../../docs/vectors/bundle.ndjson');
    const sealed = parseCheckpoint(canonicalJson((JSON.parse(readFileSync(vectors, 'utf8').trimEnd().split('\n').at(-1)!) as { readonly data: { readonly checkpoint: object } }).data.checkpoint)).keyId;
    expect(await verifyOn(page, vectors, sealed)).toEqual(await foundByVerify(vectors, '--key', sealed));
  });

  it('compares with checkpoints and older bundles that were kept: it finds a fork', async () => {
    const { page } = await open();
    const [kept = ''] = readdirSync(place('kept'));
    const checkpoints = join(place('kept'), kept);
    expect(await verifyOn(page, place('fork.ndjson'))).toEqual([]);
    await choose(page, 'checkpoints', checkpoints);
    const forked = await verifyOn(page, place('fork.ndjson'));
    expect(forked.map(({ what }) => what)).toContain('CHECKPOINT_CONTRADICTED');
    expect(forked).toEqual(await foundByVerify(place('fork.ndjson'), '--key', keyId, '--checkpoints', checkpoints));
    await choose(page, 'previous', place('old.ndjson'));
    expect(await verifyOn(page, place('log.ndjson'))).toEqual([]);
    expect((await listOn(page, 'checked')).join('\n')).toMatch(/Compared with \d checkpoints that were kept/);
    expect(await page.locator('[data-list="open"]').count()).toBe(0);
    await page.getByRole('button', { name: 'Remove old.ndjson' }).click();
    await page.getByRole('button', { name: `Remove ${kept}` }).click();
    await choose(page, 'previous', place('fork.ndjson'));
    const other = await verifyOn(page, place('log.ndjson'));
    expect(other.map(({ what }) => what)).toContain('HISTORY_REWRITTEN');
    expect(other).toEqual(await foundByVerify(place('log.ndjson'), '--key', keyId, '--previous', place('fork.ndjson')));
    // What cannot be compared is said in the words of the command.
    await page.getByRole('button', { name: 'Remove fork.ndjson' }).click();
    await choose(page, 'checkpoints', join(given.dataDir, 'checkpoints', readdirSync(join(given.dataDir, 'checkpoints'))[0]!));
    await choose(page, 'bundle', place('log.ndjson'));
    await start(page);
    await page.getByRole('alert').getByText('is about the log of this bundle').waitFor();
    await page.getByRole('list').getByRole('button', { name: 'Remove checkpoints' }).click();
    await choose(page, 'checkpoints', write('empty.ndjson', ['']));
    await start(page);
    await page.getByText('There is no checkpoint in the files of checkpoints.').first().waitFor();
  });

  it('works without a network, and asks nobody for anything', async () => {
    const { page } = await open();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.context().setOffline(true);
    expect(await verifyOn(page, place('log.ndjson'))).toEqual([]);
    expect(await verifyOn(page, write('cut.ndjson', linesOf('log.ndjson').slice(0, -1)))).toEqual(await foundByVerify(place('cut.ndjson'), '--key', keyId));
    expect(asked).toEqual([]);
    await page.context().setOffline(false);
  });

  it('takes a file that is dropped, and stays where it is dropped elsewhere', async () => {
    const { page } = await open();
    const text = readFileSync(place('log.ndjson'), 'utf8');
    const transfer = await page.evaluateHandle(`(() => { const data = new DataTransfer(); data.items.add(new File([${JSON.stringify(text)}], 'dropped.ndjson')); return data; })()`);
    const field = page.locator('[data-field="bundle"]');
    await field.dispatchEvent('dragover', { dataTransfer: transfer });
    await field.getByText('Drop it here.').waitFor();
    await field.dispatchEvent('drop', { dataTransfer: transfer });
    await field.getByText('dropped.ndjson').waitFor();
    expect(await page.evaluate<boolean>('!document.body.dispatchEvent(new Event("drop", { bubbles: true, cancelable: true }))')).toBe(true);
    await start(page);
    await page.locator('[data-check="good"]').waitFor();
  });

  it('can be used by keyboard, on a phone of 320 pixels, in German', async () => {
    const tab = await open({ viewport: { width: 320, height: 640 }, locale: 'de-DE' });
    const { page } = tab;
    await tab.heading('Nachweise prüfen').waitFor();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), (async () => {
      await tab.tabTo(page.getByRole('button', { name: 'Datei auswählen' }));
      await page.keyboard.press('Enter');
    })()]);
    await chooser.setFiles(place('log.ndjson'));
    await tab.tabTo(page.getByLabel('Kennungen der Schlüssel'));
    await page.keyboard.type('no key');
    await page.getByText('„no“ ist keine Kennung eines Schlüssels.').waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.type(CheckpointKey.create().keyId);
    await tab.tabTo(page.getByRole('button', { name: 'Prüfen', exact: true }));
    await page.keyboard.press('Enter');
    await page.locator('[data-check="found"]').waitFor();
    await page.getByRole('region', { name: 'Ergebnis' }).and(page.locator(':focus')).waitFor();
    expect(await tab.isTooWide()).toBe(false);
    expect(await tab.violations()).toEqual([]);
  });

  it('reads a large file without standing still, tells how far it is, and stops when it is cancelled', async () => {
    const { page } = await open();
    const lines = linesOf('log.ndjson');
    writeFileSync(place('large.ndjson'), `${lines[0]}\n`);
    const body = `${lines.slice(1, -1).join('\n')}\n`;
    const block = body.repeat(Math.ceil(1_000_000 / body.length));
    for (let size = 0; size < LARGE; size += block.length) appendFileSync(place('large.ndjson'), block);
    await choose(page, 'bundle', place('large.ndjson'));
    await start(page);
    await page.getByText(/^[\d,]+ lines, [\d.]+ of [\d.]+ MB$/).waitFor();
    expect(await page.evaluate<number>('new Promise((done) => { const begin = performance.now(); setTimeout(() => done(performance.now() - begin), 0); })')).toBeLessThan(1_000);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('[data-check="stopped"]').waitFor();
    expect(await verifyOn(page, place('log.ndjson'))).toEqual([]);
  });

  it('shows the first 200 findings of a file that was made to have many, and how many more there are', async () => {
    const { page } = await open();
    const [request = '', first = '', ...others] = linesOf('log.ndjson');
    const file = write('copies.ndjson', [request, ...Array<string>(260).fill(first), ...others]);
    const all = await foundByVerify(file, '--key', keyId);
    expect(all.length).toBeGreaterThan(250);
    expect(await verifyOn(page, file)).toEqual(all.slice(0, 200));
    await page.getByText(`${all.length} findings`).first().waitFor();
    await page.getByText(`${all.length - 200} more findings are not shown here.`).waitFor();
  });

  it('says that a file cannot be read any more', async () => {
    const { page } = await open();
    await choose(page, 'bundle', write('gone.ndjson', linesOf('log.ndjson')));
    rmSync(place('gone.ndjson'));
    await start(page);
    await page.getByRole('alert').getByText('The browser cannot read gone.ndjson').waitFor();
  });

  it('is led to from where evidence is exported, for everybody who has signed in', async () => {
    const tab = await given.tab();
    const page = await tab.signInAs('Olivia Owner', '/history?app=gx624');
    await page.getByRole('main').getByRole('link', { name: 'Verify an exported file in this browser' }).click();
    await tab.heading('Verify evidence').waitFor();
    await page.getByRole('link', { name: 'Access reviews' }).click();
    await page.getByRole('main').getByRole('link', { name: 'Verify an exported file in this browser' }).waitFor();
    const coach = await given.tab();
    const other = await coach.signInAs('Paul Coach');
    await other.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Verify evidence' }).click();
    await other.locator('[data-presence="ready"]').waitFor();
    const nobody = await open();
    await nobody.page.getByRole('button', { name: 'Sign in' }).click();
    await nobody.heading('Who are you today?').waitFor();
  });
});
