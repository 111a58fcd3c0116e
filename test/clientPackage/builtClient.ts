import { createRequire } from 'node:module';
import { join } from 'node:path';
import { print, type DocumentNode } from 'graphql';
import { TOP } from '../support/snippets';
import type { Json } from '../support/person';

/** The built package `@partner-access/client`. Its types are not there before the build, so tests read it without them. */
export const client: Json = createRequire(__filename)(join(TOP, 'client/dist/cjs/index.js'));

/** The texts of the operations of the package, by their names. */
export const operations: ReadonlyMap<string, string> = new Map(
  Object.entries(client as Readonly<Record<string, DocumentNode>>).flatMap(([name, document]) => (name.endsWith('Document') ? [[name.replace(/Document$/, ''), print(document)] as const] : [])),
);
