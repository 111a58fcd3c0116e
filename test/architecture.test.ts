import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';

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
    ['src/domain/keapId.ts', "import { toAppend } from '../application/recordedEvent';"],
    ['src/domain/keapId.ts', "import type { StoredEvent } from '../eventstore/eventStore';"],
    ['src/domain/roster/invite.ts', "import type { UserRow } from '../../projections/userListRows';"],
    ['src/domain/keapId.ts', "import { createHash } from 'node:crypto';"],
    ['src/files/ownersFile.ts', "import { parseConfig } from '../config';"],
    ['src/domain/keapId.ts', "import { createHash } from 'crypto';"],
    ['src/domain/keapId.ts', "import { v5 } from 'uuid';"],
    ['src/domain/keapId.ts', "export { v5 } from 'uuid';"],
    ['src/domain/keapId.ts', "export * from '../application/clock';"],
    ['src/domain/keapId.ts', "export const clock = import('../application/clock');"],
    ['src/domain/keapId.ts', "export type Clock = import('../application/clock').Clock;"],
    ['src/domain/keapId.ts', "import clock = require('../application/clock');"],
    ['src/domain/keapId.ts', "export const clock = require('../application/clock');"],
    ['src/projections/userListQueries.ts', "import { systemClock } from '../application/clock';"],
    ['src/projections/projector.ts', "import { EmbeddedEventStore } from '../eventstore/embeddedEventStore';"],
    ['src/projections/page.ts', "import { Field } from 'type-graphql';"],
    ['src/application/rosterHandler.ts', "import { EmbeddedEventStore } from '../eventstore/embeddedEventStore';"],
    ['src/application/rosterHandler.ts', "import { ReadModelDatabase } from '../projections/readModelDatabase';"],
    ['src/application/rosterHandler.ts', "import { userListProjection } from '../projections/userListProjection';"],
    ['src/application/rosterHandler.ts', "import { Projector } from '../projections/projector';"],
    ['src/application/rosterHandler.ts', "import { createLogger } from '../server/logger';"],
    ['src/application/rosterHandler.ts', "import { buildApiSchema } from '../resolvers/schema';"],
    ['src/application/rosterHandler.ts', "import { GraphQLError } from 'graphql';"],
    ['src/application/rosterHandler.ts', "import Database from 'libsql';"],
    ['src/resolvers/appResolver.ts', "import { StoreUnavailable } from '../eventstore/eventStore';"],
    ['src/resolvers/appResolver.ts', "import { EmbeddedEventStore } from '../eventstore/embeddedEventStore';"],
    ['src/resolvers/appResolver.ts', "import { rosterDecider } from '../domain/roster/rosterDecider';"],
    ['src/resolvers/appResolver.ts', "import { Projector } from '../projections/projector';"],
    ['src/resolvers/appResolver.ts', "import { createLogger } from '../server/logger';"],
    ['src/resolvers/appResolver.ts', "import Database from 'libsql';"],
    ['src/eventstore/embeddedEventStore.ts', "import type { DomainEvent } from '../domain/events';"],
    ['src/eventstore/embeddedEventStore.ts', "import { systemClock } from '../application/clock';"],
    ['src/eventstore/embeddedEventStore.ts', "import { pino } from 'pino';"],
    ['src/server/httpServer.ts', "import { EmbeddedEventStore } from '../eventstore/embeddedEventStore';"],
    ['src/server/httpServer.ts', "import { composeServer } from '../compositionRoot';"],
    ['src/server/httpServer.ts', "import { start } from '../main';"],
    ['src/cli/printSchema.ts', "import { EmbeddedEventStore } from '../eventstore/embeddedEventStore';"],
    ['src/cli/printSchema.ts', "import { EventStoreDbEventStore } from '../eventstore/eventStoreDbEventStore';"],
    ['src/main.ts', "import { EmbeddedEventStore } from '../eventstore/embeddedEventStore';"],
    ['src/config.ts', "import { createLogger } from './server/logger';"],
  ];

  eachOf(refused, 'is told what to do instead', (findings) => {
    const messages = findings.filter(({ rule }) => rule === 'house/may-import-only').map(({ message }) => message);
    expect(messages).toEqual([expect.stringMatching(/^src\/.+ may (?:not import|import only types of) .+\. .+\.$/)]);
  });
});

describe('imports that the house is made of', () => {
  const allowed: [string, string][] = [
    ['src/domain/roster/invite.ts', "export { parseKeapId } from '../keapId';"],
    ['src/projections/projector.ts', "export { START } from '../eventstore/eventStore';"],
    ['src/projections/readModelDatabase.ts', "export { readFileSync } from 'node:fs';"],
    ['src/application/rosterHandler.ts', "export { WrongExpectedRevision } from '../eventstore/eventStore';"],
    ['src/application/rosterHandler.ts', "export { rosterDecider } from '../domain/roster/rosterDecider';"],
    ['src/application/rosterHandler.ts', "export type { AssignedContactsQueries } from '../projections/assignedContactsQueries';"],
    ['src/application/rosterHandler.ts', "export type { Projector } from '../projections/projector';"],
    ['src/application/rosterHandler.ts', "export { setImmediate } from 'node:timers/promises';"],
    ['src/resolvers/appResolver.ts', "export type { UserRole } from '../domain/events';"],
    ['src/resolvers/appResolver.ts', "export { DomainError } from '../domain/domainError';"],
    ['src/resolvers/appResolver.ts', "export { UserRow } from '../projections/userListRows';"],
    ['src/eventstore/embeddedEventStore.ts', "export { StoreUnavailable } from './eventStore';"],
    ['src/server/httpServer.ts', "export { StoreUnavailable } from '../eventstore/eventStore';"],
    ['src/server/httpServer.ts', "export { fastify } from 'fastify';"],
    ['src/compositionRoot.ts', "export { EmbeddedEventStore } from './eventstore/embeddedEventStore';"],
    ['src/cli/main.ts', "export { compose } from '../compositionRoot';"],
    ['src/main.ts', "export { compose } from './compositionRoot';"],
  ];

  eachOf(allowed, 'may', (findings) => {
    expect(findings.filter(({ rule }) => rule === 'house/may-import-only')).toEqual([]);
  });
});

describe('other things that lint refuses', () => {
  const refused: [string, string, string][] = [
    ['import-x/no-default-export', 'src/domain/keapId.ts', 'export default 1;'],
    ['import-x/no-cycle', 'src/domain/roster/acceptInvitation.ts', "export { rosterDecider } from './rosterDecider';"],
    ['max-lines', 'src/domain/keapId.ts', 'export {};\n'.repeat(301)],
    ['no-restricted-syntax', 'src/resolvers/appResolver.ts', 'export class App {\n  @Field()\n  name!: string;\n}'],
    ['no-restricted-syntax', 'test/domain/roster.test.ts', "it.skip('works', () => {});"],
    ['no-restricted-syntax', 'test/domain/roster.test.ts', 'jest.retryTimes(3);'],
    ['no-console', 'src/application/clock.ts', "console.log('now');"],
    ['no-console', 'src/application/clock.ts', "// eslint-disable-next-line no-console\nconsole.log('now');"],
    ['@typescript-eslint/ban-ts-comment', 'src/application/clock.ts', '// @ts-ignore\nexport const now = 1;'],
    ['@typescript-eslint/no-explicit-any', 'test/domain/roster.test.ts', 'export const roster: any = 1;'],
    ['no-restricted-syntax', 'src/application/clock.ts', 'export interface IClock { now: string }'],
  ];
  let findings: Finding[][];
  beforeAll(() => {
    findings = lint(refused.map(([, file, code]) => ({ file, code })));
  });

  it.each(refused.map(([rule, file], index) => [rule, file, index] as const))('%s in %s', (rule, _file, index) => {
    expect(findings[index]?.map((finding) => finding.rule)).toContain(rule);
  });
});

describe('files', () => {
  const files = ['src', 'test', 'bench']
    .flatMap((folder) => readdirSync(TOP).includes(folder) ? readdirSync(join(TOP, folder), { recursive: true, withFileTypes: true }) : [])
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));

  const programs = files.filter((file) => file.startsWith(join(TOP, 'src')));

  it('are named after what they hold: never utils, helpers or index, always in camel case', () => {
    const names = files.map((file) => basename(file).replace(/(?:\.test)?\.[cm]?[jt]s$/, ''));
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name) => /^(?:index|common|misc)$|(?:utils?|helpers?)$/i.test(name) || !/^[a-z][A-Za-z0-9]*$/.test(name))).toEqual([]);
  });

  it('of the program stand in a room of the house, each of which has its rule about imports', () => {
    const places = new Set(programs.map((file) => relative(join(TOP, 'src'), file).split(sep)[0]));
    const known = ['application', 'cli', 'compositionRoot.ts', 'config.ts', 'developmentWelcome.ts', 'domain', 'erasure.ts', 'erasureWatch.ts', 'eventstore', 'files', 'main.ts', 'openStores.ts', 'projections', 'proofs', 'resolvers', 'server', 'settings'];
    expect([...places].filter((place) => !known.includes(place ?? ''))).toEqual([]);
  });

  it('of the program import nothing from tests and benchmarks', () => {
    expect(programs.filter((file) => /from '(?:\.\.\/)+(?:test|bench)\//.test(readFileSync(file, 'utf8')))).toEqual([]);
  });
});
