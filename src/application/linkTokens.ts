import { createHash, createHmac } from 'node:crypto';

/**
 * Tokens of the links in invitations: derived, never stored. A token is HMAC-SHA-256 under the secret key of the
 * invitation's id and how often it was sent, so that any replica can make it again; events keep its SHA-256 only.
 */
export class LinkTokens {
  constructor(private readonly secretKey: Buffer) {}

  /** 256 bits in base64url. */
  tokenOf(invitationId: string, sendCount: number): string {
    return createHmac('sha256', this.secretKey).update(`invitation\0${invitationId}\0${sendCount}`).digest('base64url');
  }

  /** hex SHA-256 of `tokenOf`. */
  hashOf(invitationId: string, sendCount: number): string {
    return hashOfToken(this.tokenOf(invitationId, sendCount));
  }
}

/** hex SHA-256 of a token as somebody presents it. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');
