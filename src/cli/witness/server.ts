import { isUtf8 } from 'node:buffer';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { checkpointLine, UnreadableCheckpoint } from '../../proofs/checkpoints/statement';
import { judged } from '../../proofs/witness/judgement';
import { parsePosted, type PostedCheckpoint, type RefusalCode } from '../../proofs/witness/protocol';
import type { WitnessRecord } from '../../proofs/witness/record';
import { receiveRefusedBody } from '../../server/refusedBody';

export interface WitnessServerOptions {
  readonly record: WitnessRecord;
  /** Secret of the Standard Webhooks signature that requests must have; null accepts requests without one. */
  readonly secret: string | null;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
  /** Called with what the operator of the witness should know. */
  readonly report: (message: string) => void;
}

/** A posted checkpoint with its proof has about 6 KiB at most. The statement about a log that was written anew names each event from which something was removed. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Each may make the witness hold a body of `MOST_BYTES`. */
const MOST_CONNECTIONS = 64;
const REQUEST_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 30_000;
const MOST_LINES = 1_000;
const LINES_BY_DEFAULT = 100;

const STATUS: Readonly<Record<RefusalCode, number>> = {
  BAD_REQUEST: 400, UNAUTHENTICATED: 401, KEY_NOT_ACCEPTED: 403, CHECKPOINT_FORGED: 422, PROOF_NEEDED: 409, FORKED: 409, ANOTHER_LOG: 409, NOT_STORED: 503,
};

/** The HTTP server of a witness. It takes checkpoints at `POST /checkpoints`, and tells anybody what it has countersigned. */
export function witnessServer(options: WitnessServerOptions): FastifyInstance {
  const app = fastify({
    bodyLimit: MOST_BYTES, requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: IDLE_TIMEOUT_MS, keepAliveTimeout: IDLE_TIMEOUT_MS, forceCloseConnections: true, logger: false,
    routerOptions: { maxParamLength: 100 },
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  app.removeAllContentTypeParsers();
  // The signature covers the bytes, so the body is read as they are and parsed afterwards.
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => { done(null, body); });
  app.setNotFoundHandler(async (_request, reply) => reply.code(404).send({ code: 'NOT_FOUND', message: 'There is GET /, GET /checkpoints and POST /checkpoints.' }));
  app.setErrorHandler(async (error, request, reply) => {
    const status = typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
    if (status === 413) receiveRefusedBody(request, reply);
    if (status < 500) return reply.code(status).send({ code: 'BAD_REQUEST', message: error instanceof Error ? error.message : 'The request is not one that this witness understands.' });
    options.report(error instanceof Error ? error.message : String(error));
    return reply.code(503).send({ code: 'NOT_STORED', message: 'The witness cannot do this now. Try again later.' });
  });
  app.get('/', () => stateOf(options.record));
  app.get('/checkpoints', async (request, reply) => page(options.record, request, reply));
  addPosting(app, options);
  return app;
}

function addPosting(app: FastifyInstance, { record, secret, now, report }: WitnessServerOptions): void {
  const webhook = secret === null ? null : new Webhook(secret);
  let reported = '';
  app.post('/checkpoints', async (request, reply) => {
    const body = Buffer.isBuffer(request.body) && isUtf8(request.body) ? request.body.toString('utf8') : '';
    const refuse = (code: RefusalCode, message: string, more: object = {}): FastifyReply => reply.code(STATUS[code]).send({ code, message, ...more });
    if (webhook && !isSignedRequest(webhook, body, request)) return refuse('UNAUTHENTICATED', 'The signature of the request is missing, wrong or more than five minutes old.');
    let posted: PostedCheckpoint;
    try {
      posted = parsePosted(body);
    } catch (error) {
      if (error instanceof UnreadableCheckpoint) return refuse('BAD_REQUEST', `The body is not a posted checkpoint: ${error.message}.`);
      throw error;
    }
    const judgement = judged(posted, record);
    if ('known' in judgement) return { countersignature: judgement.known.countersignature };
    if ('accepted' in judgement) return { countersignature: record.add(judgement.accepted, now(), judgement.introductions, judgement.rewrite).countersignature };
    const { refused: code, message, holds } = judgement;
    // The sender posts the same again and again.
    const told = `${message} It refused ${checkpointLine(posted.checkpoint)}`;
    if ((code === 'FORKED' || code === 'ANOTHER_LOG') && reported !== told) report((reported = told));
    return refuse(code, message, holds && { holds });
  });
}

function isSignedRequest(webhook: Webhook, body: string, { headers }: FastifyRequest): boolean {
  const given = Object.fromEntries(['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, String(headers[name] ?? '')]));
  try {
    webhook.verify(body, given, { jsonParse: false });
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}

/** What the witness is, and the latest checkpoint of each log. */
const stateOf = (record: WitnessRecord): object => ({ keyId: record.keyId, logs: record.logs });

/** A page of countersigned checkpoints, a line each. The header `link` leads to the next page. */
function page(record: WitnessRecord, { query }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const asked: Readonly<Record<string, unknown>> = typeof query === 'object' && query !== null ? { ...query } : {};
  const [after, limit] = [wholeNumber(asked['after'], 0), Math.min(wholeNumber(asked['limit'], LINES_BY_DEFAULT), MOST_LINES)];
  const log = asked['log'] ?? null;
  if (after < 0 || limit < 1 || (log !== null && typeof log !== 'string')) {
    return reply.code(400).send({ code: 'BAD_REQUEST', message: '"after" and "limit" are whole numbers, and "log" is the id of a log.' });
  }
  const { lines, last, hasMore } = record.page(after, limit, log);
  const next = new URLSearchParams({ ...(log === null ? {} : { log }), after: String(last), limit: String(limit) });
  if (hasMore) void reply.header('link', `</checkpoints?${next.toString()}>; rel="next"`);
  return reply.type('application/x-ndjson').send(lines.map((line) => `${line}\n`).join(''));
}

/** A whole number of at most 15 digits; -1 for anything else. */
function wholeNumber(value: unknown, byDefault: number): number {
  if (value === undefined) return byDefault;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : -1;
}
