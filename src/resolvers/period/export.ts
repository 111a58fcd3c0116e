import type { UserKind, UserRole } from '../../domain/events';
import { normalizeKeapId } from '../../domain/keapId';
import type { AccessFilter, AccessTime } from '../../projections/periodsOfAccess/rows';
import type { RequestContext } from '../context';
import { auditedRead } from '../shared/auditedRead';
import { requireShort } from '../shared/bounds';
import { badUserInput } from '../shared/errors';
import { requirePeriodsOf } from './resolver';

/** What a list of access is asked for. */
export interface AccessQuestion {
  /** Null for now. */
  readonly time: AccessTime | null;
  /** Null for every app that the caller may read. */
  readonly appIds: readonly string[] | null;
  readonly keapId: string | null;
  readonly role: UserRole | null;
  readonly kind: UserKind | null;
}

/** A list of access that may be read. */
interface AccessExport extends AccessFilter {
  readonly time: AccessTime;
}

/** A clock that is behind may be so by that much, in milliseconds. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Decides which apps a list of access is read of, and records the read by an auditor.
 * @throws GraphQLError `FORBIDDEN` when the caller may not read one that they name, or any; `BAD_USER_INPUT` for a moment in the future.
 */
export async function openAccessExport(context: RequestContext, { time, appIds, keapId, role: wanted, kind }: AccessQuestion): Promise<AccessExport> {
  const { role, readable } = requirePeriodsOf(context, appIds);
  requireShort('keapId', keapId);
  const now = context.readModels.live.now();
  const asked = time ?? { asOf: now };
  if ('asOf' in asked && Date.parse(asked.asOf) > Date.parse(now) + CLOCK_TOLERANCE_MS) throw badUserInput('"asOf" is in the future, and nobody knows who will have access then.');
  if (role === 'AUDITOR') await context.recordRead(auditedRead('accessExport', null, { appIds, role: wanted, kind, ...asked }, keapId));
  return { time: asked, appIds: readable, keapIdNormalized: keapId === null ? null : normalizeKeapId(keapId), role: wanted, kind };
}
