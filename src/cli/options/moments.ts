import { InvalidArgumentError } from 'commander';
import { utcOf } from '../../application/commandTypes';

/** Reads a time of an option: RFC 3339, or a day, which begins at midnight UTC. @returns it in ISO 8601, UTC, with milliseconds. @throws InvalidArgumentError */
export function moment(text: string): string {
  const utc = utcOf(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (utc === undefined) throw new InvalidArgumentError('It must be a time such as 2026-01-31T00:00:00Z, or a day such as 2026-01-31.');
  return utc;
}
