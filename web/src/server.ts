/** A person of the demonstration, as `console/config.json` names them. */
export interface DemoPerson {
  readonly keapId: string;
  readonly name: string;
  readonly part: string;
  readonly scope: string;
}

/** The console's client at the OpenID provider. */
export interface OpenIdClient {
  readonly issuer: string;
  readonly clientId: string;
  readonly audience: string;
  readonly scope: string;
  readonly resource: string | null;
}

/** What the server says about itself to its pages. It holds no secret. */
export interface PageConfig {
  readonly development: boolean;
  readonly introspection: boolean;
  /** Null in development mode. */
  readonly signIn: OpenIdClient | null;
  readonly demoPeople: readonly DemoPerson[];
}

// Scripts are served from the folder `assets`, wherever the server is reached.
const script = import.meta.url;

/** The address of the server, with a slash at its end. It may have a path, below which everything is. */
export const BASE = new URL('..', script);

/** The address of something of the server, such as `graphql`. */
export const addressOf = (path: string): string => new URL(path, BASE).href;

/** Reads what the server says about itself to its pages. Rejects when the server cannot be reached. */
export async function readConfig(): Promise<PageConfig> {
  const response = await fetch(addressOf('console/config.json'), { credentials: 'omit' });
  if (!response.ok) throw new Error(`The server answered ${response.status}. Reload the page in a moment.`);
  return (await response.json()) as PageConfig;
}

/** Gets a token for a person in development mode. Rejects with the server's sentence when it gives none. */
export async function tokenFor({ keapId, scope }: Pick<DemoPerson, 'keapId' | 'scope'>): Promise<string> {
  const response = await fetch(addressOf('dev/token'), { method: 'POST', headers: { 'content-type': 'application/json' }, credentials: 'omit', body: JSON.stringify({ keapId, scope }) });
  const body = (await response.json()) as { readonly token?: string; readonly error?: { readonly message: string } };
  if (body.token === undefined) throw new Error(body.error?.message ?? 'The server gave no token. Reload the page in a moment.');
  return body.token;
}
