import type { LookupFunction } from 'node:net';
import type { Logger } from 'pino';
import type { Clock } from '../../application/commandTypes';
import { Deliverer, DeliveryLoop, NotDelivered } from '../../application/delivery/delivery';
import { type OutgoingWebhook, WebhookDeliverer, type WebhookTransport } from '../../application/delivery/webhooks';
import { AddressNotAllowed, type PrivateAddressGuard } from '../../application/privateAddresses';
import type { WebhookSecrets } from '../../application/webhookEndpoints';
import type { Config } from '../../config';
import { CONTACTS_PREFIX, REVIEW_PREFIX, ROSTER_PREFIX, WEBHOOK_PREFIX } from '../../domain/streams';
import type { EventStore } from '../../eventstore/eventStore';
import type { Projector } from '../../projections/live/projector';
import type { MembershipEventsQueries } from '../../projections/membershipEvents/queries';
import type { ReadModels } from '../../projections/readModels';
import type { WebhooksQueries } from '../../projections/webhooks/queries';
import type { Tracing } from '../../tracing/tracing';
import { posted, signedHeaders } from '../outgoing/post';

const NOT_ALLOWED = 'ADDRESS_NOT_ALLOWED';

/** Posts events signed according to Standard Webhooks. It connects to allowed addresses only, follows no redirects and reads nothing but the status of the response. */
export class WebhookSender implements WebhookTransport {
  constructor(private readonly addressGuard: PrivateAddressGuard) {}

  async send({ url, secret, messageId, body, traceparent }: OutgoingWebhook, signal: AbortSignal): Promise<void> {
    const target = new URL(url);
    // Node looks up no IP address, so this is the only check of one.
    if (!this.addressGuard.allowsHostOf(target)) throw new NotDelivered(NOT_ALLOWED);
    const headers = { ...signedHeaders({ secret, messageId, body }), ...(traceparent === undefined ? {} : { traceparent }) };
    const status = await this.#post(target, headers, body, signal);
    if (status < 200 || status > 299) throw new NotDelivered(`REFUSED ${status}`);
  }

  async #post(target: URL, headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<number> {
    try {
      const response = await posted({ target, headers, body, lookup: this.#lookUpAllowed }, signal);
      response.destroy();
      return response.statusCode ?? 0;
    } catch (error) {
      throw new NotDelivered(reasonOf(error, signal), 'TEMPORARY', { cause: error });
    }
  }

  /** The connection uses exactly the addresses checked here, so a name cannot resolve differently afterwards. */
  readonly #lookUpAllowed: LookupFunction = (hostname, { all }, callback) => {
    this.addressGuard.resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (!first) callback(new Error(`${hostname} resolves to no address`), '');
        else if (all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => { callback(error instanceof Error ? error : new Error(String(error)), ''); },
    );
  };
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (error instanceof AddressNotAllowed) return NOT_ALLOWED;
  return signal.aborted ? 'TIMED_OUT' : 'UNREACHABLE';
}

export interface WebhookServiceOptions {
  readonly config: Config;
  readonly store: EventStore;
  readonly events: MembershipEventsQueries;
  readonly webhooks: WebhooksQueries;
  /** File of the read models, which a rebuild replaces by another one. */
  readonly database: { readonly file: string };
  readonly projector: Projector;
  readonly readModels: Pick<ReadModels, 'userList' | 'people' | 'keapIds'>;
  readonly webhookSecrets: WebhookSecrets;
  readonly addressGuard: PrivateAddressGuard;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether no other process uses this log, so that claims found at start are abandoned. */
  readonly exclusive: boolean;
  /** Records a span of each attempt; null records none. */
  readonly tracing: Tracing | null;
}

const WAKES_ON = [ROSTER_PREFIX, CONTACTS_PREFIX, REVIEW_PREFIX, WEBHOOK_PREFIX];
const GRACE_MS = 2_000;

/** Sends events to webhooks. */
export class WebhookService {
  readonly #deliverer: WebhookDeliverer;
  readonly #loop: DeliveryLoop;

  constructor(options: WebhookServiceOptions) {
    const { config, store, events, webhooks, database, projector, webhookSecrets, addressGuard, clock, logger, tracing, readModels: { userList, people, keapIds } } = options;
    const settings = { tries: config.webhookTries, firstPauseMs: config.webhookRetryMs, timeoutMs: config.webhookTimeoutMs, graceMs: GRACE_MS };
    this.#deliverer = new WebhookDeliverer({
      store, clock, webhooks, tracing, index: events, secrets: webhookSecrets, transport: new WebhookSender(addressGuard),
      deliverer: new Deliverer(store, clock, 'webhooks', settings, (failure) => { logger.warn(failure, 'A webhook did not accept an event'); }),
      people: { user: (key) => Promise.resolve(userList.usersByIds([key])[0]), person: (key) => Promise.resolve(people.peopleInApps([key])[0] ?? keapIds.signIns([key.personId])[0]) },
      // A rebuilt database that replaces this one may stand at the same position.
      readModels: () => `${projector.position()} ${database.file}`,
    });
    this.#loop = new DeliveryLoop({
      ...options,
      work: async (abandoned) => { this.#work(abandoned); },
      wakesOn: ({ stream }) => WAKES_ON.some((prefix) => stream.startsWith(prefix)),
      report: (error) => { logger.warn({ err: error }, 'Sending events to webhooks failed and will be retried'); },
    });
  }

  start(): void {
    this.#loop.start();
  }

  /** Stops sending; requests in progress may take a few seconds longer. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    await this.#deliverer.stop();
  }

  /** Webhooks are served in the background, so that a slow one does not delay the others. */
  #work(abandoned: boolean): void {
    for (const served of this.#deliverer.work(abandoned)) {
      served.then((sent) => { if (sent) this.#loop.wake(); }, (error: unknown) => { this.#loop.failed(error); });
    }
  }
}
