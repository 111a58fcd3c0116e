import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openLogToRead, openNames } from '../../src/composition/stores';
import { parseConfig } from '../../src/config';
import { EmbeddedKeyStore } from '../../src/eventstore/embedded/keyStore';
import { EventStoreDbKeyStore } from '../../src/eventstore/eventStoreDb/keyStore';
import type { WrappedKey } from '../../src/eventstore/people/keyStore';
import { EsdbServer } from '../support/esdb/esdbServer';
import { GivenApp } from '../support/givenApp';
import { SmtpInbox } from '../support/smtpInbox';
import { temporaryDirectory } from '../support/temporaryDirectory';
import { Person, type Json } from '../support/person';
import { addressOf, TEST_STORES, TestService, type TestStore } from '../support/testService';

const newKey = (): string => randomBytes(32).toString('base64');

/** Everything that the owner of an app sees of it. */
const SEEN = `query ($appId: ID!) { app(appId: $appId) { users { nodes { id userId keapId name status role kind } }
} membershipEvents(filter: { appId: $appId }) { nodes { id position type summary actor { keapId name } } } accountCentral { accounts { nodes { id appId label } } } }`;
const PREVIEW = 'query ($token: String!) { invitation(token: $token) { status accountName } }';
const WAIT_MS = 20_000;

const toClose: { close(): Promise<void> }[] = [];
afterEach(async () => { for (const one of toClose.splice(0).reverse()) await one.close(); });

/** Waits until a condition holds; it fails after 20 seconds. */
async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const giveUpAt = performance.now() + WAIT_MS;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error(`It did not happen: ${what}`);
    await pause(10);
  }
}

/** A log whose service is started with one secret key after the other. */
class Exchanged {
  readonly #directory = temporaryDirectory();
  readonly #started: TestService[] = [];

  private constructor(private readonly server: EsdbServer | null) {}

  static async create(store: TestStore): Promise<Exchanged> {
    const log = new Exchanged(store === 'eventStoreDb' ? await EsdbServer.start() : null);
    toClose.push(log);
    return log;
  }

  /** Stops what runs, and starts the service with these keys. */
  async start(secretKey: string, previous = '', more: Parameters<typeof TestService.start>[0] = {}): Promise<TestService> {
    await this.stop();
    return this.beside(secretKey, previous, this.#directory.path, more);
  }

  /** Starts another process on the same log. */
  async beside(secretKey: string, previous: string, dataDir: string, { env, ...more }: Parameters<typeof TestService.start>[0] = {}): Promise<TestService> {
    const service = await TestService.start({ ...more, env: { ...this.environment(secretKey), DATA_DIR: dataDir, SECRET_KEY_PREVIOUS: previous, ...env } });
    this.#started.push(service);
    return service;
  }

  /** The settings of a process with this key. */
  environment(secretKey: string): Readonly<Partial<Record<'DATA_DIR' | 'SECRET_KEY' | 'EVENTSTORE_URL', string>>> {
    return { DATA_DIR: this.#directory.path, SECRET_KEY: secretKey, ...(this.server === null ? {} : { EVENTSTORE_URL: this.server.url }) };
  }

  get dataDir(): string {
    return this.#directory.path;
  }

  get esdb(): EsdbServer {
    if (this.server === null) throw new Error('The log is not in EventStoreDB.');
    return this.server;
  }

  /** The stored keys of people, and the ring. The service must not be running where the log is embedded. */
  async stored(): Promise<{ readonly wrapped: readonly string[]; readonly seals: number }> {
    const keys = this.server === null ? EmbeddedKeyStore.open(this.#directory.path) : new EventStoreDbKeyStore({ url: this.server.url });
    const latest = new Map<string, string>();
    for await (const batch of keys.wrapped() as AsyncIterable<readonly WrappedKey[]>) for (const { id, wrapped } of batch) latest.set(id, wrapped);
    const ring = await keys.ring();
    await keys.close();
    return { wrapped: [...latest.values()], seals: ring === null ? 0 : Object.keys((JSON.parse(ring) as { seals: object }).seals).length };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#started.splice(0).map((service) => service.close()));
  }

  async close(): Promise<void> {
    await this.stop();
    await this.server?.stop();
    this.#directory.remove();
  }
}

const settled = (service: TestService): Promise<void> => until('the exchange is finished', () => !service.running.membership.keys.ring.isExchangeOpen);

describe.each(TEST_STORES)('an exchange of SECRET_KEY (%s)', (store) => {
  const [first, second, third] = [newKey(), newKey(), newKey()];

  it('is noticed by nobody, is completed in the background, and leaves nothing to the old key', async () => {
    const [log, inbox] = [await Exchanged.create(store), await SmtpInbox.start()];
    toClose.push(inbox);
    // A log of before.
    let service = await log.start(first);
    const app = await GivenApp.register(service);
    const { appId } = app;
    const paula = await app.join('Paula');
    const opened = await app.invite('Piet');
    const keyed = { appId, keapId: addressOf(appId, 'keyed'), role: 'STANDARD', idempotencyKey: 'one key' };
    const answered = await app.owner.mutate('invitePartner', keyed, 'position user { userId } invitation { invitationId developmentToken }');
    const operator = await service.as('operator@example.com', 'operator');
    const registration = { url: 'https://203.0.113.7/hook', idempotencyKey: 'hook' };
    const webhook = await operator.mutate('registerWebhook', registration, 'webhook { webhookId } secret');
    await paula.person.mutate('setAccountLabel', { appId, label: 'Ours' });
    const seenBy = async (): Promise<Json> => {
      const [owner, partner] = [await service.as(app.owner.keapId), await service.as(paula.person.keapId)];
      return { owner: await owner.read(SEEN, { appId }), partner: (await partner.read('{ accountCentral { accounts { nodes { id appId label } } } }')) };
    };
    const seen = await seenBy();
    expect(seen.owner.app.users.nodes).toHaveLength(4);

    const unchanged = async (): Promise<void> => {
      expect(await seenBy()).toEqual(seen);
      const owner = await service.as(app.owner.keapId);
      expect(await owner.mutate('invitePartner', keyed, 'position user { userId } invitation { invitationId developmentToken }')).toEqual(answered);
      expect(await (await service.as('operator@example.com', 'operator')).mutate('registerWebhook', registration, 'webhook { webhookId } secret')).toEqual(webhook);
      for (const token of [opened.token, answered.invitation.developmentToken]) expect((await service.nobody().read(PREVIEW, { token })).invitation).toMatchObject({ status: 'OPEN' });
    };

    service = await log.start(second, first);
    await unchanged();
    await settled(service);
    await unchanged();
    await log.stop();
    let { wrapped, seals } = await log.stored();
    expect([wrapped.every((text) => text.startsWith('1.')), wrapped.length > 3, seals]).toEqual([true, true, 2]);

    // The old key alone still works, as in a process that runs until it is replaced.
    service = await log.start(first);
    await unchanged();

    service = await log.start(second);
    await unchanged();
    await settled(service);
    await log.stop();
    ({ wrapped, seals } = await log.stored());
    expect(seals).toBe(1);

    await expect(log.start(first)).rejects.toThrow(/^SECRET_KEY is not the one that the keys of people were encrypted with/);
    await expect(log.start(third)).rejects.toThrow(/To exchange SECRET_KEY, set SECRET_KEY_PREVIOUS to the one of before as well\.$/);
    await expect(log.start(third, first)).rejects.toThrow(/^Neither SECRET_KEY nor SECRET_KEY_PREVIOUS is the key/);

    // Another exchange, and what was begun under each of the keys still leads to its end.
    service = await log.start(third, second);
    await unchanged();
    await settled(service);
    service = await log.start(third, '', { env: inbox.env, sends: ['mail'] });
    await unchanged();
    const [mail] = await inbox.untilArrived(opened.person.keapId);
    expect(mail?.parsed.text).toContain(`/invitation#${opened.token}`);
    const piet = await service.as(opened.person.keapId);
    // A command that only reads needs the new key alone.
    const env = log.environment(third);
    const { store: raw } = await openLogToRead({ dataDir: env.DATA_DIR ?? '', eventStoreUrl: env.EVENTSTORE_URL ?? null });
    const plain: unknown[] = [];
    for await (const { data } of (await openNames(raw, parseConfig(env))).readAll({ maxCount: 3 })) plain.push(data['person']);
    await raw.close();
    expect(plain).toContainEqual({ keapId: app.owner.keapId, name: 'Olivia Owner' });
    expect(await piet.mutate('acceptInvitation', { token: opened.token }, 'user { userId }')).toMatchObject({ __typename: 'AcceptInvitationSuccess', user: { userId: opened.userId } });
  });
});

describe('a log whose SECRET_KEY is exchanged', () => {
  it('goes on where it was interrupted, and can go back to the key before', async () => {
    const [from, to] = [newKey(), newKey()];
    const interrupted = await Exchanged.create('eventStoreDb');
    let service = await interrupted.start(from);
    const app = await GivenApp.register(service);
    for (let index = 0; index < 20; index += 1) await app.invite(`person ${index}`);
    const names = async (): Promise<Json> => (await (await service.as(app.owner.keapId)).read(SEEN, { appId: app.appId })).app.users;
    const seen = await names();
    // The process is stopped at once, wherever the exchange is.
    for (let times = 0; times < 3; times += 1) await interrupted.start(to, from);
    service = await interrupted.start(from, to);
    expect(await names()).toEqual(seen);
    service = await interrupted.start(from);
    await settled(service);
    expect(await names()).toEqual(seen);
    await interrupted.stop();
    const { seals, wrapped } = await interrupted.stored();
    expect([seals, new Set(wrapped.map((text) => text.split('.')[0]))]).toEqual([1, new Set(['2'])]);
  });

  it('finds nothing to do in a new log', async () => {
    const fresh = await Exchanged.create('embedded');
    const service = await fresh.start(newKey());
    const app = await GivenApp.register(service);
    expect(service.running.membership.keys.ring.isExchangeOpen).toBe(false);
    expect((await app.owner.read(SEEN, { appId: app.appId })).app.users.nodes).toHaveLength(1);
    await fresh.stop();
    expect(await fresh.stored()).toMatchObject({ seals: 0 });
  });
});

describe('replicas with two secret keys', () => {
  it('read each other\'s people and send each other\'s links while one after the other is exchanged', async () => {
    const [first, second] = [newKey(), newKey()];
    const [inbox, directory] = [await SmtpInbox.start(), temporaryDirectory()];
    toClose.push(inbox, { close: () => rm(directory.path, { recursive: true }) });
    const log = await Exchanged.create('eventStoreDb');
    const old = await log.start(first, '', { env: inbox.env, sends: ['mail'] });
    const app = await GivenApp.register(old);
    const { appId } = app;
    await app.join('Paula');
    const changed = await log.beside(second, first, directory.path);
    const [oldOwner, newOwner] = [app.owner, await changed.as(app.owner.keapId)];
    const invite = async (owner: Person, name: string): Promise<{ readonly position: string; readonly token: string; readonly keapId: string }> => {
      const keapId = addressOf(appId, name);
      const { position, invitation } = await owner.mutate('invitePartner', { appId, keapId, name, role: 'STANDARD' }, 'position invitation { developmentToken }');
      return { position, keapId, token: invitation.developmentToken };
    };
    await settled(changed);
    const viaNew = await invite(newOwner, 'invited through the new one');
    const viaOld = await invite(oldOwner, 'invited through the old one');
    const lists = await Promise.all([oldOwner, newOwner].map(async (owner) => (await owner.read(SEEN, { appId }, { 'x-min-position': viaOld.position })).app.users.nodes));
    expect(lists[0].map(({ name }: Json) => name)).toEqual(expect.arrayContaining(['invited through the new one', 'invited through the old one', 'Paula', 'Olivia Owner']));
    expect(lists[1]).toEqual(lists[0]);
    for (const { keapId, token } of [viaNew, viaOld]) {
      const [mail] = await inbox.untilArrived(keapId);
      expect(mail?.parsed.text).toContain(`/invitation#${token}`);
      for (const service of [old, changed]) expect((await service.nobody().read(PREVIEW, { token }, { 'x-min-position': viaOld.position })).invitation.status).toBe('OPEN');
    }
  });

  it('start with their copy of the ring while EventStoreDB is away', async () => {
    const [first, second] = [newKey(), newKey()];
    const log = await Exchanged.create('eventStoreDb');
    const app = await GivenApp.register(await log.start(first));
    await settled(await log.start(second, first));
    let service = await log.start(second);
    await settled(service);
    await log.stop();
    await log.esdb.stop();
    service = await log.start(second);
    const names = async (): Promise<Json> => (await (await service.as(app.owner.keapId)).read('query ($appId: ID!) { app(appId: $appId) { users { nodes { name } } } }', { appId: app.appId })).app.users.nodes;
    expect(await names()).toEqual([{ name: 'Olivia Owner' }]);
    expect(readFileSync(join(log.dataDir, 'key-ring.json'), 'utf8')).not.toContain(first);
    await log.esdb.start();
    await until('the store is reached', async () => (await (await service.as(app.owner.keapId)).mutate('setAccountLabel', { appId: app.appId, label: 'Ours' }).catch(() => ({ __typename: '' }))).__typename === 'SetAccountLabelSuccess');
    expect(await names()).toEqual([{ name: 'Olivia Owner' }]);
  });
});

describe('an exchange of AUTH_JWT_SECRET', () => {
  it('lets tokens of both secrets in, until the old one is removed', async () => {
    const [before, after] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
    const service = await TestService.start({ env: { HOST: '127.0.0.1', AUTH_JWT_SECRET: after, AUTH_JWT_SECRET_PREVIOUS: before, AUTH_JWT_ISSUER: 'our-login', AUTH_AUDIENCE: 'partners', AUTH_JWT_MAX_SECONDS: '600' } });
    toClose.push(service);
    const status = async (secret: string, claims: object = {}, header: object = {}): Promise<readonly (number | string | undefined)[]> => {
      const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const exp = Math.floor(Date.now() / 1000) + 500;
      const signed = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode({ sub: 'ada', email: 'ada@example.com', iss: 'our-login', aud: 'partners', exp, ...claims })}`;
      const ada = new Person(service.url, 'ada@example.com', `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`);
      const answer = await ada.ask('{ viewer { keapId } }');
      return [answer.status, answer.errors[0]?.message];
    };
    expect([await status(before), await status(after)]).toEqual([[200, undefined], [200, undefined]]);
    expect(await status(randomBytes(32).toString('hex'))).toEqual([401, 'The token\'s signature is invalid.']);
    expect(await status(before, { iss: 'another-login' })).toEqual([401, 'The token is not meant for this service (iss).']);
    expect(await status(after, { aud: 'others' })).toEqual([401, 'The token is not meant for this service (aud).']);
    expect(await status(after, { exp: Math.floor(Date.now() / 1000) + 3600 })).toEqual([401, expect.stringContaining('at most 600 seconds from now')]);
    expect(await status(after, {}, { typ: 'logout+jwt' })).toEqual([401, 'The token is not an access token (typ).']);
  });
});
