import { isReadableFile, type SettingsReader } from './settingsReader';
import { BlockList, isIP } from 'node:net';

/** Where and how often signed checkpoints of the log are written. */
export interface CheckpointSettings {
  readonly checkpointDir: string;
  /** Ed25519 private key as PKCS#8 PEM; created when the file does not exist. */
  readonly checkpointKeyFile: string;
  readonly checkpointEveryEvents: number;
  readonly checkpointEveryMs: number;
  /** Authority that stamps checkpoints with the time (RFC 3161), an http or https address; null for none. */
  readonly checkpointTsaUrl: string | null;
  /** Who countersigns checkpoints: an http or https address, and the secret of the signature (Standard Webhooks). Null for nobody. */
  readonly checkpointWitness: { readonly url: string; readonly secret: string } | null;
}

const MAX_EVENTS = 1_000_000;
const MAX_SECONDS = 7 * 24 * 60 * 60;

/** Reads the checkpoint settings. Invalid values are reported to the reader. */
export function parseCheckpointSettings(read: SettingsReader, dataDir: string): CheckpointSettings {
  return {
    checkpointDir: read.text('CHECKPOINT_DIR') ?? `${dataDir}/checkpoints`,
    checkpointKeyFile: read.text('CHECKPOINT_KEY_FILE') ?? `${dataDir}/checkpoint.key`,
    checkpointEveryEvents: read.wholeNumber('CHECKPOINT_EVERY_EVENTS', 1000, 1, MAX_EVENTS),
    checkpointEveryMs: read.wholeNumber('CHECKPOINT_EVERY_SECONDS', 3600, 1, MAX_SECONDS) * 1000,
    checkpointWitness: parseWitness(read),
    checkpointTsaUrl: parseTsaUrl(read),
  };
}

function parseTsaUrl(read: SettingsReader): string | null {
  const value = read.text('CHECKPOINT_TSA_URL');
  if (value !== undefined) read.webAddress('CHECKPOINT_TSA_URL', value);
  return value ?? null;
}

function parseWitness(read: SettingsReader): CheckpointSettings['checkpointWitness'] {
  const [value, secret] = [read.text('CHECKPOINT_WITNESS_URL'), read.webhookSecret('CHECKPOINT_WITNESS_SECRET')];
  if (value === undefined) {
    if (secret !== null) read.problem('CHECKPOINT_WITNESS_SECRET', 'has no effect without CHECKPOINT_WITNESS_URL. Set the address of the witness, or remove it.');
    return null;
  }
  const url = read.webAddress('CHECKPOINT_WITNESS_URL', value);
  if (url && (url.username !== '' || url.password !== '')) read.problem('CHECKPOINT_WITNESS_URL', 'must have no user and no password: requests are signed with CHECKPOINT_WITNESS_SECRET.');
  if (secret === null) read.problem('CHECKPOINT_WITNESS_SECRET', 'is required with CHECKPOINT_WITNESS_URL: checkpoints are posted with a signature, which the witness checks with the same secret.');
  return { url: value, secret: secret ?? '' };
}

/** Limits of subscriptions. Opening one more is refused with `TOO_MANY_REQUESTS`. */
export interface SubscriptionSettings {
  /** Subscriptions open at once on one WebSocket. */
  readonly subscriptionsPerConnection: number;
  /** Subscriptions, and WebSockets, open at once for one person. */
  readonly subscriptionsPerPerson: number;
  /** Subscriptions, and WebSockets, open at once in this process. */
  readonly subscriptionsPerProcess: number;
  /** A subscriber that has not taken a message after this time is disconnected. */
  readonly subscriptionStallMs: number;
}

const MAX_PER_CONNECTION = 1_000;
const MAX_AT_ONCE = 100_000;
const MAX_STALL_SECONDS = 600;

/** The limits when no setting overrides them. */
export const SUBSCRIPTION_DEFAULTS: SubscriptionSettings = {
  subscriptionsPerConnection: 20,
  subscriptionsPerPerson: 100,
  subscriptionsPerProcess: 10_000,
  subscriptionStallMs: 10_000,
};

/** Reads the limits of subscriptions. Invalid values are reported to the reader. */
export function parseSubscriptionSettings(read: SettingsReader): SubscriptionSettings {
  const { subscriptionsPerConnection, subscriptionsPerPerson, subscriptionsPerProcess, subscriptionStallMs } = SUBSCRIPTION_DEFAULTS;
  return {
    subscriptionsPerConnection: read.wholeNumber('SUBSCRIPTIONS_PER_CONNECTION', subscriptionsPerConnection, 1, MAX_PER_CONNECTION),
    subscriptionsPerPerson: read.wholeNumber('SUBSCRIPTIONS_PER_PERSON', subscriptionsPerPerson, 1, MAX_AT_ONCE),
    subscriptionsPerProcess: read.wholeNumber('SUBSCRIPTIONS_PER_PROCESS', subscriptionsPerProcess, 1, MAX_AT_ONCE),
    subscriptionStallMs: read.wholeNumber('SUBSCRIPTION_STALL_SECONDS', subscriptionStallMs / 1000, 1, MAX_STALL_SECONDS) * 1000,
  };
}

/** Sizes of the budgets of work, and the limit of all work together. Work over a budget is refused with `TOO_MANY_REQUESTS`. 0 means no limit. */
export interface WorkSettings {
  /** Milliseconds of work that come back to a signed-in person each second. */
  readonly workPerPerson: number;
  /** Milliseconds of work that come back each second to an address, for requests that are not signed in. */
  readonly workPerAddress: number;
  /** Milliseconds of work that come back each second to an app, for the requests of its members. */
  readonly workPerApp: number;
  /** Seconds after which a budget that is not used is full. */
  readonly workSavedSeconds: number;
  /** Delay of the event loop above which requests are refused, in milliseconds; 0 means that none are. */
  readonly overloadDelayMs: number;
}

/** Limits of open connections: HTTP, WebSockets and event streams. Further ones are refused with 503. 0 means no limit. */
export interface ConnectionSettings {
  readonly connectionsPerProcess: number;
  /** Connections from one address; those of trusted proxies are not counted by address. */
  readonly connectionsPerAddress: number;
}

const MAX_WORK = 10_000;

const MAX_CONNECTIONS = 1_000_000;

/** Reads the limits of open connections. Invalid values are reported to the reader. */
export function parseConnectionSettings(read: SettingsReader): ConnectionSettings {
  return {
    connectionsPerProcess: read.wholeNumber('CONNECTIONS_PER_PROCESS', 20_000, 0, MAX_CONNECTIONS),
    connectionsPerAddress: read.wholeNumber('CONNECTIONS_PER_ADDRESS', 4_000, 0, MAX_CONNECTIONS),
  };
}

/** Reads the sizes of the budgets of work. Invalid values are reported to the reader. */
export function parseWorkSettings(read: SettingsReader): WorkSettings {
  return {
    workPerPerson: read.wholeNumber('WORK_PER_PERSON', 500, 0, MAX_WORK),
    workPerAddress: read.wholeNumber('WORK_PER_ADDRESS', 500, 0, MAX_WORK),
    workPerApp: read.wholeNumber('WORK_PER_APP', 500, 0, MAX_WORK),
    workSavedSeconds: read.wholeNumber('WORK_SAVED_SECONDS', 30, 1, 600),
    overloadDelayMs: read.wholeNumber('OVERLOAD_DELAY_MS', 300, 0, 10_000),
  };
}

/** How events are sent to webhooks. */
export interface WebhookSettings {
  /** Attempts per event. Afterwards the event becomes a dead letter and the next one is sent. */
  readonly webhookTries: number;
  /** Pause after the first failed attempt; each further pause is four times as long. */
  readonly webhookRetryMs: number;
  /** An attempt that takes longer is aborted and counts as failed. */
  readonly webhookTimeoutMs: number;
  /** Private networks that events may be sent to, such as 10.1.0.0/16. */
  readonly webhookAllowedNetworks: readonly string[];
}

/** Reads the webhook settings. Invalid values are reported to the reader. */
export function parseWebhookSettings(read: SettingsReader): WebhookSettings {
  return {
    webhookTries: read.wholeNumber('WEBHOOK_TRIES', 8, 1, 20),
    webhookRetryMs: read.wholeNumber('WEBHOOK_RETRY_SECONDS', 10, 1, 3_600) * 1_000,
    webhookTimeoutMs: read.wholeNumber('WEBHOOK_TIMEOUT_SECONDS', 10, 1, 60) * 1_000,
    webhookAllowedNetworks: parseNetworks(read),
  };
}

function parseNetworks(read: SettingsReader): readonly string[] {
  const networks = (read.text('WEBHOOK_ALLOWED_NETWORKS') ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '');
  for (const network of networks) {
    if (!network.includes('/') || prefixOf(network) === undefined) read.problem('WEBHOOK_ALLOWED_NETWORKS', `must be networks such as 10.1.0.0/16,fd00::/8; ${JSON.stringify(network)} is not a network.`);
  }
  return networks;
}

/** Allowed origins, trusted proxies and rate limits of the HTTP server. */
export interface AbuseSettings {
  /** Origins of web pages that may call the API from a browser; none when empty. */
  readonly corsOrigins: readonly string[];
  /** Whose `x-forwarded-for` is trusted: false for nobody's, a number of proxies in front, or proxies in these networks. Never everybody's. */
  readonly trustProxy: false | number | readonly string[];
  /** Requests per minute and address without a valid token. Further ones are answered with 429; 0 means no limit. */
  readonly unsignedRequestsPerMinute: number;
  /** Unknown invitation tokens per minute and address. Further lookups fail with `TOO_MANY_REQUESTS`; 0 means no limit. */
  readonly tokenGuessesPerMinute: number;
  /** File with the only GraphQL operations that are executed; null when any is. */
  readonly safelist: string | null;
  /** Bearer token for `/metrics`; null when no token is needed. */
  readonly metricsToken: string | null;
}

const MAX_PER_MINUTE = 1_000_000;
const MAX_HOPS = 16;
const MIN_METRICS_TOKEN = 16;

/** Reads the settings against abuse. Invalid values are reported to the reader. */
export function parseAbuseSettings(read: SettingsReader): AbuseSettings {
  return {
    corsOrigins: parseOrigins(read),
    trustProxy: parseTrustProxy(read),
    unsignedRequestsPerMinute: read.wholeNumber('UNSIGNED_REQUESTS_PER_MINUTE', 600, 0, MAX_PER_MINUTE),
    tokenGuessesPerMinute: read.wholeNumber('TOKEN_GUESSES_PER_MINUTE', 30, 0, MAX_PER_MINUTE),
    safelist: parseSafelist(read),
    metricsToken: parseMetricsToken(read),
  };
}

const partsOf = (list: string): string[] => list.split(',').map((part) => part.trim()).filter((part) => part !== '');

function parseOrigins(read: SettingsReader): readonly string[] {
  const origins = partsOf(read.text('CORS_ORIGINS') ?? '');
  for (const origin of origins) {
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url?.origin !== origin || !/^https?:/.test(origin)) {
      read.problem('CORS_ORIGINS', `must be origins such as https://console.example.com, without a path, separated by commas; ${JSON.stringify(origin)} is not an origin.`);
    }
  }
  return origins;
}

/** Shortest prefix of a network whose proxies are trusted: wider ones hold everybody. The private networks 10.0.0.0/8 and fc00::/7 have this size. */
const MIN_PREFIX = { ipv4: 8, ipv6: 7 } as const;
/** Bits before the IPv4 address in an IPv6 address such as ::ffff:10.0.0.1. */
const MAPPED_BITS = 96;

function parseTrustProxy(read: SettingsReader): false | number | readonly string[] {
  const value = read.text('TRUST_PROXY') ?? 'off';
  if (value === 'off') return false;
  if (value === 'on') return 1;
  if (/^\d{1,3}$/.test(value) && Number(value) >= 1 && Number(value) <= MAX_HOPS) return Number(value);
  const networks = partsOf(value).map((text) => ({ text, prefix: prefixOf(text) }));
  const tooWide = networks.find(({ prefix }) => prefix !== undefined && prefix.bits < MIN_PREFIX[prefix.family]);
  if (tooWide !== undefined) {
    read.problem('TRUST_PROXY', `must not contain ${tooWide.text}, in which everybody counts as a proxy, so that each client could name any address as its own. Name the networks of your proxies, at most a /${MIN_PREFIX.ipv4} of IPv4 or a /${MIN_PREFIX.ipv6} of IPv6, or the number of proxies.`);
    return false;
  }
  if (networks.length > 0 && networks.every(({ prefix }) => prefix !== undefined)) return networks.map(({ text }) => text);
  read.problem('TRUST_PROXY', `must be off, on (one proxy), the number of proxies from 1 to ${MAX_HOPS}, or their addresses and networks such as 10.0.0.0/8,192.168.1.7, and is ${JSON.stringify(value)}. Trusting everybody is not possible.`);
  return false;
}

/** The size of a network or of a single address; undefined for any other text. An IPv4 network that is written as IPv6 counts as IPv4. */
function prefixOf(text: string): { readonly family: 'ipv4' | 'ipv6'; readonly bits: number } | undefined {
  const [address = '', bits, more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined;
  const length = version === 4 ? 32 : 128;
  const prefix = Number(bits ?? length);
  if (prefix > length) return undefined;
  if (version === 4) return { family: 'ipv4', bits: prefix };
  const mapped = new BlockList();
  mapped.addSubnet('::ffff:0:0', MAPPED_BITS, 'ipv6');
  return mapped.check(address, 'ipv6') ? { family: 'ipv4', bits: prefix - MAPPED_BITS } : { family: 'ipv6', bits: prefix };
}

function parseSafelist(read: SettingsReader): string | null {
  const file = read.text('SAFELIST');
  if (file === undefined) return null;
  if (!isReadableFile(file)) read.problem('SAFELIST', `must be a readable file, and is ${JSON.stringify(file)}.`);
  return file;
}

function parseMetricsToken(read: SettingsReader): string | null {
  const token = read.text('METRICS_TOKEN') ?? null;
  if (token !== null && (token.length < MIN_METRICS_TOKEN || /\s/.test(token))) {
    read.problem('METRICS_TOKEN', `must have at least ${MIN_METRICS_TOKEN} characters and no spaces.`);
  }
  return token;
}
