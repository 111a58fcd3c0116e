import type { ReactNode } from 'react';
import { Banner } from '../parts/Banner';
import { useLanguage } from '../texts/language';

/** Is shown while the server cannot be reached at the beginning. */
export function Starting(): ReactNode {
  const { texts } = useLanguage();
  return <Banner>{texts.problems.away}</Banner>;
}
