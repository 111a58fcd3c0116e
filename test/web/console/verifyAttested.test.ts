import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { parseCheckpoint } from '../../../src/proofs/checkpoints/statement';
import { GivenConsole } from '../../support/consolePage';
import { GivenApp } from '../../support/givenApp';
import { cliProcess } from '../../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';
import { TestService } from '../../support/testService';
import { TimeStampAuthority } from '../../support/timeStampAuthority';
import { startWitness } from '../../support/witness';

interface Found {
  readonly what: string;
  readonly message: string;
}

describe('the page that verifies evidence, of what others have attested', () => {
  const given = new GivenConsole();
  let directory: TemporaryDirectory;
  let keyId: string;
  let witnessKeyId: string;
  let events: number;
  const place = (name: string): string => join(directory.path, name);
  const run = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout } = await cliProcess(args, { DATA_DIR: place('log') }).ended;
    expect(code).toBe(0);
    return stdout;
  };

  beforeAll(async () => {
    directory = temporaryDirectory();
    mkdirSync(place('elsewhere'));
    const [witness, authority] = [await startWitness(place('witness')), await TimeStampAuthority.start()];
    witnessKeyId = witness.keyId;
    const env = { DATA_DIR: place('log'), CHECKPOINT_EVERY_EVENTS: '2', CHECKPOINT_TSA_URL: authority.url, ...witness.env };
    const service = await TestService.start({ env });
    await (await GivenApp.register(service)).join('partner');
    const waiting = async (): Promise<number[]> => [...(await (await fetch(`${service.url}/metrics`)).text()).matchAll(/^checkpoint_(?:witness|time_stamp)_waiting (\d+)$/gm)].map(([, count]) => Number(count));
    const signed = async (): Promise<unknown> => (await (await service.as('auditor@example.com', 'auditor')).read('{ latestCheckpoint { events } }')).latestCheckpoint;
    while ((await signed()) === null || (await waiting()).join() !== '0,0') await new Promise((resolve) => setImmediate(resolve));
    await service.close();
    await authority.close();
    witness.program.kill('SIGTERM');
    await witness.program.ended;
    await run('export', '--out', place('log.ndjson'));
    ({ events } = JSON.parse(await run('backup', '--out', place('backup'), '--json')));
    const later = await TestService.start({ env: { DATA_DIR: place('log') } });
    await GivenApp.register(later);
    await later.close();
    await run('export', '--out', place('given up.ndjson'));
    await run('restore', '--from', place('backup'), '--operator', 'Operations', '--reason', 'A drill', '--key', place('log/checkpoint.key'));
    await run('export', '--out', place('restored.ndjson'));
    const name = readdirSync(place('log/checkpoints')).find((one) => one.startsWith('checkpoints-')) ?? '';
    keyId = parseCheckpoint(readFileSync(place(`log/checkpoints/${name}`), 'utf8').split('\n')[0] ?? '').keyId;
  }, 180_000);
  afterAll(() => { directory.remove(); });

  /** Verifies a file on the page, and compares the findings with those of the command. */
  const verifyOn = async (page: Page, file: string, witnessKey: string, ...args: readonly string[]): Promise<readonly Found[]> => {
    await page.locator('[data-field="bundle"] input').setInputFiles(place(file));
    await page.getByLabel('Ids of the keys that may sign').fill(keyId);
    await page.getByLabel('Ids of the keys of witnesses').fill(witnessKey);
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await page.locator('[data-check="good"], [data-check="found"]').waitFor();
    const found = await page.evaluate<Found[]>('[...document.querySelectorAll("[data-finding]")].map((row) => ({ what: row.cells[0].textContent, message: row.cells[1].textContent }))');
    const { stdout } = await cliProcess(['verify', place(file), '--key', keyId, ...(witnessKey === '' ? [] : ['--witness-key', witnessKey]), ...args, '--json'], { DATA_DIR: place('elsewhere') }).ended;
    expect(found).toEqual((JSON.parse(stdout) as { readonly findings: readonly Found[] }).findings.map(({ what, message }) => ({ what, message })));
    return found;
  };
  const open = async (): Promise<Page> => {
    const { page } = await given.tab();
    await page.goto(`${given.service.url}/verify`);
    await page.locator('[data-presence="ready"]').waitFor();
    return page;
  };
  const listOn = async (page: Page, name: string): Promise<string> => (await page.locator(`[data-list="${name}"] li`).allTextContents()).join('\n');
  const changed = (name: string, change: (text: string) => string): string => {
    writeFileSync(place(name), change(readFileSync(place('log.ndjson'), 'utf8')));
    return name;
  };
  const endOf = (name: string): { readonly stamped: { readonly timeStamp: string }; readonly countersigned: readonly [{ readonly countersignature: { readonly time: string } }] } =>
    (JSON.parse(readFileSync(place(name), 'utf8').trimEnd().split('\n').at(-1) ?? '') as { readonly data: ReturnType<typeof endOf> }).data;

  it('checks countersignatures with the keys of witnesses, in the words of the command', async () => {
    const page = await open();
    await page.context().setOffline(true);
    expect(await verifyOn(page, 'log.ndjson', '')).toEqual([]);
    expect(await listOn(page, 'open')).toContain('no key of a witness was named, so anybody may have countersigned');
    expect(await verifyOn(page, 'log.ndjson', witnessKeyId.toUpperCase())).toEqual([]);
    expect(await listOn(page, 'checked')).toMatch(new RegExp(`A witness with the key ${witnessKeyId} saw the first \\d+ events at `));
    expect(await listOn(page, 'open')).not.toContain('witness');
    expect((await verifyOn(page, 'log.ndjson', keyId)).map(({ what }) => what)).toEqual(['COUNTERSIGNATURE_MISSING']);
    expect(await listOn(page, 'checked')).toContain(`A witness with the key ${witnessKeyId}, which was not named, saw`);
    const forged = changed('forged.ndjson', (text) => text.replace(endOf('log.ndjson').countersigned[0].countersignature.time, '2001-01-01T00:00:00.000Z'));
    expect((await verifyOn(page, forged, witnessKeyId)).map(({ what }) => what)).toEqual(expect.arrayContaining(['COUNTERSIGNATURE_FORGED', 'COUNTERSIGNATURE_MISSING']));
    await page.getByLabel('Ids of the keys of witnesses').fill('witness');
    await page.getByText('“witness” is not the id of a key.').waitFor();
    expect(await page.getByRole('button', { name: 'Verify', exact: true }).isDisabled()).toBe(true);
    await page.context().setOffline(false);
  });

  it('checks what a time stamp is about, and says what it cannot check', async () => {
    const page = await open();
    expect(await verifyOn(page, 'log.ndjson', '')).toEqual([]);
    expect(await listOn(page, 'checked')).toMatch(/A time stamp of .+ is about the checkpoint over the first \d+ events, and is whole/);
    expect(await listOn(page, 'open')).toContain('Who made the time stamp: browsers cannot read the certificates of an authority.');
    const { timeStamp } = endOf('log.ndjson').stamped;
    const token = Buffer.from(timeStamp, 'base64');
    // The year of the time, "2…" in the TSTInfo: the content is not what was signed.
    const at = token.indexOf(`${new Date().getUTCFullYear()}`);
    token[at] = token[at]! ^ 1;
    const antedated = changed('antedated.ndjson', (text) => text.replace(timeStamp, token.toString('base64')));
    expect(await verifyOn(page, antedated, '')).toEqual(expect.arrayContaining([{ what: 'TIME_STAMP_FORGED', message: expect.stringContaining('its content is not what was signed') }]));
    expect(await listOn(page, 'open')).not.toContain('time stamp');
    const cut = changed('cut.ndjson', (text) => text.replace(timeStamp, timeStamp.slice(0, 200)));
    expect((await verifyOn(page, cut, '')).map(({ what }) => what)).toContain('TIME_STAMP_FORGED');
  });

  it('takes the restores that somebody knows of', async () => {
    const page = await open();
    await page.locator('[data-field="previous"] input').setInputFiles(place('given up.ndjson'));
    const previous = ['--previous', place('given up.ndjson')];
    expect((await verifyOn(page, 'restored.ndjson', '', ...previous)).map(({ what }) => what)).toEqual(['LOG_RESTORED']);
    await page.getByLabel('Restores that you know of').fill(String(events));
    expect(await verifyOn(page, 'restored.ndjson', '', ...previous, '--restored', String(events))).toEqual([]);
    await page.getByLabel('Restores that you know of').fill('yesterday');
    await page.getByText('“yesterday” is not a number of events.').waitFor();
  });
});
