// Generates the files in docs/front-ends/generated, as GraphQL Code Generator and Relay's compiler do in the build of a front end,
// and the table of refusals in docs/front-ends.md.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import { preset } from '@graphql-codegen/client-preset';
import { buildASTSchema, introspectionFromSchema, parse, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import config from '../docs/front-ends/codegen.mjs';

const TOP = join(import.meta.dirname, '..');
const text = (file) => readFileSync(join(TOP, file), 'utf8');

/** The schema without descriptions, so that the files stay as they are when only the wording changes. */
const schema = visit(parse(text(config.schema)), { enter: ({ description, ...node }) => (description === undefined ? undefined : node) });

/** Returns the name and the text of each file that the typed operations need. */
async function typedOperations() {
  const rawSDL = text(config.documents);
  const outputs = Object.entries(config.generates).map(([baseOutputDir, { documentTransforms, ...output }]) =>
    preset.buildGeneratesSection({
      ...output,
      baseOutputDir,
      schema,
      schemaAst: buildASTSchema(schema),
      documents: [{ location: config.documents, document: parse(rawSDL), rawSDL }],
      documentTransforms: documentTransforms.map((transformObject) => ({ name: 'typename', transformObject, config: {} })),
      plugins: [],
      pluginMap: {},
      pluginContext: {},
    }),
  );
  // The preset's other files are for operations that are written in TypeScript.
  const files = (await Promise.all(outputs)).flat().filter(({ filename }) => /(?:graphql\.ts|\.json)$/.test(filename));
  return Promise.all(files.map(async (file) => [file.filename, await codegen(file)]));
}

/** Returns the part of the schema that the operations use, which urql's cache needs for unions. `@urql/introspection` returns all of it. */
function usedSchema() {
  const schemaAst = buildASTSchema(schema);
  const used = new Set();
  const typeInfo = new TypeInfo(schemaAst);
  const note = (node) => void used.add(`${typeInfo.getParentType().name}.${node.name.value}`);
  visit(parse(text(config.documents)), visitWithTypeInfo(typeInfo, { Field: note }));
  const { types, queryType, mutationType, subscriptionType } = introspectionFromSchema(schemaAst, { descriptions: false }).__schema;
  const usedTypes = new Set([...used].map((field) => field.split('.')[0]));
  return {
    __schema: {
      queryType,
      mutationType,
      subscriptionType,
      types: types
        .filter(({ name }) => usedTypes.has(name))
        .map(({ kind, name, fields, possibleTypes }) => ({
          kind,
          name,
          ...(fields && { interfaces: [], fields: fields.filter((field) => used.has(`${name}.${field.name}`)).map((field) => ({ name: field.name, args: [], type: field.type })) }),
          ...(possibleTypes && { possibleTypes }),
        })),
    },
  };
}

const schemaFile = ['docs/front-ends/generated/schema.ts', `export const schema = ${JSON.stringify(usedSchema(), null, 1)};\n`];
for (const [file, content] of [...(await typedOperations()), schemaFile]) {
  mkdirSync(dirname(join(TOP, file)), { recursive: true });
  writeFileSync(join(TOP, file), content);
}

const relay = join(TOP, 'docs/front-ends/generated/relay');
mkdirSync(relay, { recursive: true });
// The compiler adds to this file, and never removes an operation.
writeFileSync(join(relay, 'operations.json'), '{}');
execFileSync(process.execPath, [join(TOP, 'node_modules/relay-compiler/cli.js'), '--repersist'], { cwd: join(TOP, 'docs/front-ends'), stdio: 'ignore' });

const { values } = parse(text(config.schema)).definitions.find(({ name }) => name?.value === 'ErrorCode');
const rows = values.map(({ name, description }) => `| \`${name.value}\` | ${description.value.trim().replaceAll(/\s+/g, ' ')} |\n`).join('');
const page = text('docs/front-ends.md').replace(/(?<=\| Code of a refusal \| Meaning \|\n\|---\|---\|\n)(?:\|.*\n)*/, () => rows);
writeFileSync(join(TOP, 'docs/front-ends.md'), page);
