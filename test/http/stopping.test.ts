import { existsSync, readdirSync, rmSync } from 'node:fs';
import { GivenApp } from '../support/givenApp';
import { lengthen } from '../support/olderReadModels';
import { type ServiceProcess, startServiceProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';

const SOAK = process.env['SOAK'] !== undefined;
/** So many that filling the read models takes a few seconds; in a soak about a minute. */
const EVENTS = SOAK ? 1_000_000 : 20_000;
const LONGEST_STOP_MS = 10_000;

const directory = temporaryDirectory();
let app: GivenApp;

beforeAll(async () => {
  const service = await TestService.start({ env: { DATA_DIR: directory.path } });
  app = await GivenApp.register(service);
  const { userId } = await app.join('partner');
  await app.assign(userId, 'c1');
  await service.close();
  await lengthen(directory.path, `contacts-${app.appId}`, EVENTS);
}, SOAK ? 600_000 : undefined);
afterAll(() => { directory.remove(); });

/** Starts the service without read models, so that it fills them. */
async function startFilling(): Promise<ServiceProcess> {
  for (const name of readdirSync(directory.path)) if (name.startsWith('readmodels')) rmSync(`${directory.path}/${name}`);
  return startServiceProcess(directory.path);
}

it('a stop ends within ten seconds while read models are filled, and no request is answered from what is not complete', async () => {
  const service = await startFilling();
  const owner = await service.as(app.owner.keapId);
  await waitForFill();
  const waiting = owner.ask('query ($appId: ID!) { app(appId: $appId) { users { totalCount } } }', { appId: app.appId }).catch(() => null);
  const sentAt = performance.now();
  service.program.kill('SIGTERM');
  const { code } = await service.program.ended;
  expect([code, performance.now() - sentAt < LONGEST_STOP_MS]).toEqual([0, true]);
  // A request that arrives while the port is being released meets no service any more. None gets what is not complete.
  const answer = await waiting;
  expect(['refused', 2]).toContain(answer === null || answer.status === 503 ? 'refused' : answer.data.app?.users.totalCount);
  if (SOAK) expect(existsSync(`${directory.path}/readmodels.next.live`)).toBe(false);
});

it('a second signal, whichever it is, ends the process at once', async () => {
  const service = await startFilling();
  const request = fetch(`${service.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: slowBody(), duplex: 'half' }).catch(() => null);
  while (!(await fetch(`${service.url}/health/live`)).ok);
  service.program.kill('SIGTERM');
  await untilRefused(service.url);
  service.program.kill('SIGINT');
  expect(await service.program.ended).toMatchObject({ code: 1, signal: null });
  await request;
});

/** Returns once the service writes new read models. */
async function waitForFill(): Promise<void> {
  while (!readdirSync(directory.path).includes('readmodels.next.db.unfinished')) await new Promise((resolve) => setImmediate(resolve));
}

/** A request body that never ends. */
const slowBody = (): ReadableStream => new ReadableStream({ start: (controller) => { controller.enqueue(new TextEncoder().encode('{')); } });

/** Returns once the service accepts no connections any more. */
async function untilRefused(url: string): Promise<void> {
  while (await fetch(`${url}/health/live`, { headers: { connection: 'close' } }).then(({ ok }) => ok, () => false));
}
