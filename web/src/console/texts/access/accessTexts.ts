import type { Translation } from '../language';
import { pageTexts } from '../pageTexts';
import { en } from './en';

export type AccessTexts = Translation<typeof en>;

/** Texts of the page of the periods of access. */
export const { Provider: AccessTextsProvider, useTexts: useAccessTexts } = pageTexts(en, { de: async () => (await import('./de')).de });
