import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { appendLine, completeLines } from '../../files/appendOnlyFile';
import { KeyChain } from './keyChain';
import { keyLine, type SignedKeyStatement } from './keyStatement';
import { type CheckpointLine, checkpointLinesIn, lineOf } from './lines';
import { ancestorsOf, isWholeRewrite, rewriteLine, type SignedRewrite } from './rewriteStatement';
import { checkpointLine, isSigned, type SignedCheckpoint } from './statement';

const ENDING = '.ndjson';
/** File of the statements about keys, in the directory of checkpoints. */
const KEYS_FILE = `keys${ENDING}`;
/** File of the statements about logs that were written anew, in the same directory. */
const REWRITES_FILE = `rewrites${ENDING}`;
const KEY_ID_DIGITS = 16;
/** File of copies of checkpoints with a time stamp. */
export const STAMPED_FILE = `stamped${ENDING}`;
/** How the names of files begin that hold copies of checkpoints with what a witness has added to them. */
export const COUNTERSIGNED = 'countersigned-';

/** Reads all lines of all checkpoint files in the directory, by file and line. Empty when the directory does not exist. */
export function readCheckpointLines(directory: string): readonly CheckpointLine[] {
  return linesIn(directory, filesOf(directory));
}

/** Reads the lines of a file of checkpoints, also of one whose last line has no end, as a copy of a single checkpoint may have. */
export function readCheckpointFile(path: string): readonly CheckpointLine[] {
  return checkpointLinesIn(basename(path), readFileSync(path, 'utf8'));
}

/**
 * The signed checkpoints of one log, in a directory outside of it. Each key has its own append-only file.
 */
export class CheckpointDirectory {
  #seen = '';
  #checkpoints: readonly SignedCheckpoint[] = [];
  #keyStatements: readonly SignedKeyStatement[] = [];
  #rewrites: readonly SignedRewrite[] = [];
  #keys: KeyChain;
  /** Whether the signature of a checkpoint fits it. */
  readonly #whole = new WeakMap<SignedCheckpoint, boolean>();

  /** @param storeId UUID of the log; checkpoints of other logs in the same directory are ignored. */
  constructor(
    private readonly directory: string,
    private readonly storeId: string,
  ) {
    this.#keys = new KeyChain([], storeId);
  }

  /** All checkpoints by number of events, including those that another process has added. Those that a restore of the log gave up are left out. */
  all(): readonly SignedCheckpoint[] {
    this.#refresh();
    return this.#checkpoints;
  }

  /** Which key took the place of which, including what another process has added. */
  get keys(): KeyChain {
    this.#refresh();
    return this.#keys;
  }

  /** The signed statements about the keys of the log, in the order of the file. */
  get keyStatements(): readonly SignedKeyStatement[] {
    this.#refresh();
    return this.#keyStatements;
  }

  /** How the log was made of another one, and that of the one before it; empty for a log that was never written anew. */
  get rewrites(): readonly SignedRewrite[] {
    this.#refresh();
    return this.#rewrites;
  }

  /** The checkpoint over the most events, at most that many. One whose line is damaged, so that its signature does not fit, counts for nothing. */
  latest(mostEvents = Infinity): SignedCheckpoint | undefined {
    return this.all().findLast((checkpoint) => checkpoint.statement.events <= mostEvents && this.isWhole(checkpoint));
  }

  /** Adds a checkpoint. It is on disk when this returns. */
  add(checkpoint: SignedCheckpoint): void {
    const others = this.all();
    appendLine(join(this.directory, `checkpoints-${checkpoint.keyId.slice(0, KEY_ID_DIGITS)}${ENDING}`), checkpointLine(checkpoint));
    this.#checkpoints = [...others, checkpoint].sort(bySize);
    this.#seen = this.#signature();
  }

  /** Adds a statement about keys. It is on disk when this returns. */
  addKeyStatement(statement: SignedKeyStatement): void {
    appendLine(join(this.directory, KEYS_FILE), keyLine(statement));
    this.#seen = '';
  }

  /** Adds a statement that the log was made of another one. It is on disk when this returns. */
  addRewrite(rewrite: SignedRewrite): void {
    appendLine(join(this.directory, REWRITES_FILE), rewriteLine(rewrite));
    this.#seen = '';
  }

  #refresh(): void {
    const seen = this.#signature();
    if (seen === this.#seen) return;
    const lines = linesIn(this.directory, ownFilesOf(this.directory));
    const rewrites = ancestorsOf(this.storeId, lines.flatMap(({ rewrite }) => (rewrite && isWholeRewrite(rewrite) ? [rewrite] : [])));
    const ancestors = rewrites.map(({ statement }) => statement.previous.statement.storeId);
    const keyStatements = lines.flatMap(({ keyStatement }) => (keyStatement && [this.storeId, ...ancestors].includes(keyStatement.statement.storeId) ? [keyStatement] : []));
    const keys = new KeyChain(keyStatements, this.storeId, ancestors);
    const isOfLog = ({ statement }: SignedCheckpoint): boolean => statement.storeId === this.storeId && keys.restoreBefore(statement) === undefined;
    this.#checkpoints = lines.flatMap(({ checkpoint }) => (checkpoint && isOfLog(checkpoint) ? [checkpoint] : [])).sort(bySize);
    this.#keyStatements = keyStatements;
    this.#rewrites = rewrites;
    this.#keys = keys;
    this.#seen = seen;
  }

  /** Tells whether the signature of a checkpoint of this directory fits it. */
  isWhole(checkpoint: SignedCheckpoint): boolean {
    const known = this.#whole.get(checkpoint) ?? isSigned(checkpoint);
    this.#whole.set(checkpoint, known);
    return known;
  }

  #signature(): string {
    return ownFilesOf(this.directory).map((file) => `${file} ${statSync(join(this.directory, file)).size}`).join('\n');
  }
}

/** Compares by number of events, then by time. */
function bySize({ statement: a, signature }: SignedCheckpoint, { statement: b, signature: other }: SignedCheckpoint): number {
  return a.events - b.events || compared(a.time, b.time) || compared(signature, other);
}

const compared = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const filesOf = (directory: string): readonly string[] => (existsSync(directory) ? readdirSync(directory, { withFileTypes: true }).filter((entry) => !entry.isDirectory() && entry.name.endsWith(ENDING)).map(({ name }) => name).sort() : []);

/** Without the copies that a witness has countersigned, or that have a time stamp. */
const ownFilesOf = (directory: string): readonly string[] => filesOf(directory).filter((name) => !name.startsWith(COUNTERSIGNED) && name !== STAMPED_FILE);

const linesIn = (directory: string, files: readonly string[]): readonly CheckpointLine[] =>
  files.flatMap((file) => completeLines(readFileSync(join(directory, file), 'utf8')).map((text, index) => lineOf(file, index + 1, text)));

/** Adds the lines of one directory to another that does not have them, to the file of the same name. They are on disk when this returns. */
export function addMissingLines(from: string, to: string): void {
  const linesIn = (directory: string, file: string): readonly string[] => completeLines(readFileSync(join(directory, file), 'utf8'));
  const known = new Set(filesOf(to).flatMap((file) => linesIn(to, file)));
  for (const file of filesOf(from)) {
    const missing = linesIn(from, file).filter((line) => !known.has(line));
    if (missing.length > 0) appendLine(join(to, file), missing.join('\n'));
  }
}
