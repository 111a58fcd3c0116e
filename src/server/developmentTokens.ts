import { createSecretKey, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { DomainError } from '../domain/domainError';
import { parseKeapId, type KeapId } from '../domain/keapId';
import { SCOPES } from './identity';
import { SIGNING_ALGORITHM } from './signIn';

const LIFETIME = '12h';
const MAX_NAMED = 50;

/** No token is given for what was asked. The message says what is allowed. */
export class DevelopmentTokenRefused extends Error {
  override readonly name = 'DevelopmentTokenRefused';

  constructor(
    message: string,
    /** The Keap IDs that tokens are given for; absent where any is. */
    readonly allowed?: readonly string[],
  ) {
    super(message);
  }
}

export interface DevelopmentTokensOptions {
  /** The same secret that sign-in verifies with. */
  readonly jwtSecret: Uint8Array;
  /** Whether tokens are given for this normalized Keap ID; for any when absent. */
  readonly isDemoPerson?: (keapIdNormalized: string) => boolean;
  /** Those for whom tokens are given, to name them in a refusal. */
  readonly demoKeapIds?: () => readonly string[];
}

export interface DevelopmentTokens {
  /**
   * A token for `{keapId, scope?}` that is valid for 12 hours; the same Keap ID always gets the same `sub`.
   * @throws DevelopmentTokenRefused when the request has another shape or the Keap ID is nobody's of the demo.
   */
  issue(request: unknown): Promise<string>;
}

/** A secret for this process alone: its tokens end with it. */
export const randomJwtSecret = (): Uint8Array => randomBytes(32);

/** Tokens for trying the service out, without an identity provider. For development only. */
export function createDevelopmentTokens(options: DevelopmentTokensOptions): DevelopmentTokens {
  const { isDemoPerson = () => true, demoKeapIds = () => [] } = options;
  const key = createSecretKey(options.jwtSecret);
  return {
    async issue(request) {
      const { keapId, scope } = parseRequest(request);
      if (!isDemoPerson(keapId.normalized)) {
        throw new DevelopmentTokenRefused('Tokens are given for the people of the demo only.', demoKeapIds().slice(0, MAX_NAMED));
      }
      return new SignJWT({ email: keapId.display, email_verified: true, ...(scope === '' ? {} : { scope }) })
        .setProtectedHeader({ alg: SIGNING_ALGORITHM, typ: 'JWT' })
        .setSubject(`dev:${keapId.normalized}`)
        .setIssuedAt()
        .setExpirationTime(LIFETIME)
        .sign(key);
    },
  };
}

function parseRequest(request: unknown): { readonly keapId: KeapId; readonly scope: string } {
  if (typeof request !== 'object' || request === null || !('keapId' in request) || typeof request.keapId !== 'string') {
    throw new DevelopmentTokenRefused('Send JSON such as {"keapId": "coach@example.com", "scope": "operator"}; scope may be left out.');
  }
  const scope = 'scope' in request ? (request.scope ?? '') : '';
  if (typeof scope !== 'string' || !scope.split(' ').every((part) => part === '' || SCOPES.some((known) => known === part))) {
    throw new DevelopmentTokenRefused(`scope may hold ${SCOPES.join(' and ')}, with a space between them.`);
  }
  try {
    return { keapId: parseKeapId(request.keapId), scope: scope.trim() };
  } catch (error) {
    if (error instanceof DomainError) throw new DevelopmentTokenRefused(error.message);
    throw error;
  }
}
