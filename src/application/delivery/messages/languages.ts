import { ENGLISH } from './english';
import { GERMAN } from './german';
import type { Texts } from './texts';

const TEXTS = { en: ENGLISH, de: GERMAN } as const satisfies Readonly<Record<string, Texts>>;

/** A language that this service writes in. */
export type Language = keyof typeof TEXTS;

/** Every language that this service writes in. */
export const LANGUAGES = Object.keys(TEXTS) as readonly Language[];

/** The texts in that language. */
export const textsIn = (language: Language): Texts => TEXTS[language];

/** Longer values, which are not language tags, are ignored. */
const MAX_TAG = 100;
/** Further entries of a list of languages are ignored. */
const MAX_TAGS = 20;

/** The language of a tag such as `de-AT` or `de_AT`; null for a language that this service does not write in. */
export function languageOf(tag: string): Language | null {
  const [primary] = tag.slice(0, MAX_TAG).trim().toLowerCase().split(/[-_]/, 1);
  return LANGUAGES.find((language) => language === primary) ?? null;
}

/** The language that an `Accept-Language` header prefers; null when it names none that this service writes in. */
export function acceptedLanguage(header: string): Language | null {
  const weighed = header.split(',', MAX_TAGS).map((entry) => {
    const [tag = '', ...parameters] = entry.split(';');
    const weight = Number(/^\s*q\s*=\s*([\d.]+)\s*$/.exec(parameters.join(';'))?.[1] ?? 1);
    return { language: languageOf(tag), weight };
  });
  return weighed.filter(({ language, weight }) => language !== null && weight > 0).sort((a, b) => b.weight - a.weight)[0]?.language ?? null;
}
