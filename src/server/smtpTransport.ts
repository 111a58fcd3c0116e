import { createTransport } from 'nodemailer';
import { MailNotTaken, type MailTransport, type OutgoingMail } from '../application/mailTransport';
import type { MailSender } from '../settings/mailSettings';

export interface SmtpOptions {
  /** `smtp://…` or `smtps://…`, with user and password where the server asks for them. */
  readonly url: string;
  readonly from: MailSender;
  /** how long each step with the server may take. */
  readonly timeoutMs: number;
}

/** Twice as many as messages are sent at once, so that connections that hang hold up no others. */
const MAX_CONNECTIONS = 10;
const MESSAGES_PER_CONNECTION = 100;

/** Hands messages over to a mail server, over connections that are used again. */
export class SmtpTransport implements MailTransport {
  readonly #transporter;

  constructor({ url, from, timeoutMs }: SmtpOptions) {
    this.#transporter = createTransport(
      {
        url,
        pool: true,
        maxConnections: MAX_CONNECTIONS,
        maxMessages: MESSAGES_PER_CONNECTION,
        // Whether and when a message is sent again is decided and written down elsewhere.
        maxRequeues: 0,
        dnsTimeout: timeoutMs,
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        tls: { minVersion: 'TLSv1.2' },
        disableFileAccess: true,
        disableUrlAccess: true,
        logger: false,
      },
      { from, headers: { 'Auto-Submitted': 'auto-generated' } },
    );
  }

  async send({ to, subject, text, html, messageId }: OutgoingMail): Promise<void> {
    try {
      await this.#transporter.sendMail({ to: { name: '', address: to }, subject, text, html, messageId });
    } catch (error) {
      throw new MailNotTaken(reasonOf(error));
    }
  }

  async close(): Promise<void> {
    this.#transporter.close();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EAUTH: 'SIGN_IN_REFUSED',
  ECONNECTION: 'NOT_REACHED',
  ECONNREFUSED: 'NOT_REACHED',
  ECONNRESET: 'NOT_REACHED',
  EDNS: 'NOT_REACHED',
  ENOTFOUND: 'NOT_REACHED',
  ESOCKET: 'NOT_REACHED',
  ETIMEDOUT: 'TIMED_OUT',
  ETLS: 'NO_TLS',
};

/** A word for what went wrong and the server's status code. Its text is left out, since it may hold the address. */
function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'REFUSED';
  const status = 'responseCode' in error && typeof error.responseCode === 'number' ? ` ${error.responseCode}` : '';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (REASONS[code] ?? 'REFUSED') + status;
}
