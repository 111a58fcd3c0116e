import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../src/eventstore/eventHash';
import { CheckpointKey } from '../../src/proofs/checkpoints/privateKey';
import { parseCheckpoint } from '../../src/proofs/checkpoints/statement';
import { ChangedLog } from '../proofs/changedLogs';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';

/** Lines of all files of checkpoints in a directory, with the ids of the keys that signed them. */
const keysIn = (checkpoints: string): string[] =>
  readdirSync(checkpoints).filter((name) => name.startsWith('checkpoints-')).flatMap((name) => readFileSync(join(checkpoints, name), 'utf8').trim().split('\n').map((line) => parseCheckpoint(line).keyId));
const kinds = ({ stdout }: Ended): string[] => [...new Set(stdout.trimEnd().split('\n').map((line) => line.split(':', 1)[0] ?? ''))];
const keyIdOf = (file: string): string => CheckpointKey.load(file)?.keyId ?? '';

describe('rotate-key beside the running service', () => {
  let directory: TemporaryDirectory;
  let service: TestService;
  let app: GivenApp;
  let first: string;
  let second: string;
  const place = (name: string): string => join(directory.path, name);
  const cli = (...args: readonly string[]): Promise<Ended> => cliProcess(args, { DATA_DIR: service.dataDir }).ended;
  const checkpoints = (): string => join(service.dataDir, 'checkpoints');

  beforeAll(async () => {
    directory = temporaryDirectory();
    // Each event is signed at once.
    service = await TestService.start({ env: { CHECKPOINT_EVERY_EVENTS: '1' } });
    app = await GivenApp.register(service);
    await app.join('partner');
    first = keyIdOf(join(service.dataDir, 'checkpoint.key'));
    expect(await cli('export', '--app', app.appId, '--out', place('before.ndjson'))).toMatchObject({ code: 0 });
    cpSync(checkpoints(), place('kept'), { recursive: true });
    const rotated = await cli('rotate-key', '--operator', 'Olga', '--reason', 'Yearly', '--json');
    expect(rotated).toMatchObject({ code: 0, stderr: '' });
    second = keyIdOf(join(service.dataDir, 'checkpoint.key'));
    expect(JSON.parse(rotated.stdout)).toMatchObject({ change: 'ROTATED', keyId: second, previousKeyId: first, operator: 'Olga', reason: 'Yearly' });
    await app.join('later');
    while (!keysIn(checkpoints()).includes(second)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await cli('export', '--app', app.appId, '--out', place('after.ndjson'))).toMatchObject({ code: 0 });
  }, 60_000);
  afterAll(async () => {
    await service.close();
    directory.remove();
  });

  it('makes the service sign with the new key, and deletes the old one', () => {
    expect(second).not.toBe(first);
    expect(new Set(keysIn(checkpoints()))).toEqual(new Set([first, second]));
    expect(readdirSync(service.dataDir).filter((name) => name.startsWith('checkpoint.key'))).toEqual(['checkpoint.key']);
  });

  it('is no finding, and is said in words, whichever key was named', async () => {
    for (const key of [first, second]) {
      for (const [target, ...more] of [[service.dataDir], [place('after.ndjson')], [place('after.ndjson'), '--checkpoints', place('kept')], [place('after.ndjson'), '--previous', place('before.ndjson')], [place('before.ndjson'), '--checkpoints', checkpoints()]]) {
        const { code, stdout, stderr } = await cli('verify', target ?? '', '--key', key, ...more);
        expect({ target, more, code, stdout }).toEqual({ target, more, code: 0, stdout: '' });
        expect(stderr).toContain(`the key ${first} introduced the key ${second}, says Olga (Yearly).`);
        expect(stderr).toMatch(/^Rotated at event \d+ on /m);
      }
    }
    const { stdout } = await cli('verify', place('after.ndjson'), '--key', first, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, findings: [], keyChanges: [{ change: 'ROTATED', keyId: second, previousKeyId: first }] });
  }, 60_000);

  it('a bundle of before stays as it was; the new key alone does not vouch for it', async () => {
    expect(await cli('verify', place('before.ndjson'), '--key', first)).toMatchObject({ code: 0, stdout: '' });
    const { code, stdout } = await cli('verify', place('before.ndjson'), '--key', second);
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^CHECKPOINT_KEY_UNKNOWN: /) });
  });

  it('names a key that nothing introduces', async () => {
    cpSync(checkpoints(), place('without the statement'), { recursive: true });
    rmSync(join(place('without the statement'), 'keys.ndjson'));
    const found = await cli('verify', place('before.ndjson'), '--checkpoints', place('without the statement'), '--key', first);
    expect([found.code, kinds(found)]).toEqual([1, ['CHECKPOINT_KEY_UNKNOWN']]);
    expect(found.stdout).toContain('nothing introduces the key');
  });

  it.each<[string, (line: string) => string, string]>([
    ['another reason', (line) => line.replace('Yearly', 'Monthly'), 'CHECKPOINT_FORGED'],
    ['no signature by the old key', (line) => {
      const { statement, signatures } = JSON.parse(line);
      return canonicalJson({ statement, signatures: signatures.filter(({ keyId }: { keyId: string }) => keyId !== statement.previousKeyId) });
    }, 'CHECKPOINT_FORGED'],
    ['one more field', (line) => canonicalJson({ ...JSON.parse(line), more: 1 }), 'CHECKPOINT_UNREADABLE'],
    ['another change', (line) => line.replace('ROTATED', 'STOLEN'), 'CHECKPOINT_UNREADABLE'],
  ])('a statement about keys with %s is a finding, in a directory and in a bundle', async (what, change, kind) => {
    const changed = place(what);
    cpSync(checkpoints(), changed, { recursive: true });
    writeFileSync(join(changed, 'keys.ndjson'), `${change(readFileSync(join(changed, 'keys.ndjson'), 'utf8').trim())}\n`);
    const ofLog = await cliProcess(['verify', service.dataDir, '--key', first], { DATA_DIR: service.dataDir, CHECKPOINT_DIR: changed }).ended;
    expect([ofLog.code, kinds(ofLog)]).toEqual([1, expect.arrayContaining([kind, 'CHECKPOINT_KEY_UNKNOWN'])]);
    const lines = readFileSync(place('after.ndjson'), 'utf8').trimEnd().split('\n');
    const end = JSON.parse(lines.at(-1) ?? '');
    end.data.keys = [JSON.parse(change(canonicalJson(end.data.keys[0])))];
    writeFileSync(`${changed}.ndjson`, `${[...lines.slice(0, -1), canonicalJson(end)].join('\n')}\n`);
    const ofBundle = await cli('verify', `${changed}.ndjson`, '--key', first);
    expect([ofBundle.code, kinds(ofBundle)]).toEqual([1, expect.arrayContaining([kind])]);
  });

  it('a chain that was taken out of a bundle, or that a stranger added to it, breaks its seal', async () => {
    const lines = readFileSync(place('after.ndjson'), 'utf8').trimEnd().split('\n');
    const end = JSON.parse(lines.at(-1) ?? '');
    delete end.data.keys;
    writeFileSync(place('cut.ndjson'), `${[...lines.slice(0, -1), canonicalJson(end)].join('\n')}\n`);
    expect(kinds(await cli('verify', place('cut.ndjson'), '--key', second))).toEqual(['BUNDLE_CHANGED']);
  });
});

describe('rotate-key without the service', () => {
  let directory: TemporaryDirectory;
  let first: string;
  let stolen: string;
  const log = (): string => join(directory.path, 'log');
  const keyFile = (): string => join(log(), 'checkpoint.key');
  const cli = (...args: readonly string[]): Promise<Ended> => cliProcess(args, { DATA_DIR: log() }).ended;
  const verify = async (...keys: readonly string[]): Promise<Ended> => cli('verify', log(), ...keys.flatMap((key) => ['--key', key]));
  const start = (): Promise<TestService> => TestService.start({ env: { DATA_DIR: log() } });
  const goOn = async (): Promise<void> => {
    const service = await start();
    await GivenApp.register(service);
    await service.close();
  };

  beforeEach(async () => {
    directory = temporaryDirectory();
    await goOn();
    first = keyIdOf(keyFile());
    stolen = join(directory.path, 'stolen.key');
    cpSync(keyFile(), stolen);
  });
  afterEach(() => directory.remove());

  it('the next start goes on with the new key, also after a crash in the middle', async () => {
    expect(await cli('rotate-key')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Rotated at event \d+ on .*\.\nAuditors who have named the old key accept the new one too\.\n$/) });
    const second = keyIdOf(keyFile());
    await goOn();
    // As a crash leaves it between the statement and the new file.
    renameSync(keyFile(), `${keyFile()}.next`);
    cpSync(stolen, keyFile());
    await goOn();
    expect([keyIdOf(keyFile()), existsSync(`${keyFile()}.next`)]).toEqual([second, false]);
    expect(await cli('rotate-key')).toMatchObject({ code: 0 });
    const third = keyIdOf(keyFile());
    await goOn();
    for (const key of [first, second, third]) expect(await verify(key)).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/(Rotated.*\n){2}/) });
    expect(new Set(keysIn(join(log(), 'checkpoints')))).toEqual(new Set([first, second, third]));
  }, 60_000);

  it('a service does not start with a key that was replaced, with a foreign one, or without one; the words say what to do', async () => {
    expect(await cli('rotate-key')).toMatchObject({ code: 0 });
    const present = join(directory.path, 'present.key');
    renameSync(keyFile(), present);
    await expect(start()).rejects.toThrow(/checkpoint\.key is missing, and the log was signed with the key that it held.*rotate-key --lost/);
    expect(existsSync(keyFile())).toBe(false);
    cpSync(stolen, keyFile());
    await expect(start()).rejects.toThrow(`holds the key ${first}, which the key ${keyIdOf(present)} has replaced`);
    rmSync(keyFile());
    CheckpointKey.loadOrCreate(keyFile());
    await expect(start()).rejects.toThrow(/has signed none of the checkpoints of this log.*rotate-key/);
    rmSync(keyFile());
    rmSync(join(log(), 'checkpoints'), { recursive: true });
    await expect(start()).rejects.toThrow(/checkpoint\.key is missing/);
    cpSync(present, keyFile());
    await goOn();
  }, 60_000);

  it('a lost key is a finding until the new one is named; the statement says who and why', async () => {
    rmSync(keyFile());
    expect(await cli('rotate-key')).toMatchObject({ code: 1, stderr: expect.stringContaining('If it is lost, add --lost') });
    expect(await cli('rotate-key', '--lost')).toMatchObject({ code: 2, stderr: expect.stringContaining('--operator and --reason') });
    expect(await cli('rotate-key', '--lost', '--operator', 'Olga', '--reason', 'The disk died')).toMatchObject({ code: 0, stdout: expect.stringContaining('Tell the auditors the id of the new key') });
    await goOn();
    const second = keyIdOf(keyFile());
    const found = await verify(first);
    expect([found.code, kinds(found)]).toEqual([1, ['KEY_LOST']]);
    expect(found.stdout).toMatch(new RegExp(`The key ${first} was lost, says Olga \\(The disk died\\).*the key ${second} signs\\. No key that was named confirms this statement`));
    expect(await verify(second)).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('Key lost at event') });
    expect(await verify(first, second)).toMatchObject({ code: 0, stdout: '' });
  }, 60_000);

  it('--lost is refused while the key is there, and a rotation while the log contradicts what was signed', async () => {
    expect(await cli('rotate-key', '--lost', '--operator', 'Olga', '--reason', 'no')).toMatchObject({ code: 2, stderr: expect.stringContaining('Leave --lost out') });
    expect(await cli('rotate-key', '--reason', 'a\u001b[2Jb')).toMatchObject({ code: 2, stdout: '' });
    ChangedLog.at(log()).withoutTree().run('DELETE FROM events WHERE position = (SELECT max(position) FROM events)');
    expect(await cli('rotate-key')).toMatchObject({ code: 1, stderr: expect.stringContaining('The log ends before position') });
    expect([existsSync(`${keyFile()}.next`), keyIdOf(keyFile())]).toEqual([false, first]);
  }, 60_000);

  it('somebody who signs with a copy of a replaced key is found', async () => {
    expect(await cli('rotate-key')).toMatchObject({ code: 0 });
    await goOn();
    const second = keyIdOf(keyFile());
    const latest = readFileSync(join(log(), 'checkpoints', `checkpoints-${second.slice(0, 16)}.ndjson`), 'utf8').trim().split('\n').map(parseCheckpoint).at(-1)!;
    const thief = CheckpointKey.loadOrCreate(stolen);
    writeFileSync(join(log(), 'checkpoints', 'more.ndjson'), `${canonicalJson(thief.sign({ ...latest.statement, events: latest.statement.events + 1 }))}\n`);
    const { code, stdout } = await verify(second);
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`^CHECKPOINT_KEY_REPLACED: .*The key ${first} signed .* after the key ${second} had taken its place: somebody has a copy of it`, 'm'));
  }, 60_000);
});
