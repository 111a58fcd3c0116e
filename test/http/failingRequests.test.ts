import { StoreUnavailable } from '../../src/eventstore/eventStore';
import { GivenApp } from '../support/givenApp';
import type { Answer } from '../support/person';
import { TestService } from '../support/testService';
import { viewOf } from './appView';

const INVITE = 'mutation ($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename } }';
/** What may stand in no error: a stack, SQL, a path, a module, an event or table of ours. */
const INTERNAL = /\n\s+at |node_modules|\.ts\b|\.js\b|SELECT |INSERT |SQLITE|\/tmp\/|\/work\/|events\.db|user_list|Cannot read/i;

describe('requests that fail', () => {
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start();
    app = await GivenApp.register(service);
  });
  afterAll(() => service.close());
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const invite = (name: string): Promise<Answer> => app.owner.ask(INVITE, { input: { appId: app.appId, keapId: `${name}@example.com`, role: 'STANDARD' } });

  it('answer STORE_UNAVAILABLE with HTTP 503 when the store cannot be reached; nothing is half done, and queries report the age of their data', async () => {
    const { store } = service.running.membership;
    const before = await viewOf(app.owner, app.appId);
    jest.spyOn(store, 'append').mockRejectedValue(new StoreUnavailable('connect ECONNREFUSED 10.0.0.1:2113'));
    const refused = await invite('unheard');
    expect([refused.status, refused.errors[0]?.extensions.code]).toEqual([503, 'STORE_UNAVAILABLE']);
    expect(JSON.stringify(refused.errors)).not.toContain('10.0.0.1');
    const { headers, data } = await app.owner.ask('query ($appId: ID!) { app(appId: $appId) { users { position } } }', { appId: app.appId });
    expect(headers.get('x-position')).toBe(data.app.users.position);
    expect(await viewOf(app.owner, app.appId)).toEqual(before);
    jest.restoreAllMocks();
    expect((await invite('unheard')).data.invitePartner.__typename).toBe('InvitePartnerSuccess');
  });

  it('answer STORE_UNAVAILABLE when the store cannot be read; queries still work', async () => {
    const { store } = service.running.membership;
    const lost = (): never => {
      throw new StoreUnavailable('lost');
    };
    jest.spyOn(store, 'readStream').mockImplementation(lost);
    const refused = await invite('unread');
    expect([refused.status, refused.errors[0]?.extensions.code]).toEqual([503, 'STORE_UNAVAILABLE']);
    expect((await viewOf(app.owner, app.appId)).licences.total).toBe(5);
  });

  it('answer INTERNAL_SERVER_ERROR with the correlation id and no internal details after a fault of the server', async () => {
    jest.spyOn(service.running.membership.store, 'append').mockRejectedValue(new TypeError('Cannot read properties of undefined at /work/src/x.ts:5 SELECT * FROM events'));
    const { status, errors, headers } = await invite('unlucky');
    expect([status, errors[0]?.extensions.code]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
    expect(errors[0]?.message).toContain(headers.get('x-correlation-id'));
    expect(JSON.stringify(errors)).not.toMatch(INTERNAL);
  });

  it('reveal no internal details, whatever the input is', async () => {
    const { token } = await app.invite('secretive');
    const strange = ['\'; DROP TABLE events; --', '../../etc/passwd', '\u0000', '%', '😀', 'x'.repeat(10_000), '__proto__', token];
    const answers: Answer[] = [];
    for (const text of strange) {
      answers.push(
        await app.owner.ask('query ($id: ID!) { app(appId: $id) { name } node(id: $id) { id } }', { id: text }),
        await app.owner.ask('query ($appId: ID!, $after: String) { app(appId: $appId) { users(after: $after) { totalCount } } }', { appId: app.appId, after: text }),
        await app.owner.ask('query ($appId: ID!, $userId: ID!) { app(appId: $appId) { user(userId: $userId) { name } } }', { appId: app.appId, userId: text }),
        await app.owner.ask('query ($appId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { name } }', { appId: app.appId, asOf: { position: text } }),
        await app.owner.ask('query ($appId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { name } }', { appId: app.appId, asOf: { time: text } }),
        await app.owner.ask(INVITE, { input: { appId: text, keapId: text, role: 'STANDARD', name: text, idempotencyKey: text } }),
        await app.owner.ask(`{ ${text} }`),
        await app.owner.ask('{ viewer { keapId } }', {}, { 'x-min-position': encodeURIComponent(text).slice(0, 1_000) }),
      );
    }
    expect(answers.filter(({ status }) => status >= 500 && status !== 503).map(({ errors }) => errors)).toEqual([]);
    const messages = answers.flatMap(({ errors }) => errors.map((error) => JSON.stringify(error)));
    expect(messages.filter((message) => INTERNAL.test(message.replaceAll(/'; DROP TABLE events; --|etc\/passwd/g, '')))).toEqual([]);
    expect(messages.filter((message) => message.includes('stack'))).toEqual([]);
    expect(Math.max(...messages.map((message) => message.length))).toBeLessThan(1_500);
  });

  it('answer UNAUTHENTICATED without a sign-in, except the preview of a link', async () => {
    for (const query of ['{ viewer { keapId } }', '{ accountCentral { invitations { appId } } }', '{ apps { nodes { appId } } }', '{ app(appId: "gx624") { name } }', '{ node(id: "x") { id } }']) {
      const { status, errors } = await service.nobody().ask(query);
      expect([query, status, errors[0]?.extensions.code]).toEqual([query, 401, 'UNAUTHENTICATED']);
    }
    expect((await service.nobody().read('{ invitation(token: "x") { status } __typename }')).invitation).toBeNull();
  });
});
