import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { temporaryDirectory } from './support/temporaryDirectory';

const TOP = join(__dirname, '..');

interface Finding {
  readonly rule: string;
  readonly message: string;
}

interface Snippet {
  readonly file: string;
  readonly code: string;
}

function lint(snippets: readonly Snippet[]): Finding[][] {
  const output = execFileSync(process.execPath, ['test/support/lintSnippets.mjs'], { cwd: TOP, input: JSON.stringify(snippets), encoding: 'utf8' });
  return JSON.parse(output) as Finding[][];
}

/** Lints all texts in one go and makes a test of each. */
function eachOf(snippets: readonly (readonly [file: string, code: string])[], name: string, check: (findings: readonly Finding[]) => void): void {
  let findings: Finding[][];
  beforeAll(() => {
    findings = lint(snippets.map(([file, code]) => ({ file, code })));
  });
  it.each(snippets.map(([file, code], index) => [file, code, index] as const))(`%s ${name}: %s`, (_file, _code, index) => {
    check(findings[index] ?? []);
  });
}

describe('imports that the house does not allow', () => {
  const refused: [string, string][] = [
    ['src/domain/keapId.ts', "import { toAppend } from '../application/handling/append';"],
    ['src/domain/keapId.ts', "import type { StoredEvent } from '../eventstore/eventStore';"],
    ['src/domain/roster/inviting.ts', "import type { UserRow } from '../../projections/userList/rows';"],
    ['src/domain/keapId.ts', "import { createHash } from 'node:crypto';"],
    ['src/files/ownersFile.ts', "import { parseConfig } from '../config';"],
    ['src/domain/keapId.ts', "import { createHash } from 'crypto';"],
    ['src/domain/keapId.ts', "import { v5 } from 'uuid';"],
    ['src/domain/keapId.ts', "export { v5 } from 'uuid';"],
    ['src/domain/keapId.ts', "export * from '../application/commandTypes';"],
    ['src/domain/keapId.ts', "export const clock = import('../application/commandTypes');"],
    ['src/domain/keapId.ts', "export type Clock = import('../application/commandTypes').Clock;"],
    ['src/domain/keapId.ts', "import clock = require('../application/commandTypes');"],
    ['src/domain/keapId.ts', "export const clock = require('../application/commandTypes');"],
    ['src/projections/userList/queries.ts', "import { systemClock } from '../../application/commandTypes';"],
    ['src/projections/live/projector.ts', "import { EmbeddedEventStore } from '../../eventstore/embedded/store';"],
    ['src/projections/paging/page.ts', "import { Field } from 'type-graphql';"],
    ['src/application/handling/roster.ts', "import { EmbeddedEventStore } from '../../eventstore/embedded/store';"],
    ['src/application/handling/roster.ts', "import { ReadModelDatabase } from '../../projections/engine/database';"],
    ['src/application/handling/roster.ts', "import { userListProjection } from '../../projections/userList/projection';"],
    ['src/application/handling/roster.ts', "import { Projector } from '../../projections/live/projector';"],
    ['src/application/handling/roster.ts', "import { createLogger } from '../../server/logger';"],
    ['src/application/handling/roster.ts', "import { buildApiSchema } from '../../resolvers/schema';"],
    ['src/application/handling/roster.ts', "import { GraphQLError } from 'graphql';"],
    ['src/application/handling/roster.ts', "import Database from 'libsql';"],
    ['src/resolvers/app/resolver.ts', "import { StoreUnavailable } from '../../eventstore/eventStore';"],
    ['src/resolvers/app/resolver.ts', "import { EmbeddedEventStore } from '../../eventstore/embedded/store';"],
    ['src/resolvers/app/resolver.ts', "import { rosterDecider } from '../../domain/roster/decide';"],
    ['src/resolvers/app/resolver.ts', "import { Projector } from '../../projections/live/projector';"],
    ['src/resolvers/app/resolver.ts', "import { createLogger } from '../../server/logger';"],
    ['src/resolvers/app/resolver.ts', "import Database from 'libsql';"],
    ['src/eventstore/embedded/store.ts', "import type { DomainEvent } from '../../domain/events';"],
    ['src/eventstore/embedded/store.ts', "import { systemClock } from '../../application/commandTypes';"],
    ['src/eventstore/embedded/store.ts', "import { pino } from 'pino';"],
    ['src/server/httpServer.ts', "import { EmbeddedEventStore } from '../eventstore/embedded/store';"],
    ['src/server/mail/service.ts', "import { ReadModelDatabase } from '../../projections/engine/database';"],
    ['src/server/httpServer.ts', "import { composeServer } from '../composition/service';"],
    ['src/server/httpServer.ts', "import { start } from '../main';"],
    ['src/cli/printSchema.ts', "import { EmbeddedEventStore } from '../eventstore/embedded/store';"],
    ['src/cli/printSchema.ts', "import { EventStoreDbEventStore } from '../eventstore/eventStoreDb/store';"],
    ['src/main.ts', "import { EmbeddedEventStore } from '../eventstore/embedded/store';"],
    ['src/config.ts', "import { createLogger } from './server/logger';"],
    ['src/concurrency.ts', "import { StoreUnavailable } from './eventstore/eventStore';"],
    ['src/domain/keapId.ts', "import { Signal } from '../concurrency';"],
  ];

  eachOf(refused, 'is told what to do instead', (findings) => {
    const messages = findings.filter(({ rule }) => rule === 'house/may-import-only').map(({ message }) => message);
    expect(messages).toEqual([expect.stringMatching(/^src\/.+ may (?:not import|import only types of) .+\. .+\.$/)]);
  });
});

describe('imports that the house is made of', () => {
  const allowed: [string, string][] = [
    ['src/domain/roster/inviting.ts', "export { parseKeapId } from '../keapId';"],
    ['src/projections/live/projector.ts', "export { START } from '../../eventstore/eventStore';"],
    ['src/projections/engine/database.ts', "export { readFileSync } from 'node:fs';"],
    ['src/application/handling/roster.ts', "export { WrongExpectedRevision } from '../../eventstore/eventStore';"],
    ['src/application/handling/roster.ts', "export { rosterDecider } from '../../domain/roster/decide';"],
    ['src/application/handling/roster.ts', "export type { AssignedContactsQueries } from '../../projections/assignedContacts/queries';"],
    ['src/application/handling/roster.ts', "export type { Projector } from '../../projections/live/projector';"],
    ['src/application/handling/roster.ts', "export { setImmediate } from 'node:timers/promises';"],
    ['src/resolvers/app/resolver.ts', "export type { UserRole } from '../../domain/events';"],
    ['src/resolvers/app/resolver.ts', "export { DomainError } from '../../domain/domainError';"],
    ['src/resolvers/app/resolver.ts', "export { UserRow } from '../../projections/userList/rows';"],
    ['src/eventstore/embedded/store.ts', "export { StoreUnavailable } from '../eventStore';"],
    ['src/eventstore/embedded/store.ts', "export { Signal } from '../../concurrency';"],
    ['src/projections/live/projector.ts', "export { Signal } from '../../concurrency';"],
    ['src/server/httpServer.ts', "export { StoreUnavailable } from '../eventstore/eventStore';"],
    ['src/server/httpServer.ts', "export { fastify } from 'fastify';"],
    ['src/composition/stores.ts', "export { EmbeddedEventStore } from '../eventstore/embedded/store';"],
    ['src/cli/main.ts', "export { compose } from '../composition/service';"],
    ['src/main.ts', "export { compose } from './composition/service';"],
  ];

  eachOf(allowed, 'may', (findings) => {
    expect(findings.filter(({ rule }) => rule === 'house/may-import-only')).toEqual([]);
  });
});

describe('other things that lint refuses', () => {
  const refused: [string, string, string][] = [
    ['import-x/no-default-export', 'src/domain/keapId.ts', 'export default 1;'],
    ['no-restricted-imports', 'src/resolvers/user/types.ts', "export { InvitationMutations } from '../invitation/mutations';"],
    ['jsdoc/match-description', 'src/domain/keapId.ts', '/** the address as typed. */\nexport const typed = 1;'],
    ['jsdoc/match-description', 'src/domain/keapId.ts', '/** The address as typed */\nexport const typed = 1;'],
    ['max-lines', 'src/domain/keapId.ts', 'export {};\n'.repeat(351)],
    ['no-restricted-syntax', 'src/resolvers/app/resolver.ts', 'export class App {\n  @Field()\n  name!: string;\n}'],
    ['no-restricted-syntax', 'test/domain/roster.test.ts', "it.skip('works', () => {});"],
    ['no-restricted-syntax', 'test/domain/roster.test.ts', 'jest.retryTimes(3);'],
    ['no-console', 'src/application/commandTypes.ts', "console.log('now');"],
    ['no-console', 'src/application/commandTypes.ts', "// eslint-disable-next-line no-console\nconsole.log('now');"],
    ['@typescript-eslint/ban-ts-comment', 'src/application/commandTypes.ts', '// @ts-ignore\nexport const now = 1;'],
    ['@typescript-eslint/no-explicit-any', 'test/domain/roster.test.ts', 'export const roster: any = 1;'],
    ['no-restricted-syntax', 'src/application/commandTypes.ts', 'export interface IClock { now: string }'],
  ];
  let findings: Finding[][];
  beforeAll(() => {
    findings = lint(refused.map(([, file, code]) => ({ file, code })));
  });

  it.each(refused.map(([rule, file], index) => [rule, file, index] as const))('%s in %s', (rule, _file, index) => {
    expect(findings[index]?.map((finding) => finding.rule)).toContain(rule);
  });
});

describe('files that import each other', () => {
  const { rules, include } = JSON.parse(readFileSync(join(TOP, 'knip.json'), 'utf8')) as { readonly rules: object; readonly include: readonly string[] };
  const checked = (files: Readonly<Record<string, string>>): { readonly status: number | null; readonly stdout: string } => {
    const project = temporaryDirectory();
    const all = { 'package.json': '{}', 'knip.json': JSON.stringify({ entry: ['main.ts'], rules, include }), ...files };
    for (const [file, text] of Object.entries(all)) writeFileSync(join(project.path, file), text);
    const result = spawnSync(process.execPath, [join(TOP, 'node_modules/knip/bin/knip.js'), '--no-progress'], { cwd: project.path, encoding: 'utf8' });
    project.remove();
    return result;
  };

  it('are refused, also where a third one is between them', () => {
    const other = "import { third } from './third';\nexport const other = (): unknown => third;";
    const { status, stdout } = checked({ 'main.ts': "import { other } from './other';\nexport const main = other;", 'other.ts': other, 'third.ts': "import { main } from './main';\nexport const third = (): unknown => main;" });
    expect(stdout).toMatch(/^Circular dependencies \(1\)\n.*(?=.*main\.ts)(?=.*other\.ts)(?=.*third\.ts)/);
    expect(status).toBe(1);
  });

  it('may know each other by their types', () => {
    const other = "import type { Main } from './main';\nexport const other: Main = 1;";
    expect(checked({ 'main.ts': "import { other } from './other';\nexport type Main = number;\nexport const main = other;", 'other.ts': other })).toMatchObject({ status: 0, stdout: '' });
  });
});

describe('files', () => {
  const files = ['src', 'test', 'bench']
    .flatMap((folder) => readdirSync(TOP).includes(folder) ? readdirSync(join(TOP, folder), { recursive: true, withFileTypes: true }) : [])
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name));

  const programs = files.filter((file) => file.startsWith(join(TOP, 'src')));

  it('are named after what they hold: never utils, helpers or index, always in camel case', () => {
    const names = files.map((file) => basename(file).replace(/(?:\.test)?\.[cm]?[jt]s$/, ''));
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name) => /^(?:index|common|misc)$|(?:utils?|helpers?)$/i.test(name) || !/^[a-z][A-Za-z0-9]*$/.test(name))).toEqual([]);
  });

  it('of the program stand in a room of the house, each of which has its rule about imports', () => {
    const places = new Set(programs.map((file) => relative(join(TOP, 'src'), file).split(sep)[0]));
    const known = ['application', 'cli', 'composition', 'concurrency.ts', 'config.ts', 'developmentWelcome.ts', 'domain', 'eventstore', 'files', 'main.ts', 'projections', 'proofs', 'resolvers', 'server', 'settings', 'tracing'];
    expect([...places].filter((place) => !known.includes(place ?? ''))).toEqual([]);
  });

  it('of the program are few enough in each folder to be taken in at a glance', () => {
    const folders = [...new Set(programs.map((file) => dirname(file)))];
    const crowded = folders.map((folder) => ({ folder: relative(TOP, folder), files: programs.filter((file) => dirname(file) === folder).length })).filter(({ files }) => files > 18);
    expect(crowded).toEqual([]);
  });

  it('of the program import nothing from tests and benchmarks', () => {
    expect(programs.filter((file) => /from '(?:\.\.\/)+(?:test|bench)\//.test(readFileSync(file, 'utf8')))).toEqual([]);
  });
});
