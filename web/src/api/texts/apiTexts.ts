import { pageTexts } from '../../console/texts/pageTexts';
import { en } from './en';

/** Texts of the page for front-end teams. */
export const { Provider: ApiTexts, useTexts: useApiTexts } = pageTexts(en, { de: async () => (await import('./de')).de });
