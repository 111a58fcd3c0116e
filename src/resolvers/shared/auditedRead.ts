import type { AuditedRead } from '../../application/history/auditTrail';
import type { PageArguments } from '../../projections/paging/page';

type Argument = string | number | readonly string[] | null | undefined;

/** Describes a read for the audit trail: the arguments that were given, and a Keap ID apart from them because it is personal. */
export function auditedRead(read: string, appId: string | null | undefined, given: Readonly<Record<string, Argument>>, keapId?: string | null): AuditedRead {
  const filter = Object.fromEntries(Object.entries(given).flatMap(([name, value]): [string, string | number | readonly string[]][] => {
    if (value === null || value === undefined) return [];
    if (typeof value === 'number') return [[name, value]];
    return [[name, typeof value === 'string' ? withoutAddress(value) : value.map(withoutAddress)]];
  }));
  return { read, appId: appId ? withoutAddress(appId) : null, filter, ...(keapId === null || keapId === undefined ? {} : { keapId: wellFormed(keapId) }) };
}

/** The page arguments of a read, as they are recorded. */
export const auditedPage = ({ first, after, last, before }: PageArguments): Readonly<Record<string, Argument>> => ({ first, after, last, before });

/** Replaces a text that contains an @: no id or type name does, so it may be a person's address, which must not be stored. */
const withoutAddress = (text: string): string => (text.includes('@') ? '(no id)' : wellFormed(text));

/** Replaces lone surrogates: they cannot be stored, and would make the whole batch of recorded reads fail. */
const wellFormed = (text: string): string => text.replace(/\p{Cs}/gu, '\ufffd');
