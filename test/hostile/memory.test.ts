import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { buildSchema } from 'graphql';
import { DocumentLimits } from '../../src/server/graphql/cost';

const MEGABYTE = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Megabytes of memory that are in use after some work and were not before. */
function kept(work: () => unknown): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  const result = work();
  collect();
  const after = process.memoryUsage().heapUsed;
  // What the work returned is in use until here.
  return result === null ? 0 : (after - before) / MEGABYTE;
}

const repeated = (count: number, part: (index: number) => string): string => Array.from({ length: count }, (_, index) => part(index)).join(' ');

describe('the documents that are remembered take less than 12 MB', () => {
  const schema = buildSchema(readFileSync(join(__dirname, '../../schema.graphql'), 'utf8'));

  it.each<readonly [string, number, (document: number) => string]>([
    ['of fields that the schema does not have', 50, (document) => `{${repeated(1_990, (field) => `f${document}x${field}`)}}`],
    ['of large arguments', 90, (document) => `{a${document}:app(appId:[${repeated(3_900, () => '1')}]){name}}`],
  ])('%s', (_, documents, source) => {
    const limits = new DocumentLimits(schema);
    const megabytes = kept(() => {
      for (let document = 0; document < documents; document += 1) expect(typeof limits.measured(source(document), {})).toBe('object');
      return limits;
    });
    expect(megabytes).toBeLessThan(12);
  });
});
