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

  /** Adds a problem. @param what the sentence that follows the setting's name. */
  problem(name: string, what: string): void {
    this.problems.push(`${name} ${what}`);
  }
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
