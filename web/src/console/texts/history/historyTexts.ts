import type { Translation } from '../language';
import { pageTexts } from '../pageTexts';
import { en } from './en';

export type HistoryTexts = Translation<typeof en>;

/** Texts of the page of the history. */
export const { Provider: HistoryTextsProvider, useTexts: useHistoryTexts } = pageTexts(en, { de: async () => (await import('./de')).de });
