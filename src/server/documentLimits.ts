import { parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { subscriptionRootProblem } from './subscriptionRoot';
import { sizeOf, type DocumentSize } from './documentCost';

/** The most tokens that a document may have; the parser's error names it. */
export const MAX_TOKENS = 4000;

/** What a document may have at most. */
export const DOCUMENT_LIMITS: DocumentSize = { depth: 20, aliases: 100, directives: 50, answerFields: 100_000 };

const MAX_REMEMBERED_CHARACTERS = 2_000_000;
const MAX_REMEMBERED_EACH = 64_000;

/**
 * Tells which documents ask for too much, before they are validated: validation is the dearest thing that a small document can ask for.
 * A document that is within every limit whatever its variables are is remembered and measured once.
 */
export class DocumentLimits {
  readonly #within = new LRUCache<string, true>({
    maxSize: MAX_REMEMBERED_CHARACTERS,
    maxEntrySize: MAX_REMEMBERED_EACH,
    sizeCalculation: (_value, source) => Math.max(1, source.length),
  });

  constructor(private readonly schema: GraphQLSchema) {}

  /** What a document is too large in, with the limit, or what its validation could not bear; null where it may be executed, and where it is none. */
  problemOf(source: string, variables: Readonly<Record<string, unknown>>): string | null {
    if (this.#within.has(source)) return null;
    const document = parsed(source);
    if (document === null) return null;
    const root = subscriptionRootProblem(document);
    if (root !== null) return root;
    const worst = crossed(sizeOf(document, this.schema, null));
    if (worst !== null) return crossed(sizeOf(document, this.schema, variables));
    this.#within.set(source, true);
    return null;
  }
}

/** null where it cannot be parsed: whoever executes it says what is wrong. */
function parsed(source: string): DocumentNode | null {
  try {
    return parse(source, { maxTokens: MAX_TOKENS, noLocation: true });
  } catch {
    return null;
  }
}

function crossed({ depth, aliases, directives, answerFields }: DocumentSize): string | null {
  const most = DOCUMENT_LIMITS;
  if (depth > most.depth) return `Fields may stand within fields ${most.depth} levels deep, and here they are ${depth}.`;
  if (aliases > most.aliases) return `A document may have ${most.aliases} aliases, and this one has ${aliases}.`;
  if (directives > most.directives) return `A document may have ${most.directives} directives, and this one has ${directives}.`;
  if (answerFields > most.answerFields) {
    return `An answer may have ${inWords(most.answerFields)} fields, and this one could have ${inWords(answerFields)}. Ask for smaller pages, with "first", or for fewer fields.`;
  }
  return null;
}

const inWords = (count: number): string => (Number.isSafeInteger(count) ? count.toLocaleString('en') : 'far more');
