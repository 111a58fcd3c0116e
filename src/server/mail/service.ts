import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Clock } from '../../application/commandTypes';
import { Deliverer, DeliveryLoop } from '../../application/delivery/delivery';
import { InvitationMailer, MailBounces, type MailTransport } from '../../application/delivery/mail';
import { MailServer, type MailServerProblem } from '../../application/delivery/mailServer';
import type { PersonLanguages } from '../../application/delivery/messages/personLanguages';
import type { RosterHandler } from '../../application/handling/roster';
import type { LinkTokens } from '../../application/linkTokens';
import type { Config } from '../../config';
import type { MailEvent, NoticeEvent } from '../../domain/events';
import type { EventStore } from '../../eventstore/eventStore';
import type { Projector } from '../../projections/live/projector';
import type { MailToDoQueries } from '../../projections/mailToDo/queries';
import type { UserListQueries } from '../../projections/userList/queries';
import { smtpServerOf } from '../../settings/mailSettings';
import type { Tracing } from '../../tracing/tracing';
import { BounceAddresses } from './bounceAddress';
import { addMailBounceRoute } from './bounceRoute';
import { addInvitationPage } from './invitationPage';
import { addOutboxRoutes, Outbox } from './outbox';
import { SmtpTransport } from './smtpTransport';

export interface MailServiceOptions {
  readonly config: Config;
  readonly store: EventStore;
  readonly mailToDo: MailToDoQueries;
  readonly projector: Projector;
  readonly rosters: RosterHandler;
  readonly userList: UserListQueries;
  readonly linkTokens: LinkTokens;
  readonly languages: PersonLanguages;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether no other process uses this log, so that claims found at start are abandoned. */
  readonly exclusive: boolean;
  /** Records a span of each attempt; null records none. */
  readonly tracing: Tracing | null;
}

/** What the log says of the reasons for which a mail server refuses this service as a whole. */
const MAIL_SERVER_PROBLEMS: Readonly<Record<string, string>> = {
  NO_TLS: 'The connection to the mail server cannot be encrypted: it offers no STARTTLS, or its certificate is not valid. Repair that, or allow unencrypted mail with ?tls=none in SMTP_URL',
  SIGN_IN_REFUSED: 'The mail server does not accept the user and password in SMTP_URL, or requires some',
  SENDER_REFUSED: 'The mail server does not accept the sender in MAIL_FROM',
};

const WAKES_ON: readonly string[] = ['PartnerInvited', 'UserInvited', 'InvitationResent', 'AdminAppointed', 'UserRebound', 'AccessReviewReminded'];
const GRACE_MS = 5_000;
/** SMTP timeouts are shorter than an attempt's, so that a hanging connection is closed before the attempt is over. */
const SMTP_TIMEOUT_SHARE = 0.9;

/** Mail: sends invitations, notices and reminders, and serves the HTTP routes that belong to them. */
export class MailService {
  readonly #transport: MailTransport;
  readonly #outbox: Outbox;
  readonly #deliverer: Deliverer<MailEvent | NoticeEvent>;
  readonly #server: MailServer;
  readonly #bounceAddresses: BounceAddresses | null;
  readonly #messageIdHost: string;
  #loop: DeliveryLoop | null = null;
  #hasConsole = false;

  constructor(private readonly options: MailServiceOptions) {
    const { config, store, clock, logger, linkTokens } = options;
    this.#messageIdHost = config.mailFrom.address.slice(config.mailFrom.address.lastIndexOf('@') + 1);
    this.#bounceAddresses = config.mailBounceAddress === null ? null : new BounceAddresses(config.mailBounceAddress, this.#messageIdHost, (messageId) => linkTokens.bounceKeyOf(messageId));
    this.#outbox = new Outbox(join(config.dataDir, 'outbox'));
    this.#transport = config.smtpUrl === null ? this.#outbox : new SmtpTransport({ url: config.smtpUrl, from: config.mailFrom, bounceAddressOf: (messageId) => this.#bounceAddresses?.addressOf(messageId) ?? null, timeoutMs: config.mailTimeoutMs * SMTP_TIMEOUT_SHARE });
    const settings = { tries: config.mailTries, firstPauseMs: config.mailRetryMs, timeoutMs: config.mailTimeoutMs, graceMs: GRACE_MS };
    this.#deliverer = new Deliverer(store, clock, 'mail', settings, (failure) => { logger.warn(failure, 'The mail server did not accept a message'); });
    this.#server = new MailServer(this.#transport, clock, config.mailRetryMs, (problem) => {
      if (problem === null) logger.info('The mail server can be used again');
      else logger.error(problem, `${MAIL_SERVER_PROBLEMS[problem.reason.split(' ', 1)[0] ?? ''] ?? 'The mail server does not serve this service'}. Messages wait; the mail server is checked again`);
    });
  }

  /**
   * Adds in development the outbox, and with `MAIL_WEBHOOK_SECRET` the route for bounce reports.
   * @param hasConsole whether the console is served. Otherwise links of invitations lead to a page of their own, and reminders have none.
   */
  addRoutes(app: FastifyInstance, { hasConsole }: { readonly hasConsole: boolean }): void {
    const { development, mailWebhookSecret, mailLanguage } = this.options.config;
    this.#hasConsole = hasConsole;
    if (!hasConsole) addInvitationPage(app, mailLanguage);
    if (development) addOutboxRoutes(app, this.#outbox);
    if (mailWebhookSecret === null) return;
    const bounces = new MailBounces(this.options.mailToDo, this.options.userList, this.#deliverer);
    addMailBounceRoute(app, { secret: mailWebhookSecret, record: (messageId, status) => bounces.record(messageId, status), messageIdOf: (address) => this.#bounceAddresses?.messageIdOf(address) ?? null });
  }

  /** Why the mail server cannot be used as it is configured; null when nothing is known against it. */
  get problem(): MailServerProblem | null {
    return this.#server.problem;
  }

  /** @param publicUrl prefix of links, without a trailing slash. */
  start(publicUrl: string): void {
    const { config, logger } = this.options;
    if (config.smtpUrl === null && !config.development) logger.warn('SMTP_URL is not set: invitations are not sent. The newest 1,000 messages are kept in DATA_DIR/outbox');
    if (config.smtpUrl !== null && smtpServerOf(config.smtpUrl).encryption === 'none') logger.warn('SMTP_URL says tls=none: messages and their links leave without encryption');
    const mailer = new InvitationMailer({
      ...this.options, publicUrl, hasConsole: this.#hasConsole, toDo: this.options.mailToDo, deliverer: this.#deliverer, server: this.#server, subject: config.mailSubject,
      perMailboxPerDay: config.messagesPerMailboxPerDay,
      waitFor: (position, timeoutMs) => this.options.projector.waitFor(position, timeoutMs, ['mail_to_do']),
      messageIdHost: this.#messageIdHost,
    });
    this.#loop = new DeliveryLoop({
      ...this.options,
      work: (abandoned) => mailer.work(abandoned),
      wakesOn: ({ type }) => WAKES_ON.includes(type),
      report: (error) => { logger.warn({ err: error }, 'Sending invitations failed and will be retried'); },
    });
    this.#loop.start();
  }

  /** Stops sending; a message in progress may take a few seconds longer. */
  async stop(): Promise<void> {
    if (this.#loop) await this.#deliverer.stop(this.#loop.stop());
    await this.#transport.close();
  }
}
