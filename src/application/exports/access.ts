import { accountNameOf } from '../../domain/fields';
import type { AccessQueries } from '../../projections/periodsOfAccess/queries';
import type { AccessFilter, AccessRow, AccessTime, PeriodEnd, StayOrigin } from '../../projections/periodsOfAccess/rows';
import { BYTE_ORDER_MARK, csvLine, csvTime } from './csv';

const COLUMNS = ['app', 'account name', 'name', 'Keap ID', 'kind', 'role', 'from (UTC)', 'to (UTC)', 'invited by', 'reason', 'ended by', 'reason of the end'];

/** A part of a CSV file of everybody who had access. */
export interface AccessCsvPart {
  readonly text: string;
  /** Number of lines in it, without the names of the columns. */
  readonly lines: number;
  /** Number of periods that were looked at for it. */
  readonly read: number;
}

/** Writes everybody who had access as CSV, one line for each stay and role: names instead of ids, times in UTC. Each part takes some milliseconds. */
export function* accessCsv(queries: Pick<AccessQueries, 'parts'>, time: AccessTime, filter: AccessFilter): Generator<AccessCsvPart, void, undefined> {
  yield { text: BYTE_ORDER_MARK + csvLine(COLUMNS), lines: 0, read: 0 };
  for (const { rows, read } of queries.parts(time, filter)) yield { text: rows.map((row) => csvLine(cellsOf(row))).join(''), lines: rows.length, read };
}

const ORIGINS: Readonly<Record<StayOrigin, string>> = { INVITATION: '', OPERATOR: 'an operator', IMPORT: 'an import' };

const ENDS: Readonly<Record<PeriodEnd, string>> = { LEFT: 'left', REMOVED: 'removed', ROLE_CHANGED: 'role changed', APPOINTED: 'appointed as an admin' };

const cellsOf = ({ appId, appName, name, keapId, kind, role, from, to, origin, invitedBy, reason, endedBy, endReason }: AccessRow): readonly (string | null)[] => [
  appId, accountNameOf(appId, appName), name, keapId, kind, role, csvTime(from), to && csvTime(to), invitedBy ?? ORIGINS[origin], reason, endedBy && ENDS[endedBy], endReason,
];

/** Returns the name of the file: `access-2026-03-31.csv`, or with the first day and the one on which the time ends. Times within a day are part of it. */
export function accessFileName(time: AccessTime): string {
  const moments = 'asOf' in time ? [time.asOf] : [time.from, time.to];
  return `access-${moments.map(shortTime).join('-to-')}.csv`;
}

const shortTime = (time: string): string => (time.endsWith('T00:00:00.000Z') ? time.slice(0, 10) : `${time.slice(0, 10)}T${time.slice(11, 19).replaceAll(':', '')}Z`);
