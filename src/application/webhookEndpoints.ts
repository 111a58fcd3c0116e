import { DomainError } from '../domain/domainError';
import type { WebhookEvent, WebhookPlaceEvent } from '../domain/webhookEvents';
import { WEBHOOKS_STREAM, webhookStream } from '../domain/streams';
import { type EventStore, headOf, type LogPosition, NO_STREAM, type StoredEvent } from '../eventstore/eventStore';
import type { WebhooksQueries } from '../projections/webhooks/queries';
import { MAX_WEBHOOKS } from '../projections/webhooks/rows';
import { appendInRun, type CommandRun, derivedId, lastEventOf, positionOfEarlierRun, stepOf, tooManyWriters, toRecorded, retryOnConflict } from './handling/append';
import { type Clock, eventTime, type WebhookOutcome } from './commandTypes';
import { KeyedMutex } from '../concurrency';
import { isAppId } from '../domain/fields';
import { requireOperator } from '../domain/roster/guards';
import { APP_EVENT_TYPES } from './history/entries';
import type { PrivateAddressGuard } from './privateAddresses';
import { createHmac } from 'node:crypto';

type Registered = Extract<WebhookPlaceEvent, { readonly type: 'WebhookRegistered' }>;

interface QuotaState {
  /** Time of registration of each webhook. */
  readonly registeredAt: Map<string, string>;
  revision: number;
  lastOccurredAt: string;
}

/**
 * Limits the number of webhooks. Registrations share one stream and append at the revision that was read, so concurrent
 * registrations cannot exceed the limit. A removed webhook gives its place back.
 */
export class WebhookQuota {
  readonly #state: QuotaState = { registeredAt: new Map(), revision: NO_STREAM, lastOccurredAt: '' };
  readonly #mutex = new KeyedMutex(tooManyWriters);

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly webhooks: Pick<WebhooksQueries, 'byId'>,
  ) {}

  /** When the webhook was registered; undefined when it holds no place. */
  async registeredAt(webhookId: string): Promise<string | undefined> {
    return (await this.#load()).registeredAt.get(webhookId);
  }

  /**
   * Registers a webhook. Repeating the same run registers nothing more, even after the webhook was removed.
   * @returns the position of the registration. @throws DomainError `INVALID_INPUT` when the limit is reached.
   */
  register(registered: Registered['data'], run: CommandRun): Promise<string> {
    return this.#changed(async () => {
      const earlier = await positionOfEarlierRun(this.store, WEBHOOKS_STREAM, run, Infinity);
      if (earlier !== null) return earlier;
      const state = await this.#load();
      if (state.registeredAt.size < MAX_WEBHOOKS) return this.#append(state, [{ type: 'WebhookRegistered', data: registered }], run);
      const removed = await this.#removed(state);
      if (removed.length === 0) throw new DomainError('INVALID_INPUT', `The limit of ${MAX_WEBHOOKS} webhooks is reached. Remove one first.`, { field: 'url' });
      await this.#free(removed, stepOf(run, 'left places'));
      return this.#append(await this.#load(), [{ type: 'WebhookRegistered', data: registered }], run);
    });
  }

  /** Gives the place of a removed webhook back; does nothing when it holds none. */
  async free(webhookId: string, run: CommandRun): Promise<void> {
    await this.#changed(() => this.#free([webhookId], run));
  }

  #changed<T>(attempt: () => Promise<T>): Promise<T> {
    return this.#mutex.run(WEBHOOKS_STREAM, () => retryOnConflict(attempt));
  }

  async #free(webhookIds: readonly string[], run: CommandRun): Promise<void> {
    const state = await this.#load();
    const events = webhookIds.filter((webhookId) => state.registeredAt.has(webhookId)).map((webhookId): WebhookPlaceEvent => ({ type: 'WebhookPlaceFreed', data: { webhookId } }));
    if (events.length > 0) await this.#append(state, events, run);
  }

  /** Webhooks whose removal was interrupted before their place was given back. */
  async #removed({ registeredAt }: QuotaState): Promise<readonly string[]> {
    const removed: string[] = [];
    // The read models may not know a webhook that was just registered, so the log decides.
    for (const webhookId of [...registeredAt.keys()].filter((one) => !this.webhooks.byId(one))) {
      if ((await lastEventOf(this.store, webhookStream(webhookId)))?.type === 'WebhookRemoved') removed.push(webhookId);
    }
    return removed;
  }

  async #load(): Promise<QuotaState> {
    const state = this.#state;
    for await (const stored of this.store.readStream(WEBHOOKS_STREAM, { fromRevision: state.revision + 1 })) {
      // Another command may have applied the same events in the meantime.
      if (stored.revision === state.revision + 1) evolve(state, stored);
    }
    return state;
  }

  async #append({ revision, lastOccurredAt }: QuotaState, events: readonly WebhookPlaceEvent[], run: CommandRun): Promise<string> {
    const { position } = await appendInRun(this.store, run, { stream: WEBHOOKS_STREAM, events, time: eventTime(run.at ?? this.clock.now(), lastOccurredAt), expectedRevision: revision });
    return position;
  }
}

function evolve(state: QuotaState, stored: StoredEvent): void {
  const { type, data, occurredAt, revision } = toRecorded<WebhookPlaceEvent>(stored);
  if (type === 'WebhookRegistered') state.registeredAt.set(data.webhookId, occurredAt);
  else state.registeredAt.delete(data.webhookId);
  state.revision = revision;
  state.lastOccurredAt = occurredAt;
}

/** Head of a webhook's stream; `last` is null when nothing was recorded since its registration. */
interface WebhookHead {
  readonly last: StoredEvent | null;
  readonly revision: number;
  readonly occurredAt: string;
}

const MAX_URL = 2_000;
const MAX_APPS = 20;
const WEBHOOK_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const invalid = (field: string, message: string): DomainError => new DomainError('INVALID_INPUT', message, { field });

export interface RegisterWebhookInput {
  readonly url: string;
  /** Types of the events that are sent; null for every type. */
  readonly types?: readonly string[] | null;
  /** Apps whose events are sent; null for every app. */
  readonly appIds?: readonly string[] | null;
  /** Whether names and Keap IDs are sent. By default they are not. */
  readonly personalData?: boolean | null;
}

/** Exactly one of `after` and `deadLetters` is set. */
export interface ReplayWebhookInput {
  readonly webhookId: string;
  readonly after?: LogPosition | null;
  readonly deadLetters?: boolean | null;
}

/** Commands of operators. Each method throws `DomainError` `FORBIDDEN` without the operator scope and `INVALID_INPUT` for an invalid field. */
export class WebhookCommands {
  /** @param plainHttp whether URLs may use http as well as https. */
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly quota: WebhookQuota,
    private readonly addressGuard: PrivateAddressGuard,
    private readonly plainHttp: boolean,
  ) {}

  /** Registers a webhook that is sent the events from now on. */
  async register({ url, types = null, appIds = null, personalData = null }: RegisterWebhookInput, run: CommandRun): Promise<WebhookOutcome> {
    requireOperator(run.caller.actor);
    await this.#requireUrl(url);
    requireTypes(types);
    requireApps(appIds);
    const webhookId = derivedId(run.commandId, 'webhook');
    const registered = { webhookId, url, types: types && [...new Set(types)], appIds: appIds && [...new Set(appIds)], personalData: personalData === true };
    return { webhookId, position: await this.quota.register(registered, run) };
  }

  /** Removes a webhook, which is sent nothing more. Removing it again does nothing. */
  async remove({ webhookId }: { readonly webhookId: string }, run: CommandRun): Promise<WebhookOutcome> {
    requireOperator(run.caller.actor);
    const position = await retryOnConflict(async () => {
      const head = await this.#head(webhookId);
      return head.last?.type === 'WebhookRemoved' ? head.last.position : this.#append(webhookId, { type: 'WebhookRemoved', data: {} }, head, run);
    });
    // If the process dies before this, the next registration that needs the place does it.
    await this.quota.free(webhookId, stepOf(run, 'place'));
    return { webhookId, position };
  }

  /** Sends again all events after a position, or the dead letters. */
  async replay({ webhookId, after = null, deadLetters = null }: ReplayWebhookInput, run: CommandRun): Promise<WebhookOutcome> {
    requireOperator(run.caller.actor);
    if ((after !== null) === (deadLetters === true)) throw invalid('after', 'Set either "after", to send all events after that position again, or "deadLetters: true".');
    if (after !== null && after > (await headOf(this.store))) throw invalid('after', 'The position is beyond the end of the log.');
    return retryOnConflict(async () => {
      const head = await this.#head(webhookId);
      if (head.last?.type === 'WebhookRemoved') throw noSuchWebhook();
      const earlier = await positionOfEarlierRun(this.store, webhookStream(webhookId), run);
      if (earlier !== null) return { webhookId, position: earlier };
      return { webhookId, position: await this.#append(webhookId, { type: 'WebhookReplayRequested', data: { after } }, head, run) };
    });
  }

  async #requireUrl(url: string): Promise<void> {
    const parsed = url.length <= MAX_URL && URL.canParse(url) ? new URL(url) : undefined;
    const protocols = this.plainHttp ? ['https:', 'http:'] : ['https:'];
    if (!parsed || !protocols.includes(parsed.protocol)) throw invalid('url', `The URL must begin with ${protocols.map((one) => `${one}//`).join(' or ')} and have at most ${MAX_URL} characters.`);
    if (parsed.username !== '' || parsed.password !== '' || parsed.hash !== '') throw invalid('url', 'The URL must have no user, password or fragment. To authenticate requests, verify their signature.');
    if (!(await this.addressGuard.allowsUrl(parsed))) throw invalid('url', 'The URL must lead to a public address. To allow a private network, add it to WEBHOOK_ALLOWED_NETWORKS.');
  }

  async #head(webhookId: string): Promise<WebhookHead> {
    if (!WEBHOOK_ID.test(webhookId)) throw noSuchWebhook();
    const last = await lastEventOf(this.store, webhookStream(webhookId));
    if (last) return { last, revision: last.revision, occurredAt: last.occurredAt };
    const occurredAt = await this.quota.registeredAt(webhookId);
    if (occurredAt === undefined) throw noSuchWebhook();
    return { last: null, revision: NO_STREAM, occurredAt };
  }

  async #append(webhookId: string, event: WebhookEvent, { revision, occurredAt }: WebhookHead, run: CommandRun): Promise<string> {
    const { position } = await appendInRun(this.store, run, { stream: webhookStream(webhookId), events: [event], time: eventTime(run.at ?? this.clock.now(), occurredAt), expectedRevision: revision });
    return position;
  }
}

const noSuchWebhook = (): DomainError => invalid('webhookId', 'The webhook does not exist or was removed.');

function requireTypes(types: readonly string[] | null): void {
  if (types === null) return;
  if (types.length === 0 || types.length > APP_EVENT_TYPES.length) throw invalid('types', `List 1 to ${APP_EVENT_TYPES.length} types, or omit the field for all types.`);
  const unknown = types.find((type) => !APP_EVENT_TYPES.includes(type));
  if (unknown !== undefined) throw invalid('types', `Unknown event type. Event types are ${APP_EVENT_TYPES.join(', ')}.`);
}

function requireApps(appIds: readonly string[] | null): void {
  if (appIds === null) return;
  if (appIds.length === 0 || appIds.length > MAX_APPS) throw invalid('appIds', `List 1 to ${MAX_APPS} apps, or omit the field for all apps.`);
  if (!appIds.every(isAppId)) throw invalid('appIds', 'The list contains something that cannot be an app id.');
}

/** Signing keys of webhooks. They are derived from `SECRET_KEY` and never stored, so every replica has them. */
export class WebhookSecrets {
  constructor(private readonly secretKey: Buffer) {}

  /** The secret in the notation of Standard Webhooks: `whsec_` and 32 bytes in base64. */
  secretOf(webhookId: string): string {
    return `whsec_${createHmac('sha256', this.secretKey).update(`webhook\0${webhookId}`).digest('base64')}`;
  }
}
