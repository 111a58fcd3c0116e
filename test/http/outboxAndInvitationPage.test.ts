import { GivenApp } from '../support/givenApp';
import { untilMailEvents } from '../support/mailEvents';
import { runInvitationPage } from '../support/invitationPageRun';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';
import { tokenIn } from '../support/smtpInbox';

describe('the outbox in development mode', () => {
  let service: TestService;
  let app: GivenApp;
  let invited: Awaited<ReturnType<GivenApp['invite']>>;
  beforeAll(async () => {
    service = await TestService.start({ sends: ['mail'] });
    app = await GivenApp.register(service);
    invited = await app.invite('Paula <b>Partner</b>');
    await untilMailEvents(service, app.appId, invited.invitationId, (types) => types.includes('Sent'));
  });
  afterAll(() => service.close());

  const mails = async (): Promise<Json> => (await fetch(`${service.url}/dev/outbox`, { headers: { accept: 'application/json' } })).json();

  it('returns messages as JSON, with links that accept', async () => {
    const [mail] = await mails();
    expect(mail).toEqual({
      to: invited.person.keapId,
      subject: `Olivia Owner invites you to ${app.appId} Keap Pro Recording`,
      text: expect.stringContaining(`http://localhost:${service.running.port}/invitation#${invited.token}`),
      html: expect.stringContaining(`http://localhost:${service.running.port}/invitation#${invited.token}`),
      messageId: `<${invited.invitationId}.1@localhost>`,
    });
    const { person, invitationId } = await app.invite('accepts');
    await untilMailEvents(service, app.appId, invitationId, (types) => types.includes('Sent'));
    const token = tokenIn((await mails()).find(({ to }: Json) => to === person.keapId).text);
    expect((await person.mutate('acceptInvitation', { token })).__typename).toBe('AcceptInvitationSuccess');
  });

  it('shows a list and each message as its recipient sees it, without running scripts', async () => {
    const list = await fetch(`${service.url}/dev/outbox`);
    expect(list.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(list.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await list.text();
    expect(html).toContain(invited.person.keapId);
    const [, path] = /<iframe src="(outbox\/[^"]+)" title="Message to/.exec(html) ?? [];
    const message = await fetch(`${service.url}/dev/${path}`);
    expect(message.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'self'; sandbox /);
    expect(message.headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(await message.text()).toContain('See the invitation');
    expect((await fetch(`${service.url}/dev/outbox/20260301T080000000Z-0123456789ab`)).status).toBe(404);
  });

  it('does not exist outside development mode', async () => {
    const other = await TestService.start({ env: { AUTH_JWT_SECRET: 'a-secret-of-at-least-thirty-two-bytes' }, sends: ['mail'] });
    for (const path of ['/dev/outbox', '/dev/outbox/x', '/webhooks/mail-bounce']) expect((await fetch(other.url + path)).status).toBe(404);
    expect((await fetch(`${other.url}/invitation`)).status).toBe(200);
    expect(await (await fetch(`${other.url}/invitation`)).text()).not.toContain('development');
    await other.close();
  });
});

describe('the invitation page while the console is off', () => {
  let service: TestService;
  let withoutConsole: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    [service, withoutConsole] = await Promise.all([TestService.start(), TestService.start({ env: { AUTH_JWT_SECRET: 'a-secret-of-at-least-thirty-two-bytes' } })]);
    app = await GivenApp.register(service);
  });
  afterAll(() => Promise.all([service.close(), withoutConsole.close()]));

  const logLength = async (): Promise<number> => {
    let length = 0;
    for await (const { revision } of service.running.membership.store.readAll()) length += revision >= 0 ? 1 : 0;
    return length;
  };

  it('loads everything from this server and allows nothing else', async () => {
    const response = await fetch(`${withoutConsole.url}/invitation`);
    expect(response.headers.get('content-security-policy')).toBe("default-src 'self';base-uri 'none';form-action 'self';frame-ancestors 'none';object-src 'none'");
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const html = await response.text();
    expect([...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address)).toEqual(['invitation.css', 'invitation.js']);
    expect(html).not.toMatch(/ style=| on\w+=|<style|<script>/);
    for (const [path, type] of [['invitation.css', 'text/css'], ['invitation.js', 'text/javascript']]) {
      const part = await fetch(`${withoutConsole.url}/${path}`);
      expect([part.status, part.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
    }
  });

  it('shows the invitation and which account to sign in with; opening it writes nothing', async () => {
    const { person, token } = await app.invite('Paula', 'ADMIN');
    const before = await logLength();
    for (const method of ['GET', 'HEAD']) expect((await fetch(`${withoutConsole.url}/invitation`, { method })).status).toBe(200);
    const page = await runInvitationPage(service.url, token, withoutConsole.url);
    const masked = `p•••${person.keapId.slice(person.keapId.indexOf('@'))}`;
    expect(page.texts).toMatchObject({
      title: `Invitation to ${app.appId} Keap Pro Recording`,
      message: `Olivia Owner invites you to ${app.appId} Keap Pro Recording.`,
      inviter: 'Olivia Owner',
      recipient: masked,
      as: 'Partner, with the role Admin',
      'sign-in': masked,
    });
    expect(page.texts['until']).toMatch(/\d{4}/);
    expect(page.visible).toContain('facts');
    expect(page.addresses.every((address) => !address.includes(token))).toBe(true);
    expect(await logLength()).toBe(before);
  });

  it('is written in the language that the browser prefers', async () => {
    const [html, script] = await Promise.all(['invitation', 'invitation.js'].map((path) => fetch(`${withoutConsole.url}/${path}`, { headers: { 'accept-language': 'fr, de-AT;q=0.9, en;q=0.8' } })));
    for (const response of [html!, script!]) expect([response.headers.get('content-language'), response.headers.get('vary')]).toEqual(['de', expect.stringContaining('accept-language')]);
    expect(await html!.text()).toMatch(/<html lang="de">[^]*Melden Sie sich als <strong id="sign-in"><\/strong> an\./);
    expect(await script!.text()).toContain('lädt Sie zu {app} ein');
  });

  it.each<[string, (token: string, invitationId: string) => Promise<string>, RegExp]>([
    ['leads to no invitation', async () => 'x'.repeat(43), /No invitation found/],
    ['is incomplete', async () => '', /link is incomplete/],
    ['was revoked', async (token, invitationId) => { await app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId }); return token; }, /has been revoked/],
    ['was replaced', async (token, invitationId) => { await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId }); return token; }, /newer message/],
  ])('explains that a link %s', async (name, change, message) => {
    const { token, invitationId } = await app.invite(name);
    const page = await runInvitationPage(service.url, await change(token, invitationId), withoutConsole.url);
    expect(page.texts['message']).toMatch(message);
    expect(page.visible).not.toContain('facts');
  });
});
