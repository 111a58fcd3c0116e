import { createHmac, randomBytes } from 'node:crypto';
import { LinkTokens } from '../../src/application/linkTokens';
import { Person, TestService } from '../support/testService';

/** Who a token says somebody is. `sub` stays the same when the address changes. */
export interface Claims {
  readonly sub: string;
  readonly email: string;
  readonly name?: string;
  readonly scope?: string;
}

const HOUR_SECONDS = 3600;

/** The service as in production: people sign in with tokens of a provider, and links' tokens are in mails only. */
export class SignedInService {
  private constructor(
    readonly service: TestService,
    private readonly jwtSecret: string,
    private readonly linkTokens: LinkTokens,
  ) {}

  static async start(): Promise<SignedInService> {
    const jwtSecret = randomBytes(32).toString('hex');
    const secretKey = randomBytes(32);
    const service = await TestService.start({ env: { AUTH_JWT_SECRET: jwtSecret, SECRET_KEY: secretKey.toString('base64'), HOST: '127.0.0.1' } });
    return new SignedInService(service, jwtSecret, new LinkTokens(secretKey));
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
