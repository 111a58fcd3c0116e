import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EsdbServer } from '../support/esdb/esdbServer';
import { GivenApp } from '../support/givenApp';
import { mailEventsOf, untilMailEvents } from '../support/mailEvents';
import { startServiceProcess } from '../support/serviceProcess';
import { SmtpInbox, tokenIn } from '../support/smtpInbox';
import { temporaryDirectory } from '../support/temporaryDirectory';
import type { Json } from '../support/person';
import { sharedStore, TestService } from '../support/testService';

const NO_LIMITS = { INVITATIONS_PER_APP_PER_DAY: '0', INVITATIONS_PER_RECIPIENT_PER_DAY: '0' };

describe('invitation messages', () => {
  let inbox: SmtpInbox;
  beforeEach(async () => {
    inbox = await SmtpInbox.start();
  });
  afterEach(() => inbox.close());

  it('are sent once when several processes use the same log, which together keep to the limit of a mailbox', async () => {
    const server = await EsdbServer.start();
    const env = { ...sharedStore(server), ...inbox.env, ...NO_LIMITS, MESSAGES_PER_MAILBOX_PER_DAY: '3' };
    const [one, other] = await Promise.all([TestService.start({ env, sends: ['mail'] }), TestService.start({ env, sends: ['mail'] })]);
    const app = await GivenApp.register(one);
    const invited = await Promise.all(Array.from({ length: 12 }, (_, index) => app.invite(`one of many ${index}`)));
    for (const { person, invitationId } of invited) {
      await inbox.untilArrived(person.keapId);
      const events = await untilMailEvents(one, app.appId, invitationId, (types) => types.includes('Sent'));
      expect(events.map(({ type }) => type)).toEqual(['InvitationEmailAttempted', 'InvitationEmailSent']);
    }
    expect(inbox.arrived).toHaveLength(invited.length);

    const apps = await Promise.all(Array.from({ length: 6 }, () => GivenApp.register(one)));
    await Promise.all(apps.map(({ appId, owner }) => owner.mutate('invitePartner', { appId, keapId: `crowd+${appId}@partners.example`, role: 'STANDARD' })));
    const { person } = await app.invite('after the crowd');
    await inbox.untilArrived(person.keapId);
    const crowd = (): number => inbox.arrived.filter(({ to: [to = ''] }) => to.startsWith('crowd+')).length;
    await inbox.until(() => crowd() === 3);
    await Promise.all([one.close(), other.close()]);
    expect(crowd()).toBe(3);
    await server.stop();
  });

  it('are not sent again after a rebuild of the read models', async () => {
    const service = await TestService.start({ env: inbox.env, sends: ['mail'] });
    const app = await GivenApp.register(service);
    const { person, invitationId } = await app.invite('only once');
    await untilMailEvents(service, app.appId, invitationId, (types) => types.includes('Sent'));
    await service.running.close();
    for (const file of ['readmodels.db', 'readmodels.db-wal', 'readmodels.db-shm']) rmSync(join(service.dataDir, file), { force: true });
    await service.restart();
    const owner = await service.as(app.owner.keapId);
    const next = await service.as('next@partners.example');
    await owner.mutate('invitePartner', { appId: app.appId, keapId: next.keapId, role: 'STANDARD' });
    await inbox.untilArrived(next.keapId);
    expect(inbox.to(person.keapId)).toHaveLength(1);
    expect(await mailEventsOf(service, app.appId, invitationId)).toHaveLength(2);
    await service.close();
  });

  it('arrive at most twice, under the same Message-ID, when the process dies before it records the outcome; no log line contains a token', async () => {
    const directory = temporaryDirectory();
    const env = { ...inbox.env, LOG_LEVEL: 'trace', MAIL_RETRY_SECONDS: '1' };
    const first = await startServiceProcess(directory.path, env);
    inbox.verdict = ({ to }) => {
      if (!to.includes('crash@partners.example')) return undefined;
      // The message has arrived; the process never learns that it was accepted.
      first.program.kill('SIGKILL');
      return undefined;
    };
    const owner = await first.as('olivia@keap.example');
    await owner.mutate('invitePartner', { appId: 'gx624', keapId: 'crash@partners.example', role: 'STANDARD' }).catch(() => undefined);
    await inbox.untilArrived('crash@partners.example');
    const dead = await first.program.ended;

    const refusals = new Set<string>();
    inbox.verdict = ({ to: [to = ''] }) => {
      if (to !== 'refused@partners.example' || refusals.has(to)) return undefined;
      refusals.add(to);
      return 451;
    };
    const second = await startServiceProcess(directory.path, env);
    await inbox.untilArrived('crash@partners.example', 2);
    const again = await second.as('olivia@keap.example');
    await again.mutate('invitePartner', { appId: 'gx624', keapId: 'refused@partners.example', role: 'STANDARD' });
    await inbox.untilArrived('refused@partners.example', 2);
    const deliveries = async (): Promise<readonly string[]> => {
      const { app } = await again.read('{ app(appId: "gx624") { users(filter: { search: "@partners.example" }) { nodes { invitation { delivery } } } } }');
      return app.users.nodes.map(({ invitation }: Json) => invitation.delivery);
    };
    while ((await deliveries()).join() !== 'SENT,SENT') await pause(5);
    const messages = inbox.to('crash@partners.example');
    const token = tokenIn(messages[0]?.parsed.text ?? '');
    const person = await second.as('crash@partners.example');
    expect((await person.mutate('acceptInvitation', { token })).__typename).toBe('AcceptInvitationSuccess');
    second.program.kill('SIGTERM');
    const ended = await second.program.ended;
    expect(ended.code).toBe(0);

    expect(inbox.to('crash@partners.example')).toHaveLength(2);
    expect(new Set(messages.map(({ parsed }) => parsed.messageId)).size).toBe(1);
    const written = [dead, ended].map(({ stdout, stderr }) => stdout + stderr).join('\n');
    expect(written).toContain('REFUSED 451');
    const secrets = inbox.arrived.map(({ parsed }) => tokenIn(parsed.text ?? ''));
    expect(secrets.every((secret) => secret.length === 43 && !written.includes(secret))).toBe(true);
    expect(written).not.toContain('recipient@example.com');
    directory.remove();
  });
});
