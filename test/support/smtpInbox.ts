import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

type SMTPServerConnection = SMTPServer['connections'] extends Set<infer C> ? C : never;

/** A message as the server took it, or did not. */
export interface ReceivedMail {
  readonly parsed: ParsedMail;
  readonly from: string;
  readonly to: readonly string[];
}

/** What the server says to a message once it has it: nothing for yes, a status for no, or a promise for later. */
export type Verdict = (mail: ReceivedMail) => number | undefined | Promise<number | undefined>;

/** A step of the SMTP dialogue at which the server can fail; MESSAGE is the answer after the final dot. */
export type SmtpStep = 'GREETING' | 'AUTH' | 'MAIL' | 'RCPT' | 'MESSAGE' | (typeof REPLACED_STEPS)[number];

/** Steps for which the server calls nobody: their handlers are replaced. */
const REPLACED_STEPS = ['EHLO', 'HELO', 'STARTTLS', 'DATA'] as const;

/** How the server differs from a good one. */
export interface SmtpFaults {
  /** The reply of a step, such as `550 5.1.1 No such user`, or DROP for a connection that breaks off. */
  readonly replies?: Readonly<Partial<Record<SmtpStep, string>>>;
  /** Commands that the server does not know. */
  readonly unknown?: readonly string[];
  readonly withoutSmtpUtf8?: boolean;
  /** Offers STARTTLS, with a certificate that nobody trusts. */
  readonly startTls?: boolean;
  /** Requires a sign-in, with any user and password. */
  readonly signIn?: boolean;
}

/** A real mail server on a free port, which can be told to refuse, to wait or to be silent. */
export class SmtpInbox {
  /** All messages that arrived completely, refused or not. */
  readonly arrived: ReceivedMail[] = [];
  connections = 0;
  /** Read at each step, so that a test can change them at any time. */
  faults: SmtpFaults = {};
  verdict: Verdict = () => undefined;
  onSignIn: () => void = () => undefined;
  readonly #server: SMTPServer;
  readonly #waiting = new Set<() => void>();

  private constructor() {
    this.#server = new SMTPServer({
      disableReverseLookup: true,
      logger: false,
      closeTimeout: 1,
      authOptional: true,
      allowInsecureAuth: true,
      onConnect: (session, callback) => {
        this.connections += 1;
        this.#look();
        const { unknown = [], startTls = false, signIn = false, withoutSmtpUtf8 = false } = this.faults;
        Object.assign(this.#server.options, { hideSMTPUTF8: withoutSmtpUtf8, authOptional: !signIn });
        session.disabledCommands = [...unknown, ...(signIn ? [] : ['AUTH']), ...(startTls ? [] : ['STARTTLS'])];
        for (const connection of this.#server.connections) if (connection.id === session.id) this.#replaceHandlers(connection);
        this.#answer('GREETING', callback);
      },
      onAuth: (auth, _session, callback) => { this.onSignIn(); this.#answer('AUTH', (error) => { if (error) callback(error); else callback(null, { user: auth.username ?? '' }); }); },
      onMailFrom: (_address, _session, callback) => { this.#answer('MAIL', callback); },
      onRcptTo: (_address, _session, callback) => { this.#answer('RCPT', callback); },
      onData: (stream, session, callback) => {
        const { mailFrom, rcptTo } = session.envelope;
        void simpleParser(stream).then(async (parsed) => {
          const mail = { parsed, from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address) };
          this.arrived.push(mail);
          this.#look();
          const status = await this.verdict(mail);
          if (status === undefined) this.#answer('MESSAGE', callback);
          else callback(Object.assign(new Error('Not now, recipient@example.com'), { responseCode: status }));
        });
      },
    });
    // A client that breaks off is part of the tests.
    this.#server.on('error', () => undefined);
  }

  static async start(): Promise<SmtpInbox> {
    const inbox = new SmtpInbox();
    inbox.#server.listen(0, '127.0.0.1');
    await once(inbox.#server.server, 'listening');
    return inbox;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  /** Settings of a service that sends to it. */
  get env(): Readonly<Record<string, string>> {
    return { SMTP_URL: `smtp://127.0.0.1:${this.port}`, MAIL_FROM: 'Partner access <no-reply@partners.example>' };
  }

  /** The messages to that address, once there are this many. */
  async untilArrived(to: string, count = 1): Promise<readonly ReceivedMail[]> {
    await this.until(() => this.to(to).length >= count);
    return this.to(to);
  }

  to(address: string): readonly ReceivedMail[] {
    return this.arrived.filter((mail) => mail.to.includes(address));
  }

  /** Resolves when the condition holds; it is asked whenever something happens here. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => { this.#server.close(resolve); });
  }

  #replaceHandlers(connection: SMTPServerConnection): void {
    for (const step of REPLACED_STEPS) {
      if (this.faults.replies?.[step] === undefined) continue;
      connection[`handler_${step}`] = (_command, callback) => {
        this.#answer(step, (error) => {
          const { responseCode, message } = error as Error & { responseCode: number };
          connection.send(responseCode, message, false);
          callback();
        });
      };
    }
  }

  /** Answers a step as the faults say. */
  #answer(step: SmtpStep, callback: (error?: Error | null) => void): void {
    const reply = this.faults.replies?.[step];
    if (reply === 'DROP') {
      for (const connection of this.#server.connections) connection.close();
      return;
    }
    callback(reply === undefined ? null : Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) }));
  }

  #look(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** The token behind the # of a message's link. */
export const tokenIn = (text: string): string => /\/invitation#([\w-]{43})/.exec(text)?.[1] ?? '';
