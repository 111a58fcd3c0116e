/** The form in which names, labels and searched texts are compared: Unicode NFKC, lower case. */
export const comparisonKey = (text: string): string => text.normalize('NFKC').toLowerCase().normalize('NFKC');

/** The same, for a text that may be missing. */
export const comparisonKeyOrNull = (text: string | null): string | null => (text === null ? null : comparisonKey(text));
