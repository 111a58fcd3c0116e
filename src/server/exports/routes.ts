import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { utcOf } from '../../application/commandTypes';
import { USER_KINDS, USER_ROLES } from '../../projections/userList/rows';
import type { AdministrationQuestion } from '../../resolvers/history/export';
import type { AccessQuestion } from '../../resolvers/period/export';
import { EXPORT_PATHS, type Problem, sendProblem } from '../errorReplies';
import type { FaultLog } from '../graphql/apollo';
import { PRICES } from '../graphql/price';
import { type ContextFactory, NO_METER, type ReadProgress, type RequestResources, traceOf } from '../graphql/request';
import { type PublicCode, publicErrorOf, statusOfCodes } from '../publicErrors';
import { type RequestAdmission, sendOverBudget, sendTooMany } from '../requestAdmission';
import { callerKey, type RequestWork, WorkCharge } from '../work/requestWork';
import { breakOff, writeParts } from './stream';

/** Which access review is asked for, and as what. */
interface ReviewQuestion {
  readonly reviewId: string;
  readonly format: 'ndjson' | 'html';
  /** Two letters; English when null, and for a language in which there is no page. */
  readonly language: string | null;
}

/** A file that is made while it is sent. */
export interface ExportedFile {
  readonly name: string;
  readonly type: string;
  /** Parts of the file, each of which takes some milliseconds. */
  readonly parts: Iterator<string, void> | AsyncIterator<string, void>;
  /** Releases what the parts are read from. */
  close(): void;
}

/** The files that can be downloaded. */
export interface Exports {
  /** Opens the list of everybody who had access. @throws GraphQLError `FORBIDDEN` for apps that the caller may not read; `BAD_USER_INPUT` */
  access(resources: RequestResources, question: AccessQuestion): Promise<ExportedFile>;
  /** Opens the bundle of what operators and auditors did. @throws GraphQLError `FORBIDDEN`; ProjectionBehind; ExportRefused */
  administration(resources: RequestResources, question: AdministrationQuestion): Promise<ExportedFile>;
  /**
   * Opens a signed-off access review. @param worked called with the milliseconds that reading it took.
   * @throws GraphQLError `FORBIDDEN` for somebody who may see the review and not its people. @throws ExportRefused
   */
  review(resources: RequestResources, question: ReviewQuestion, worked: (ms: number) => void): Promise<ExportedFile>;
}

/** There is no such file. The message says why. */
export class ExportRefused extends Error {
  override readonly name = 'ExportRefused';

  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

/** How a file is asked for and made. */
interface ExportRoute<Question> {
  readonly path: string;
  /** Reads the query of the address. @returns a sentence that says what is wrong with it. */
  readonly questionOf: (query: unknown) => Question | string;
  readonly appIdsOf: (question: Question) => readonly string[];
  readonly open: (resources: RequestResources, question: Question, worked: (ms: number) => void) => Promise<ExportedFile>;
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
      breakOff(response);
    }
  };

  const add = <Question>({ path, questionOf, appIdsOf, open }: ExportRoute<Question>): void => void app.get(path, { exposeHeadRoute: false }, async (request, reply) => {
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
      const opened = work.open(caller, { ms: PRICES.request, fixedMs: PRICES.request, mutations: 0, appIds: appIdsOf(question) });
      if (!(opened instanceof WorkCharge)) return await sendOverBudget(request, reply, opened);
      charge = opened;
      resources = await createContext({ identity: caller.identity, trace: traceOf(request), dryRun: false, waitFor: (...given) => progress.waitFor(...given), meter: { ...NO_METER, worked: (ms) => { opened.addBusy(ms); } } });
      const file = await open(resources, question, (ms) => { opened.addBusy(ms); });
      try {
        await send(request, reply, file, charge, () => work.left(caller) < LEFT_FOR_OTHERS);
      } finally {
        file.close();
      }
      return await reply;
    } catch (error) {
      if (error instanceof ExportRefused) return await sendProblem(request, reply, error.problem);
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

  add({ path: EXPORT_PATHS.access, questionOf: accessQuestionOf, appIdsOf: ({ appIds }) => appIds ?? [], open: (resources, question) => exports.access(resources, question) });
  add({ path: EXPORT_PATHS.administration, questionOf: administrationQuestionOf, appIdsOf: () => [], open: (resources, question) => exports.administration(resources, question) });
  for (const [path, format] of [[EXPORT_PATHS.reviewFile, 'ndjson'], [EXPORT_PATHS.reviewPage, 'html']] as const) {
    add({ path, questionOf: (query) => reviewQuestionOf(query, format), appIdsOf: () => [], open: (resources, question, worked) => exports.review(resources, question, worked) });
  }
}

const statusOf = (code: PublicCode): number => statusOfCodes([code]) ?? (code === 'FORBIDDEN' ? 403 : 400);

type Given = ReadonlyMap<string, string | string[]>;

/** The parameters in the query of an address. @returns a sentence when there are others than those that are known. */
function givenIn(query: unknown, known: readonly string[]): Given | string {
  const given = new Map(Object.entries(query ?? {}) as [string, string | string[]][]);
  const unknown = [...given.keys()].filter((name) => !known.includes(name));
  if (unknown.length === 0) return given;
  return `There is no parameter ${unknown.map((name) => JSON.stringify(name.slice(0, 40))).join(', ')}. Known ones are ${known.join(', ')}.`;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LANGUAGE = /^[a-z]{2}$/;

function reviewQuestionOf(query: unknown, format: ReviewQuestion['format']): ReviewQuestion | string {
  const given = givenIn(query, format === 'html' ? ['review', 'language'] : ['review']);
  if (typeof given === 'string') return given;
  const [reviewId, language = null] = [given.get('review'), given.get('language')];
  if (typeof reviewId !== 'string' || !UUID.test(reviewId)) return 'review must be the id of one access review, a UUID.';
  if (language !== null && (typeof language !== 'string' || !LANGUAGE.test(language))) return 'language must be one language of two letters, such as en or de.';
  return { reviewId: reviewId.toLowerCase(), format, language };
}

function accessQuestionOf(query: unknown): AccessQuestion | string {
  const given = givenIn(query, ['asOf', 'from', 'to', 'app', 'keapId', 'role', 'kind']);
  if (typeof given === 'string') return given;
  const apps = given.get('app');
  const appIds = apps === undefined ? null : [apps].flat();
  const times = timesIn(given, ['asOf', 'from', 'to']);
  if (typeof times === 'string') return times;
  const keapId = given.get('keapId') ?? null;
  if (typeof keapId !== 'string' && keapId !== null) return 'keapId must be one Keap ID.';
  const [role, kind] = [oneOf(USER_ROLES, given.get('role')), oneOf(USER_KINDS, given.get('kind'))];
  if (role === undefined) return `role must be one of ${USER_ROLES.join(', ')}.`;
  if (kind === undefined) return `kind must be one of ${USER_KINDS.join(', ')}.`;
  const filter = { appIds, keapId, role, kind };
  const { asOf, from, to } = times;
  if (asOf !== undefined && (from !== undefined || to !== undefined)) return 'Give either asOf, for a moment, or from and to, for the time between them.';
  if ((from === undefined) !== (to === undefined)) return 'Give from and to together: from is inclusive, to is exclusive.';
  if (asOf !== undefined) return { time: { asOf }, ...filter };
  return { time: from === undefined || to === undefined ? null : { from, to }, ...filter };
}

function administrationQuestionOf(query: unknown): AdministrationQuestion | string {
  const given = givenIn(query, ['from', 'to']);
  if (typeof given === 'string') return given;
  const times = timesIn(given, ['from', 'to']);
  return typeof times === 'string' ? times : { from: times.from ?? null, to: times.to ?? null };
}

interface Times {
  readonly asOf?: string;
  readonly from?: string;
  readonly to?: string;
}

/** The times among the parameters. @returns a sentence when one of them is no time, or they are in another order. */
function timesIn(given: Given, names: readonly (keyof Times)[]): Times | string {
  const times: { -readonly [Name in keyof Times]: string } = {};
  for (const name of names) {
    const text = given.get(name);
    if (text === undefined) continue;
    const time = typeof text === 'string' ? timeOf(text) : undefined;
    if (time === undefined) return `${name} must be one time in RFC 3339, such as 2026-01-31T00:00:00Z, or a day such as 2026-01-31, which begins at midnight UTC.`;
    times[name] = time;
  }
  return times.from !== undefined && times.to !== undefined && times.from >= times.to ? 'from must be before to.' : times;
}

/** The value that a parameter names; null when it is absent, undefined when it names none. */
const oneOf = <T extends string>(values: readonly T[], given: string | string[] | undefined): T | null | undefined => (given === undefined ? null : values.find((value) => value === given));

/** A time, or the beginning of a day in UTC. In an address, a plus sign that was not encoded arrives as a space. */
const timeOf = (text: string): string | undefined => utcOf(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text.replace(' ', '+'));

function headersOf(reply: FastifyReply): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
}
