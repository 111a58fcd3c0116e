import type { Translation } from '../language';
import { pageTexts } from '../pageTexts';
import { en } from './en';

export type VerifyTexts = Translation<typeof en>;

/** Texts of the page that verifies evidence. */
export const { Provider: VerifyTextsProvider, useTexts: useVerifyTexts } = pageTexts(en, { de: async () => (await import('./de')).de });
