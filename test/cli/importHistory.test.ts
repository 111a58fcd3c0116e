import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedEventStore } from '../../src/eventstore/embedded/store';
import { cliProcess, ProgramProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';

const HISTORIES = join(__dirname, '../fixtures/histories');
const HISTORY = join(HISTORIES, 'csi00.history.ndjson');
const joined = (at: string, keapId: string): string => JSON.stringify({ at, keapId, change: 'joined', role: 'STANDARD' });

describe('npm run cli -- import', () => {
  const directories: TemporaryDirectory[] = [];
  const directory = (): string => {
    const made = temporaryDirectory();
    directories.push(made);
    return made.path;
  };
  afterAll(() => directories.forEach((one) => one.remove()));

  const importing = (dataDir: string, file: string): ProgramProcess =>
    cliProcess(['import', '--app', 'csi00', '--name', 'CSI', '--owner', 'owner@example.com', '--json', file], { DATA_DIR: dataDir });
  const importLines = async (...lines: readonly string[]): Promise<{ ended: Ended; dataDir: string }> => {
    const dataDir = directory();
    const file = join(dataDir, 'history.ndjson');
    writeFileSync(file, lines.join('\n'));
    return { ended: await importing(dataDir, file).ended, dataDir };
  };

  it('imports a real history, which matches its rosters at every moment', async () => {
    const { code, stdout, stderr } = await new ProgramProcess('scripts/checkHistories.mjs', [HISTORIES], {}).ended;
    const samples = (JSON.parse(readFileSync(join(HISTORIES, 'csi00.rosters.json'), 'utf8')) as unknown[]).length;
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `csi00: ${samples} of ${samples} rosters equal as of their moment, the live list equals the last one\n`, stderr: '' });
  }, 120_000);

  it('writes the same events once when it is run again after it was killed', async () => {
    const whole = directory();
    expect(await importing(whole, HISTORY).ended).toMatchObject({ code: 0 });
    const expected = await eventsIn(whole);
    const killed = directory();
    for (const untilEvents of [1, 60, 150, 300]) {
      const program = importing(killed, HISTORY);
      await untilWritten(killed, untilEvents);
      program.kill('SIGKILL');
      await program.ended;
    }
    const last = await importing(killed, HISTORY).ended;
    expect(last.code).toBe(0);
    expect(JSON.parse(last.stdout)).toMatchObject({ appId: 'csi00', changes: 211 });
    const written = await eventsIn(killed);
    // Each log has keys of its own, so that its bytes and hashes are its own too.
    const facts = (events: typeof written): object[] => events.map(({ hash: _, ...fact }) => fact);
    expect(facts(written)).toEqual(facts(expected));
    const again = await importing(killed, HISTORY).ended;
    expect(JSON.parse(again.stdout)).toEqual({ appId: 'csi00', changes: 211, alreadyThere: 211 });
    expect(await eventsIn(killed)).toEqual(written);
  }, 120_000);

  it.each([
    ['a line that is no JSON', 'joined?', 'the line is not a JSON object'],
    ['an unknown change', '{"at":"2024-01-02T00:00:00Z","keapId":"b@example.com","change":"fired"}', 'the change "fired" is unknown; allowed are joined, left, role'],
    ['a person who leaves without having joined', '{"at":"2024-01-02T00:00:00Z","keapId":"b@example.com","change":"left"}', 'this person is not in the app at that time'],
    ['a person who joins twice', joined('2024-01-02T00:00:00Z', 'a@example.com'), 'is an active partner of this app already'],
    ['no e-mail address', joined('2024-01-02T00:00:00Z', 'nobody'), 'A Keap ID is an e-mail address'],
    ['an unknown role', '{"at":"2024-01-02T00:00:00Z","keapId":"b@example.com","change":"role","role":"OWNER"}', '"role" is "OWNER"; allowed are ADMIN, STANDARD'],
  ])('%s stops it with the line and the reason, and what came before is kept', async (_what, line, reason) => {
    const { ended, dataDir } = await importLines(joined('2024-01-01T00:00:00Z', 'a@example.com'), line, joined('2024-02-01T00:00:00Z', 'c@example.com'));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('Line 2: ');
    expect(ended.stderr).toContain(reason);
    expect((await eventsIn(dataDir)).map(({ type }) => type)).toEqual(['AppRegistered', 'OwnerAdded', 'ImportStarted', 'PartnerInvited', 'InvitationAccepted']);
  });

  it('refuses wrong arguments, and prints its usage with --help', async () => {
    const wrong = await cliProcess(['import', '--app', 'csi00']).ended;
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('required option');
    const help = await cliProcess(['import', '--help']).ended;
    expect(help).toMatchObject({ code: 0 });
    expect(help.stdout).toContain('--owner <keapId>');
  });
});

interface Written {
  readonly id: string;
  readonly type: string;
  readonly hash: string;
}

async function eventsIn(dataDir: string): Promise<Written[]> {
  const store = EmbeddedEventStore.open(dataDir, { readOnly: true });
  const events: Written[] = [];
  for await (const { id, type, hash, stream } of store.readAll()) if (/^(app|contacts)-/.test(stream)) events.push({ id, type, hash });
  await store.close();
  return events;
}

/** Looks into the log beside the process that writes it, until that many events are there. */
async function untilWritten(dataDir: string, count: number): Promise<void> {
  for (;;) {
    try {
      if ((await eventsIn(dataDir)).length >= count) return;
    } catch {
      // The file is not there yet.
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
