import { accessSync, constants, statSync } from 'node:fs';

/** At least one setting is invalid. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /** @param problems one sentence per invalid setting, beginning with its name. */
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Reads single values from the environment and collects the problems found. */
export class SettingsReader {
  readonly problems: string[] = [];

  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {}

  /** The value without surrounding spaces; undefined when it is absent or empty. */
  text(name: string): string | undefined {
    const value = this.env[name]?.trim();
    return value === '' ? undefined : value;
  }

  /** The value with surrounding spaces, which belong to a secret. */
  exactText(name: string): string {
    return this.env[name] ?? '';
  }

  /** A whole number from `min` to `max`; `byDefault` when the setting is absent or invalid. */
  wholeNumber(name: string, byDefault: number, min: number, max: number): number {
    const value = this.text(name);
    if (value === undefined) return byDefault;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (number >= min && number <= max) return number;
    this.problem(name, `must be a whole number from ${min} to ${max}, and is ${JSON.stringify(value)}.`);
    return byDefault;
  }

  /** One of the allowed words; `byDefault` when the setting is absent or invalid. */
  oneOf<T extends string>(name: string, allowed: readonly T[], byDefault: T): T {
    const value = this.text(name);
    if (value === undefined) return byDefault;
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) this.problem(name, `must be one of ${allowed.join(', ')}, and is ${JSON.stringify(value)}.`);
    return found ?? byDefault;
  }

  /** The parsed URL; undefined, with a problem noted, when it is not http or https. */
  webAddress(name: string, value: string): URL | undefined {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
    this.problem(name, `must be an http or https address, and is ${JSON.stringify(value)}.`);
    return undefined;
  }

  /** A secret of Standard Webhooks; null when the setting is absent. The value is not repeated in a problem. */
  webhookSecret(name: string): string | null {
    const value = this.text(name);
    if (value === undefined) return null;
    if (!isWebhookSecret(value)) this.problem(name, WEBHOOK_SECRET_RULE);
    return value;
  }

  /** Adds a problem. @param what the sentence that follows the setting's name. */
  problem(name: string, what: string): void {
    this.problems.push(`${name} ${what}`);
  }
}

const SECRET_PREFIX = 'whsec_';
/** Key sizes that the Standard Webhooks specification allows. */
const [MIN_SECRET_BYTES, MAX_SECRET_BYTES] = [24, 64];

/** What a secret of Standard Webhooks looks like, as the rest of a sentence about it. */
export const WEBHOOK_SECRET_RULE = `must be ${SECRET_PREFIX} followed by ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes in base64. Create it with \`echo ${SECRET_PREFIX}$(openssl rand -base64 32)\`.`;

/** Whether the text is a secret of Standard Webhooks. */
export function isWebhookSecret(value: string): boolean {
  const text = value.startsWith(SECRET_PREFIX) ? value.slice(SECRET_PREFIX.length) : '';
  const bytes = Buffer.from(text, 'base64');
  return bytes.length >= MIN_SECRET_BYTES && bytes.length <= MAX_SECRET_BYTES && bytes.toString('base64') === text;
}

/** Whether the path is a file that this process may read. */
export function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
