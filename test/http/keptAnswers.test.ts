import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { GivenApp } from '../support/givenApp';
import { DAY_MS, MovableClock } from '../support/movableClock';
import type { Person } from '../support/person';
import { TestService } from '../support/testService';

const USERS = 'query ($appId: ID!) { app(appId: $appId) { name viewer { role may } licences { total used reserved } users(first: 50, filter: { statuses: [ACTIVE, INVITED, EXPIRED, LEFT, REMOVED, REVOKED] }) { totalCount nodes { userId keapId name kind role status assignedContactCount invitedBy { name } invitation { status } } } } }';

/** What a person is answered, as text. */
async function answerTo({ url, token }: Person, query: string, variables: object, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token ?? ''}`, ...headers }, body: JSON.stringify({ query, variables }) });
  return response.text();
}

let asked = 0;

describe('answers that are kept', () => {
  const clock = new MovableClock();
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => { service = await TestService.start({ clock }); });
  afterAll(() => service.close());
  beforeEach(async () => { app = await GivenApp.register(service, { licences: 50 }); });

  const kept = (person: Person): Promise<string> => answerTo(person, USERS, { appId: app.appId });
  /** No answer is kept for a text that was never sent before. */
  const fresh = (person: Person): Promise<string> => answerTo(person, `${USERS} # ${++asked}`, { appId: app.appId });
  /** How often auditors were recorded as readers of the app. */
  const reads = async (): Promise<number> => {
    let count = 0;
    for await (const { stream, data } of service.running.membership.store.readAll()) if (stream.startsWith('audit-') && data['appId'] === app.appId) count += 1;
    return count;
  };
  const sentAgain = async (): Promise<number> => Number(/^graphql_kept_answers_total (\d+)$/m.exec(await (await fetch(`${service.url}/metrics`)).text())?.[1]);
  const whatIsRead = async (person: Person): Promise<string> => {
    const answer = await kept(person);
    expect(answer).toBe(await fresh(person));
    return answer;
  };

  it('show each change at once, to everybody', async () => {
    const { person, token } = await app.invite('pia');
    const everybody = [app.owner, person];
    const seen = new Set<string>();
    const step = async (name: string, change: () => Promise<unknown>): Promise<void> => {
      await change();
      const answers = await Promise.all(everybody.map(whatIsRead));
      expect([name, seen.has(answers[0] ?? '')]).toEqual([name, false]);
      seen.add(answers[0] ?? '');
    };
    let userId = '';
    await step('invited', () => Promise.resolve());
    await step('accepted', async () => { userId = (await person.mutate('acceptInvitation', { token }, 'user { userId }')).user.userId; });
    await step('contact', () => app.assign(userId, 'c1'));
    await step('role', () => app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'ADMIN' }));
    await step('renamed', async () => (await service.as('operator@example.com', 'operator')).mutate('renameApp', { appId: app.appId, name: 'Another name' }));
    await step('licences', async () => (await service.as('operator@example.com', 'operator')).mutate('setLicences', { appId: app.appId, licences: 77 }));
    await step('removed', () => app.owner.mutate('removeUser', { appId: app.appId, userId, reassignContactsTo: app.ownerUserId }));
    expect(await kept(person)).toBe('{"data":{"app":null}}\n');
  });

  it('are sent as long as nothing changes that they show', async () => {
    const other = await GivenApp.register(service);
    const first = await kept(app.owner);
    const before = await sentAgain();
    for (const name of ['one', 'two', 'three']) {
      await other.join(name);
      expect(await kept(app.owner)).toBe(first);
    }
    expect(await sentAgain()).toBe(before + 3);
    await app.invite('pia');
    expect(await kept(app.owner)).not.toBe(first);
    expect(await sentAgain()).toBe(before + 3);
  });

  it('cost their characters like others, and are not kept about more than 20 apps', async () => {
    const spent = async (): Promise<number> => Number(/^work_seconds_total\{kind="person"\} ([\d.e-]+)$/m.exec(await (await fetch(`${service.url}/metrics`)).text())?.[1]);
    for (let count = 0; count < 20; count += 1) await app.invite(`guest${count}`);
    const size = (await kept(app.owner)).length;
    const before = [await spent(), await sentAgain()] as const;
    for (let time = 0; time < 50; time += 1) await kept(app.owner);
    expect(await sentAgain()).toBe(before[1] + 50);
    expect(((await spent()) - before[0]) * 1000).toBeGreaterThanOrEqual(50 * (0.6 + size * 0.00001) * 0.999);
    const about = (apps: number): string => `{ ${Array.from({ length: apps }, (_, index) => `a${index}: app(appId: "${app.appId}x${index}") { name }`).join(' ')} }`;
    for (const [apps, again] of [[20, 1], [21, 0]] as const) {
      const sent = await sentAgain();
      for (let time = 0; time < 2; time += 1) expect(await answerTo(app.owner, about(apps), {})).toContain('"a0":null');
      expect([apps, await sentAgain()]).toEqual([apps, sent + again]);
    }
  });

  it('end when an invitation expires', async () => {
    await app.invite('late');
    expect(await whatIsRead(app.owner)).toContain('"status":"INVITED"');
    clock.pass(7 * DAY_MS);
    expect(await whatIsRead(app.owner)).toContain('"status":"EXPIRED"');
  });

  it('are never sent for another token, scope or header', async () => {
    const { person } = await app.join('pia');
    const stranger = await service.as('stranger@example.com');
    const operator = await service.as('operator@example.com', 'operator');
    for (let time = 0; time < 2; time += 1) {
      expect(await kept(app.owner)).toContain('"may":["INVITE_PARTNER"');
      expect(await kept(person)).not.toContain('INVITE_PARTNER');
      expect(await kept(stranger)).toBe('{"data":{"app":null}}\n');
      expect(await kept(operator)).toContain('FORBIDDEN');
    }
    const asked = await fetch(`${service.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: USERS, variables: { appId: app.appId } }) });
    expect(asked.status).toBe(401);
    const graphqlResponse = await fetch(`${service.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${app.owner.token ?? ''}`, accept: 'application/graphql-response+json' }, body: JSON.stringify({ query: USERS, variables: { appId: app.appId } }) });
    expect(graphqlResponse.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
  });

  it('wait for the position that a request asks for, and say the present one', async () => {
    await kept(app.owner);
    const { position } = await (await service.as('operator@example.com', 'operator')).mutate('setLicences', { appId: app.appId, licences: 60 });
    const response = await app.owner.ask(USERS, { appId: app.appId }, { 'x-min-position': position });
    expect(response.data.app.licences.total).toBe(60);
    expect((response.headers.get('x-position') ?? '') >= position).toBe(true);
    expect(await answerTo(app.owner, USERS, { appId: app.appId }, { 'x-min-position': 'nonsense' })).toContain('BAD_USER_INPUT');
  });

  it('are sent with the same headers as others', async () => {
    const headersOf = async (query: string): Promise<Record<string, string>> => {
      const { headers } = await app.owner.ask(query, { appId: app.appId });
      return { ...Object.fromEntries(headers), date: '', 'x-correlation-id': '' };
    };
    const first = await headersOf(USERS);
    expect(await headersOf(USERS)).toEqual(first);
  });

  it('are the same bytes again, whatever characters are in them', async () => {
    await (await service.as('operator@example.com', 'operator')).mutate('renameApp', { appId: app.appId, name: 'Café 東京 🍵' });
    const [first, before] = [await kept(app.owner), await sentAgain()];
    expect(first).toContain('"Café 東京 🍵"');
    expect([await kept(app.owner), await fresh(app.owner), await sentAgain()]).toEqual([first, first, before + 1]);
  });

  it('are found by the bytes of a request, so that bytes which are no text are refused as ever', async () => {
    const sent = async (comment: Buffer): Promise<readonly [number, number]> => {
      const before = await sentAgain();
      const body = Buffer.concat([Buffer.from('{"query":"{ app(appId: \\"x\\") { name } } # '), comment, Buffer.from('"}')]);
      const { status } = await fetch(`${service.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${app.owner.token ?? ''}` }, body });
      return [status, (await sentAgain()) - before];
    };
    const replacement = Buffer.from('\ufffd');
    expect([await sent(replacement), await sent(replacement)]).toEqual([[200, 0], [200, 1]]);
    expect(await sent(Buffer.from([0xff]))).toEqual([400, 0]);
    expect(await sent(Buffer.from(replacement.toString('latin1')))).toEqual([200, 0]);
  });

  it('are never those of a dry run, nor of a read by an auditor, which is recorded each time', async () => {
    const auditor = await service.as('auditor@example.com', 'auditor');
    for (const times of [1, 2, 3]) {
      expect(await kept(auditor)).toContain('"totalCount":1');
      expect(await reads()).toBe(times);
    }
    const before = await kept(app.owner);
    const trial = await app.owner.ask('mutation ($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename } }', { input: { appId: app.appId, keapId: 'trial@example.com', role: 'STANDARD' } }, { 'x-dry-run': 'true' });
    expect(trial.data.invitePartner.__typename).toBe('InvitePartnerSuccess');
    expect(await kept(app.owner)).toBe(before);
  });

  it('equal those that are read anew, whatever many people write and ask in between', async () => {
    const people = await Promise.all(['ann', 'ben', 'cat'].map(async (name) => ({ name, ...(await app.join(name)) })));
    const everybody = [app.owner, ...people.map(({ person }) => person)];
    const change = fc.oneof(
      fc.record({ what: fc.constant('role' as const), who: fc.nat(2), role: fc.constantFrom('ADMIN', 'STANDARD') }),
      fc.record({ what: fc.constant('invite' as const), who: fc.nat(99) }),
      fc.record({ what: fc.constant('leave' as const), who: fc.nat(2) }),
      fc.record({ what: fc.constant('return' as const), who: fc.nat(2) }),
      fc.record({ what: fc.constant('assign' as const), who: fc.nat(2) }),
      fc.record({ what: fc.constant('later' as const), hours: fc.integer({ min: 1, max: 100 }) }),
      fc.record({ what: fc.constant('read' as const), who: fc.nat(3) }),
    );
    await fc.assert(fc.asyncProperty(fc.array(change, { minLength: 5, maxLength: 25 }), async (changes) => {
      for (const one of changes) {
        const [other] = 'who' in one ? people.slice(one.who % 3) : people;
        if (other === undefined) continue;
        const { person, userId } = other;
        if (one.what === 'role') await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: one.role });
        else if (one.what === 'invite') await app.owner.mutate('invitePartner', { appId: app.appId, keapId: `guest${one.who}@example.com`, role: 'STANDARD' });
        else if (one.what === 'leave') await person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId });
        else if (one.what === 'return') {
          const { invitation } = await app.owner.mutate('invitePartner', { appId: app.appId, keapId: person.keapId, role: 'STANDARD' }, 'invitation { developmentToken }');
          if (invitation !== undefined) await person.mutate('acceptInvitation', { token: invitation.developmentToken });
        } else if (one.what === 'assign') await app.assign(userId, createHash('sha256').update(`${++asked}`).digest('hex').slice(0, 12));
        else if (one.what === 'later') clock.pass(one.hours * 3_600_000);
        await Promise.all(everybody.map(whatIsRead));
      }
    }), { numRuns: 6 });
  });
});
