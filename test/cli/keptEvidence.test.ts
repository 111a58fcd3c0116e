import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../src/eventstore/eventHash';
import { parseCheckpoint } from '../../src/proofs/checkpoints/statement';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { addressOf, TestService } from '../support/testService';

/**
 * An auditor keeps bundles and checkpoints. Then the log goes on, and a copy of before goes on in another way: a fork, signed by the same key.
 */
describe('what an auditor kept, compared with a bundle', () => {
  let directory: TemporaryDirectory;
  let appId: string;
  let keyId: string;
  const place = (name: string): string => join(directory.path, name);
  const cli = (dataDir: string, ...args: readonly string[]): Promise<Ended> => cliProcess(args, { DATA_DIR: dataDir }).ended;
  const verify = (...args: readonly string[]): Promise<Ended> => cli(place('log'), 'verify', ...args);
  const kinds = ({ stdout }: Ended): string[] => [...new Set(stdout.trimEnd().split('\n').map((line) => line.split(':', 1)[0] ?? ''))];

  /** Lets a service write that many contacts of the owner to the log in a directory. */
  const goOn = async (dataDir: string, contacts: number, name: string): Promise<void> => {
    const service = await TestService.start({ env: { DATA_DIR: dataDir } });
    const owner = await service.as(addressOf(appId, 'owner'));
    const { app } = await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { userId } } } }', { appId });
    for (let number = 0; number < contacts; number += 1) await owner.mutate('assignContacts', { appId, userId: app.users.nodes[0].userId, contactIds: [`${name}-${number}`] });
    await service.close();
  };

  beforeAll(async () => {
    directory = temporaryDirectory();
    const service = await TestService.start({ env: { DATA_DIR: place('log') } });
    const app = await GivenApp.register(service);
    ({ appId } = app);
    await app.join('partner');
    await service.close();
    expect(await cli(place('log'), 'export', '--app', appId, '--out', place('old.ndjson'))).toMatchObject({ code: 0 });
    cpSync(place('log'), place('fork'), { recursive: true });
    cpSync(join(place('log'), 'checkpoints'), place('kept early'), { recursive: true });
    await goOn(place('log'), 2, 'genuine');
    await goOn(place('log'), 2, 'further');
    await goOn(place('fork'), 7, 'forged');
    for (const log of ['log', 'fork']) {
      expect(await cli(place(log), 'export', '--app', appId, '--out', place(`${log}.ndjson`))).toMatchObject({ code: 0 });
      expect(await cli(place(log), 'export', '--out', place(`${log} whole.ndjson`))).toMatchObject({ code: 0 });
    }
    cpSync(join(place('log'), 'checkpoints'), place('kept'), { recursive: true });
    const [file = ''] = readdirSync(place('kept'));
    ({ keyId } = parseCheckpoint(readFileSync(join(place('kept'), file), 'utf8').split('\n')[0]!));
  }, 120_000);
  afterAll(() => { directory.remove(); });

  it('fits the bundles of the log that went on', async () => {
    for (const bundle of ['log.ndjson', 'log whole.ndjson']) {
      const { code, stdout, stderr } = await verify(place(bundle), '--checkpoints', place('kept'), '--previous', place('old.ndjson'), '--key', keyId);
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
      expect(stderr).toMatch(/compared with (\d+) of \1 checkpoints that were kept; 0 findings\.\n$/);
    }
  });

  it('fits when it is a file with one checkpoint', async () => {
    const [file = ''] = readdirSync(place('kept early'));
    writeFileSync(place('one'), readFileSync(join(place('kept early'), file), 'utf8').trim().split('\n')[0]!);
    expect(await verify(place('log.ndjson'), '--checkpoints', place('one'), '--key', keyId)).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('compared with 1 of 1 checkpoints') });
    expect(await verify(place('log'), '--checkpoints', place('one'), '--previous', place('log.ndjson'), '--key', keyId)).toMatchObject({ code: 0, stdout: '' });
  });

  it('contradicts the bundles of a fork that the same key signed', async () => {
    for (const bundle of ['fork.ndjson', 'fork whole.ndjson']) {
      expect(await verify(place(bundle), '--key', keyId)).toMatchObject({ code: 0, stdout: '' });
      const byCheckpoints = await verify(place(bundle), '--key', keyId, '--checkpoints', place('kept'));
      expect([byCheckpoints.code, kinds(byCheckpoints)]).toEqual([1, ['CHECKPOINT_CONTRADICTED']]);
      const byBundle = await verify(place(bundle), '--key', keyId, '--previous', place('log.ndjson'));
      expect([byBundle.code, kinds(byBundle)]).toEqual([1, ['CHECKPOINT_CONTRADICTED', 'HISTORY_REWRITTEN']]);
    }
    const ofLog = await cli(place('fork'), 'verify', place('fork'), '--key', keyId, '--previous', place('log.ndjson'));
    expect(ofLog.code).toBe(1);
  });

  it('says what is wrong with what was kept', async () => {
    const old = readFileSync(place('old.ndjson'), 'utf8');
    writeFileSync(place('edited.ndjson'), old.replace('STANDARD', 'ADMIN'));
    const { code, stdout } = await verify(place('log.ndjson'), '--key', keyId, '--previous', place('edited.ndjson'));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^EVENT_EDITED: .*edited\.ndjson: /m);
  });

  it.each([
    ['a directory that is not there', ['--checkpoints', 'nowhere'], /There is no directory or file/],
    ['a directory without checkpoints', ['--checkpoints', 'empty'], /There is no checkpoint in/],
    ['a bundle that is not there', ['--previous', 'nowhere'], /There is no bundle/],
  ])('is an error where it cannot be used: %s', async (_what, [option = '', path = ''], message) => {
    mkdirSync(place('empty'), { recursive: true });
    expect(await verify(place('log.ndjson'), option, place(path))).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('is an error where nothing in the bundle tells whether it fits', async () => {
    const later = readFileSync(join(place('kept'), readdirSync(place('kept'))[0] ?? ''), 'utf8').trim().split('\n').at(-1) ?? '';
    writeFileSync(place('later'), later);
    expect(await verify(place('old.ndjson'), '--checkpoints', place('later'))).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('they are later than its own') });
    const other = place('other');
    const service = await TestService.start({ env: { DATA_DIR: other } });
    await GivenApp.register(service);
    await service.close();
    expect(await verify(place('log.ndjson'), '--checkpoints', join(other, 'checkpoints'))).toMatchObject({ code: 1, stdout: expect.stringMatching(/^LOG_REPLACED: /) });
    expect(await verify(place('log.ndjson'), '--checkpoints', join(other, 'checkpoints'), '--key', keyId)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('is about the log of this bundle') });
  });

  it('is an error, and accuses nobody, where a bundle has no proofs about it', async () => {
    // As bundles were before they had proofs: nothing is sealed that is not there.
    const lines = readFileSync(place('log.ndjson'), 'utf8').trimEnd().split('\n');
    const end = JSON.parse(lines.at(-1) ?? '') as { data: Record<string, unknown> };
    delete end.data['consistency'];
    end.data['seal'] = null;
    writeFileSync(place('without proofs.ndjson'), `${[...lines.slice(0, -1), canonicalJson(end)].join('\n')}\n`);
    expect(await verify(place('without proofs.ndjson'))).toMatchObject({ code: 0, stdout: '' });
    for (const checkpoints of ['kept', 'kept early']) {
      expect(await verify(place('without proofs.ndjson'), '--checkpoints', place(checkpoints))).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/has no proofs about \d+ of the checkpoints .* Export it again/) });
    }
  });

  it('reaches the terminal as printable text only', async () => {
    const lines = readFileSync(place('log.ndjson'), 'utf8').split('\n');
    lines[1] = (lines[1] ?? '').replace(/"subject":"[^"]*"/, '"subject":"app-\\u001b[2J\\u001b[1;1H0 findings"');
    writeFileSync(place('escaping.ndjson'), lines.join('\n'));
    const { code, stdout, stderr } = await verify(place('escaping.ndjson'), '--key', keyId);
    expect([code, /\u001b/.test(stdout + stderr), /0 findings/.test(stdout)]).toEqual([1, false, true]);
  });
});
