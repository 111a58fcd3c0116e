import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSchema, type GraphQLEnumType } from 'graphql';
import { snippetsOf, TOP } from '../support/snippets';
import { temporaryDirectory } from '../support/temporaryDirectory';

/** The settings of an empty Vite project, and the strictest checks beside them. */
const TSCONFIG = {
  compilerOptions: {
    target: 'ES2023', lib: ['ES2023', 'DOM', 'DOM.Iterable'], module: 'ESNext', types: [], moduleResolution: 'bundler', moduleDetection: 'force',
    verbatimModuleSyntax: true, allowImportingTsExtensions: true, erasableSyntaxOnly: true, noUncheckedSideEffectImports: true, noEmit: true,
    strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noUnusedLocals: true, noUnusedParameters: true, noFallthroughCasesInSwitch: true,
    skipLibCheck: true,
  },
  include: ['src'],
};

const PEERS = ['graphql', 'graphql-ws', '@apollo/client', '@urql/core', '@urql/exchange-graphcache'];

const snippets = snippetsOf('client/README.md').filter(({ language }) => language === 'ts').map(({ text }) => text);
const snippetWith = (part: string): string => {
  const [snippet, ...others] = snippets.filter((text) => text.includes(part));
  if (snippet === undefined || others.length > 0) throw new Error(`Exactly one snippet of client/README.md should contain ${part}.`);
  return snippet;
};
const without = (text: string, line: RegExp): string => {
  const left = text.split('\n').filter((one) => !line.test(one)).join('\n');
  if (left === text) throw new Error(`No line matches ${String(line)}.`);
  return left;
};

const CODES = (buildSchema(readFileSync(join(TOP, 'schema.graphql'), 'utf8')).getType('ErrorCode') as GraphQLEnumType).getValues().map(({ name }) => name);
const everyCodeBut = (missing: string | null): string => `import { matchError, type Refusal } from '@partner-access/client';
export const text = (refusal: Refusal): string => matchError(refusal, { ${CODES.filter((code) => code !== missing).map((code) => `${code}: () => ''`).join(', ')} });`;

/** Programs that must not compile: what is wrong with each, and what the compiler says. */
const MISTAKES: readonly (readonly [mistake: string, program: string, message: RegExp])[] = [
  ['a result type has no case', without(snippetWith('matchResult('), /^ +HasAssignedContacts:/), /Property 'HasAssignedContacts' is missing/],
  ['a code has no case', without(snippetWith('matchError('), /^ +\(\{ message \}\) => message,/), /missing the following properties from type 'ErrorCases</],
  ['one of all codes has no case', everyCodeBut('LAST_ADMIN'), /Property 'LAST_ADMIN' is missing/],
  ['there is a case for a type that the mutation does not return', snippetWith('matchResult(').replace('Rejection:', "AlreadyInvited: () => '', Rejection:"), /'AlreadyInvited' does not exist/],
  ['a case uses a field of another refusal', snippetWith('matchError(').replace('{ expiresAt }', '{ maskedKeapId: expiresAt }'), /Property 'maskedKeapId' does not exist/],
  ['a required variable is missing', snippetWith('userListAt').replace('(appId: string', '(_appId: string').replace('({ appId,', '({'), /Property 'appId' is missing/],
  ['a field is used that the operation does not select', snippetWith('ViewerDocument, type').replace('viewer.personId', 'viewer.scope'), /Property 'scope' does not exist/],
];

describe('the packed client in an empty project', () => {
  const project = temporaryDirectory();
  const packed = join(project.path, 'node_modules/@partner-access/client');
  let files: readonly string[] = [];
  let compiled: { readonly stdout: string; readonly status: number | null };

  beforeAll(() => {
    const npm = execFileSync('npm', ['pack', '--json', '--pack-destination', project.path, '-w', 'client'], { cwd: TOP, encoding: 'utf8', stdio: 'pipe' });
    const [{ filename, files: contents }] = JSON.parse(npm) as [{ filename: string; files: { path: string }[] }];
    files = contents.map(({ path }) => path);
    mkdirSync(packed, { recursive: true });
    execFileSync('tar', ['-xzf', join(project.path, filename), '-C', packed, '--strip-components=1'], { stdio: 'pipe' });
    for (const peer of PEERS) {
      mkdirSync(dirname(join(project.path, 'node_modules', peer)), { recursive: true });
      symlinkSync(join(TOP, 'node_modules', peer), join(project.path, 'node_modules', peer));
    }
    mkdirSync(join(project.path, 'src'));
    writeFileSync(join(project.path, 'package.json'), '{ "type": "module", "private": true }');
    writeFileSync(join(project.path, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    snippets.forEach((text, index) => { writeFileSync(join(project.path, `src/snippet${index}.ts`), text); });
    writeFileSync(join(project.path, 'src/snippetWithEveryCode.ts'), everyCodeBut(null));
    MISTAKES.forEach(([, text], index) => { writeFileSync(join(project.path, `src/mistake${index}.ts`), text); });
    compiled = spawnSync(process.execPath, [join(TOP, 'node_modules/.bin/tsc'), '-p', project.path, '--pretty', 'false'], { cwd: project.path, encoding: 'utf8' });
  });
  afterAll(() => { project.remove(); });

  it('contains the built package, its README and nothing else', () => {
    expect(files.filter((file) => !file.startsWith('dist/')).sort()).toEqual(['README.md', 'package.json']);
    expect(files).toEqual(expect.arrayContaining(['dist/esm/index.js', 'dist/esm/index.d.ts', 'dist/cjs/index.js', 'dist/cjs/index.d.ts', 'dist/operations.json']));
  });

  it('needs nothing at run time, and only graphql as a peer', () => {
    const manifest = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest['peerDependencies']).toEqual({ graphql: expect.any(String) });
    const imported = files.filter((file) => file.endsWith('.js')).flatMap((file) => [...readFileSync(join(packed, file), 'utf8').matchAll(/(?:from |require\()['"]([^'"]+)/g)].map(([, name]) => name));
    expect(imported.length).toBeGreaterThan(0);
    expect(imported.filter((name) => !name?.startsWith('./'))).toEqual([]);
  });

  it.each([['import', '--input-type=module', 'import * as client from "@partner-access/client";'], ['require', '--input-type=commonjs', 'const client = require("@partner-access/client");']])('can be loaded with %s', (_, type, load) => {
    const printed = execFileSync(process.execPath, [type, '-e', `${load} console.log(JSON.stringify([client.asOf(new Date(0)), client.UserListDocument.kind]))`], { cwd: project.path, encoding: 'utf8', stdio: 'pipe' });
    expect(JSON.parse(printed)).toEqual([{ time: '1970-01-01T00:00:00.000Z' }, 'Document']);
  });

  it('compiles each snippet of the README in strict mode, without casts', () => {
    expect(snippets.length).toBeGreaterThan(6);
    for (const text of snippets) expect(text).not.toMatch(/\bas (?!const\b)|\bany\b|@ts-|[\w)\]]!(?!=)/);
    expect(compiled.stdout.split('\n').filter((line) => /^(src\/snippet|\S*node_modules|error)/.test(line))).toEqual([]);
  });

  it.each(MISTAKES.map(([mistake, , message], index) => ({ mistake, message, file: `src/mistake${index}.ts` })))('does not compile when $mistake', ({ file, message }) => {
    expect(compiled.status).not.toBe(0);
    expect(compiled.stdout.split(/\n(?=\S)/).filter((report) => report.startsWith(file))).toEqual([expect.stringMatching(message)]);
  });
});
