import type { SettingsReader } from './settingsReader';

/** How people sign in to the console. */
export interface ConsoleSettings {
  /** The console's client at the OpenID provider; null when the console is off outside development mode. */
  readonly consoleClient: ConsoleClient | null;
}

/** A public client of the OpenID provider: code flow with PKCE, without a secret. */
interface ConsoleClient {
  readonly clientId: string;
  /** The scopes that the console asks for, separated by spaces. */
  readonly scope: string;
  /** The resource (RFC 8707) for which it asks a token; null for providers that go by the audience. */
  readonly resource: string | null;
}

/** With the scope `offline_access` a provider gives a refresh token, with which a sign-in is renewed without a redirect. */
const DEFAULT_SCOPE = 'openid profile email offline_access';

/** Reads the settings of the console. Invalid values are reported to the reader. */
export function parseConsoleSettings(read: SettingsReader): ConsoleSettings {
  const clientId = read.text('CONSOLE_CLIENT_ID');
  const scope = read.text('CONSOLE_SCOPE');
  const resource = read.text('CONSOLE_RESOURCE');
  if (clientId === undefined) {
    if (scope !== undefined) read.problem('CONSOLE_SCOPE', 'needs CONSOLE_CLIENT_ID, the console\'s client at the OpenID provider.');
    if (resource !== undefined) read.problem('CONSOLE_RESOURCE', 'needs CONSOLE_CLIENT_ID, the console\'s client at the OpenID provider.');
    return { consoleClient: null };
  }
  if (read.text('AUTH_ISSUER') === undefined) read.problem('CONSOLE_CLIENT_ID', 'needs AUTH_ISSUER, the OpenID provider at which people sign in to the console. Set AUTH_ISSUER, or remove this setting.');
  if (scope !== undefined && !scope.split(/\s+/).includes('openid')) read.problem('CONSOLE_SCOPE', `must contain openid, and is ${JSON.stringify(scope)}.`);
  if (resource !== undefined && !URL.canParse(resource)) read.problem('CONSOLE_RESOURCE', `must be an absolute address such as https://partners.example.com/graphql, and is ${JSON.stringify(resource)}.`);
  return { consoleClient: { clientId, scope: scope ?? DEFAULT_SCOPE, resource: resource ?? null } };
}
