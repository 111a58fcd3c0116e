import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Logger } from 'pino';

const LOOK_AGAIN_MS = 1000;
const MAX_BYTES = 16 * 1024 * 1024;

interface Operations {
  readonly modifiedAtMs: number;
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * The operations that a front-end team registered, in a file: `{"<hash or id>": "<text>"}`, or a manifest of Apollo. Each is found by its id
 * in the file and by the SHA-256 of its text. The file is read again when it has changed; one that cannot be read then leaves the old list in force.
 */
export class Safelist {
  #operations: Operations;
  #lookedAt: number;

  /** @throws Error that says what is wrong with the file. */
  constructor(
    private readonly file: string,
    private readonly logger: Logger,
    private readonly now: () => number = Date.now,
  ) {
    this.#operations = read(file);
    this.#lookedAt = now();
  }

  /** The text of an operation; undefined for one that is not in the file. */
  sourceOf(hash: string): string | undefined {
    this.#lookAgain();
    return this.#operations.sources.get(hash);
  }

  #lookAgain(): void {
    const now = this.now();
    if (now - this.#lookedAt < LOOK_AGAIN_MS) return;
    this.#lookedAt = now;
    try {
      if (statSync(this.file).mtimeMs !== this.#operations.modifiedAtMs) this.#operations = read(this.file);
    } catch (error) {
      this.logger.warn({ err: error }, 'The file of SAFELIST cannot be read; the operations that were in it stay in force');
    }
  }
}

function read(file: string): Operations {
  const { mtimeMs, size } = statSync(file);
  if (size > MAX_BYTES) throw new Error(`The file of SAFELIST may have ${MAX_BYTES} bytes, and ${file} has ${size}.`);
  const sources = new Map<string, string>();
  for (const [id, source] of entriesOf(parsed(file))) {
    if (typeof source !== 'string') throw new Error(`Operation ${JSON.stringify(id)} in the file of SAFELIST, ${file}, has no text.`);
    sources.set(id, source);
    sources.set(createHash('sha256').update(source).digest('hex'), source);
  }
  return { modifiedAtMs: mtimeMs, sources };
}

function parsed(file: string): object {
  const text = readFileSync(file, 'utf8');
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content;
  } catch {
    // What is wrong is the same either way.
  }
  throw new Error(`The file of SAFELIST, ${file}, must be JSON: an object of texts under their hashes, or a manifest of Apollo.`);
}

function entriesOf(content: object): readonly (readonly [id: string, source: unknown])[] {
  if (!('operations' in content) || !Array.isArray(content.operations)) return Object.entries(content);
  const operations: readonly unknown[] = content.operations;
  return operations.map((operation, index) => {
    const { id, body } = typeof operation === 'object' && operation !== null ? fields(operation) : {};
    return [typeof id === 'string' ? id : String(index), body] as const;
  });
}

const fields = (value: object): { readonly id?: unknown; readonly body?: unknown } => ({
  ...('id' in value ? { id: value.id } : {}),
  ...('body' in value ? { body: value.body } : {}),
});
