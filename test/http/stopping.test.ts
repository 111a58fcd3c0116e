import { existsSync, readdirSync, rmSync } from 'node:fs';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { GivenApp } from '../support/givenApp';
import { lengthen } from '../support/olderReadModels';
import { type ServiceProcess, startServiceProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

const SOAK = process.env['SOAK'] !== undefined;
/** So many that filling the read models takes a few seconds; in a soak about a minute. */
const EVENTS = SOAK ? 1_000_000 : 20_000;
/** Events of the app's roster. */
const ROSTER_EVENTS = SOAK ? 100_000 : 3_000;
const LONGEST_STOP_MS = 10_000;

const directory = temporaryDirectory();
let app: GivenApp;

beforeAll(async () => {
  const service = await TestService.start({ env: { DATA_DIR: directory.path } });
  app = await GivenApp.register(service);
  const { userId } = await app.join('partner');
  await app.assign(userId, 'c1');
  await (await service.as('operator@example.com', 'operator')).mutate('renameApp', { appId: app.appId, name: 'Another name' });
  await service.close();
  await lengthen(directory.path, `app-${app.appId}`, ROSTER_EVENTS);
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
  while (!(await fetch(`${service.url}/health/live`)).ok) await pause(5);
  service.program.kill('SIGTERM');
  await untilRefused(service.url);
  service.program.kill('SIGINT');
  expect(await service.program.ended).toMatchObject({ code: 1, signal: null });
  await request;
});

describe('a stop with work under way', () => {
  it('answers every request in flight, and waits for no slow reader, half-open connection or hanging attempt', async () => {
    const [web, mail] = [await HangingServer.start(), await HangingServer.start()];
    const service = await startServiceProcess(directory.path, { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8', SMTP_URL: `smtp://127.0.0.1:${mail.port}`, MAIL_FROM: 'partners@example.com', UNSIGNED_REQUESTS_PER_MINUTE: '0', WORK_PER_PERSON: '0', WORK_PER_APP: '0', WORK_PER_ADDRESS: '0' });
    while (!(await fetch(`${service.url}/health/ready`).then(async (response) => (await response.text()) !== '' && response.ok))) await new Promise((resolve) => setTimeout(resolve, 20));
    const owner = await service.as(app.owner.keapId);
    const operator = await service.as('operator@example.com', 'operator');
    expect(await operator.mutate('registerWebhook', { url: `http://127.0.0.1:${web.port}/` })).toMatchObject({ __typename: 'RegisterWebhookSuccess' });
    expect(await operator.mutate('registerApp', { appId: 'other', name: 'Other', licences: 5, ownerKeapId: 'other@owners.example', ownerName: 'Other' })).toMatchObject({ __typename: 'RegisterAppSuccess' });
    expect(await (await service.as('other@owners.example')).mutate('invitePartner', { appId: 'other', keapId: 'p@partners.example', role: 'STANDARD' })).toMatchObject({ __typename: 'InvitePartnerSuccess' });
    await Promise.all([web.asked, mail.asked]);
    const idle = await Promise.all(['', 'POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\n', `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${owner.token ?? ''}\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{`].map((begun) => connected(service.url, begun)));
    const slow = await connected(service.url, requestOf(await service.as('auditor@example.com', 'auditor'), `{ ${Array.from({ length: 8 }, (_, index) => `p${index}: membershipEvents(last: 100) { nodes { position hash metadata { correlationId } } }`).join(' ')} }`));
    slow.pause();
    const { appId } = app;
    const requests = await Promise.all([
      InFlight.begin(owner, `mutation { invitePartner(input: { appId: "${appId}", keapId: "late@partners.example", role: STANDARD }) { __typename } }`),
      InFlight.begin(owner, `{ app(appId: "${appId}", asOf: { position: "${String(ROSTER_EVENTS / 2).padStart(16, '0')}" }) { users { totalCount } } }`),
      InFlight.begin(owner, `{ app(appId: "${appId}") { users(filter: { search: "artner" }) { totalCount } } }`),
    ]);
    const sentAt = performance.now();
    service.program.kill('SIGTERM');
    await untilRefused(service.url);
    const answers = requests.map((request) => request.finish());
    expect(await Promise.all(answers)).toEqual([
      { data: { invitePartner: { __typename: 'InvitePartnerSuccess' } } },
      { data: { app: { users: { totalCount: 2 } } } },
      { data: { app: { users: { totalCount: expect.any(Number) } } } },
    ]);
    const { code } = await service.program.ended;
    expect([code, performance.now() - sentAt < LONGEST_STOP_MS]).toEqual([0, true]);
    for (const socket of [...idle, slow]) socket.destroy();
    await Promise.all([web.stop(), mail.stop()]);
  });
});

/** A server that accepts connections and never answers. */
class HangingServer {
  readonly asked: Promise<void>;
  readonly #open = new Set<Socket>();

  private constructor(private readonly server: Server) {
    this.asked = new Promise((resolve) => {
      server.on('connection', (socket: Socket) => {
        this.#open.add(socket.on('error', () => undefined));
        resolve();
      });
    });
  }

  static async start(): Promise<HangingServer> {
    const server = new HangingServer(createServer());
    await new Promise<void>((resolve) => { server.server.listen(0, '127.0.0.1', resolve); });
    return server;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const requestOf = ({ token }: Person, query: string): string => {
  const body = JSON.stringify({ query });
  return `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token ?? ''}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};

const connected = (url: string, text: string): Promise<Socket> => new Promise((resolve, reject) => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
    socket.off('error', reject).on('error', () => undefined);
    socket.write(text, () => { resolve(socket); });
  });
  socket.once('error', reject);
});

/** A request whose head the service has taken, and whose body has not been sent yet. */
class InFlight {
  readonly #answer: Promise<Json>;

  private constructor(
    private readonly request: ClientRequest,
    private readonly body: string,
  ) {
    this.#answer = new Promise((resolve, reject) => {
      request.once('error', reject).once('response', (response) => { json(response).then(resolve, reject); });
    });
    // It is awaited later.
    this.#answer.catch(() => undefined);
  }

  static async begin({ url, token }: Person, query: string): Promise<InFlight> {
    const body = JSON.stringify({ query });
    const request = httpRequest(`${url}/graphql`, { method: 'POST', agent: false, headers: { 'content-type': 'application/json', authorization: `Bearer ${token ?? ''}`, 'content-length': Buffer.byteLength(body), expect: '100-continue' } });
    const begun = new InFlight(request, body);
    const taken = new Promise((resolve) => { request.once('continue', resolve); });
    request.flushHeaders();
    await Promise.race([taken, begun.#answer]);
    return begun;
  }

  finish(): Promise<Json> {
    this.request.end(this.body);
    return this.#answer;
  }
}

/** Returns once the service writes new read models. */
async function waitForFill(): Promise<void> {
  while (!readdirSync(directory.path).includes('readmodels.next.db.unfinished')) await new Promise((resolve) => setImmediate(resolve));
}

/** A request body that never ends. */
const slowBody = (): ReadableStream => new ReadableStream({ start: (controller) => { controller.enqueue(new TextEncoder().encode('{')); } });

/** Returns once the service accepts no connections any more. */
async function untilRefused(url: string): Promise<void> {
  while (await fetch(`${url}/health/live`, { headers: { connection: 'close' } }).then(({ ok }) => ok, () => false)) await pause(5);
}
