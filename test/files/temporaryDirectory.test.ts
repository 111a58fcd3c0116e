import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';

const FILE = join(__dirname, '../../dist/files/temporaryDirectory.js');

describe('a temporary directory', () => {
  let place: TemporaryDirectory;
  beforeEach(() => { place = temporaryDirectory(); });
  afterEach(() => { place.remove(); });

  /** Runs a program that says when it has two directories with a file each. */
  async function ended(script: string, signal?: NodeJS.Signals, before = ''): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly left: readonly string[] }> {
    const program = `${before}; const { TemporaryDirectory } = require(${JSON.stringify(FILE)}); for (const name of ['a', 'b']) require('node:fs').writeFileSync(new TemporaryDirectory(name).file('f'), ''); console.log('ready'); ${script}`;
    const child = spawn(process.execPath, ['-e', program], { env: { ...process.env, TMPDIR: place.path }, stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    await once(child.stdout, 'data');
    if (signal) {
      expect(readdirSync(place.path)).toHaveLength(2);
      child.kill(signal);
    }
    const [code, by] = await exit;
    return { code, signal: by, left: existsSync(place.path) ? readdirSync(place.path) : [] };
  }

  it('goes with the process', async () => {
    expect(await ended('process.exit(3)')).toEqual({ code: 3, signal: null, left: [] });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('goes when %s ends the process, and lets it be ended', async (signal) => {
    expect(await ended('setInterval(() => undefined, 1_000)', signal)).toEqual({ code: null, signal, left: [] });
  });

  it('leaves how the process ends to whoever else listens for the signal', async () => {
    const [listens, runs] = ["process.once('SIGTERM', () => setImmediate(() => process.exit(4)))", 'setInterval(() => undefined, 1_000)'];
    expect(await ended(runs, 'SIGTERM', listens)).toEqual({ code: 4, signal: null, left: [] });
    expect(await ended(`${listens}; ${runs}`, 'SIGTERM')).toEqual({ code: 4, signal: null, left: [] });
  });
});
