import { createHash, createHmac } from 'node:crypto';

/** The keys that secrets derive from. An exchange of SECRET_KEY adds one. */
export interface SecretRing {
  /** The first key, 32 bytes. Ids derive from it, because they never change. */
  readonly identity: Buffer;
  /** All keys, the oldest first. */
  readonly keys: readonly Buffer[];
  /** Reads the keys again, because another process may have added one. @throws StoreUnavailable */
  refresh(): Promise<void>;
}

/**
 * Derives the tokens of the links in invitations; they are never stored. A token is the HMAC-SHA-256, under a key of the ring, of the
 * invitation's id and send count, so that any replica can derive it again. Events hold its SHA-256 only.
 */
export class LinkTokens {
  constructor(private readonly ring: Pick<SecretRing, 'keys' | 'refresh'>) {}

  /** Returns the token of a new link: 256 bits in base64url, under the newest key. */
  tokenOf(invitationId: string, sendCount: number): string {
    const [newest = ''] = this.tokensOf(invitationId, sendCount);
    return newest;
  }

  /** Returns the key of the address to which bounces of a message return: 256 bits that only this service can derive, and that no exchange changes. */
  bounceKeyOf(messageId: string): Buffer {
    const [first = ''] = this.ring.keys;
    return createHmac('sha256', first).update(`bounce\0${messageId}`).digest();
  }

  /** Returns the SHA-256 of `tokenOf` in hexadecimal. */
  hashOf(invitationId: string, sendCount: number): string {
    return hashOfToken(this.tokenOf(invitationId, sendCount));
  }

  /** Returns the tokens that the link may have, by the key that was the newest when it was sent. */
  tokensOf(invitationId: string, sendCount: number): readonly string[] {
    return this.ring.keys.map((key) => createHmac('sha256', key).update(`invitation\0${invitationId}\0${sendCount}`).digest('base64url')).reverse();
  }

  /** Returns the token of a link whose event holds this hash. @throws Error when no key of the ring gives such a token. @throws StoreUnavailable */
  async sentToken(invitationId: string, sendCount: number, tokenHash: string | null): Promise<string> {
    const find = (): string | undefined => this.tokensOf(invitationId, sendCount).find((token) => hashOfToken(token) === tokenHash);
    let token = find();
    if (token !== undefined) return token;
    await this.ring.refresh();
    token = find();
    if (token === undefined) throw new Error(`The link of the invitation ${invitationId} was created under a key that this process does not have. Send the invitation again.`);
    return token;
  }
}

/** The SHA-256, in hexadecimal, of a token that a client presents. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');
