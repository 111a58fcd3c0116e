import { withoutWordJoiners } from '../../src/application/delivery/messages/message';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import { GivenApp } from '../support/givenApp';
import { untilMailEvents, mailEventsOf } from '../support/mailEvents';
import { DAY_MS, MovableClock } from '../support/movableClock';
import { type SmtpFaults, SmtpInbox, tokenIn } from '../support/smtpInbox';
import type { Json } from '../support/person';
import { addressOf, TestService } from '../support/testService';

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
    service = await TestService.start({ env: { ...inbox.env, PUBLIC_URL, MAIL_TIMEOUT_SECONDS: '2', INVITATIONS_PER_APP_PER_DAY: '0', INVITATIONS_PER_RECIPIENT_PER_DAY: '0' }, clock, sends: ['mail'] });
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
    inbox.faults = {};
  });

  const deliveryOf = async (userId: string): Promise<Json> => {
    const { app: answer } = await app.owner.read('query ($appId: ID!, $userId: ID!) { app(appId: $appId) { user(userId: $userId) { invitation { status sendCount delivery deliveryProblem } } } }', { appId: app.appId, userId });
    return answer.user.invitation;
  };
  const until = (invitationId: string, last: string, count: number): ReturnType<typeof mailEventsOf> =>
    untilMailEvents(service, app.appId, invitationId, (types) => types.filter((type) => type === last).length >= count);

  it('arrive with a link whose token accepts the invitation', async () => {
    const { person, userId, invitationId } = await app.invite('Paula Partner', 'ADMIN');
    const [mail] = await inbox.untilArrived(person.keapId);
    await until(invitationId, 'Sent', 1);
    expect(await deliveryOf(userId)).toEqual({ status: 'OPEN', sendCount: 1, delivery: 'SENT', deliveryProblem: null });

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

  it('are retried after growing pauses while the server greylists, and arrive', async () => {
    inbox.verdict = () => (inbox.arrived.filter(({ to }) => to.includes(greylisted)).length > 2 ? undefined : 451);
    const begunAt = performance.now();
    const { person, userId, invitationId } = await app.invite('greylisted');
    const greylisted = person.keapId;
    for (const [failures, pauseMs] of [[1, FIRST_PAUSE_MS], [2, 4 * FIRST_PAUSE_MS]] as const) {
      const events = await until(invitationId, 'Failed', failures);
      const failed = events.at(-1)!;
      expect(failed.data).toEqual({ userId, invitationId, sendCount: 1, reason: 'REFUSED 451', retryAt: expect.any(String) });
      // The pause counts from the mail server's reply, which was noted some time before it was written.
      const late = Date.parse(failed.occurredAt) + pauseMs - Date.parse(retryAtOf(failed));
      expect([late >= 0, late <= performance.now() - begunAt]).toEqual([true, true]);
      expect(await deliveryOf(userId)).toMatchObject({ delivery: 'PENDING' });
      clock.pass(pauseMs);
    }
    await until(invitationId, 'Sent', 1);
    expect(await deliveryOf(userId)).toMatchObject({ delivery: 'SENT' });
    const messages = inbox.to(greylisted);
    expect(messages).toHaveLength(3);
    expect(new Set(messages.map(({ parsed }) => parsed.messageId)).size).toBe(1);
  });

  it('are given up after six attempts; the invitation stays open, and resending it starts over', async () => {
    const { person, userId, invitationId, token } = await app.invite('unlucky');
    await until(invitationId, 'Sent', 1);
    inbox.verdict = () => 451;
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
    expect(await deliveryOf(userId)).toEqual({ status: 'OPEN', sendCount: 2, delivery: 'FAILED', deliveryProblem: 'The mail server did not accept the message in any of the attempts. Send the invitation again. (451)' });

    inbox.verdict = () => undefined;
    await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId });
    await until(invitationId, 'Sent', 2);
    expect(await deliveryOf(userId)).toEqual({ status: 'OPEN', sendCount: 3, delivery: 'SENT', deliveryProblem: null });
    const last = inbox.to(person.keapId).at(-1)!;
    expect(last.parsed.messageId).toBe(`<${invitationId}.3@partners.example>`);
    expect((await person.mutate('acceptInvitation', { token })).code).toBe('LINK_SUPERSEDED');
    expect((await person.mutate('acceptInvitation', { token: tokenIn(last.parsed.text ?? '') })).__typename).toBe('AcceptInvitationSuccess');
  });

  it.each<[string, SmtpFaults, RegExp]>([
    ['RCPT with 550 5.1.1', { replies: { RCPT: '550 5.1.1 <b>No such user</b> at mx7.internal.example, see https://evil.example/?token=hush' } }, /^The mail server says that there is no such mailbox\. Check the address\. .* \(550 5\.1\.1\)$/],
    ['RCPT with 552 5.2.2', { replies: { RCPT: '552 5.2.2 Over quota\u001b[31m' } }, /^The mailbox is full\. .* \(552 5\.2\.2\)$/],
    ['RCPT with 571', { replies: { RCPT: '571 Delivery not authorised' } }, /^The mail server refused the message for good\. .* \(571\)$/],
    ['the message with 554 5.7.1', { replies: { MESSAGE: '554 5.7.1 Spam from 192.0.2.7' } }, /^The recipient's mail system does not accept this message, .* \(554 5\.7\.1\)$/],
  ])('are given up at once when the server refuses %s, in words that are not the server\'s', async (name, faults, problem) => {
    inbox.faults = faults;
    const { userId, invitationId } = await app.invite(name);
    const events = await until(invitationId, 'Failed', 1);
    expect(events.map(({ type }) => type)).toEqual(['InvitationEmailAttempted', 'InvitationEmailFailed']);
    expect(await deliveryOf(userId)).toMatchObject({ status: 'OPEN', delivery: 'FAILED', deliveryProblem: expect.stringMatching(problem) });
    expect(JSON.stringify(events)).not.toMatch(/No such user|evil|hush|internal|quota|192\.0/);
  });

  it('are given up at once when the address needs SMTPUTF8 and the server does not have it', async () => {
    inbox.faults = { withoutSmtpUtf8: true };
    const invite = async (keapId: string): Promise<Json> => app.owner.mutate('invitePartner', { appId: app.appId, keapId, role: 'STANDARD' }, 'user { userId } invitation { invitationId }');
    const [needs, domainOnly] = [await invite(`jürgen@${app.appId}.example`), await invite(`paula@münchen-${app.appId}.example`)];
    await until(needs.invitation.invitationId, 'Failed', 1);
    expect(await deliveryOf(needs.user.userId)).toMatchObject({ delivery: 'FAILED', deliveryProblem: expect.stringMatching(/^The part of the address before the @ has characters that the mail server cannot handle\./) });
    await until(domainOnly.invitation.invitationId, 'Sent', 1);
    inbox.faults = {};
    await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId: needs.invitation.invitationId });
    await until(needs.invitation.invitationId, 'Sent', 1);
  });

  it('wait while the server refuses this service as a whole, which readiness and metrics tell, and leave when it does not', async () => {
    const parts = async (): Promise<{ readonly status: number; readonly mail: unknown; readonly usable: string | undefined }> => {
      const [ready, metrics] = await Promise.all(['health/ready', 'metrics'].map((path) => fetch(`${service.url}/${path}`)));
      const { mail }: Json = await ready!.json();
      return { status: ready!.status, mail, usable: /^mail_server_usable (\d)$/m.exec(await metrics!.text())?.[1] };
    };
    expect(await parts()).toEqual({ status: 200, mail: undefined, usable: '1' });
    inbox.faults = { replies: { MAIL: '553 5.7.1 Sender refused' } };
    const { userId, invitationId } = await app.invite('waiting');
    for (let refusals = 1; refusals <= 7; refusals += 1) {
      const events = await until(invitationId, 'Postponed', refusals);
      expect(events.at(-1)?.data).toMatchObject({ reason: 'SENDER_REFUSED 553 5.7.1', attempts: 0 });
      expect(await parts()).toEqual({ status: 200, mail: { reason: 'SENDER_REFUSED 553 5.7.1', since: expect.any(String) }, usable: '0' });
      clock.pass(DAY_MS / 24);
    }
    expect(await deliveryOf(userId)).toMatchObject({ delivery: 'PENDING', deliveryProblem: null });
    inbox.faults = {};
    clock.pass(DAY_MS / 24);
    await until(invitationId, 'Sent', 1);
    expect(await parts()).toEqual({ status: 200, mail: undefined, usable: '1' });
  });

  it('time out when the mail server hangs', async () => {
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

  it('are not retried after the invitation was revoked', async () => {
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

  it('are shown in past states as they were then', async () => {
    const { userId, invitationId } = await app.invite('remembered');
    const [attempted, sent] = await until(invitationId, 'Sent', 1);
    const asOf = async (position: string): Promise<Json> => {
      const query = 'query ($appId: ID!, $userId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { user(userId: $userId) { invitation { delivery } } } }';
      return (await app.owner.read(query, { appId: app.appId, userId, asOf: { position } })).app.user.invitation.delivery;
    };
    expect([await asOf(attempted!.position), await asOf(sent!.position)]).toEqual(['PENDING', 'SENT']);
  });
});

describe('notices by mail', () => {
  let inbox: SmtpInbox;
  let service: TestService;
  beforeAll(async () => {
    inbox = await SmtpInbox.start();
    service = await TestService.start({ env: { ...inbox.env, MAIL_RETRY_SECONDS: '1' }, sends: ['mail'] });
  });
  afterAll(async () => {
    await service.close();
    await inbox.close();
  });

  it('tell every active admin of an appointed admin and of another sign-in, after a refusal too, and nobody else', async () => {
    const app = await GivenApp.register(service);
    const operator = await service.as('operator@example.com', 'operator');
    const partner = await app.join('partner admin', 'ADMIN');
    const standard = await app.join('standard user', 'STANDARD', 'USER');
    const appointed = addressOf(app.appId, 'appointed');
    const isNotice = ({ parsed }: { readonly parsed: { readonly subject?: string | undefined } }): boolean => /is an admin of|Another sign-in/.test(parsed.subject ?? '');
    const untilNoticed = async (keapId: string, count: number): Promise<string[]> => {
      await inbox.until(() => inbox.to(keapId).filter(isNotice).length >= count);
      return inbox.to(keapId).filter(isNotice).map(({ parsed }) => withoutWordJoiners(parsed.text ?? '').split('\n', 2).join(' '));
    };
    let refused = 0;
    inbox.verdict = () => (refused++ < 2 ? 451 : undefined);
    await operator.mutate('appointAdmin', { appId: app.appId, keapId: appointed, name: 'Ada', reason: 'The owner is away' });
    await inbox.until(() => refused > 2);
    for (const keapId of [app.owner.keapId, partner.person.keapId, appointed]) {
      expect((await untilNoticed(keapId, 1)).at(-1)).toMatch(new RegExp(`^An operator appointed Ada \\(${appointed}\\) as an admin of ${app.appId} Keap Pro Recording on .* The reason given: The owner is away$`));
    }
    await operator.mutate('rebindUser', { appId: app.appId, userId: standard.userId, keapId: addressOf(app.appId, 'found'), reason: 'A new account' });
    for (const keapId of [app.owner.keapId, partner.person.keapId, appointed]) {
      await inbox.until(() => inbox.to(keapId).some(({ parsed }) => parsed.subject === `Another sign-in for standard user in ${app.appId} Keap Pro Recording`));
    }
    expect([standard.person.keapId, addressOf(app.appId, 'found'), operator.keapId].flatMap((keapId) => inbox.to(keapId).filter(isNotice))).toEqual([]);
  });
});
