import { StoreUnavailable } from '../../src/eventstore/eventStore';
import { bodyOf, codesOf, startTestServer, stopTestServers } from './testServer';

afterEach(stopTestServers);

const JSON_ONLY = { accept: 'application/json' };
const GRAPHQL_RESPONSE = { accept: 'application/graphql-response+json' };

describe('statuses and content types', () => {
  it.each([
    ['*/*', 'application/json; charset=utf-8'],
    ['application/json', 'application/json; charset=utf-8'],
    ['application/graphql-response+json, application/json;q=0.9', 'application/graphql-response+json; charset=utf-8'],
  ])('answers a client that accepts %s in %s', async (accept, contentType) => {
    const { ask } = await startTestServer();
    const response = await ask({ query: '{ viewer }' }, { accept });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, contentType]);
    expect(await bodyOf(response)).toEqual({ data: { viewer: null } });
  });

  it.each([
    ['{ viewer', 'GRAPHQL_PARSE_FAILED'],
    ['{ unknownField }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('answers %s with 200 or 400, by the media type', async (query, code) => {
    const { ask } = await startTestServer();
    const json = await ask({ query }, JSON_ONLY);
    const graphql = await ask({ query }, GRAPHQL_RESPONSE);
    expect([json.status, graphql.status]).toEqual([200, 400]);
    expect([json.headers.get('content-type'), graphql.headers.get('content-type')]).toEqual(['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8']);
    expect([await codesOf(json), await codesOf(graphql)]).toEqual([[code], [code]]);
  });

  it.each([
    ['no query', {}],
    ['a variable of the wrong type', { query: 'query ($n: Int) { echo(number: $n) }', variables: { n: 'x' } }],
    ['variables that are text', { query: '{ viewer }', variables: '{}' }],
    ['an operation that is not there', { query: 'query A { viewer } query B { viewer }', operationName: 'C' }],
    ['a batch', [{ query: '{ viewer }' }, { query: '{ viewer }' }]],
    ['text that is not JSON', '{"query": '],
    ['nothing', ''],
    ['an attempt at the prototype', '{"query": "{ viewer }", "__proto__": {"x": 1}}'],
  ])('calls it bad input: %s', async (_what, body) => {
    const { ask } = await startTestServer();
    const response = await ask(body);
    expect(await codesOf(response)).toEqual(['BAD_USER_INPUT']);
    expect(response.status).toBe(400);
  });

  it('calls it bad input also where more is wrong with the variables than is listed', async () => {
    const { ask } = await startTestServer();
    const names = Array.from({ length: 60 }, (_, index) => `v${index}`);
    const query = `query (${names.map((name) => `$${name}: Int`).join(' ')}) { ${names.map((name) => `${name}: echo(number: $${name})`).join(' ')} }`;
    const response = await ask({ query, variables: Object.fromEntries(names.map((name) => [name, 'x'])) });
    expect(response.status).toBe(400);
    expect(new Set(await codesOf(response))).toEqual(new Set(['BAD_USER_INPUT']));
  });

  it.each([
    ['unauthenticated', 401, 'UNAUTHENTICATED'],
    ['storeDown', 503, 'STORE_UNAVAILABLE'],
    ['behind', 503, 'PROJECTION_BEHIND'],
    ['boom', 500, 'INTERNAL_SERVER_ERROR'],
    ['forbidden', 200, 'FORBIDDEN'],
  ])('answers what %s throws with %d', async (field, status, code) => {
    const { ask } = await startTestServer();
    const response = await ask({ query: `{ ${field} viewer }` }, GRAPHQL_RESPONSE);
    expect([response.status, await codesOf(response)]).toEqual([status, [code]]);
  });

  it('answers a mutation that meets an unreachable store with 503', async () => {
    const { ask } = await startTestServer();
    const response = await ask({ query: 'mutation { storeDown }' });
    expect([response.status, await codesOf(response)]).toEqual([503, ['STORE_UNAVAILABLE']]);
  });

  it.each([
    ['an argument with a default', 'query ($first: Int = 1) { people(first: 1) { name } many(count: $first) { id } }', { first: null }],
    ['an input field with a default', 'query ($n: Int = 1) { people(names: {limit: $n}) { name } }', { n: null }],
    ['@include of the root', 'query ($b: Boolean = true) { viewer @include(if: $b) }', { b: null }],
    ['@skip within an object', 'query ($b: Boolean = true) { many(count: 1) { id @skip(if: $b) } }', { b: null }],
    ['an argument that needs a value', 'query ($n: Int = 1) { many(count: $n) { id } }', { n: null }],
  ])('calls null for a variable bad input where it reaches %s', async (_where, query, variables) => {
    const { ask, logged } = await startTestServer();
    const json = await ask({ query, variables }, JSON_ONLY);
    const graphql = await ask({ query, variables }, GRAPHQL_RESPONSE);
    expect([json.status, graphql.status, logged]).toEqual([200, 400, []]);
    for (const response of [json, graphql]) expect(new Set(await codesOf(response))).toEqual(new Set(['BAD_USER_INPUT']));
  });

  it('keeps the data of other fields beside a mistake in one of them', async () => {
    const { ask } = await startTestServer();
    const response = await ask({ query: 'query ($n: Int = 1) { trace echo(names: {limit: $n}) }', variables: { n: null } }, GRAPHQL_RESPONSE);
    expect(response.status).toBe(200);
    expect(await bodyOf(response)).toMatchObject({ data: { trace: expect.any(String) as unknown, echo: null }, errors: [{ path: ['echo'], extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('answers queries by GET, and refuses mutations by GET', async () => {
    const { url, contexts } = await startTestServer();
    const get = (query: string): Promise<Response> => fetch(`${url}/graphql?query=${encodeURIComponent(query)}`, { headers: { 'apollo-require-preflight': 'true' } });
    expect(await bodyOf(await get('{ echo(number: 1) }'))).toEqual({ data: { echo: '{"number":1}' } });
    const response = await get('mutation { write(position: "1") }');
    expect([response.status, response.headers.get('allow'), await codesOf(response)]).toEqual([405, 'POST', ['BAD_USER_INPUT']]);
    expect(contexts).toHaveLength(2);
  });

  it('says how to follow a subscription that is sent as a query', async () => {
    const { ask, logged } = await startTestServer();
    const response = await ask({ query: 'subscription { __typename }' });
    const { errors } = await bodyOf(response);
    expect([response.status, errors?.map(({ message, extensions }) => [message, extensions['code']]), logged]).toEqual([
      400,
      [['Send subscriptions over WebSocket (graphql-transport-ws), or in a request that accepts text/event-stream.', 'BAD_USER_INPUT']],
      [],
    ]);
  });

  it('refuses what a foreign page could send', async () => {
    const { url, contexts } = await startTestServer();
    const simple = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{"query":"{ viewer }"}' });
    const get = await fetch(`${url}/graphql?query=${encodeURIComponent('{ viewer }')}`);
    expect([simple.status, get.status]).toEqual([400, 400]);
    expect(contexts).toEqual([]);
  });

  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    const { url } = await startTestServer();
    const response = await fetch(`${url}/graphql`, { method });
    expect([response.status, response.headers.get('allow'), await codesOf(response)]).toEqual([405, 'GET, POST', ['BAD_USER_INPUT']]);
  });

  it('refuses documents with more tokens than its bound, and names it', async () => {
    const { ask } = await startTestServer();
    const { errors } = await bodyOf(await ask({ query: `{ ${'viewer '.repeat(4_001)} }` }));
    expect(errors?.[0]).toMatchObject({ message: expect.stringContaining('4000') as unknown, extensions: { code: 'GRAPHQL_PARSE_FAILED' } });
  });
});

describe('introspection', () => {
  const query = '{ __schema { queryType { name } } }';

  it('answers where it is on', async () => {
    const { ask } = await startTestServer({ introspection: true });
    expect(await bodyOf(await ask({ query }))).toEqual({ data: { __schema: { queryType: { name: 'Query' } } } });
  });

  it('says so where it is off, and suggests no names', async () => {
    const { ask } = await startTestServer({ introspection: false });
    expect((await bodyOf(await ask({ query }))).errors?.[0]).toMatchObject({
      message: 'Introspection is switched off on this server. Use the schema file instead.',
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
    expect(JSON.stringify(await bodyOf(await ask({ query: '{ viewe }' })))).not.toContain('Did you mean');
    const { errors = [] } = await bodyOf(await ask({ query: 'query ($names: Names) { echo(names: $names) }', variables: { names: { moo: 1, mood: 'GLADD' } } }));
    expect(errors.map(({ message }) => message.replace(/^.*; /, ''))).toEqual(['Value "GLADD" does not exist in "Mood" enum.', 'Field "moo" is not defined by type "Names".']);
    expect(await bodyOf(await ask({ query: '{ __typename }' }))).toEqual({ data: { __typename: 'Query' } });
  });
});

describe('errors', () => {
  it.each(['{ slow boom }', '{ slow strict }', 'query ($n: Int! = 1) { slow many(count: $n) { mood } forbidden }'])('do not make an operation run again: %s', async (query) => {
    let runs = 0;
    const { ask } = await startTestServer({ gate: () => Promise.resolve(void (runs += 1)) });
    for (let sight = 1; sight <= 6; sight += 1) {
      expect((await codesOf(await ask({ query }))).length).toBe(1);
      expect(runs).toBe(sight);
    }
  });

  const correlationId = '0190a5a4-6e4f-7d2b-9b1e-0c5f2f3a4b5c';

  it.each(['boom', 'sql', 'strict', 'strangeCode'])('hide what is internal: %s', async (field) => {
    const { ask, logged } = await startTestServer();
    const response = await ask({ query: `query Named { ${field} }` }, { 'x-correlation-id': correlationId });
    const { errors } = await bodyOf(response);
    expect(errors).toEqual([
      expect.objectContaining({ message: `Something went wrong on the server. Correlation id ${correlationId}.`, path: [field], extensions: { code: 'INTERNAL_SERVER_ERROR' } }),
    ]);
    expect(logged).toEqual([expect.objectContaining({ correlationId, operationName: 'Named', err: expect.objectContaining({ stack: expect.any(String) as unknown }) as unknown })]);
  });

  it('write the cause to the log', async () => {
    const { ask, logged } = await startTestServer();
    await ask({ query: '{ boom }' });
    expect(logged[0]?.['err']).toMatchObject({ message: 'the pipe at /var/lib/secret burst' });
  });

  it('write a bounded number of lines a request', async () => {
    const { ask, logged } = await startTestServer();
    await ask({ query: `{ ${Array.from({ length: 50 }, (_, index) => `a${index}: boom`).join(' ')} }` });
    expect(logged).toHaveLength(6);
    expect(logged.at(-1)).toMatchObject({ faults: 50 });
  });

  it('tell a fault of the store without its address, and keep public facts only', async () => {
    const { ask } = await startTestServer();
    expect((await bodyOf(await ask({ query: '{ storeDown }' }))).errors?.[0]).toMatchObject({ message: 'The event store cannot be reached now. Send the same request again.' });
    expect((await bodyOf(await ask({ query: '{ forbidden }' }))).errors?.[0]).toMatchObject({ message: 'For auditors only.', extensions: { code: 'FORBIDDEN', position: '0000000000000007' } });
    expect((await bodyOf(await ask({ query: '{ forbidden }' }))).errors?.[0]?.extensions).not.toHaveProperty('secret');
  });

  it('never carry a stack', async () => {
    const { ask } = await startTestServer();
    for (const field of ['boom', 'sql', 'storeDown', 'behind', 'forbidden', 'unknown']) {
      expect(await (await ask({ query: `{ ${field} }` })).text()).not.toMatch(/stack|node_modules|\.ts:/);
    }
  });

  it.each([
    [new StoreUnavailable('10.0.0.7'), 503, 'STORE_UNAVAILABLE'],
    [new Error('no memory at 0x7'), 500, 'INTERNAL_SERVER_ERROR'],
  ])('of a context that cannot be made are answered like any other: %s', async (failContextWith, status, code) => {
    const { ask, logged } = await startTestServer({ failContextWith });
    const response = await ask({ query: '{ viewer }' }, { 'x-correlation-id': correlationId });
    const body = await bodyOf(response);
    expect([response.status, body.errors?.map(({ extensions }) => extensions['code'])]).toEqual([status, [code]]);
    expect(JSON.stringify(body)).not.toMatch(/10\.0\.0\.7|0x7/);
    expect(logged).toEqual([expect.objectContaining({ correlationId })]);
    if (status === 500) expect(body.errors?.[0]?.message).toContain(correlationId);
  });
});
