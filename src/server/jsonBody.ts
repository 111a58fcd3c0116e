import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Levels of lists and objects within one another in a JSON body. Reading many levels costs several times as much as reading as many bytes side by side. */
export const MAX_NESTING = 100;

/** The request body is not valid UTF-8. */
class NotUtf8 extends Error {
  override readonly name = 'NotUtf8';
  readonly code = 'NOT_UTF_8';
}

/** Decodes a request body without replacing invalid bytes. @throws an error that is answered with 400 when it is not valid UTF-8. */
export function utf8Text(body: Buffer | string): string {
  if (typeof body === 'string') return body;
  if (!isUtf8(body)) throw new NotUtf8();
  return body.toString('utf8');
}

/** Lists and objects in the request body are nested too deep. */
class NestedTooDeep extends Error {
  override readonly name = 'NestedTooDeep';
  readonly code = 'NESTED_TOO_DEEP';
}

const readingMs = new WeakMap<FastifyRequest, number>();

/** How long it took to read the JSON body of a request, in milliseconds; 0 when it has none. */
export const readingMsOf = (request: FastifyRequest): number => readingMs.get(request) ?? 0;

/**
 * Reads JSON bodies. One that is not UTF-8, is nested too deep or is not JSON is an error that is answered with 400.
 * @param isKnown tells of the bytes of a body whether the answer is known already. They are not parsed then.
 */
export function addJsonBodies(app: FastifyInstance, isKnown: (request: FastifyRequest, body: Buffer) => boolean = () => false): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (typeof body !== 'string' && isKnown(request, body)) {
      done(null);
      return;
    }
    const startedAt = performance.now();
    try {
      if (typeof body !== 'string' && isNestedDeeper(body, MAX_NESTING)) throw new NestedTooDeep();
      void parseJson(request, utf8Text(body), (error, parsed) => {
        readingMs.set(request, performance.now() - startedAt);
        done(error, parsed);
      });
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\[]{}');

/** Whether lists and objects in a JSON text are nested deeper than `most` levels. The text is not parsed for it. */
function isNestedDeeper(json: Buffer, most: number): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === BACKSLASH) at += 1;
    else if (byte === QUOTE) isInText = !isInText;
    else if (isInText) continue;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1;
    if (depth > most) return true;
  }
  return false;
}
