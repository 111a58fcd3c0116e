import { liveProjections } from '../../src/projections/allProjections';
import { olderVersion } from '../projections/olderVersion';
import { GivenApp } from '../support/givenApp';
import { filledBy, lengthen } from '../support/olderReadModels';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';
import { WebhookReceiver } from '../support/webhookReceiver';

const CONTACTS = 5_000;

describe('webhooks while read models are rebuilt beside the old ones', () => {
  it('receive every event once, across the switch, including webhooks registered during the rebuild', async () => {
    const [early, late] = await Promise.all([WebhookReceiver.start(), WebhookReceiver.start()]);
    const service = await TestService.start({ env: { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8', INVITATIONS_PER_APP_PER_DAY: '0' }, sends: ['webhooks'] });
    const isRebuilt = (): boolean => service.running.membership.projector.status().projections.every(({ version }) => version > 0);
    const register = async ({ url }: WebhookReceiver): Promise<string> => {
      const operator = await service.as('operator@example.com', 'operator');
      return (await operator.mutate('registerWebhook', { url, types: ['PartnerInvited'], personalData: true }, 'webhook { webhookId }')).webhook.webhookId;
    };
    const webhookId = await register(early);
    const app = await GivenApp.register(service);
    const { userId } = await app.join('partner');
    await app.assign(userId, 'c1');
    await early.until(({ length }) => length === 1);
    await service.running.close();
    await lengthen(service.dataDir, `contacts-${app.appId}`, CONTACTS);
    await filledBy(service.dataDir, liveProjections.map((one) => olderVersion(one)));
    await service.restart();
    const owner = await service.as(app.owner.keapId);
    const invited: string[] = [];
    const invite = async (): Promise<void> => {
      const keapId = `invited-${invited.length}@partners.example`;
      invited.push(keapId);
      expect(await owner.mutate('invitePartner', { appId: app.appId, keapId, role: 'STANDARD' })).toMatchObject({ __typename: 'InvitePartnerSuccess' });
    };

    await invite();
    await early.until(({ length }) => length === 2);
    const sentBeforeExchange = !isRebuilt();
    await register(late);
    const registeredAfter = invited.length;
    while (!isRebuilt()) await invite();
    const writtenMeanwhile = invited.length - registeredAfter;
    for (let more = 0; more < 3; more += 1) await invite();

    const keapIds = ({ arrived }: WebhookReceiver): Json => arrived.map(({ json }) => json.data.data.person.keapId);
    await Promise.all([early, late].map((one) => one.until((arrived) => arrived.some(({ json }) => json.data.data.person.keapId === invited.at(-1)))));
    expect([sentBeforeExchange, writtenMeanwhile > 0]).toEqual([true, true]);
    expect(keapIds(early).slice(1)).toEqual(invited);
    expect(keapIds(late)).toEqual(invited.slice(registeredAfter));

    const operator = await service.as('operator@example.com', 'operator');
    await operator.mutate('replayWebhook', { webhookId, after: early.arrived.at(-2)!.json.data.position });
    await early.until(({ length }) => length === invited.length + 2);
    expect(early.arrived.at(-1)!.id).toBe(early.arrived.at(-2)!.id);
    await service.close();
    await Promise.all([early.close(), late.close()]);
  });
});
