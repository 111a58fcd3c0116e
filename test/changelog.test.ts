import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './support/temporaryDirectory';

const TOP = join(__dirname, '..');
const SCRIPT = join(TOP, 'scripts/changelog.mjs');

const check = (cwd: string): { readonly status: number | null; readonly stderr: string } => spawnSync(process.execPath, [SCRIPT, '--check'], { cwd, encoding: 'utf8' });

describe('docs/changelog.md', () => {
  it('tells what changed in the API since the last release', () => {
    expect(check(TOP)).toMatchObject({ status: 0, stderr: '' });
  });

  it('is found to be out of date when the schema has changed since', () => {
    const directory = temporaryDirectory();
    cpSync(join(TOP, 'docs'), join(directory.path, 'docs'), { recursive: true });
    writeFileSync(join(directory.path, 'schema.graphql'), readFileSync(join(TOP, 'schema.graphql'), 'utf8').replace('type Query {', 'type Query {\n  addedLater: String\n'));
    expect(check(directory.path)).toMatchObject({ status: 1, stderr: expect.stringContaining('npm run docs:changelog') as string });
    directory.remove();
  });
});
