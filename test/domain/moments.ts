/** The moments of the stories that the tests tell. ISO 8601, UTC, milliseconds. */

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;

/** When the first event of a story happens; each further one happens a minute later. */
export const START = '2026-03-01T09:00:00.000Z';

/** So many milliseconds after (or, negative, before) a moment. */
export const after = (milliseconds: number, moment = START): string => new Date(Date.parse(moment) + milliseconds).toISOString();

/** When commands are decided that name no other moment. */
export const NOW = after(DAY);

/** When invitations of a story expire that name no other moment. */
export const EXPIRY = after(7 * DAY);
