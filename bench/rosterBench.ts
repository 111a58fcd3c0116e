import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EmbeddedEventStore } from '../src/eventstore/embedded/store';
import { createDevelopmentTokens, type DevelopmentTokens } from '../src/server/auth/developmentTokens';
import { appendBigApp } from './bigApp';
import { ChildServer } from './childServer';
import { type BenchOptions, median, nowMs, ROUNDS, withDirectory } from './measure';
import type { ResultRow, ResultTable } from './resultTable';

const JWT_SECRET = 'a secret of the benchmark, known to all of its processes';
const SMALL_MEMBERS = 1_000;
const CYCLES = 40;

const ofUser = (name: string): string => `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { __typename ... on UserError { message } ... on ${name.charAt(0).toUpperCase()}${name.slice(1)}Success { user { userId } } } }`;
const INVITE = 'mutation ($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename ... on UserError { message } ... on InvitePartnerSuccess { user { userId } invitation { invitationId } } } }';
const INVITE_USER = 'mutation ($input: InviteUserInput!) { inviteUser(input: $input) { __typename ... on UserError { message } ... on InviteUserSuccess { user { userId } } } }';
const LEAVE = 'mutation ($input: LeaveAppInput!) { leaveApp(input: $input) { __typename ... on UserError { message } } }';

/** An app, and its owner's token. */
interface ServedApp {
  readonly appId: string;
  readonly token: string;
}

/** Commands on a small app and on a large one, and the first load of the large one's roster after a start. */
export async function rosterBench({ quick, progress }: BenchOptions): Promise<readonly ResultTable[]> {
  const members = quick ? 10_000 : 100_000;
  return withDirectory(async (directory) => {
    const tokens = createDevelopmentTokens({ jwtSecret: new TextEncoder().encode(JWT_SECRET) });
    progress(`making apps of ${SMALL_MEMBERS.toLocaleString('en')} and ${members.toLocaleString('en')} users`);
    const [small, large] = await makeApps(directory, members, tokens);
    const loads = await firstLoads(directory, large, progress);
    const commands = await onBoth(directory, small, large, { tokens, progress, members });
    return [commands, loads];
  });
}

async function makeApps(directory: string, members: number, tokens: DevelopmentTokens): Promise<readonly [ServedApp, ServedApp]> {
  const store = EmbeddedEventStore.open(directory);
  try {
    const made = async (appId: string, count: number): Promise<ServedApp> => {
      const { owner } = await appendBigApp(store, { appId, members: count });
      return { appId, token: await tokens.issue({ keapId: owner.keapId }) };
    };
    return [await made('small', SMALL_MEMBERS), await made('large', members)];
  } finally {
    await store.close();
  }
}

interface Cycling {
  readonly tokens: DevelopmentTokens;
  readonly progress: (text: string) => void;
  readonly members: number;
}

/** Everything that happens to a person, again and again, in both apps in turns. */
async function onBoth(directory: string, small: ServedApp, large: ServedApp, { tokens, progress, members }: Cycling): Promise<ResultTable> {
  const service = await started(directory);
  try {
    const times = new Map<string, number[]>();
    for (let round = 0; round <= ROUNDS; round += 1) {
      progress(round === 0 ? 'warming up' : `round ${round} of ${ROUNDS}: commands`);
      if (round === 1) times.clear();
      for (let cycle = 0; cycle < CYCLES; cycle += 1) {
        for (const app of [small, large]) await live(service, app, `r${round}c${cycle}`, tokens, (name, ms) => { times.set(`${app.appId} ${name}`, [...(times.get(`${app.appId} ${name}`) ?? []), ms]); });
      }
    }
    const rowOf = (name: string): ResultRow => {
      const [atSmall, atLarge] = ['small', 'large'].map((appId) => median(times.get(`${appId} ${name}`) ?? []));
      return { name, values: [atSmall ?? NaN, atLarge ?? NaN, (atLarge ?? NaN) / (atSmall ?? NaN)] };
    };
    return {
      title: `Commands on a large app (median ms over HTTP)`,
      columns: [`${SMALL_MEMBERS.toLocaleString('en')} users`, `${members.toLocaleString('en')} users`, 'ratio'],
      rows: ['invite a partner', 'the same as a dry run', 'accept', 'change a role', 'leave', 'invite a user'].map(rowOf),
    };
  } finally {
    await service.stop();
  }
}

async function live(service: ChildServer, { appId, token }: ServedApp, name: string, tokens: DevelopmentTokens, timed: (name: string, ms: number) => void): Promise<void> {
  const send = async (what: string, who: string, query: string, input: object, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
    const begun = nowMs();
    const answer = await answerTo(service, who, query, { appId, ...input }, headers);
    timed(what, nowMs() - begun);
    return answer;
  };
  const idIn = (answer: string, field: string): string => new RegExp(`"${field}":"([^"]+)"`).exec(answer)?.[1] ?? '';
  const keapId = `${name}@${appId}-guests.example`;
  const own = await tokens.issue({ keapId });
  await send('the same as a dry run', token, INVITE, { keapId, role: 'STANDARD' }, { 'x-dry-run': 'true' });
  const invited = await send('invite a partner', token, INVITE, { keapId, role: 'STANDARD' });
  await send('accept', own, ofUser('acceptInvitation'), { invitationId: idIn(invited, 'invitationId') });
  await send('change a role', token, ofUser('changeUserRole'), { userId: idIn(invited, 'userId'), role: 'ADMIN' });
  await send('leave', own, LEAVE, { confirmAppId: appId });
  await send('invite a user', token, INVITE_USER, { keapId: `u${keapId}`, role: 'STANDARD' });
}

/** The first command after a start, without a snapshot of the roster and with one. */
async function firstLoads(directory: string, { appId, token }: ServedApp, progress: (text: string) => void): Promise<ResultTable> {
  const rosters = join(directory, 'rosters');
  const results = new Map<string, (readonly number[])[]>([['from the log', []], ['from the snapshot', []]]);
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const [name, found] of results) {
      progress(`round ${round} of ${ROUNDS}: first load ${name}`);
      if (name === 'from the log') rmSync(rosters, { recursive: true, force: true });
      const service = await started(directory);
      try {
        await longestStep(service);
        const [begun, cpu] = [nowMs(), service.cpuSeconds()];
        await answerTo(service, token, INVITE, { appId, keapId: `first${round}${name.length}@guests.example`, role: 'STANDARD' }, { 'x-dry-run': 'true' });
        found.push([nowMs() - begun, (service.cpuSeconds() - cpu) * 1_000, await longestStep(service)]);
        while (readdirSync(rosters).every((file) => !file.endsWith('.roster'))) await pause(50);
      } finally {
        await service.stop();
      }
    }
  }
  return {
    title: 'The first command on the large app after a start',
    columns: ['ms', 'server CPU ms', 'longest step of the event loop, ms'],
    rows: [...results].map(([name, found]) => ({ name, values: [0, 1, 2].map((column) => median(found.map((one) => one[column] ?? NaN))) })),
  };
}

/** The longest time, in ms, for which the event loop stood still since the last call. */
async function longestStep({ url }: ChildServer): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text)?.[1]) * 1_000;
}

/** The text of an answer. @throws Error when it is a refusal. */
async function answerTo({ url }: ChildServer, token: string, query: string, input: object, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers }, body: JSON.stringify({ query, variables: { input } }) });
  const text = await response.text();
  if (!response.ok || !text.includes('Success"')) throw new Error(`The server refused: ${text.slice(0, 500)}`);
  return text;
}

/** The service, once its read models are filled. */
async function started(directory: string): Promise<ChildServer> {
  const service = await ChildServer.start(join(__dirname, '../src/main.js'), [], {
    NODE_ENV: 'production', DATA_DIR: directory, PORT: '0', HOST: '127.0.0.1', AUTH_JWT_SECRET: JWT_SECRET, SECRET_KEY: Buffer.alloc(32, 7).toString('base64'), LOG_LEVEL: 'error', INVITATIONS_PER_APP_PER_DAY: '0',
  });
  while (!(await fetch(`${service.url}/health/ready`)).ok) await pause(50);
  return service;
}
