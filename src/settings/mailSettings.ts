import { BlockList, isIP, isIPv6 } from 'node:net';
import type { SettingsReader } from './settingsReader';

/** The sender of a message. */
export interface MailSender {
  /** Display name; empty for the address alone. */
  readonly name: string;
  readonly address: string;
}

/** Languages that `MAIL_LANGUAGE` accepts. */
export const MAIL_LANGUAGES = ['en', 'de'] as const;
type MailLanguage = (typeof MAIL_LANGUAGES)[number];

/** How invitation mails are sent, and their sender and subject. */
export interface MailSettings {
  /** Mail server as `smtp://…` or `smtps://…`; null when messages stay in `DATA_DIR/outbox`. */
  readonly smtpUrl: string | null;
  readonly mailFrom: MailSender;
  /** Subject, in which `{inviter}` and `{accountName}` are replaced; null for the subject of each language. */
  readonly mailSubject: string | null;
  /** Language of messages to people whose language is not known. */
  readonly mailLanguage: MailLanguage;
  /** Attempts per message. After the last one the message is given up. */
  readonly mailTries: number;
  /** Pause after the first failed attempt; each further pause is four times as long. */
  readonly mailRetryMs: number;
  /** An attempt that takes longer is aborted and counts as failed. */
  readonly mailTimeoutMs: number;
  /** Messages that one mailbox gets in 24 hours from all apps together; more wait. 0 means no limit. */
  readonly messagesPerMailboxPerDay: number;
  /** Address with the placeholder `{token}`, to which bounces of each message return; null when they return to the sender's. */
  readonly mailBounceAddress: string | null;
  /** Key that verifies the signature of bounce reports; null when none are accepted. */
  readonly mailWebhookSecret: string | null;
}

/** The mail server that `SMTP_URL` names. */
export interface SmtpServer {
  readonly host: string;
  /** Null for the usual one. */
  readonly port: number | null;
  /** Null when the server requires no sign-in. */
  readonly credentials: { readonly user: string; readonly pass: string } | null;
  /** Whether the connection is encrypted from the start. */
  readonly secure: boolean;
  /**
   * Whether a connection is encrypted: always, with a certificate that is checked, to another machine; where the server offers it,
   * to this machine; never with `?tls=none`.
   */
  readonly encryption: 'required' | 'offered' | 'none';
  /** Name of this service in the SMTP dialogue; null for the name of this machine. */
  readonly name: string | null;
}

/** Reads a valid `SMTP_URL`. */
export function smtpServerOf(smtpUrl: string): SmtpServer {
  const { protocol, hostname, port, username, password, searchParams } = new URL(smtpUrl);
  const host = hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const plain = searchParams.get('tls') === 'none' || searchParams.get('ignoreTLS') === 'true';
  return {
    host,
    port: port === '' ? null : Number(port),
    credentials: username === '' ? null : { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    secure: protocol === 'smtps:',
    encryption: plain ? 'none' : isThisMachine(host) ? 'offered' : 'required',
    name: searchParams.get('name'),
  };
}

const thisMachine = new BlockList();
thisMachine.addSubnet('127.0.0.0', 8);
thisMachine.addAddress('::1', 'ipv6');

/** Whether connections to the host stay on this machine. */
const isThisMachine = (host: string): boolean => host === 'localhost' || (isIP(host) !== 0 && thisMachine.check(host, isIPv6(host) ? 'ipv6' : 'ipv4'));

const NOBODY: MailSender = { name: 'Partner access', address: 'no-reply@localhost' };
const MAX_SUBJECT = 200;
const PLACEHOLDERS = ['{inviter}', '{accountName}'];
const SENDER = /^(?:"?(?<name>[^"<>\p{Cc}]*?)"?\s*<(?<bracketed>[^<>\s]+)>|(?<alone>[^<>\s]+))$/u;
const ADDRESS = /^[^\s\p{C}@<>()[\]\\,;:"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/u;
const MAX_PER_MAILBOX = 1_000_000;
/** The parameter `ignoreTLS` is an older form of `tls=none`, for this machine only. */
const SMTP_PARAMETERS = ['tls', 'name', 'ignoreTLS'];
const BOUNCE_TOKEN = '{token}';
/** A local part has at most 64 characters, and a token up to 47. */
const MAX_AROUND_BOUNCE_TOKEN = 17;

/** Reads the mail settings. Invalid values are reported to the reader. */
export function parseMailSettings(read: SettingsReader): MailSettings {
  return {
    smtpUrl: parseSmtpUrl(read),
    mailFrom: parseSender(read),
    mailSubject: parseSubject(read),
    mailLanguage: read.oneOf('MAIL_LANGUAGE', MAIL_LANGUAGES, 'en'),
    mailTries: read.wholeNumber('MAIL_TRIES', 6, 1, 20),
    mailRetryMs: read.wholeNumber('MAIL_RETRY_SECONDS', 30, 1, 3_600) * 1_000,
    mailTimeoutMs: read.wholeNumber('MAIL_TIMEOUT_SECONDS', 30, 1, 300) * 1_000,
    messagesPerMailboxPerDay: read.wholeNumber('MESSAGES_PER_MAILBOX_PER_DAY', 20, 0, MAX_PER_MAILBOX),
    mailBounceAddress: parseBounceAddress(read),
    mailWebhookSecret: read.webhookSecret('MAIL_WEBHOOK_SECRET'),
  };
}

function parseSmtpUrl(read: SettingsReader): string | null {
  const value = read.text('SMTP_URL');
  if (value === undefined) return null;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  // The value is not repeated, because it may contain a password.
  if (url === undefined || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') read.problem('SMTP_URL', 'must be an address such as smtp://user:password@host:587, or smtps:// for a server with implicit TLS.');
  else checkSmtpParameters(read, url);
  return value;
}

function checkSmtpParameters(read: SettingsReader, url: URL): void {
  const { protocol, searchParams, username, password } = url;
  const unknown = [...searchParams.keys()].find((name) => !SMTP_PARAMETERS.includes(name));
  if (unknown !== undefined) read.problem('SMTP_URL', `may have the parameters tls=none and name=HOST; ${JSON.stringify(unknown)} is neither.`);
  const tls = searchParams.get('tls');
  if (tls !== null && (tls !== 'none' || protocol === 'smtps:')) read.problem('SMTP_URL', 'may have tls=none, and only with smtp://. Without it, everything that is sent to another machine is encrypted.');
  if (searchParams.has('ignoreTLS') && tls === null && smtpServerOf(`smtp://${url.host}`).encryption === 'required') {
    read.problem('SMTP_URL', 'must say tls=none in place of ignoreTLS to send passwords and invitation links to another machine without encryption.');
  }
  if (!isDecodable(username) || !isDecodable(password)) read.problem('SMTP_URL', 'must have a percent-encoded user and password: write % as %25.');
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function parseSender(read: SettingsReader): MailSender {
  const value = read.text('MAIL_FROM');
  if (value === undefined) {
    if (read.text('SMTP_URL') !== undefined) read.problem('MAIL_FROM', 'is required with SMTP_URL. Set it to the sender of messages, such as Partner access <no-reply@example.com>.');
    return NOBODY;
  }
  const { name = '', bracketed, alone } = SENDER.exec(value)?.groups ?? {};
  const address = bracketed ?? alone ?? '';
  if (!ADDRESS.test(address)) read.problem('MAIL_FROM', `must be an address such as no-reply@example.com or Partner access <no-reply@example.com>, and is ${JSON.stringify(value)}.`);
  if (name.includes('=?')) read.problem('MAIL_FROM', 'must not have "=?" in its name, which some mail programs take for the beginning of an encoded word.');
  return { name: name.trim(), address };
}

function parseSubject(read: SettingsReader): string | null {
  const value = read.text('MAIL_SUBJECT');
  if (value === undefined) return null;
  const unknown = (value.match(/\{[^}]*\}?/g) ?? []).filter((placeholder) => !PLACEHOLDERS.includes(placeholder));
  if (unknown.length > 0) read.problem('MAIL_SUBJECT', `may contain ${PLACEHOLDERS.join(' and ')}; ${JSON.stringify(unknown[0])} is neither.`);
  if (value.length > MAX_SUBJECT || /\p{Cc}/u.test(value)) read.problem('MAIL_SUBJECT', `must be one line of at most ${MAX_SUBJECT} characters.`);
  return value;
}

function parseBounceAddress(read: SettingsReader): string | null {
  const value = read.text('MAIL_BOUNCE_ADDRESS');
  if (value === undefined) return null;
  const [local = '', ...others] = value.slice(0, value.lastIndexOf('@')).split(BOUNCE_TOKEN);
  if (others.length !== 1 || !ADDRESS.test(value.replace(BOUNCE_TOKEN, 'token')) || !/^[\x21-\x7e]*$/.test(value) || local.length + (others[0] ?? '').length > MAX_AROUND_BOUNCE_TOKEN) {
    read.problem('MAIL_BOUNCE_ADDRESS', `must be an ASCII address such as bounces+${BOUNCE_TOKEN}@example.com, with ${BOUNCE_TOKEN} and at most ${MAX_AROUND_BOUNCE_TOKEN} other characters before the @, and is ${JSON.stringify(value)}.`);
  }
  if (read.text('MAIL_WEBHOOK_SECRET') === undefined) read.problem('MAIL_BOUNCE_ADDRESS', 'needs MAIL_WEBHOOK_SECRET, with which your mail system reports what comes to the address.');
  return value;
}
