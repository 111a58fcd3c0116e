import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InMemoryCache } from '@apollo/client';
import { formatDocument, stringifyDocument } from '@urql/core';
import { buildSchema, isAbstractType, isObjectType, parse, print, type DocumentNode } from 'graphql';
import { TOP } from '../support/snippets';
import { client, operations } from './builtClient';

const schema = buildSchema(readFileSync(join(TOP, 'schema.graphql'), 'utf8'));

describe('asOf and momentOf', () => {
  it('turn a time, a position and now into the argument and back', () => {
    const time = new Date('2026-01-02T03:04:05.678Z');
    expect(client.asOf(time)).toEqual({ time: '2026-01-02T03:04:05.678Z' });
    expect(client.asOf('00000000000000000042')).toEqual({ position: '00000000000000000042' });
    expect(client.asOf(null)).toBeNull();
    for (const moment of [time, '00000000000000000042', null]) expect(client.momentOf(client.asOf(moment))).toEqual(moment);
    expect(client.momentOf(undefined)).toBeNull();
  });

  it('refuse an invalid date, and an argument with both parts or none', () => {
    expect(() => client.asOf(new Date('yesterday'))).toThrow(RangeError);
    expect(() => client.momentOf({})).toThrow('either a time or a position');
    expect(() => client.momentOf({ time: '2026-01-02T03:04:05.678Z', position: '1' })).toThrow('either a time or a position');
  });
});

describe('matchResult', () => {
  const cases = { LeaveAppSuccess: () => 'left', HasAssignedContacts: ({ count }: { count: number }) => `${count} contacts`, Rejection: ({ message }: { message: string }) => message };

  it('calls the function for the type of the result', () => {
    expect(client.matchResult({ __typename: 'LeaveAppSuccess' }, cases)).toBe('left');
    expect(client.matchResult({ __typename: 'HasAssignedContacts', code: 'HAS_ASSIGNED_CONTACTS', message: 'No.', count: 3 }, cases)).toBe('3 contacts');
  });

  it('passes a refusal of an unknown type to Rejection, and throws for another unknown type', () => {
    expect(client.matchResult({ __typename: 'TooEarly', code: 'TOO_EARLY', message: 'Wait.' }, cases)).toBe('Wait.');
    expect(() => client.matchResult({ __typename: 'toString' }, cases)).toThrow('There is no case for toString. Update @partner-access/client.');
  });
});

describe('matchError', () => {
  const refusal = { __typename: 'Rejection', code: 'LAST_ADMIN', message: 'You are the last admin.' };

  it('calls the function for the code, or the one for all others', () => {
    expect(client.matchError(refusal, { LAST_ADMIN: () => 'last' }, () => 'other')).toBe('last');
    expect(client.matchError(refusal, { FORBIDDEN: () => 'forbidden' }, ({ message }: { message: string }) => message)).toBe('You are the last admin.');
  });

  it('throws for an code that has no function', () => {
    expect(() => client.matchError(refusal, { FORBIDDEN: () => 'forbidden' })).toThrow('There is no case for LAST_ADMIN. Update @partner-access/client.');
  });
});

describe('the tables for caches', () => {
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));

  it('list the possible types of every union and interface', () => {
    expect(Object.keys(client.possibleTypes).sort()).toEqual(types.filter(isAbstractType).map(({ name }) => name).sort());
    expect(client.possibleTypes.LeaveAppResult).toEqual(['HasAssignedContacts', 'LeaveAppSuccess', 'Rejection']);
  });

  it('list every object type without an id as one that has no key', () => {
    const expected = types.filter((type) => isObjectType(type) && !type.getFields()['id'] && !['Query', 'Mutation', 'Subscription'].includes(type.name)).map(({ name }) => name);
    expect(client.typesWithoutId).toEqual(expected);
    expect(client.typePolicies).toEqual(Object.fromEntries(expected.map((name) => [name, { keyFields: false }])));
    expect(Object.keys(client.keys)).toEqual(expected);
    expect(new Set(expected.map((name) => client.keys[name]()))).toEqual(new Set([null]));
  });
});

describe('the manifest', () => {
  const manifest = JSON.parse(readFileSync(join(TOP, 'client/dist/operations.json'), 'utf8')) as Record<string, string>;
  const documents = [...operations.values()].map((text) => parse(text));

  it('has texts under their SHA-256', () => {
    for (const [hash, text] of Object.entries(manifest)) expect(createHash('sha256').update(text).digest('hex')).toBe(hash);
  });

  it('has the text of each operation as graphql-js, Apollo Client and urql send it, and no others', () => {
    const sent = documents.flatMap((document) => [print(document), print(new InMemoryCache().transformDocument(document)), stringifyDocument(formatDocument(document) as DocumentNode)]);
    expect([...new Set(sent)].sort()).toEqual(Object.values(manifest).sort());
  });
});

describe('the README', () => {
  it('lists every operation', () => {
    const sources = readdirSync(join(TOP, 'client/src/operations')).map((file) => readFileSync(join(TOP, 'client/src/operations', file), 'utf8')).join('\n');
    const written = [...sources.matchAll(/^(?:query|mutation|subscription) (\w+)/gm)].map(([, name]) => name);
    expect([...operations.keys()].sort()).toEqual([...written].sort());
    const listed = readFileSync(join(TOP, 'client/README.md'), 'utf8').split('\n').filter((line) => line.startsWith('| `')).flatMap((line) => [...line.matchAll(/`(\w+)Document`/g)].map(([, name]) => name));
    expect([...listed].sort()).toEqual([...operations.keys()].sort());
  });
});
