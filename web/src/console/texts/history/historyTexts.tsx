import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { type Language, type Translation, useLanguage } from '../language';
import { en } from './en';

/** Texts of the page of the history. */
export type HistoryTexts = Translation<typeof en>;

const LOADED: Readonly<Record<Language, () => Promise<HistoryTexts>>> = {
  en: async () => en,
  de: async () => (await import('./de')).de,
};

const Spoken = createContext<HistoryTexts>(en);

/** Gives what is inside the texts of the history in the person's language, once they are loaded. */
export function HistoryTextsProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const { language } = useLanguage();
  const [texts, setTexts] = useState<HistoryTexts | null>(language === 'en' ? en : null);
  useEffect(() => {
    let isWanted = true;
    void LOADED[language]().then((loaded) => {
      if (isWanted) setTexts(loaded);
    });
    return () => {
      isWanted = false;
    };
  }, [language]);
  return texts && <Spoken value={texts}>{children}</Spoken>;
}

/** The texts of the page of the history, in the person's language. */
export const useHistoryTexts = (): HistoryTexts => useContext(Spoken);
