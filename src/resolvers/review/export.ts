import type { AccessReviewRow } from '../../projections/accessReviews/queries';
import type { RequestContext } from '../context';
import { auditedRead } from '../shared/auditedRead';

/**
 * Decides whether an access review may be exported, and records the read by an auditor. Whoever may see its people may.
 * @returns the review; null when there is none that the caller can reach. @throws GraphQLError `FORBIDDEN` for somebody who may see it, and not its people.
 */
export async function openReviewExport(context: RequestContext, reviewId: string, format: string): Promise<AccessReviewRow | null> {
  const { live, visibility } = context;
  const row = live.models.accessReviews.byId(reviewId);
  if (!row || !visibility.seesReviews(row.appId)) return null;
  visibility.requireReviewedPeople(row.appId);
  if (row.finishedAt !== null && visibility.readsAsAuditor(row.appId)) await context.recordRead(auditedRead('accessReviewExport', row.appId, { reviewId, format }));
  return row;
}
