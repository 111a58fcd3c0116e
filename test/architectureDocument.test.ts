import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { snippetsOf, TOP } from './support/snippets';

const read = (file: string): string => readFileSync(join(TOP, file), 'utf8');
const DOCUMENT = 'docs/architecture.md';

/** Each document that people read, from the top of the project. */
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...readdirSync(join(TOP, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md')).map((file) => join('docs', file))];

interface Row {
  readonly question: string;
  readonly files: readonly string[];
  readonly names: readonly string[];
}

/** The rows of the table below a heading: the linked files, and the names to look for in them. */
function rowsBelow(heading: string): Row[] {
  const [, section = ''] = read(DOCUMENT).split(`\n## ${heading}\n`);
  const lines = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => /^\| [^-]/.test(line)).slice(1);
  return lines.map((line) => {
    const [question = '', files = '', names = ''] = line.slice(2).split(' | ');
    return {
      question,
      files: [...files.matchAll(/\[(\S+)\]\(\.\.\/(\S+)\)/g)].map(([, shown = '', link]) => (shown === link ? shown : '')),
      names: [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    };
  });
}

const sourcesOf = ({ files }: Row): string => files.map(read).join('\n');

describe('docs/architecture.md', () => {
  const guesses = rowsBelow('Five first guesses');
  const questions = rowsBelow('Where do I find …');

  it('answers five first guesses and twelve questions', () => {
    expect([guesses.length, questions.length]).toEqual([5, 12]);
    for (const row of [...guesses, ...questions]) expect(row).toEqual({ question: expect.stringMatching(/\?$/), files: expect.arrayContaining([expect.any(String)]), names: expect.arrayContaining([expect.any(String)]) });
  });

  it.each([...guesses, ...questions])('names a file that declares what to look for: $question', (row) => {
    expect(row.files.filter((file) => !existsSync(join(TOP, file)))).toEqual([]);
    const source = sourcesOf(row);
    expect(row.names.filter((name) => !new RegExp(`(?:const|function|class|interface|type) ${name}\\b`).test(source))).toEqual([]);
  });

  it.each([
    ['src/domain/leaving.ts', /function closeAssignee\([^]*if \(count > 0\) \{[^]*throw new DomainError\('HAS_ASSIGNED_CONTACTS'/],
    ['src/projections/userList/rows.ts', /interface UserRow [^}]*readonly keapId: string;[^}]*readonly status: UserStatus;/],
    ['src/application/delivery/delivery.ts', /retryAt = .*\n.*PAUSE_FACTOR \*\* \(attempt - 1\)/],
    ['src/server/auth/tokenClaims.ts', /function identityOf\([^]*requireVerified\(claims, rules\)[^]*throw new SignInError/],
    ['src/eventstore/eventHash.ts', /function eventHash\([^]*hash\('sha256', hashedText\(previousHash, event\), 'hex'\)[^]*return previousHash \+ canonical;/],
  ])('sends a first guess to the file that holds the rule: %s', (file, rule) => {
    expect(guesses.flatMap(({ files }) => files)).toContain(file);
    expect(read(file)).toMatch(rule);
  });

  it('has a picture that GitHub draws', () => {
    const [picture] = snippetsOf(DOCUMENT).filter(({ language }) => language === 'mermaid');
    const folders = readdirSync(join(TOP, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory() && !['cli', 'files', 'settings', 'tracing'].includes(entry.name));
    for (const { name } of folders) expect(picture?.text).toContain(`<b>src/${name}</b>`);
  });
});

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string): string => heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(' ', '-');
const anchorsOf = (file: string): Set<string> => new Set([...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)));

describe.each(DOCUMENTS)('%s', (document) => {
  const text = read(document);

  it('links to files and headings that exist', () => {
    const links = [...text.replace(/^```[^]*?^```$/gm, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^https?:/.test(link));
    const broken = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? document : relative(TOP, join(TOP, dirname(document), path));
      return !existsSync(join(TOP, file)) || (anchor !== undefined && !anchorsOf(file).has(anchor));
    });
    expect(broken).toEqual([]);
  });

  it('names files that exist', () => {
    const named = [...text.matchAll(/`((?:src|test|lint|docs|scripts|bench)\/[\w./-]+)`/g)].map(([, file = '']) => file);
    expect(named.filter((file) => !existsSync(join(TOP, file)))).toEqual([]);
  });

  it('has GraphQL that the schema takes', () => {
    const schema = buildSchema(read('schema.graphql'));
    for (const { text: source } of snippetsOf(document).filter(({ language }) => language === 'graphql')) expect(validate(schema, parse(source))).toEqual([]);
  });
});
