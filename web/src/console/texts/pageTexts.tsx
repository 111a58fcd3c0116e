import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { Loading } from '../parts/states';
import { type Language, type Translation, useLanguage } from './language';

interface PageTexts<T> {
  /** Gives what is inside the texts in the person's language, once they are loaded. */
  readonly Provider: (props: { readonly children: ReactNode }) => ReactNode;
  readonly useTexts: () => Translation<T>;
}

/** Texts that are loaded with the pages that need them, since few people do. @param others the texts in the languages other than English. */
export function pageTexts<T>(english: T, others: Readonly<Record<Exclude<Language, 'en'>, () => Promise<Translation<T>>>>): PageTexts<T> {
  const inEnglish = english as Translation<T>;
  const Spoken = createContext(inEnglish);
  function Provider({ children }: { readonly children: ReactNode }): ReactNode {
    const { language } = useLanguage();
    const [texts, setTexts] = useState<Translation<T> | null>(language === 'en' ? inEnglish : null);
    useEffect(() => {
      let isWanted = true;
      void (language === 'en' ? Promise.resolve(inEnglish) : others[language]()).then((loaded) => {
        if (isWanted) setTexts(loaded);
      });
      return () => {
        isWanted = false;
      };
    }, [language]);
    return texts === null ? <Loading /> : <Spoken value={texts}>{children}</Spoken>;
  }
  return { Provider, useTexts: () => useContext(Spoken) };
}
