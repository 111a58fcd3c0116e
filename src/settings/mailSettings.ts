import type { SettingsReader } from './settingsReader';

/** Who a message is from. */
export interface MailSender {
  /** '' where the address stands alone. */
  readonly name: string;
  readonly address: string;
}

/** How messages with invitations leave, and what they say. */
export interface MailSettings {
  /** `smtp://…` or `smtps://…` of the mail server; null where messages stay in `DATA_DIR/outbox`. */
  readonly smtpUrl: string | null;
  readonly mailFrom: MailSender;
  /** with `{inviter}` and `{accountName}` in it. */
  readonly mailSubject: string;
  /** after so many a message is given up. */
  readonly mailTries: number;
  /** the pause after the first try; each further one is four times as long. */
  readonly mailRetryMs: number;
  /** how long one try may take. */
  readonly mailTimeoutMs: number;
  /** key of the signature on reports of messages that came back; null where none are taken. */
  readonly mailWebhookSecret: string | null;
}

const NOBODY: MailSender = { name: 'Partner access', address: 'no-reply@localhost' };
const DEFAULT_SUBJECT = '{inviter} invites you to {accountName}';
const MAX_SUBJECT = 200;
const PLACEHOLDERS = ['{inviter}', '{accountName}'];
const SENDER = /^(?:"?(?<name>[^"<>\p{Cc}]*?)"?\s*<(?<bracketed>[^<>\s]+)>|(?<alone>[^<>\s]+))$/u;
const ADDRESS = /^[^\s\p{C}@<>()[\]\\,;:"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/u;
const SECRET_PREFIX = 'whsec_';
/** What the specification of Standard Webhooks asks for. */
const [MIN_SECRET_BYTES, MAX_SECRET_BYTES] = [24, 64];

/** Reads the settings of mail; what is wrong is noted with the reader. */
export function parseMailSettings(read: SettingsReader): MailSettings {
  return {
    smtpUrl: parseSmtpUrl(read),
    mailFrom: parseSender(read),
    mailSubject: parseSubject(read),
    mailTries: read.wholeNumber('MAIL_TRIES', 6, 1, 20),
    mailRetryMs: read.wholeNumber('MAIL_RETRY_SECONDS', 30, 1, 3_600) * 1_000,
    mailTimeoutMs: read.wholeNumber('MAIL_TIMEOUT_SECONDS', 30, 1, 300) * 1_000,
    mailWebhookSecret: parseWebhookSecret(read),
  };
}

function parseSmtpUrl(read: SettingsReader): string | null {
  const value = read.text('SMTP_URL');
  if (value === undefined) return null;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  // It may hold a password, so it is not repeated.
  if ((url?.protocol !== 'smtp:' && url?.protocol !== 'smtps:') || url.hostname === '') read.problem('SMTP_URL', 'must be an address such as smtp://user:password@host:587, or smtps:// for a server that begins with TLS.');
  return value;
}

function parseSender(read: SettingsReader): MailSender {
  const value = read.text('MAIL_FROM');
  if (value === undefined) {
    if (read.text('SMTP_URL') !== undefined) read.problem('MAIL_FROM', 'is required with SMTP_URL: whom messages come from, such as Partner access <no-reply@example.com>.');
    return NOBODY;
  }
  const { name = '', bracketed, alone } = SENDER.exec(value)?.groups ?? {};
  const address = bracketed ?? alone ?? '';
  if (!ADDRESS.test(address)) read.problem('MAIL_FROM', `must be an address such as no-reply@example.com or Partner access <no-reply@example.com>, and is ${JSON.stringify(value)}.`);
  return { name: name.trim(), address };
}

function parseSubject(read: SettingsReader): string {
  const value = read.text('MAIL_SUBJECT') ?? DEFAULT_SUBJECT;
  const unknown = (value.match(/\{[^}]*\}?/g) ?? []).filter((placeholder) => !PLACEHOLDERS.includes(placeholder));
  if (unknown.length > 0) read.problem('MAIL_SUBJECT', `may hold ${PLACEHOLDERS.join(' and ')}; ${JSON.stringify(unknown[0])} is neither.`);
  if (value.length > MAX_SUBJECT || /\p{Cc}/u.test(value)) read.problem('MAIL_SUBJECT', `must be one line of at most ${MAX_SUBJECT} characters.`);
  return value;
}

function parseWebhookSecret(read: SettingsReader): string | null {
  const value = read.text('MAIL_WEBHOOK_SECRET');
  if (value === undefined) return null;
  const text = value.startsWith(SECRET_PREFIX) ? value.slice(SECRET_PREFIX.length) : '';
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < MIN_SECRET_BYTES || bytes.length > MAX_SECRET_BYTES || bytes.toString('base64') !== text) {
    read.problem('MAIL_WEBHOOK_SECRET', `must be ${SECRET_PREFIX} and ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes in base64, as \`echo ${SECRET_PREFIX}$(openssl rand -base64 32)\` makes it.`);
  }
  return value;
}
