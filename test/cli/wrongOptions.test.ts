import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';

const NO_REVIEW = '00000000-0000-4000-8000-000000000000';
const NO_SERVER = 'http://127.0.0.1:9';
const IMPORT = ['import', '--app', 'other', '--name', 'Other', '--owner', 'owner@other.example'];
const STATED = ['--operator', 'Operations', '--reason', 'A drill'];
const replaced = (args: readonly string[], option: string, value: string): readonly string[] => args.map((arg, index) => (args[index - 1] === option ? value : arg));

/** Every command ends in the same way when an option or an argument is wrong: exit code 2, nothing on standard output, and a sentence that says what is allowed. */
describe('a command with a wrong option', () => {
  let directory: TemporaryDirectory;
  const place = (name: string): string => join(directory.path, name);
  const cli = (...args: readonly string[]): Promise<Ended> => cliProcess(args.map((arg) => arg.replaceAll('%', directory.path)), { DATA_DIR: place('log') }).ended;

  beforeAll(async () => {
    directory = temporaryDirectory();
    const service = await TestService.start({ env: { DATA_DIR: place('log') } });
    await GivenApp.register(service);
    await service.close();
    expect(await cli('backup', '--out', '%/backup')).toMatchObject({ code: 0 });
    mkdirSync(place('directory'));
    writeFileSync(place('file'), '');
    writeFileSync(place('changes'), `${JSON.stringify({ at: '2024-01-31T12:00:00Z', keapId: 'coach@other.example', change: 'joined', role: 'STANDARD', kind: 'PARTNER' })}\n`);
    writeFileSync(place('map'), 'old,new\na,b\n');
  }, 60_000);
  afterAll(() => { directory.remove(); });

  it.each<[says: string, args: readonly string[]]>([
    ['The log has no app nowhere. Check --app.', ['export', '--app', 'nowhere']],
    ['Choose one with --review.', ['export', '--format', 'html']],
    ['Use --format ndjson or html.', ['export', '--review', NO_REVIEW, '--format', 'csv']],
    ['Allowed choices are ndjson, csv, html.', ['export', '--format', 'xml']],
    [`The log has no access review ${NO_REVIEW}. Check --review.`, ['export', '--review', NO_REVIEW]],
    ['It must be the position of a checkpoint.', ['export', '--checkpoint', 'last']],
    ['The latest checkpoints are at ', ['export', '--checkpoint', '0000000000009999']],
    ['--checkpoint is for --format ndjson', ['export', '--checkpoint', '0000000000000001', '--format', 'csv']],
    ['--language is for --format html.', ['export', '--language', 'de']],
    ['--after is for --follow.', ['export', '--after', '0']],
    ['It must be a position of an event', ['export', '--follow', '--after', 'now']],
    ["'--follow' cannot be used with option '--from <time>'", ['export', '--follow', '--from', '2026-01-01']],
    ["'--administration' cannot be used with option '--app <id>'", ['export', '--administration', '--app', 'gx624']],
    ['--follow writes NDJSON.', ['export', '--follow', '--format', 'csv']],
    ['--from must be before --to.', ['export', '--from', '2026-02-01', '--to', '2026-01-01']],
    ['It must be a time such as', ['export', '--from', 'yesterday']],
    ['already exists. Choose another file.', ['export', '--out', '%/file']],
    ['Check --out.', ['export', '--out', '%/nowhere/bundle.ndjson']],
    ['Check --out.', ['export', '--follow', '--out', '%/nowhere/events.ndjson']],
    ['Give --as-of TIME, or --from TIME and --to TIME.', ['access']],
    ['--as-of is in the future', ['access', '--as-of', '2999-01-01']],
    ['--from must be before --to.', ['access', '--from', '2026-02-01', '--to', '2026-01-01']],
    ["'--as-of <time>' cannot be used with option '--from <time>'", ['access', '--as-of', '2026-01-01', '--from', '2026-01-01']],
    ['The log has no app nowhere. Check --app.', ['access', '--as-of', '2026-01-01', '--app', 'nowhere']],
    ['already exists. Choose another file.', ['access', '--as-of', '2026-01-01', '--out', '%/file']],
    ['Check --out.', ['access', '--as-of', '2026-01-01', '--out', '%/nowhere/access.csv']],
    ['is not empty. Choose another directory.', ['backup', '--out', '%/log']],
    ['Check --out.', ['backup', '--out', '%/file']],
    ['contains no file events.db', ['copy', '--from', '%/directory', '--to', 'esdb://127.0.0.1:9?tls=false']],
    ['It must be an address such as esdb://', ['copy', '--from', '%/log', '--to', NO_SERVER]],
    ['It must be the e-mail address of the person to erase.', ['erase', '--keap-id', ' ']],
    ['An app id consists of', [...replaced(IMPORT, '--app', 'A!'), '%/changes']],
    ['The name of an app must have 1 to 100 characters', [...replaced(IMPORT, '--name', ''), '%/changes']],
    ['A Keap ID is an e-mail address', [...replaced(IMPORT, '--owner', 'nobody'), '%/changes']],
    ['a whole number from 1 to 1,000,000.', [...IMPORT, '--licences', '0', '%/changes']],
    ['It must be a whole number', [...IMPORT, '--licences', 'many', '%/file']],
    ['--format github needs --logins', [...IMPORT, '--format', 'github', '%/file']],
    ['--logins is for --format github', [...IMPORT, '--logins', '%/file', '%/file']],
    ['--map is for tables', [...IMPORT, '--map', 'a=keapId', '%/file']],
    ['It must be COLUMN=FIELD', [...IMPORT, '--format', 'okta', '--map', 'keapId', '%/file']],
    ['is a directory, and not a file.', [...IMPORT, '%/directory']],
    ['does not exist. Check --logins.', [...IMPORT, '--format', 'github', '--logins', '%/nowhere', '%/file']],
    ['does not exist. Check --map.', ['rebind', '--map', '%/nowhere']],
    ['is a directory, and not a file. Check --map.', ['rebind', '--map', '%/directory']],
    ['A reason must have 1 to 500 characters', ['rebind', '--map', '%/map', '--reason', 'x'.repeat(501)]],
    ['It must be an issuer', ['rebind', '--map', '%/map', '--from-issuer', '']],
    ['There is no directory', ['restore', '--from', '%/nowhere', ...STATED]],
    ['contains no file events.db', ['restore', '--from', '%/directory', ...STATED]],
    ['is the DATA_DIR itself.', ['restore', '--from', '%/log', ...STATED]],
    ['is a directory, and not a file. Check --key.', ['restore', '--from', '%/backup', '--key', '%/directory', ...STATED]],
    ['It must have 1 to 200 characters', ['restore', '--from', '%/backup', ...replaced(STATED, '--operator', '')]],
    ['It must have 1 to 500 characters', ['rotate-key', '--reason', '']],
    ['--operator and --reason', ['rotate-key', '--lost']],
    ['contains no file events.db', ['verify', '%/directory']],
    ['The address must be such as esdb://', ['verify', 'esdb://']],
    ['There is no checkpoint in', ['verify', '--checkpoints', '%/directory']],
    ['There is no bundle', ['verify', '--previous', '%/directory']],
    ['Check --tsa-ca.', ['verify', '--tsa-ca', '%/directory']],
    ['It must be a number of events', ['verify', '--restored', 'yes']],
    ['Check --token.', ['load', NO_SERVER, '--token', '@%/directory', '--app', 'a']],
    ['It must be an address such as http://', ['load', 'ftp://127.0.0.1', '--dev']],
    ['It must be a whole number from 1 to 100,000.', ['load', NO_SERVER, '--dev', '--rate', '0']],
    ['Check --dir.', ['witness', '--dir', '%/file']],
    ['It must be a whole number from 0 to 65535.', ['witness', '--dir', '%/witness', '--port', '70000']],
    ['Check --secret.', ['witness', '--dir', '%/witness', '--secret', '@%/nowhere']],
    ['too many arguments', ['replay', 'now']],
  ])('says "%s"', async (says, args) => {
    const { code, stdout, stderr } = await cli(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
  });
});
