import type { FastifyInstance } from 'fastify';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { sendProblem } from './errorReplies';

export interface MailBounceOptions {
  /** key of the signature, `whsec_…`. */
  readonly secret: string;
  /** Notes that the message came back; whether there is such a message. */
  readonly record: (messageId: string) => Promise<boolean>;
}

const PATH = '/webhooks/mail-bounce';
/** What a report of a message that came back is called; other reports are taken and mean nothing. */
const BOUNCED = 'mail.bounced';
const MAX_BYTES = 16 * 1024;
const MAX_MESSAGE_ID = 300;

/**
 * `POST /webhooks/mail-bounce`: the mail system tells that a message came back, as a webhook that is signed after the
 * Standard Webhooks specification: `{"type": "mail.bounced", "data": {"messageId": "<…>"}}`. Answers 204, also for a
 * message that is not ours, so that it is not told again.
 */
export function addMailBounceRoute(app: FastifyInstance, { secret, record }: MailBounceOptions): void {
  const webhook = new Webhook(secret);
  void app.register(async (scope) => {
    // The signature covers the bytes, so they are read before they are JSON.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => { done(null, body); });
    scope.post(PATH, { bodyLimit: MAX_BYTES }, async (request, reply) => {
      const body = typeof request.body === 'string' ? request.body : '';
      try {
        webhook.verify(body, headersOf(request.headers), { jsonParse: false });
      } catch (error) {
        if (!(error instanceof WebhookVerificationError)) throw error;
        return sendProblem(request, reply, { status: 401, code: 'UNAUTHENTICATED', message: 'The signature is missing, wrong or more than five minutes old.' });
      }
      const messageId = bouncedMessageId(body);
      if (messageId === undefined) {
        return sendProblem(request, reply, { status: 400, code: 'BAD_USER_INPUT', message: `The body must be JSON such as {"type": "${BOUNCED}", "data": {"messageId": "<…>"}}.` });
      }
      if (messageId !== null) await record(messageId);
      return reply.code(204).send();
    });
  });
}

const headersOf = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> =>
  Object.fromEntries(['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, String(headers[name] ?? '')]));

/** The message of a report; null for a report of something else, undefined for none. */
function bouncedMessageId(body: string): string | null | undefined {
  const report = parsed(body);
  if (typeof report !== 'object' || report === null || !('type' in report) || typeof report.type !== 'string') return undefined;
  if (report.type !== BOUNCED) return null;
  const data = 'data' in report ? report.data : undefined;
  if (typeof data !== 'object' || data === null || !('messageId' in data)) return undefined;
  const { messageId } = data;
  return typeof messageId === 'string' && messageId.length <= MAX_MESSAGE_ID ? inBrackets(messageId) : undefined;
}

/** Some mail systems tell it without its brackets. */
const inBrackets = (messageId: string): string => (messageId.startsWith('<') ? messageId : `<${messageId}>`);

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
