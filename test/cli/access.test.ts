import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { ReadModelFiles } from '../../src/projections/engine/files';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';

describe('cli access', () => {
  let directory: TemporaryDirectory;
  let service: TestService;
  let first: GivenApp;
  let second: GivenApp;
  let before: string;
  beforeAll(async () => {
    directory = temporaryDirectory();
    service = await TestService.start();
    first = await GivenApp.register(service);
    second = await GivenApp.register(service);
    before = new Date().toISOString();
    const { userId } = await first.join('Paula');
    await second.join('Paul', 'ADMIN');
    await first.owner.mutate('removeUser', { appId: first.appId, userId, reason: 'Campaign is over' });
  });
  afterAll(async () => {
    await service.close();
    directory.remove();
  });

  const cli = (...args: readonly string[]): Promise<Ended> => cliProcess(['access', ...args], { DATA_DIR: service.dataDir, TMPDIR: directory.path }).ended;
  const place = (name: string): string => join(directory.path, name);
  const peopleIn = (text: string): readonly string[] => parse<Record<string, string>>(text, { bom: true, columns: true }).map((row) => `${row['app'] ?? ''} ${row['name'] ?? ''} ${row['ended by'] ?? ''}`).sort();
  const soon = (): string => new Date(Date.now() + 60_000).toISOString();

  it('writes who had access at any time between two, over all apps, beside the running service', async () => {
    const ended = await cli('--from', '2020-01-01', '--to', soon(), '--out', place('all.csv'));
    expect(ended).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/writing .*100 %, 4 lines, .* left[\s\S]*\n4 lines\.\n$/) });
    const text = readFileSync(place('all.csv'), 'utf8');
    expect(text.startsWith('\ufeffapp,account name,name,Keap ID,kind,role,from (UTC),to (UTC),invited by,reason,ended by,reason of the end\r\n')).toBe(true);
    expect(peopleIn(text)).toEqual([`${first.appId} Olivia Owner `, `${first.appId} Paula removed`, `${second.appId} Olivia Owner `, `${second.appId} Paul `].sort());
    expect(statSync(place('all.csv')).mode & 0o777).toBe(0o600);
  });

  it('writes who had access as of a moment, of some apps only, to standard output', async () => {
    const ended = await cli('--as-of', new Date().toISOString(), '--app', first.appId, second.appId);
    expect(peopleIn(ended.stdout)).toEqual([`${first.appId} Olivia Owner `, `${second.appId} Olivia Owner `, `${second.appId} Paul `].sort());
    expect(peopleIn((await cli('--as-of', before, '--app', second.appId)).stdout)).toEqual([`${second.appId} Olivia Owner `]);
  });

  it('leaves no file when it fails, and overwrites none', async () => {
    expect(await cli('--as-of', before, '--app', first.appId, 'nowhere', '--out', place('failed.csv'))).toMatchObject({ code: 2, stderr: expect.stringContaining('The log has no app nowhere. Check --app.') });
    expect(await cli('--as-of', before, '--out', place('no/such/directory.csv'))).toMatchObject({ code: 2 });
    await cli('--as-of', before, '--out', place('once.csv'));
    const text = readFileSync(place('once.csv'), 'utf8');
    expect(await cli('--as-of', before, '--out', place('once.csv'))).toMatchObject({ code: 2, stderr: expect.stringContaining('already exists') });
    expect(readFileSync(place('once.csv'), 'utf8')).toBe(text);
    expect(readdirSync(directory.path).filter((name) => name.includes('failed') || name.includes('partial') || name.includes('partner-access'))).toEqual([]);
  });

  it('says what is wrong with a question, with exit code 2', async () => {
    for (const [args, problem] of [
      [[], 'Give --as-of TIME, or --from TIME and --to TIME.'],
      [['--from', '2026-01-01'], 'Give --as-of TIME'],
      [['--as-of', '2026-01-01', '--from', '2026-01-01'], 'cannot be used with'],
      [['--as-of', 'yesterday'], 'It must be a time such as'],
      [['--as-of', '2999-01-01'], 'in the future'],
      [['--from', '2026-01-02', '--to', '2026-01-01'], '--from must be before --to'],
    ] as const) expect(await cli(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(problem) });
  });

  it('reads the log when the read models are not those of now, and leaves nothing behind', async () => {
    const beside = (await cli('--as-of', new Date().toISOString())).stdout;
    await service.running.close();
    new ReadModelFiles(service.dataDir).remove();
    const ended = await cli('--as-of', new Date().toISOString());
    expect([ended.code, peopleIn(ended.stdout)]).toEqual([0, peopleIn(beside)]);
    expect(readdirSync(directory.path).filter((name) => name.startsWith('partner-access'))).toEqual([]);
    expect(existsSync(new ReadModelFiles(service.dataDir).live)).toBe(false);
  });
});
