import { type ConsoleSettings, parseConsoleSettings } from './settings/consoleSettings';
import { type AbuseSettings, type CheckpointSettings, type ConnectionSettings, parseAbuseSettings, parseCheckpointSettings, parseConnectionSettings, parseSubscriptionSettings, parseWebhookSettings, parseWorkSettings, type SubscriptionSettings, type WebhookSettings, type WorkSettings } from './settings/settings';
import { type MailSettings, parseMailSettings } from './settings/mailSettings';
import { ConfigError, isReadableFile, isWebhookSecret, SettingsReader, WEBHOOK_SECRET_RULE } from './settings/settingsReader';
import { parseSignInSettings, type SignInSettings } from './settings/signInSettings';

export { ConfigError, isWebhookSecret, WEBHOOK_SECRET_RULE };

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const CLIENT_ADDRESSES = ['off', 'truncated', 'full'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** The validated settings of this process. */
export interface Config extends SignInSettings, ConsoleSettings, AbuseSettings, MailSettings, CheckpointSettings, WebhookSettings, SubscriptionSettings, WorkSettings, ConnectionSettings {
  /** Enables the development sign-in, the demo data and GraphiQL. Never true in production. */
  readonly development: boolean;
  /** TCP port to listen on; 0 picks a free one. */
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** EventStoreDB connection string `esdb://…`; null when events are stored in `DATA_DIR`. */
  readonly eventStoreUrl: string | null;
  /** Key of 32 bytes; null to use the one in `DATA_DIR/secret.key`. */
  readonly secretKey: Buffer | null;
  /** The key before an exchange, which still opens what it protects; null for none. */
  readonly secretKeyPrevious: Buffer | null;
  /** Base address of links in mails, without a trailing slash; null for the address that the server listens on. */
  readonly publicUrl: string | null;
  /** An http or https address that contains `{appId}`. */
  readonly appUrlTemplate: string;
  readonly invitationTtlMs: number;
  /** Further invitations of an app are refused with `RATE_LIMITED`; 0 means no limit. */
  readonly invitationsPerAppPerDay: number;
  /** Further invitations to a recipient are refused with `RATE_LIMITED`; 0 means no limit. */
  readonly invitationsPerRecipientPerDay: number;
  /** File with the Keap IDs that may be invited as partners; null when any may be. */
  readonly partnerDirectory: string | null;
  readonly introspection: boolean;
  readonly logLevel: LogLevel;
  /** How much of a client's IP address is recorded with events. */
  readonly clientAddress: (typeof CLIENT_ADDRESSES)[number];
  /** Base address of the OTLP collector to which traces are exported; null records none. */
  readonly otlpEndpoint: string | null;
}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];
/** User and password are optional; several hosts and connection settings in a query are allowed. */
const EVENTSTORE_URL = /^esdb(?:\+discover)?:\/\/(?:[^:@/?\s]+:[^@/?\s]+@)?[^:@/?,\s]+(?::\d{1,5})?(?:,[^:@/?,\s]+(?::\d{1,5})?)*\/?(?:\?\S*)?$/;
const SECRET_KEY_BYTES = 32;
const MAX_PORT = 65_535;
const DEFAULT_TTL_SECONDS = 7 * 24 * 60 * 60;
/** Ten years. A longer lifetime is refused, because its expiry may not be a valid date everywhere. */
const MAX_TTL_SECONDS = 10 * 365 * 24 * 60 * 60;
const MAX_PER_DAY = 1_000_000;

/**
 * Reads and validates every setting. An empty one counts as absent.
 * @throws ConfigError that lists every invalid setting, not just the first.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const read = new SettingsReader(env);
  const development = parseDevelopment(read);
  const dataDir = read.text('DATA_DIR') ?? './data';
  const config: Config = {
    development,
    port: read.wholeNumber('PORT', 4000, 0, MAX_PORT),
    host: parseHost(read, development),
    dataDir,
    eventStoreUrl: parseEventStoreUrl(read),
    ...parseSecretKeys(read),
    ...parseSignInSettings(read),
    ...parseConsoleSettings(read),
    ...parseAbuseSettings(read),
    ...parseCheckpointSettings(read, dataDir),
    ...parseMailSettings(read),
    ...parseWebhookSettings(read),
    ...parseSubscriptionSettings(read),
    ...parseWorkSettings(read),
    ...parseConnectionSettings(read),
    publicUrl: parsePublicUrl(read),
    appUrlTemplate: parseAppUrlTemplate(read),
    invitationTtlMs: read.wholeNumber('INVITATION_TTL_SECONDS', DEFAULT_TTL_SECONDS, 1, MAX_TTL_SECONDS) * 1000,
    invitationsPerAppPerDay: read.wholeNumber('INVITATIONS_PER_APP_PER_DAY', 200, 0, MAX_PER_DAY),
    invitationsPerRecipientPerDay: read.wholeNumber('INVITATIONS_PER_RECIPIENT_PER_DAY', 5, 0, MAX_PER_DAY),
    partnerDirectory: parsePartnerDirectory(read),
    introspection: read.oneOf('INTROSPECTION', ['on', 'off'], development ? 'on' : 'off') === 'on',
    logLevel: read.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    clientAddress: read.oneOf('CLIENT_ADDRESS', CLIENT_ADDRESSES, 'truncated'),
    otlpEndpoint: parseOtlpEndpoint(read),
  };
  if (read.problems.length > 0) throw new ConfigError(read.problems);
  return config;
}

function parseDevelopment(read: SettingsReader): boolean {
  const production = read.oneOf('NODE_ENV', ['production', 'development', 'test'], 'development') === 'production';
  const withoutSignIn = read.text('AUTH_JWT_SECRET') === undefined && read.text('AUTH_ISSUER') === undefined;
  if (production && withoutSignIn) {
    read.problem(
      'AUTH_JWT_SECRET',
      'or AUTH_ISSUER is required with NODE_ENV=production: without them the service would run in development mode, where anyone can sign in as anyone. Set the HS256 secret of your sign-in, or your OpenID provider.',
    );
  }
  return withoutSignIn && !production;
}

function parseHost(read: SettingsReader, development: boolean): string {
  const host = read.text('HOST');
  if (host !== undefined && development && !LOOPBACK.includes(host)) {
    read.problem(
      'HOST',
      `must be one of ${LOOPBACK.join(', ')} in development mode, where anyone can sign in as anyone, and is ${JSON.stringify(host)}. Set AUTH_JWT_SECRET or AUTH_ISSUER to leave development mode.`,
    );
  }
  return host ?? (development ? '127.0.0.1' : '0.0.0.0');
}

/** Whether the text is a connection string of an EventStoreDB or KurrentDB server or cluster. */
export const isEventStoreUrl = (text: string): boolean => EVENTSTORE_URL.test(text);

function parseEventStoreUrl(read: SettingsReader): string | null {
  const value = read.text('EVENTSTORE_URL');
  if (value === undefined) return null;
  // The value is not repeated, because it may contain a password.
  if (!isEventStoreUrl(value)) read.problem('EVENTSTORE_URL', 'must be an address such as esdb://user:password@host:2113?tls=true, with several hosts or esdb+discover:// for a cluster.');
  return value;
}

function parseSecretKeys(read: SettingsReader): Pick<Config, 'secretKey' | 'secretKeyPrevious'> {
  if (read.text('SECRET_KEY') === undefined && read.text('EVENTSTORE_URL') !== undefined) read.problem('SECRET_KEY', 'is required with EVENTSTORE_URL: all processes on the same events need the same key, and DATA_DIR belongs to one process.');
  const [secretKey, secretKeyPrevious] = [parseKey(read, 'SECRET_KEY'), parseKey(read, 'SECRET_KEY_PREVIOUS')];
  if (secretKey !== null && secretKeyPrevious?.equals(secretKey) === true) read.problem('SECRET_KEY_PREVIOUS', 'is the same as SECRET_KEY. Set it to the key before the exchange, or remove it.');
  return { secretKey, secretKeyPrevious };
}

function parseKey(read: SettingsReader, name: string): Buffer | null {
  const value = read.text(name);
  if (value === undefined) return null;
  const key = Buffer.from(value, 'base64');
  if (key.length === SECRET_KEY_BYTES && key.toString('base64') === value) return key;
  read.problem(name, `must be ${SECRET_KEY_BYTES} bytes in base64. Create them with \`openssl rand -base64 ${SECRET_KEY_BYTES}\`.`);
  return null;
}

function parsePublicUrl(read: SettingsReader): string | null {
  const value = read.text('PUBLIC_URL');
  if (value === undefined) return null;
  const url = read.webAddress('PUBLIC_URL', value);
  if (url && (url.search !== '' || url.hash !== '')) read.problem('PUBLIC_URL', 'must not have a query or a fragment: links are built by appending a path.');
  return value.replace(/\/+$/, '');
}

function parseOtlpEndpoint(read: SettingsReader): string | null {
  const value = read.text('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (value === undefined) return null;
  const url = read.webAddress('OTEL_EXPORTER_OTLP_ENDPOINT', value);
  if (url && (url.search !== '' || url.hash !== '')) read.problem('OTEL_EXPORTER_OTLP_ENDPOINT', 'must not have a query or a fragment: /v1/traces is appended to it.');
  return value;
}

function parseAppUrlTemplate(read: SettingsReader): string {
  const value = read.text('APP_URL_TEMPLATE') ?? 'https://{appId}.infusionsoft.com';
  if (!value.includes('{appId}')) read.problem('APP_URL_TEMPLATE', `must contain {appId}, and is ${JSON.stringify(value)}.`);
  else read.webAddress('APP_URL_TEMPLATE', value.replaceAll('{appId}', 'app'));
  return value;
}

function parsePartnerDirectory(read: SettingsReader): string | null {
  const policy = read.oneOf('PARTNER_POLICY', ['open', 'list'], 'open');
  const file = read.text('PARTNER_DIRECTORY');
  if (policy === 'open') {
    if (file !== undefined && (read.text('PARTNER_POLICY') ?? 'open') === 'open') read.problem('PARTNER_DIRECTORY', 'has no effect with PARTNER_POLICY=open, which allows any Keap ID. Set PARTNER_POLICY=list or remove it.');
    return null;
  }
  if (file === undefined) {
    read.problem('PARTNER_DIRECTORY', 'is required with PARTNER_POLICY=list. Set it to a file with the Keap IDs that may be invited, one per line.');
    return null;
  }
  if (!isReadableFile(file)) read.problem('PARTNER_DIRECTORY', `must be a readable file, and is ${JSON.stringify(file)}.`);
  return file;
}
