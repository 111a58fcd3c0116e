/**
 * What no text may hold that people are shown: control characters, halves of characters, which no file can hold, what ends
 * a line, and what turns the direction of writing, by which a name can pass for another one.
 */
const UNFIT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const UNFIT_OR_SPACES = new RegExp(`(?:${UNFIT.source}|\\s)+`, 'gu');
const VISIBLE = /[^\p{C}\p{White_Space}\p{Default_Ignorable_Code_Point}]/u;

/** Whether the text can be shown to people as it is: in one line, in its own order, with something to see. */
export const isFitToShow = (text: string): boolean => !UNFIT.test(text) && VISIBLE.test(text);

/** The text in one line, trimmed: what is not fit to be shown, and each run of spaces, becomes a space. Empty where nothing of it can be seen. */
export function madeFitToShow(text: string): string {
  const shown = text.replace(UNFIT_OR_SPACES, ' ').trim();
  return VISIBLE.test(shown) ? shown : '';
}
