import type { SignInSettings } from '../settings/signInSettings';
import type { SignIn } from './bearerSignIn';
import { createOpenIdSignIn } from './openIdSignIn';
import { createSignIn } from './signIn';

/** How far the clocks of issuer and server may differ. */
const CLOCK_TOLERANCE_SECONDS = 30;

/**
 * The sign-in that the settings ask for.
 * @param jwtSecret what tokens are signed with where there is no OpenID provider.
 */
export function configuredSignIn({ openId }: SignInSettings, jwtSecret: Uint8Array): SignIn {
  const clockToleranceSeconds = CLOCK_TOLERANCE_SECONDS;
  return openId === null ? createSignIn({ jwtSecret, clockToleranceSeconds }) : createOpenIdSignIn({ ...openId, clockToleranceSeconds });
}
