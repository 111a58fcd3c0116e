import { createReadStream } from 'node:fs';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type ChangeSource, changesOfLines, KINDS } from '../application/importing/changes';
import { changesOfExport, COLUMN_FIELDS, type ColumnField, EXPORT_FORMATS, type ExportFormat, readExport } from '../application/importing/exports';
import type { ByteSource } from '../application/importing/lines';
import { openMembership } from '../composition/membership';
import { parseConfig } from '../config';
import type { UserKind } from '../domain/events';
import { createLogger } from '../server/logger';
import { requireFile } from './options/files';

interface ImportOptions {
  readonly app: string;
  readonly name: string;
  readonly owner: string;
  readonly licences: number;
  readonly format: ExportFormat | 'ndjson';
  readonly map?: ReadonlyMap<string, ColumnField>;
  readonly logins?: string;
  readonly kind: UserKind;
  readonly print?: true;
  readonly json?: true;
}

const READ_MODELS_WAIT_MS = 600_000;

const HELP = `
Formats:
  ndjson   one JSON object per line, in order of time. A line that cannot be taken as it is written stops the import there; what
           came before stays. Mend the file and run the import again.
  github   the audit log of an organisation, as its JSON export. Needs --logins.
  google, okta, keap   tables of users in CSV. Each user joins when they were created, or now where the table does not say it.
The exports are read as a whole and sorted by time before anything is imported. docs/importing.md has an example of each.

Until the last line is imported, only operators and auditors see the app.

Exit codes: 0 when every line is imported, 1 when a line was refused or the import failed, 2 for wrong options.`;

/** The `import` command: imports the recorded history of an app's people. */
export function importCommand(): Command {
  return new Command('import')
    .description('Imports the recorded history of an app\'s people from a file. Importing the same file again adds only what is missing. Stop the service first when its events are in DATA_DIR.')
    .requiredOption('--app <id>', 'id of the app: 2 to 40 characters of a-z, 0-9 and -')
    .requiredOption('--name <name>', 'name of the app, used when the import registers it')
    .requiredOption('--owner <keapId>', 'Keap ID of the owner, used when the import registers the app')
    .option('--licences <number>', 'licences of the app, used when the import registers it; an import that is not finished may raise it', wholeNumber, 1)
    .addOption(new Option('--format <format>', 'format of the file').choices(['ndjson', ...EXPORT_FORMATS]).default('ndjson'))
    .option('--map <column=field>', `field that a column of the table holds: ${COLUMN_FIELDS.join(', ')}; may be repeated`, columnOf)
    .option('--logins <file>', 'CSV file with the columns login and email: the addresses of the logins in a GitHub audit log')
    .addOption(new Option('--kind <kind>', 'kind of people of whom an export does not say it').choices(KINDS).default('PARTNER'))
    .option('--print', 'print an export as lines in the format ndjson, and import nothing')
    .option('--json', 'print the result as JSON')
    .argument('<file>', 'lines such as {"at":"2024-01-31T12:00:00Z","keapId":"coach@example.com","change":"joined","role":"STANDARD","kind":"PARTNER"}; change is joined, left or role; role is ADMIN or STANDARD and must be absent for left; kind is PARTNER or USER and may be absent; or an export')
    .addHelpText('after', HELP)
    .action(importFile);
}

async function importFile(this: Command, file: string, options: ImportOptions): Promise<void> {
  const { app, name, owner, licences, json } = options;
  if (options.format === 'github' && options.logins === undefined) this.error('error: --format github needs --logins', { exitCode: 2 });
  if (options.format !== 'github' && options.logins !== undefined) this.error('error: --logins is for --format github', { exitCode: 2 });
  if ((options.format === 'ndjson' || options.format === 'github') && options.map !== undefined) this.error('error: --map is for tables: --format google, okta or keap', { exitCode: 2 });
  requireFile(file, 'the name of the file');
  if (options.logins !== undefined) requireFile(options.logins, '--logins');
  const source = await sourceOf(file, options);
  if (options.print) {
    for await (const { text } of source.changes()) process.stdout.write(`${text}\n`);
    return;
  }
  const config = parseConfig(process.env);
  const membership = await openMembership(config, createLogger(config.logLevel));
  const bar = new SingleBar({ format: 'importing {bar} {value}/{total} changes', stream: process.stderr, noTTYOutput: true, notTTYSchedule: 10_000, clearOnComplete: false });
  try {
    const report = await membership.historyImport.run({ appId: app, name, owner, licences }, source, (done, total) => {
      if (done === 1) bar.start(total, done);
      else bar.update(done);
    });
    await membership.caughtUp(READ_MODELS_WAIT_MS);
    bar.stop();
    const { changes, alreadyThere } = report;
    process.stdout.write(json ? `${JSON.stringify({ appId: app, changes, alreadyThere })}\n` : `${app}: ${changes} changes, ${alreadyThere} of them imported before.\n`);
  } finally {
    bar.stop();
    await membership.close();
  }
}

async function sourceOf(file: string, { format, owner, kind, map: columns = new Map(), logins }: ImportOptions): Promise<ChangeSource> {
  if (format === 'ndjson') return changesOfLines(bytesOf(file));
  const read = await readExport(bytesOf(file), { format, owner, kind, columns, logins: logins === undefined ? null : bytesOf(logins) });
  if (read.ignored > 0) process.stderr.write(`${read.ignored} rows or entries were ignored: they repeat others, or are about nobody who has access.\n`);
  return changesOfExport(read);
}

const bytesOf = (file: string): ByteSource => () => createReadStream(file);

function wholeNumber(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 1,000,000.');
  return Number(text);
}

function columnOf(text: string, columns: ReadonlyMap<string, ColumnField> = new Map()): ReadonlyMap<string, ColumnField> {
  const at = text.lastIndexOf('=');
  const field = COLUMN_FIELDS.find((one) => one === text.slice(at + 1));
  if (at < 1 || field === undefined) throw new InvalidArgumentError(`It must be COLUMN=FIELD, where FIELD is one of ${COLUMN_FIELDS.join(', ')}.`);
  return new Map([...columns, [text.slice(0, at), field]]);
}
