import type { Translation } from '../language';
import { pageTexts } from '../pageTexts';
import { en } from './en';

export type ReviewTexts = Translation<typeof en>;

/** Texts of the pages of access reviews. */
export const { Provider: ReviewTextsProvider, useTexts: useReviewTexts } = pageTexts(en, { de: async () => (await import('./de')).de });
