import { randomUUID } from 'node:crypto';
import { EsdbServer } from '../support/esdb/esdbServer';
import type { Json, Person } from '../support/person';
import { sharedStore, TestService } from '../support/testService';

const MOST = 100;
const REGISTERED = 'webhook { webhookId }';

describe('the limit on webhooks', () => {
  const register = (operator: Person, name: string | number): Promise<Json> => operator.mutate('registerWebhook', { url: `https://hooks.example.com/${name}` }, REGISTERED);
  const kindsOf = (answers: readonly Json[]): string[] => answers.map(({ __typename, code }) => code ?? __typename);
  const shown = async (operator: Person): Promise<readonly Json[]> => (await operator.read('{ webhooks(first: 200) { webhookId } }')).webhooks;

  it('admits 100 of 150 concurrent registrations', async () => {
    const service = await TestService.start();
    const operator = await service.as('operator@example.com', 'operator');
    const kinds = kindsOf(await Promise.all(Array.from({ length: 150 }, (_, index) => register(operator, index))));
    expect([kinds.filter((kind) => kind === 'RegisterWebhookSuccess').length, kinds.filter((kind) => kind === 'INVALID_INPUT').length]).toEqual([MOST, 50]);
    expect(await shown(operator)).toHaveLength(MOST);
    await service.close();
  });

  it('holds across several processes, and admits one more for each removed webhook', async () => {
    const server = await EsdbServer.start();
    const env = sharedStore(server);
    const services = await Promise.all([TestService.start({ env }), TestService.start({ env })]);
    const operators = await Promise.all(services.map((service) => service.as('operator@example.com', 'operator')));
    const race = async (count: number, name: string): Promise<string[]> => kindsOf(await Promise.all(Array.from({ length: count }, (_, index) => register(operators[index % 2]!, `${name}-${index}`)))).sort();
    const first: Json[] = [];
    while (first.length < MOST - 5) first.push(...(await Promise.all([1, 2, 3, 4, 5].map((index) => register(operators[0]!, first.length + index)))));
    expect(new Set(kindsOf(first))).toEqual(new Set(['RegisterWebhookSuccess']));
    expect(await race(20, 'at once')).toEqual([...Array<string>(15).fill('INVALID_INPUT'), ...Array<string>(5).fill('RegisterWebhookSuccess')]);
    await operators[1]!.mutate('removeWebhook', { webhookId: first[0].webhook.webhookId });
    expect(await race(4, 'again')).toEqual(['INVALID_INPUT', 'INVALID_INPUT', 'INVALID_INPUT', 'RegisterWebhookSuccess']);
    await services[0].running.membership.caughtUp(10_000);
    expect(await shown(operators[0]!)).toHaveLength(MOST);
    await Promise.all(services.map((service) => service.close()));
    await server.stop();
  });

  it('admits another webhook when a process died between removing one and giving its place back', async () => {
    const service = await TestService.start();
    const operator = await service.as('operator@example.com', 'operator');
    const answers = await Promise.all(Array.from({ length: MOST }, (_, index) => register(operator, index)));
    const { webhookId } = answers[7].webhook;
    const { store } = service.running.membership;
    for await (const registered of store.readStream('webhooks', { maxCount: 1 })) {
      await store.append(`webhook-${webhookId}`, [{ ...registered, id: randomUUID(), type: 'WebhookRemoved', data: {} }], -1);
    }
    await service.running.membership.caughtUp(10_000);
    expect(await register(operator, 'next')).toMatchObject({ __typename: 'RegisterWebhookSuccess' });
    expect(await register(operator, 'over')).toMatchObject({ code: 'INVALID_INPUT', field: 'url' });
    expect((await shown(operator)).map((one) => one.webhookId)).not.toContain(webhookId);
    await service.close();
  });
});
