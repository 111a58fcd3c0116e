import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Person } from './person';

const top = join(__dirname, '../..');

/** A process of ours that ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user of the operating system. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** A process of the built program, with what it printed. */
export class ProgramProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';
  readonly #printed: (() => void)[] = [];

  /** @param file of `dist` or of the tests, from the top of the project. @param user who runs it, instead of the present one. */
  constructor(file: string, args: readonly string[], env: Readonly<Record<string, string>>, user?: User) {
    const { PATH = '' } = process.env;
    this.#child = spawn(process.execPath, [join(top, file), ...args], { env: { PATH, ...env }, cwd: top, stdio: ['ignore', 'pipe', 'pipe'], ...user });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#take(() => (this.#stdout += chunk.toString())));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#take(() => (this.#stderr += chunk.toString())));
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
        this.#take(() => undefined);
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What standard output holds, or the other stream, once the pattern is in it. @throws Error when the process ends before. */
  async untilPrinted(pattern: RegExp, on: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(on === 'stdout' ? this.#stdout : this.#stderr);
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

/** Runs `npm run cli -- COMMAND` with the built program, in its own process. */
export const cliProcess = (args: readonly string[], env: Readonly<Record<string, string>> = {}): ProgramProcess =>
  new ProgramProcess('dist/cli/main.js', args, { LOG_LEVEL: 'error', ...env });

/** A service in a process of its own. */
export interface ServiceProcess {
  readonly program: ProgramProcess;
  readonly url: string;
  as(keapId: string, scope?: string): Promise<Person>;
}

/** Starts a service that kills its own process right after it has appended an event of this type. */
export const startDyingService = (dataDir: string, afterEvent: string, env: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> =>
  startServiceProcess(dataDir, { ...env, KILL_AFTER_EVENT: afterEvent }, 'test/support/dyingService.cjs');

/** Starts the built service in development mode. */
export async function startServiceProcess(dataDir: string, env: Readonly<Record<string, string>> = {}, file = 'dist/main.js', user?: User): Promise<ServiceProcess> {
  const program = new ProgramProcess(file, [], { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'error', ...env }, user);
  const [, url = ''] = await program.untilPrinted(/Listening on (\S+)/);
  const as = async (keapId: string, scope = ''): Promise<Person> => {
    const response = await fetch(`${url}/dev/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ keapId, scope }) });
    return new Person(url, keapId, ((await response.json()) as { token: string }).token);
  };
  return { program, url, as };
}
