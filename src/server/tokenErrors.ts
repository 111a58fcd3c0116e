import { errors } from 'jose';
import { SignInError, SignInUnavailable } from './bearerSignIn';

/** What was wrong with a token, in words that repeat nothing of it. */
export function asSignInError(error: unknown, algorithms: readonly string[]): SignInError | SignInUnavailable {
  if (error instanceof SignInError || error instanceof SignInUnavailable) return error;
  if (error instanceof errors.JWTExpired) return new SignInError('The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return new SignInError(`The token has no ${error.claim} claim.`);
    if (error.claim === 'nbf' && error.reason === 'check_failed') return new SignInError('The token is not valid yet (nbf).');
    if (error.claim === 'iss' || error.claim === 'aud') return new SignInError(`The token is not meant for this service (${error.claim}).`);
    return new SignInError(`The token's ${error.claim} claim is not valid.`);
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    return new SignInError(`The token must be signed with ${algorithms.join(' or ')}.`);
  }
  if (error instanceof errors.JWKSNoMatchingKey) return new SignInError('The token is signed with a key that the provider does not have.');
  if (error instanceof errors.JWSSignatureVerificationFailed) return new SignInError('The token\'s signature is not right.');
  return new SignInError('The token is not a signed JWT.');
}

/** @throws SignInError for a token from the future, which jose lets pass. */
export function checkIssuedAt(issuedAt: number | undefined, nowSeconds: number, toleranceSeconds: number): void {
  if (issuedAt !== undefined && issuedAt > nowSeconds + toleranceSeconds) throw new SignInError('The token was issued in the future (iat).');
}
