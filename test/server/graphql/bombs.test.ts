import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { DOCUMENT_LIMITS, DocumentLimits } from '../../../src/server/graphql/cost';
import { bodyOf, startTestServer, stopTestServers } from '../testServer';

const schema = buildSchema(readFileSync(join(__dirname, '../../../schema.graphql'), 'utf8'));

const repeated = (count: number, text: (index: number) => string): string => Array.from({ length: count }, (_, index) => text(index)).join(' ');
const nested = (count: number, open: string, inner: string, close: string): string => open.repeat(count) + inner + close.repeat(count);
const doubling = (count: number, part: string): string => `{ ...F0 } ${repeated(count, (index) => `fragment F${index} on Query { ${part} ...F${index + 1} ...F${index + 1} }`)} fragment F${count} on Query { __typename }`;

const ORDINARY = 'query ($appId: ID!) { app(appId: $appId) { users(first: 50) { nodes { userId keapId name kind role status usesLicence joinedAt invitedBy { name } } } } }';

/** Documents of less than 2 kB that would cost far more than they weigh, with the sentence that refuses each. */
const BOMBS: Readonly<Record<string, readonly [document: string, sentence: RegExp]>> = {
  'fragments that double': [doubling(18, ''), /once its fragments are spread/],
  'fragments that double, with objects in them': [doubling(18, 'viewer { keapId }'), /once its fragments are spread/],
  'fragments that all spread each other': [`{ ...F0 } ${repeated(12, (index) => `fragment F${index} on Query { ${repeated(12, (other) => `...F${other}`)} }`)}`, /once its fragments are spread/],
  'one object selected again and again': [`{ ${repeated(140, () => 'viewer{name}')} }`, /same fields too often/],
  'repeated objects within repeated objects': [`{ ${repeated(20, () => `viewer{${repeated(4, () => 'a{b{c}}')}}`)} }`, /same fields too often/],
  'repeated fields with large arguments': [`{ ${repeated(30, () => 'app(appId:["a","b","c","d","e","f","g","h","i","j"]){id}')} }`, /same fields too often/],
  'one field with large arguments, spread again and again': [`{${repeated(220, () => '...F')}}fragment F on Query{app(appId:[${repeated(400, () => '1')}]){id}}`, /same fields too often/],
  'many fragments spread in one object': [`{${repeated(79, (index) => `...${(index + 360).toString(36)}`)}}${repeated(79, (index) => `fragment ${(index + 360).toString(36)} on A{a}`).replaceAll('} ', '}')}`, /same fields too often/],
  'nested inline fragments': [`{${nested(300, '...{', '__typename', '}')}}`, /nested 60 levels deep/],
  'nested fields': [`{${nested(200, 'viewer{', 'name', '}')}}`, /nested 60 levels deep/],
  'nested lists': [`{ app(appId: ${nested(900, '[', '', ']')}) { id } }`, /Lists and objects in arguments may be nested 20 levels deep, and here they are 900/],
  'nested objects': [`{ app(appId: "a", asOf: ${nested(450, '{a:', '1', '}')}) { id } }`, /Lists and objects in arguments may be nested 20 levels deep, and here they are 450/],
  'many aliases': [`{ ${repeated(120, (index) => `a${index}:__typename`)} }`, /100 aliases, and this one has 120/],
  'repeated directives': [`{ __typename ${repeated(100, () => '@skip(if:true)')} }`, /50 directives, and this one has 100/],
  'many variables': [`query(${repeated(250, (index) => `$a${index}:I`)}){__typename}`, /200 variables, and this one declares 250/],
  'many operations': [`${repeated(60, (index) => `query Q${index}{...F0}`)} ${repeated(15, (index) => `fragment F${index} on Query{...F${index + 1}}`)}`, /50 operations, and this one has 60/],
  'many fragments': [repeated(210, () => 'fragment F on A{a}').slice(0, 4_000), /200 fragments, and this one has 210/],
  'pages within pages within pages': ['{ apps(first: 200) { nodes { users(first: 200) { nodes { assignedContacts(first: 200) { nodes { contactId } } } } } } }', /An answer may have 100,000 fields/],
  'the schema, described many times': [`{ ${repeated(30, (index) => `a${index}:__schema{types{fields{name args{name type{name}}}}}`)} }`, /An answer may have 100,000 fields/],
};

/** The CPU time of some runs in microseconds. */
function cpuOf(run: () => void, runs: number): number {
  const before = process.cpuUsage();
  for (let index = 0; index < runs; index += 1) run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / runs;
}

/** How many times the CPU time of `ordinary` a run takes: the least of several rounds, in each of which both are measured beside each other. */
function timesOrdinary(run: () => void, ordinary: () => void): number {
  const RUNS = 20;
  return Math.min(...Array.from({ length: 8 }, () => cpuOf(run, RUNS) / cpuOf(ordinary, RUNS)));
}

afterEach(stopTestServers);

describe('a document that would cost far more than it weighs', () => {
  it.each(Object.entries(BOMBS))('is refused with a reason: %s', (_kind, [document, sentence]) => {
    expect(new DocumentLimits(schema).problemOf(document, {})).toMatch(sentence);
  });

  it('has less than 2 kB in all kinds but one', () => {
    expect(Object.entries(BOMBS).filter(([, [document]]) => document.length > 2_000).map(([kind]) => kind)).toEqual(['many fragments']);
  });

  it('costs no more than ten times what validating an ordinary document does', () => {
    const ordinary = parse(ORDINARY);
    const costs = Object.entries(BOMBS).map(([kind, [document]]) => [kind, timesOrdinary(() => new DocumentLimits(schema).problemOf(document, {}), () => validate(schema, ordinary))] as const);
    expect(costs.filter(([, times]) => times > 10)).toEqual([]);
  });

  it('is refused over HTTP as bad input, before Apollo Server sees it', async () => {
    const { ask, contexts } = await startTestServer();
    for (const query of [`{ ${'viewer { keapId } '.repeat(780)} }`, doubling(25, ''), `{${nested(900, '...{', '__typename', '}')}}`]) {
      const response = await ask({ query });
      expect([response.status, (await bodyOf(response)).errors?.map(({ extensions }) => extensions['code'])]).toEqual([400, ['BAD_USER_INPUT']]);
    }
    expect(contexts).toEqual([]);
  });
});

describe('documents of ordinary clients', () => {
  it('may spread as many fragments as a large screen has', () => {
    const parts = repeated(40, (index) => `fragment F${index} on User { id userId ${index % 2 === 0 ? 'keapId' : 'name'} }`);
    expect(new DocumentLimits(schema).problemOf(`query ($appId: ID!) { app(appId: $appId) { users { nodes { ${repeated(40, (index) => `...F${index}`)} } } } } ${parts}`, { appId: 'a' })).toBeNull();
  });

  it('may select every event type with the fields that all of them have', () => {
    const types = repeated(28, (index) => `... on Type${index} { id position at actor { keapId } user { id } }`);
    expect(new DocumentLimits(schema).problemOf(`{ membershipEvents(first: 20) { nodes { ${types} } } }`, {})).toBeNull();
    expect(DOCUMENT_LIMITS.comparisons).toBeGreaterThan(5_000);
  });
});
