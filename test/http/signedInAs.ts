import { createHmac, randomBytes } from 'node:crypto';
import { LinkTokens } from '../../src/application/linkTokens';
import { Person } from '../support/person';
import { TestService, type TestServiceOptions } from '../support/testService';

/** Who a token says somebody is. `sub` stays the same when the address changes. */
export interface Claims {
  readonly sub: string;
  readonly email: string;
  readonly name?: string;
  readonly scope?: string;
  readonly locale?: unknown;
  /** When the token was issued, in seconds since 1970; a token without it does not say. */
  readonly iat?: number;
}

const HOUR_SECONDS = 3600;

/** The service as in production: people sign in with tokens of a provider, and links' tokens are in mails only. */
export class SignedInService {
  private constructor(
    readonly service: TestService,
    private readonly jwtSecret: string,
    private readonly linkTokens: LinkTokens,
  ) {}

  static async start({ env, ...options }: TestServiceOptions = {}): Promise<SignedInService> {
    const jwtSecret = env?.['AUTH_JWT_SECRET'] ?? randomBytes(32).toString('hex');
    const secretKey = Buffer.from(env?.['SECRET_KEY'] ?? randomBytes(32).toString('base64'), 'base64');
    const service = await TestService.start({ env: { AUTH_JWT_SECRET: jwtSecret, SECRET_KEY: secretKey.toString('base64'), HOST: '127.0.0.1', ...env }, ...options });
    return new SignedInService(service, jwtSecret, new LinkTokens({ keys: [secretKey], refresh: () => Promise.resolve() }));
  }

  as(claims: Claims): Person {
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode({ ...claims, exp: Math.floor(Date.now() / 1000) + HOUR_SECONDS })}`;
    return new Person(this.service.url, claims.email, `${signed}.${createHmac('sha256', this.jwtSecret).update(signed).digest('base64url')}`);
  }

  /** The token in the link of a mail. */
  linkOf(invitationId: string, sendCount = 1): string {
    return this.linkTokens.tokenOf(invitationId, sendCount);
  }
}
