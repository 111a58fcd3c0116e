import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { transformFileSync } from '@swc/core';
import { temporaryDirectory } from '../support/temporaryDirectory';

const ROOT = resolve(__dirname, '../..');

export interface ChildPrograms {
  /** Runs `file` of this directory (without extension) and gives the lines it prints, until it ends. */
  run(file: string, args: readonly string[], options?: RunOptions): Promise<string[]>;
  remove(): void;
}

interface RunOptions {
  /** Ends the program with SIGKILL once it has printed this number of lines. */
  readonly killAfterLines?: number;
  /** Most bytes that a file may have, in blocks of the shell's `ulimit -f`. */
  readonly fileSizeLimit?: number;
}

/** Compiles the store and the programs of this directory, so that tests can run them in processes of their own. */
export function childPrograms(): ChildPrograms {
  const directory = temporaryDirectory();
  for (const file of ['src/concurrency.ts', ...filesIn('src/files'), ...filesIn('src/eventstore'), ...filesIn('test/eventstore')]) compile(file, directory.path);
  return {
    run: (file, args, options = {}) => run(join(directory.path, 'test/eventstore', `${file}.js`), args, options),
    remove: () => { directory.remove(); },
  };
}

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
}

function compile(file: string, target: string): void {
  const compiled = join(target, file.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(compiled), { recursive: true });
  const { code } = transformFileSync(join(ROOT, file), {
    swcrc: false,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' }, transform: { useDefineForClassFields: false } },
    module: { type: 'commonjs' },
  });
  writeFileSync(compiled, code);
}

async function run(program: string, args: readonly string[], { killAfterLines = Infinity, fileSizeLimit }: RunOptions): Promise<string[]> {
  const limit = fileSizeLimit === undefined ? '' : `ulimit -f ${fileSizeLimit}; `;
  const child = spawn('sh', ['-c', `${limit}exec "$@"`, 'sh', process.execPath, program, ...args], {
    env: { ...process.env, NODE_PATH: join(ROOT, 'node_modules') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.split('\n').length > killAfterLines) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  await new Promise((done) => child.once('close', done));
  if (errors !== '') throw new Error(`the program ${program} failed: ${errors}`);
  // A line that the kill cut short was not said.
  return output.split('\n').slice(0, -1);
}
