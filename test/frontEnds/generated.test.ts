import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../support/temporaryDirectory';

const TOP = join(__dirname, '../..');
const GENERATED = 'docs/front-ends/generated';

describe('the files that front ends generate, and the table of refusals', () => {
  it('are generated from the schema and the operations as they are now, by `npm run docs:front-ends`', () => {
    const copy = temporaryDirectory();
    for (const path of ['docs/front-ends', 'docs/front-ends.md', 'scripts/frontEnds.mjs', 'schema.graphql']) cpSync(join(TOP, path), join(copy.path, path), { recursive: true });
    symlinkSync(join(TOP, 'node_modules'), join(copy.path, 'node_modules'));
    rmSync(join(copy.path, GENERATED), { recursive: true });
    execFileSync(process.execPath, ['scripts/frontEnds.mjs'], { cwd: copy.path, stdio: 'pipe' });
    expect(textsIn(join(copy.path, GENERATED))).toEqual(textsIn(join(TOP, GENERATED)));
    expect(readFileSync(join(copy.path, 'docs/front-ends.md'), 'utf8')).toBe(readFileSync(join(TOP, 'docs/front-ends.md'), 'utf8'));
    copy.remove();
  });
});

/** Returns the text of each file in a folder. */
const textsIn = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name, parentPath }) => [name, readFileSync(join(parentPath, name), 'utf8')]),
  );
