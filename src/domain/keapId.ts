import { domainToASCII, domainToUnicode } from 'node:url';
import { DomainError } from './domainError';

/** A Keap ID as typed, trimmed, and in the form for comparison. */
export interface KeapId {
  readonly display: string;
  readonly normalized: string;
}

const MAX_LENGTH = 254;
const MAX_LABEL_LENGTH = 63;

/** One `@`, a local part without spaces, quotes, brackets or list separators (so no display-name syntax), and a domain. */
const ADDRESS = /^([^\s\p{C}@<>()[\]\\,;:"]{1,64})@([^@]+)$/u;

/** Labels separated by dots. The shape is that of HTML's e-mail state, with letters and marks of any script. */
const DOMAIN = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?)*$/u;

/** Characters that nobody sees, with which one address can imitate another. Some fonts show U+2800 as a space. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb]/u;
const AROUND = new RegExp(`\\p{White_Space}|${UNSEEN.source}`, 'u');
const ASCII = /^[\x21-\x7e]*$/;
/** A label in Punycode. */
const ENCODED = /(?:^|\.)xn--/;

/** Removes white space and invisible characters around the text. A loop, since a regular expression takes quadratic time. */
function trimmed(raw: string): string {
  let [start, end] = [0, raw.length];
  while (start < end && AROUND.test(raw.charAt(start))) start += 1;
  while (start < end && AROUND.test(raw.charAt(end - 1))) end -= 1;
  return raw.slice(start, end);
}

/** Lower case, character by character, so that the result does not depend on the characters around: Σ always becomes σ. */
function lowerCase(text: string): string {
  let lower = '';
  for (const character of text) lower += character.toLowerCase();
  return lower;
}

/**
 * Normalizes a Keap ID for comparison: without white space and invisible characters around it, in Unicode NFC and lower case, with
 * the domain in its ASCII form (IDNA). Dots and `+tags` are kept. A text that is no Keap ID, such as the placeholder of an erased
 * person, is normalized as far as possible. Normalizing twice changes nothing.
 */
export function normalizeKeapId(raw: string): string {
  if (ASCII.test(raw)) return raw.toLowerCase();
  const text = lowerCase(trimmed(raw).normalize('NFC')).normalize('NFC');
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1);
  if (at < 0 || ASCII.test(domain) || !DOMAIN.test(domain)) return text;
  return `${text.slice(0, at + 1)}${domainToASCII(domain) || domain}`;
}

/**
 * The forms in which the service compared a Keap ID before domains were compared in ASCII, without the present one. Keys of people and
 * streams of addresses that were created then have their names from these.
 */
export function formerKeapIds(raw: string): readonly string[] {
  const normalized = normalizeKeapId(raw);
  const at = normalized.lastIndexOf('@') + 1;
  const readable = normalized.slice(0, at) + (ENCODED.test(normalized.slice(at)) ? domainToUnicode(normalized.slice(at)) : normalized.slice(at));
  const former = [raw, readable].map((text) => text.trim().normalize('NFKC').toLowerCase().normalize('NFKC'));
  return [...new Set(former)].filter((text) => text !== normalized);
}

/**
 * Parses a Keap ID.
 * @throws DomainError `INVALID_KEAP_ID` when it is not an e-mail address of at most 254 characters, or could be taken for another one.
 */
export function parseKeapId(raw: string, field = 'keapId'): KeapId {
  const display = trimmed(raw);
  const refuse = (message: string): never => {
    throw new DomainError('INVALID_KEAP_ID', message, { field });
  };
  // Before anything else is computed from a long text.
  if (display.length > MAX_LENGTH) refuse(TOO_LONG);
  if (/[\p{Cc}\p{Cs}\ufffd]/u.test(display)) refuse('A Keap ID has no control characters and no replacement characters (U+FFFD). Type it again.');
  if (UNSEEN.test(display)) refuse('This Keap ID has an invisible character in it. Type it again.');
  const odd = [...display].find((character) => character.normalize('NFKC') !== character);
  if (odd !== undefined) refuse(`This Keap ID has the character U+${codeOf(odd)}, which looks like another one. Type it with ordinary letters, digits and signs.`);
  const normalized = normalizeKeapId(display);
  if (normalized.length > MAX_LENGTH) refuse(TOO_LONG);
  const [, , domain = ''] = ADDRESS.exec(normalized) ?? [];
  if (domain === '') refuse('A Keap ID is an e-mail address such as coach@example.com, without a display name.');
  if (!isDomain(domain)) refuse('The domain of this Keap ID, after the @, is not a valid domain name. Check its spelling.');
  return { display, normalized };
}

const TOO_LONG = `A Keap ID is an e-mail address of at most ${MAX_LENGTH} characters.`;

const codeOf = (character: string): string => (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');

/** Whether a normalized domain has the shape of one, and each of its encoded labels is the encoding of a label. */
function isDomain(domain: string): boolean {
  if (!ASCII.test(domain) || !DOMAIN.test(domain) || domain.split('.').some((label) => label.length > MAX_LABEL_LENGTH)) return false;
  if (!ENCODED.test(domain)) return true;
  // Some versions of Node leave a label that encodes nothing as it is.
  const readable = domainToUnicode(domain);
  return !ENCODED.test(readable) && domainToASCII(readable) === domain;
}

/** Whether the text is an address rather than the placeholder of an erased person. */
export const isAddress = (keapId: string): boolean => keapId.includes('@');

/** Masks a Keap ID for other people: `p•••@acme.com`. */
export function maskKeapId(keapId: string): string {
  if (!isAddress(keapId)) return keapId;
  const at = keapId.lastIndexOf('@');
  const [first = ''] = keapId.slice(0, at);
  return `${first}•••${keapId.slice(at)}`;
}

/** Returns the mailbox of a normalized Keap ID: the address without its `+tag`, since most mail servers deliver all tags of an address to one mailbox. */
export const mailboxOf = (keapIdNormalized: string): string => keapIdNormalized.replace(/^([^+@]+)\+[^@]*@/, '$1@');
