import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { GivenApp } from '../support/givenApp';
import { mailEventsOf, untilMailEvents } from '../support/mailEvents';
import { SmtpInbox } from '../support/smtpInbox';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

describe('bounce reports', () => {
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start({ env: { MAIL_WEBHOOK_SECRET: SECRET, MAIL_FROM: 'no-reply@partners.example' }, sends: ['mail'] });
    app = await GivenApp.register(service);
  });
  afterAll(() => service.close());

  const report = async (body: string, { secret = SECRET, at = new Date(), signed = body } = {}): Promise<Response> =>
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

  it('set the delivery to FAILED, are recorded once if repeated, and leave the invitation open', async () => {
    const { userId, invitationId, messageId } = await sent('bounces');
    const answers = [await report(bounce(messageId)), ...(await Promise.all([report(bounce(messageId)), report(bounce(messageId))]))];
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect(await deliveryOf(userId)).toEqual({ status: 'OPEN', delivery: 'FAILED', sendCount: 1 });
    expect((await report(bounce(messageId.slice(1, -1)))).status).toBe(204);
    const events = await mailEventsOf(service, app.appId, invitationId);
    expect(events.map(({ type, data }) => [type, data['reason']])).toEqual([['InvitationEmailAttempted', undefined], ['InvitationEmailSent', undefined], ['InvitationEmailFailed', 'BOUNCED']]);
  });

  it('do not affect a newer message', async () => {
    const { userId, invitationId, messageId } = await sent('newer');
    await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId });
    await untilMailEvents(service, app.appId, invitationId, (types) => types.filter((type) => type === 'Sent').length === 2);
    expect((await report(bounce(messageId))).status).toBe(204);
    expect(await deliveryOf(userId)).toEqual({ status: 'OPEN', delivery: 'SENT', sendCount: 2 });
  });

  it.each<[string, Parameters<typeof report>[1]]>([
    ['another key', { secret: `whsec_${Buffer.alloc(32, 8).toString('base64')}` }],
    ['another body', { signed: '{}' }],
    ['an old time', { at: new Date(Date.now() - 6 * 60_000) }],
    ['a time to come', { at: new Date(Date.now() + 6 * 60_000) }],
  ])('are rejected with a signature of %s', async (name, signature) => {
    const { userId, messageId } = await sent(name);
    expect((await report(bounce(messageId), signature)).status).toBe(401);
    expect(await deliveryOf(userId)).toMatchObject({ delivery: 'SENT' });
  });

  it('are rejected without a signature', async () => {
    const answer = await fetch(`${service.url}/webhooks/mail-bounce`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: bounce('<x@y>') });
    expect([answer.status, await answer.json()]).toEqual([401, { error: { code: 'UNAUTHENTICATED', message: expect.any(String) } }]);
  });

  it('are accepted and ignored for unknown messages and other types', async () => {
    const { userId, messageId } = await sent('delivered');
    expect((await report(bounce('<unknown@example.com>'))).status).toBe(204);
    expect((await report(bounce(messageId, 'mail.delivered'))).status).toBe(204);
    expect(await deliveryOf(userId)).toMatchObject({ delivery: 'SENT' });
  });

  it.each(['', 'no json', '[]', '{"type":"mail.bounced"}', '{"type":"mail.bounced","data":{"messageId":1}}'])('are rejected with the body %j', async (body) => {
    expect((await report(body)).status).toBe(400);
  });

  it('are limited in size', async () => {
    expect((await report(bounce('x'.repeat(17 * 1024)))).status).toBe(413);
  });
});

describe('mail to bounce addresses', () => {
  let inbox: SmtpInbox;
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    inbox = await SmtpInbox.start();
    service = await TestService.start({ env: { ...inbox.env, MAIL_WEBHOOK_SECRET: SECRET, MAIL_BOUNCE_ADDRESS: 'bounces+{token}@bounces.example' }, sends: ['mail'] });
    app = await GivenApp.register(service);
  });
  afterAll(async () => {
    await service.close();
    await inbox.close();
  });

  const DELIVERY_REPORT = readFileSync(`${__dirname}/../fixtures/mail/postfix-bounce.eml`, 'utf8');
  /** Passes mail on as the mail system does, with the script of this project. @returns the exit code. */
  const passedOn = async (to: string, message: string, url = service.url): Promise<number | null> => {
    const child = spawn(process.execPath, [`${__dirname}/../../scripts/reportMail.mjs`, url, to], { env: { MAIL_WEBHOOK_SECRET: SECRET }, stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.end(message);
    const [code] = await once(child, 'exit');
    return code;
  };
  const invited = async (name: string): Promise<{ userId: string; from: string }> => {
    const { person, userId, invitationId } = await app.invite(name);
    const [mail] = await inbox.untilArrived(person.keapId);
    await untilMailEvents(service, app.appId, invitationId, (types) => types.includes('Sent'));
    return { userId, from: mail!.from };
  };
  const deliveryOf = async (userId: string): Promise<Json> => {
    await service.running.membership.caughtUp(5_000);
    return (await app.owner.read('query ($appId: ID!, $userId: ID!) { app(appId: $appId) { user(userId: $userId) { invitation { delivery deliveryProblem } } } }', { appId: app.appId, userId })).app.user.invitation;
  };

  it('sets the delivery of exactly the message that bounced to FAILED, and says why', async () => {
    const [one, other] = [await invited('one'), await invited('other')];
    expect(one.from).toMatch(/^bounces\+[a-z0-9]{42}@bounces\.example$/);
    expect(one.from).not.toBe(other.from);
    expect(await passedOn(one.from.toUpperCase(), DELIVERY_REPORT)).toBe(0);
    expect(await deliveryOf(one.userId)).toEqual({ delivery: 'FAILED', deliveryProblem: expect.stringMatching(/no such mailbox.* \(5\.1\.1\)$/) });
    expect(await deliveryOf(other.userId)).toEqual({ delivery: 'SENT', deliveryProblem: null });
  });

  it('is ignored when it is an automatic reply, or came to an address that this service did not give out', async () => {
    const { userId, from } = await invited('on vacation');
    const forged = `${from.slice(0, 'bounces+'.length + 25)}${'0'.repeat(16)}1@bounces.example`;
    expect(await passedOn(from, 'From: paula@coach.example\nAuto-Submitted: auto-replied\nX-Autoreply: yes\nSubject: Out of office\n\nI am back on Monday.\n')).toBe(0);
    expect(await passedOn(forged, DELIVERY_REPORT)).toBe(0);
    expect(await deliveryOf(userId)).toEqual({ delivery: 'SENT', deliveryProblem: null });
  });

  it('is kept by the mail system while this service cannot be reached', async () => {
    expect(await passedOn('bounces+x@bounces.example', DELIVERY_REPORT, 'http://127.0.0.1:9')).toBe(75);
  });
});
