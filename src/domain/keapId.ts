import { DomainError } from './domainError';

/** A Keap ID as it was typed (trimmed) and as it is compared. */
export interface KeapId {
  readonly display: string;
  readonly normalized: string;
}

const MAX_LENGTH = 254;

/**
 * One `@`, a local part without spaces, quotes, brackets or list separators (so no display-name syntax), and a domain of
 * dot-separated labels. The shape is that of HTML's e-mail state, with letters and marks of any script.
 */
const ADDRESS = /^[^\s\p{C}@<>()[\]\\,;:"]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?)*$/u;

/** What cannot be seen, so that one address looks like another one. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

/** The form in which Keap IDs are compared: trimmed, Unicode NFKC, lower case. Dots and `+tags` stay. */
export function normalizeKeapId(raw: string): string {
  return raw.trim().normalize('NFKC').toLowerCase().normalize('NFKC');
}

/**
 * A Keap ID from what somebody typed.
 * @throws DomainError `INVALID_KEAP_ID` when it is not an e-mail address of at most 254 characters.
 */
export function parseKeapId(raw: string, field = 'keapId'): KeapId {
  const display = raw.trim();
  const normalized = normalizeKeapId(raw);
  if (display.length > MAX_LENGTH || normalized.length > MAX_LENGTH) {
    throw new DomainError('INVALID_KEAP_ID', `A Keap ID is an e-mail address of at most ${MAX_LENGTH} characters.`, { field });
  }
  if (/\p{Cc}/u.test(raw) || INVISIBLE.test(normalized) || !ADDRESS.test(normalized)) {
    throw new DomainError('INVALID_KEAP_ID', 'A Keap ID is an e-mail address such as coach@example.com, without a display name.', { field });
  }
  return { display, normalized };
}

/** What somebody else may see of a Keap ID: `p•••@acme.com`. */
export function maskKeapId(keapId: string): string {
  const at = keapId.lastIndexOf('@');
  const [first = ''] = keapId.slice(0, at);
  return `${first}•••${keapId.slice(at)}`;
}
