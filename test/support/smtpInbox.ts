import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** A message as the server took it, or did not. */
export interface ReceivedMail {
  readonly parsed: ParsedMail;
  readonly from: string;
  readonly to: readonly string[];
}

/** What the server says to a message once it has it: nothing for yes, a status for no, or a promise for later. */
export type Verdict = (mail: ReceivedMail) => number | undefined | Promise<number | undefined>;

/** A real mail server on a free port, which can be told to refuse, to wait or to be silent. */
export class SmtpInbox {
  /** everything that arrived whole, refused or not. */
  readonly arrived: ReceivedMail[] = [];
  connections = 0;
  verdict: Verdict = () => undefined;
  readonly #server: SMTPServer;
  readonly #waiting = new Set<() => void>();

  private constructor() {
    this.#server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      logger: false,
      closeTimeout: 1,
      onConnect: (_session, callback) => {
        this.connections += 1;
        this.#look();
        callback();
      },
      onData: (stream, session, callback) => {
        const { mailFrom, rcptTo } = session.envelope;
        void simpleParser(stream).then(async (parsed) => {
          const mail = { parsed, from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address) };
          this.arrived.push(mail);
          this.#look();
          const status = await this.verdict(mail);
          if (status === undefined) callback();
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

  /** Settings of a service that sends to it. */
  get env(): Readonly<Record<string, string>> {
    return { SMTP_URL: `smtp://127.0.0.1:${(this.#server.server.address() as AddressInfo).port}`, MAIL_FROM: 'Partner access <no-reply@partners.example>' };
  }

  /** The messages to that address, once there are so many. */
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

  #look(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** The token behind the # of a message's link. */
export const tokenIn = (text: string): string => /\/invitation#([\w-]{43})/.exec(text)?.[1] ?? '';
