import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** Linux counts a process's time in hundredths of a second. */
const TICKS_PER_SECOND = 100;
const KEPT_OUTPUT = 100_000;

/** A server in a process of its own, so that the client's work is not counted as the server's. */
export class ChildServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Starts a compiled program that prints `Listening on URL`. @throws Error with what it printed when it ends before. */
  static async start(file: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<ChildServer> {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [file, ...args], { env: { PATH, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    const url = new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        printed = (printed + chunk.toString()).slice(-KEPT_OUTPUT);
        const [, found] = /Listening on (http\S+)\s/.exec(printed) ?? [];
        if (found !== undefined) resolve(found);
      });
      child.once('exit', () => { reject(new Error(`The server ${file} ended before it listened: ${printed}`)); });
    });
    return new ChildServer(child, await url);
  }

  /** CPU time so far, in seconds; NaN where the system does not tell. */
  cpuSeconds(): number {
    try {
      const [, ticks = ''] = readFileSync(`/proc/${String(this.child.pid)}/stat`, 'utf8').split(') ');
      const fields = ticks.split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    } catch {
      return NaN;
    }
  }

  /** Ends the server and waits until it has. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}
