import type { ReactNode } from 'react';

/** The result of a check: it fits, it does not, or it could not be checked. */
export type Result = 'right' | 'wrong' | 'open';

const PATHS: Readonly<Record<Result, string>> = { right: 'M3 8.5l3.5 3.5L13 4.5', wrong: 'M4 4l8 8M12 4l-8 8', open: 'M4 8h8' };

/** A mark that does not depend on the letters of a font. The words beside it say the same. */
export const ResultMark = ({ result }: { readonly result: Result }): ReactNode => (
  <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden><path d={PATHS[result]} fill="none" stroke="currentColor" strokeWidth="2.5" /></svg>
);
