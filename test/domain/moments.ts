// Times in test histories, in ISO 8601, UTC, with milliseconds.

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;

/** Time of the first event of a history. Each further event happens a minute later. */
export const START = '2026-03-01T09:00:00.000Z';

/** Adds milliseconds, which may be negative, to a time. */
export const after = (milliseconds: number, moment = START): string => new Date(Date.parse(moment) + milliseconds).toISOString();

/** Default time of decisions. */
export const NOW = after(DAY);

/** Default expiry of invitations. */
export const EXPIRY = after(7 * DAY);
