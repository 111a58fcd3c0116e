import { createTransport } from 'nodemailer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { NotDelivered } from '../../application/delivery/delivery';
import type { MailTransport, OutgoingMail } from '../../application/delivery/mail';
import { type MailSender, type SmtpServer, smtpServerOf } from '../../settings/mailSettings';
import { refusalOf } from './smtpRefusals';

export interface SmtpOptions {
  /** A valid `SMTP_URL`. */
  readonly url: string;
  readonly from: MailSender;
  /** Address to which bounces of a message return; null for the sender's. */
  readonly bounceAddressOf: (messageId: string) => string | null;
  /** Time limit of each step of the SMTP dialogue. */
  readonly timeoutMs: number;
}

/** Twice the number of concurrent messages, so that hanging connections do not delay the others. */
const MAX_CONNECTIONS = 10;
const MESSAGES_PER_CONNECTION = 100;

function connectionOptions({ host, port, secure, encryption, name }: SmtpServer, timeoutMs: number): SMTPConnection.Options {
  return {
    host,
    ...(port === null ? {} : { port }),
    ...(name === null ? {} : { name }),
    secure,
    requireTLS: encryption === 'required',
    ignoreTLS: encryption === 'none',
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: encryption === 'required' },
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  };
}

/** Sends messages through a mail server, over pooled connections. */
export class SmtpTransport implements MailTransport {
  readonly #connection: SMTPConnection.Options;
  readonly #credentials;
  readonly #pool;

  constructor(private readonly options: SmtpOptions) {
    const { url, from, timeoutMs } = options;
    const server = smtpServerOf(url);
    this.#connection = connectionOptions(server, timeoutMs);
    this.#credentials = server.credentials;
    this.#pool = createTransport(
      {
        ...this.#connection,
        ...(this.#credentials === null ? {} : { auth: this.#credentials }),
        pool: true,
        maxConnections: MAX_CONNECTIONS,
        maxMessages: MESSAGES_PER_CONNECTION,
        // Retries are scheduled by the delivery engine and recorded in the log.
        maxRequeues: 0,
        disableFileAccess: true,
        disableUrlAccess: true,
        logger: false,
      },
      { from, headers: { 'Auto-Submitted': 'auto-generated' } },
    );
  }

  async send({ to, subject, text, html, messageId }: OutgoingMail): Promise<void> {
    try {
      if (needsSmtpUtf8(to) && !(await this.#extensions()).has('SMTPUTF8')) throw new NotDelivered('NO_SMTPUTF8', 'PERMANENT');
      const envelope = { from: this.options.bounceAddressOf(messageId) ?? this.options.from.address, to };
      // A server that returns the message leaves out its body, and so the link.
      await this.#pool.sendMail({ envelope, dsn: { ret: 'HDRS' }, to: { name: '', address: to }, text, html, messageId, headers: { Subject: { prepared: true, value: encodedHeader(subject) } } });
    } catch (error) {
      throw error instanceof NotDelivered ? error : refusalOf(error);
    }
  }

  async check(): Promise<void> {
    await this.#extensions().catch((error: unknown) => { throw refusalOf(error); });
  }

  async close(): Promise<void> {
    this.#pool.close();
  }

  /** Connects, signs in, and returns the extensions that the server offers. @throws the error of the step that failed. */
  async #extensions(): Promise<ReadonlySet<string>> {
    const connection = new SMTPConnection(this.#connection);
    try {
      return await new Promise((resolve, reject) => {
        connection.once('error', reject);
        connection.connect((error) => {
          if (error) return reject(error);
          const extensions = new Set(String(connection.lastServerResponse).split(/\r?\n/).map((line) => line.slice('250-'.length).trim().toUpperCase()));
          if (this.#credentials === null || !connection.allowsAuth) return resolve(extensions);
          connection.login({ credentials: this.#credentials }, (refused) => { if (refused) reject(refused); else resolve(extensions); });
        });
      });
    } finally {
      connection.on('error', () => undefined);
      connection.quit();
    }
  }
}

/** Whether only a server with SMTPUTF8 can take the address. A domain alone is sent as IDNA ASCII. */
const needsSmtpUtf8 = (address: string): boolean => /[^\x20-\x7e]/.test(address.slice(0, address.lastIndexOf('@')));

/** Bytes of text in one encoded word, so that it has at most 75 characters (RFC 2047). */
const WORD_BYTES = 45;

/**
 * A header's value. What is not plain ASCII, or looks like an encoded word itself, is written as encoded words, so that
 * every mail program shows the text as it is.
 */
function encodedHeader(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes('=?')) return text;
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join('\r\n ');
}
