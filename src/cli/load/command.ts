import { readFileSync } from 'node:fs';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandFailed } from '../failures';
import { using } from '../options/files';
import { LoadClient } from './client';
import { LoadFigures, tableOf, TOTAL } from './figures';
import { OPERATIONS, readAnswer } from './mix';
import { openLoop } from './openLoop';
import { demoPlan, type LoadPlan, readingPlan } from './people';

interface LoadOptions {
  readonly dev?: true;
  readonly token?: string;
  readonly app?: string;
  readonly apps: number;
  readonly rate: number;
  readonly duration: number;
  readonly json?: true;
}

/** Requests under way at the same time. One more is not sent, and counted as unsent. */
const MOST_UNDER_WAY = 10_000;

const HELP = `
The mix: of 20 requests, 9 read the first page of a user list, 5 read an Account Central, 3 search, and 3 write: a partner is invited,
accepts, or leaves. With --dev the command registers apps of its own, named load-..., whose people send the requests. With --token one
person reads the app --app, and nothing is written.

Requests start by the clock, whether or not earlier ones have been answered, and latency counts from the moment at which a request was
due. Refusals with 429 or 503 are counted apart, and have no latency. "declined" counts what a rule refused, such as the limit of
invitations per app and day.

Exit codes: 0 when every request was answered, 1 when one failed or could not be sent, 2 for wrong options.`;

/** The `load` command: measures what a running service can take. */
export function loadCommand(): Command {
  return new Command('load')
    .description('Sends a realistic mix of requests to a running service at a constant rate, and prints how long the answers took. Do not run it against a service that people use.')
    .argument('<url>', 'address of the service, such as http://127.0.0.1:4000', serviceUrl)
    .addOption(new Option('--dev', 'sign in people of its own, through /dev/token of a service in development mode').conflicts(['token', 'app']))
    .option('--token <token>', 'token of the person who reads; @FILE reads it from a file')
    .option('--app <id>', 'app that the person reads; they must be active in it')
    .option('--apps <number>', 'apps that --dev registers', inRange(1, 1_000), 10)
    .option('--rate <number>', 'requests per second', inRange(1, 100_000), 50)
    .option('--duration <seconds>', 'seconds', inRange(1, 86_400), 30)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .action(load);
}

async function load(this: Command, url: URL, options: LoadOptions): Promise<void> {
  const { rate, duration, json } = options;
  if (options.dev !== true && (options.token === undefined || options.app === undefined)) this.error('error: pass --dev, or --token and --app', { exitCode: 2 });
  const client = new LoadClient(url);
  try {
    const plan = await planOf(client, options);
    const { figures, unsent, seconds } = await run(client, plan, rate, duration);
    const { sent, failed } = figures.of(TOTAL);
    if (json) process.stdout.write(`${JSON.stringify({ url: url.href, rate, seconds, sentPerSecond: sent / seconds, unsent, operations: figures.read() })}\n`);
    else process.stdout.write(`${tableOf(figures.read())}${Math.round(sent / seconds)} requests per second were sent in ${Math.round(seconds)} s.\n`);
    if (unsent > 0) process.stderr.write(`${unsent} requests were not sent, because ${MOST_UNDER_WAY} others had no answer yet.\n`);
    if (figures.firstFailure !== null) process.stderr.write(`The first failure: ${figures.firstFailure}\n`);
    if (failed > 0 || unsent > 0) throw new CommandFailed();
  } finally {
    client.close();
  }
}

async function planOf(client: LoadClient, { dev, token = '', app: appId = '', apps }: LoadOptions): Promise<LoadPlan> {
  if (dev !== true) return readingPlan(client, { token: tokenIn(token), appId });
  const bar = barOf('preparing {bar} {value}/{total} partners');
  try {
    return await demoPlan(client, apps, (done, total) => {
      if (done === 1) bar.start(total, done);
      else bar.update(done);
    });
  } finally {
    bar.stop();
  }
}

/** @throws OptionUnusable when the file that it names cannot be read. */
function tokenIn(token: string): string {
  if (!token.startsWith('@')) return token;
  const file = token.slice(1);
  return using(file, '--token', () => readFileSync(file, 'utf8').trim());
}

interface Finished {
  readonly figures: LoadFigures;
  readonly unsent: number;
  /** How long requests were started. */
  readonly seconds: number;
}

/** Sends requests until the time is over or the process is interrupted, and waits for the answers. */
async function run(client: LoadClient, plan: LoadPlan, rate: number, duration: number): Promise<Finished> {
  const figures = new LoadFigures(OPERATIONS);
  const interrupted = new AbortController();
  const interrupt = (): void => { interrupted.abort(); };
  process.once('SIGINT', interrupt);
  const underWay = new Set<Promise<void>>();
  let number = 0;
  let unsent = 0;
  const bar = barOf('load {bar} {value}/{total} requests, {refused} refused, {failed} failed, p99 {p99} ms');
  const told = (): object => {
    const { refused, failed, latencyMs } = figures.of(TOTAL);
    return { refused, failed, p99: latencyMs.p99.toFixed(1) };
  };
  bar.start(Math.round(rate * duration), 0, told());
  const tick = setInterval(() => { bar.update(number, told()); }, 500);
  const begunAt = performance.now();
  try {
    await openLoop({
      rate, seconds: duration, signal: interrupted.signal,
      start(intendedAt) {
        if (underWay.size >= MOST_UNDER_WAY) {
          unsent += 1;
          return;
        }
        const request = send(client, plan, number, figures, intendedAt);
        number += 1;
        underWay.add(request);
        void request.finally(() => underWay.delete(request));
      },
    });
    const seconds = (performance.now() - begunAt) / 1_000;
    await Promise.all(underWay);
    return { figures, unsent, seconds };
  } finally {
    clearInterval(tick);
    bar.update(number, told());
    bar.stop();
    process.removeListener('SIGINT', interrupt);
  }
}

/** Sends one request and notes what became of it. Never throws. */
async function send(client: LoadClient, plan: LoadPlan, number: number, figures: LoadFigures, intendedAt: number): Promise<void> {
  const { operation, asked, onDone, onUndone } = plan.next(number);
  try {
    const { outcome, data, why } = readAnswer(await client.ask(asked));
    figures.note(operation, outcome, performance.now() - intendedAt);
    if (outcome === 'done') onDone?.(data);
    else onUndone?.();
    if (outcome === 'failed') figures.firstFailure ??= `${operation}: ${why}`;
  } catch (error) {
    figures.note(operation, 'failed', performance.now() - intendedAt);
    onUndone?.();
    figures.firstFailure ??= `${operation}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const barOf = (format: string): SingleBar => new SingleBar({ format, stream: process.stderr, noTTYOutput: true, notTTYSchedule: 10_000, clearOnComplete: false });

function serviceUrl(given: string): URL {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) throw new InvalidArgumentError('It must be an address such as http://127.0.0.1:4000.');
  return new URL(given.endsWith('/') ? given : `${given}/`);
}

const inRange = (least: number, most: number) => (given: string): number => {
  const value = Number(given);
  if (!/^\d+$/.test(given) || value < least || value > most) throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most.toLocaleString('en')}.`);
  return value;
};
