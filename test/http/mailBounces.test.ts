import { Webhook } from 'standardwebhooks';
import { GivenApp } from '../support/givenApp';
import { mailEventsOf, untilMailEvents } from '../support/mailEvents';
import { TestService, type Json } from '../support/testService';

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

describe('messages that came back', () => {
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start({ env: { MAIL_WEBHOOK_SECRET: SECRET, MAIL_FROM: 'no-reply@partners.example' }, hooks: { withoutMail: false } });
    app = await GivenApp.register(service);
  });
  afterAll(() => service.close());

  const tell = async (body: string, { secret = SECRET, at = new Date(), signed = body } = {}): Promise<Response> =>
    fetch(`${service.url}/webhooks/mail-bounce`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json', 'webhook-id': 'msg_1', 'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign('msg_1', at, signed),
      },
      body,
    });
  const bounce = (messageId: string, type = 'mail.bounced'): string => JSON.stringify({ type, timestamp: new Date().toISOString(), data: { messageId } });
  const deliveryOf = async (userId: string): Promise<Json> => {
    await service.running.membership.caughtUp(5_000);
    const query = 'query ($appId: ID!, $userId: ID!) { app(appId: $appId) { user(userId: $userId) { invitation { status delivery sendCount } } } }';
    return (await app.owner.read(query, { appId: app.appId, userId })).app.user.invitation;
  };
  const sent = async (name: string): Promise<{ userId: string; invitationId: string; messageId: string }> => {
    const { userId, invitationId } = await app.invite(name);
    await untilMailEvents(service, app.appId, invitationId, (types) => types.includes('Sent'));
    return { userId, invitationId, messageId: `<${invitationId}.1@partners.example>` };
  };

  it('are FAILED, written down once however often it is told, and the invitation stays open', async () => {
    const { userId, invitationId, messageId } = await sent('bounces');
    const answers = [await tell(bounce(messageId)), ...(await Promise.all([tell(bounce(messageId)), tell(bounce(messageId))]))];
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect(await deliveryOf(userId)).toEqual({ status: 'OPEN', delivery: 'FAILED', sendCount: 1 });
    expect((await tell(bounce(messageId.slice(1, -1)))).status).toBe(204);
    const events = await mailEventsOf(service, app.appId, invitationId);
    expect(events.map(({ type, data }) => [type, data['reason']])).toEqual([['InvitationEmailAttempted', undefined], ['InvitationEmailSent', undefined], ['InvitationEmailFailed', 'BOUNCED']]);
  });

  it('tell nothing of a newer message', async () => {
    const { userId, invitationId, messageId } = await sent('newer');
    await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId });
    await untilMailEvents(service, app.appId, invitationId, (types) => types.filter((type) => type === 'Sent').length === 2);
    expect((await tell(bounce(messageId))).status).toBe(204);
    expect(await deliveryOf(userId)).toEqual({ status: 'OPEN', delivery: 'SENT', sendCount: 2 });
  });

  it.each<[string, Parameters<typeof tell>[1]]>([
    ['another key', { secret: `whsec_${Buffer.alloc(32, 8).toString('base64')}` }],
    ['another body', { signed: '{}' }],
    ['an old time', { at: new Date(Date.now() - 6 * 60_000) }],
    ['a time to come', { at: new Date(Date.now() + 6 * 60_000) }],
  ])('are not believed with a signature of %s', async (name, signature) => {
    const { userId, messageId } = await sent(name);
    expect((await tell(bounce(messageId), signature)).status).toBe(401);
    expect(await deliveryOf(userId)).toMatchObject({ delivery: 'SENT' });
  });

  it('are not believed without a signature', async () => {
    const answer = await fetch(`${service.url}/webhooks/mail-bounce`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: bounce('<x@y>') });
    expect([answer.status, await answer.json()]).toEqual([401, { error: { code: 'UNAUTHENTICATED', message: expect.any(String) } }]);
  });

  it('are taken and ignored where they are not ours, or something else is told', async () => {
    const { userId, messageId } = await sent('delivered');
    expect((await tell(bounce('<unknown@example.com>'))).status).toBe(204);
    expect((await tell(bounce(messageId, 'mail.delivered'))).status).toBe(204);
    expect(await deliveryOf(userId)).toMatchObject({ delivery: 'SENT' });
  });

  it.each(['', 'no json', '[]', '{"type":"mail.bounced"}', '{"type":"mail.bounced","data":{"messageId":1}}'])('cannot be told by %j', async (body) => {
    expect((await tell(body)).status).toBe(400);
  });

  it('have a bound', async () => {
    expect((await tell(bounce('x'.repeat(17 * 1024)))).status).toBe(413);
  });
});
