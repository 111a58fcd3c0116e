import { GivenApp } from '../support/givenApp';
import { DAY_MS, MovableClock } from '../support/movableClock';
import { Person } from '../support/person';
import { TestService } from '../support/testService';

const USERS = 'query ($appId: ID!) { app(appId: $appId) { name viewer { role } users { totalCount nodes { keapId role status } } } }';

describe('the ETag of an answer to GET', () => {
  const clock = new MovableClock();
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => { service = await TestService.start({ clock, env: { CORS_ORIGINS: 'https://console.example' } }); });
  afterAll(() => service.close());
  beforeEach(async () => { app = await GivenApp.register(service); });

  const get = ({ token }: Person, tag?: string, { query = USERS, headers = {} }: { readonly query?: string; readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Response> => {
    const address = `${service.url}/graphql?${new URLSearchParams({ query, variables: JSON.stringify({ appId: app.appId }) }).toString()}`;
    const signedIn = token === null ? {} : { authorization: `Bearer ${token}` };
    return fetch(address, { headers: { 'apollo-require-preflight': 'true', ...signedIn, ...(tag === undefined ? {} : { 'if-none-match': tag }), ...headers } });
  };
  const tagOf = async (person: Person): Promise<string> => (await get(person)).headers.get('etag') ?? '';
  const outcome = async (response: Response): Promise<readonly [number, string]> => [response.status, await response.text()];
  const keptAnswers = async (): Promise<number> => Number(/^graphql_kept_answers_total (\d+)$/m.exec(await (await fetch(`${service.url}/metrics`)).text())?.[1]);

  it('answers a client that has it with 304, without a body and with the position, whether the answer was kept or made', async () => {
    const first = await get(app.owner);
    const tag = first.headers.get('etag') ?? '';
    expect([first.status, first.headers.get('cache-control'), tag]).toEqual([200, 'no-store', expect.stringMatching(/^"[\w-]{43}"$/)]);
    const answers = [await get(app.owner, tag), await get(app.owner, tag)];
    // Nothing is kept for a text that was never sent before, and its answer is the same.
    answers.push(await get(app.owner, tag, { query: `${USERS} # anew` }));
    for (const answer of answers) {
      expect(await outcome(answer)).toEqual([304, '']);
      const { etag, date, 'content-type': type, 'content-length': length, ...others } = Object.fromEntries(answer.headers);
      expect([etag, typeof date, type, length]).toEqual([tag, 'string', undefined, undefined]);
      expect(others).toMatchObject({ 'cache-control': 'no-store', 'x-position': first.headers.get('x-position'), 'x-correlation-id': expect.any(String) });
    }
    const before = await keptAnswers();
    expect((await get(app.owner, tag)).status).toBe(304);
    expect((await get(app.owner)).headers.get('etag')).toBe(tag);
    expect(await keptAnswers()).toBe(before + 2);
  });

  it('changes with each change of the answer, and with its media type', async () => {
    const seen = [await tagOf(app.owner)];
    const step = async (change: () => Promise<unknown>): Promise<void> => {
      await change();
      const answer = await get(app.owner, seen.join(', '));
      expect(answer.status).toBe(200);
      seen.push(answer.headers.get('etag') ?? '');
    };
    await step(() => app.invite('pia'));
    await step(() => app.join('paul'));
    await step(() => {
      clock.pass(8 * DAY_MS);
      return Promise.resolve();
    });
    const other = await get(app.owner, seen.join(', '), { headers: { accept: 'application/graphql-response+json' } });
    expect([other.status, other.headers.get('etag')]).toEqual([200, expect.stringMatching(/^"/)]);
    expect(new Set([...seen, other.headers.get('etag')]).size).toBe(5);
  });

  it.each([
    ['alone', (tag: string) => tag, 304],
    ['as a weak one', (tag: string) => `W/${tag}`, 304],
    ['in a list', (tag: string) => `"one", W/"two" ,${tag}`, 304],
    ['by a star', () => '*', 304],
    ['not', () => '"another"', 200],
    ['without quotes', (tag: string) => tag.slice(1, -1), 200],
    ['by an empty list', () => ' ', 200],
  ])('is looked for where If-None-Match names it: %s', async (_how, named, status) => {
    expect((await get(app.owner, named(await tagOf(app.owner)))).status).toBe(status);
  });

  it('stands beside the no-cache that browsers add', async () => {
    expect((await get(app.owner, await tagOf(app.owner), { headers: { 'cache-control': 'no-cache' } })).status).toBe(304);
  });

  it('says nothing to anybody whose own answer is another one', async () => {
    const { person, userId } = await app.join('pia', 'ADMIN');
    const [own, owners] = [await tagOf(person), await tagOf(app.owner)];
    expect(own).toBe(owners);
    const stranger = await service.as('stranger@example.com');
    expect(await outcome(await get(stranger, own))).toEqual([200, '{"data":{"app":null}}\n']);
    expect((await get(service.nobody(), own)).status).toBe(401);
    expect((await get(new Person(service.url, person.keapId, 'wrong'), '*')).status).toBe(401);
    expect(await outcome(await get(person, own))).toEqual([304, '']);
    await app.owner.mutate('removeUser', { appId: app.appId, userId });
    expect(await outcome(await get(person, own))).toEqual([200, '{"data":{"app":null}}\n']);
  });

  it('is looked for at the position that the request asks for', async () => {
    const tag = await tagOf(app.owner);
    const { position } = await app.owner.mutate('invitePartner', { appId: app.appId, keapId: 'pia@partner.example', role: 'STANDARD' });
    const answer = await get(app.owner, tag, { headers: { 'x-min-position': position } });
    expect([answer.status, (answer.headers.get('x-position') ?? '') >= position]).toEqual([200, true]);
    expect((await get(app.owner, '*', { headers: { 'x-min-position': 'nonsense' } })).status).toBe(400);
  });

  it('exists neither for POST nor for errors', async () => {
    const posted = await app.owner.ask(USERS, { appId: app.appId }, { 'if-none-match': '*' });
    expect([posted.status, posted.headers.get('etag')]).toEqual([200, null]);
    for (const query of ['{ nothing }', '{ app(appId: "none", asOf: { position: "9" }) { name } }', 'mutation { leaveApp(input: { appId: "a", confirmAppId: "a" }) { __typename } }']) {
      const answer = await get(app.owner, '*', { query });
      expect([query, answer.headers.get('etag'), await answer.text()]).toEqual([query, null, expect.stringContaining('"errors"')]);
    }
  });

  it('can be sent and read by pages of allowed origins', async () => {
    const origin = { origin: 'https://console.example' };
    const asked = await fetch(`${service.url}/graphql`, { method: 'OPTIONS', headers: { ...origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'if-none-match' } });
    expect(asked.headers.get('access-control-allow-headers')).toBe('if-none-match');
    const answer = await get(app.owner, await tagOf(app.owner), { headers: origin });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([304, 'https://console.example']);
    expect(answer.headers.get('access-control-expose-headers')?.split(', ')).toContain('etag');
  });
});
