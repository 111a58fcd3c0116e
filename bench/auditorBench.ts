import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { type AuditorQuestion, auditorQuestions } from './auditorQuestions';
import { ChildServer } from './childServer';
import { Dice } from './dice';
import { EVENTS_OF_AN_APP, generateLog, LOG_BEGIN } from './generatedLog';
import { median, nowMs, quantile, withDirectory, type BenchOptions } from './measure';
import { keapIdOf } from './people';
import type { ResultRow, ResultTable } from './resultTable';
import { serviceEnvironment, tokensOfTheService, untilReady } from './servedLog';

const DOCUMENT = join(__dirname, '../../docs/auditing.md');
const EVENTS = 1_000_000;
const EVENTS_QUICK = 20_000;
const WARM_UP = 5;
const EXPORT_TIMES = 3;
const REVIEWED_APPS = 5;
const DAY_MS = 24 * 60 * 60_000;
/** The first day that a question names is one of these after the beginning of the log. */
const FIRST_DAY = { from: 20, days: 30 };
/** Most people who joined an app and are asked about. */
const PEOPLE = 150;

/** What is aimed at. */
const AIM = { pageMs: 100, rowsPerSecond: 50_000 };

/** A service on a long log, an auditor, and a server that does nothing but send the same answers. */
interface Audited {
  readonly directory: string;
  readonly service: ChildServer;
  readonly token: string;
  readonly apps: number;
  readonly times: number;
  readonly progress: (text: string) => void;
}

/** The questions of docs/auditing.md over a long log, each as it stands there with other apps, people and days every time; and the files that it hands over. */
export async function auditorBench({ quick, progress }: BenchOptions): Promise<readonly ResultTable[]> {
  const events = quick ? EVENTS_QUICK : EVENTS;
  const questions = auditorQuestions(readFileSync(DOCUMENT, 'utf8'));
  return withDirectory(async (directory) => {
    const written = await generateLog(directory, events, progress, { answered: true });
    progress('filling the read models');
    const service = await ChildServer.start(join(__dirname, '../src/main.js'), [], { ...serviceEnvironment(directory), WORK_PER_PERSON: '0', WORK_PER_ADDRESS: '0', WORK_PER_APP: '0', CHECKPOINT_EVERY_EVENTS: '100' });
    try {
      await untilReady(service.url);
      const token = await tokensOfTheService().issue({ keapId: 'auditor@keap.example', scope: 'auditor' });
      const audited: Audited = { directory, service, token, apps: Math.floor(events / EVENTS_OF_AN_APP), times: quick ? 30 : 100, progress };
      await startReviews(audited);
      const pages: ResultRow[] = [];
      for (const question of questions.filter(({ language }) => language === 'graphql')) pages.push(await pageRow(audited, question));
      const files: ResultRow[] = [];
      for (const question of questions.filter(({ language }) => language === 'sh')) files.push(...(await fileRows(audited, question)));
      const of = `${written.toLocaleString('en')} events in ${audited.apps.toLocaleString('en')} apps, load ${loadavg()[0]?.toFixed(1) ?? ''}`;
      return [
        { title: `Questions of auditors over HTTP: ${of}`, columns: ['p50 ms', 'p99 ms', 'server CPU ms', 'raw p50 ms', 'ratio to raw', 'kB', `of ${AIM.pageMs} ms`], rows: pages },
        { title: `Files for auditors: ${of}`, columns: ['rows', 'ms', 'rows/s', 'server CPU ms', 'raw ms', 'ratio to raw', `rows/s of ${AIM.rowsPerSecond.toLocaleString('en')}`], rows: files },
      ];
    } finally {
      await service.stop();
    }
  });
}

interface Answer {
  readonly text: string;
  readonly ms: number;
}

async function fetched(url: string, { headers = {}, body }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string }): Promise<Answer> {
  const start = nowMs();
  const response = await fetch(url, { headers, ...(body === undefined ? {} : { method: 'POST', body }) });
  const text = await response.text();
  if (!response.ok || /^\{"errors":|"code":/.test(text.slice(0, 1_000))) throw new Error(`The server refused: ${text.slice(0, 500)}`);
  return { text, ms: nowMs() - start };
}

const asked = ({ service, token }: Pick<Audited, 'service' | 'token'>, query: string, variables: object = {}): Promise<Answer> =>
  fetched(`${service.url}/graphql`, { headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables }) });

/** The data of an answer; the caller names its type. */
async function read<T>(audited: Pick<Audited, 'service' | 'token'>, query: string, variables: object = {}): Promise<T> {
  return (JSON.parse((await asked(audited, query, variables)).text) as { readonly data: T }).data;
}

interface Nodes<T> {
  readonly nodes: readonly T[];
}

interface Started {
  readonly startAccessReview: { readonly review: { readonly reviewId: string; readonly items: Nodes<{ readonly user: { readonly userId: string; readonly keapId: string } }> } };
}

interface Checkpoints {
  readonly checkpoints: Nodes<{ readonly position: string }>;
  readonly latestCheckpoint: { readonly position: string };
}

/** Apps that are reviewed: the owner decides on everybody else. */
async function startReviews(audited: Audited): Promise<void> {
  for (let app = 0; app < REVIEWED_APPS; app += 1) {
    const appId = `app${app}`;
    const keapId = `owner@${appId}.example`;
    const { startAccessReview: { review } } = await read<Started>(
      audited, 'mutation ($appId: ID!) { startAccessReview(input: { appId: $appId, note: "Quarter 1" }) { ... on StartAccessReviewSuccess { review { reviewId items(first: 200) { nodes { user { userId keapId } } } } } } }', { appId },
    );
    const userIds = review.items.nodes.filter(({ user }) => user.keapId !== keapId).map(({ user }) => user.userId);
    const owner = { service: audited.service, token: await tokensOfTheService().issue({ keapId }) };
    await read(owner, 'mutation ($reviewId: ID!, $userIds: [ID!]!) { decideAccess(input: { reviewId: $reviewId, userIds: $userIds, decision: KEEP }) { ... on DecideAccessSuccess { position } } }', { reviewId: review.reviewId, userIds });
  }
}

/** The block with an app of the log, somebody of it, and days on which something happened there, instead of those of the document. */
function elsewhere(text: string, dice: Dice, apps: number): string {
  const appId = `app${dice.below(apps)}`;
  const days = [...text.matchAll(/\d{4}-\d\d-\d\d/g)].map(([day]) => Date.parse(day));
  const shift = LOG_BEGIN + (FIRST_DAY.from + dice.below(FIRST_DAY.days)) * DAY_MS - Math.min(...days);
  return text
    .replaceAll(/csi00(?!\.)|gx624/g, appId)
    .replaceAll('paula@coach.example', keapIdOf(appId, 1 + dice.below(PEOPLE)))
    .replaceAll(/\d{4}-\d\d-\d\d/g, (day) => new Date(Date.parse(day) + shift).toISOString().slice(0, 10));
}

/** The variables of the questions about proofs: an event somewhere, or the earliest and the latest checkpoint. */
async function variablesOf(audited: Audited, text: string, dice: Dice): Promise<object> {
  if (!text.startsWith('query (')) return {};
  const { checkpoints, latestCheckpoint } = await read<Checkpoints>(audited, '{ checkpoints(first: 1) { nodes { position } } latestCheckpoint { position } }');
  if (text.includes('$mine')) return { mine: checkpoints.nodes[0]?.position, latest: latestCheckpoint.position };
  const { membershipEvents: { nodes } } = await read<{ readonly membershipEvents: Nodes<{ readonly id: string; readonly position: string }> }>(audited, 'query ($appId: ID!) { membershipEvents(filter: { appId: $appId }, first: 200) { nodes { id position } } }', { appId: `app${dice.below(audited.apps)}` });
  const event = dice.oneOf(nodes);
  return { event: event?.id, position: event?.position, checkpoint: latestCheckpoint.position };
}

/** A server that sends these texts and does nothing else. */
async function withRaw<T>({ directory }: Audited, text: string, work: (url: string) => Promise<T>): Promise<T> {
  const file = join(directory, 'answer.json');
  writeFileSync(file, text);
  const plain = await ChildServer.start(join(__dirname, 'plainServer.js'), [file], {});
  try {
    return await work(`${plain.url}/0`);
  } finally {
    await plain.stop();
  }
}

async function pageRow(audited: Audited, { number, question, text }: AuditorQuestion): Promise<ResultRow> {
  const name = `${number}. ${question}`;
  audited.progress(name);
  const dice = new Dice(name);
  // The largest of a few answers, which no question has without something to say.
  let largest = '';
  for (let time = 0; time < WARM_UP; time += 1) {
    const answer = await asked(audited, elsewhere(text, dice, audited.apps), await variablesOf(audited, text, dice));
    if (answer.text.length > largest.length) largest = answer.text;
  }
  return withRaw(audited, largest, async (url) => {
    const requests: { readonly query: string; readonly variables: object }[] = [];
    for (let time = 0; time < audited.times; time += 1) requests.push({ query: elsewhere(text, dice, audited.apps), variables: await variablesOf(audited, text, dice) });
    const sizes: number[] = [];
    const durations: number[] = [];
    const raw: number[] = [];
    const cpuBefore = audited.service.cpuSeconds();
    for (const { query, variables } of requests) {
      const answer = await asked(audited, query, variables);
      durations.push(answer.ms);
      sizes.push(answer.text.length / 1000);
      raw.push((await fetched(url, { body: JSON.stringify({ query, variables }) })).ms);
    }
    const cpuMs = ((audited.service.cpuSeconds() - cpuBefore) * 1000) / audited.times;
    const [p50, rawP50] = [median(durations), median(raw)];
    return { name, values: [p50, quantile(durations, 0.99), cpuMs, rawP50, p50 / rawP50, median(sizes), p50 / AIM.pageMs] };
  });
}

/** What each command of a block writes: a file over HTTP, or one by the command line, which proves and checks every event. */
async function fileRows(audited: Audited, { number, text }: AuditorQuestion): Promise<readonly ResultRow[]> {
  const rows: ResultRow[] = [];
  const block = elsewhere(text, new Dice(`${number}`), audited.apps);
  const { latestCheckpoint: { keyId } } = await read<{ readonly latestCheckpoint: { readonly keyId: string } }>(audited, '{ latestCheckpoint { keyId } }');
  for (const command of block.trim().split('\n')) {
    const name = `${number}. ${command.replace(/curl.*partners\.example\.com/, 'GET ').replaceAll('"', '')}`;
    audited.progress(name);
    const [, path] = /"https:\/\/partners\.example\.com([^"]+)"/.exec(command) ?? [];
    rows.push(path === undefined ? await commandRow(audited, name, command.replace('"$KEY_ID"', keyId)) : await downloadRow(audited, name, path));
  }
  return rows;
}

async function downloadRow(audited: Audited, name: string, path: string): Promise<ResultRow> {
  const { service, token } = audited;
  const download = (): Promise<Answer> => fetched(service.url + path, { headers: { authorization: `Bearer ${token}` } });
  const { text } = await download();
  const rows = text.split('\r\n').length - 2;
  return withRaw(audited, JSON.stringify(text), async (url) => {
    const durations: number[] = [];
    const raw: number[] = [];
    const cpuBefore = service.cpuSeconds();
    for (let time = 0; time < EXPORT_TIMES; time += 1) {
      durations.push((await download()).ms);
      raw.push((await fetched(url, { body: '{}' })).ms);
    }
    const [ms, rawMs] = [median(durations), median(raw)];
    const rate = (rows * 1000) / ms;
    return { name, values: [rows, ms, rate, ((service.cpuSeconds() - cpuBefore) * 1000) / EXPORT_TIMES, rawMs, ms / rawMs, rate / AIM.rowsPerSecond] };
  });
}

/** A command of the command line with the file that it writes or checks, in a new process each time, whose start is in the figures. */
async function commandRow({ directory }: Audited, name: string, command: string): Promise<ResultRow> {
  const durations: number[] = [];
  let file = '';
  for (let time = 0; time < EXPORT_TIMES; time += 1) {
    const args = command.split(/\s+/).slice('npm run cli --'.split(' ').length).map((arg) => (arg.endsWith('.ndjson') ? join(directory, `${time}-${arg}`) : arg));
    file = args.find((arg) => arg.endsWith('.ndjson')) ?? file;
    const start = nowMs();
    const child = spawn(process.execPath, [join(__dirname, '../src/cli/main.js'), ...args], { env: serviceEnvironment(directory), stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr}`);
    durations.push(nowMs() - start);
  }
  const [rows, ms] = [readFileSync(file, 'utf8').split('\n').length - 1, median(durations)];
  return { name, values: [rows, ms, (rows * 1000) / ms, null, null, null, null] };
}
