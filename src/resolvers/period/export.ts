import type { AccessTime } from '../../projections/periodsOfAccess/rows';
import type { RequestContext } from '../context';
import { auditedRead } from '../shared/auditedRead';
import { badUserInput } from '../shared/errors';
import { requirePeriodsOf } from './resolver';

/** A list of access that may be read. */
interface AccessExport {
  readonly time: AccessTime;
  /** Null for all apps. */
  readonly appIds: readonly string[] | null;
}

/** A clock that is behind may be so by that much, in milliseconds. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Decides which apps a list of access is read of, and records the read by an auditor.
 * @param time null for now.
 * @throws GraphQLError `FORBIDDEN` when the caller may not read one that they name, or any; `BAD_USER_INPUT` for a moment in the future.
 */
export async function openAccessExport(context: RequestContext, time: AccessTime | null, appIds: readonly string[] | null): Promise<AccessExport> {
  const { role, readable } = requirePeriodsOf(context, appIds);
  const now = context.readModels.live.now();
  const asked = time ?? { asOf: now };
  if ('asOf' in asked && Date.parse(asked.asOf) > Date.parse(now) + CLOCK_TOLERANCE_MS) throw badUserInput('"asOf" is in the future, and nobody knows who will have access then.');
  if (role === 'AUDITOR') await context.recordRead(auditedRead('accessExport', null, { appIds, ...asked }));
  return { time: asked, appIds: readable };
}
