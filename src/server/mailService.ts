import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Clock } from '../application/clock';
import { InvitationMailer } from '../application/invitationMailer';
import type { LinkTokens } from '../application/linkTokens';
import { MailBounces } from '../application/mailBounces';
import { MailLog } from '../application/mailLog';
import type { MailTransport } from '../application/mailTransport';
import { RecurringTask } from '../application/recurringTask';
import type { RosterHandler } from '../application/rosterHandler';
import type { Config } from '../config';
import type { EventStore } from '../eventstore/eventStore';
import { MailToDoQueries } from '../projections/mailToDoQueries';
import type { Projector } from '../projections/projector';
import type { ReadModelDatabase } from '../projections/readModelDatabase';
import type { UserListQueries } from '../projections/userListQueries';
import { addInvitationPage } from './invitationPage';
import { addMailBounceRoute } from './mailBounceRoute';
import { Outbox } from './outbox';
import { addOutboxRoutes } from './outboxRoutes';
import { SmtpTransport } from './smtpTransport';

export interface MailServiceOptions {
  readonly config: Config;
  readonly store: EventStore;
  readonly database: ReadModelDatabase;
  readonly projector: Projector;
  readonly rosters: RosterHandler;
  readonly userList: UserListQueries;
  readonly linkTokens: LinkTokens;
  readonly clock: Clock;
  readonly logger: Logger;
  /** whether nobody else works on this log, so that what was begun and not finished was left behind. */
  readonly exclusive: boolean;
}

/** What is due at a later time is looked for so often; what an event asks for is sent at once. */
const PAUSE_MS = 500;
/** So long nothing is tried after something went wrong here, such as a store that cannot be reached. */
const REST_MS = 5_000;
const ASKS_FOR_MAIL: readonly string[] = ['PartnerInvited', 'UserInvited', 'InvitationResent'];
/** Its own timeouts come first, so that a mail server that hangs loses its connection before the try is over. */
const STEP_SHARE = 0.9;

/** Everything about messages with invitations: the process that sends them, and the addresses that belong to them. */
export class MailService {
  readonly #transport: MailTransport;
  readonly #outbox: Outbox;
  readonly #log: MailLog;
  readonly #toDo: MailToDoQueries;
  #running: { readonly mailer: InvitationMailer; readonly task: RecurringTask; readonly unsubscribe: () => void } | null = null;

  constructor(private readonly options: MailServiceOptions) {
    const { config, store, database, clock } = options;
    this.#outbox = new Outbox(join(config.dataDir, 'outbox'));
    this.#transport = config.smtpUrl === null ? this.#outbox : new SmtpTransport({ url: config.smtpUrl, from: config.mailFrom, timeoutMs: config.mailTimeoutMs * STEP_SHARE });
    this.#log = new MailLog(store, clock);
    this.#toDo = new MailToDoQueries(database);
  }

  /** The page of invitations, in development the outbox, and where it has a secret the address for messages that came back. */
  addRoutes(app: FastifyInstance): void {
    const { development, mailWebhookSecret } = this.options.config;
    addInvitationPage(app, development);
    if (development) addOutboxRoutes(app, this.#outbox);
    if (mailWebhookSecret === null) return;
    const bounces = new MailBounces(this.#toDo, this.options.userList, this.#log);
    addMailBounceRoute(app, { secret: mailWebhookSecret, record: (messageId) => bounces.record(messageId) });
  }

  /**
   * Begins to send.
   * @param publicUrl what links begin with, without a slash at the end.
   */
  start(publicUrl: string): void {
    const { config, projector, logger, exclusive } = this.options;
    if (config.smtpUrl === null && !config.development) logger.warn('SMTP_URL is not set: invitations stay in DATA_DIR/outbox, the newest 1,000 of them, and reach nobody by mail');
    const mailer = this.#mailer(publicUrl);
    let abandoned = exclusive;
    let restUntil = 0;
    const task = new RecurringTask(
      async () => {
        if (!projector.status().caughtUp || performance.now() < restUntil) return;
        const first = abandoned;
        abandoned = false;
        await mailer.work(first);
      },
      PAUSE_MS,
      (error) => {
        restUntil = performance.now() + REST_MS;
        logger.warn({ err: error }, 'Sending invitations failed; it is tried again');
      },
    );
    const unsubscribe = projector.onApplied(({ events }) => {
      if (events.some(({ type }) => ASKS_FOR_MAIL.includes(type))) task.wake();
    });
    task.start();
    this.#running = { mailer, task, unsubscribe };
  }

  /** Ends sending; a message under way may take a few seconds longer. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    running?.unsubscribe();
    running?.mailer.stop();
    await running?.task.stop();
    await this.#transport.close();
  }

  #mailer(publicUrl: string): InvitationMailer {
    const { config, rosters, userList, linkTokens, clock, logger } = this.options;
    return new InvitationMailer(
      {
        toDo: this.#toDo, log: this.#log, transport: this.#transport, rosters, userList, linkTokens, clock,
        report: (failure) => {
          logger.warn(failure, 'An invitation was not taken by the mail server');
        },
      },
      {
        publicUrl,
        messageIdHost: config.mailFrom.address.slice(config.mailFrom.address.lastIndexOf('@') + 1),
        subject: config.mailSubject,
        tries: config.mailTries,
        firstPauseMs: config.mailRetryMs,
        timeoutMs: config.mailTimeoutMs,
      },
    );
  }
}
