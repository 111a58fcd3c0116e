/** More callers want to look into the past than can wait, or one has waited too long. */
export class TooManyLooks extends Error {
  override readonly name = 'TooManyLooks';
}

/** The callers who look into the past. */
export interface PastLooks {
  /** Those who fold, read a snapshot or wait for it. */
  readonly open: number;
  /** Those who were refused since the start. */
  readonly refused: number;
}
