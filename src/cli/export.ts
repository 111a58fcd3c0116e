import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { historyCsv } from '../application/exports/history';
import { openCurrentReadModels } from '../composition/currentReadModels';
import { withProgress } from '../composition/readingProgress';
import { headOf } from '../eventstore/eventStore';
import { keapIdBindingsProjection } from '../projections/keapIdBindings/projection';
import { periodsOfAccessProjection } from '../projections/periodsOfAccess/projection';
import { AccessQueries } from '../projections/periodsOfAccess/queries';
import { readModelsOver } from '../projections/readModels';
import { userListProjection } from '../projections/userList/projection';
import { openLogToRead, openNames } from '../composition/stores';
import { POSITION } from '../application/commandTypes';
import { OptionUnusable } from './failures';
import { moment } from './options/moments';
import { openNew, requireNew, writeAll, writeOutput } from './output';
import { type Config, parseConfig } from '../config';
import { CountersignedCheckpoints } from '../proofs/checkpoints/countersigned';
import { CheckpointDirectory } from '../proofs/checkpoints/directory';
import { keyIn, SigningKey } from '../proofs/checkpoints/signingKey';
import type { SignedCheckpoint } from '../proofs/checkpoints/statement';
import { copyTree } from '../proofs/treeCopy';
import { Checkpointer, followedEvents } from '../proofs/checkpoints/checkpointer';
import { hasApp, isEverything, selectedEvents, type ExportSelection } from '../proofs/events';
import { StampedCheckpoints } from '../proofs/timestamps/stamped';
import type { EventTree } from '../proofs/eventTree';
import { type BundleSource, evidenceBundle } from '../proofs/bundle';
import { NoReviewToExport, readReview, reviewBundle, type ReviewSource, type ReviewToExport } from '../proofs/review/bundle';
import { reviewPage } from '../proofs/review/page';
import { PAGE_LANGUAGES, type PageLanguage } from '../proofs/review/pageTexts';

interface ExportOptions {
  readonly app?: string;
  readonly administration?: true;
  readonly review?: string;
  readonly from?: string;
  readonly to?: string;
  readonly out?: string;
  readonly format: 'ndjson' | 'csv' | 'html';
  readonly language?: PageLanguage;
  readonly checkpoint?: string;
  readonly follow?: true;
  readonly after?: string;
}

interface Signing {
  readonly checkpoints: CheckpointDirectory;
  readonly key: SigningKey | null;
}

type Log = Awaited<ReturnType<typeof openLogToRead>>;
type Names = Awaited<ReturnType<typeof openNames>>;

/** The `export` command: writes an evidence bundle or a CSV file, or follows new events. */
export function exportCommand(): Command {
  const command = new Command('export')
    .description('Writes the history of an app, or of what operators and auditors did, as an evidence bundle: one CloudEvents 1.0 event per line, each with the proof that it is in the log of the signed checkpoint in the last line. The same options and the same checkpoint produce the same bytes.')
    .option('--app <id>', 'the app (default: every event of the log)')
    .addOption(new Option('--administration', 'what operators and auditors did, over all apps and outside of them: registrations of apps, licences, webhooks, releases and rebinds of Keap IDs, imports, erasures, reads').conflicts(['app', 'review', 'follow', 'after']))
    .addOption(new Option('--review <id>', 'an access review that was signed off, as one sealed file: who was reviewed, what was decided, and the events with their proofs').conflicts(['app', 'from', 'to', 'follow', 'after']))
    .option('--from <time>', 'only events at or after this time, for example 2026-01-31T00:00:00Z', moment)
    .option('--to <time>', 'only events before this time', moment)
    .option('--out <file>', 'output file; it must not exist (default: standard output)')
    .addOption(new Option('--format <format>', 'ndjson; csv for spreadsheets, with sentences and names instead of ids, and without proofs; html with --review, a page to read and print with the sealed file in it').choices(['ndjson', 'csv', 'html']).default('ndjson'))
    .addOption(new Option('--language <language>', 'of the page (default: en)').choices(PAGE_LANGUAGES))
    .option('--checkpoint <position>', 'prove against the checkpoint at this position (default: the latest one)', checkpointPosition)
    .addOption(new Option('--follow', 'keep writing new events, without proofs, until the command is stopped').conflicts(['from', 'to', 'checkpoint']))
    .option('--after <position>', 'with --follow: only events after this position; 0 is the start of the log', afterPosition);
  return command.action((options: ExportOptions) => {
    const problem = problemOf(options);
    return problem === null ? exportEvents(options) : command.error(problem);
  });
}

/** The sentence that says which options do not go together. */
function problemOf({ review, format, language, checkpoint, follow, after, from, to }: ExportOptions): string | null {
  if (review === undefined && format === 'html') return 'Only an access review is exported as a page. Choose one with --review.';
  if (review !== undefined && format === 'csv') return 'An access review is exported as NDJSON or as a page. Use --format ndjson or html.';
  if (language !== undefined && format !== 'html') return '--language is for --format html.';
  if (checkpoint !== undefined && format === 'csv') return 'A table has no proofs, so --checkpoint is for --format ndjson.';
  if (follow && format !== 'ndjson') return '--follow writes NDJSON. Leave --format out.';
  if (after !== undefined && !follow) return '--after is for --follow. Use --from to begin at a time.';
  return from !== undefined && to !== undefined && from >= to ? '--from must be before --to.' : null;
}

async function exportEvents(options: ExportOptions): Promise<void> {
  const config = parseConfig(process.env);
  if (options.out !== undefined) requireNew(options.out);
  const log = await withToldReading(await openLogToRead(config));
  const names = await openNames(log.store, config);
  try {
    if (options.app !== undefined && !(await hasApp(log.store, options.app))) throw new OptionUnusable(`The log has no app ${options.app}. Check --app.`);
    const texts = textOf(options, config, log, names);
    const written = options.follow ? await writeFollowed(options.out, texts) : await writeOutput(options.out, texts);
    if (process.stdout.writable) process.stderr.write(`${written} lines.\n`);
  } finally {
    await names.close();
    await log.store.close();
  }
}

/** Writes each event when it is there, into a file that others may read meanwhile, or to standard output. */
const writeFollowed = (file: string | undefined, texts: AsyncIterable<string>): Promise<number> => writeAll(file === undefined ? process.stdout : createWriteStream(file, { fd: openNew(file) }), texts);

async function* textOf(options: ExportOptions, config: Config, log: Log, names: Names): AsyncGenerator<string, void, undefined> {
  const { app: appId = null, administration = false, from = null, to = null, format, language = 'en', follow, after = '' } = options;
  const disclose: BundleSource['disclose'] = (event) => names.disclose(event);
  const selection: ExportSelection = { appId, from, to, administration };
  if (follow) {
    for await (const line of followedEvents({ ...log, disclose }, { appId, after }, untilStopped())) yield `${line}\n`;
  } else if (format === 'csv') {
    yield* tableOf(config, names, selection);
  } else {
    const review = options.review === undefined ? null : await reviewToExport({ ...log, disclose }, options.review);
    const copy = copyTree(join(config.dataDir, 'proofs.db'), log.storeId);
    const { tree } = copy;
    const checkpoints = new CheckpointDirectory(config.checkpointDir, log.storeId);
    const found = keyIn(config.checkpointKeyFile, checkpoints);
    const key = found && new SigningKey(found, config.checkpointKeyFile, checkpoints);
    if (!key) process.stderr.write(`The bundle is not sealed, because there is no key at ${config.checkpointKeyFile}. Set CHECKPOINT_KEY_FILE to seal it.\n`);
    try {
      const until = (): Promise<string> => (review === null ? lastPosition(log.store, selection) : Promise.resolve(review.finishedPosition));
      const checkpoint = await checkpointOf(options.checkpoint, until, { checkpoints, key }, log, tree);
      if (review !== null && (checkpoint?.statement.position ?? '') < review.finishedPosition) throw new OptionUnusable(`The checkpoint ${checkpoint === null ? 'is missing' : `of ${checkpoint.statement.time} was signed before the review was signed off`}, so it proves nothing about it. Choose a later one with --checkpoint, or set CHECKPOINT_KEY_FILE so that one can be signed.`);
      const countersigned = checkpoint ? new CountersignedCheckpoints(config.checkpointDir, log.storeId, checkpoints).latest(checkpoint.statement.events) : [];
      const stamped = (checkpoint && new StampedCheckpoints(config.checkpointDir, log.storeId, checkpoints).latest(checkpoint.statement.events)) ?? null;
      const source: BundleSource = { ...log, disclose, tree, key, checkpoint, earlier: checkpoints.all(), keys: checkpoints.keyStatements, rewrites: checkpoints.rewrites, countersigned, stamped };
      for await (const line of review === null ? evidenceBundle(source, selection) : format === 'html' ? reviewPage(source, review, language) : reviewBundle(source, review)) yield `${line}\n`;
    } catch (error) {
      throw tree.problem === null ? error : new Error(`${tree.problem} Move proofs.db in DATA_DIR away: it is made again from the log.`, { cause: error });
    } finally {
      copy.close();
    }
  }
}

/** Tells on standard error how far each reading of the whole log is. */
async function withToldReading({ store, storeId }: Log): Promise<Log> {
  const end = await headOf(store);
  return {
    storeId,
    store: {
      append: (...given) => store.append(...given),
      readStream: (...given) => store.readStream(...given),
      readAll: (...given) => withProgress('reading the log', store.readAll(...given), end),
      subscribeAll: (...given) => store.subscribeAll(...given),
      close: () => store.close(),
    },
  };
}

/** @throws OptionUnusable when there is no such review, or it is open. */
async function reviewToExport(source: ReviewSource, reviewId: string): Promise<ReviewToExport> {
  try {
    return await readReview(source, reviewId.toLowerCase());
  } catch (error) {
    throw error instanceof NoReviewToExport ? new OptionUnusable(`${error.message} Check --review.`, { cause: error }) : error;
  }
}

/** The events as a table. Names are read from the read models. */
async function* tableOf(config: Config, names: Names, selection: ExportSelection): AsyncGenerator<string, void, undefined> {
  const models = await openCurrentReadModels(config, [userListProjection, keapIdBindingsProjection, periodsOfAccessProjection]);
  try {
    const { userList, people, keapIds } = readModelsOver(models.database, () => new Date().toISOString());
    yield* historyCsv(selectedEvents(names, selection), { userList, people, keapIds, access: new AccessQueries(models.database) });
  } finally {
    models.close();
  }
}

/** The requested checkpoint, or the latest one. @param until returns the position of the last exported event. When the latest does not cover the exported events and the key is available, a new one is signed. */
async function checkpointOf(position: string | undefined, until: () => Promise<string>, { checkpoints, key }: Signing, { store, storeId }: Log, tree: EventTree): Promise<SignedCheckpoint | null> {
  const options = { store, storeId, tree, checkpoints, now: () => new Date().toISOString(), everyEvents: Infinity, everyMs: Infinity, report: () => undefined };
  const checkpointer = new Checkpointer({ ...options, key });
  const latest = await checkpointer.takeAll();
  if (position === undefined) return ((latest?.statement.position ?? '') < (await until()) ? checkpointer.sign() : latest) ?? null;
  const found = checkpoints.all().find(({ statement }) => statement.position === position);
  if (!found) throw new OptionUnusable(`There is no checkpoint at position ${position}. The latest checkpoints are at ${checkpoints.all().map(({ statement }) => statement.position).slice(-20).join(', ') || 'none'}.`);
  return found;
}

async function lastPosition(store: Log['store'], selection: ExportSelection): Promise<string> {
  if (isEverything(selection)) return headOf(store);
  let last = '';
  for await (const { position } of selectedEvents(store, selection)) last = position;
  return last;
}

/** Aborts on SIGINT or SIGTERM, and when standard output is closed. */
function untilStopped(): AbortSignal {
  const stopped = new AbortController();
  const stop = (): void => { stopped.abort(); };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.stdout.once('error', stop);
  return stopped.signal;
}

function checkpointPosition(text: string): string {
  if (!POSITION.test(text)) throw new InvalidArgumentError('It must be the position of a checkpoint.');
  return text;
}

function afterPosition(text: string): string {
  if (!POSITION.test(text)) throw new InvalidArgumentError('It must be a position of an event, or 0 for the start of the log.');
  return text === '0' ? '' : text;
}
