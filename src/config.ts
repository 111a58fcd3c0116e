import { parseAbuseSettings, type AbuseSettings } from './settings/abuseSettings';
import { parseCheckpointSettings, type CheckpointSettings } from './settings/checkpointSettings';
import { parseMailSettings, type MailSettings } from './settings/mailSettings';
import { isReadableFile } from './settings/readableFile';
import { ConfigError, SettingsReader } from './settings/settingsReader';
import { parseSignInSettings, type SignInSettings } from './settings/signInSettings';
import { parseSubscriptionSettings, type SubscriptionSettings } from './settings/subscriptionSettings';
import { parseWebhookSettings, type WebhookSettings } from './settings/webhookSettings';

export { ConfigError };

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What the environment asks of this process, checked. */
export interface Config extends SignInSettings, AbuseSettings, MailSettings, CheckpointSettings, WebhookSettings, SubscriptionSettings {
  /** whether the development sign-in, the demo data and GraphiQL are there. Never in production. */
  readonly development: boolean;
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** `esdb://…` of the server that keeps the events; null where `DATA_DIR` does. */
  readonly eventStoreUrl: string | null;
  /** 32 bytes; null where the one in `DATA_DIR/secret.key` is meant. */
  readonly secretKey: Buffer | null;
  /** what links in mails begin with, without a slash at the end; null for the address that the server listens on. */
  readonly publicUrl: string | null;
  /** http(s) address with `{appId}` in it. */
  readonly appUrlTemplate: string;
  readonly invitationTtlMs: number;
  /** 0 is no limit. */
  readonly invitationsPerAppPerDay: number;
  /** 0 is no limit. */
  readonly invitationsPerRecipientPerDay: number;
  /** file of the Keap IDs that may be invited as partners; null where any may. */
  readonly partnerDirectory: string | null;
  readonly introspection: boolean;
  readonly logLevel: LogLevel;
}

/** Settings that belong to parts which this version does not have. */
const NOT_SUPPORTED = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
];

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];
/** User and password are optional, there may be several hosts, and settings of the connection at the end. */
const EVENTSTORE_URL = /^esdb(?:\+discover)?:\/\/(?:[^:@/?\s]+:[^@/?\s]+@)?[^:@/?,\s]+(?::\d{1,5})?(?:,[^:@/?,\s]+(?::\d{1,5})?)*\/?(?:\?\S*)?$/;
const SECRET_KEY_BYTES = 32;
const MAX_PORT = 65_535;
const DEFAULT_TTL_SECONDS = 7 * 24 * 60 * 60;
/** Ten years: a date that far is still a date everywhere. */
const MAX_TTL_SECONDS = 10 * 365 * 24 * 60 * 60;
const MAX_PER_DAY = 1_000_000;

/**
 * Reads every setting; an empty one counts as absent.
 * @throws ConfigError that lists everything that is wrong, not just the first.
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
    secretKey: parseSecretKey(read),
    ...parseSignInSettings(read),
    ...parseAbuseSettings(read),
    ...parseCheckpointSettings(read, dataDir),
    ...parseMailSettings(read),
    ...parseWebhookSettings(read),
    ...parseSubscriptionSettings(read),
    publicUrl: parsePublicUrl(read),
    appUrlTemplate: parseAppUrlTemplate(read),
    invitationTtlMs: read.wholeNumber('INVITATION_TTL_SECONDS', DEFAULT_TTL_SECONDS, 1, MAX_TTL_SECONDS) * 1000,
    invitationsPerAppPerDay: read.wholeNumber('INVITATIONS_PER_APP_PER_DAY', 200, 0, MAX_PER_DAY),
    invitationsPerRecipientPerDay: read.wholeNumber('INVITATIONS_PER_RECIPIENT_PER_DAY', 5, 0, MAX_PER_DAY),
    partnerDirectory: parsePartnerDirectory(read),
    introspection: read.oneOf('INTROSPECTION', ['on', 'off'], development ? 'on' : 'off') === 'on',
    logLevel: read.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
  };
  for (const name of NOT_SUPPORTED) {
    if (read.text(name) !== undefined) read.problem(name, 'is not supported by this version. Remove it.');
  }
  if (read.problems.length > 0) throw new ConfigError(read.problems);
  return config;
}

function parseDevelopment(read: SettingsReader): boolean {
  const production = read.oneOf('NODE_ENV', ['production', 'development', 'test'], 'development') === 'production';
  const withoutSignIn = read.text('AUTH_JWT_SECRET') === undefined && read.text('AUTH_ISSUER') === undefined;
  if (production && withoutSignIn) {
    read.problem(
      'AUTH_JWT_SECRET',
      'or AUTH_ISSUER is required with NODE_ENV=production: without them this would be development mode, where anybody may sign in as anybody. Set the HS256 secret of your sign-in, or your OpenID provider.',
    );
  }
  return withoutSignIn && !production;
}

function parseHost(read: SettingsReader, development: boolean): string {
  const host = read.text('HOST');
  if (host !== undefined && development && !LOOPBACK.includes(host)) {
    read.problem(
      'HOST',
      `must be one of ${LOOPBACK.join(', ')} in development mode, where anybody may sign in as anybody, and is ${JSON.stringify(host)}. Set AUTH_JWT_SECRET or AUTH_ISSUER to leave development mode.`,
    );
  }
  return host ?? (development ? '127.0.0.1' : '0.0.0.0');
}

/** Whether the text looks like the address of an EventStoreDB or KurrentDB server, or of several. */
export const isEventStoreUrl = (text: string): boolean => EVENTSTORE_URL.test(text);

function parseEventStoreUrl(read: SettingsReader): string | null {
  const value = read.text('EVENTSTORE_URL');
  if (value === undefined) return null;
  // It may hold a password, so it is not repeated.
  if (!isEventStoreUrl(value)) read.problem('EVENTSTORE_URL', 'must be an address such as esdb://user:password@host:2113?tls=true, with several hosts or esdb+discover:// for a cluster.');
  return value;
}

function parseSecretKey(read: SettingsReader): Buffer | null {
  const value = read.text('SECRET_KEY');
  if (value === undefined) {
    if (read.text('EVENTSTORE_URL') !== undefined) read.problem('SECRET_KEY', 'is required with EVENTSTORE_URL: every process on the same events needs the same one, and DATA_DIR belongs to one process.');
    return null;
  }
  const key = Buffer.from(value, 'base64');
  if (key.length === SECRET_KEY_BYTES && key.toString('base64') === value) return key;
  read.problem('SECRET_KEY', `must be ${SECRET_KEY_BYTES} bytes in base64, as \`openssl rand -base64 ${SECRET_KEY_BYTES}\` makes them.`);
  return null;
}

function parsePublicUrl(read: SettingsReader): string | null {
  const value = read.text('PUBLIC_URL');
  if (value === undefined) return null;
  const url = read.webAddress('PUBLIC_URL', value);
  if (url && (url.search !== '' || url.hash !== '')) read.problem('PUBLIC_URL', 'must not have a query or a fragment: links are made by adding a path to it.');
  return value.replace(/\/+$/, '');
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
    if (file !== undefined && (read.text('PARTNER_POLICY') ?? 'open') === 'open') read.problem('PARTNER_DIRECTORY', 'excludes PARTNER_POLICY=open, which lets any Keap ID be invited. Set PARTNER_POLICY=list or remove it.');
    return null;
  }
  if (file === undefined) {
    read.problem('PARTNER_DIRECTORY', 'is required with PARTNER_POLICY=list: the file of the Keap IDs that may be invited, one a line.');
    return null;
  }
  if (!isReadableFile(file)) read.problem('PARTNER_DIRECTORY', `must be a file that can be read, and is ${JSON.stringify(file)}.`);
  return file;
}
