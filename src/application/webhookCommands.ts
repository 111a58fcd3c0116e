import { DomainError } from '../domain/domainError';
import type { WebhookEvent } from '../domain/events';
import { isAppId } from '../domain/fieldRules';
import { requireOperator } from '../domain/roster/rosterGuards';
import { webhookStream } from '../domain/streamNames';
import { headOf, NO_STREAM, type EventStore, type StoredEvent } from '../eventstore/eventStore';
import { appendInRun } from './appendInRun';
import { notBefore, type Clock } from './clock';
import { derivedId, stepOf, type CommandRun } from './commandRun';
import type { RegisterWebhookInput, RemoveWebhookInput, ReplayWebhookInput, WebhookOutcome } from './commandTypes';
import { APP_EVENT_TYPES } from './membershipHistory';
import { untilNoConflict } from './optimisticLoop';
import type { OutsideAddresses } from './outsideAddresses';
import type { WebhookPlaces } from './webhookPlaces';

/** The last that was written about a webhook, which `revision` is of; null where nothing was since it was registered. */
interface Stand {
  readonly last: StoredEvent | null;
  readonly revision: number;
  readonly occurredAt: string;
}

const MAX_URL = 2_000;
const MAX_APPS = 20;
/** A repetition finds its command again unless more than this was written about the webhook since. */
const MAX_LOOKED_AT = 1_000;
const WEBHOOK_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const invalid = (field: string, message: string): DomainError => new DomainError('INVALID_INPUT', message, { field });

/** What operators do with webhooks. Each method throws `DomainError` `FORBIDDEN` without their scope, `INVALID_INPUT` for a field that cannot be. */
export class WebhookCommands {
  /** @param plainHttp whether addresses may be http, too. */
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly places: WebhookPlaces,
    private readonly outside: OutsideAddresses,
    private readonly plainHttp: boolean,
  ) {}

  /** Sends, from here on, events to an address. */
  async register({ url, types = null, appIds = null, personalData = null }: RegisterWebhookInput, run: CommandRun): Promise<WebhookOutcome> {
    requireOperator(run.caller.actor);
    await this.#requireUrl(url);
    requireTypes(types);
    requireApps(appIds);
    const webhookId = derivedId(run.commandId, 'webhook');
    const registered = { webhookId, url, types: types && [...new Set(types)], appIds: appIds && [...new Set(appIds)], personalData: personalData === true };
    return { webhookId, position: await this.places.take(registered, run) };
  }

  /** Sends nothing there any more. Removing it twice is the same wish. */
  async remove({ webhookId }: RemoveWebhookInput, run: CommandRun): Promise<WebhookOutcome> {
    requireOperator(run.caller.actor);
    const position = await untilNoConflict(async () => {
      const stand = await this.#stand(webhookId);
      return stand.last?.type === 'WebhookRemoved' ? stand.last.position : this.#append(webhookId, { type: 'WebhookRemoved', data: {} }, stand, run);
    });
    // Where it does not come to this, whoever needs a place does it.
    await this.places.free(webhookId, stepOf(run, 'place'));
    return { webhookId, position };
  }

  /** Sends again what comes after a position, or what was put aside. */
  async replay({ webhookId, after = null, deadLetters = null }: ReplayWebhookInput, run: CommandRun): Promise<WebhookOutcome> {
    requireOperator(run.caller.actor);
    if ((after !== null) === (deadLetters === true)) throw invalid('after', 'Say after which position everything is to be sent again, or "deadLetters: true"; one of the two.');
    if (after !== null && after > (await headOf(this.store))) throw invalid('after', 'The log does not reach that position.');
    return untilNoConflict(async () => {
      const stand = await this.#stand(webhookId);
      if (stand.last?.type === 'WebhookRemoved') throw noSuchWebhook();
      const earlier = await this.#earlier(webhookId, run);
      if (earlier !== null) return { webhookId, position: earlier };
      return { webhookId, position: await this.#append(webhookId, { type: 'WebhookReplayRequested', data: { after } }, stand, run) };
    });
  }

  async #requireUrl(url: string): Promise<void> {
    const parsed = url.length <= MAX_URL && URL.canParse(url) ? new URL(url) : undefined;
    const protocols = this.plainHttp ? ['https:', 'http:'] : ['https:'];
    if (!parsed || !protocols.includes(parsed.protocol)) throw invalid('url', `The address begins with ${protocols.map((one) => `${one}//`).join(' or ')} and has ${MAX_URL} characters at most.`);
    if (parsed.username !== '' || parsed.password !== '' || parsed.hash !== '') throw invalid('url', 'The address has no user, no password and no fragment. Requests are signed: check that.');
    if (!(await this.outside.mayBeAsked(parsed))) throw invalid('url', 'The address is not a public one. An operator of the server can allow its network with WEBHOOK_ALLOWED_NETWORKS.');
  }

  async #stand(webhookId: string): Promise<Stand> {
    if (!WEBHOOK_ID.test(webhookId)) throw noSuchWebhook();
    for await (const last of this.store.readStream(webhookStream(webhookId), { backwards: true, maxCount: 1 })) return { last, revision: last.revision, occurredAt: last.occurredAt };
    const occurredAt = await this.places.takenBy(webhookId);
    if (occurredAt === undefined) throw noSuchWebhook();
    return { last: null, revision: NO_STREAM, occurredAt };
  }

  /** Where the same command wrote before a crash; null where it did not. */
  async #earlier(webhookId: string, { commandId, begunAt }: CommandRun): Promise<string | null> {
    if (begunAt === undefined) return null;
    for await (const { metadata, occurredAt, position } of this.store.readStream(webhookStream(webhookId), { backwards: true, maxCount: MAX_LOOKED_AT })) {
      if (metadata.commandId === commandId) return position;
      if (occurredAt < begunAt) break;
    }
    return null;
  }

  async #append(webhookId: string, event: WebhookEvent, { revision, occurredAt }: Stand, run: CommandRun): Promise<string> {
    const { position } = await appendInRun(this.store, run, { stream: webhookStream(webhookId), events: [event], occurredAt: notBefore(run.at ?? this.clock.now(), occurredAt), expectedRevision: revision });
    return position;
  }
}

const noSuchWebhook = (): DomainError => invalid('webhookId', 'There is no such webhook, or not any more.');

function requireTypes(types: readonly string[] | null): void {
  if (types === null) return;
  if (types.length === 0 || types.length > APP_EVENT_TYPES.length) throw invalid('types', `Name 1 to ${APP_EVENT_TYPES.length} types, or none for all.`);
  const unknown = types.find((type) => !APP_EVENT_TYPES.includes(type));
  if (unknown !== undefined) throw invalid('types', `Types of events are ${APP_EVENT_TYPES.join(', ')}.`);
}

function requireApps(appIds: readonly string[] | null): void {
  if (appIds === null) return;
  if (appIds.length === 0 || appIds.length > MAX_APPS) throw invalid('appIds', `Name 1 to ${MAX_APPS} apps, or none for all.`);
  if (!appIds.every(isAppId)) throw invalid('appIds', 'One of these cannot be the id of an app.');
}
