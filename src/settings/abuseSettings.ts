import { isIP } from 'node:net';
import { isReadableFile } from './readableFile';
import type { SettingsReader } from './settingsReader';

/** Whom the server answers, how much, and by which address it knows them. */
export interface AbuseSettings {
  /** origins of pages that may ask from a browser; none when empty. */
  readonly corsOrigins: readonly string[];
  /** whose `x-forwarded-for` is believed: nobody's, that of so many proxies in front, or that of proxies at these addresses. */
  readonly trustProxy: false | number | readonly string[];
  /** requests of one address in a minute that nobody has signed, or signed wrongly; 0 is no limit. */
  readonly unsignedRequestsPerMinute: number;
  /** unknown invitation tokens that one address may try in a minute; 0 is no limit. */
  readonly tokenGuessesPerMinute: number;
  /** file of the only operations that are answered; null where any is. */
  readonly safelist: string | null;
  /** bearer token for `/metrics`; null where anybody who reaches it may read it. */
  readonly metricsToken: string | null;
}

const MAX_PER_MINUTE = 1_000_000;
const MAX_HOPS = 16;
const MIN_METRICS_TOKEN = 16;

/** Reads the settings against abuse; what is wrong is noted with the reader. */
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
      read.problem('CORS_ORIGINS', `must be origins such as https://console.example.com, without a path, with commas between them; ${JSON.stringify(origin)} is none.`);
    }
  }
  return origins;
}

function parseTrustProxy(read: SettingsReader): false | number | readonly string[] {
  const value = read.text('TRUST_PROXY') ?? 'off';
  if (value === 'off') return false;
  if (value === 'on') return 1;
  if (/^\d{1,3}$/.test(value) && Number(value) >= 1 && Number(value) <= MAX_HOPS) return Number(value);
  const addresses = partsOf(value);
  if (addresses.length > 0 && addresses.every(isSubnet)) return addresses;
  read.problem('TRUST_PROXY', `must be off, on (one proxy), the number of proxies from 1 to ${MAX_HOPS}, or their addresses such as 10.0.0.0/8,192.168.1.7, and is ${JSON.stringify(value)}.`);
  return false;
}

function isSubnet(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function parseSafelist(read: SettingsReader): string | null {
  const file = read.text('SAFELIST');
  if (file === undefined) return null;
  if (!isReadableFile(file)) read.problem('SAFELIST', `must be a file that can be read, and is ${JSON.stringify(file)}.`);
  return file;
}

function parseMetricsToken(read: SettingsReader): string | null {
  const token = read.text('METRICS_TOKEN') ?? null;
  if (token !== null && (token.length < MIN_METRICS_TOKEN || /\s/.test(token))) {
    read.problem('METRICS_TOKEN', `must have at least ${MIN_METRICS_TOKEN} characters and no spaces.`);
  }
  return token;
}
