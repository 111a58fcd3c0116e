import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../support/temporaryDirectory';

const TOP = join(__dirname, '../..');

describe('the built pages', () => {
  const directory = temporaryDirectory();
  afterAll(() => { directory.remove(); });
  const path = (name: string): string => join(directory.path, name);
  const place = (): unknown => execFileSync(process.execPath, [join(TOP, 'web/place.mjs'), path('web.new'), path('web')], { stdio: 'pipe' });
  function build(name: string): void {
    mkdirSync(path('web.new'));
    writeFileSync(join(path('web.new'), name), name);
  }

  it('take their place as a whole, also where none were, and leave nothing beside it', () => {
    for (const name of ['first.js', 'second.js']) {
      build(name);
      place();
      expect([readdirSync(directory.path), readdirSync(path('web'))]).toEqual([['web'], [name]]);
    }
  });

  it('stay as they were while they are built', () => {
    const { scripts } = JSON.parse(readFileSync(join(TOP, 'web/package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };
    const { wireit } = JSON.parse(readFileSync(join(TOP, 'package.json'), 'utf8')) as { readonly wireit: Readonly<Record<string, { readonly clean?: boolean }>> };
    expect(scripts['build']).toBe('vite build && node place.mjs ../dist/web.new ../dist/web');
    expect(readFileSync(join(TOP, 'web/vite.config.ts'), 'utf8')).toContain('outDir: \'../dist/web.new\'');
    expect(wireit['build:web']?.clean).toBe(false);
  });
});
