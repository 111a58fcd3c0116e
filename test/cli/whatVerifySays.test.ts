import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointKey } from '../../src/proofs/checkpoints/privateKey';
import { checkpointLine, parseCheckpoint } from '../../src/proofs/checkpoints/statement';
import { ChangedLog } from '../proofs/changedLogs';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { TOP } from '../support/snippets';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { addressOf, TestService } from '../support/testService';

const DOCUMENT = join(TOP, 'docs/auditing.md');
const BEGIN = '<!-- what verify says: written by UPDATE_DOCS=1 npx jest test/cli/whatVerifySays -->\n';
const END = '<!-- end of what verify says -->\n';
const STATED = ['--operator', 'Operations', '--reason', 'The disk died'];

describe('what verify says', () => {
  let directory: TemporaryDirectory;
  let appId: string;
  let first: string;
  let events: number;
  const rows: string[] = [];
  const place = (name: string): string => join(directory.path, name);
  const keyFile = (log: string): string => join(place(log), 'checkpoint.key');
  const keyIdOf = (log: string): string => CheckpointKey.load(keyFile(log))?.keyId ?? '';
  const cli = (log: string, ...args: readonly string[]): Promise<Ended> => cliProcess(args, { DATA_DIR: place(log) }).ended;
  const done = async (log: string, ...args: readonly string[]): Promise<void> => { expect(await cli(log, ...args)).toMatchObject({ code: 0 }); };
  const copyOf = (log: string, to: string): string => {
    cpSync(place(log), place(to), { recursive: true });
    return to;
  };

  /** Lets a service write that many contacts to a log, and sign them when it stops. */
  const goOn = async (log: string, contacts: number): Promise<void> => {
    const service = await TestService.start({ env: { DATA_DIR: place(log) } });
    const owner = await service.as(addressOf(appId, 'owner'));
    const { app } = await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { userId } } } }', { appId });
    for (let number = 0; number < contacts; number += 1) await owner.mutate('assignContacts', { appId, userId: app.users.nodes[0].userId, contactIds: [`${log}-${contacts}-${number}`] });
    await service.close();
  };

  /** Verifies, and notes the row of the table. `passed` is what the auditor passes, in words. */
  const says = async (happened: string, passed: string, log: string, ...args: readonly string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await cli(log, 'verify', ...args);
    const findings = stdout.trimEnd().split('\n').filter((line) => line !== '');
    const kinds = [...new Set(findings.map((line) => line.split(':', 1)[0] ?? ''))];
    const told = findings.length > 0 ? kinds.map((kind) => inGeneral(findings.find((line) => line.startsWith(`${kind}:`)) ?? '')) : [inGeneral(stderr.split('\n').find((line) => /^(?:Rotated|Restored|Key lost)/.test(line)) ?? 'nothing')];
    rows.push(`| ${happened} | ${passed} | ${code} | ${told.map((text) => text.replace(/^([A-Z_]+):/, '`$1`:').replaceAll('|', '\\|')).join(' · ')} |`);
    return kinds;
  };

  /** The same text for each run: keys by their letter, and no numbers, times or places. */
  const inGeneral = (text: string): string => [...keys].reduce((told, [keyId, name]) => told.replaceAll(keyId, name), text)
    .replaceAll(directory.path, '…').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '*time*').replaceAll(/(?:position|revision) \d+/g, (found) => `${found.split(' ', 1)[0] ?? ''} *n*`)
    .replaceAll(/\b(?:app|contacts)-[a-z0-9]+\b/g, '*stream*').replaceAll(/checkpoints-[0-9a-f]{16}\.ndjson/g, '*file*').replaceAll(/\b\d[\d,]*\b/g, '*n*').replaceAll(/\b[0-9a-f]{64}\b/g, '*key*');
  const keys = new Map<string, string>();

  beforeAll(async () => {
    directory = temporaryDirectory();
    const service = await TestService.start({ env: { DATA_DIR: place('log') } });
    const app = await GivenApp.register(service);
    ({ appId } = app);
    await app.join('partner');
    await service.close();
    first = keyIdOf('log');
    keys.set(first, '*A*');
    ({ events } = JSON.parse((await cli('log', 'backup', '--out', place('backup'), '--json')).stdout));
    copyOf('log', 'fork');
    await goOn('log', 3);
    cpSync(join(place('log'), 'checkpoints'), place('kept'), { recursive: true });
  }, 120_000);
  afterAll(() => { directory.remove(); });

  const KEPT = 'key *A*, kept checkpoints';

  it('of a fork', async () => {
    await goOn('fork', 5);
    await done('fork', 'export', '--app', appId, '--out', place('fork.ndjson'));
    expect(await says('fork: an older copy was put in place and continued with the same key', KEPT, 'fork', '--key', first, '--checkpoints', place('kept'))).toEqual(['FORKED_RESTORE']);
    expect(await says('fork, and a bundle of it', KEPT, 'fork', place('fork.ndjson'), '--key', first, '--checkpoints', place('kept'))).toEqual(['CHECKPOINT_CONTRADICTED']);
    expect(await says('fork, and a bundle of it', 'key *A* only', 'fork', place('fork.ndjson'), '--key', first)).toEqual([]);
  }, 120_000);

  it('of a restore', async () => {
    await done(copyOf('log', 'restored'), 'restore', '--from', place('backup'), ...STATED);
    await goOn('restored', 5);
    expect(await says('restore with the same key, stated by the operator', KEPT, 'restored', '--key', first, '--checkpoints', place('kept'))).toEqual(['LOG_RESTORED']);
    expect(await says('the same', 'key *A*, kept checkpoints, `--restored`', 'restored', '--key', first, '--checkpoints', place('kept'), '--restored', String(events))).toEqual([]);
    mkdirSync(place('elsewhere'));
    await done('elsewhere', 'restore', '--from', place('backup'), ...STATED, '--new-key');
    keys.set(keyIdOf('elsewhere'), '*B*');
    await goOn('elsewhere', 5);
    expect(await says('restore with a new key, since the old one is lost', KEPT, 'elsewhere', '--key', first, '--checkpoints', place('kept'))).toEqual(['LOG_RESTORED']);
    expect(await says('the same', 'keys *A* and *B*', 'elsewhere', '--key', first, '--key', keyIdOf('elsewhere'))).toEqual([]);
    keys.delete(keyIdOf('elsewhere'));
  }, 180_000);

  it('of a rotation, and of a stolen key', async () => {
    await done(copyOf('log', 'rotated'), 'rotate-key', '--operator', 'Operations', '--reason', 'Yearly');
    const second = keyIdOf('rotated');
    keys.set(second, '*B*');
    await goOn('rotated', 1);
    await goOn('rotated', 2);
    expect(await says('rotation', 'key *A*', 'rotated', '--key', first)).toEqual([]);
    expect(await says('rotation', 'key *B*', 'rotated', '--key', second)).toEqual([]);
    const latest = readFileSync(join(place('rotated'), 'checkpoints', `checkpoints-${second.slice(0, 16)}.ndjson`), 'utf8').trim().split('\n').map(parseCheckpoint).at(-1)!;
    cpSync(place('rotated'), place('stolen'), { recursive: true });
    const copied = CheckpointKey.load(keyFile('log'))!;
    writeFileSync(join(place('stolen'), 'checkpoints', 'more.ndjson'), `${checkpointLine(copied.sign(latest.statement))}\n`);
    expect(await says('stolen key: somebody signs with a copy of it after it was rotated', 'key *B*', 'stolen', '--key', second)).toEqual(['CHECKPOINT_KEY_REPLACED']);
    expect(await says('stolen key: somebody signs another history with a copy of it, and it was not rotated', KEPT, 'fork', '--key', first, '--checkpoints', place('kept'))).toEqual(['FORKED_RESTORE']);
    keys.delete(second);
  }, 180_000);

  it('of a lost key, and of one that nobody knows', async () => {
    rmSync(keyFile(copyOf('log', 'lost')));
    await done('lost', 'rotate-key', '--lost', ...STATED);
    const second = keyIdOf('lost');
    keys.set(second, '*B*');
    await goOn('lost', 1);
    expect(await says('lost key: the operator states a new one', 'key *A*', 'lost', '--key', first)).toEqual(['KEY_LOST']);
    expect(await says('the same', 'keys *A* and *B*', 'lost', '--key', first, '--key', second)).toEqual([]);
    keys.delete(second);
    copyOf('log', 'stranger');
    rmSync(keyFile('stranger'));
    renameSync(join(place('stranger'), 'checkpoints'), place('checkpoints taken away'));
    CheckpointKey.loadOrCreate(keyFile('stranger'));
    await goOn('stranger', 1);
    expect(await says('unknown key: somebody signs with a key of their own', 'key *A*', 'stranger', '--key', first)).toEqual(['CHECKPOINT_KEY_UNKNOWN']);
  }, 120_000);

  it('of a cut tail, a wrong signature, and a file that is cut off or empty', async () => {
    copyOf('log', 'cut');
    ChangedLog.at(place('cut')).withoutTree().run('DELETE FROM events WHERE position > ?', events);
    expect(await says('cut tail: the last events were deleted', KEPT, 'cut', '--key', first, '--checkpoints', place('kept'))).toEqual(['TAIL_CUT_OFF']);
    copyOf('log', 'forged');
    const [file = ''] = readdirSync(join(place('forged'), 'checkpoints'));
    const path = join(place('forged'), 'checkpoints', file);
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, [lines[0]?.replace(/"root":"./, (found) => `"root":"${found.endsWith('0') ? '1' : '0'}`), ...lines.slice(1)].join('\n'));
    expect(await says('a checkpoint was changed, so its signature is wrong', 'key *A*', 'forged', '--key', first)).toEqual(['CHECKPOINT_FORGED']);
    for (const [log, bytes] of [['truncated', 3_000], ['empty', 0]] as const) {
      copyOf('log', log);
      for (const suffix of ['-wal', '-shm']) rmSync(join(place(log), `events.db${suffix}`), { force: true });
      truncateSync(join(place(log), 'events.db'), bytes);
      expect(await says(`the file of the log is ${log === 'empty' ? 'empty' : 'cut off'}`, 'key *A*', log, '--key', first)).toEqual(['FILE_DAMAGED']);
      expect(JSON.parse((await cli(log, 'verify', '--key', first, '--json')).stdout)).toMatchObject({ ok: false, findings: [{ what: 'FILE_DAMAGED' }] });
    }
  }, 120_000);

  it('is in the document for auditors', () => {
    const table = `${BEGIN}\n| What happened | The auditor passes | Exit code | What \`verify\` says |\n|---|---|---|---|\n${rows.join('\n')}\n\n${END}`;
    const document = readFileSync(DOCUMENT, 'utf8');
    const [from, to] = [document.indexOf(BEGIN), document.indexOf(END) + END.length];
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCUMENT, document.slice(0, from) + table + document.slice(to));
    else expect(document.slice(from, to)).toBe(table);
  });
});

describe('a bundle', () => {
  let directory: TemporaryDirectory;
  let service: TestService;
  let appId: string;
  const place = (name: string): string => join(directory.path, name);
  const cli = (...args: readonly string[]): Promise<Ended> => cliProcess(args, { DATA_DIR: service.dataDir }).ended;
  beforeAll(async () => {
    directory = temporaryDirectory();
    service = await TestService.start();
    const app = await GivenApp.register(service);
    ({ appId } = app);
    // Whoever joins then is later than the first checkpoint.
    const checkpoints = join(service.dataDir, 'checkpoints');
    while (!existsSync(checkpoints) || readdirSync(checkpoints).every((name) => readFileSync(join(checkpoints, name), 'utf8') === '')) await new Promise((resolve) => setTimeout(resolve, 20));
    await app.join('partner');
    await service.running.close();
  });
  afterAll(() => { directory.remove(); });

  it('does not prove events later than the checkpoint that was named, and verify says so', async () => {
    const [file = ''] = readdirSync(join(service.dataDir, 'checkpoints'));
    const earliest = parseCheckpoint(readFileSync(join(service.dataDir, 'checkpoints', file), 'utf8').split('\n')[0] ?? '');
    expect(await cli('export', '--app', appId, '--checkpoint', earliest.statement.position, '--out', place('early.ndjson'))).toMatchObject({ code: 0 });
    const { stdout, stderr } = await cli('verify', place('early.ndjson'), '--key', earliest.keyId, '--json');
    const { events, provenEvents } = JSON.parse(stdout);
    expect(provenEvents).toBeLessThan(events);
    expect(stderr).toContain(`; ${events - provenEvents} are later than the checkpoint, and nothing proves them`);
  });

  it('is no file when its export fails', async () => {
    expect(await cli('export', '--app', appId, '--checkpoint', '0000000000999999', '--out', place('none.ndjson'))).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no checkpoint at position') });
    expect(readdirSync(directory.path)).not.toContain('none.ndjson');
  });
});
