import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, getIntrospectionQuery, graphqlSync } from 'graphql';
import { DOCUMENT_LIMITS, DocumentLimits } from '../../../src/server/graphql/cost';

const schema = buildSchema(readFileSync(join(__dirname, '../../../schema.graphql'), 'utf8'));
const problemOf = (source: string, variables: Readonly<Record<string, unknown>> = {}): string | null => new DocumentLimits(schema).problemOf(source, variables);

const nested = (depth: number): string => `${'a{'.repeat(depth - 1)}b${'}'.repeat(depth - 1)}`;
const users = (page: string, fields: string): string => `query ($first: Int, $second: Int = 200) { app(appId: "a1") { users(${page}) { nodes { ${fields} } } } }`;

describe('limits of a document', () => {
  it('count the schema as about what it is', () => {
    const types = '{ types { name fields { name args { name } } inputFields { name } enumValues { name } possibleTypes { name } interfaces { name } } }';
    const fieldsIn = (value: unknown): number => (typeof value === 'object' && value !== null ? Object.values(value).reduce((sum: number, one) => sum + (Array.isArray(value) ? 0 : 1) + fieldsIn(one), 0) : 0);
    const answered = fieldsIn(graphqlSync({ schema, source: `{ __schema ${types} }` }).data);
    const copies = Math.ceil(DOCUMENT_LIMITS.answerFields / answered);
    expect(problemOf(`{ __schema ${types} }`)).toBeNull();
    const [, counted = ''] = /could have ([\d,.]+)/.exec(problemOf(`{ ${Array.from({ length: copies }, (_, copy) => `s${copy}: __schema ${types}`).join(' ')} }`) ?? '') ?? [];
    const ratio = Number(counted.replaceAll(',', '')) / copies / answered;
    expect([ratio >= 1, ratio < 3]).toEqual([true, true]);
  });

  it('leave room for what clients ask', () => {
    expect(problemOf(getIntrospectionQuery({ specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true }))).toBeNull();
    // GraphiQL asks for types within more lists than the schema has anywhere. Twice as much is left for the schema to grow.
    const wrapped = (levels: number): string => (levels === 0 ? 'name' : `kind name ofType { ${wrapped(levels - 1)} }`);
    const types = `{ types { name description fields { name description args { name description type { ${wrapped(9)} } } type { ${wrapped(9)} } } inputFields { name type { ${wrapped(9)} } } enumValues { name description } } }`;
    expect(problemOf(`{ a: __schema ${types} b: __schema ${types} }`)).toBeNull();
    expect(problemOf(users('first: 200', 'userId keapId name kind role status invitedBy { keapId } assignedContacts(first: 200) { nodes { contactId assignedAt } pageInfo { hasNextPage } }'))).toBeNull();
  });

  it('are about depth', () => {
    expect(problemOf(`{${nested(DOCUMENT_LIMITS.depth)}}`)).toBeNull();
    expect(problemOf(`{${nested(DOCUMENT_LIMITS.depth + 1)}}`)).toBe('Fields may stand within fields 20 levels deep, and here they are 21.');
  });

  it('are about depth through fragments, too', () => {
    expect(problemOf(`{ a { ...F } } fragment F on App { ...G } fragment G on App { ... on App { ${nested(20)} } }`)).toMatch(/20 levels deep, and here they are 21/);
  });

  it('are about aliases and directives', () => {
    expect(problemOf(`{ ${Array.from({ length: 100 }, (_, index) => `a${index}: __typename`).join(' ')} }`)).toBeNull();
    expect(problemOf(`{ ${Array.from({ length: 101 }, (_, index) => `a${index}: __typename`).join(' ')} }`)).toBe('A document may have 100 aliases, and this one has 101.');
    expect(problemOf(`{ __typename ${'@include(if: true) '.repeat(51)} }`)).toBe('A document may have 50 directives, and this one has 51.');
  });

  it('are about the fields that an answer may have', () => {
    const contacts = (page: string): string => users('first: 200', `assignedContacts(${page}) { nodes { contactId assignedAt } edges { cursor } }`);
    expect(problemOf(contacts('first: 50'))).toBeNull();
    expect(problemOf(contacts('last: 200'))).toMatch(/^An answer may have 100,000 fields, and this one could have 120,603\. Ask for smaller pages/);
  });

  it('take a page without a size for one of 50, and one that is too large for the largest', () => {
    const contacts = 'assignedContacts(first: 200) { nodes { contactId assignedAt } }';
    expect(problemOf(users('', contacts))).toBeNull();
    expect(problemOf(users('first: 1000000', `${contacts} invitation { status } ${contacts.replace('assigned', 'b: assigned')}`))).toMatch(/could have 161,203/);
  });

  it('take a list that can be told how long it is for that long', () => {
    const deadLetters = (webhooks: string, page: string): string => `{ webhooks${webhooks} { deadLetters${page} { eventId position at } } }`;
    expect(problemOf(deadLetters('', ''))).toBeNull();
    expect(problemOf(deadLetters('(first: 100)', '(first: 200)'))).toBeNull();
    expect(problemOf(deadLetters('(first: 200)', '(first: 200)'))).toMatch(/could have 120,201/);
    expect(problemOf(`{ webhooks(first: 100) { ${Array.from({ length: 9 }, (_, index) => `d${index}: deadLetters { eventId position at }`).join(' ')} } }`)).toMatch(/could have 135,901/);
  });

  it('go by the variables, and by the worst where one is left out', () => {
    const query = users('first: $first', 'assignedContacts(first: $second) { nodes { contactId assignedAt } edges { cursor } }');
    expect(problemOf(query, { first: 200, second: 200 })).toMatch(/^An answer may have/);
    expect(problemOf(query, { first: 20, second: 200 })).toBeNull();
    expect(problemOf(query, { first: 200 })).toMatch(/^An answer may have/);
    const known = new DocumentLimits(schema);
    expect([known.problemOf(query, { first: 1, second: 1 }), known.problemOf(query, { first: 200, second: 200 })]).toEqual([null, expect.any(String)]);
  });

  it('measure fragments that double with every step, or contain themselves, in no time', () => {
    const doubling = Array.from({ length: 60 }, (_, index) => `fragment F${index} on Query { ...F${index + 1} ... on Query { ...F${index + 1} } }`).join(' ');
    expect(problemOf(`{ ...F0 } ${doubling} fragment F60 on Query { viewer { keapId } }`)).toMatch(/nested 60 levels deep/);
    expect(problemOf('{ ...A } fragment A on Query { viewer { keapId } ...B } fragment B on Query { ...A }')).toBeNull();
  });

  it('say nothing of what is no document', () => {
    expect(problemOf('{')).toBeNull();
    expect(problemOf('')).toBeNull();
  });
});
