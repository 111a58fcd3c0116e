import { InMemoryWebStorage, type User, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { addressOf, BASE, type OpenIdClient } from '../../server';

/** Where the provider sends the browser back to. */
const SIGNED_IN = addressOf('signed-in');

/** Whether the provider has sent the browser back here. */
export const isComingBack = (): boolean => location.pathname === new URL(SIGNED_IN).pathname;

/** Where this tab keeps that the person signed out, while the provider ends its own sign-in. */
const SIGNED_OUT = 'signedOut';

/** Whether the browser has come back from signing out. */
export function hasJustSignedOut(): boolean {
  const hasSignedOut = sessionStorage.getItem(SIGNED_OUT) !== null;
  sessionStorage.removeItem(SIGNED_OUT);
  return hasSignedOut;
}

/** The page that is asked for, from the server's address on. */
const currentPage = (): string => location.href.slice(BASE.href.length);

/**
 * Signing in at an OpenID provider with the code flow and PKCE. Tokens are in memory only; what a sign-in under way needs when the browser comes
 * back is in this tab's session storage until then.
 */
export class OpenIdSignIn {
  readonly #manager: UserManager;

  constructor({ issuer, clientId, audience, scope, resource }: OpenIdClient) {
    this.#manager = new UserManager({
      authority: issuer,
      client_id: clientId,
      scope,
      ...(resource === null ? {} : { resource }),
      // A provider that does not know a parameter ignores it.
      extraQueryParams: { audience },
      redirect_uri: SIGNED_IN,
      silent_redirect_uri: SIGNED_IN,
      post_logout_redirect_uri: BASE.href,
      userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
      stateStore: new WebStorageStateStore({ store: sessionStorage }),
      automaticSilentRenew: true,
    });
  }

  /** Goes to the provider. The page that is asked for now is shown afterwards. */
  async start(): Promise<void> {
    await this.#manager.signinRedirect({ state: currentPage() });
  }

  /** Ends a sign-in with which the browser has come back, and shows the page that was asked for. */
  async finish(): Promise<User> {
    const user = await this.#manager.signinRedirectCallback();
    const page = typeof user.state === 'string' ? addressOf(user.state) : BASE.href;
    history.replaceState(null, '', page.startsWith(BASE.href) ? page : BASE.href);
    return user;
  }

  /** Ends a renewal: runs in the hidden frame in which it was begun. */
  async finishRenewal(): Promise<void> {
    await this.#manager.signinSilentCallback();
  }

  /** Renews the sign-in without the person. Rejects when the provider wants to ask them. */
  async renew(): Promise<User> {
    const user = await this.#manager.signinSilent();
    if (user === null) throw new Error('The provider did not renew the sign-in.');
    return user;
  }

  /** Calls back with each renewed sign-in. */
  onRenewed(take: (user: User) => void): void {
    this.#manager.events.addUserLoaded(take);
  }

  /** Ends the sign-in here and, where the provider offers it, there. Returns whether the browser goes to the provider. */
  async signOut(): Promise<boolean> {
    if ((await this.#manager.metadataService.getEndSessionEndpoint()) === undefined) {
      await this.#manager.removeUser();
      return false;
    }
    sessionStorage.setItem(SIGNED_OUT, 'yes');
    await this.#manager.signoutRedirect();
    return true;
  }
}
