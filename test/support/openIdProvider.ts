import { fork, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';

const REDIRECT = 'https://console.example/signed-in';
const CONSOLE = `Basic ${Buffer.from('console:a-secret-of-the-console').toString('base64')}`;

/** A real OpenID provider, and people who sign in there by its pages. */
export class OpenIdProviderProcess {
  static readonly audience = 'partner-access';
  static readonly clientId = 'partner-access';
  static readonly clientSecret = 'a-secret-of-the-service';

  private constructor(
    private readonly child: ChildProcess,
    readonly issuer: string,
  ) {}

  static async start(): Promise<OpenIdProviderProcess> {
    const { PATH = '' } = process.env;
    const child = fork(join(__dirname, 'runOpenIdProvider.mjs'), [], { silent: true, execArgv: [], env: { PATH } });
    const [{ issuer }] = (await once(child, 'message')) as [{ issuer: string }];
    return new OpenIdProviderProcess(child, issuer);
  }

  /** An access token: somebody opens the sign-in page, enters their name, consents, and the code is exchanged. */
  async signIn(login: string, format: 'jwt' | 'opaque', scope = 'openid'): Promise<string> {
    const verifier = randomBytes(32).toString('base64url');
    const browser = new Browser();
    const authorization = new URL(`${this.issuer}/auth`);
    authorization.search = new URLSearchParams({
      client_id: 'console', response_type: 'code', redirect_uri: REDIRECT, scope, resource: `https://partners.example/${format}`,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
    }).toString();
    const loginPage = await browser.open(authorization);
    const consentPage = await browser.open(loginPage, { prompt: 'login', login, password: 'any' });
    const back = await browser.open(consentPage, { prompt: 'consent' });
    const body = new URLSearchParams({ grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: REDIRECT, code_verifier: verifier });
    const response = await fetch(`${this.issuer}/token`, { method: 'POST', headers: { authorization: CONSOLE }, body });
    const { access_token: token } = (await response.json()) as { access_token?: string };
    if (token === undefined) throw new Error(`no token: ${response.status}`);
    return token;
  }

  async revoke(token: string): Promise<void> {
    const response = await fetch(`${this.issuer}/token/revocation`, { method: 'POST', headers: { authorization: CONSOLE }, body: new URLSearchParams({ token }) });
    if (response.status !== 200) throw new Error(`not revoked: ${response.status}`);
  }

  /** Signs with a new key from now on. */
  async rotate(kid: string): Promise<void> {
    await this.#tell({ do: 'rotate', kid });
  }

  /** Lets people sign in to the console at this address from now on, with or without refresh tokens. Earlier sign-ins in browsers are forgotten. */
  async serveConsole(url: string, { refreshes = false } = {}): Promise<void> {
    await this.#tell({ do: 'console', url, refreshes });
  }

  /** Answers 500 from now on, or not any more. */
  async fail(failing: boolean): Promise<void> {
    await this.#tell({ do: failing ? 'fail' : 'recover' });
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }

  async #tell(what: object): Promise<void> {
    const done = once(this.child, 'message');
    this.child.send(what);
    await done;
  }
}

/** Follows redirects with its cookies, until a page has a form or the address is somebody else's. */
class Browser {
  readonly #cookies = new Map<string, string>();

  /** @returns where it ended: the address of a form, or that of the application with the code. */
  async open(start: URL, form?: Readonly<Record<string, string>>): Promise<URL> {
    let url = start;
    let sent = form;
    for (;;) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, { redirect: 'manual', headers: { cookie }, ...(sent ? { method: 'POST', body: new URLSearchParams(sent) } : {}) });
      sent = undefined;
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        this.#cookies.set(name, value);
      }
      await response.arrayBuffer();
      const location = response.headers.get('location');
      if (location === null) return url;
      url = new URL(location, url);
      if (url.origin === new URL(REDIRECT).origin) return url;
    }
  }
}
