import deburr from 'lodash.deburr';

/** Marks above, below and through letters, in all scripts, without the vowel signs of scripts that write vowels as marks. */
const ACCENTS = /(?=\p{Mn})(?:\p{Diacritic}|\p{Script=Inherited})/gu;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const PLAIN = /^[ -~]*$/;

/**
 * Converts a name, a label or a searched text to the form in which it is compared and ordered: without regard to case, accents and
 * invisible characters. It is Unicode NFKD without accents and in lower case; letters that Unicode does not decompose, such as ø, ł,
 * æ, ß and ı, are spelled in basic letters as lodash's `deburr` spells them. It depends on no locale, so that it is the same on every machine.
 */
export function comparisonKey(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  const bare = text.normalize('NFKD').replace(ACCENTS, '').replace(INVISIBLE, '');
  // Upper case first unites letters with two lower-case forms. The lower case of Σ depends on the letters around it.
  return deburr(bare.toUpperCase().toLowerCase().replaceAll('ς', 'σ')).normalize('NFC');
}

/** Does the same for a text that may be missing. */
export const comparisonKeyOrNull = (text: string | null): string | null => (text === null ? null : comparisonKey(text));
