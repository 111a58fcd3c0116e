import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { buildSchema, isAbstractType, isObjectType, Kind, parse, visit } from 'graphql';

/** Writes `src/__generated__` from `schema.graphql` and `src/operations`: the typed documents, and the tables that caches need. */

const HERE = import.meta.dirname;
const TARGET = join(HERE, 'src/__generated__');
const read = (...path) => readFileSync(join(HERE, ...path), 'utf8');

const schemaText = read('../schema.graphql');
const documents = readdirSync(join(HERE, 'src/operations')).sort().map((location) => ({
  location,
  document: withTypenames(parse(read('src/operations', location), { noLocation: true })),
}));

/** Selects `__typename` in each selection set except the outermost, where Apollo Client and urql would add it. */
function withTypenames(document) {
  return visit(document, {
    SelectionSet: {
      leave: (node, _key, parent) => (parent.kind === Kind.OPERATION_DEFINITION ? undefined : { ...node, selections: [...node.selections, { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }] }),
    },
  });
}

const operations = await codegen({
  schema: parse(schemaText),
  documents,
  filename: 'operations.ts',
  config: {
    scalars: { ID: 'string', DateTimeISO: 'string', LogPosition: 'string' },
    strictScalars: true,
    immutableTypes: true,
    useTypeImports: true,
    documentMode: 'documentNode',
    dedupeFragments: true,
    pureMagicComment: true,
    documentNodeImport: '../typedDocument.js#TypedDocumentNode',
  },
  plugins: [{ operations: {} }, { documents: {} }],
  pluginMap: { operations: typescriptOperations, documents: typedDocumentNode },
});

const schema = buildSchema(schemaText);
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
const possibleTypes = Object.fromEntries(types.filter(isAbstractType).map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]));
const withoutId = types.filter((type) => isObjectType(type) && !roots.includes(type) && type.getFields().id === undefined).map(({ name }) => name);

const tables = `/** The object types of each union and interface. */
export const possibleTypes = ${JSON.stringify(possibleTypes, null, 2)};

/** The object types that have no \`id\`, in alphabetical order. */
export const typesWithoutId = ${JSON.stringify(withoutId, null, 2)} as const;
`;

mkdirSync(TARGET, { recursive: true });
writeFileSync(join(TARGET, 'operations.ts'), operations);
writeFileSync(join(TARGET, 'tables.ts'), tables);
