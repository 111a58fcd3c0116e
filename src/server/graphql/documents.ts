import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Logger } from 'pino';
import type { ApolloServerOptions, BaseContext } from '@apollo/server';
import { LRUCache } from 'lru-cache';
import type { FastifyRequest } from 'fastify';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { DocumentLimits } from './cost';
import { type DocumentPrice, PRICES } from './price';

const LOOK_AGAIN_MS = 1000;
const MAX_BYTES = 16 * 1024 * 1024;

interface Operations {
  readonly modifiedAtMs: number;
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * The operations that a front-end team registered in a file: `{"<hash or id>": "<text>"}`, or Apollo's manifest of persisted queries. An operation
 * is found by its id in the file and by the SHA-256 of its text. A changed file is read again; when that fails, the earlier list stays in force.
 */
export class Safelist {
  #operations: Operations;
  #lookedAt: number;

  /** @throws Error with the reason when the file cannot be read. */
  constructor(
    private readonly file: string,
    private readonly logger: Logger,
    private readonly now: () => number = Date.now,
  ) {
    this.#operations = read(file);
    this.#lookedAt = now();
  }

  /** Returns the text of an operation; undefined when it is not in the file. */
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
    // Text that is not JSON and JSON of another shape get the same error.
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

type PersistedQueries = Exclude<ApolloServerOptions<BaseContext>['persistedQueries'], false | undefined>;
type Cache = NonNullable<PersistedQueries['cache']>;

const MAX_PERSISTED_CHARACTERS = 2_000_000;
const MAX_PERSISTED_CHARACTERS_EACH = 64_000;
/** What an entry takes beside its text. */
const ENTRY_CHARACTERS = 200;
/** The prefix that Apollo Server adds to each hash. */
const PREFIX = /^apq:/;

/**
 * Operations that clients name by their hash. With a safelist these are the operations in it, and no others. Without one, a client registers an
 * operation by sending it once with its hash; the least recently used ones are forgotten when all texts together exceed 2,000,000 characters.
 */
export class PersistedOperations {
  readonly #registered = new LRUCache<string, string>({ maxSize: MAX_PERSISTED_CHARACTERS, maxEntrySize: MAX_PERSISTED_CHARACTERS_EACH, sizeCalculation: (source) => source.length + ENTRY_CHARACTERS });

  constructor(private readonly safelist: Safelist | null) {}

  /** Returns the text of a registered operation; undefined when the hash is unknown. */
  sourceOf(hash: string): string | undefined {
    return this.safelist === null ? this.#registered.get(hash) : this.safelist.sourceOf(hash);
  }

  /** Whether an operation that is sent as text may be executed. */
  admits(source: string): boolean {
    return this.safelist === null || this.safelist.sourceOf(createHash('sha256').update(source).digest('hex')) !== undefined;
  }

  /** These operations, as the cache that Apollo Server expects. */
  readonly cache: Cache = {
    get: (key) => Promise.resolve(this.sourceOf(key.replace(PREFIX, ''))),
    set: (key, source) => {
      if (this.safelist === null) this.#registered.set(key.replace(PREFIX, ''), source);
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(this.#registered.delete(key.replace(PREFIX, ''))),
  };
}

/** The operation of a request, with its variables. */
export interface AskedOperation {
  /** Undefined when the request has no operation, or names one that is not registered. */
  readonly source: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Null when the request has none. */
  readonly operationName: string | null;
  /** The SHA-256 or the id that the request names; null when it names none. */
  readonly hash: string | null;
  readonly byHash: boolean;
}

/** The parameters of a GraphQL request: of its address for GET, else of its body. */
export const parametersOf = (request: FastifyRequest): unknown => (request.method === 'GET' ? parametersIn(request.url) : request.body);

/** Rewrites a `documentId` to Apollo's extension, in the request itself: Apollo Server reads persisted documents in that form only. */
export function rewriteDocumentId(request: FastifyRequest): void {
  const rewritten = rewrittenFields(recordOf(parametersOf(request)));
  if (rewritten === null) return;
  if (request.method !== 'GET') {
    request.body = rewritten;
    return;
  }
  const address = new URL(request.url, 'http://localhost/');
  address.searchParams.delete('documentId');
  address.searchParams.set('extensions', JSON.stringify(rewritten['extensions']));
  request.raw.url = `${address.pathname}${address.search}`;
}

/** Returns null for fields without a `documentId`. */
function rewrittenFields({ documentId, query, ...fields }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | null {
  if (typeof documentId !== 'string') return null;
  return { ...fields, ...(query === '' ? {} : { query }), extensions: { ...recordOf(fields['extensions']), persistedQuery: persistedQueryOf({ documentId }) } };
}

const HASH_PREFIX = /^sha256:/;
/** A SHA-256 in hex with its prefix, or an id of the safelist, which has no colon. */
const DOCUMENT_ID = /^(?:sha256:[0-9a-f]{64}|[^:]{1,200})$/;
const WRONG_DOCUMENT_ID = '"documentId" must be "sha256:" with the SHA-256 of the operation in lower-case hex, or the id of a registered operation.';

const NOT_ON_THE_LIST = 'This server answers registered operations only, and this one is not among them. Register it, or ask by the hash of one that is.';

const NO_OPERATION: DocumentPrice = { ms: PRICES.request, fixedMs: PRICES.request, mutations: 0, appIds: [] };

/** Refuses operations by their text, before they are validated: those that are not on the safelist, and those that exceed a limit. */
export class DocumentAdmission {
  readonly #limits: DocumentLimits;

  constructor(
    schema: GraphQLSchema,
    private readonly operations: PersistedOperations,
  ) {
    this.#limits = new DocumentLimits(schema);
  }

  /**
   * Returns the price of the operation that the parameters of a request name (`query`, `documentId`, `variables`, `extensions`); the sentence of a
   * refusal for one that may not be executed. A request without an operation, and one that cannot be parsed, have the price of a request.
   */
  priceOf(asked: unknown, dryRun = false): DocumentPrice | string {
    const wrong = hashProblem(asked);
    if (wrong !== null) return wrong;
    const { source, variables, operationName, byHash } = this.asked(asked);
    if (source === undefined) return NO_OPERATION;
    if (!byHash && !this.operations.admits(source)) return NOT_ON_THE_LIST;
    const measured = this.#limits.measured(source, variables);
    if (measured === null || typeof measured === 'string') return measured ?? NO_OPERATION;
    const { priced, isNew } = measured;
    return priced.priceOf({ variables, operationName, dryRun, isNew });
  }

  /** Returns the operation that the parameters of a request name. */
  asked(parameters: unknown): AskedOperation {
    const fields = recordOf(parameters);
    const variables = recordOf(fields['variables']);
    const { query, operationName } = fields;
    const hash = persistedQueryOf(fields)?.['sha256Hash'];
    const named = { variables, operationName: typeof operationName === 'string' ? operationName : null, hash: typeof hash === 'string' ? hash : null };
    if (typeof query === 'string' && query !== '') return { ...named, source: query, byHash: false };
    return { ...named, source: named.hash === null ? undefined : this.operations.sourceOf(named.hash), byHash: true };
  }
}

/** The persisted query of Apollo's extension, or of a `documentId`, which is the same in the words of GraphQL over HTTP. */
function persistedQueryOf(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | null {
  const { documentId } = fields;
  if (typeof documentId === 'string') return { version: 1, sha256Hash: documentId.replace(HASH_PREFIX, '') };
  const persistedQuery = recordOf(fields['extensions'])['persistedQuery'];
  return persistedQuery === undefined || persistedQuery === null ? null : recordOf(persistedQuery);
}

/** Returns what is wrong with the hash or id of an operation; null when nothing is, and when there is none. */
function hashProblem(parameters: unknown): string | null {
  const fields = recordOf(parameters);
  const { documentId, extensions } = fields;
  if (documentId !== undefined && documentId !== null) {
    if (typeof documentId !== 'string' || !DOCUMENT_ID.test(documentId)) return WRONG_DOCUMENT_ID;
    if ('persistedQuery' in recordOf(extensions)) return 'Send either "documentId" or "extensions.persistedQuery", not both.';
  }
  const persistedQuery = persistedQueryOf(fields);
  if (persistedQuery === null) return null;
  const { version, sha256Hash: hash } = persistedQuery;
  if (version !== 1 || typeof hash !== 'string' || hash === '') return '"extensions.persistedQuery" must be {"version": 1, "sha256Hash": "the SHA-256 of the query in hex"}.';
  const { query } = fields;
  // WebSocket clients have to send a query. An empty one beside a documentId stands for none.
  const isAbsent = typeof query !== 'string' || (query === '' && typeof documentId === 'string');
  const isRight = isAbsent || createHash('sha256').update(query).digest('hex') === hash;
  if (isRight) return null;
  return `${typeof documentId === 'string' ? '"documentId"' : '"extensions.persistedQuery.sha256Hash"'} is not the SHA-256 of the query in hex.`;
}

/**
 * Returns the parameters of an address, decoded exactly as Apollo Server decodes them, so that the document that is measured is the one that is
 * executed. Apollo Server refuses a parameter that occurs twice.
 */
const parametersIn = (address: string): Readonly<Record<string, unknown>> => Object.fromEntries(new URL(address, 'http://localhost/').searchParams);

const NO_FIELDS: Readonly<Record<string, unknown>> = {};

/** Returns the fields of an object, or of the JSON text of one; no fields for anything else. */
function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  const read = typeof value === 'string' ? jsonOf(value) : value;
  return isRecord(read) ? read : NO_FIELDS;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The least recently used documents are dropped when all together take more memory. */
const MAX_DOCUMENT_BYTES = 24 * 1024 * 1024;
const MAX_CHARACTERS_EACH = 64_000;
/** The memory that a parsed document takes for each of its tokens, with their locations. */
const BYTES_PER_TOKEN = 400;

interface DocumentStore {
  get(key: string): Promise<DocumentNode | undefined>;
  set(key: string, document: DocumentNode): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Creates a bounded cache of documents that were parsed and validated, so that a repeated operation needs neither again. */
export function createDocumentStore(): DocumentStore {
  const documents = new LRUCache<string, DocumentNode>({ maxSize: MAX_DOCUMENT_BYTES, sizeCalculation: bytesOf });
  return {
    get: (key) => Promise.resolve(documents.get(key)),
    set: (key, document) => {
      if ((document.loc?.source.body.length ?? 0) <= MAX_CHARACTERS_EACH) documents.set(key, document);
      return Promise.resolve();
    },
    delete: (key) => {
      documents.delete(key);
      return Promise.resolve();
    },
  };
}

/** Returns about how much memory a parsed document takes. */
function bytesOf(document: DocumentNode): number {
  let tokens = 1;
  for (let token = document.loc?.startToken.next; token; token = token.next) tokens += 1;
  return tokens * BYTES_PER_TOKEN;
}
