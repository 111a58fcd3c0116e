import { createHash } from 'node:crypto';

/** Returns the strong entity tag of an answer: two answers have the same one only if they are the same byte for byte, and of one media type. */
export const entityTagOf = (contentType: string, body: string): string => `"${createHash('sha256').update(`${contentType}\n${body}`).digest('base64url')}"`;

/**
 * Whether the value of `If-None-Match` names an entity tag: alone, in a list, as a weak one or by `*`. `Cache-Control: no-cache` beside it changes nothing: browsers
 * add it to each request whose `If-None-Match` comes from a page.
 */
export const names = (ifNoneMatch: string | undefined, entityTag: string): boolean =>
  ifNoneMatch !== undefined && ifNoneMatch.split(',').map((one) => one.trim().replace(/^W\//, '')).some((one) => one === '*' || one === entityTag);
