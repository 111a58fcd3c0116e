import { pageTexts } from '../pageTexts';
import { en } from './en';

/** Texts of the pages for operators. */
export const { Provider: OperatingTexts, useTexts: useOperatingTexts } = pageTexts(en, { de: async () => (await import('./de')).de });
