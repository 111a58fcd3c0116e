import { createHmac } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EsdbServer } from '../support/esdb/esdbServer';
import { cliProcess, type Ended, ProgramProcess } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { inputTypeOf, type Json, Person } from '../support/person';
import { sharedStore } from '../support/testService';
import { tracesBelow, tracesIn } from '../support/tracesInFiles';

const KEAP_ID = 'Zoe.Quux@vanishing.example';
const NAME = 'Zo\u00e9 Qu\u00fcx-Zw\u00f6lf';
const ADDRESS = '198.51.100.177';
const CLIENT = { 'x-client-name': 'zoes-own-phone', 'x-client-version': '77.88.99-zoe' };
const LABEL = 'Lieblingskonto "S\u00fcd"';
const [INVITED, PROMOTED, KEPT, LEAVES] = ['H\u00e4lt die B\u00fccher allein', 'Ticket 4711: Vertretung', 'Wird noch gebraucht', 'Zieht um nach K\u00f6ln'] as const;
const TRACES = [KEAP_ID, KEAP_ID.toLowerCase(), NAME, ADDRESS, ...Object.values(CLIENT), LABEL, INVITED, PROMOTED, KEPT, LEAVES];

const APP = 'acme';
const SECRET = 'an-example-of-at-least-thirty-two-bytes';
const USERS = 'query ($appId: ID!) { app(appId: $appId) { users(first: 50) { nodes { userId keapId name status } } } }';
const INVITATIONS = '{ viewer { accountCentral { invitations { invitationId } } } }';
const HISTORY = 'query ($appId: ID!) { membershipEvents(filter: { appId: $appId }, first: 200) { nodes { type summary reason data hashedText actor { name keapId } } } }';
const REVIEWS = 'query ($appId: ID!) { accessReviews(appId: $appId, first: 5) { nodes { items(first: 50) { nodes { remark user { keapId name } } } } } }';

function tokenOf(keapId: string, name: string | null, scope: string): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: `subject of ${keapId}`, email: keapId, email_verified: true, iat: now, exp: now + 3600, ...(name === null ? {} : { name }), scope })}`;
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}

/** Somebody with a token, behind a proxy that names the address of their machine. */
class Client extends Person {
  constructor(url: string, keapId: string, name: string | null = null, scope = '', private readonly from: Readonly<Record<string, string>> = { 'x-forwarded-for': '203.0.113.5' }) {
    super(url, keapId, tokenOf(keapId, name, scope));
  }

  override ask(query: string, variables: object = {}, headers: Readonly<Record<string, string>> = {}): ReturnType<Person['ask']> {
    return super.ask(query, variables, { ...this.from, ...headers });
  }

  /** Calls a mutation that has to succeed. */
  async do(name: string, input: object, fields = 'position'): Promise<Json> {
    const type = name.charAt(0).toUpperCase() + name.slice(1);
    const answer = (await this.read(`mutation ($input: ${inputTypeOf(name)}!) { ${name}(input: $input) { __typename ... on ${type}Success { ${fields} } ... on UserError { message } } }`, { input }))[name];
    expect([name, answer.__typename, answer.message]).toEqual([name, `${type}Success`, undefined]);
    return answer;
  }
}

describe.each(['DATA_DIR', 'EventStoreDB'])('a person who did everything, with the events in %s', (place) => {
  let directory: TemporaryDirectory;
  let server: EsdbServer | null = null;
  let env: Readonly<Record<string, string>>;
  const dataDir = (): string => join(directory.path, 'data');
  beforeAll(async () => {
    directory = temporaryDirectory();
    if (place === 'EventStoreDB') server = await EsdbServer.start();
    env = {
      DATA_DIR: dataDir(), LOG_LEVEL: 'error', AUTH_JWT_SECRET: SECRET, HOST: '127.0.0.1', PORT: '0', TRUST_PROXY: 'on', CLIENT_ADDRESS: 'full', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
      ...(server ? sharedStore(server) : {}),
    };
  });
  afterAll(async () => {
    await server?.stop();
    directory.remove();
  });

  const cli = (...args: readonly string[]): Promise<Ended> => cliProcess(args, env).ended;
  const serving = async <T>(use: (url: string) => Promise<T>): Promise<T> => {
    const program = new ProgramProcess('dist/main.js', [], env);
    const [, url = ''] = await program.untilPrinted(/Listening on (\S+)/);
    try {
      while (!(await fetch(`${url}/health/ready`)).ok) await pause(5);
      return await use(url);
    } finally {
      program.kill('SIGTERM');
      await program.ended;
    }
  };
  const bytesOfServer = (): Buffer => Buffer.concat((server?.log.records ?? []).flatMap(({ data, metadata }) => [data, metadata]).map((bytes) => Buffer.from(bytes)));
  /** What is found in any file, and in what the server holds. */
  const stored = (): readonly string[] => [...tracesBelow(dataDir(), TRACES), ...tracesIn(bytesOfServer(), TRACES)];
  const bundles = async (): Promise<Ended[]> => [await cli('export'), await cli('export', '--app', APP), await cli('export', '--app', APP, '--format', 'csv')];
  const seen = (url: string): Promise<Json> => Promise.all([
    new Client(url, 'auditor@stays.example', null, 'auditor').read(HISTORY, { appId: APP }), new Client(url, 'owner@stays.example').read(REVIEWS, { appId: APP }), new Client(url, 'owner@stays.example').read(USERS, { appId: APP }),
  ]);
  const reviewIds: string[] = [];

  /** Invites, accepts, names, assigns, reviews, promotes, removes, delivers and mails, so that the person is in every kind of event. */
  const live = async (url: string): Promise<void> => {
    const owner = new Client(url, 'owner@stays.example', 'Olivia');
    const zoe = new Client(url, KEAP_ID, NAME, '', { 'x-forwarded-for': ADDRESS, ...CLIENT });
    const operator = new Client(url, 'operator@stays.example', null, 'operator');
    await operator.do('registerWebhook', { url: 'https://127.0.0.1:1/', personalData: true }, 'webhook { webhookId }');
    await operator.do('registerApp', { appId: APP, name: 'Acme', licences: 9, ownerKeapId: owner.keapId, ownerName: 'Olivia' });
    const { user } = await owner.do('inviteUser', { appId: APP, keapId: KEAP_ID, role: 'STANDARD', name: NAME, reason: INVITED, idempotencyKey: 'one' }, 'user { userId }');
    const { viewer } = await zoe.read(INVITATIONS);
    await zoe.do('acceptInvitation', { appId: APP, invitationId: viewer.accountCentral.invitations[0].invitationId, idempotencyKey: 'two' });
    await zoe.do('setAccountLabel', { appId: APP, label: LABEL });
    await owner.do('changeUserRole', { appId: APP, userId: user.userId, role: 'ADMIN', reason: PROMOTED });
    await owner.do('assignContacts', { appId: APP, userId: user.userId, contactIds: ['c1', 'c2'] });
    const { review } = await zoe.do('startAccessReview', { appId: APP, note: 'Quarter 1' }, 'review { reviewId }');
    reviewIds.push(review.reviewId);
    const { app: { users: { nodes } } } = await owner.read(USERS, { appId: APP });
    await zoe.do('decideAccess', { reviewId: review.reviewId, userIds: nodes.filter(({ userId }: Json) => userId !== user.userId).map(({ userId }: Json) => userId), decision: 'KEEP', remark: 'Everybody else' });
    await owner.do('decideAccess', { reviewId: review.reviewId, userIds: [user.userId], decision: 'KEEP', remark: KEPT });
    await zoe.do('finishAccessReview', { reviewId: review.reviewId });
    await zoe.do('invitePartner', { appId: APP, keapId: 'paul@stays.example', role: 'STANDARD', name: 'Paul', reason: 'Spring campaign' });
    await owner.do('removeUser', { appId: APP, userId: user.userId, reassignContactsTo: nodes.find(({ keapId }: Json) => keapId === owner.keapId).userId, reason: LEAVES });
    await new Client(url, 'auditor@stays.example', null, 'auditor').read('query ($keapId: String!) { membershipEvents(filter: { keapId: $keapId, actorKeapId: $keapId }, first: 5) { nodes { type } } }', { keapId: KEAP_ID });
    while (!tracesBelow(join(dataDir(), 'outbox'), [KEAP_ID]).length) await pause(5);
  };

  it('is in no file, no bundle and no answer after the erasure, and everything else is as before', async () => {
    mkdirSync(dataDir(), { recursive: true });
    const before = await serving(async (url) => {
      await live(url);
      return seen(url);
    });
    // What is searched for was there to be found.
    for (const text of [KEAP_ID, NAME, KEPT, INVITED, PROMOTED, LEAVES]) expect(tracesIn(Buffer.from(JSON.stringify(before)), [text])).toEqual([text]);
    const found = [...tracesIn(Buffer.from((await bundles()).map(({ stdout }) => stdout).join('')), TRACES), ...stored().map((line) => line.replace(/^\S+: /, ''))];
    expect([...new Set(found)].sort()).toEqual([...TRACES].sort());
    const kept = await cli('export');
    writeFileSync(join(directory.path, 'kept.ndjson'), kept.stdout);

    const erased = await cli('erase', '--keap-id', KEAP_ID, '--json');
    expect(erased).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(erased.stdout)).toMatchObject({ number: 1, plainEvents: 0, plainFields: {}, otherAddresses: [] });
    server?.log.scavenge();
    expect(stored()).toEqual([]);

    const after = await serving((url) => seen(url));
    expect(tracesIn(Buffer.from(JSON.stringify(after)), TRACES)).toEqual([]);
    expect(JSON.stringify(after)).toContain('erased with person #1');
    const facts = ([{ membershipEvents }]: Json): Json => membershipEvents.nodes.map(({ type, data, hashedText }: Json) => ({ type, data, hashedText }));
    expect(facts(after)).toEqual(facts(before));
    expect(stored()).toEqual([]);

    const exported = await bundles();
    expect(exported.map(({ code }) => code)).toEqual([0, 0, 0]);
    exported.push(await cli('export', '--review', reviewIds[0] ?? ''));
    expect(tracesIn(Buffer.from(exported.map(({ stdout }) => stdout).join('')), TRACES)).toEqual([]);
    expect(exported[3]?.stdout).toContain('Everybody else');
    for (const [index, { stdout }] of exported.entries()) {
      if (index === 2) continue;
      writeFileSync(join(directory.path, 'bundle.ndjson'), stdout);
      expect(await cli('verify', join(directory.path, 'bundle.ndjson'), '--previous', join(directory.path, 'kept.ndjson'))).toMatchObject({ code: 0, stdout: '' });
    }
    expect(await cli('verify', join(directory.path, 'kept.ndjson'))).toMatchObject({ code: 0, stdout: '' });
    if (server === null) expect(await cli('verify', '--previous', join(directory.path, 'kept.ndjson'))).toMatchObject({ code: 0, stdout: '' });
    expect(JSON.parse((await cli('replay', '--json')).stdout)).toMatchObject({ equal: true });
  }, 240_000);
});
