/** The media types of GraphQL answers. */
export const JSON_TYPE = 'application/json';
export const GRAPHQL_RESPONSE_TYPE = 'application/graphql-response+json';

export type GraphqlMediaType = typeof JSON_TYPE | typeof GRAPHQL_RESPONSE_TYPE;

interface AcceptedRange {
  readonly type: string;
  readonly quality: number;
}

/**
 * The media type that a client who sent this `Accept` header gets; null when it takes neither. Without a header, and where a
 * wildcard leaves both open, it is `application/json`; between equals the one that the client names first.
 */
export function negotiatedMediaType(accept: string | undefined): GraphqlMediaType | null {
  if (accept === undefined || accept.trim() === '') return JSON_TYPE;
  const ranges = accept.split(',').map(parseRange);
  const json = preferenceFor(JSON_TYPE, ranges);
  const graphql = preferenceFor(GRAPHQL_RESPONSE_TYPE, ranges);
  if (json.quality <= 0 && graphql.quality <= 0) return null;
  if (graphql.quality !== json.quality) return graphql.quality > json.quality ? GRAPHQL_RESPONSE_TYPE : JSON_TYPE;
  if (graphql.specificity !== json.specificity) return graphql.specificity > json.specificity ? GRAPHQL_RESPONSE_TYPE : JSON_TYPE;
  return graphql.index < json.index ? GRAPHQL_RESPONSE_TYPE : JSON_TYPE;
}

function parseRange(text: string): AcceptedRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = weight === undefined ? 1 : Number(weight.slice(2));
  return { type, quality: Number.isFinite(quality) ? quality : 0 };
}

/** The most specific range that covers the type decides its quality. */
function preferenceFor(type: GraphqlMediaType, ranges: readonly AcceptedRange[]): { quality: number; specificity: number; index: number } {
  for (const [specificity, pattern] of [[2, type], [1, 'application/*'], [0, '*/*']] as const) {
    const index = ranges.findIndex((range) => range.type === pattern);
    const range = ranges[index];
    if (range !== undefined) return { quality: range.quality, specificity, index };
  }
  return { quality: 0, specificity: -1, index: ranges.length };
}
