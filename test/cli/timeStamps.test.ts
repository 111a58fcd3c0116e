import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json } from '../support/person';
import { addressOf, TestService } from '../support/testService';
import { AUTHORITY, replyTo, TimeStampAuthority } from '../support/timeStampAuthority';

/** Checkpoints that an authority stamps with the time, and what `verify` says of them. */
describe('time stamps of checkpoints', () => {
  let directory: TemporaryDirectory;
  let authority: TimeStampAuthority;
  let service: TestService;
  const place = (name: string): string => join(directory.path, name);
  beforeEach(async () => {
    directory = temporaryDirectory();
    authority = await TimeStampAuthority.start();
    writeFileSync(place('root.pem'), AUTHORITY.root);
    service = await TestService.start({ env: { DATA_DIR: place('log'), CHECKPOINT_EVERY_EVENTS: '2', CHECKPOINT_TSA_URL: authority.url } });
  });
  afterEach(async () => {
    await service.close();
    await authority.close();
    directory.remove();
  });

  const waiting = async (): Promise<number> => Number(/^checkpoint_time_stamp_waiting (\d+)$/m.exec(await (await fetch(`${service.url}/metrics`)).text())?.[1]);
  const readiness = async (): Promise<Json> => (await fetch(`${service.url}/health/ready`)).json();
  const until = async (condition: () => Promise<boolean>): Promise<void> => {
    while (!(await condition())) await pause(5);
  };
  const isStamped = async (): Promise<boolean> => (await (await service.as('auditor@example.com', 'auditor')).read('{ latestCheckpoint { events } }')).latestCheckpoint !== null && (await waiting()) === 0;
  const assign = async (appId: string, contacts: number): Promise<void> => {
    const owner = await service.as(addressOf(appId, 'owner'));
    const { app } = await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { userId } } } }', { appId });
    for (let number = 0; number < contacts; number += 1) await owner.mutate('assignContacts', { appId, userId: app.users.nodes[0].userId, contactIds: [`c-${number}`] });
  };
  const verify = (target: string, ...args: readonly string[]): Promise<Ended> => cliProcess(['verify', place(target), ...args], { DATA_DIR: place('log') }).ended;

  it('are kept beside them and in bundles, and checked offline', async () => {
    const { appId } = await GivenApp.register(service);
    await assign(appId, 3);
    await until(isStamped);
    const { latestCheckpoint, checkpoints } = await (await service.as('auditor@example.com', 'auditor')).read('{ latestCheckpoint { signature timeStamp } checkpoints(first: 50) { nodes { signature timeStamp } } }');
    const kept = new Map(readFileSync(place('log/checkpoints/stamped.ndjson'), 'utf8').trimEnd().split('\n').map((line) => [JSON.parse(line).signature, JSON.parse(line).timeStamp]));
    expect(kept.get(latestCheckpoint.signature)).toBe(latestCheckpoint.timeStamp);
    expect(checkpoints.nodes.map(({ timeStamp }: Json) => timeStamp)).toEqual(checkpoints.nodes.map(({ signature }: Json) => kept.get(signature) ?? null));
    expect(await cliProcess(['export', '--out', place('bundle.ndjson')], { DATA_DIR: place('log') }).ended).toMatchObject({ code: 0 });
    for (const target of ['log', 'bundle.ndjson']) {
      const checked = await verify(target, '--tsa-ca', place('root.pem'));
      expect([checked.code, checked.stdout]).toEqual([0, '']);
      expect(checked.stderr).toMatch(new RegExp(` ${AUTHORITY.subject} stamped the first \\d+ events at 20\\d\\d-[^ ]+Z\\.\n$`));
      expect((await verify(target)).stderr).toContain('; the authority was not checked: pass its certificate with --tsa-ca.');
    }
    const [{ ca }] = JSON.parse(readFileSync(join(__dirname, '../fixtures/timestamps/openssl.json'), 'utf8'));
    writeFileSync(place('other.pem'), ca);
    expect(await verify('bundle.ndjson', '--tsa-ca', place('other.pem'))).toMatchObject({ code: 1, stdout: 'TIME_STAMP_MISSING: No authority that was passed with --tsa-ca has stamped a checkpoint in the bundle.\n' });
    expect(await verify('log', '--tsa-ca', place('bundle.ndjson'))).toMatchObject({ code: 2, stderr: expect.stringContaining('It holds no certificate in PEM. Check --tsa-ca.') });
    const text = readFileSync(place('bundle.ndjson'), 'utf8');
    const { timeStamp } = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '').data.stamped;
    const token = Buffer.from(timeStamp, 'base64');
    token[token.length - 1] = token.at(-1)! ^ 1;
    writeFileSync(place('changed.ndjson'), text.replace(timeStamp, token.toString('base64')));
    expect(await verify('changed.ndjson')).toMatchObject({ code: 1, stdout: expect.stringMatching(/^TIME_STAMP_FORGED: .* its signature is wrong\.$/m) });
  });

  it.each<[string, (request: Buffer) => Buffer | null, string, string]>([
    ['replies rubbish', () => Buffer.from('<html>Welcome</html>'), 'NO_TIME_STAMP', 'What the authority replies is no time stamp of the checkpoint: it cannot be read.'],
    ['stamps at an impossible time', (request) => replyTo(request, new Date('2001-01-01T00:00:00Z')), 'NO_TIME_STAMP', 'the certificate was not valid at that time'],
    ['replies too much', () => Buffer.alloc(100_000), 'AWAY', 'longer than 65,536 bytes'],
    ['fails', () => null, 'AWAY', 'its status is 500'],
  ])('wait while the authority %s, and come after a restart', async (_what, reply, what, message) => {
    authority.reply = reply;
    await GivenApp.register(service);
    await until(async () => 'timeStamps' in (await readiness()));
    expect(await readiness()).toMatchObject({ ready: true, timeStamps: { what, message: expect.stringContaining(message), since: expect.any(String), waiting: 1 } });
    authority.reply = replyTo;
    await service.restart();
    await until(isStamped);
    expect(await readiness()).not.toHaveProperty('timeStamps');
  });
});
