import type { FastifyInstance } from 'fastify';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { sendProblem } from '../errorReplies';
import { utf8Text } from '../jsonBody';
import { failureReportedIn } from './deliveryReport';

export interface MailBounceOptions {
  /** Key of the signature, `whsec_…`. */
  readonly secret: string;
  /** Records that the message bounced, with the enhanced status code if there is one. Ignores messages that this service never sent. */
  readonly record: (messageId: string, status: string | null) => Promise<unknown>;
  /** The Message-ID that a bounce address stands for; null for an address that this service did not give out. */
  readonly messageIdOf: (address: string) => string | null;
}

const PATH = '/webhooks/mail-bounce';
/** Types of reports: a message bounced, and mail came to a bounce address. Reports of other types are accepted and ignored. */
const [BOUNCED, RECEIVED] = ['mail.bounced', 'mail.received'];
const MAX_BYTES = 16 * 1024;
const MAX_MESSAGE_ID = 300;

/**
 * Adds `POST /webhooks/mail-bounce`, which receives bounce reports from the mail system as Standard Webhooks:
 * `{"type": "mail.bounced", "data": {"messageId": "<…>"}}`, or `{"type": "mail.received", "data": {"to": "…", "message": "…"}}` with
 * mail that came to a bounce address, of which only delivery reports of failures count. Answers 204 even for an unknown message,
 * so that the report is not sent again.
 */
export function addMailBounceRoute(app: FastifyInstance, { secret, record, messageIdOf }: MailBounceOptions): void {
  const webhook = new Webhook(secret);
  void app.register(async (scope) => {
    // The signature covers the raw bytes, so the body is read as text and parsed afterwards.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
      try {
        done(null, utf8Text(body));
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    });
    scope.post(PATH, { bodyLimit: MAX_BYTES }, async (request, reply) => {
      const body = typeof request.body === 'string' ? request.body : '';
      try {
        webhook.verify(body, headersOf(request.headers), { jsonParse: false });
      } catch (error) {
        if (!(error instanceof WebhookVerificationError)) throw error;
        return sendProblem(request, reply, { status: 401, code: 'UNAUTHENTICATED', message: 'The signature is missing, wrong or more than five minutes old.' });
      }
      const report = reportIn(body);
      if (report === undefined) {
        return sendProblem(request, reply, {
          status: 400, code: 'BAD_USER_INPUT',
          message: `The body must be JSON such as {"type": "${BOUNCED}", "data": {"messageId": "<…>"}} or {"type": "${RECEIVED}", "data": {"to": "<bounce address>", "message": "<beginning of the mail>"}}.`,
        });
      }
      const bounce = report === null ? null : bounceOf(report, messageIdOf);
      if (bounce !== null) await record(bounce.messageId, bounce.status);
      return reply.code(204).send();
    });
  });
}

const headersOf = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> =>
  Object.fromEntries(['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, String(headers[name] ?? '')]));

type Report = { readonly messageId: string } | { readonly to: string; readonly message: string };

/** The content of a report; null for a report of another type, undefined for a malformed one. */
function reportIn(body: string): Report | null | undefined {
  const report = parsed(body);
  if (typeof report !== 'object' || report === null || !('type' in report) || typeof report.type !== 'string') return undefined;
  if (report.type !== BOUNCED && report.type !== RECEIVED) return null;
  const data: Readonly<Record<string, unknown>> = 'data' in report && typeof report.data === 'object' ? { ...report.data } : {};
  const { messageId, to, message } = data;
  if (report.type === RECEIVED) return typeof to === 'string' && typeof message === 'string' ? { to, message } : undefined;
  return typeof messageId === 'string' && messageId.length <= MAX_MESSAGE_ID ? { messageId: inBrackets(messageId) } : undefined;
}

/** The message that bounced, and with which status; null for mail that reports no failure, or came to another address. */
function bounceOf(report: Report, messageIdOf: MailBounceOptions['messageIdOf']): { readonly messageId: string; readonly status: string | null } | null {
  if ('messageId' in report) return { messageId: report.messageId, status: null };
  const messageId = messageIdOf(report.to);
  const failure = messageId === null ? null : failureReportedIn(report.message);
  return messageId === null || failure === null ? null : { messageId, status: failure.status };
}

/** Some mail systems leave out the angle brackets. */
const inBrackets = (messageId: string): string => (messageId.startsWith('<') ? messageId : `<${messageId}>`);

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
