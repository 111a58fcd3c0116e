import { DomainError } from './domainError';

/**
 * Characters that a displayed text must not contain: control characters, unpaired surrogates, line and paragraph separators, and
 * characters that change the text direction, with which one name can imitate another.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const UNPRINTABLE_OR_SPACES = new RegExp(`(?:${UNPRINTABLE.source}|\\s)+`, 'gu');
const VISIBLE = /[^\p{C}\p{White_Space}\p{Default_Ignorable_Code_Point}]/u;

/** Whether the text can be displayed as it is: in one line, in its own direction, with a visible character. */
export const isPrintable = (text: string): boolean => !UNPRINTABLE.test(text) && VISIBLE.test(text);

/** Converts a text to one printable line: each run of unprintable characters and spaces becomes one space. Returns "" when nothing visible remains. */
export function printable(text: string): string {
  const shown = text.replace(UNPRINTABLE_OR_SPACES, ' ').trim();
  return VISIBLE.test(shown) ? shown : '';
}

// Each parser below returns the value as it is stored, or throws `INVALID_INPUT` with the name of the field.

const invalid = (field: string, message: string): DomainError => new DomainError('INVALID_INPUT', message, { field });
const lengthOf = (text: string): number => [...text].length;
/** Whether the text has control characters or unpaired surrogates. UTF-8 cannot encode the latter. */
const hasControlCharacter = (text: string): boolean => /[\p{Cc}\p{Cs}]/u.test(text);

const APP_ID = /^[a-z][a-z0-9-]{1,39}$/;

/** Parses an app id: 2 to 40 of a-z, 0-9 and `-`, beginning with a letter. */
export function parseAppId(raw: string): string {
  if (!APP_ID.test(raw)) throw invalid('appId', 'An app id consists of 2 to 40 of a-z, 0-9 and -, and begins with a letter.');
  return raw;
}

/** Whether the text has the form of an app id. */
export const isAppId = (raw: string): boolean => APP_ID.test(raw);

function parseText(raw: string, field: string, what: string, max: number): string {
  const text = raw.trim();
  if (text === '' || lengthOf(text) > max || !isPrintable(text)) {
    throw invalid(field, `${what} must have 1 to ${max} characters, at least one of them visible, and no control characters or characters that change the text direction.`);
  }
  return text;
}

/** Parses the name of an app: 1 to 100 characters, trimmed. */
export const parseAppName = (raw: string): string => parseText(raw, 'name', 'The name of an app', 100);

/** Parses an account label: 1 to 100 characters, trimmed. */
export const parseLabel = (raw: string): string => parseText(raw, 'label', 'An account label', 100);

/** Parses a person's name: up to 200 characters, trimmed. Returns null for a missing or blank name. */
export function parsePersonName(raw: string | null | undefined, field = 'name'): string | null {
  if (raw === null || raw === undefined || raw.trim() === '') return null;
  return parseText(raw, field, 'The name of a person', 200);
}

/** Checks a number of licences: a whole number from 1 to 1,000,000. */
export function parseLicences(raw: number): number {
  if (!Number.isInteger(raw) || raw < 1 || raw > 1_000_000) {
    throw invalid('licences', 'The number of licences must be a whole number from 1 to 1,000,000.');
  }
  return raw;
}

/** Parses the reason that a person gives for what they do: 1 to 500 characters, trimmed. */
export const parseReason = (raw: string): string => parseText(raw, 'reason', 'A reason', 500);

/** Parses a reason that may be left out. Returns null where none is given; a blank one is refused. */
export const parseOptionalReason = (raw: string | null | undefined): string | null => (raw === null || raw === undefined ? null : parseReason(raw));

/** Parses the note of an access review: 1 to 500 characters, trimmed. */
export const parseNote = (raw: string): string => parseText(raw, 'note', 'A note', 500);

/** Parses the remark on a decision of an access review: 1 to 500 characters, trimmed. */
export const parseRemark = (raw: string): string => parseText(raw, 'remark', 'A remark', 500);

const URL_SHAPE = /^https?:\/\/[^\s/?#@\\]+(?:[/?#]\S*)?$/i;

/** Parses an app's URL: absolute, http or https, at most 2,000 characters, without user name and password. */
export function parseAppUrl(raw: string): string {
  const url = raw.trim();
  if (url.length > 2000 || !isPrintable(url) || !URL_SHAPE.test(url)) {
    throw invalid('url', 'The URL of an app must begin with http:// or https://, have at most 2,000 characters and contain no user name.');
  }
  return url;
}

/** Contacts in one call. A call with more is refused. */
const MAX_CONTACTS_PER_CALL = 1000;

/** Characters that a reader cannot see in an id: all but visible ones and the simple space. U+2800 is the blank Braille pattern. */
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{White_Space}/u;

/**
 * Parses the ids of contacts to assign: 1 to 1,000, of 1 to 200 visible characters each, so that two ids that look alike are the
 * same. Simple spaces are allowed between characters. Duplicates are dropped.
 */
export function parseContactIds(raw: readonly string[]): readonly string[] {
  for (const id of parseKnownContactIds(raw)) {
    if (UNSEEN.test(id) || id.trim() !== id || id.normalize() !== id) {
      throw invalid('contactIds', 'A contact id must have 1 to 200 visible characters, in the composed form of Unicode (NFC), and no white space but simple spaces between them.');
    }
  }
  return [...new Set(raw)];
}

/**
 * Parses the ids of contacts that may have been assigned before: 1 to 1,000, of 1 to 200 characters each. Contacts that were assigned
 * under an id that is not allowed any more can still be reassigned and unassigned. Duplicates are dropped.
 */
export function parseKnownContactIds(raw: readonly string[]): readonly string[] {
  if (raw.length < 1 || raw.length > MAX_CONTACTS_PER_CALL) {
    throw invalid('contactIds', `A call accepts 1 to ${MAX_CONTACTS_PER_CALL.toLocaleString('en')} contact ids; this one has ${raw.length.toLocaleString('en')}.`);
  }
  for (const id of raw) {
    if (id === '' || lengthOf(id) > 200 || hasControlCharacter(id)) {
      throw invalid('contactIds', 'A contact id must have 1 to 200 characters and no control characters.');
    }
  }
  return [...new Set(raw)];
}

/** The display name of an app: its id, a space, its name. */
export const accountNameOf = (appId: string, name: string): string => `${appId} ${name}`;
