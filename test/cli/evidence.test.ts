import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseCheckpoint } from '../../src/proofs/checkpoints/statement';
import { ChangedLog } from '../proofs/changedLogs';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type ProgramProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { EsdbServer } from '../support/esdb/esdbServer';
import { sharedStore, TestService } from '../support/testService';

describe('evidence of a log in EventStoreDB', () => {
  it('is exported, verified and replayed like that of an embedded log', async () => {
    const server = await EsdbServer.start();
    const directory = temporaryDirectory();
    const service = await TestService.start({ env: sharedStore(server) });
    const app = await GivenApp.register(service);
    await app.join('partner');
    const cli = (...args: readonly string[]): Promise<Ended> => cliProcess(args, { DATA_DIR: service.dataDir, ...sharedStore(server) }).ended;
    const bundle = join(directory.path, 'bundle');
    expect(await cli('export', '--app', app.appId, '--out', bundle)).toMatchObject({ code: 0 });
    const { provenEvents, ok } = JSON.parse((await cli('verify', bundle, '--json')).stdout);
    expect({ provenEvents, ok }).toEqual({ provenEvents: 5, ok: true });
    for (const target of [[], [server.url]]) expect(await cli('verify', ...target)).toMatchObject({ code: 0, stdout: '' });
    expect(JSON.parse((await cli('replay', '--json')).stdout)).toMatchObject({ equal: true });
    expect(await cli('backup', '--out', join(directory.path, 'copy'))).toMatchObject({ code: 1, stderr: expect.stringContaining('Back up that server with its own tools') });
    await service.close();
    await server.stop();
    directory.remove();
  }, 60_000);
});

describe('evidence at the command line, beside the running service', () => {
  let directory: TemporaryDirectory;
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    directory = temporaryDirectory();
    service = await TestService.start();
    app = await GivenApp.register(service);
    await app.join('partner');
  });
  afterAll(async () => {
    await service.close();
    directory.remove();
  });

  const program = (...args: readonly string[]): ProgramProcess => cliProcess(args, { DATA_DIR: service.dataDir });
  const cli = (...args: readonly string[]): Promise<Ended> => program(...args).ended;
  const place = (name: string): string => join(directory.path, name);

  it('export writes the same bundle each time, with the latest signed checkpoint; verify reports nothing', async () => {
    for (const name of ['first', 'second']) expect(await cli('export', '--app', app.appId, '--out', place(name))).toMatchObject({ code: 0, stdout: '' });
    const bundle = readFileSync(place('first'), 'utf8');
    expect(readFileSync(place('second'), 'utf8')).toBe(bundle);
    const [file = ''] = readdirSync(join(service.dataDir, 'checkpoints'));
    const latest = readFileSync(join(service.dataDir, 'checkpoints', file), 'utf8').trimEnd().split('\n').at(-1);
    expect(bundle.trimEnd().split('\n').at(-1)).toContain(latest);
    expect(await cli('verify', place('first'))).toMatchObject({ code: 0, stdout: '' });
    const { stdout } = await cli('verify', place('first'), '--json');
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, findings: [] });
    await GivenApp.register(service);
    expect(await cli('export', '--app', app.appId, '--out', place('third'))).toMatchObject({ code: 0 });
    expect(readFileSync(place('third'), 'utf8')).toBe(bundle);
    expect(await cli('export', '--app', app.appId, '--out', place('first'))).toMatchObject({ code: 2, stderr: expect.stringContaining('already exists') });
  });

  it('verify checks a data directory; it exits with 1 and prints a line for each finding', async () => {
    const { code, stdout, stderr } = await cli('verify', service.dataDir);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/events, \d+ of them covered by \d+ checkpoints of the key [0-9a-f]{64}; 0 findings\. No key was named, so anybody may have signed: pass the id that you kept with --key\.\n$/);
    const changed = ChangedLog.copyOf(service.dataDir, place('changed'));
    changed.run("UPDATE events SET data = replace(data, 'STANDARD', 'ADMIN') WHERE type = 'PartnerInvited'");
    const found = await cli('verify', changed.directory);
    expect(found).toMatchObject({ code: 1, stdout: expect.stringMatching(new RegExp(`^EVENT_EDITED: app-${app.appId}, revision \\d+, position \\d+: .*\n$`)) });
    const asJson = JSON.parse((await cli('verify', changed.directory, '--json')).stdout);
    expect(asJson).toMatchObject({ ok: false, findings: [{ what: 'EVENT_EDITED', stream: `app-${app.appId}` }] });
  });

  it('export --follow writes new events until it is stopped', async () => {
    const following = program('export', '--follow', '--app', app.appId);
    await following.untilPrinted(/InvitationAccepted/);
    const { userId } = await app.join('later');
    await following.untilPrinted(new RegExp(`InvitationAccepted.*\n(?:.*\n)*.*${userId}|${userId}(?:.*\n)*.*InvitationAccepted`));
    following.kill('SIGTERM');
    const { code, stdout } = await following.ended;
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n').map((line) => (JSON.parse(line) as { subject: string }).subject)).toEqual(expect.arrayContaining([`app-${app.appId}`]));
  });

  it('export writes the events of a period as CSV to standard output', async () => {
    const { code, stdout } = await cli('export', '--app', app.appId, '--format', 'csv', '--to', '2999-01-01');
    expect(code).toBe(0);
    expect(stdout.startsWith('\ufefftime (UTC),app,account name,event,summary,actor,')).toBe(true);
    expect(stdout.split('\r\n')[1]).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,${app.appId},${app.appId} Keap Pro Recording,AppRegistered,.* registered the app .*,app-${app.appId},0,`));
    expect((await cli('export', '--from', '2999-01-01', '--format', 'csv')).stdout.split('\r\n')).toHaveLength(2);
  });

  it.each([
    ['--from', 'yesterday'], ['--to', '2030-02-30T00:00:00Z'], ['--format', 'xml'],
  ])('export %s %s is wrong use', async (option, value) => {
    expect(await cli('export', option, value)).toMatchObject({ code: 2, stdout: '' });
  });

  it('verify refuses a path in place of a key, and a directory that does not exist', async () => {
    const [file = ''] = readdirSync(join(service.dataDir, 'checkpoints'));
    const { keyId } = parseCheckpoint(readFileSync(join(service.dataDir, 'checkpoints', file), 'utf8').split('\n')[0]!);
    expect(await cli('verify', service.dataDir, '--key', keyId.toUpperCase())).toMatchObject({ code: 0, stdout: '' });
    expect(await cli('verify', '--key', keyId, service.dataDir)).toMatchObject({ code: 2, stderr: expect.stringContaining('64 hexadecimal digits') });
    expect(await cli('verify', service.dataDir, '--checkpoints', place('nowhere'))).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('There is no directory or file') });
    const bundle = place('sealed');
    expect(await cli('export', '--app', app.appId, '--out', bundle)).toMatchObject({ code: 0 });
    expect(await cli('verify', bundle, '--key', keyId)).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining(`sealed as a whole by the key ${keyId}`) });
    expect(await cli('verify', bundle, '--key', '0'.repeat(64))).toMatchObject({ code: 1, stdout: expect.stringMatching(/^CHECKPOINT_KEY_UNKNOWN: .*\n$/) });
  });

  it('reports a directory and a checkpoint that do not exist', async () => {
    expect(await cli('verify', place('nowhere'))).toMatchObject({ code: 2, stderr: expect.stringContaining('does not exist') });
    expect(await cli('export', '--checkpoint', '0000000000000012')).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no checkpoint at position 0000000000000012') });
  });

  it('verify needs no keys of people; bundles name people only when the keys are present', async () => {
    const keyless = place('keyless');
    expect(await cli('backup', '--out', keyless)).toMatchObject({ code: 0 });
    for (const file of ['keys.db', 'secret.key']) rmSync(join(keyless, file));
    const there = (...args: readonly string[]): Promise<Ended> => cliProcess(args, { DATA_DIR: keyless }).ended;
    expect(await there('verify')).toMatchObject({ code: 0, stdout: '' });
    const named = (bundle: string): string[] => bundle.trimEnd().split('\n').flatMap((line) => {
      const { personjson } = JSON.parse(line);
      return personjson === undefined ? [] : [JSON.parse(personjson).keapId];
    });
    expect(named((await cli('export', '--app', app.appId)).stdout)).toContain(app.owner.keapId);
    const nameless = await there('export', '--app', app.appId, '--out', place('nameless'));
    expect(nameless).toMatchObject({ code: 0 });
    expect(named(readFileSync(place('nameless'), 'utf8'))).toEqual([]);
    expect(await there('verify', place('nameless'))).toMatchObject({ code: 0, stdout: '' });
    expect(readdirSync(keyless)).not.toContain('secret.key');
  });
});
