import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { utcOf } from '../../application/commandTypes';
import type { AccessTime } from '../../projections/periodsOfAccess/rows';
import { ACCESS_EXPORT_PATH, sendProblem } from '../errorReplies';
import type { FaultLog } from '../graphql/apollo';
import { PRICES } from '../graphql/price';
import { type ContextFactory, NO_METER, type ReadProgress, type RequestResources, traceOf } from '../graphql/request';
import { type PublicCode, publicErrorOf, statusOfCodes } from '../publicErrors';
import { type RequestAdmission, sendOverBudget, sendTooMany } from '../requestAdmission';
import { callerKey, type RequestWork, WorkCharge } from '../work/requestWork';
import { writeParts } from './stream';

/** What a list of access is asked for. */
interface AccessQuestion {
  /** Null for now. */
  readonly time: AccessTime | null;
  /** Null for every app that the caller may read. */
  readonly appIds: readonly string[] | null;
}

/** A file that is made while it is sent. */
export interface ExportedFile {
  readonly name: string;
  readonly type: string;
  /** Parts of the file, each of which takes some milliseconds. */
  readonly parts: Iterator<string, void>;
  /** Releases what the parts are read from. */
  close(): void;
}

/** The files that can be downloaded. */
export interface Exports {
  /** Opens the list of everybody who had access. @throws GraphQLError `FORBIDDEN` for apps that the caller may not read; `BAD_USER_INPUT` */
  access(resources: RequestResources, question: AccessQuestion): Promise<ExportedFile>;
}

interface ExportRoutesParts {
  readonly requests: RequestAdmission;
  readonly work: RequestWork;
  readonly faults: FaultLog;
  readonly exports: Exports;
  readonly createContext: ContextFactory;
  readonly progress: ReadProgress;
}

/** Files that are sent at the same time, of all callers; each of them sends one. Another one is answered with 429. */
const MOST_AT_ONCE = 4;
/** A client that takes nothing for this time is disconnected. */
const STALL_MS = 30_000;
/** A file that takes longer is broken off: what it is read from stays as it is for so long. */
const MOST_MS = 10 * 60_000;
/** A file waits while less than this part of its caller's budget is left, so that their other requests are answered meanwhile. */
const LEFT_FOR_OTHERS = 0.5;

/** Adds the downloads of files. They are charged as GraphQL requests are, and read as fast as the client takes them. */
export function addExportRoutes(app: FastifyInstance, { requests, work, faults, exports, createContext, progress }: ExportRoutesParts): void {
  const sending = new Set<string>();

  const send = async (request: FastifyRequest, reply: FastifyReply, file: ExportedFile, charge: WorkCharge, isPoor: () => boolean): Promise<void> => {
    reply.hijack();
    const response = reply.raw;
    response.on('error', () => undefined);
    // A connection that is kept alive would delay the shutdown.
    response.shouldKeepAlive = false;
    response.writeHead(200, { ...headersOf(reply), 'content-type': file.type, 'content-disposition': `attachment; filename="${file.name}"`, 'x-accel-buffering': 'no' });
    try {
      await writeParts(response, file.parts, { worked: (ms) => { charge.addBusy(ms); }, waits: isPoor, stallMs: STALL_MS, mostMs: MOST_MS });
    } catch (error) {
      faults.note([error instanceof Error ? error : new Error(String(error))], request.id);
      response.destroy();
    }
  };

  app.get(ACCESS_EXPORT_PATH, { exposeHeadRoute: false }, async (request, reply) => {
    reply.header('x-position', progress.position());
    const caller = await requests.identify(request, reply, { countsUnsigned: true });
    if (caller === null) return reply;
    if (caller.identity === null) {
      reply.header('www-authenticate', 'Bearer');
      return sendProblem(request, reply, { status: 401, code: 'UNAUTHENTICATED', message: 'Sign in first: send a token in the header "authorization: Bearer …".' });
    }
    const question = questionOf(request.query);
    if (typeof question === 'string') return sendProblem(request, reply, { status: 400, code: 'BAD_USER_INPUT', message: question });
    if (!requests.hasTimeFor(request, reply, caller)) return reply;
    const key = callerKey(caller);
    if (sending.has(key)) return sendTooMany(request, reply, 'A file is being sent to you already. Ask for the next one when you have it.');
    if (sending.size >= MOST_AT_ONCE) return sendTooMany(request, reply, `The server is sending ${MOST_AT_ONCE} files, which is its limit. Ask for the file again in a moment.`);
    const leave = requests.takePlace(request, reply, caller);
    if (leave === null) return reply;
    sending.add(key);
    let charge: WorkCharge | null = null;
    let resources: RequestResources | null = null;
    try {
      if (!(await requests.waitForTurn(request, reply, caller, leave))) return await reply;
      const opened = work.open(caller, { ms: PRICES.request, fixedMs: PRICES.request, mutations: 0, appIds: question.appIds ?? [] });
      if (!(opened instanceof WorkCharge)) return await sendOverBudget(request, reply, opened);
      charge = opened;
      resources = await createContext({ identity: caller.identity, trace: traceOf(request), dryRun: false, waitFor: (...given) => progress.waitFor(...given), meter: { ...NO_METER, worked: (ms) => { opened.addBusy(ms); } } });
      const file = await exports.access(resources, question);
      try {
        await send(request, reply, file, charge, () => work.left(caller) < LEFT_FOR_OTHERS);
      } finally {
        file.close();
      }
      return await reply;
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      faults.note([failure], request.id);
      const { message, extensions } = publicErrorOf(failure, request.id, false);
      const code = extensions?.['code'] as PublicCode;
      return await sendProblem(request, reply, { status: statusOf(code), code, message });
    } finally {
      leave();
      sending.delete(key);
      for (const dispose of resources?.disposables ?? []) dispose();
      charge?.settle();
    }
  });
}

const statusOf = (code: PublicCode): number => statusOfCodes([code]) ?? (code === 'FORBIDDEN' ? 403 : 400);

const PARAMETERS = ['asOf', 'from', 'to', 'app'];

/** Reads the query of the address. @returns a sentence that says what is wrong with it. */
function questionOf(query: unknown): AccessQuestion | string {
  const given = new Map(Object.entries(query ?? {}) as [string, string | string[]][]);
  const unknown = [...given.keys()].filter((name) => !PARAMETERS.includes(name));
  if (unknown.length > 0) return `There is no parameter ${unknown.map((name) => JSON.stringify(name.slice(0, 40))).join(', ')}. Known ones are ${PARAMETERS.join(', ')}.`;
  const apps = given.get('app');
  const appIds = apps === undefined ? null : [apps].flat();
  const times: Record<string, string> = {};
  for (const name of ['asOf', 'from', 'to']) {
    const text = given.get(name);
    if (text === undefined) continue;
    const time = typeof text === 'string' ? timeOf(text) : undefined;
    if (time === undefined) return `${name} must be one time in RFC 3339, such as 2026-01-31T00:00:00Z, or a day such as 2026-01-31, which begins at midnight UTC.`;
    times[name] = time;
  }
  const { asOf, from, to } = times;
  if (asOf !== undefined && (from !== undefined || to !== undefined)) return 'Give either asOf, for a moment, or from and to, for the time between them.';
  if ((from === undefined) !== (to === undefined)) return 'Give from and to together: from is inclusive, to is exclusive.';
  if (from !== undefined && to !== undefined && from >= to) return 'from must be before to.';
  if (asOf !== undefined) return { time: { asOf }, appIds };
  return { time: from === undefined || to === undefined ? null : { from, to }, appIds };
}

/** A time, or the beginning of a day in UTC. In an address, a plus sign that was not encoded arrives as a space. */
const timeOf = (text: string): string | undefined => utcOf(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text.replace(' ', '+'));

function headersOf(reply: FastifyReply): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
}
