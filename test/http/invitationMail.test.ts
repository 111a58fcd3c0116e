import type { StoredEvent } from '../../src/eventstore/eventStore';
import { GivenApp } from '../support/givenApp';
import { untilMailEvents, mailEventsOf } from '../support/mailEvents';
import { DAY_MS, MovableClock } from '../support/movableClock';
import { SmtpInbox, tokenIn } from '../support/smtpInbox';
import { TestService, type Json } from '../support/testService';

const PUBLIC_URL = 'https://partners.example/base';
const FIRST_PAUSE_MS = 30_000;

const retryAtOf = ({ data: { retryAt } }: StoredEvent): string => (typeof retryAt === 'string' ? retryAt : '');

describe('invitations by mail', () => {
  const clock = new MovableClock();
  let inbox: SmtpInbox;
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    inbox = await SmtpInbox.start();
    service = await TestService.start({ env: { ...inbox.env, PUBLIC_URL, MAIL_TIMEOUT_SECONDS: '1', INVITATIONS_PER_APP_PER_DAY: '0', INVITATIONS_PER_RECIPIENT_PER_DAY: '0' }, hooks: { clock, withoutMail: false } });
  });
  afterAll(async () => {
    await service.close();
    await inbox.close();
  });
  beforeEach(async () => {
    app = await GivenApp.register(service);
  });
  afterEach(() => {
    inbox.verdict = () => undefined;
  });

  const deliveryOf = async (userId: string): Promise<Json> => {
    const { app: answer } = await app.owner.read('query ($appId: ID!, $userId: ID!) { app(appId: $appId) { user(userId: $userId) { invitation { status sendCount delivery } } } }', { appId: app.appId, userId });
    return answer.user.invitation;
  };
  const until = (invitationId: string, last: string, count: number): ReturnType<typeof mailEventsOf> =>
    untilMailEvents(service, app.appId, invitationId, (types) => types.filter((type) => type === last).length >= count);

  it('arrive, and the token of their link accepts', async () => {
    const { person, userId, invitationId } = await app.invite('Paula Partner', 'ADMIN');
    const [mail] = await inbox.untilArrived(person.keapId);
    await until(invitationId, 'Sent', 1);
    expect(await deliveryOf(userId)).toEqual({ status: 'OPEN', sendCount: 1, delivery: 'SENT' });

    const { parsed, from, to } = mail!;
    expect({ from, to }).toEqual({ from: 'no-reply@partners.example', to: [person.keapId] });
    expect(parsed.from?.value).toEqual([{ name: 'Partner access', address: 'no-reply@partners.example' }]);
    expect(parsed.subject).toBe(`Olivia Owner invites you to ${app.appId} Keap Pro Recording`);
    expect(parsed.messageId).toBe(`<${invitationId}.1@partners.example>`);
    expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');
    for (const body of [parsed.text ?? '', parsed.html || '']) {
      expect(body).toContain('Olivia Owner');
      expect(body).toContain(`${app.appId} Keap Pro Recording`);
      expect(body).toContain('as a partner with the role Admin');
      expect(body).toMatch(/valid until .*\d{4}.*\(UTC\)/);
      expect(body).toContain(`${PUBLIC_URL}/invitation#`);
    }
    const token = tokenIn(parsed.text ?? '');
    expect(tokenIn(parsed.html || '')).toBe(token);
    expect((await person.mutate('acceptInvitation', { token }, 'user { status }')).user).toEqual({ status: 'ACTIVE' });
  });

  it('are tried again after growing pauses while the server greylists, and arrive', async () => {
    inbox.verdict = () => (inbox.arrived.filter(({ to }) => to.includes(greylisted)).length > 2 ? undefined : 451);
    const { person, userId, invitationId } = await app.invite('greylisted');
    const greylisted = person.keapId;
    for (const [failures, pauseMs] of [[1, FIRST_PAUSE_MS], [2, 4 * FIRST_PAUSE_MS]] as const) {
      const events = await until(invitationId, 'Failed', failures);
      const failed = events.at(-1)!;
      expect(failed.data).toEqual({ userId, invitationId, sendCount: 1, reason: 'REFUSED 451', retryAt: expect.any(String) });
      expect(Math.abs(Date.parse(retryAtOf(failed)) - Date.parse(failed.occurredAt) - pauseMs)).toBeLessThan(1_000);
      expect(await deliveryOf(userId)).toMatchObject({ delivery: 'PENDING' });
      clock.pass(pauseMs);
    }
    await until(invitationId, 'Sent', 1);
    expect(await deliveryOf(userId)).toMatchObject({ delivery: 'SENT' });
    const messages = inbox.to(greylisted);
    expect(messages).toHaveLength(3);
    expect(new Set(messages.map(({ parsed }) => parsed.messageId)).size).toBe(1);
  });

  it('are given up after six tries, the invitation stays open, and sending once more begins anew', async () => {
    const { person, userId, invitationId, token } = await app.invite('unlucky');
    await until(invitationId, 'Sent', 1);
    inbox.verdict = () => 550;
    const resent = await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId }, 'invitation { sendCount delivery developmentToken }');
    expect(resent.invitation).toMatchObject({ sendCount: 2, delivery: 'PENDING' });
    for (let failures = 1; failures <= 6; failures += 1) {
      await until(invitationId, 'Failed', failures);
      clock.pass(DAY_MS / 4);
    }
    const events = await mailEventsOf(service, app.appId, invitationId);
    const tries = events.filter(({ data }) => data['sendCount'] === 2);
    expect(tries.map(({ type, data }) => [type, data['attempt'] ?? data['retryAt'] === null])).toEqual(
      [1, 2, 3, 4, 5, 6].flatMap((attempt) => [['InvitationEmailAttempted', attempt], ['InvitationEmailFailed', attempt === 6]]),
    );
    expect(await deliveryOf(userId)).toEqual({ status: 'OPEN', sendCount: 2, delivery: 'FAILED' });

    inbox.verdict = () => undefined;
    await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId });
    await until(invitationId, 'Sent', 2);
    expect(await deliveryOf(userId)).toEqual({ status: 'OPEN', sendCount: 3, delivery: 'SENT' });
    const last = inbox.to(person.keapId).at(-1)!;
    expect(last.parsed.messageId).toBe(`<${invitationId}.3@partners.example>`);
    expect((await person.mutate('acceptInvitation', { token })).code).toBe('LINK_SUPERSEDED');
    expect((await person.mutate('acceptInvitation', { token: tokenIn(last.parsed.text ?? '') })).__typename).toBe('AcceptInvitationSuccess');
  });

  it('do not wait for a server that hangs', async () => {
    let release: () => void = () => undefined;
    const silence = new Promise<undefined>((resolve) => { release = () => { resolve(undefined); }; });
    inbox.verdict = () => silence;
    const { userId, invitationId } = await app.invite('patient');
    const events = await until(invitationId, 'Failed', 1);
    expect(events.at(-1)?.data).toMatchObject({ reason: 'TIMED_OUT', retryAt: expect.any(String) });
    expect(await deliveryOf(userId)).toMatchObject({ delivery: 'PENDING' });
    release();
    inbox.verdict = () => undefined;
    clock.pass(FIRST_PAUSE_MS);
    await until(invitationId, 'Sent', 1);
  });

  it('are not sent to somebody whose invitation was taken back meanwhile', async () => {
    inbox.verdict = () => 451;
    const { person, userId, invitationId } = await app.invite('unwanted');
    await until(invitationId, 'Failed', 1);
    await app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId });
    inbox.verdict = () => undefined;
    clock.pass(FIRST_PAUSE_MS);
    const { person: next } = await app.invite('next');
    await inbox.untilArrived(next.keapId);
    expect(inbox.to(person.keapId)).toHaveLength(1);
    expect(await deliveryOf(userId)).toMatchObject({ status: 'REVOKED', delivery: 'PENDING' });
  });

  it('are told of in the past as they were then', async () => {
    const { userId, invitationId } = await app.invite('remembered');
    const [attempted, sent] = await until(invitationId, 'Sent', 1);
    const asOf = async (position: string): Promise<Json> => {
      const query = 'query ($appId: ID!, $userId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { user(userId: $userId) { invitation { delivery } } } }';
      return (await app.owner.read(query, { appId: app.appId, userId, asOf: { position } })).app.user.invitation.delivery;
    };
    expect([await asOf(attempted!.position), await asOf(sent!.position)]).toEqual(['PENDING', 'SENT']);
  });
});
