import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Person } from './testService';

const top = join(__dirname, '../..');

/** A process of ours that ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of the built program, with what it printed. */
export class ProgramProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';
  readonly #printed: (() => void)[] = [];

  /** @param file of `dist` or of the tests, from the top of the project. */
  constructor(file: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    const { PATH = '' } = process.env;
    this.#child = spawn(process.execPath, [join(top, file), ...args], { env: { PATH, ...env }, cwd: top, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#take(() => (this.#stdout += chunk.toString())));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#take(() => (this.#stderr += chunk.toString())));
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
        this.#take(() => undefined);
      });
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What standard output holds once the pattern is in it. @throws Error when the process ends before. */
  async untilPrinted(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#stdout);
      if (found) return found;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error(`The process ended: ${this.#stderr}`);
      await new Promise<void>((resolve) => this.#printed.push(resolve));
    }
  }

  #take(note: () => void): void {
    note();
    for (const resolve of this.#printed.splice(0)) resolve();
  }
}

/** `npm run cli -- COMMAND` of the built program, in a process of its own. */
export const cliProcess = (args: readonly string[], env: Readonly<Record<string, string>> = {}): ProgramProcess =>
  new ProgramProcess('dist/cli/main.js', args, { LOG_LEVEL: 'error', ...env });

/** The built service in development mode, in a process of its own. */
export async function startServiceProcess(dataDir: string, env: Readonly<Record<string, string>> = {}, file = 'dist/main.js'): Promise<{ program: ProgramProcess; url: string; as(keapId: string, scope?: string): Promise<Person> }> {
  const program = new ProgramProcess(file, [], { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'error', ...env });
  const [, url = ''] = await program.untilPrinted(/Listening on (\S+)/);
  const as = async (keapId: string, scope = ''): Promise<Person> => {
    const response = await fetch(`${url}/dev/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ keapId, scope }) });
    return new Person(url, keapId, ((await response.json()) as { token: string }).token);
  };
  return { program, url, as };
}
