/** A person of the demonstration, as `console/config.json` names them. */
export interface DemoPerson {
  readonly keapId: string;
  readonly name: string;
  readonly part: string;
  readonly scope: string;
}

/** What the server says about itself to its pages. It holds no secret. */
export interface PageConfig {
  readonly development: boolean;
  readonly introspection: boolean;
  readonly demoPeople: readonly DemoPerson[];
}

/** Reads what the server says about itself to its pages. Rejects when the server cannot be reached. */
export async function readConfig(): Promise<PageConfig> {
  const response = await fetch('console/config.json', { credentials: 'omit' });
  if (!response.ok) throw new Error(`The server answered ${response.status}. Reload the page in a moment.`);
  return (await response.json()) as PageConfig;
}

/** Gets a token for a person of the demonstration. Rejects with the server's sentence when it gives none. */
export async function tokenFor({ keapId, scope }: DemoPerson): Promise<string> {
  const response = await fetch('dev/token', { method: 'POST', headers: { 'content-type': 'application/json' }, credentials: 'omit', body: JSON.stringify({ keapId, scope }) });
  const body = (await response.json()) as { readonly token?: string; readonly error?: { readonly message: string } };
  if (body.token === undefined) throw new Error(body.error?.message ?? 'The server gave no token. Reload the page in a moment.');
  return body.token;
}
