import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { changesOfLines } from '../../../src/application/importing/changes';
import { changesOfExport, type ColumnField, EXPORT_FORMATS, type ExportFormat, type ExportRead, readExport } from '../../../src/application/importing/exports';
import type { ImportReport } from '../../../src/application/importing/history';
import { type ByteSource, HistoryProblem } from '../../../src/application/importing/lines';
import { cliProcess } from '../../support/serviceProcess';
import { snippetsOf } from '../../support/snippets';
import { temporaryDirectory } from '../../support/temporaryDirectory';
import type { Json } from '../../support/person';
import { TestService } from '../../support/testService';

const OWNER = 'owner@client.example';
const USERS = 'query ($appId: ID!) { app(appId: $appId) { users(filter: { statuses: [ACTIVE, LEFT] }, orderBy: { field: KEAP_ID, direction: ASC }) { nodes { keapId name kind role status joinedAt } } } }';
const LOGINS = 'login,email\nann,ann@x.example\nbob,bob@x.example\n';

type Format = ExportFormat | 'ndjson';

const bytesOf = (content: string | Buffer): ByteSource => async function* () {
  yield await Promise.resolve(Buffer.from(content));
};

const reading = (format: ExportFormat, content: string | Buffer, columns: Readonly<Record<string, ColumnField>> = {}, logins = LOGINS): Promise<ExportRead> =>
  readExport(bytesOf(content), { format, owner: OWNER, kind: 'PARTNER', columns: new Map(Object.entries(columns)), logins: bytesOf(logins) });

/** The words of a refusal. */
const refusal = async (read: Promise<unknown>): Promise<string> => read.then(() => 'nothing was refused', (error: unknown) => (error instanceof HistoryProblem ? error.message : String(error)));

const example = (language: string): string => snippetsOf('docs/importing.md').find((snippet) => snippet.language === language)?.text ?? '';

const shown = ({ changes }: ExportRead): readonly object[] => changes.map(({ change: { at, keapId, change, role, name } }) => [at, keapId, change, role, name]);

describe('an export', () => {
  it('of GitHub has people who joined, left and became owners, as in the example of the document', async () => {
    const read = await reading('github', example('json'), {}, example('csv logins'));
    expect(shown(read)).toEqual([
      ['2024-01-05T09:00:00.000Z', 'mona@agency.example', 'joined', 'STANDARD', null],
      ['2024-01-05T10:00:00.000Z', 'hubot@agency.example', 'joined', 'STANDARD', null],
      ['2024-02-01T00:00:00.000Z', 'mona@agency.example', 'role', 'ADMIN', null],
      ['2024-03-01T08:00:00.000Z', 'hubot@agency.example', 'left', null, null],
    ]);
    expect(read.ignored).toBe(1);
  });

  it.each<[Exclude<ExportFormat, 'github'>, object[], number]>([
    ['google', [[null, 'carla@agency.example', 'joined', 'STANDARD', 'Coach Carla']], 1],
    ['okta', [['2024-01-08T08:00:00.000Z', 'paul@agency.example', 'joined', 'STANDARD', 'Paul Partner'], ['2024-01-10T08:00:00.000Z', 'carla@agency.example', 'joined', 'STANDARD', 'Carla Coach']], 1],
    ['keap', [['2024-01-08T08:00:00.000Z', 'paul@agency.example', 'joined', 'STANDARD', 'Paul Partner'], ['2024-01-10T08:00:00.000Z', 'carla@agency.example', 'joined', 'ADMIN', 'Carla Coach']], 1],
  ])('of %s has the people who have access, as in the example of the document', async (format, expected, ignored) => {
    const read = await reading(format, example(`csv ${format}`));
    expect([shown(read), read.ignored]).toEqual([expected, ignored]);
  });

  it('may have other columns and separators, and quotes', async () => {
    expect(shown(await reading('okta', 'Mail;Voller Name;created\n"a@x.example";"Doe; Jane ""JD""";2024-01-10T08:00:00+01:00\n', { Mail: 'keapId', 'Voller Name': 'name' }))).toEqual([
      ['2024-01-10T07:00:00.000Z', 'a@x.example', 'joined', 'STANDARD', 'Doe; Jane "JD"'],
    ]);
  });

  it.each<[string, ExportFormat, string, string]>([
    ['without a column for the Keap ID', 'okta', 'id,name\n1,x\n', 'Line 1: no column holds the Keap ID; the columns are id, name. Name it with --map "COLUMN=keapId".'],
    ['that is empty', 'keap', '', 'Line 1: the file is empty.'],
    ['with a row of another length', 'keap', 'Email,Status\na@x.example,Active\nb@x.example\n', 'Line 3: the row is not CSV'],
    ['with an open quote', 'keap', 'Email,Status\n"a@x.example,Active\n', 'the row is not CSV'],
    ['with a person twice', 'keap', 'Email,Role\na@x.example,Admin\nA@x.example,User\n', 'Line 3: A@x.example stands on line 2 already, with other values.'],
    ['with an unknown status', 'keap', 'Email,Status\na@x.example,Sleeping\n', 'Line 2: the status "Sleeping" is unknown'],
    ['with an unknown role', 'keap', 'Email,Role\na@x.example,Chief\n', 'Line 2: the role "Chief" is unknown'],
    ['with 30 February', 'keap', 'Email,Date Created\na@x.example,2024-02-30T00:00:00Z\n', 'Line 2: "2024-02-30T00:00:00Z" is not a time'],
    ['without an address in a row', 'google', 'Email Address [Required],Status\n,Active\n', 'Line 2: the row has no Keap ID.'],
    ['that is no array', 'github', '{}', 'Line 1: the file is not a JSON array'],
    ['with a login without an address', 'github', '[\n{"action":"org.add_member","user":"eve","created_at":1}]', 'Line 2: the login "eve" has no address'],
    ['with an entry without a time', 'github', '[\n{"action":"repo.create"},\n{"action":"org.add_member","user":"ann"}]', 'Line 3: "created_at" is undefined'],
    ['with an unknown permission', 'github', '[{"action":"org.update_member","user":"ann","permission":"write","created_at":1}]', 'Line 1: "permission" is "write"'],
    ['with a field twice', 'github', '[{"action":"org.add_member","user":"ann","user":"bob","created_at":1}]', 'Line 1: the field "user" stands twice.'],
  ])('%s is refused: %s', async (_what, format, content, words) => {
    expect(await refusal(reading(format, content))).toContain(words);
  });

  it('in which two columns hold one field, or one login has two addresses, is refused, since the wrong one could count', async () => {
    const twice = 'Email,Name,E mail\na@x.example,A,b@x.example\n';
    expect(await refusal(reading('okta', twice))).toBe('Line 1: the columns 1 and 3 both hold the field keapId. Remove or rename one of them.');
    expect(await refusal(reading('okta', 'Mail,Mail\na@x.example,b@x.example\n', { Mail: 'keapId' }))).toMatch(/^Line 1: the columns 1 and 2 both hold/);
    expect(await refusal(reading('okta', twice, { Email: 'keapId', 'E mail': 'keapId' }))).toMatch(/^Line 1: the columns 1 and 3 both hold/);
    expect(shown(await reading('okta', twice, { 'E mail': 'keapId' }))).toEqual([[null, 'b@x.example', 'joined', 'STANDARD', null]]);
    const joining = JSON.stringify([{ action: 'org.add_member', user: 'ann', created_at: 1_700_000_000_000 }]);
    expect(await refusal(reading('github', joining, {}, `${LOGINS}ANN,else@x.example\n`))).toBe('Line 4: the file of --logins gives the login "ANN" two addresses, ann@x.example and else@x.example.');
    expect((await reading('github', joining, {}, `${LOGINS}Ann,Ann@x.example\n`)).changes).toHaveLength(1);
  });

  it('in UTF-16 or Latin-1 is refused', async () => {
    expect(await refusal(reading('keap', Buffer.from('Email\na@x.example', 'utf16le')))).toBe('Line 1: the file is in UTF-16. Save it as UTF-8.');
    expect(await refusal(reading('keap', Buffer.from('Email\njosé@x.example', 'latin1')))).toContain('Line 2: the line is not UTF-8');
  });
});

interface Kind {
  /** Lines above the rows. */
  readonly head: readonly string[];
  /** Three rows in order of time: two who join, and a third row. */
  readonly rows: readonly [string, string, string];
  readonly between: string;
  readonly foot: readonly string[];
  readonly wrong: string;
  readonly words: string;
}

const csv = (header: string, rows: Kind['rows'], wrong: string, words: string): Kind => ({ head: [header], rows, between: '\n', foot: [], wrong, words });

const KINDS: Readonly<Record<Format, Kind>> = {
  ndjson: {
    head: [], between: '\n', foot: [], wrong: '{"at":"2024-02-30T00:00:00Z","keapId":"bob@x.example","change":"joined","role":"ADMIN"}', words: '"at" is "2024-02-30T00:00:00Z"',
    rows: [
      '{"at":"2024-01-01T00:00:00Z","keapId":"ann@x.example","change":"joined","role":"STANDARD"}', '{"at":"2024-01-02T00:00:00Z","keapId":"bob@x.example","change":"joined","role":"ADMIN"}',
      '{"at":"2024-01-03T00:00:00Z","keapId":"ann@x.example","change":"left"}',
    ],
  },
  github: {
    head: ['['], between: ',\n', foot: [']'], wrong: '{"action":"org.add_member","user":"nobody","created_at":1704153600000}', words: 'the login "nobody" has no address',
    rows: [
      '{"action":"org.add_member","user":"ann","permission":"read","created_at":1704067200000}', '{"action":"org.add_member","user":"bob","permission":"admin","created_at":1704153600000}',
      '{"action":"org.remove_member","user":"ann","created_at":1704240000000}',
    ],
  },
  google: csv('Email Address [Required],Status [READ ONLY]', ['ann@x.example,Active', 'bob@x.example,Active', 'cleo@x.example,Active'], 'bob@x.example,Sleeping', 'the status "Sleeping" is unknown'),
  okta: csv(
    'status,created,email', ['ACTIVE,2024-01-01T00:00:00Z,ann@x.example', 'ACTIVE,2024-01-02T00:00:00Z,bob@x.example', 'ACTIVE,2024-01-03T00:00:00Z,cleo@x.example'],
    'ACTIVE,yesterday,bob@x.example', '"yesterday" is not a time',
  ),
  keap: csv(
    'Email,Role,Date Created', ['ann@x.example,User,2024-01-01T00:00:00+0000', 'bob@x.example,Admin,2024-01-02T00:00:00+0000', 'cleo@x.example,User,2024-01-03T00:00:00+0000'],
    'bob@x.example,Admin', 'the row is not CSV',
  ),
};

const fileOf = ({ head, between, foot }: Kind, rows: readonly string[]): string => [...head, rows.join(between), ...foot].join('\n');
/** The line of a row, from 0. */
const lineOf = ({ head }: Kind, row: number): number => head.length + row + 1;

let service: TestService;
let apps = 0;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.close());

describe.each<Format>(['ndjson', ...EXPORT_FORMATS])('a file in the format %s', (format) => {
  const kind = KINDS[format];
  const [first, second, third] = kind.rows;
  const right = fileOf(kind, kind.rows);
  let appId: string;
  beforeEach(() => {
    appId = `files${++apps}`;
  });

  const importing = async (content: string): Promise<ImportReport | string> => {
    try {
      const source = format === 'ndjson' ? changesOfLines(bytesOf(content)) : changesOfExport(await reading(format, content));
      return await service.running.membership.historyImport.run({ appId, name: 'Files', owner: OWNER, licences: 1 }, source);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await service.running.membership.caughtUp(10_000);
    }
  };
  const state = async (): Promise<readonly object[]> => {
    const { app } = await (await service.as('auditor@example.com', 'auditor')).read(USERS, { appId });
    return app.users.nodes.map(({ joinedAt, ...user }: Json) => (format === 'google' ? user : { ...user, joinedAt }));
  };
  const expectedState = async (): Promise<readonly object[]> => {
    appId = `files${++apps}`;
    expect(await importing(right)).toEqual({ changes: 3, alreadyThere: 0 });
    return state();
  };

  it.each<[string, string]>([
    ['as it is', right],
    ['with a byte order mark', `\ufeff${right}`],
    ['with CR LF', right.replaceAll('\n', '\r\n')],
    ['with blank lines', `${right.replaceAll('\n', '\n\n')}\n\n`],
  ])('%s is imported, and once', async (_what, content) => {
    expect(await importing(content)).toEqual({ changes: 3, alreadyThere: 0 });
    const imported = await state();
    expect(imported).toHaveLength(format === 'ndjson' || format === 'github' ? 3 : 4);
    expect(await importing(right)).toEqual({ changes: 3, alreadyThere: 3 });
    expect(await state()).toEqual(imported);
    expect(imported).toEqual(await expectedState());
  });

  it.each<[string, readonly string[], number, string]>([
    ['with a repeated row', [first, second, second, third], 2, 'is an active partner'],
    ['with rows that are not in order of time', [second, first, third], 1, 'Sort the lines by time'],
    ['with a wrong row in the middle', [first, kind.wrong, third], 1, kind.words],
  ])('%s ends, after mending, the same as a right one', async (what, rows, row, words) => {
    const answer = await importing(fileOf(kind, rows));
    const isRefused = format === 'ndjson' || what === 'with a wrong row in the middle';
    if (isRefused) {
      expect(answer).toContain(`Line ${lineOf(kind, row)}: `);
      expect(answer).toContain(words);
    } else expect(answer).toEqual({ changes: 3, alreadyThere: 0 });
    const before = format === 'ndjson' && rows[0] === first ? row : 0;
    expect(await importing(right)).toEqual({ changes: 3, alreadyThere: isRefused ? before : 3 });
    const imported = await state();
    expect(imported).toEqual(await expectedState());
  });
});

describe('npm run cli -- import --format', () => {
  it('ends with 1 and the line of a wrong row, with 2 for a wrong option, and with 0 after mending', async () => {
    const directory = temporaryDirectory();
    const [log, logins] = [join(directory.path, 'log.json'), join(directory.path, 'logins.csv')];
    const run = (...more: readonly string[]): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> =>
      cliProcess(['import', '--app', 'client', '--name', 'Client', '--owner', OWNER, '--format', 'github', ...more, log], { DATA_DIR: join(directory.path, 'data') }).ended;
    const { github } = KINDS;
    writeFileSync(logins, LOGINS);
    writeFileSync(log, fileOf(github, [github.rows[0], github.wrong, github.rows[2]]));
    const answers = await Promise.all([run(), run('--logins', logins, '--map', 'x=y'), run('--logins', logins)]);
    expect(answers.map(({ code }) => code)).toEqual([2, 2, 1]);
    expect(answers.map(({ stderr }) => stderr).join('\n')).toMatch(/--format github needs --logins\n[^]*COLUMN=FIELD[^]*Line 3: the login "nobody" has no address/);
    writeFileSync(log, fileOf(github, github.rows));
    expect(await run('--logins', logins, '--print')).toMatchObject({ code: 0, stdout: expect.stringContaining('{"at":"2024-01-01T00:00:00.000Z","keapId":"ann@x.example","change":"joined","role":"STANDARD","kind":"PARTNER"}\n') });
    expect(await run('--logins', logins, '--json')).toMatchObject({ code: 0, stdout: '{"appId":"client","changes":3,"alreadyThere":0}\n' });
    directory.remove();
  }, 60_000);
});
