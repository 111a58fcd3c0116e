import { createSecretKey } from 'node:crypto';
import { jwtVerify } from 'jose';
import { createBearerSignIn, SignInError, type SignIn } from './bearerSignIn';
import { identityOf, type ClaimRules } from './tokenClaims';
import { asSignInError, checkIssuedAt } from './tokenErrors';

export { SignInError, type SignIn };

/** The only algorithm that a token may be signed with. */
export const SIGNING_ALGORITHM = 'HS256';

export interface SignInOptions {
  /** The HS256 secret, 32 bytes or more. */
  readonly jwtSecret: Uint8Array;
  /** How far the clocks of issuer and server may differ. */
  readonly clockToleranceSeconds: number;
  /** Milliseconds since 1970; the system's clock when absent. */
  readonly now?: () => number;
}

const RULES: ClaimRules = {
  claims: { subject: 'sub', keapId: 'email', keapIdVerified: 'email_verified', name: 'name', scope: 'scope' },
  scopes: { operator: 'operator', auditor: 'auditor' },
  verifiedRequired: false,
  scopeLists: false,
};

/** Sign-in by tokens that are signed with a shared secret (JWT, HS256). */
export function createSignIn({ jwtSecret, clockToleranceSeconds, now = Date.now }: SignInOptions): SignIn {
  const key = createSecretKey(jwtSecret);
  return createBearerSignIn({
    clockToleranceSeconds,
    now,
    async verify(token) {
      try {
        const currentDate = new Date(now());
        const { payload } = await jwtVerify(token, key, {
          algorithms: [SIGNING_ALGORITHM],
          clockTolerance: clockToleranceSeconds,
          currentDate,
          requiredClaims: ['exp', 'sub', 'email'],
        });
        if (payload.exp === undefined) throw new SignInError('The token has no exp claim.');
        checkIssuedAt(payload.iat, currentDate.getTime() / 1000, clockToleranceSeconds);
        return { identity: identityOf(payload, RULES), expiresAt: payload.exp };
      } catch (error) {
        throw asSignInError(error, [SIGNING_ALGORITHM]);
      }
    },
  });
}
