import { setTimeout as pause } from 'node:timers/promises';
import { GivenApp } from '../support/givenApp';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';
import { WebhookReceiver } from '../support/webhookReceiver';

describe('the host name of a webhook', () => {
  let address = '';
  let service: TestService;
  let receiver: WebhookReceiver;
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    const lookUpName = (): Promise<{ address: string; family: number }[]> => {
      if (address === '') return Promise.reject(new Error('no such name'));
      return Promise.resolve([{ address, family: address.includes(':') ? 6 : 4 }]);
    };
    service = await TestService.start({ env: { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32', WEBHOOK_TRIES: '1' }, sends: ['webhooks'], lookUpName });
  });
  afterEach(async () => {
    await service.close();
    await receiver.close();
  });

  const register = async (): Promise<Json> => (await service.as('operator@example.com', 'operator')).mutate('registerWebhook', { url: `http://hooks.example.com:${receiver.port}/` });

  it.each(['10.0.0.1', '127.0.0.2', '169.254.169.254', '::1', '::ffff:192.168.0.1', '64:ff9b::a9fe:a9fe', 'fe80::1', 'fd00:ec2::254'])('cannot be registered while it resolves to %s', async (inside) => {
    address = inside;
    expect(await register()).toMatchObject({ __typename: 'Rejection', code: 'INVALID_INPUT', field: 'url' });
  });

  it('can be registered before it exists', async () => {
    address = '';
    expect(await register()).toMatchObject({ __typename: 'RegisterWebhookSuccess' });
  });

  it('is checked again for every request; nothing is sent once it resolves to a private address', async () => {
    address = '127.0.0.1';
    await register();
    await GivenApp.register(service);
    // The last event of a new app is that its owner has signed in.
    await receiver.until((events) => events.some(({ json }) => json.type === 'PersonBound'));
    address = '127.0.0.2';
    const arrived = receiver.arrived.length;
    const operator = await service.as('operator@example.com', 'operator');
    await operator.mutate('registerApp', { appId: 'moved-inside', name: 'Inside', licences: 1, ownerKeapId: 'inside@example.com' });
    const deadLetters = async (): Promise<Json> => (await operator.read('{ webhooks { deadLetters { reason } } }')).webhooks[0].deadLetters;
    while ((await deadLetters()).length < 2) await pause(5);
    expect((await deadLetters())[0]).toEqual({ reason: 'ADDRESS_NOT_ALLOWED' });
    expect(receiver.arrived).toHaveLength(arrived);
  });
});
