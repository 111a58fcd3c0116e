/** The name under which changes of who holds a Keap ID are counted. No app id has this form. */
export const holderOf = (keapIdNormalized: string): string => `holder of ${keapIdNormalized}`;

/** What events outside of apps and people change. */
export const OTHERS = 'others';
