import { DomainError } from './domainError';
import { isFitToShow } from './shownText';

/** Bounds of the fields that people fill in. Each parser gives the value as it is kept, or throws `INVALID_INPUT` with the field's name. */

const invalid = (field: string, message: string): DomainError => new DomainError('INVALID_INPUT', message, { field });
const lengthOf = (text: string): number => [...text].length;
/** Control characters, and halves of characters, which no file can hold. */
const hasControlCharacter = (text: string): boolean => /[\p{Cc}\p{Cs}]/u.test(text);

const APP_ID = /^[a-z][a-z0-9-]{1,39}$/;

/** 2 to 40 of a-z, 0-9 and `-`, beginning with a letter. */
export function parseAppId(raw: string): string {
  if (!APP_ID.test(raw)) throw invalid('appId', 'An app id has 2 to 40 of a-z, 0-9 and -, and begins with a letter.');
  return raw;
}

/** Whether an app could have this id; what has no such id does not exist. */
export const isAppId = (raw: string): boolean => APP_ID.test(raw);

function parseText(raw: string, field: string, what: string, max: number): string {
  const text = raw.trim();
  if (text === '' || lengthOf(text) > max || !isFitToShow(text)) {
    throw invalid(field, `${what} has 1 to ${max} characters, some of which can be seen, no control characters and none that turn the direction of writing.`);
  }
  return text;
}

/** 1 to 100 characters, trimmed. */
export const parseAppName = (raw: string): string => parseText(raw, 'name', 'The name of an app', 100);

/** 1 to 100 characters, trimmed. */
export const parseLabel = (raw: string): string => parseText(raw, 'label', 'An account label', 100);

/** A person's name of up to 200 characters, trimmed; null when there is none. */
export function parsePersonName(raw: string | null | undefined, field = 'name'): string | null {
  if (raw === null || raw === undefined || raw.trim() === '') return null;
  return parseText(raw, field, 'The name of a person', 200);
}

/** A whole number from 1 to 1,000,000. */
export function parseLicences(raw: number): number {
  if (!Number.isInteger(raw) || raw < 1 || raw > 1_000_000) {
    throw invalid('licences', 'The number of licences is a whole number from 1 to 1,000,000.');
  }
  return raw;
}

const URL_SHAPE = /^https?:\/\/[^\s/?#@\\]+(?:[/?#]\S*)?$/i;

/** An absolute http or https address of at most 2,000 characters, without user name or password in it. */
export function parseAppUrl(raw: string): string {
  const url = raw.trim();
  if (url.length > 2000 || !isFitToShow(url) || !URL_SHAPE.test(url)) {
    throw invalid('url', 'The address of an app begins with http:// or https:// and has at most 2,000 characters.');
  }
  return url;
}

const MAX_CONTACTS_PER_CALL = 1000;

/** 1 to 1,000 contact ids of 1 to 200 characters each; repeated ones count once. */
export function parseContactIds(raw: readonly string[]): readonly string[] {
  if (raw.length < 1 || raw.length > MAX_CONTACTS_PER_CALL) {
    throw invalid('contactIds', `A call takes 1 to ${MAX_CONTACTS_PER_CALL.toLocaleString('en')} contact ids; this one has ${raw.length.toLocaleString('en')}.`);
  }
  for (const id of raw) {
    if (id === '' || lengthOf(id) > 200 || hasControlCharacter(id)) {
      throw invalid('contactIds', 'A contact id has 1 to 200 characters and no control characters.');
    }
  }
  return [...new Set(raw)];
}

/** How an app is shown everywhere: its id, a space, its name. */
export const accountNameOf = (appId: string, name: string): string => `${appId} ${name}`;
