import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { print } from 'graphql';
import * as client from './dist/esm/index.js';

/** Writes `dist/operations.json`, the texts of all operations under their SHA-256, for the setting `SAFELIST` of the service. */

const printed = Object.entries(client).filter(([name]) => name.endsWith('Document')).map(([, document]) => print(document));
// urql prints documents itself, without an empty line between definitions.
const texts = printed.flatMap((text) => [text, text.replaceAll('\n\n', '\n')]);
const manifest = Object.fromEntries(texts.map((text) => [createHash('sha256').update(text).digest('hex'), text]));

writeFileSync(join(import.meta.dirname, 'dist/operations.json'), `${JSON.stringify(manifest, null, 2)}\n`);
writeFileSync(join(import.meta.dirname, 'dist/cjs/package.json'), '{ "type": "commonjs" }\n');
