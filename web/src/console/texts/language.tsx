import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { en, type Plural } from './en';

/** The same keys as in English, with any texts. */
export type Translation<T> = { readonly [Key in keyof T]: T[Key] extends string ? string : Translation<T[Key]> };
export type Texts = Translation<typeof en>;

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

const LOADED: Readonly<Record<Language, () => Promise<Texts>>> = {
  en: async () => en,
  de: async () => (await import('./de')).de,
};

/** Where the browser keeps the language that a person chose. */
const KEY = 'language';

/** Whether the console speaks a language. */
export const isLanguage = (tag: string): tag is Language => Object.hasOwn(LANGUAGES, tag);

function preferred(): Language {
  const wanted = [localStorage.getItem(KEY) ?? '', ...navigator.languages].map((tag) => tag.split('-', 1)[0] ?? '');
  return wanted.find(isLanguage) ?? 'en';
}

/** Puts values in the places of a text: `fill('Hello {name}', { name })`. */
export const fill = (text: string, values: Readonly<Record<string, string | number>>): string => text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));

interface Spoken {
  readonly language: Language;
  readonly texts: Texts;
  readonly format: Format;
  readonly choose: (language: Language) => void;
}

const Speaking = createContext<Spoken | null>(null);

/** Dates, numbers and lists as they are written in the person's language, in the zone of their device. */
class Format {
  // Creating one takes longer than everything else about a row of a list.
  readonly #number: Intl.NumberFormat;
  readonly #rules: Intl.PluralRules;
  readonly #date: Intl.DateTimeFormat;
  readonly #time: Intl.DateTimeFormat;
  readonly #clock: Intl.DateTimeFormat;

  constructor(private readonly locale: string) {
    this.#number = new Intl.NumberFormat(locale);
    this.#rules = new Intl.PluralRules(locale);
    this.#date = new Intl.DateTimeFormat(locale, { dateStyle: 'long' });
    this.#time = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short' });
    this.#clock = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
  }

  /** A day, such as 5 March 2026. */
  date(time: string): string {
    return this.#date.format(new Date(time));
  }

  /** A moment to the minute, with its zone. */
  time(time: string): string {
    return this.#time.format(new Date(time));
  }

  /** A time of day to the minute. */
  clock(time: string): string {
    return this.#clock.format(new Date(time));
  }

  number(value: number): string {
    return this.#number.format(value);
  }

  list(items: readonly string[], type: 'conjunction' | 'disjunction' = 'conjunction'): string {
    return new Intl.ListFormat(this.locale, { type }).format(items);
  }

  /** The form of a phrase for a number, filled in with it as `count`. */
  plural(phrase: Plural, count: number, values: Readonly<Record<string, string | number>> = {}): string {
    return fill(phrase[this.#rules.select(count) === 'one' ? 'one' : 'other'], { count: this.number(count), ...values });
  }
}

/** Systems name languages in ways that browsers pass on and do not take themselves, such as `en-US@posix`. */
function isKnownToIntl(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}

/** The locale of formats: the device's own where it is of the same language, since it also says how dates are written in the person's country. */
const localeOf = (language: Language): string => navigator.languages.find((tag) => tag.split('-', 1)[0] === language && isKnownToIntl(tag)) ?? language;

/** Lets everything inside speak the person's language. A language other than English is loaded first. */
export function LanguageProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [language, setLanguage] = useState(preferred);
  const [texts, setTexts] = useState<Texts | null>(language === 'en' ? en : null);
  useEffect(() => {
    let isWanted = true;
    void LOADED[language]().then((loaded) => {
      if (!isWanted) return;
      document.documentElement.lang = language;
      setTexts(loaded);
    });
    return () => {
      isWanted = false;
    };
  }, [language]);
  const spoken = useMemo(() => texts && {
    language,
    texts,
    format: new Format(localeOf(language)),
    choose(chosen: Language) {
      localStorage.setItem(KEY, chosen);
      setLanguage(chosen);
    },
  }, [language, texts]);
  return spoken && <Speaking value={spoken}>{children}</Speaking>;
}

/** The texts and formats of the person's language, and how to choose another one. */
export function useLanguage(): Spoken {
  const spoken = useContext(Speaking);
  if (spoken === null) throw new Error('useLanguage needs a LanguageProvider around it.');
  return spoken;
}
