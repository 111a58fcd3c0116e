/** The environment asks for what cannot be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /** @param problems one sentence for each thing that is wrong, beginning with the setting's name. */
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Single values out of the environment, and what is wrong with them. */
export class SettingsReader {
  readonly problems: string[] = [];

  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {}

  /** Without the spaces around it; undefined where it is absent or empty. */
  text(name: string): string | undefined {
    const value = this.env[name]?.trim();
    return value === '' ? undefined : value;
  }

  /** The value with the spaces around it, which belong to a secret. */
  exactText(name: string): string {
    return this.env[name] ?? '';
  }

  /** @param byDefault what an absent one means. */
  wholeNumber(name: string, byDefault: number, min: number, max: number): number {
    const value = this.text(name);
    if (value === undefined) return byDefault;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (number >= min && number <= max) return number;
    this.problem(name, `must be a whole number from ${min} to ${max}, and is ${JSON.stringify(value)}.`);
    return byDefault;
  }

  /** One of the allowed words. */
  oneOf<T extends string>(name: string, allowed: readonly T[], byDefault: T): T {
    const value = this.text(name);
    if (value === undefined) return byDefault;
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) this.problem(name, `must be one of ${allowed.join(', ')}, and is ${JSON.stringify(value)}.`);
    return found ?? byDefault;
  }

  /** The parsed address where it is http or https. */
  webAddress(name: string, value: string): URL | undefined {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
    this.problem(name, `must be an http or https address, and is ${JSON.stringify(value)}.`);
    return undefined;
  }

  /** Notes what is wrong with a setting; the sentence goes on after its name. */
  problem(name: string, what: string): void {
    this.problems.push(`${name} ${what}`);
  }
}
