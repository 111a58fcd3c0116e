import { createHmac, generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

interface TokenShape {
  readonly header?: Readonly<Record<string, unknown>>;
  /** Signs with HMAC and this secret instead. */
  readonly hmacSecret?: string | Buffer;
  readonly signature?: string;
}

/** An OpenID provider in this process that can issue invalid tokens. `asked` lists the requests it received. */
export class TokenIssuer {
  readonly asked: string[] = [];
  /** The answer of introspection; 500 when null. */
  introspected: object | null = { active: true };
  /** Fields that replace those of the discovery document. */
  discovery: Readonly<Record<string, unknown>> = {};
  answers = true;
  #keys: readonly SigningKey[] = [makeKey('first')];

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
    readonly audience = 'partner-access',
  ) {}

  static async start(): Promise<TokenIssuer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no address');
    const issuer = new TokenIssuer(server, `http://127.0.0.1:${address.port}`);
    server.on('request', (request, response) => {
      const path = request.url ?? '';
      issuer.asked.push(path);
      request.resume();
      const body = issuer.answers ? issuer.#answer(path) : null;
      response.writeHead(body === null ? 500 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    return issuer;
  }

  get publicKey(): KeyObject {
    return this.#key.publicKey;
  }

  /** Signs with a new key from now on; the old one is gone. */
  rotate(kid: string): void {
    this.#keys = [makeKey(kid)];
  }

  token(claims: Readonly<Record<string, unknown>> = {}, { header = {}, hmacSecret, signature }: TokenShape = {}): string {
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: this.issuer, aud: this.audience, sub: 'someone', email: 'someone@example.com', email_verified: true, iat: now, exp: now + 3600, ...claims };
    const signed = `${encode({ alg: 'ES256', typ: 'at+jwt', kid: this.#key.kid, ...header })}.${encode(all)}`;
    const made = hmacSecret === undefined ? sign('sha256', Buffer.from(signed), { key: this.#key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url') : createHmac('sha256', hmacSecret).update(signed).digest('base64url');
    return `${signed}.${signature ?? made}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get #key(): SigningKey {
    const [key] = this.#keys;
    if (key === undefined) throw new Error('no key');
    return key;
  }

  #answer(path: string): object | null {
    if (path === '/.well-known/openid-configuration') {
      return { issuer: this.issuer, jwks_uri: `${this.issuer}/keys`, introspection_endpoint: `${this.issuer}/introspect`, ...this.discovery };
    }
    if (path === '/keys') return { keys: this.#keys.map(publicJwk) };
    if (path === '/introspect') return this.introspected;
    return null;
  }
}

const makeKey = (kid: string): SigningKey => ({ kid, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) });
const publicJwk = ({ kid, publicKey }: SigningKey): JsonWebKey => ({ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' });
