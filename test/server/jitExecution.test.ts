import { ApolloServer, type BaseContext } from '@apollo/server';
import { buildSchema, GraphQLInterfaceType, GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { createJitExecution, type JitExecution, type JitOptions } from '../../src/server/jitExecution';
import { buildTestSchema, type TestContext } from './testSchema';

const context = (): TestContext => ({
  viewer: 'ada@example.com',
  trace: { correlationId: '1' },
  waitFor: () => Promise.resolve(true),
  gate: () => Promise.resolve(),
});

interface Asked {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}

const servers: ApolloServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function makeServer(jit: JitExecution | null, schema: GraphQLSchema = buildTestSchema()): Promise<(asked: Asked) => Promise<string>> {
  const server = new ApolloServer<BaseContext>({ schema, nodeEnv: 'test', includeStacktraceInErrorResponses: false, plugins: jit === null ? [] : [jit.plugin] });
  await server.start();
  servers.push(server);
  return async (asked) => {
    const { body } = await server.executeOperation(asked, { contextValue: context() });
    return JSON.stringify(body);
  };
}

async function makeJit(options: JitOptions = {}, schema?: GraphQLSchema): Promise<JitExecution & { ask: (asked: Asked) => Promise<string> }> {
  const jit = createJitExecution(options);
  return { ...jit, ask: await makeServer(jit, schema) };
}

const PET = 'fragment Pet on Pet { __typename ... on Dog { name barks friends(first: 3, named: $names) { __typename name } owner { name } } ... on Cat { lives name } }';

const QUERIES: Readonly<Record<string, Asked>> = {
  'leaves of every kind, in the order asked for': { query: '{ people(first: 3) { mood height id name age __typename } }' },
  'unions and interfaces, with fragments and aliases': {
    query: `query ($names: Names) { a: people { id pets { ...Pet } } b: person(id: 1) { pets { ...Pet } children { name children { id } } } } ${PET}`,
    variables: { names: { any: ['Tom'], mood: 'GLAD', limit: 1 } },
  },
  'the same fragment where it is left out and where it is not': {
    query: 'query ($no: Boolean!, $yes: Boolean!) { a: person(id: 1) { ...P @skip(if: $no) age } b: person(id: 1) { ...P @include(if: $no) id @skip(if: $yes) name @include(if: $yes) } c: person(id: 1) @skip(if: $no) { ...P } } fragment P on Person { id nobody { id } mood @include(if: $yes) children @include(if: $no) { id } }',
    variables: { no: false, yes: true },
  },
  'fields that are asked for twice': { query: '{ people { id } people { name children { id } children { name } } }' },
  'nothing found, null objects and null items': { query: '{ person(id: "none") { id } people { nobody { name } children { id } } viewer }' },
  'argument defaults': { query: '{ people { pets { ... on Dog { friends { name } } } } echo(names: {}) }' },
  'literal arguments': { query: '{ echo(text: "a\\"b\\u2028 ${1} `", number: -3, float: 2, flag: false, names: {any: "one", mood: GRUMPY}, ids: [1, "two", null]) }'.replace(', null', '') },
  'variables of every kind': {
    query: 'query ($t: String = "default", $n: Int, $f: Float, $b: Boolean = true, $names: Names, $ids: [ID!], $m: Mood) { echo(text: $t, number: $n, float: $f, flag: $b, names: $names, ids: $ids) people(moods: [GLAD, GRUMPY]) { id } x: echo(names: {mood: $m, any: ["x"]}) }',
    variables: { n: 3, f: 1, names: { any: 'single', limit: 2 }, ids: [1, 'two'], unknown: 'ignored' },
  },
  'defaults of input fields that a variable leaves out': { query: 'query ($names: Names) { echo(names: $names) }', variables: { names: { limit: 1 } } },
  'required input fields with a default that a variable leaves out': { query: 'query ($names: Names) { echo(names: $names) }', variables: { names: {} } },
  'null in an input object': { query: 'query ($names: Names) { echo(names: $names) }', variables: { names: { any: null, mood: null, limit: 2 } } },
  'defaults of variables that are objects': { query: 'query ($names: Names = {mood: GLAD}) { echo(names: $names) }' },
  'variables inside literal objects and lists': { query: 'query ($any: String!, $mood: Mood, $ids: ID!) { echo(names: {any: [$any, "b"], mood: $mood}, ids: [$ids]) }', variables: { any: 'a', ids: 7 } },
  'numbers of the other kind': { query: 'query ($f: Float, $n: Int, $i: ID!) { echo(float: $f, number: $n) person(id: $i) { id } }', variables: { f: 3, n: 4.0, i: 1 } },
  'null for a variable with a default': { query: 'query ($n: Int = 4, $first: Int = 1) { echo(number: $n) people(first: $first) { id } }', variables: { n: null } },
  'null for an argument with a default': { query: 'query ($first: Int) { people(first: $first) { id } }', variables: { first: null } },
  'an argument with a default and a variable that is left out': { query: 'query ($first: Int) { people(first: $first) { id } }' },
  'variables that are left out, and null': { query: 'query ($t: String, $n: Int = 4, $names: Names) { echo(text: $t, number: $n, names: $names) }', variables: { n: null } },
  'list variables from one value': { query: 'query ($m: [Mood!]) { people(moods: $m, first: 3) { id } }', variables: { m: 'GLAD' } },
  'one of several operations': { query: 'query A { viewer } query B { people { id } }', operationName: 'B' },
  'an alias that an object literal would not take': { query: '{ people { __proto__: mood constructor: name id } }' },
  'a root alias that an object literal would not take': { query: '{ __proto__: viewer constructor: viewer }' },
  'introspection': { query: '{ __schema { queryType { name } } __type(name: "Dog") { fields { name } } }' },
  'a resolver that fails': { query: '{ boom viewer }' },
  'null where there must not be one': { query: '{ strict }' },
  'a variable of the wrong type': { query: 'query ($n: Int) { echo(number: $n) }', variables: { n: '3' } },
  'a number out of range': { query: 'query ($n: Int) { echo(number: $n) }', variables: { n: 2 ** 40 } },
  'an input field that does not exist': { query: 'query ($names: Names) { echo(names: $names) }', variables: { names: { other: 1 } } },
  'an enum value that does not exist': { query: 'query ($m: [Mood!]) { people(moods: $m) { id } }', variables: { m: ['SAD'] } },
  'a required variable that is left out': { query: 'query ($id: ID!) { person(id: $id) { id } }' },
  'a mutation': { query: 'mutation { write(position: "1") }' },
  'many items': { query: '{ many(count: 200) { id pets { __typename } children { id } } }' },
};

describe('compiled execution', () => {
  it.each(Object.entries(QUERIES))('answers as graphql-js does: %s', async (_name, asked) => {
    const jit = await makeJit({ compileOnSight: 1 });
    const plain = await makeServer(null);
    const expected = await plain(asked);
    expect(await jit.ask(asked)).toBe(expected);
    expect(await jit.ask(asked)).toBe(expected);
  });

  it('really runs compiled code where it can', async () => {
    const jit = await makeJit({ compileOnSight: 1 });
    for (const name of ['unions and interfaces, with fragments and aliases', 'null in an input object', 'variables that are left out, and null', 'one of several operations', 'many items']) {
      const before = jit.statistics.answers;
      await jit.ask(QUERIES[name] ?? { query: '' });
      expect(jit.statistics.answers).toBe(before + 1);
    }
  });

  it('compiles a query on its third sight and not again', async () => {
    const jit = await makeJit();
    const seen: unknown[] = [];
    for (let sight = 1; sight <= 5; sight += 1) {
      await jit.ask({ query: '{ viewer }' });
      seen.push([jit.statistics.compilations, jit.statistics.answers]);
    }
    expect(seen).toEqual([[0, 0], [0, 0], [1, 1], [1, 2], [1, 3]]);
  });

  it('never compiles queries that come once, and keeps what is compiled through a flood of them', async () => {
    const jit = await makeJit({ maxCounted: 10 });
    for (let sight = 0; sight < 3; sight += 1) await jit.ask({ query: '{ viewer }' });
    for (let index = 0; index < 50; index += 1) await jit.ask({ query: `{ a${index}: viewer }` });
    expect(jit.statistics.compilations).toBe(1);
    await jit.ask({ query: '{ viewer }' });
    expect(jit.statistics).toMatchObject({ compilations: 1, answers: 2 });
  });

  it('keeps no more compiled queries than its bound', async () => {
    const jit = await makeJit({ compileOnSight: 1, maxCompiled: 3 });
    for (let index = 0; index < 10; index += 1) await jit.ask({ query: `{ a${index}: viewer }` });
    expect(jit.statistics).toMatchObject({ compilations: 10, kept: 3 });
  });

  it('leaves mutations, long queries and introspection to graphql-js', async () => {
    const jit = await makeJit({ compileOnSight: 1, maxSourceLength: 40 });
    await jit.ask({ query: 'mutation { write(position: "1") }' });
    await jit.ask({ query: `{ viewer } # ${'long '.repeat(10)}` });
    await jit.ask({ query: '{ __schema { queryType { name } } }' });
    expect(jit.statistics.answers).toBe(0);
  });

  it('answers what fails between two promises, as graphql-js does', async () => {
    const schema = buildSchema('interface Named { name: String } type Thing implements Named { name: String } type Query { getter: Thing kind: Named items: [Thing] both: [Thing] plain: Thing fine: Thing }');
    const broken = {
      get name(): string {
        throw new Error('getter');
      },
    };
    const give: Readonly<Record<string, () => unknown>> = {
      getter: () => Promise.resolve(broken),
      kind: () => Promise.resolve({ name: 'x' }),
      items: () => Promise.resolve([Promise.resolve({ name: 'a' }), broken, Promise.reject(new Error('item'))]),
      both: () => [Promise.resolve({ name: 'a' }), Promise.resolve(broken)],
      plain: () => broken,
      fine: () => Promise.resolve({ name: 'fine' }),
    };
    const query = schema.getType('Query');
    const named = schema.getType('Named');
    if (!(query instanceof GraphQLObjectType) || !(named instanceof GraphQLInterfaceType)) throw new Error('no types');
    for (const [name, field] of Object.entries(query.getFields())) field.resolve = () => give[name]?.();
    named.resolveType = () => {
      throw new Error('type');
    };
    const jit = await makeJit({ compileOnSight: 1 }, schema);
    const plain = await makeServer(null, schema);
    for (const fields of ['getter { name }', 'kind { name }', 'items { name }', 'both { name }', 'fine { name } plain { name } getter { name }', 'fine { name }']) {
      expect(await jit.ask({ query: `{ ${fields} }` })).toBe(await plain({ query: `{ ${fields} }` }));
    }
    expect(jit.statistics).toMatchObject({ compilations: 6, answers: 1 });
  });
});
