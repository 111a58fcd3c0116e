import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** All documents that are kept together come from at most this many characters of source. */
const MAX_CHARACTERS = 2_000_000;
const MAX_CHARACTERS_EACH = 64_000;

interface DocumentStore {
  get(key: string): Promise<DocumentNode | undefined>;
  set(key: string, document: DocumentNode): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Documents that were parsed and validated, within a bound, so that a repeated query needs neither again. */
export function createDocumentStore(): DocumentStore {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: MAX_CHARACTERS,
    maxEntrySize: MAX_CHARACTERS_EACH,
    sizeCalculation: (document) => Math.max(1, document.loc?.source.body.length ?? MAX_CHARACTERS_EACH),
  });
  return {
    get: (key) => Promise.resolve(documents.get(key)),
    set: (key, document) => {
      documents.set(key, document);
      return Promise.resolve();
    },
    delete: (key) => {
      documents.delete(key);
      return Promise.resolve();
    },
  };
}
