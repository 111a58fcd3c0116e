/** The name under which changes of who holds a Keap ID are counted. No app id has a space. */
export const holderOf = (keapIdNormalized: string): string => `holder of ${keapIdNormalized}`;

/** The name under which changes by events outside of apps and people are counted. */
export const OTHERS = 'all others';
