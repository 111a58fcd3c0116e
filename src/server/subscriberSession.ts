import type { RequestTrace } from '../application/caller';
import { SignInError, SignInUnavailable, type SignIn } from './bearerSignIn';
import type { Identity } from './identity';

/** So often it is asked whether a token still counts that has not expired. */
const CHECK_MS = 30_000;
const SOON_MS = 50;

/** A sign-in that is asked for again as long as something is followed with it. */
export class SubscriberSession {
  private endsAtMs: number;

  private constructor(
    private readonly signIn: SignIn,
    private readonly authorization: string,
    private known: Identity,
    /** what is kept of the request on events that it leads to. */
    readonly trace: RequestTrace,
  ) {
    this.endsAtMs = signIn.endOf(authorization) ?? Infinity;
  }

  /** @throws SignInError, SignInUnavailable */
  static async open(signIn: SignIn, authorization: string, trace: RequestTrace): Promise<SubscriberSession> {
    const identity = await signIn.authenticate(authorization);
    if (identity === null) throw new SignInError('The authorization header must be "Bearer TOKEN".');
    return new SubscriberSession(signIn, authorization, identity, trace);
  }

  /** Who, for ever. */
  get subject(): string {
    return this.known.sub;
  }

  /** Who it is; as it was where the provider cannot be asked and the token has not expired. @throws SignInError once the token counts no more. */
  async identity(): Promise<Identity> {
    try {
      this.known = (await this.signIn.authenticate(this.authorization)) ?? this.known;
      this.endsAtMs = this.signIn.endOf(this.authorization) ?? this.endsAtMs;
    } catch (error) {
      if (!(error instanceof SignInUnavailable)) throw error;
      if (Date.now() >= this.endsAtMs) throw new SignInError('The token has expired.');
    }
    return this.known;
  }

  /** Calls back once, when the token counts no more: at its end, or soon after the provider has said so. @returns a function that ends it. */
  watch(onEnd: (error: SignInError) => void): () => void {
    let timer: NodeJS.Timeout;
    let ended = false;
    const check = (): void => {
      this.identity().then(
        () => { if (!ended) again(); },
        (error: unknown) => {
          if (ended) return;
          if (error instanceof SignInError) onEnd(error);
          else again();
        },
      );
    };
    const again = (): void => {
      timer = setTimeout(check, Math.max(SOON_MS, Math.min(CHECK_MS, this.endsAtMs - Date.now())));
      timer.unref();
    };
    again();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }
}
