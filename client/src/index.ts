export * from './__generated__/operations.js';
export * from './asOf.js';
export * from './cache.js';
export * from './match.js';
export type * from './typedDocument.js';
