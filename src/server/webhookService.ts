import type { Logger } from 'pino';
import type { Clock } from '../application/clock';
import type { OutsideAddresses } from '../application/outsideAddresses';
import { RecurringTask } from '../application/recurringTask';
import { WebhookDeliverer } from '../application/webhookDeliverer';
import { WebhookLog } from '../application/webhookLog';
import type { WebhookSecrets } from '../application/webhookSecrets';
import type { Config } from '../config';
import { CONTACTS_PREFIX, ROSTER_PREFIX, WEBHOOK_PREFIX } from '../domain/streamNames';
import type { EventStore } from '../eventstore/eventStore';
import { MembershipEventsQueries } from '../projections/membershipEventsQueries';
import type { Projector } from '../projections/projector';
import type { ReadModelDatabase } from '../projections/readModelDatabase';
import type { ReadModels } from '../projections/readModels';
import { WebhooksQueries } from '../projections/webhooksQueries';
import { WebhookSender } from './webhookSender';

export interface WebhookServiceOptions {
  readonly config: Config;
  readonly store: EventStore;
  readonly database: ReadModelDatabase;
  readonly projector: Projector;
  readonly readModels: Pick<ReadModels, 'userList' | 'people'>;
  readonly webhookSecrets: WebhookSecrets;
  readonly outside: OutsideAddresses;
  readonly clock: Clock;
  readonly logger: Logger;
  /** whether nobody else works on this log, so that what was begun and not finished was left behind. */
  readonly exclusive: boolean;
}

/** What is due at a later time is looked for so often; new events are sent at once. */
const PAUSE_MS = 500;
/** So long nothing is begun after something went wrong here, such as a store that cannot be reached. */
const REST_MS = 5_000;
const WAKING = [ROSTER_PREFIX, CONTACTS_PREFIX, WEBHOOK_PREFIX];

/** The process that sends events to other systems. */
export class WebhookService {
  readonly #deliverer: WebhookDeliverer;
  #running: { readonly task: RecurringTask; readonly unsubscribe: () => void } | null = null;
  #restUntil = 0;

  constructor(private readonly options: WebhookServiceOptions) {
    const { config, store, database, projector, webhookSecrets, outside, clock, logger, readModels: { userList, people } } = options;
    this.#deliverer = new WebhookDeliverer(
      {
        webhooks: new WebhooksQueries(database), index: new MembershipEventsQueries(database), log: new WebhookLog(store, clock), secrets: webhookSecrets,
        transport: new WebhookSender(outside), store, clock,
        people: { user: (key) => Promise.resolve(userList.usersByIds([key])[0]), person: (key) => Promise.resolve(people.peopleInApps([key])[0]) },
        // An exchange of the file is not told by the position.
        readModels: () => `${projector.position()} ${database.file}`,
        report: (failure) => {
          logger.warn(failure, 'An event was not taken by a webhook');
        },
        settled: () => { this.#running?.task.wake(); },
        failed: (error) => { this.#failed(error); },
      },
      { tries: config.webhookTries, firstPauseMs: config.webhookRetryMs, timeoutMs: config.webhookTimeoutMs },
    );
  }

  /** Begins to send. */
  start(): void {
    const { projector, exclusive } = this.options;
    let abandoned = exclusive;
    const task = new RecurringTask(
      async () => {
        if (!projector.status().caughtUp || performance.now() < this.#restUntil) return;
        const first = abandoned;
        abandoned = false;
        this.#deliverer.work(first);
      },
      PAUSE_MS,
      (error) => { this.#failed(error); },
    );
    const unsubscribe = projector.onApplied(({ events }) => {
      if (events.some(({ stream }) => WAKING.some((prefix) => stream.startsWith(prefix)))) task.wake();
    });
    task.start();
    this.#running = { task, unsubscribe };
  }

  /** Ends sending; requests under way may take a few seconds longer. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    running?.unsubscribe();
    await running?.task.stop();
    await this.#deliverer.stop();
  }

  #failed(error: unknown): void {
    this.#restUntil = performance.now() + REST_MS;
    this.options.logger.warn({ err: error }, 'Sending events to webhooks failed; it is tried again');
  }
}
