import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreDbEventStore } from '../../src/eventstore/eventStoreDb/store';
import { collect } from '../eventstore/sampleEvents';
import { EsdbServer } from '../support/esdb/esdbServer';
import { GivenApp } from '../support/givenApp';
import { copyInPlainText } from '../support/plainLog';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';

const REASON = 'Runs the books alone';

/** A log that an early version has written, on EventStoreDB. */
describe('npm run cli -- erase with the events in EventStoreDB', () => {
  let directory: TemporaryDirectory;
  let server: EsdbServer;
  let keapId: string;
  const place = (name: string): string => join(directory.path, name);
  const onServer = (...args: readonly string[]): Promise<Ended> =>
    cliProcess(args, { DATA_DIR: place('replica'), EVENTSTORE_URL: server.url, SECRET_KEY: readFileSync(place('plain/secret.key'), 'utf8').trim() }).ended;
  /** Everything that the server holds, in its stored form. */
  const stored = async (): Promise<string> => {
    const store = new EventStoreDbEventStore({ url: server.url });
    return JSON.stringify(await collect(store.readAll()).finally(() => store.close()));
  };

  beforeAll(async () => {
    directory = temporaryDirectory();
    const service = await TestService.start({ env: { DATA_DIR: place('sealed') } });
    const app = await GivenApp.register(service);
    const { person } = await app.invite('zoe');
    keapId = person.keapId;
    await app.owner.mutate('invitePartner', { appId: app.appId, keapId: 'paul@stays.example', role: 'STANDARD', name: 'Paul', reason: REASON });
    await service.close();
    await copyInPlainText(place('sealed'), place('plain'));
  }, 60_000);
  beforeEach(async () => {
    server = await EsdbServer.start();
    expect(await cliProcess(['copy', '--from', place('plain'), '--to', server.url]).ended).toMatchObject({ code: 0 });
  });
  afterEach(() => server.stop());
  afterAll(() => { directory.remove(); });

  it('refuses --rewrite before anything is erased, and says what can be done instead', async () => {
    const before = await stored();
    expect(before).toContain(keapId);
    const { code, stdout, stderr } = await onServer('erase', '--keap-id', keapId, '--rewrite', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([2, { code: 'OPTION_UNUSABLE', message: stderr.trimEnd() }]);
    for (const said of ['Only the DATA_DIR that a log is copied from can be written anew, before the copy.', 'Leave --rewrite out: the person is erased all the same', 'docs/retention.md']) expect(stderr).toContain(said);
    expect(await stored()).toBe(before);
  });

  it('never advises --rewrite for what stays readable', async () => {
    const { code, stderr } = await onServer('erase', '--keap-id', keapId);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^\d+ events name this person, all of them stored in plain text before events were encrypted\. On EventStoreDB no log is written anew/)]);
    expect(stderr).not.toContain('--rewrite');
  });

  it('has nothing of a person who was erased with --rewrite in the DATA_DIR that the log is copied from', async () => {
    expect(await cliProcess(['erase', '--keap-id', keapId, '--rewrite'], { DATA_DIR: place('plain'), CHECKPOINT_KEY_FILE: place('sealed/checkpoint.key') }).ended).toMatchObject({ code: 0 });
    const empty = await EsdbServer.start();
    try {
      expect(await cliProcess(['copy', '--from', place('plain'), '--to', empty.url]).ended).toMatchObject({ code: 0 });
      expect(await stored()).toContain(keapId);
      await server.stop();
      server = empty;
      const now = await stored();
      expect(now).toContain(REASON);
      expect(now).not.toContain(keapId);
    } finally {
      if (server !== empty) await empty.stop();
    }
  });
});
