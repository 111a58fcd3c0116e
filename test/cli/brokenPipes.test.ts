import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ChangedLog } from '../proofs/changedLogs';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';

const top = join(__dirname, '../..');

describe('the command line', () => {
  let directory: TemporaryDirectory;
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    directory = temporaryDirectory();
    service = await TestService.start({ env: { INVITATIONS_PER_APP_PER_DAY: '0', UNSIGNED_REQUESTS_PER_MINUTE: '0' } });
    app = await GivenApp.register(service);
    for (let round = 0; round < 5; round += 1) await app.invite(`partner-${round}`);
  });
  afterAll(async () => {
    await service.close();
    directory.remove();
  });

  const cli = (...args: readonly string[]): Promise<Ended> => cliProcess(args, { DATA_DIR: service.dataDir }).ended;

  /** Runs the command with a reader that takes the first line only, or none. */
  const piped = (command: string, reader: string): Promise<{ readonly stdout: string; readonly stderr: string; readonly code: string }> =>
    new Promise((resolve) => {
      const script = `"${process.execPath}" "${join(top, 'dist/cli/main.js')}" ${command} | ${reader}; echo "\${PIPESTATUS[0]}"`;
      execFile('bash', ['--norc', '-c', script], { env: { PATH: process.env['PATH'] ?? '', DATA_DIR: service.dataDir, LOG_LEVEL: 'error' } }, (_error, stdout, stderr) => {
        const lines = stdout.trimEnd().split('\n');
        resolve({ stdout: lines.slice(0, -1).join('\n'), stderr, code: lines.at(-1) ?? '' });
      });
    });

  it.each([['export', 'head -1'], ['export', 'true'], ['export --format csv', 'true'], ['export --follow --after 0', 'true']])('ends with 0 and no error when nobody reads what it writes: %s | %s', async (command, reader) => {
    const { stderr, code } = await piped(command, reader);
    expect([code, stderr.replace(/^\d+ lines\.\n$/, '')]).toEqual(['0', '']);
  }, 60_000);

  it('ends with the code of its findings when nobody reads them', async () => {
    const copy = join(directory.path, 'copy');
    expect(await cli('backup', '--out', copy)).toMatchObject({ code: 0 });
    const changed = ChangedLog.copyOf(copy, join(directory.path, 'changed'));
    changed.run("UPDATE events SET data = replace(data, 'STANDARD', 'ADMIN') WHERE type = 'PartnerInvited'");
    const { stdout, code } = await piped(`verify "${changed.directory}"`, 'true');
    expect([stdout, code]).toEqual(['', '1']);
  }, 60_000);

  it('follows from the start with --after 0, and refuses what is no position', async () => {
    const following = cliProcess(['export', '--follow', '--after', '0'], { DATA_DIR: service.dataDir });
    await following.untilPrinted(new RegExp(`app-${app.appId}`));
    following.kill('SIGTERM');
    expect(await following.ended).toMatchObject({ code: 0 });
    expect(await cli('export', '--follow', '--after', 'banana')).toMatchObject({ code: 2, stderr: expect.stringContaining('0 for the start of the log') as unknown });
  }, 60_000);

  it('exports no app that does not exist, and leaves no file where it fails', async () => {
    const out = join(directory.path, 'bundle');
    for (const format of ['ndjson', 'csv']) {
      expect(await cli('export', '--app', 'mistyped', '--format', format, '--out', out)).toMatchObject({ code: 2, stdout: '', stderr: 'The log has no app mistyped. Check --app.\n' });
    }
    expect(await cli('export', '--app', 'mistyped', '--follow')).toMatchObject({ code: 2, stdout: '' });
    expect(await cli('export', '--app', app.appId, '--checkpoint', '9', '--out', out)).toMatchObject({ code: 2, stdout: '' });
    expect(existsSync(out)).toBe(false);
  }, 60_000);
});
