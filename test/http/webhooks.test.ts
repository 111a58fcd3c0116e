import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { webhookStream } from '../../src/domain/streams';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import { GivenApp } from '../support/givenApp';
import { MovableClock } from '../support/movableClock';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';
import { WebhookReceiver } from '../support/webhookReceiver';

const LOOPBACK = { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' };

async function eventsOf(service: TestService, webhookId: string): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of service.running.membership.store.readStream(webhookStream(webhookId))) events.push(event);
  return events;
}

/** The events about a webhook once the condition holds; it is looked at after each event that the read models take in. */
async function untilEvents(service: TestService, webhookId: string, condition: (types: readonly string[]) => boolean): Promise<readonly StoredEvent[]> {
  const { projector, caughtUp } = service.running.membership;
  for (;;) {
    const applied = new Promise<void>((resolve) => {
      const unsubscribe = projector.onApplied(() => {
        unsubscribe();
        resolve();
      });
    });
    const events = await eventsOf(service, webhookId);
    if (condition(events.map(({ type }) => type))) {
      await caughtUp(5_000);
      return events;
    }
    await applied;
  }
}

const secondsBetween = (from: string, to: unknown): number => (Date.parse(String(to)) - Date.parse(from)) / 1000;

describe('webhooks', () => {
  const clock = new MovableClock();
  let receiver: WebhookReceiver;
  let service: TestService;
  let operator: Person;
  const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
    receiver = await WebhookReceiver.start();
    service = await TestService.start({ env: { ...LOOPBACK, ...env }, clock, sends: ['webhooks'] });
    operator = await service.as('operator@example.com', 'operator');
  };
  afterEach(async () => {
    await service.close();
    await receiver.close();
  });

  const register = async (input: object = {}): Promise<{ readonly webhookId: string; readonly secret: string }> => {
    const { webhook, secret } = await operator.mutate('registerWebhook', { url: receiver.url, ...input }, 'webhook { webhookId } secret');
    return { webhookId: webhook.webhookId, secret };
  };
  const shown = async (fields: string): Promise<readonly Json[]> => (await operator.read(`{ webhooks { ${fields} } }`)).webhooks;
  const measured = async (): Promise<Readonly<Record<string, number>>> => {
    const text = await (await fetch(`${service.url}/metrics`)).text();
    return Object.fromEntries([...text.matchAll(/^(webhooks?_\w+) (\d+)$/gm)].map(([, name, value]) => [name, Number(value)]));
  };
  const ids = (): readonly string[] => receiver.arrived.map(({ id }) => id);
  const positions = (): readonly string[] => receiver.arrived.map(({ json }) => json.data.position);

  it('receive every app event in log order, signed, under its own id, without token hashes', async () => {
    await start();
    const { secret } = await register();
    const app = await GivenApp.register(service);
    const { userId } = await app.join('partner');
    await app.assign(userId, 'c1', 'c2');
    await receiver.until((arrived) => arrived.some(({ json }) => json.type === 'ContactsAssigned'));
    const stored: StoredEvent[] = [];
    for await (const event of service.running.membership.store.readAll()) if (/^(?:app|contacts)-/.test(event.stream)) stored.push(event);
    expect(ids()).toEqual(stored.map(({ id }) => id));
    for (const { headers, body, id } of receiver.arrived) {
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toBeTruthy();
      expect(() => new Webhook(`whsec_${Buffer.alloc(32).toString('base64')}`).verify(body, headers as Record<string, string>)).toThrow('No matching signature found');
      expect([headers['webhook-id'], headers['content-type']]).toEqual([id, 'application/json']);
      expect(body).not.toContain('tokenHash');
    }
    const log: string[] = [];
    for await (const { dataJson } of service.running.membership.store.readAll()) log.push(dataJson);
    expect(log.join()).not.toContain(secret.replace('whsec_', ''));
    const invited = stored.find(({ type }) => type === 'PartnerInvited')!;
    expect(invited.data['tokenHash']).toMatch(/^[0-9a-f]{64}$/);
    expect(receiver.arrived.map(({ body }) => body).join()).not.toContain(invited.data['tokenHash']);
    const { json } = receiver.arrived.find(({ id }) => id === invited.id)!;
    expect(json).toMatchObject({
      type: 'PartnerInvited', timestamp: invited.occurredAt,
      data: { eventId: invited.id, position: invited.position, appId: app.appId, stream: invited.stream, revision: invited.revision, userId, actorId: invited.metadata.actorId, correlationId: invited.metadata.correlationId, data: { userId, role: 'STANDARD' } },
    });
  });

  it('contain a summary, and names and Keap IDs only if registered for personal data', async () => {
    await start();
    const named = await WebhookReceiver.start();
    await register();
    await operator.mutate('registerWebhook', { url: named.url, personalData: true });
    const app = await GivenApp.register(service);
    const { userId, person } = await app.join('partner');
    await app.owner.mutate('removeUser', { appId: app.appId, userId });
    for (const one of [receiver, named]) await one.until((arrived) => arrived.some(({ json }) => json.type === 'UserRemoved'));
    const auditor = await service.as('auditor@example.com', 'auditor');
    const { membershipEvents } = await auditor.read('query ($appId: ID!) { membershipEvents(filter: { appId: $appId }) { nodes { eventId summary } } }', { appId: app.appId });
    const summaries = ({ arrived }: WebhookReceiver): Json => arrived.map(({ id, json }) => ({ eventId: id, summary: json.data.summary }));
    expect(summaries(named)).toEqual(membershipEvents.nodes);
    expect(named.arrived.find(({ json }) => json.type === 'PartnerInvited')!.json.data.data.person).toMatchObject({ keapId: person.keapId });
    const told = receiver.arrived.map(({ json }) => [json.type, json.data.summary]);
    expect(told).toContainEqual(['PartnerInvited', 'Somebody invited somebody as a partner with the role STANDARD.']);
    expect(told).toContainEqual(['InvitationAccepted', 'Somebody joined as a partner with the role STANDARD.']);
    expect(told).toContainEqual(['UserRemoved', 'Somebody removed somebody from the app.']);
    expect(told).toContainEqual(['AppRegistered', expect.stringMatching(/^An operator registered the app /)]);
    const bodies = receiver.arrived.map(({ body }) => body).join();
    for (const personal of [person.keapId, app.owner.keapId, 'keapId', '"person"']) expect(bodies).not.toContain(personal);
    await named.close();
  });

  it('receive the types and apps they were registered for, from their registration on', async () => {
    await start();
    const before = await GivenApp.register(service);
    await before.join('before');
    const app = await GivenApp.register(service);
    await register({ types: ['InvitationAccepted', 'UserRemoved'], appIds: [app.appId, before.appId] });
    const other = await GivenApp.register(service);
    await other.join('elsewhere');
    const { userId } = await app.join('partner');
    await before.join('later');
    await app.owner.mutate('removeUser', { appId: app.appId, userId });
    await receiver.until(({ length }) => length >= 3);
    expect(receiver.arrived.map(({ json }) => [json.type, json.data.appId])).toEqual([['InvitationAccepted', app.appId], ['InvitationAccepted', before.appId], ['UserRemoved', app.appId]]);
    expect(positions()).toEqual([...positions()].sort());
  });

  it('are retried after growing pauses, before any later event', async () => {
    await start();
    let refusals = 3;
    receiver.answer = () => (refusals-- > 0 ? 503 : 200);
    const { webhookId } = await register({ types: ['InvitationAccepted'] });
    const app = await GivenApp.register(service);
    await app.join('first');
    await untilEvents(service, webhookId, (types) => types.filter((type) => type === 'WebhookAttemptFailed').length === 1);
    await app.join('second');
    expect((await shown('failedAttempts nextAttemptAt lastFailure { reason position }'))[0]).toMatchObject({ failedAttempts: 1, lastFailure: { reason: 'REFUSED 503', position: positions()[0] } });
    expect(await measured()).toEqual({ webhooks_registered: 1, webhooks_failing: 1, webhook_backlog_events: 2, webhook_dead_letters: 0 });
    clock.pass(10_000);
    await untilEvents(service, webhookId, (types) => types.filter((type) => type === 'WebhookAttemptFailed').length === 2);
    clock.pass(40_000);
    const events = await untilEvents(service, webhookId, (types) => types.filter((type) => type === 'WebhookAttemptFailed').length === 3);
    clock.pass(160_000);
    await receiver.until(({ length }) => length >= 5);
    const [first, second] = [...new Set(ids())];
    expect(ids()).toEqual([first, first, first, first, second]);
    const failures = events.filter(({ type }) => type === 'WebhookAttemptFailed');
    expect(failures.map(({ data, occurredAt }) => [data['attempt'], Math.round(secondsBetween(occurredAt, data['retryAt']))])).toEqual([[1, 10], [2, 40], [3, 160]]);
    await untilEvents(service, webhookId, (types) => types.at(-1) === 'WebhookDelivered');
    expect((await shown('failedAttempts nextAttemptAt position deadLetterCount'))[0]).toEqual({ failedAttempts: 0, nextAttemptAt: null, position: positions().at(-1), deadLetterCount: 0 });
  });

  it('turn an event into a dead letter after its last attempt, continue, and resend it on request', async () => {
    await start({ WEBHOOK_TRIES: '2' });
    let poison = '';
    receiver.answer = ({ id }) => {
      if (poison === '') poison = id;
      return id === poison ? 500 : 204;
    };
    const { webhookId } = await register({ types: ['InvitationAccepted'] });
    const app = await GivenApp.register(service);
    await app.join('poison');
    await untilEvents(service, webhookId, (types) => types.includes('WebhookAttemptFailed'));
    await app.join('after it');
    clock.pass(10_000);
    await receiver.until((arrived) => arrived.some(({ id }) => id !== poison));
    await untilEvents(service, webhookId, (types) => types.at(-1) === 'WebhookDelivered');
    expect((await shown('failedAttempts deadLetterCount deadLetters { eventId attempts reason position } none: deadLetters(first: 0) { eventId }'))[0]).toEqual({
      failedAttempts: 0, deadLetterCount: 1, deadLetters: [{ eventId: poison, attempts: 2, reason: 'REFUSED 500', position: positions()[0] }], none: [],
    });
    expect(await measured()).toEqual({ webhooks_registered: 1, webhooks_failing: 0, webhook_backlog_events: 0, webhook_dead_letters: 1 });
    const before = receiver.arrived.length;
    receiver.answer = () => 204;
    const place = (await shown('position'))[0];
    await operator.mutate('replayWebhook', { webhookId, deadLetters: true });
    await receiver.until(({ length }) => length > before);
    await untilEvents(service, webhookId, (types) => types.at(-1) === 'WebhookDelivered');
    expect(ids().slice(before)).toEqual([poison]);
    expect((await shown('deadLetterCount position'))[0]).toEqual({ deadLetterCount: 0, ...place });
  });

  it('resend everything after a position, in order and under the same ids', async () => {
    await start();
    const app = await GivenApp.register(service);
    await app.join('before the webhook');
    const { webhookId } = await register({ types: ['InvitationAccepted', 'PartnerInvited'], appIds: [app.appId] });
    await app.join('after it');
    await receiver.until(({ length }) => length >= 2);
    await untilEvents(service, webhookId, (types) => types.at(-1) === 'WebhookDelivered');
    const sent = ids();
    await operator.mutate('replayWebhook', { webhookId, after: '0' });
    await receiver.until(({ length }) => length >= 6);
    expect(ids().slice(2, 4)).not.toEqual(sent);
    expect(ids().slice(4)).toEqual(sent);
    expect(positions().slice(2)).toEqual([...positions().slice(2)].sort());
    await untilEvents(service, webhookId, (types) => types.at(-1) === 'WebhookDelivered');
    await operator.mutate('replayWebhook', { webhookId, after: receiver.arrived[0]!.json.data.position });
    await receiver.until(({ length }) => length >= 7);
    expect(ids().slice(6)).toEqual(sent.slice(1));
  });

  it('continue from the position an operator chose, even if chosen during a request', async () => {
    await start();
    let arrived: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => (arrived = resolve));
    let answer: (status: number) => void = () => undefined;
    receiver.answer = () => new Promise((resolve) => {
      answer = resolve;
      arrived();
    });
    const { webhookId } = await register({ types: ['InvitationAccepted'] });
    const app = await GivenApp.register(service);
    await app.join('partner');
    await underWay;
    await operator.mutate('replayWebhook', { webhookId, after: '0' });
    receiver.answer = () => 204;
    answer(204);
    await receiver.until(({ length }) => length >= 2);
    expect(new Set(ids()).size).toBe(1);
  });

  it('receive nothing after their removal', async () => {
    await start();
    const { webhookId } = await register({ types: ['InvitationAccepted'] });
    const app = await GivenApp.register(service);
    await app.join('one');
    await receiver.until(({ length }) => length >= 1);
    await untilEvents(service, webhookId, (types) => types.at(-1) === 'WebhookDelivered');
    expect(await operator.mutate('removeWebhook', { webhookId }, 'webhookId')).toMatchObject({ webhookId });
    const watching = await register({ types: ['InvitationAccepted'] });
    const { userId } = await app.join('two');
    await untilEvents(service, watching.webhookId, (types) => types.at(-1) === 'WebhookDelivered');
    expect(receiver.arrived.filter(({ json }) => json.data.userId === userId)).toHaveLength(1);
    expect((await eventsOf(service, webhookId)).at(-1)!.type).toBe('WebhookRemoved');
    expect((await shown('webhookId')).map((one) => one.webhookId)).toEqual([watching.webhookId]);
    expect(await operator.mutate('replayWebhook', { webhookId, after: '0' })).toMatchObject({ code: 'INVALID_INPUT', field: 'webhookId' });
  });

  it('receive nothing twice after a rebuild of the read models', async () => {
    await start();
    const { webhookId } = await register({ types: ['InvitationAccepted'] });
    const app = await GivenApp.register(service);
    await app.join('once');
    await untilEvents(service, webhookId, (types) => types.at(-1) === 'WebhookDelivered');
    await service.running.close();
    for (const file of ['readmodels.db', 'readmodels.db-wal', 'readmodels.db-shm']) rmSync(join(service.dataDir, file), { force: true });
    await service.restart();
    await service.running.membership.waitUntilFilled(60_000);
    const owner = await service.as(app.owner.keapId);
    const next = await service.as('next@partners.example');
    const { invitation } = await owner.mutate('invitePartner', { appId: app.appId, keapId: next.keapId, role: 'STANDARD' }, 'invitation { developmentToken }');
    await next.mutate('acceptInvitation', { token: invitation.developmentToken });
    await receiver.until(({ length }) => length >= 2);
    expect(receiver.arrived).toHaveLength(2);
    expect(new Set(ids()).size).toBe(2);
  });

  it('are registered only for public addresses, existing types and valid app ids', async () => {
    await start();
    for (const url of ['http://10.0.0.1/', 'https://[::1]/', 'https://[::ffff:10.0.0.1]/', 'https://[64:ff9b::a9fe:a9fe]/', 'https://[fe80::1]/', 'https://169.254.169.254/latest', 'ftp://hooks.example.com/', 'hooks', 'https://user:secret@hooks.example.com/', 'https://hooks.example.com/#x', `https://hooks.example.com/${'x'.repeat(2_000)}`]) {
      expect([url, await operator.mutate('registerWebhook', { url })]).toEqual([url, expect.objectContaining({ __typename: 'Rejection', code: 'INVALID_INPUT', field: 'url' })]);
    }
    expect(await operator.mutate('registerWebhook', { url: receiver.url, types: ['RequestReceived'] })).toMatchObject({ field: 'types' });
    expect(await operator.mutate('registerWebhook', { url: receiver.url, types: [] })).toMatchObject({ field: 'types' });
    expect(await operator.mutate('registerWebhook', { url: receiver.url, appIds: ['no/app'] })).toMatchObject({ field: 'appIds' });
    expect(await operator.mutate('removeWebhook', { webhookId: 'none' })).toMatchObject({ field: 'webhookId' });
    const { webhookId } = await register();
    expect(await operator.mutate('replayWebhook', { webhookId })).toMatchObject({ field: 'after' });
    await expect(operator.mutate('replayWebhook', { webhookId, after: 'z' })).rejects.toThrow('A position must be one that this service returned');
    expect(await operator.mutate('replayWebhook', { webhookId, after: '0', deadLetters: true })).toMatchObject({ field: 'after' });
    for (const query of ['{ webhooks { deadLetters(first: 201) { eventId } } }', '{ webhooks { deadLetters(first: -1) { eventId } } }', '{ webhooks(first: 201) { url } }']) {
      expect((await operator.ask(query)).errors).toMatchObject([{ message: expect.stringContaining('from 0 to 200'), extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    await register();
    expect([(await operator.read('{ webhooks { url } }')).webhooks, (await operator.read('{ webhooks(first: 1) { url } }')).webhooks].map(({ length }) => length)).toEqual([2, 1]);
  });
});
