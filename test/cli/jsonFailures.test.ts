import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';

const STATED = ['--operator', 'Operations', '--reason', 'A drill'];

/** A program that reads the result of a command gets an object also when an option is wrong. */
describe('a command with --json that cannot be done', () => {
  let directory: TemporaryDirectory;
  const place = (name: string): string => join(directory.path, name);
  const cli = (...args: readonly string[]): Promise<Ended> => cliProcess(args.map((arg) => arg.replaceAll('%', directory.path)), { DATA_DIR: place('log'), ...(args.includes('rotate-key') ? { CHECKPOINT_KEY_FILE: place('no key') } : {}) }).ended;

  beforeAll(async () => {
    directory = temporaryDirectory();
    const service = await TestService.start({ env: { DATA_DIR: place('log') } });
    const app = await GivenApp.register(service);
    await service.close();
    expect(await cli('export', '--app', app.appId, '--out', '%/bundle.ndjson')).toMatchObject({ code: 0 });
    expect(await cli('backup', '--out', '%/backup')).toMatchObject({ code: 0 });
    const other = await TestService.start({ env: { DATA_DIR: place('other') } });
    await GivenApp.register(other);
    await other.close();
    mkdirSync(place('empty'));
    mkdirSync(place('directory.ndjson/checkpoints.ndjson'), { recursive: true });
    writeFileSync(place('no key'), 'no key', { mode: 0o600 });
    writeFileSync(place('open key'), readFileSync(join(place('log'), 'checkpoint.key')), { mode: 0o644 });
  }, 60_000);
  afterAll(() => { directory.remove(); });

  it.each<[code: string, message: string, args: readonly string[]]>([
    ['UNKNOWN_OPTION', "unknown option '--keys'", ['verify', '%/bundle.ndjson', '--keys', 'x', '--json']],
    ['UNKNOWN_OPTION', "unknown option '--json'", ['export', '--json']],
    ['UNKNOWN_OPTION', "unknown option '--frm'", ['copy', '--json', '--from', 'x', '--to', 'esdb://127.0.0.1:9?tls=false', '--frm', 'x']],
    ['UNKNOWN_OPTION', "unknown option '--x'", ['replay', '--json', '--x']],
    ['WRONG_USAGE', '64 hexadecimal digits', ['verify', '--json', '%/bundle.ndjson', '--key', 'mine']],
    ['WRONG_USAGE', "option '--key <id...>' argument missing", ['verify', '%/bundle.ndjson', '--json', '--key']],
    ['WRONG_USAGE', 'too many arguments', ['verify', '%/bundle.ndjson', '%/log', '--json']],
    ['WRONG_USAGE', 'It must be a number of events', ['verify', '%/bundle.ndjson', '--json', '--restored', 'yesterday']],
    ['WRONG_USAGE', "required option '--keap-id <keapId...>' not specified", ['erase', '--json']],
    ['WRONG_USAGE', "required option '--out <dir>' not specified", ['backup', '--json']],
    ['WRONG_USAGE', '--format github needs --logins', ['import', '--app', 'a', '--name', 'A', '--owner', 'o@a.example', '--format', 'github', '%/bundle.ndjson', '--json']],
    ['WRONG_USAGE', 'pass --dev, or --token and --app', ['load', 'http://127.0.0.1:9', '--json']],
    ['WRONG_USAGE', "unknown command 'verfy'", ['verfy', '--json']],
    ['OPTION_UNUSABLE', 'There is no directory or file', ['verify', '%/bundle.ndjson', '--json', '--checkpoints', '%/nowhere']],
    ['OPTION_UNUSABLE', 'There is no checkpoint in', ['verify', '%/log', '--json', '--checkpoints', '%/empty']],
    ['OPTION_UNUSABLE', 'is about the log of this bundle', ['verify', '%/bundle.ndjson', '--json', '--key', 'ID', '--checkpoints', '%/other/checkpoints']],
    ['OPTION_UNUSABLE', 'There is no bundle', ['verify', '%/log', '--json', '--previous', '%/nowhere']],
    ['OPTION_UNUSABLE', 'It holds no certificate in PEM. Check --tsa-ca.', ['verify', '%/log', '--json', '--tsa-ca', '%/bundle.ndjson']],
    ['OPTION_UNUSABLE', 'Check --tsa-ca.', ['verify', '%/bundle.ndjson', '--json', '--tsa-ca', '%/empty']],
    ['OPTION_UNUSABLE', 'does not exist', ['verify', '%/nowhere', '--json']],
    ['OPTION_UNUSABLE', 'is not empty', ['backup', '--json', '--out', '%/log']],
    ['OPTION_UNUSABLE', 'contains no file events.db', ['copy', '--json', '--from', '%/empty', '--to', 'esdb://127.0.0.1:9?tls=false']],
    ['OPTION_UNUSABLE', 'There is no directory', ['restore', '--json', '--from', '%/nowhere', ...STATED]],
    ['OPTION_UNUSABLE', 'does not exist. Check --key.', ['restore', '--json', '--from', '%/backup', '--key', '%/nowhere', ...STATED]],
    ['OPTION_UNUSABLE', 'and not both', ['restore', '--json', '--from', '%/backup', '--key', '%/no key', '--new-key', ...STATED]],
    ['OPTION_UNUSABLE', '--operator and --reason', ['rotate-key', '--json', '--lost']],
    ['OPTION_UNUSABLE', 'does not exist', ['rebind', '--json', '--map', '%/nowhere']],
    ['OPTION_UNUSABLE', 'does not exist', ['import', '--app', 'a', '--name', 'A', '--owner', 'o@a.example', '%/nowhere', '--json']],
    ['OPTION_UNUSABLE', 'Check --token.', ['load', 'http://127.0.0.1:9', '--token', '@%/nowhere', '--app', 'a', '--json']],
    ['KEY_UNREADABLE', 'does not hold a private key in PEM', ['restore', '--json', '--from', '%/backup', '--key', '%/no key', ...STATED]],
    ['KEY_UNREADABLE', 'chmod 600', ['restore', '--json', '--from', '%/backup', '--key', '%/open key', ...STATED]],
    ['KEY_UNREADABLE', 'does not hold a private key in PEM', ['rotate-key', '--json']],
  ])('prints the code %s and that %s', async (code, message, args) => {
    const keyId = JSON.parse(readFileSync(join(place('log/checkpoints'), readdirSync(place('log/checkpoints'))[0] ?? ''), 'utf8').split('\n', 1)[0] ?? '').keyId as string;
    const { stdout, stderr, code: exitCode } = await cli(...args.map((arg) => (arg === 'ID' ? keyId : arg)));
    const printed = JSON.parse(stdout);
    expect([exitCode, printed.code, Object.keys(printed)]).toEqual([2, code, ['code', 'message']]);
    expect(printed.message).toContain(message);
    expect(stderr).toContain(message);
  });

  it('prints an object also for what is no matter of options, with exit code 1', async () => {
    const { stdout, code } = await cli('erase', '--keap-id', 'nobody@stays.example', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([1, { code: 'FAILED', message: 'No event names this person. Check the spelling of the Keap ID.' }]);
    const settings = await cliProcess(['replay', '--json'], { DATA_DIR: place('log'), PORT: 'x' }).ended;
    expect([settings.code, JSON.parse(settings.stdout)]).toEqual([2, { code: 'INVALID_SETTINGS', message: expect.stringContaining('PORT') }]);
  });

  it('prints text for people without --json', async () => {
    expect(await cli('verify', '%/nowhere')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/does not exist\.\n$/) });
    expect(await cli('verify', '--keys', 'x')).toMatchObject({ code: 2, stdout: '' });
  });
});
