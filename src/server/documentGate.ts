import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { DocumentLimits } from './documentLimits';
import type { PersistedOperations } from './persistedOperations';

/** What a request asks for. */
export interface AskedOperation {
  /** undefined where the request names none, or a hash that nobody registered. */
  readonly source: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** null where there is none. */
  readonly operationName: string | null;
  /** the SHA-256 that it comes with; null where it comes with none. */
  readonly hash: string | null;
  readonly byHash: boolean;
}

/** The parameters of a GraphQL request, wherever they stand. */
export const parametersOf = (request: FastifyRequest): unknown => (request.method === 'GET' ? parametersIn(request.url) : request.body);

const NOT_ON_THE_LIST = 'This server answers registered operations only, and this one is not among them. Register it, or ask by the hash of one that is.';

/** Decides by its text whether an operation is looked at any further: whether it is one of those that are answered, and small enough. */
export class DocumentGate {
  readonly #limits: DocumentLimits;

  constructor(
    schema: GraphQLSchema,
    private readonly operations: PersistedOperations,
  ) {
    this.#limits = new DocumentLimits(schema);
  }

  /** Why the operation is not answered; null where it may be, or where the request is none. */
  problemOf(request: FastifyRequest): string | null {
    return this.problemIn(parametersOf(request));
  }

  /** The same of the parameters of a request: `query`, `variables`, `extensions`. */
  problemIn(asked: unknown): string | null {
    const wrong = hashProblem(asked);
    if (wrong !== null) return wrong;
    const { source, variables, byHash } = this.asked(asked);
    if (source === undefined) return null;
    if (!byHash && !this.operations.admits(source)) return NOT_ON_THE_LIST;
    return this.#limits.problemOf(source, variables);
  }

  /** What the parameters of a request ask for. */
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

/** What an operation that comes with its hash says of it. */
function persistedQueryOf(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | null {
  const persistedQuery = recordOf(fields['extensions'])['persistedQuery'];
  return persistedQuery === undefined || persistedQuery === null ? null : recordOf(persistedQuery);
}

/** What is wrong with the hash that an operation comes with; null where nothing is, and where it comes with none. */
function hashProblem(parameters: unknown): string | null {
  const fields = recordOf(parameters);
  const persistedQuery = persistedQueryOf(fields);
  if (persistedQuery === null) return null;
  const { version, sha256Hash: hash } = persistedQuery;
  if (version !== 1 || typeof hash !== 'string' || hash === '') return '"extensions.persistedQuery" must be {"version": 1, "sha256Hash": "the SHA-256 of the query in hex"}.';
  const { query } = fields;
  const isRight = typeof query !== 'string' || createHash('sha256').update(query).digest('hex') === hash;
  return isRight ? null : '"extensions.persistedQuery.sha256Hash" is not the SHA-256 of the query in hex.';
}

/**
 * What an address asks, read as Apollo Server reads it: what is measured has to be what is executed, also where bytes are no
 * UTF-8 or the address has a fragment. A parameter that stands there twice is refused by Apollo Server.
 */
const parametersIn = (address: string): Readonly<Record<string, unknown>> => Object.fromEntries(new URL(address, 'http://localhost/').searchParams);

const NO_FIELDS: Readonly<Record<string, unknown>> = {};

/** The fields of an object, also of one that is written as JSON, as in an address; none for anything else. */
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
