/** The read models have not seen enough of the log to answer; the same request may be sent again. */
export class ProjectionBehind extends Error {
  override readonly name = 'ProjectionBehind';
}
