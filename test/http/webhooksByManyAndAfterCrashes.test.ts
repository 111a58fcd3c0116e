import { Webhook } from 'standardwebhooks';
import { EsdbServer } from '../support/esdb/esdbServer';
import { GivenApp } from '../support/givenApp';
import { startServiceProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';
import type { Json } from '../support/person';
import { sharedStore, TestService } from '../support/testService';
import { WebhookReceiver } from '../support/webhookReceiver';
import { SignedInService } from './signedInAs';

const LOOPBACK = { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8', INVITATIONS_PER_APP_PER_DAY: '0', INVITATIONS_PER_RECIPIENT_PER_DAY: '0' };

describe('webhooks', () => {
  let receiver: WebhookReceiver;
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
  });
  afterEach(() => receiver.close());

  const arrivedIds = (): readonly string[] => receiver.arrived.map(({ id }) => id);

  it('receive each event once when several processes use the same log', async () => {
    const server = await EsdbServer.start();
    const env = { ...sharedStore(server), ...LOOPBACK };
    const [one, other] = await Promise.all([TestService.start({ env, sends: ['webhooks'] }), TestService.start({ env, sends: ['webhooks'] })]);
    const operator = await one.as('operator@example.com', 'operator');
    await operator.mutate('registerWebhook', { url: receiver.url, types: ['PartnerInvited'] });
    const apps = await Promise.all(Array.from({ length: 3 }, () => GivenApp.register(one)));
    const invited = await Promise.all(apps.flatMap((app) => Array.from({ length: 8 }, (_, index) => app.invite(`one of many ${index}`))));
    await receiver.until((arrived) => new Set(arrived.map(({ id }) => id)).size === invited.length);
    const positions = receiver.arrived.map(({ json }) => json.data.position);
    expect(arrivedIds()).toHaveLength(invited.length);
    expect(positions).toEqual([...positions].sort());
    expect(receiver.mostAtOnce).toBe(1);
    await Promise.all([one.close(), other.close()]);
    await server.stop();
  });

  it('are taken over from a killed process: no event is lost or out of order, and only events in progress arrive twice', async () => {
    const server = await EsdbServer.start();
    const directory = temporaryDirectory();
    const env = { ...sharedStore(server), ...LOOPBACK, WEBHOOK_TIMEOUT_SECONDS: '1' };
    const sending = await startServiceProcess(directory.path, { ...env, LOG_LEVEL: 'silent' });
    const operator = await sending.as('operator@example.com', 'operator');
    let third: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => (third = resolve));
    receiver.answer = () => {
      if (receiver.arrived.length !== 3) return 204;
      third();
      return new Promise(() => undefined);
    };
    const { webhook: { webhookId } } = await operator.mutate('registerWebhook', { url: receiver.url, types: ['PartnerInvited'] }, 'webhook { webhookId }');
    for (const appId of ['one', 'other']) await operator.mutate('registerApp', { appId: `taken-${appId}`, name: 'Taken over', licences: 1, ownerKeapId: 'owner@example.com' });
    const owner = await sending.as('owner@example.com');
    const invite = (index: number): Promise<unknown> => owner.mutate('invitePartner', { appId: index % 2 === 0 ? 'taken-one' : 'taken-other', keapId: `taken-${index}@partners.example`, role: 'STANDARD' });
    for (let index = 0; index < 8; index += 1) await invite(index);
    await underWay;
    sending.program.kill('SIGKILL');
    await sending.program.ended;
    const other = await TestService.start({ env, sends: ['webhooks'] });
    await receiver.until((arrived) => new Set(arrived.map(({ id }) => id)).size === 8);

    const killedAt = arrivedIds()[2];
    const expected: string[] = [];
    for await (const { id, type } of other.running.membership.store.readAll()) if (type === 'PartnerInvited') expected.push(id);
    expect([...new Set(arrivedIds())]).toEqual(expected.slice(-8));
    const twice = arrivedIds().filter((id, index, all) => all.indexOf(id) !== index);
    expect(twice).toContain(killedAt);
    expect(expected.slice(-8).slice(0, 3)).toEqual(expect.arrayContaining(twice));
    const claims: { readonly at: string; readonly after: Json }[] = [];
    let until: Json = null;
    for await (const { type, data, occurredAt } of other.running.membership.store.readStream(`webhook-${webhookId}`)) {
      if (type === 'WebhookDeliveryClaimed') claims.push({ at: occurredAt, after: until });
      until = type === 'WebhookDeliveryClaimed' ? data['until'] : null;
    }
    // Only one claim follows an unfinished one, and it waited until that claim expired.
    expect(claims.flatMap(({ at, after }) => (after === null ? [] : [at >= after]))).toEqual([true]);
    await other.close();
    await server.stop();
    directory.remove();
  });

  it('lose nothing when the process dies before it records the outcome; repeated events have the same id and content', async () => {
    const directory = temporaryDirectory();
    const env = { ...LOOPBACK, LOG_LEVEL: 'silent' };
    const first = await startServiceProcess(directory.path, env);
    receiver.answer = ({ json }) => {
      // The event has arrived; the process never learns that it was accepted.
      if (json.data.data.person.keapId === 'crash@partners.example') first.program.kill('SIGKILL');
      return 204;
    };
    const operator = await first.as('operator@example.com', 'operator');
    const { secret } = await operator.mutate('registerWebhook', { url: receiver.url, types: ['PartnerInvited'], personalData: true }, 'secret');
    const owner = await first.as('olivia@keap.example');
    await owner.mutate('invitePartner', { appId: 'gx624', keapId: 'before@partners.example', role: 'STANDARD' });
    await receiver.until(({ length }) => length >= 1);
    await owner.mutate('invitePartner', { appId: 'gx624', keapId: 'crash@partners.example', role: 'STANDARD' }).catch(() => undefined);
    await first.program.ended;
    receiver.answer = () => 204;
    const second = await startServiceProcess(directory.path, env);
    const again = await second.as('olivia@keap.example');
    await again.mutate('invitePartner', { appId: 'gx624', keapId: 'after@partners.example', role: 'STANDARD' });
    await receiver.until((arrived) => arrived.some(({ json }) => json.data.data.person.keapId === 'after@partners.example'));
    second.program.kill('SIGTERM');
    expect((await second.program.ended).code).toBe(0);
    directory.remove();

    const inOrder = [...new Map(receiver.arrived.map((one) => [one.id, one])).values()];
    expect(inOrder.map(({ json }) => json.data.data.person.keapId)).toEqual(['before@partners.example', 'crash@partners.example', 'after@partners.example']);
    const twice = receiver.arrived.filter(({ json }) => json.data.data.person.keapId === 'crash@partners.example');
    expect(twice.length).toBeGreaterThanOrEqual(2);
    expect(new Set(twice.map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
    for (const { body, headers } of twice) expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toBeTruthy();
  });

  it('require https outside development mode', async () => {
    const signedIn = await SignedInService.start();
    const operator = signedIn.as({ sub: 'operator', email: 'operator@example.com', scope: 'operator' });
    expect(await operator.mutate('registerWebhook', { url: 'http://hooks.example.com/' })).toMatchObject({ __typename: 'Rejection', code: 'INVALID_INPUT', field: 'url' });
    expect(await operator.mutate('registerWebhook', { url: 'https://hooks.example.com/' })).toMatchObject({ __typename: 'RegisterWebhookSuccess' });
    await signedIn.service.close();
  });
});
